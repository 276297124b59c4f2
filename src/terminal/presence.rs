//! The terminal's retained `state`: birth, will, and whether it is armed. Not signed: operators read it,
//! no decision about money follows from it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::core::scene::Deaf;

/// The document on `state`. Consumers ignore an `offline` whose `epoch` is lower than the last `online`
/// of the same journal: a will that comes late does not mark a live terminal dead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Presence {
    pub state: Up,
    /// Durable, +1 for each connection.
    pub epoch: u64,
    /// The random id of the terminal's journal: another one is another card in its place.
    pub journal: String,
    /// The program's.
    pub version: String,
    /// The version of the sent settings that are in force, on trial or for good; null where none are.
    #[serde(default)]
    pub config_version: Option<u64>,
    /// Whether it can sell now: a payment's result could come back.
    pub armed: bool,
    /// Why not, while online and not armed.
    pub deaf: Option<Deaf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Up {
    Online,
    /// It said goodbye, or was not heard of for some time.
    Offline,
}

impl Presence {
    #[must_use]
    pub fn new(
        state: Up,
        epoch: u64,
        journal: &str,
        config_version: Option<u64>,
        deaf: Option<Deaf>,
    ) -> Self {
        Self {
            state,
            epoch,
            journal: journal.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            config_version,
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
