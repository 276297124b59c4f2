//! Ed25519 keys, their text forms, who may sign what, and the set a program trusts. Reading and writing files is
//! not done here, and neither is randomness: 32 random bytes come in as an argument.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signature;
use ed25519_dalek::Signer;
use ed25519_dalek::SigningKey;
use ed25519_dalek::VerifyingKey;

use crate::core::secret::Secret;

const PRIVATE: &str = "qrtill-ed25519-private:";
const PUBLIC: &str = "qrtill-ed25519:";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    #[error("not a private key; its one line begins with {PRIVATE} and 43 letters follow")]
    Private,
    #[error("not a public key; it begins with {PUBLIC} and 43 letters follow")]
    Public,
    #[error("a public key of small order, under which anybody can sign; make a new pair")]
    Weak,
}

/// A private key. `Debug` prints the public half; the secret half is wiped from memory when dropped.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// A new key from 32 bytes of the operating system's randomness.
    #[must_use]
    pub fn from_random(random: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&random))
    }

    /// Reads the one line of a key file; a line end after it is fine.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let body = text.trim_end_matches(['\r', '\n']).strip_prefix(PRIVATE).ok_or(NotAKey::Private)?;
        decode(body).map(|bytes| Self(SigningKey::from_bytes(&bytes))).ok_or(NotAKey::Private)
    }

    /// The one line of a key file, with its line end.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        Secret::new(format!("{PRIVATE}{}\n", URL_SAFE_NO_PAD.encode(self.0.as_bytes())))
    }

    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().id())
    }
}

/// A public key; never one of small order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// How documents name the key: the first 12 bytes in base64url, 16 letters. It only picks a key out of a
    /// trust set, so it needs to be distinct there and nothing more.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId(URL_SAFE_NO_PAD.encode(&self.0.as_bytes()[..12]))
    }

    /// For people to compare on two screens: the key's first 16 bytes in eight groups of four.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let groups: Vec<String> =
            self.0.as_bytes()[..16].chunks(2).map(|pair| format!("{:02x}{:02x}", pair[0], pair[1])).collect();
        groups.join(" ")
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl FromStr for PublicKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = text.strip_prefix(PUBLIC).and_then(decode).ok_or(NotAKey::Public)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| NotAKey::Public)?;
        if key.is_weak() { Err(NotAKey::Weak) } else { Ok(Self(key)) }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

fn decode(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// See [`PublicKey::id`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a key may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Links, answers, notices, synced and heartbeats.
    Relay,
    /// One terminal's own requests.
    Terminal,
    /// Commands, and settings that move no money.
    Operations,
    /// Settings that move money.
    Money,
    /// The set of trusted keys.
    Root,
}

/// The keys a program trusts, each for one role. A relay keeps one set per terminal, so that a terminal's key is
/// good for that terminal alone.
#[derive(Clone, Debug, Default)]
pub struct TrustSet {
    keys: BTreeMap<String, (PublicKey, Role)>,
    thresholds: BTreeMap<Role, usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key {0} is already trusted for another role; every role needs keys of its own")]
pub struct KeyInUse(KeyId);

impl TrustSet {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts `key` for `role`. A key has one role only.
    pub fn trust(&mut self, key: PublicKey, role: Role) -> Result<(), KeyInUse> {
        let id = key.id();
        match self.keys.get(id.as_str()) {
            Some(known) if *known != (key, role) => Err(KeyInUse(id)),
            Some(_) => Ok(()),
            None => {
                self.keys.insert(id.0, (key, role));
                Ok(())
            }
        }
    }

    /// How many different keys of `role` must sign one document; 1 where nothing is said.
    pub fn require(&mut self, role: Role, signatures: usize) {
        self.thresholds.insert(role, signatures.max(1));
    }

    /// Believes these keys no longer, whatever role they have.
    pub fn distrust(&mut self, revoked: &[PublicKey]) {
        self.keys.retain(|_, (key, _)| !revoked.contains(key));
    }

    /// The keys of one role.
    pub fn keys(&self, role: Role) -> impl Iterator<Item = PublicKey> {
        self.keys.values().filter(move |(_, of)| *of == role).map(|(key, _)| *key)
    }

    pub(super) fn threshold(&self, role: Role) -> usize {
        self.thresholds.get(&role).copied().unwrap_or(1)
    }

    pub(super) fn find(&self, id: &str) -> Option<(PublicKey, Role)> {
        self.keys.get(id).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_read_back_and_the_private_one_is_never_printed() {
        let key = SecretKey::from_random([7; 32]);
        let text = key.to_text();
        let again = SecretKey::parse(text.reveal()).expect("reads back");
        assert_eq!(again.public(), key.public());
        assert_eq!(key.public().to_string().parse(), Ok(key.public()));
        let body = text.reveal().trim_end().trim_start_matches(PRIVATE).to_owned();
        assert!(!format!("{key:?} {text:?}").contains(&body));
        assert_eq!(key.public().fingerprint().split(' ').count(), 8);
        assert_eq!(key.public().id().as_str().len(), 16);
    }

    #[test]
    fn what_is_not_exactly_a_key_is_refused() {
        let good = SecretKey::from_random([7; 32]).to_text().reveal().trim_end().to_owned();
        for bad in
            ["", PRIVATE, &good[1..], &good[..good.len() - 1], &format!("{good}A"), &format!(" {good}")]
        {
            assert_eq!(SecretKey::parse(bad).err(), Some(NotAKey::Private), "{bad}");
        }
        let public = SecretKey::from_random([7; 32]).public().to_string();
        for bad in ["", PUBLIC, &public[..public.len() - 1], &format!("{public}\n"), &good] {
            assert_eq!(bad.parse::<PublicKey>(), Err(NotAKey::Public), "{bad}");
        }
    }

    #[test]
    fn a_key_of_small_order_is_refused() {
        for first in [0_u8, 1] {
            let mut bytes = [0; 32];
            bytes[0] = first;
            let text = format!("{PUBLIC}{}", URL_SAFE_NO_PAD.encode(bytes));
            assert_eq!(text.parse::<PublicKey>(), Err(NotAKey::Weak));
        }
    }

    #[test]
    fn a_key_has_one_role() {
        let key = SecretKey::from_random([9; 32]).public();
        let mut trust = TrustSet::new();
        assert_eq!(trust.trust(key, Role::Operations), Ok(()));
        assert_eq!(trust.trust(key, Role::Operations), Ok(()));
        assert_eq!(trust.trust(key, Role::Money), Err(KeyInUse(key.id())));
    }
}
