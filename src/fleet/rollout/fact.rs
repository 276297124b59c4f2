//! What a rollout writes down: where it was, for the one that goes on after it was killed.

use serde::Deserialize;
use serde::Serialize;

use crate::core::reference::TerminalId;
use crate::core::remote::Outcome;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Written before the document leaves.
    Sent { terminal: TerminalId, version: u64, txn: String },
    /// What became of a terminal; the last such fact about it counts.
    Ended { terminal: TerminalId, how: How, why: String },
    /// A wave, from 0, is through.
    Passed { wave: usize },
    /// Nothing more is sent.
    Stopped { why: String },
}

/// How it ended at one terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Applied,
    Unchanged,
    Rejected,
    Stale,
    RolledBack,
    Superseded,
    /// It was there before, and was not seen again with what it was sent.
    Silent,
    /// It is there and says nothing: busy for very long, or it does not believe who signed.
    Unanswered,
    /// Somebody else has sent something meanwhile.
    Overtaken,
    /// It could not be sent.
    NotSent,
}

impl How {
    /// None for an answer that is not the last one.
    #[must_use]
    pub fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Applied => Some(Self::Applied),
            Outcome::Unchanged => Some(Self::Unchanged),
            Outcome::Rejected => Some(Self::Rejected),
            Outcome::Stale => Some(Self::Stale),
            Outcome::RolledBack => Some(Self::RolledBack),
            Outcome::Superseded => Some(Self::Superseded),
            Outcome::Deferred => None,
        }
    }

    /// Whether the terminal has it in force.
    #[must_use]
    pub fn is_held(self) -> bool {
        matches!(self, Self::Applied | Self::Unchanged)
    }
}
