//! The terminal's retained `state`: birth, will, and whether it is armed. Not signed: operators read it,
//! no decision about money follows from it.

use serde::Deserialize;
use serde::Serialize;

use crate::core::scene::Deaf;

/// The document on `state`. Consumers ignore an `offline` whose `epoch` is lower than the last `online`
/// of the same journal: a will that comes late does not mark a live terminal dead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    pub state: Up,
    /// Durable, +1 for each connection.
    pub epoch: u64,
    pub journal: String,
    pub version: String,
    pub armed: bool,
    /// Why not, while not armed.
    pub deaf: Option<Deaf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Up {
    Online,
    Offline,
}

impl Presence {
    #[must_use]
    pub fn new(state: Up, epoch: u64, journal: &str, deaf: Option<Deaf>) -> Self {
        Self {
            state,
            epoch,
            journal: journal.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            armed: state == Up::Online && deaf.is_none(),
            deaf: deaf.filter(|_| state == Up::Online),
        }
    }

    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("presence has text keys and no floats")
    }

    /// Whether this is an older life's word about a terminal that is up with `epoch`.
    #[must_use]
    pub fn is_stale(&self, journal: &str, epoch: u64) -> bool {
        self.state == Up::Offline && self.journal == journal && self.epoch <= epoch
    }
}
