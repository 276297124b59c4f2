pub mod core;
#[cfg(feature = "relay")]
pub mod http;
pub mod mqtt;
pub mod port;
#[cfg(feature = "relay")]
pub mod relay;
pub mod store;
