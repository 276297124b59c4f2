pub mod core;
pub mod port;
pub mod store;
