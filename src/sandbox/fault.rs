//! What can be pulled out of the world, and how. Carrying it out is the world's.

use serde::Deserialize;
use serde::Serialize;

use super::bank::faults::ApiOdds;
use super::bank::faults::WebhookOdds;

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

impl Deed {
    /// What it means for the bank's webhooks. `seed` repeats the run of the dice.
    pub fn webhook_odds(self, seed: u64) -> anyhow::Result<WebhookOdds> {
        let quiet = WebhookOdds { seed, ..WebhookOdds::default() };
        Ok(match self {
            Self::Start => quiet,
            Self::Stop => WebhookOdds { stopped: true, ..quiet },
            Self::Drop => WebhookOdds { drop: 100, ..quiet },
            Self::Delay => WebhookOdds { delay: 100, delay_ms: 5_000, ..quiet },
            Self::Double => WebhookOdds { double: 100, reorder: 50, reorder_ms: 500, ..quiet },
            Self::Kill => anyhow::bail!("webhooks can be stopped, dropped, delayed, doubled and started"),
        })
    }

    /// What it means for the bank's answers.
    pub fn api_odds(self, seed: u64) -> anyhow::Result<ApiOdds> {
        let quiet = ApiOdds { seed, ..ApiOdds::default() };
        Ok(match self {
            Self::Start => quiet,
            Self::Stop => ApiOdds { stopped: true, ..quiet },
            Self::Drop => ApiOdds { half: 50, refuse: 25, ..quiet },
            Self::Delay => ApiOdds { delay: 100, delay_ms: 3_000, ..quiet },
            Self::Kill | Self::Double => {
                anyhow::bail!("the provider can be stopped, made to drop or delay its answers, and started")
            }
        })
    }
}
