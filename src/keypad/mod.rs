//! Physical sources of keys. `decode` is pure; the others bring its news from somewhere and hand its keys on.

pub mod decode;
pub mod device;
pub mod evdev;
pub mod line;
mod listen;
pub mod matrix;
mod plug;
pub mod scripted;
pub mod serial;

use tokio_util::sync::CancellationToken;

pub use self::listen::Counts;
pub use self::listen::Listening;
pub use self::listen::Outlet;
use crate::port::keys::KeypadFault;

/// How a keypad is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Options {
    Serial(serial::Options),
    Evdev(evdev::Options),
    Matrix(matrix::Options),
}

/// Listens to the keypad until `shutdown`. A device that is missing, now or later, is waited for.
#[must_use]
pub fn spawn(options: Options, outlet: impl Into<Outlet>, shutdown: CancellationToken) -> Listening {
    match options {
        Options::Serial(options) => serial::spawn(options, outlet, shutdown),
        Options::Evdev(options) => evdev::spawn(options, outlet, shutdown),
        Options::Matrix(options) => matrix::spawn(options, outlet, shutdown),
    }
}

/// Whether the keypad is there and this user may use it, without taking it away from anybody.
///
/// # Errors
/// What is in the way, and the way out.
pub fn probe(options: &Options) -> Result<(), KeypadFault> {
    match options {
        Options::Serial(options) => device::probe(&options.device, device::SERIAL),
        Options::Evdev(options) => evdev::probe(options),
        Options::Matrix(options) => device::probe(&options.chip, device::GPIO),
    }
}
