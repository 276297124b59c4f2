//! Settings from far away, over a real broker, with tills that start as the program does.
#![cfg(feature = "sandbox")]

mod commands;
mod cut_off;
mod far;
mod life;
mod power;
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
