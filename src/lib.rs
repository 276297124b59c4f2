pub mod core;
pub mod port;
