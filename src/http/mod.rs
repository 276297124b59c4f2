//! The only HTTP client. Listeners are axum's, built where their routes are.

pub mod client;
