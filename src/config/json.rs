//! A sent document's settings into a mirror, with every fault at once, as `text` does it for a file.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fault::Fault;
use super::fault::Place;
use super::text;

/// The settings without what cannot be read as `M`, and why it cannot.
pub fn read<M: DeserializeOwned>(settings: &Value, version: u64) -> (Value, Vec<Fault>) {
    let (mut kept, mut faults) = (settings.clone(), Vec::new());
    let fault = |key: &str, what: String, mend: String| Fault::new(Place::Document(version), key, what, mend);
    if !kept.is_object() {
        return (Value::Null, vec![fault("", "the settings are not a table".to_owned(), String::new())]);
    }
    loop {
        let Err(error) = serde_path_to_error::deserialize::<_, M>(&kept) else { return (kept, faults) };
        let mut key = error.path().to_string();
        let message = error.into_inner().to_string();
        if let Some(unknown) = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next())
        {
            let parent = if key == "." { "" } else { key.as_str() };
            if !parent.ends_with(unknown) {
                key = text::join(parent, unknown);
            }
        }
        let (what, mend) = text::in_words(&message);
        faults.push(fault(&key, what, mend));
        if !remove(&mut kept, &key) {
            return (Value::Null, faults);
        }
    }
}

/// Takes out the key, or the list that an item is wrong of; false where there is nothing of that name.
fn remove(settings: &mut Value, key: &str) -> bool {
    let whole = key.split('[').next().unwrap_or(key);
    let (tables, name) = whole.rsplit_once('.').unwrap_or(("", whole));
    let mut at = settings;
    for table in tables.split('.').filter(|table| !table.is_empty()) {
        let Some(inner) = at.get_mut(table) else { return false };
        at = inner;
    }
    at.as_object_mut().is_some_and(|table| table.remove(name).is_some())
}

/// The paths of all keys that are no tables, and of tables with nothing in them.
#[must_use]
pub fn leaves(settings: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, path: &str, found: &mut BTreeSet<String>) {
        match value.as_object() {
            Some(table) if !table.is_empty() => {
                table.iter().for_each(|(key, inner)| walk(inner, &text::join(path, key), found))
            }
            _ if path.is_empty() => {}
            Some(_) | None => {
                found.insert(path.to_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(settings, "", &mut found);
    found
}
