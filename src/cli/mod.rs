#[cfg(feature = "relay")]
pub mod webhook;
