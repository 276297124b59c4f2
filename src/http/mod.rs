//! The only HTTP client, and payment-link systems as they are reached by it. Listeners are axum's, built where their routes are.

pub mod client;
pub mod connect;
pub mod system;
pub mod tokens;
