//! Reads JSON objects field by field. Each field is taken once; what is left over at the end was not known.
//! `null` reads as absent, and `has` tells the two apart.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Map;
use serde_json::Value;

use crate::sandbox::bank::model::Metadata;

/// The fields of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Fields {
    /// Where the object stands, such as `items[0].`.
    at: String,
    fields: Map<String, Value>,
}

/// What is wrong with a body, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The field's whole name; empty for the body itself.
    pub field: String,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Missing,
    Unknown,
    /// Not what it must be, such as `a whole number`.
    Not(&'static str),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.field.is_empty() { "the body" } else { self.field.as_str() };
        match self.why {
            Why::Missing => write!(f, "{name} is missing"),
            Why::Unknown => write!(f, "{name} is not known here"),
            Why::Not(wanted) => write!(f, "{name} must be {wanted}"),
        }
    }
}

impl Fields {
    /// An empty body is an object without fields.
    pub fn parse(body: &[u8]) -> Result<Self, Wrong> {
        let wrong = || Wrong { field: String::new(), why: Why::Not("a JSON object") };
        if body.is_empty() {
            return Ok(Self { at: String::new(), fields: Map::new() });
        }
        let value = serde_json::from_slice(body).map_err(|_| wrong())?;
        Self::of(value, String::new()).ok_or_else(wrong)
    }

    fn of(value: Value, at: String) -> Option<Self> {
        let Value::Object(fields) = value else { return None };
        Some(Self { at, fields })
    }

    /// Whether the field is there, `null` included.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// The field as it is; `None` for `null` as for nothing.
    pub fn value(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    pub fn text(&mut self, name: &str) -> Result<Option<String>, Wrong> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.not(name, "a text")),
        }
    }

    pub fn integer(&mut self, name: &str) -> Result<Option<i64>, Wrong> {
        let Some(value) = self.value(name) else { return Ok(None) };
        value.as_i64().map(Some).ok_or_else(|| self.not(name, "a whole number"))
    }

    pub fn boolean(&mut self, name: &str) -> Result<Option<bool>, Wrong> {
        let Some(value) = self.value(name) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| self.not(name, "true or false"))
    }

    pub fn object(&mut self, name: &str) -> Result<Option<Self>, Wrong> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let at = format!("{}{name}.", self.at);
        Self::of(value, at).map(Some).ok_or_else(|| self.not(name, "an object"))
    }

    /// A list of objects.
    pub fn objects(&mut self, name: &str) -> Result<Option<Vec<Self>>, Wrong> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let Value::Array(list) = value else { return Err(self.not(name, "a list")) };
        let one = |(n, value)| Self::of(value, format!("{}{name}[{n}].", self.at));
        let objects: Option<Vec<Self>> = list.into_iter().enumerate().map(one).collect();
        objects.map(Some).ok_or_else(|| self.not(name, "a list of objects"))
    }

    /// Words that the merchant attached: texts as they are, other values as JSON.
    pub fn words(&mut self, name: &str) -> Result<Option<Metadata>, Wrong> {
        let Some(object) = self.object(name)? else { return Ok(None) };
        let word = |value: Value| match value {
            Value::String(text) => text,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                value.to_string()
            }
        };
        Ok(Some(object.fields.into_iter().map(|(name, value)| (name, word(value))).collect()))
    }

    /// Refuses the body if a field was not taken.
    pub fn done(&self) -> Result<(), Wrong> {
        match self.fields.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.wrong(name, Why::Unknown)),
        }
    }

    /// The fields that were not taken yet, in one order however they came.
    #[must_use]
    pub fn written(&self) -> String {
        let sorted: BTreeMap<&String, &Value> = self.fields.iter().collect();
        serde_json::to_string(&sorted).expect("JSON values are always JSON")
    }

    /// What to say of a field that had to be there.
    #[must_use]
    pub fn missing(&self, name: &str) -> Wrong {
        self.wrong(name, Why::Missing)
    }

    /// What to say of a field that is not what it must be.
    #[must_use]
    pub fn not(&self, name: &str, wanted: &'static str) -> Wrong {
        self.wrong(name, Why::Not(wanted))
    }

    fn wrong(&self, name: &str, why: Why) -> Wrong {
        Wrong { field: format!("{}{name}", self.at), why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Fields {
        Fields::parse(text.as_bytes()).expect("an object")
    }

    #[test]
    fn fields_are_taken_once_and_what_is_left_is_named() {
        let mut body = read(r#"{"title":"Tea","amount":400,"reusable":false,"note":null,"colour":"red"}"#);
        assert_eq!(body.text("title"), Ok(Some("Tea".into())));
        assert_eq!(body.integer("amount"), Ok(Some(400)));
        assert_eq!(body.boolean("reusable"), Ok(Some(false)));
        assert!(body.has("note") && !body.has("title"));
        assert_eq!(body.text("note"), Ok(None));
        assert_eq!(body.done().map_err(|wrong| wrong.to_string()), Err("colour is not known here".into()));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let mut body =
            read(r#"{"items":[{"price":{"value":7}}],"amount":1.5,"metadata":{"a":true,"b":"x"}}"#);
        let mut items = body.objects("items").expect("a list").expect("items");
        let mut price = items[0].object("price").expect("an object").expect("a price");
        let wrong = price.text("value").expect_err("a number");
        assert_eq!(wrong.to_string(), "items[0].price.value must be a text");
        assert_eq!(price.missing("currency").to_string(), "items[0].price.currency is missing");
        assert_eq!(body.integer("amount").expect_err("a fraction").why, Why::Not("a whole number"));
        let words = body.words("metadata").expect("an object").expect("words");
        assert_eq!((words["a"].as_str(), words["b"].as_str()), ("true", "x"));
    }

    #[test]
    fn a_body_is_an_object_or_nothing() {
        assert!(Fields::parse(b"").is_ok_and(|body| body.done().is_ok()));
        let wrong = Fields::parse(b"[1]").expect_err("a list");
        assert_eq!(wrong.to_string(), "the body must be a JSON object");
        assert!(Fields::parse(b"{").is_err());
    }
}
