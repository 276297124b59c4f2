pub mod core;
pub mod port;
#[cfg(feature = "sandbox")]
pub mod sandbox;
