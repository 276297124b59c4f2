//! Documents on their way between people: read by whoever is not their audience, and signed by one after another.

use serde::de::DeserializeOwned;

use super::Kind;
use super::MAX_BYTES;
use super::MAX_SIGNATURES;
use super::Payload;
use super::Refusal;
use super::read_payload;
use super::sign;
use super::split;
use super::verify;
use super::wrap;
use crate::core::payment::Mode;
use crate::mqtt::key::Role;
use crate::mqtt::key::SecretKey;
use crate::mqtt::key::TrustSet;

/// A document, and for whom it says that it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried<C> {
    pub aud: String,
    pub mode: Mode,
    pub id: String,
    pub content: C,
    /// The ids of the keys that signed it, or that it says have.
    pub signers: Vec<String>,
}

/// Reads without verifying anything: anybody may have written it. For telling people what a document says of itself.
pub fn peek<C: DeserializeOwned>(bytes: &[u8]) -> Result<Carried<C>, Refusal> {
    let (payload, signatures) = split(bytes)?;
    let signers = signatures.into_iter().map(|signed| signed.k).collect();
    Ok(carried(read_payload(&payload)?, signers))
}

/// As [`super::open`], for whoever learns from the document itself for whom it is.
pub fn inspect<C: DeserializeOwned>(
    kind: Kind,
    bytes: &[u8],
    trust: &TrustSet,
) -> Result<(Role, Carried<C>), Refusal> {
    let (payload, signatures) = split(bytes)?;
    let (role, signers) = verify(kind, &payload, &signatures, trust)?;
    let signers = signers.iter().map(ToString::to_string).collect();
    Ok((role, carried(read_payload(&payload)?, signers)))
}

/// The same document with one signature more; the bytes that others have signed stay as they are. A key that has
/// signed already, and a fifth one, are refused.
pub fn add_signature(kind: Kind, bytes: &[u8], key: &SecretKey) -> Result<String, Refusal> {
    let (payload, mut signatures) = split(bytes)?;
    let own = sign(kind, &payload, key);
    if signatures.len() >= MAX_SIGNATURES || signatures.iter().any(|signed| signed.k == own.k) {
        return Err(Refusal::Signatures);
    }
    signatures.push(own);
    let text = wrap(&payload, signatures);
    if text.len() > MAX_BYTES { Err(Refusal::TooLong) } else { Ok(text) }
}

fn carried<C>(payload: Payload<C>, signers: Vec<String>) -> Carried<C> {
    let Payload { aud, mode, id, content } = payload;
    Carried { aud, mode, id, content, signers }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::payload;
    use super::super::seal;
    use super::*;

    #[test]
    fn a_second_signature_makes_a_document_good_that_needs_two() {
        let keys = [[1; 32], [2; 32]].map(SecretKey::from_random);
        let mut trust = TrustSet::new();
        for key in &keys {
            trust.trust(key.public(), Role::Money).expect("one role");
        }
        trust.require(Role::Money, 2);
        let bytes = payload("qrtill/v1/counter-1", Mode::Live, "a", &json!({ "version": 3 }));
        let half = seal(Kind::Config, &bytes, &keys[0]);
        let judged = |text: &str| inspect::<Value>(Kind::Config, text.as_bytes(), &trust);
        assert_eq!(judged(&half), Err(Refusal::TooFewSignatures));
        let whole = add_signature(Kind::Config, half.as_bytes(), &keys[1]).expect("signed");
        let (role, carried) = judged(&whole).expect("good");
        assert_eq!(
            (role, carried.aud.as_str(), carried.mode),
            (Role::Money, "qrtill/v1/counter-1", Mode::Live)
        );
        assert_eq!(carried.signers, keys.each_ref().map(|key| key.public().id().to_string()));
        assert_eq!(peek::<Value>(whole.as_bytes()), Ok(carried));
        let twice = add_signature(Kind::Config, half.as_bytes(), &keys[0]);
        assert_eq!(twice, Err(Refusal::Signatures), "one person is not two");
    }

    #[test]
    fn what_is_only_read_is_not_believed() {
        let (known, unknown) = (SecretKey::from_random([1; 32]), SecretKey::from_random([2; 32]));
        let mut trust = TrustSet::new();
        trust.trust(known.public(), Role::Root).expect("one role");
        let bytes = payload("qrtill/v1/keys", Mode::Live, "a", &json!({}));
        let forged = seal(Kind::Keys, &bytes, &unknown);
        assert!(peek::<Value>(forged.as_bytes()).is_ok());
        assert_eq!(inspect::<Value>(Kind::Keys, forged.as_bytes(), &trust), Err(Refusal::UnknownKey));
    }
}
