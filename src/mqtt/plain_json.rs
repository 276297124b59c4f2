//! JSON without its ambiguities: a key twice in one object, a number that is no i64, or bytes after the end are
//! refused before anything is read, whatever type it is read into.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::DeserializeOwned;
use serde::de::Error;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;

/// Reads one object that begins with `{`, ends with `}` and has nothing around it.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    if !(text.starts_with('{') && text.ends_with('}')) {
        return None;
    }
    serde_json::from_str::<Plain>(text).ok()?;
    serde_json::from_str(text).ok()
}

struct Plain;

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("objects with distinct keys, and integers of 64 bits with sign")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self, E> {
        i64::try_from(number).map(|_| self).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<Self>()?;
            if let Some(twice) = seen.replace(key) {
                return Err(A::Error::custom(format_args!("`{twice}` twice")));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_taken(text: &str) -> bool {
        read::<serde_json::Value>(text).is_some()
    }

    #[test]
    fn only_one_plain_object_is_read() {
        assert!(is_taken(r#"{"a":1,"b":{"a":[-9223372036854775808,9223372036854775807,null,true,"x"]}}"#));
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"b":{"a":1,"\u0061":2}}"#,
            r#"{"b":[{"a":1,"a":2}]}"#,
            r#"{"a":1.0}"#,
            r#"{"a":1e2}"#,
            r#"{"a":9223372036854775808}"#,
            r#"{"a":1} "#,
            r#" {"a":1}"#,
            r#"{"a":1}{}"#,
            "[1]",
            "",
        ] {
            assert!(!is_taken(bad), "{bad}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(!is_taken(&deep));
    }
}
