//! What a document of settings would change at a terminal, and whose signature that needs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::Change;
use super::picture::Reported;
use super::schema::Schema;
use crate::mqtt::key::Role;

/// What the next document is built on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Base {
    /// 0 where nothing was ever sent.
    pub version: u64,
    /// By path.
    pub settings: BTreeMap<String, Value>,
}

/// A change of what is in force, and the role that may make it.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    pub change: Change,
    pub role: Role,
}

/// What `after` changes of what the terminal says is in force. A setting that is no longer sent is the terminal's own
/// again, which nobody here knows: it counts as a change.
#[must_use]
pub fn weigh(
    schema: &Schema,
    reported: &Reported,
    base: &Base,
    after: &BTreeMap<String, Value>,
) -> Vec<Weighed> {
    let in_force = reported.version == Some(base.version);
    let mut found = Vec::new();
    for (path, value) in after {
        let before = reported.settings.get(path).map(|effective| effective.value.clone());
        // A value may be reported in another form than it was sent in.
        let as_sent = in_force && base.settings.get(path) == Some(value);
        if before.as_ref() != Some(value) && !as_sent {
            found.push(Change { path: path.clone(), before, after: Some(value.clone()) });
        }
    }
    let sent = reported.settings.iter().filter(|(_, effective)| effective.is_sent());
    for (path, effective) in sent.filter(|(path, _)| !after.contains_key(*path)) {
        found.push(Change { path: path.clone(), before: Some(effective.value.clone()), after: None });
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found.into_iter().map(|change| Weighed { role: schema.role(&change.path), change }).collect()
}

/// Far more than anybody sends, and far from the last version there is.
const VERSION_MOST: u64 = 1_000_000_000;

/// The version that is newer than all of these. A terminal's own word for what it has seen is not signed: who could
/// make it so high that no version is left after it would have stopped all change for good.
///
/// # Errors
/// The version that is too high to be true.
pub fn next_version(known: impl IntoIterator<Item = u64>) -> Result<u64, u64> {
    let most = known.into_iter().max().unwrap_or(0);
    if most > VERSION_MOST { Err(most) } else { Ok(most + 1) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::change::leaves;
    use super::super::schema::tests::schema;
    use super::*;

    fn reported(version: u64) -> Reported {
        serde_json::from_value(
            json!({ "version": version, "keys_version": 1, "last_result": null, "settings": {
            "lang": { "value": "en", "from": "file" },
            "shop": { "value": "Bakery Ltd", "from": "remote" },
            "sale.ttl_s": { "value": 60, "from": "remote" },
        } }),
        )
        .unwrap()
    }

    fn weighed(base: (u64, Value), after: Value) -> Vec<(String, Role)> {
        let base = Base { version: base.0, settings: leaves(&base.1) };
        let all = weigh(&schema(), &reported(3), &base, &leaves(&after));
        all.into_iter().map(|one| (one.change.path, one.role)).collect()
    }

    #[test]
    fn operations_may_repeat_what_the_money_role_has_set() {
        let base = || (3, json!({ "shop": "Bakery Ltd", "sale": { "ttl_s": 60 } }));
        let after = json!({ "shop": "Bakery Ltd", "sale": { "ttl_s": 90 } });
        assert_eq!(weighed(base(), after), [("sale.ttl_s".to_owned(), Role::Operations)]);
        let after = json!({ "shop": "Bakery Ltd", "sale": { "ttl_s": 60 }, "lang": "en" });
        assert_eq!(weighed(base(), after), [], "said in the file already");
    }

    #[test]
    fn leaving_out_what_was_sent_is_a_change_of_its_class() {
        let base = (3, json!({ "shop": "Bakery Ltd", "sale": { "ttl_s": 60 } }));
        assert_eq!(weighed(base, json!({ "sale": { "ttl_s": 60 } })), [("shop".to_owned(), Role::Money)]);
    }

    #[test]
    fn another_form_of_what_is_in_force_is_no_change_and_of_what_is_not_is_one() {
        let sent = || json!({ "shop": " Bakery Ltd", "sale": { "ttl_s": 60 } });
        assert_eq!(weighed((3, sent()), sent()), []);
        assert_eq!(weighed((4, sent()), sent()), [("shop".to_owned(), Role::Money)], "it was never in force");
    }

    #[test]
    fn a_version_is_newer_than_all_that_are_known_and_never_the_last() {
        assert_eq!(next_version([3, 7, 0]), Ok(8));
        assert_eq!(next_version([]), Ok(1));
        assert_eq!(next_version([3, u64::MAX]), Err(u64::MAX));
    }
}
