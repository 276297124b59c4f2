//! What can be pulled out of the world, and how. Carrying it out is the world's.

use serde::Deserialize;
use serde::Serialize;

/// A part of the sandbox's world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Broker,
    Relay,
    Terminal,
    /// The bank's webhooks on their way to the relay.
    Webhooks,
    /// The bank's API.
    Provider,
}

impl Part {
    pub const ALL: [Self; 5] = [Self::Broker, Self::Relay, Self::Terminal, Self::Webhooks, Self::Provider];

    /// What can be done to it.
    #[must_use]
    pub fn deeds(self) -> &'static [Deed] {
        match self {
            Self::Broker | Self::Relay | Self::Terminal => &[Deed::Stop, Deed::Start, Deed::Kill],
            Self::Webhooks => &[Deed::Stop, Deed::Start, Deed::Drop, Deed::Delay, Deed::Double],
            Self::Provider => &[Deed::Stop, Deed::Start, Deed::Drop, Deed::Delay],
        }
    }
}

/// What is done to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Ends in good order, and stays away until it is started.
    Stop,
    /// Runs again; every other fault of the part is over.
    Start,
    /// Ends as if the power had gone, and stays away until it is started.
    Kill,
    /// Some get lost.
    Drop,
    /// Some come late.
    Delay,
    /// Some come twice.
    Double,
}
