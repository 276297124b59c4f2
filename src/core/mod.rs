//! Decides. No clock, socket, file or randomness: they come in as arguments.

pub mod key;
pub mod message;
pub mod moment;
pub mod money;
pub mod payment;
pub mod reference;
pub mod scene;
pub mod secret;
