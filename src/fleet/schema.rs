//! The JSON Schema that a terminal publishes of what may be sent to it: which settings there are, what each takes, and
//! whose signature it needs. Documents are judged by it before they are signed; the terminal judges again.

use jsonschema::ValidationError;
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::core::remote::FieldFault;
use crate::mqtt::key::Role;

/// The keyword with the role that may change a setting.
const CLASS: &str = "x-class";

#[derive(Debug)]
pub struct Schema {
    value: Value,
    validator: Validator,
}

/// What a terminal published is no JSON Schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what the terminal published of its settings is no JSON Schema: {0}")]
pub struct NotASchema(String);

impl Schema {
    pub fn new(value: Value) -> Result<Self, NotASchema> {
        let validator =
            jsonschema::draft202012::new(&value).map_err(|error| NotASchema(error.to_string()))?;
        Ok(Self { value, validator })
    }

    /// All settings, by path.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        fn walk(schema: &Value, path: &str, found: &mut Vec<String>) {
            match schema.get("properties").and_then(Value::as_object) {
                Some(keys) => keys.iter().for_each(|(key, inner)| walk(inner, &join(path, key), found)),
                None => found.push(path.to_owned()),
            }
        }
        let mut found = Vec::new();
        walk(&self.value, "", &mut found);
        found
    }

    fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.value, |schema, key| schema.get("properties")?.get(key))
    }

    /// Whose signature a change of it needs. What the schema does not tell is taken for a matter of money.
    #[must_use]
    pub fn role(&self, path: &str) -> Role {
        let is_operations =
            self.at(path).and_then(|schema| schema.get(CLASS)).is_some_and(|class| *class == "operations");
        if is_operations { Role::Operations } else { Role::Money }
    }

    /// What a setting is for; absent where the terminal does not say.
    #[must_use]
    pub fn about(&self, path: &str) -> Option<&str> {
        self.at(path)?.get("description")?.as_str()
    }

    /// What a setting takes, such as `a whole number from 10 to 3600`; empty where the terminal does not say.
    #[must_use]
    pub fn takes(&self, path: &str) -> String {
        self.at(path).map(takes).unwrap_or_default()
    }

    /// What a person wrote behind `path=`, as the schema wants it; as text where it is none of that, for
    /// [`Self::judge`] to refuse.
    pub fn read(&self, path: &str, text: &str) -> Result<Value, FieldFault> {
        let Some(schema) = self.at(path).filter(|schema| schema.get("properties").is_none()) else {
            return Err(self.unknown(path));
        };
        let parsed = || serde_json::from_str::<Value>(text).ok();
        let kinds = kinds(schema);
        let is = |kind: &str| kinds.contains(&kind);
        if is("array") && !text.starts_with('[') {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            return Ok(items.map(Value::from).collect());
        }
        let plain = Value::from(text);
        Ok(if is("string") { plain } else { parsed().unwrap_or(plain) })
    }

    /// Everything that is wrong with these settings; nothing, where they may be sent.
    #[must_use]
    pub fn judge(&self, settings: &Value) -> Vec<FieldFault> {
        let mut faults: Vec<_> =
            self.validator.iter_errors(settings).flat_map(|error| self.in_words(&error)).collect();
        faults.dedup();
        faults
    }

    fn in_words(&self, error: &ValidationError<'_>) -> Vec<FieldFault> {
        let path = dotted(error.instance_path().as_str());
        if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
            return unexpected.iter().map(|key| self.unknown(&join(&path, key))).collect();
        }
        let (whole, _) = path.split_once('[').unwrap_or((&path, ""));
        let mend = match self.takes(whole) {
            takes if takes.is_empty() => String::new(),
            takes => format!("it takes {takes}"),
        };
        vec![FieldFault { what: error.to_string(), path, mend }]
    }

    fn unknown(&self, path: &str) -> FieldFault {
        let paths = self.paths();
        let distance = |known: &&String| strsim::damerau_levenshtein(path, known);
        let near = paths.iter().min_by_key(distance).filter(|near| distance(near) <= near.len().max(3) / 3);
        let below = format!("{path}.");
        let mend = match near {
            _ if paths.iter().any(|known| known.starts_with(&below)) => {
                "this is a table; name a key in it".into()
            }
            Some(near) => format!("did you mean `{near}`?"),
            None => "`qrtill fleet config get` lists those that there are".to_owned(),
        };
        let what = "the terminal has no such setting, or lets nobody change it from far away".to_owned();
        FieldFault { path: path.to_owned(), what, mend }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A JSON pointer as a path: `/link/hosts/1` is `link.hosts[1]`.
fn dotted(pointer: &str) -> String {
    let mut path = String::new();
    for step in pointer.split('/').skip(1) {
        match step.parse::<usize>() {
            Ok(index) => path += &format!("[{index}]"),
            Err(_) => path = join(&path, &step.replace("~1", "/").replace("~0", "~")),
        }
    }
    path
}

fn kinds(schema: &Value) -> Vec<&str> {
    let kind = schema.get("type");
    let many = kind.and_then(Value::as_array).into_iter().flatten();
    kind.into_iter().chain(many).filter_map(Value::as_str).collect()
}

fn takes(schema: &Value) -> String {
    if let Some(options) = schema.get("enum").and_then(Value::as_array) {
        let options: Vec<String> = options.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        return format!("one of {}", options.join(", "));
    }
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    let kinds = kinds(schema);
    if kinds.contains(&"integer") {
        return match (bound("minimum"), bound("maximum")) {
            (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
            (Some(least), None) => format!("a whole number from {least} on"),
            (None, Some(most)) => format!("a whole number up to {most}"),
            (None, None) => "a whole number".to_owned(),
        };
    }
    let named = [("boolean", "true or false"), ("array", "a list"), ("string", "text")];
    let found = named.iter().find(|(kind, _)| kinds.contains(kind));
    found.map(|(_, words)| (*words).to_owned()).unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    pub fn schema() -> Schema {
        let seconds = json!({ "type": "integer", "minimum": 10, "maximum": 3600, "x-class": "operations" });
        let value = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object", "additionalProperties": false,
            "properties": {
                "lang": { "type": "string", "enum": ["en", "de"], "x-class": "operations" },
                "shop": { "type": "string", "x-class": "money" },
                "sale": { "type": "object", "additionalProperties": false, "properties": {
                    "ttl_s": seconds, "refused": { "type": "boolean", "x-class": "operations" } } },
                "link": { "type": "object", "additionalProperties": false, "properties": {
                    "hosts": { "type": "array", "items": { "type": "string" }, "x-class": "money" } } },
                "later": { "type": "string" },
            }
        });
        Schema::new(value).expect("a schema")
    }

    #[test]
    fn what_a_person_writes_becomes_what_the_schema_wants() {
        let read = |path: &str, text: &str| schema().read(path, text);
        assert_eq!(read("sale.ttl_s", "60"), Ok(json!(60)));
        assert_eq!(read("sale.refused", "true"), Ok(json!(true)));
        assert_eq!(read("shop", "007"), Ok(json!("007")), "text stays text");
        assert_eq!(read("link.hosts", "a.b, c.d"), Ok(json!(["a.b", "c.d"])));
        assert_eq!(read("link.hosts", "[\"a.b\"]"), Ok(json!(["a.b"])));
        assert_eq!(read("sale.tll_s", "60").unwrap_err().mend, "did you mean `sale.ttl_s`?");
        assert!(read("sale", "60").unwrap_err().mend.contains("a table"));
        assert_eq!(read("panel.name", "x").unwrap_err().path, "panel.name");
    }

    #[test]
    fn every_fault_is_told_with_its_path_and_what_would_do() {
        let bad = json!({ "lang": "xx", "sale": { "ttl_s": 5, "tll_s": 1 }, "link": { "hosts": ["a", 1] }, "panel": {} });
        let mut faults = schema().judge(&bad);
        faults.sort_by(|a, b| a.path.cmp(&b.path));
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["lang", "link.hosts[1]", "panel", "sale.tll_s", "sale.ttl_s"]);
        assert_eq!(faults[4].mend, "it takes a whole number from 10 to 3600");
        assert_eq!(faults[0].mend, "it takes one of en, de");
        assert_eq!(faults[3].mend, "did you mean `sale.ttl_s`?");
        assert_eq!(schema().judge(&json!({ "lang": "de", "sale": { "ttl_s": 10 } })), []);
        assert_eq!(schema().judge(&json!({})), []);
    }

    #[test]
    fn what_has_no_class_that_is_known_is_a_matter_of_money() {
        let roles = ["lang", "shop", "later", "nowhere"].map(|path| schema().role(path));
        assert_eq!(roles, [Role::Operations, Role::Money, Role::Money, Role::Money]);
    }

    #[test]
    fn what_is_no_schema_is_said_so() {
        assert!(Schema::new(json!({ "type": "nothing" })).is_err());
        assert!(Schema::new(json!("x")).is_err());
    }
}
