//! What a terminal keeps of the documents it was sent: the one in force, the one on trial, and the last answer. It is
//! written down as a whole, so a power cut leaves the old or the new, never a mixture.

use serde::Deserialize;
use serde::Serialize;

use super::answer::Answer;
use super::answer::Outcome;

/// A start of a trial that does not come to its confirmation is a failed one; after so many the document before it
/// is back.
pub const STARTS: u8 = 3;

/// A signed document whose signatures, audience and mode were right when it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Only goes up.
    pub version: u64,
    /// The document's id; answers name it.
    pub txn: String,
    /// How long it may take until the terminal is back with it, in seconds.
    pub confirm_s: u32,
    /// Whether the money role signed it; else the operations role did.
    pub by_money: bool,
    /// The settings as they were signed.
    pub settings: serde_json::Value,
}

/// How far the changes of a document go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The way to broker or relay: only being armed again proves it. Else the broker's word for `config/reported` is
    /// enough.
    pub way: bool,
    /// Money depends on one of them.
    pub money: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    pub document: Document,
    pub reach: Reach,
    /// How often it was started, written down before each start.
    pub starts: u8,
    /// What is left of its time, written down now and then: a terminal that is started anew has no more of it.
    pub left_s: u32,
    /// Which try at this document this is, from 1.
    pub attempt: u32,
}

/// Everything about sent settings that outlives the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slots {
    /// No version up to this one is tried any more.
    pub burned: u64,
    pub good: Option<Document>,
    pub trial: Option<Trial>,
    pub last: Option<Answer>,
    /// Money depends on something that was changed, and nobody at the counter has read that yet.
    #[serde(default)]
    pub unread: bool,
    /// Operators have switched the taking of payments off.
    #[serde(default)]
    pub paused: bool,
    /// The highest version of a key set taken, and that set as it was signed.
    pub keys: Option<(u64, String)>,
}

impl Slots {
    /// To be called before each start, and kept before anything else is done with it: which document to start with.
    #[must_use]
    pub fn start(mut self) -> Self {
        match &mut self.trial {
            Some(trial) if trial.starts >= STARTS => {
                self.roll_back(&format!("{STARTS} starts without being confirmed"))
            }
            Some(trial) => trial.starts += 1,
            None => {}
        }
        self
    }

    /// What is to be in force now.
    #[must_use]
    pub fn in_force(&self) -> Option<&Document> {
        self.trial.as_ref().map(|trial| &trial.document).or(self.good.as_ref())
    }

    /// Ends a trial: the document before it is in force again.
    pub fn roll_back(&mut self, why: &str) {
        if let Some(trial) = self.trial.take() {
            self.last = Some(Answer::rolled_back(&trial, why));
        }
    }

    /// What is in force cannot be: the document before it is, or none.
    pub fn leave_out(&mut self, why: &str) {
        if self.trial.is_some() {
            return self.roll_back(why);
        }
        if let Some(good) = self.good.take() {
            let before = self.last.as_ref().filter(|last| last.txn == good.txn);
            let attempt = before.map_or(1, |last| last.attempt) + 1;
            self.last = Some(Answer::of(&good, attempt, Outcome::RolledBack).because(why));
        }
    }
}
