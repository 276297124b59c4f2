//! A whole world on one machine: a payment-link system of its own, a broker, and the same relay and
//! terminal that run in a shop. Nothing but `cli` and the tests names it.

#[allow(dead_code, reason = "laid for the bank's next faces; to be taken out with the last of them")]
pub mod bank;
pub mod broker;
mod connect;
pub mod counter;
pub mod fault;
mod house;
mod program;
pub mod pty;
pub mod settings;
mod standing;
mod world;

pub use self::connect::connect;
pub use self::house::Claim;
pub use self::house::NotClaimed;
pub use self::world::Options;
pub use self::world::World;
