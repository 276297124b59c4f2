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
    /// Of every counter.
    Terminal,
    /// The bank's webhooks on their way to the relay.
    Webhooks,
    /// The bank's API.
    Provider,
}

impl Part {
    pub const ALL: [Self; 5] = [Self::Broker, Self::Relay, Self::Terminal, Self::Webhooks, Self::Provider];

    /// What can be done to it.
    pub fn deeds(self) -> impl Iterator<Item = Deed> {
        Deed::ALL.into_iter().filter(move |deed| Act::of(self, *deed, 0).is_ok())
    }

    fn words(self) -> String {
        self.deeds().map(|deed| word(&deed)).collect::<Vec<_>>().join(", ")
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

/// What a deed comes down to for its part.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    Broker(Run),
    Relay(Run),
    Terminal(Run),
    Webhooks(WebhookOdds),
    Provider(ApiOdds),
}

/// Whether a program is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    Start,
    End(End),
}

/// How a program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In good order.
    Stop,
    /// As if the power had gone.
    Kill,
}

/// A deed that cannot be done to this part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` cannot be done to `{}`; it can {}", word(deed), word(part), part.words())]
pub struct Senseless {
    pub part: Part,
    pub deed: Deed,
}

impl Act {
    /// `seed` repeats the run of the dice.
    pub fn of(part: Part, deed: Deed, seed: u64) -> Result<Self, Senseless> {
        let act = match part {
            Part::Broker => deed.run().map(Self::Broker),
            Part::Relay => deed.run().map(Self::Relay),
            Part::Terminal => deed.run().map(Self::Terminal),
            Part::Webhooks => deed.webhook_odds(seed).map(Self::Webhooks),
            Part::Provider => deed.api_odds(seed).map(Self::Provider),
        };
        act.ok_or(Senseless { part, deed })
    }
}

impl Deed {
    pub const ALL: [Self; 6] = [Self::Stop, Self::Start, Self::Kill, Self::Drop, Self::Delay, Self::Double];

    fn run(self) -> Option<Run> {
        match self {
            Self::Start => Some(Run::Start),
            Self::Stop => Some(Run::End(End::Stop)),
            Self::Kill => Some(Run::End(End::Kill)),
            Self::Drop | Self::Delay | Self::Double => None,
        }
    }

    /// What it means for the bank's webhooks.
    fn webhook_odds(self, seed: u64) -> Option<WebhookOdds> {
        let quiet = WebhookOdds { seed, ..WebhookOdds::default() };
        match self {
            Self::Start => Some(quiet),
            Self::Stop => Some(WebhookOdds { stopped: true, ..quiet }),
            Self::Drop => Some(WebhookOdds { drop: 100, ..quiet }),
            Self::Delay => Some(WebhookOdds { delay: 100, delay_ms: 5_000, ..quiet }),
            Self::Double => Some(WebhookOdds { double: 100, reorder: 50, reorder_ms: 500, ..quiet }),
            Self::Kill => None,
        }
    }

    /// What it means for the bank's answers.
    fn api_odds(self, seed: u64) -> Option<ApiOdds> {
        let quiet = ApiOdds { seed, ..ApiOdds::default() };
        match self {
            Self::Start => Some(quiet),
            Self::Stop => Some(ApiOdds { stopped: true, ..quiet }),
            Self::Drop => Some(ApiOdds { half: 50, refuse: 25, ..quiet }),
            Self::Delay => Some(ApiOdds { delay: 100, delay_ms: 3_000, ..quiet }),
            Self::Kill | Self::Double => None,
        }
    }
}

/// The word that scripts use.
fn word(value: &impl Serialize) -> String {
    let word = serde_json::to_value(value).ok();
    word.as_ref().and_then(|word| word.as_str()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_page_has_a_button_for_every_deed_and_no_other() {
        let script = include_str!("counter/faults.js");
        for part in Part::ALL {
            let begin = format!("[\"{}\", ", word(&part));
            let line = script.lines().find(|line| line.trim_start().starts_with(&begin)).expect("a line");
            let (_, buttons) = line.rsplit_once('[').expect("a list of deeds");
            let buttons: BTreeSet<_> = buttons.split('"').skip(1).step_by(2).map(str::to_owned).collect();
            assert_eq!(buttons, part.deeds().map(|deed| word(&deed)).collect(), "{part:?}");
        }
    }
}
