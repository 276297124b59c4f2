//! Settings as trees and by path: taken apart, changed and compared.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;

/// Settings by their paths, such as `sale.ttl_s`; lists are values.
#[must_use]
pub fn leaves(settings: &Value) -> BTreeMap<String, Value> {
    fn walk(value: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
        match value.as_object() {
            Some(table) => table.iter().for_each(|(key, inner)| {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(inner, &path, found);
            }),
            None => drop(found.insert(path.to_owned(), value.clone())),
        }
    }
    let mut found = BTreeMap::new();
    walk(settings, "", &mut found);
    found
}

/// The tree that has these paths.
#[must_use]
pub fn tree(leaves: &BTreeMap<String, Value>) -> Value {
    let mut settings = Value::Object(Map::new());
    for (path, value) in leaves {
        let mut at = &mut settings;
        for key in path.split('.') {
            // What a longer path needs as a table is made one.
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            at = &mut at[key];
        }
        *at = value.clone();
    }
    settings
}

/// One setting that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub path: String,
    /// Absent where it was not said.
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// What differs, by path.
#[must_use]
pub fn diff(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<Change> {
    let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
    paths.sort();
    paths.dedup();
    let change = |path: &String| Change {
        path: path.clone(),
        before: before.get(path).cloned(),
        after: after.get(path).cloned(),
    };
    paths.into_iter().map(change).filter(|change| change.before != change.after).collect()
}

/// A value as people read it: text as it is, all else as JSON.
#[must_use]
pub fn told(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tree_comes_back_from_its_paths() {
        let settings = json!({ "lang": "de", "sale": { "ttl_s": 60, "limit": "5.00" }, "link": { "hosts": ["a", "b"] } });
        let apart = leaves(&settings);
        assert_eq!(apart.keys().collect::<Vec<_>>(), ["lang", "link.hosts", "sale.limit", "sale.ttl_s"]);
        assert_eq!(tree(&apart), settings);
        assert_eq!(tree(&BTreeMap::new()), json!({}));
    }

    #[test]
    fn only_what_differs_is_a_change() {
        let of = |settings| leaves(&settings);
        let before = of(json!({ "lang": "de", "sale": { "ttl_s": 60 } }));
        let after = of(json!({ "lang": "de", "sale": { "ttl_s": 90 }, "shop": "A" }));
        let changed = diff(&before, &after);
        let paths: Vec<_> = changed.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["sale.ttl_s", "shop"]);
        assert_eq!((&changed[0].before, &changed[0].after), (&Some(json!(60)), &Some(json!(90))));
        assert_eq!(changed[1].before, None);
        assert_eq!(diff(&after, &after), []);
    }
}
