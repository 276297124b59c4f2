//! The operator's side: what is known of every terminal, and how a document of settings is made, signed and sent. The
//! broker is not trusted here either: what is built on was signed, and what only a terminal said is said as that.

pub mod change;
pub mod desk;
pub mod groups;
pub mod history;
pub mod picture;
pub mod proposal;
pub mod record;
pub mod rollout;
pub mod schema;

use crate::core::payment::Mode;
use crate::mqtt::document;
use crate::mqtt::document::Desired;
use crate::mqtt::document::KeySet;
use crate::mqtt::document::Kind;
use crate::mqtt::document::Opened;
use crate::mqtt::document::Refusal;
use crate::mqtt::key::Role;
use crate::mqtt::key::SecretKey;
use crate::mqtt::key::TrustSet;
use crate::mqtt::topics::Topics;

/// Who the operator is, and whom the fleet believes.
#[derive(Clone, Debug)]
pub struct Identity {
    pub mode: Mode,
    pub topics: Topics,
    /// The root's keys.
    pub root: TrustSet,
    /// How many people of the money role sign one document.
    pub money_signatures: usize,
    /// The operator's own keys.
    pub operations: Option<SecretKey>,
    pub money: Option<SecretKey>,
}

/// A set of keys that the root signed.
#[derive(Clone, Debug)]
pub struct Keys {
    pub set: KeySet,
    /// Whom it lets sign settings, money with as many signatures as the fleet asks for.
    pub trust: TrustSet,
}

impl Identity {
    /// Reads a set of keys as it is on the broker or in a file.
    ///
    /// # Errors
    /// Where the root of this fleet did not sign it, for these terminals and this mode.
    pub fn open_keys(&self, bytes: &[u8]) -> Result<Keys, Refusal> {
        let aud = self.topics.keys_audience();
        let set = document::open::<KeySet>(Kind::Keys, bytes, &self.root, &aud, self.mode)?.content;
        let trust = set.trust(self.money_signatures).ok_or(Refusal::Content)?;
        Ok(Keys { set, trust })
    }

    #[must_use]
    pub fn key(&self, role: Role) -> Option<&SecretKey> {
        match role {
            Role::Operations => self.operations.as_ref(),
            Role::Money => self.money.as_ref(),
            Role::Relay | Role::Terminal | Role::Root => None,
        }
    }
}

impl Keys {
    /// Reads a document of settings that is for `aud`.
    ///
    /// # Errors
    /// Where too few of those who may have signed it, or it is for somebody else.
    pub fn open_desired(&self, bytes: &[u8], aud: &str, mode: Mode) -> Result<Opened<Desired>, Refusal> {
        document::open(Kind::Config, bytes, &self.trust, aud, mode)
    }

    /// As [`Self::open_desired`], for a document on its way from one signer to the next: one signature is enough.
    ///
    /// # Errors
    /// Where nobody who may has signed it.
    pub fn open_half_signed(&self, bytes: &[u8], aud: &str, mode: Mode) -> Result<Opened<Desired>, Refusal> {
        let mut trust = self.trust.clone();
        trust.require(Role::Money, 1);
        document::open(Kind::Config, bytes, &trust, aud, mode)
    }

    /// Whether `key` may sign for `role` by this set.
    #[must_use]
    pub fn lets(&self, key: &SecretKey, role: Role) -> bool {
        self.trust.keys(role).any(|known| known == key.public())
    }

    /// What the holder of a key is called, or the key's id where nobody said.
    #[must_use]
    pub fn name_of(&self, key_id: &str) -> String {
        let holders = self.set.holders().unwrap_or_default();
        let holder = holders.into_iter().find(|(_, holder)| holder.key.id().as_str() == key_id);
        holder.and_then(|(_, holder)| holder.name).unwrap_or_else(|| key_id.to_owned())
    }
}
