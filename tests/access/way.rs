//! What is tried, as data.

use crate::raw::Version;

/// One attempt: who comes, what is tried.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub name: String,
    pub who: Who,
    pub version: Version,
    pub way: Way,
}

/// Who comes to the listener for devices, unless it says otherwise.
#[derive(Clone, Debug)]
pub enum Who {
    /// `counter-2`, with its own certificate.
    Fellow,
    /// As `Fellow`, under another client id.
    ClientId(String),
    /// As `Fellow`, with another user name in the CONNECT, and a password.
    Username(&'static str),
    /// With a certificate of the shop's authority under a name that no terminal should have.
    Named(&'static str),
    /// With something that is no good certificate of a device.
    Stranger(Stranger),
}

/// Why it should not even come in.
#[derive(Clone, Copy, Debug)]
pub enum Stranger {
    Bare,
    BareWithPassword,
    OtherAuthority,
    Ended,
    NotBegun,
    Revoked,
    BrokersOwn,
    Plain,
    PlainAmongPeople,
    CertificateAmongPeople,
    DeviceAmongPeople,
    WrongPassword,
}

#[derive(Clone, Debug)]
pub enum Way {
    /// Publishes.
    Say { topic: String, qos: u8, retain: bool, empty: bool },
    /// Publishes under a number that stands for a topic: first with `first`, then without a topic.
    Alias { first: String, then: Option<String> },
    /// Subscribes, and waits for what others say and what is kept of them.
    Hear { filter: String, options: u8 },
    /// Leaves a will and is gone.
    Will { topic: String, retain: bool },
    /// Comes in.
    Come,
}
