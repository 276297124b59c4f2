pub mod cli;
pub mod core;
pub mod port;
#[cfg(feature = "relay")]
pub mod provider;
