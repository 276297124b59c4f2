//! A JSON object that is sent, field by field. Fields leave in one order, so the same question gives the same
//! bytes; numbers stay the texts they are made of.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::value::to_raw_value;

#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Body(BTreeMap<&'static str, Box<RawValue>>);

impl Body {
    pub fn set(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) {
        let value = to_raw_value(value).expect("an adapter's own values are always JSON");
        self.0.insert(name, value);
    }

    pub fn maybe(&mut self, name: &'static str, value: Option<&(impl Serialize + ?Sized)>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// `null`: in an update this clears the field.
    pub fn clear(&mut self, name: &'static str) {
        self.set(name, &());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_fields_their_order() {
        let mut body = Body::default();
        body.set("name", "Café");
        body.set("amount", &RawValue::from_string("12.50".to_owned()).expect("JSON"));
        body.maybe("slug", None::<&str>);
        body.clear("expiresAt");
        let text = serde_json::to_string(&body).expect("JSON");
        assert_eq!(text, r#"{"amount":12.50,"expiresAt":null,"name":"Café"}"#);
    }
}
