//! What the signed documents of settings say: a terminal's settings, and the set of keys that may sign them.

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::Holder;
use crate::mqtt::key::KeyInUse;
use crate::mqtt::key::PublicKey;
use crate::mqtt::key::Role;
use crate::mqtt::key::TrustSet;

/// The least and the most that a terminal may take to be back with new settings, in seconds.
pub const CONFIRM_S: std::ops::RangeInclusive<u32> = 10..=3600;
const USUAL_CONFIRM_S: u32 = 120;

/// The content on `config/desired`: all settings that are sent to a terminal. What is left out is its file's again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desired {
    /// From 1; only goes up.
    pub version: u64,
    /// How long the terminal has to be back with them before it returns to those of before.
    #[serde(default = "usual_confirm_s")]
    pub confirm_s: u32,
    /// In the form of `terminal.toml`, as JSON.
    pub settings: Value,
}

fn usual_confirm_s() -> u32 {
    USUAL_CONFIRM_S
}

/// The content on `<root>/keys`: the keys of people, and keys that nobody is to believe any more, each as
/// [`Holder`] writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySet {
    /// From 1; only goes up.
    pub version: u64,
    pub operations: Vec<String>,
    pub money: Vec<String>,
    /// Whatever else says that they are to be believed: a relay's, or one of a person who left.
    #[serde(default)]
    pub revoked: Vec<String>,
}

impl KeySet {
    /// The keys as a set to verify with, `money_signatures` of the money role for one document. None where it names
    /// what is no key, or one key for two roles.
    #[must_use]
    pub fn trust(&self, money_signatures: usize) -> Option<TrustSet> {
        let mut trust = TrustSet::new();
        let revoked = self.revoked()?;
        for (keys, role) in [(&self.operations, Role::Operations), (&self.money, Role::Money)] {
            for holder in keys {
                let Holder { key, .. } = holder.parse().ok()?;
                if !revoked.contains(&key) {
                    trust.trust(key, role).map_err(|KeyInUse { .. }| ()).ok()?;
                }
            }
        }
        trust.require(Role::Money, money_signatures);
        Some(trust)
    }

    /// None where it names what is no key.
    #[must_use]
    pub fn revoked(&self) -> Option<Vec<PublicKey>> {
        self.revoked.iter().map(|line| Some(line.parse::<Holder>().ok()?.key)).collect()
    }
}
