//! The only HTTP client, payment-link systems as they are reached by it, and the only listener. Routes are
//! axum's, built where what they serve is.

pub mod client;
pub mod connect;
pub mod listen;
pub mod system;
pub mod tokens;
