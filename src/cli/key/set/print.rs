//! A set of keys for people's eyes, and for programs.

use serde_json::json;

use crate::cli::table;
use crate::mqtt::document::Carried;
use crate::mqtt::document::KeySet;
use crate::mqtt::document::Refusal;
use crate::mqtt::key::Role;

/// What is known of the root's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    Good,
    Unchecked,
    Bad(Refusal),
}

impl Signature {
    fn sentence(self) -> String {
        match self {
            Self::Good => "signed by the root".to_owned(),
            Self::Unchecked => "signature not checked: name the root's public key with --root-key".to_owned(),
            Self::Bad(refusal) => format!("NOT to be believed: {refusal}"),
        }
    }
}

fn role(role: Option<Role>) -> &'static str {
    match role {
        Some(Role::Operations) => "operations",
        Some(Role::Money) => "money",
        // Sets have keys of the two roles alone.
        Some(Role::Relay | Role::Terminal | Role::Root) | None => "revoked",
    }
}

/// For whom the set is: the topics' root.
fn below(carried: &Carried<KeySet>) -> &str {
    carried.aud.strip_suffix("/keys").unwrap_or(&carried.aud)
}

#[must_use]
pub fn text(carried: &Carried<KeySet>, signature: &Signature) -> String {
    let (version, mode) = (carried.content.version, json!(carried.mode));
    let (root, mode) = (below(carried), mode.as_str().unwrap_or_default());
    let mut text = format!("keys below {root}, {mode}, version {version}: {}\n", signature.sentence());
    let Some(holders) = carried.content.holders() else { return text + "it names what is no key\n" };
    if holders.is_empty() {
        return text + "nobody is in it yet\n";
    }
    let head = ["ROLE", "WHO", "KEY ID", "FINGERPRINT"].map(str::to_owned);
    let row = |(of, holder): &(Option<Role>, crate::mqtt::document::Holder)| {
        let name = holder.name.clone().unwrap_or_else(|| "-".to_owned());
        [role(*of).to_owned(), name, holder.key.id().to_string(), holder.key.fingerprint()]
    };
    text += &table::aligned([head].into_iter().chain(holders.iter().map(row)).collect(), [false; 4]);
    text
}

#[must_use]
pub fn json(carried: &Carried<KeySet>, signature: &Signature) -> String {
    let keys: Vec<_> = carried.content.holders().unwrap_or_default();
    let keys: Vec<_> = keys
        .iter()
        .map(|(of, holder)| {
            json!({ "role": role(*of), "name": holder.name, "key": holder.key.to_string(),
                "id": holder.key.id().as_str(), "fingerprint": holder.key.fingerprint() })
        })
        .collect();
    let (state, why) = match signature {
        Signature::Good => ("good", None),
        Signature::Unchecked => ("unchecked", None),
        Signature::Bad(refusal) => ("bad", Some(refusal.to_string())),
    };
    let all = json!({ "version": carried.content.version, "topic_root": below(carried), "mode": carried.mode,
        "signature": state, "why": why, "keys": keys });
    format!("{all:#}\n")
}
