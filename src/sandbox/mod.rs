//! A whole world on one machine: a payment-link system of its own, a broker, and the same relay and
//! terminal that run in a shop. Nothing but `cli` and the tests names it.

pub mod bank;
pub mod broker;
mod connect;
pub mod counter;
pub mod fault;
mod house;
mod program;
pub mod pty;
mod seat;
pub mod settings;
mod standing;
mod systems;
mod world;

pub use self::connect::connect;
pub use self::house::Claim;
pub use self::house::NotClaimed;
pub use self::seat::CounterOptions;
pub use self::seat::Keys;
pub use self::seat::Seat;
pub use self::world::Options;
pub use self::world::World;
