//! What terminal and relay do with messages that are broken, forged, meant for others, or played again by a
//! broker or by somebody with good credentials: the screen does not change, the books do not change, each
//! refusal is counted, and the next sale works.
#![cfg(feature = "sandbox")]

mod again;
mod books;
mod to_relay;
mod to_terminal;
#[path = "../support/warnings.rs"]
mod warnings;
#[path = "../support/webhook.rs"]
mod webhook;
#[path = "../support/wire.rs"]
mod wire;
#[path = "../support/world.rs"]
mod world;
