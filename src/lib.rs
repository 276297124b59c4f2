pub mod core;
pub mod mqtt;
pub mod port;
#[cfg(feature = "sandbox")]
pub mod sandbox;
