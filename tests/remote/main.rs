//! Settings from far away, over a real broker, with tills that start as the program does.
#![cfg(feature = "sandbox")]

mod asyncapi;
mod commands;
mod cut_off;
mod far;
mod life;
mod power;
mod published;
mod spoilt;
mod till;

#[path = "../support/authority.rs"]
mod authority;
#[path = "../support/log.rs"]
mod log;
#[path = "../support/wire.rs"]
mod wire;
#[path = "../support/world.rs"]
mod world;
