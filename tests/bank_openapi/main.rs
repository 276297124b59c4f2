//! Everything that the sandbox's bank says, held against Stripe's own description of its objects, and every
//! question of the adapter asked of that bank and its answer read.
#![cfg(feature = "sandbox")]

mod asks;
mod court;
mod objects;
#[path = "../support/openapi.rs"]
#[allow(dead_code, reason = "every test binary uses its own part")]
mod openapi;
#[path = "../bank/support.rs"]
#[allow(dead_code, reason = "every test binary uses its own part")]
mod support;
