//! What the relay's door does with webhooks that are forged, broken, huge, slow, strange or many: nothing is
//! believed that is not signed, nothing is lost that is, every refusal is counted, and the next sale works.
#![cfg(feature = "sandbox")]

mod forged;
mod genuine;
mod shop;
#[path = "../support/webhook.rs"]
mod webhook;
#[path = "../support/world.rs"]
mod world;
