//! A program's file with the environment over it. A variable is `QRTILL_` and the key's path in capitals,
//! two underscores for each dot: `QRTILL_BROKER__HOST` is `broker.host`. Lists and `[[…]]` are the file's.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use config::Config;
use config::Environment;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Map;
use serde_json::Value;

use super::fault::Fault;
use super::fault::Place;
use super::json;
use super::text;
use super::text::Spots;
pub use crate::core::remote::Layer;

const PREFIX: &str = "QRTILL_";
/// A layer that says nothing.
const NONE: Value = Value::Null;
/// Variables with our prefix that are not settings.
const NOT_SETTINGS: [&str; 1] = ["QRTILL_LOG"];

/// Settings that were sent from far away: over the file, and under the environment, which is this machine's own
/// word.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The document's.
    pub version: u64,
    /// In the form of the file, as JSON.
    pub settings: Value,
}

/// What goes below a file: what the operator said to a terminal when it was paired.
#[derive(Clone, Debug, Default)]
pub struct Under {
    /// In the form of the file, as JSON without what says nothing.
    pub values: Value,
    /// Where it stands.
    pub spots: Option<Spots>,
    pub faults: Vec<Fault>,
}

/// Where every value came from.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    spots: Spots,
    /// Of what goes below the file.
    under: Option<Spots>,
    /// Paths that a document from far away sets, and its version.
    sent: BTreeSet<String>,
    version: u64,
    /// Path of a key to the variable that sets it.
    variables: BTreeMap<String, String>,
}

impl Origins {
    #[must_use]
    pub fn place(&self, key: &str) -> Place {
        let whole = key.split('[').next().unwrap_or(key);
        match self.variables.get(whole) {
            Some(name) => Place::Variable(name.clone()),
            None if self.sent.contains(whole) => Place::Document(self.version),
            None => self.under(whole).unwrap_or(&self.spots).place(key),
        }
    }

    /// Where the key stands, if that is below the file.
    fn under(&self, key: &str) -> Option<&Spots> {
        self.under.as_ref().filter(|under| under.has(key) && !self.spots.has(key))
    }

    /// The layer that sets `key`, a path without an index.
    #[must_use]
    pub fn layer(&self, key: &str) -> Layer {
        if self.variables.contains_key(key) {
            Layer::Environment
        } else if self.sent.contains(key) {
            Layer::Remote
        } else if self.spots.has(key) {
            Layer::File
        } else if self.under(key).is_some() {
            Layer::Paired
        } else {
            Layer::Default
        }
    }
}

/// The variables of this process that are settings.
#[must_use]
pub fn variables() -> Vec<(String, String)> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).filter(|(name, _)| name.starts_with(PREFIX)).collect()
}

/// Reads `text`, the content of `file`, with what goes below it, what was sent over it, and the variables over all.
/// What cannot be read is a fault and is left out of the mirror.
pub fn read<M>(
    file: &Path,
    text: &str,
    under: Option<Under>,
    sent: Option<&Sent>,
    variables: &[(String, String)],
) -> (M, Origins, Vec<Fault>)
where
    M: Serialize + DeserializeOwned + Default,
{
    let (mirror, spots, mut faults) = text::read::<M>(file, text);
    let under = under.unwrap_or_default();
    faults.extend(under.faults);
    let mut origins = Origins { spots, under: under.spots, ..Origins::default() };
    let mut over = Value::Null;
    if let Some(sent) = sent {
        let wrong;
        (over, wrong) = json::read::<M>(&sent.settings, sent.version);
        faults.extend(wrong);
        (origins.sent, origins.version) = (json::leaves(&over), sent.version);
    }
    let mut good = Vec::new();
    for (name, value) in variables {
        let Some(path) = name.strip_prefix(PREFIX).filter(|_| !NOT_SETTINGS.contains(&name.as_str())) else {
            continue;
        };
        match read_layers::<M>(&M::default(), [&NONE, &NONE], &[(name.clone(), value.clone())]) {
            Ok(_) => {
                origins.variables.insert(path.to_ascii_lowercase().replace("__", "."), name.clone());
                good.push((name.clone(), value.clone()));
            }
            Err((key, message)) => {
                let (what, mend) = if message.contains("a sequence") {
                    ("this is a list".to_owned(), "set it in the file".to_owned())
                } else {
                    text::in_words(&message)
                };
                faults.push(Fault::new(Place::Variable(name.clone()), &key, what, mend));
            }
        }
    }
    match read_layers(&mirror, [&under.values, &over], &good) {
        Ok(layered) => (layered, origins, faults),
        Err((key, message)) => {
            faults.push(Fault::new(origins.place(&key), &key, message, ""));
            (mirror, origins, faults)
        }
    }
}

/// A mirror as a layer: what it says nothing of is no word against the layer below. None of it where it is no table.
pub fn without_nulls<M: Serialize>(mirror: &M) -> Value {
    fn strip(value: &mut Value) {
        if let Some(table) = value.as_object_mut() {
            table.retain(|_, inner| !inner.is_null());
            table.values_mut().for_each(strip);
        }
    }
    let mut values = serde_json::to_value(mirror).unwrap_or_default();
    strip(&mut values);
    values
}

/// The error is the key's path and the message.
fn read_layers<M>(
    mirror: &M,
    [under, sent]: [&Value; 2],
    variables: &[(String, String)],
) -> Result<M, (String, String)>
where
    M: Serialize + DeserializeOwned,
{
    let plain = |error: config::ConfigError| (String::new(), error.to_string());
    // Not parsed: an id of digits stays the text it is.
    let environment = Environment::with_prefix("QRTILL")
        .prefix_separator("_")
        .separator("__")
        .source(Some(variables.iter().cloned().collect()));
    let of_json = |error: serde_json::Error| (String::new(), error.to_string());
    let mut file = without_nulls(mirror);
    let lists = take_lists(&mut file, sent);
    let mut layers = Config::builder();
    for layer in [under, &file, sent].into_iter().filter(|layer| layer.is_object()) {
        layers = layers.add_source(Config::try_from(layer).map_err(plain)?);
    }
    let layered = layers.add_source(environment).build().map_err(plain)?;
    let layered: M = serde_path_to_error::deserialize(layered).map_err(|error| {
        let key = error.path().to_string();
        let key = if key == "." { String::new() } else { key };
        (key, error.into_inner().to_string())
    })?;
    if lists.is_empty() {
        return Ok(layered);
    }
    let mut whole = serde_json::to_value(&layered).map_err(of_json)?;
    if let Some(table) = whole.as_object_mut() {
        table.extend(lists);
    }
    serde_json::from_value(whole).map_err(of_json)
}

/// Takes the `[[…]]` out that nothing is laid over: they are the file's, and to lay something over a file takes the square
/// of their length.
fn take_lists(file: &mut Value, sent: &Value) -> Map<String, Value> {
    let is_list = |value: &Value| value.as_array().is_some_and(|items| items.iter().any(Value::is_object));
    let Some(table) = file.as_object_mut() else { return Map::new() };
    let (lists, rest) =
        std::mem::take(table).into_iter().partition(|(key, value)| is_list(value) && sent.get(key).is_none());
    *table = rest;
    lists
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Mirror {
        id: Option<String>,
        broker: Broker,
        many: Vec<Broker>,
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Broker {
        host: Option<String>,
        port: Option<u16>,
        names: Option<Vec<String>>,
    }

    fn layered(text: &str, variables: &[(&str, &str)]) -> (Mirror, Origins, Vec<Fault>) {
        let owned: Vec<_> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        read(Path::new("f"), text, None, None, &owned)
    }

    #[test]
    fn the_environment_is_over_the_file_and_the_rest_stays() {
        let text = "id = \"a\"\n[broker]\nhost = \"h\"\nport = 1\nnames = [\"x\"]\n[[many]]\nport = 2\n";
        let (mirror, origins, faults) =
            layered(text, &[("QRTILL_BROKER__PORT", "8883"), ("QRTILL_ID", "007"), ("QRTILL_LOG", "debug")]);
        assert_eq!(faults, []);
        assert_eq!(mirror.id.as_deref(), Some("007"));
        assert_eq!((mirror.broker.port, mirror.broker.host.as_deref()), (Some(8883), Some("h")));
        assert_eq!(mirror.broker.names, Some(vec!["x".to_owned()]));
        assert_eq!(mirror.many, [Broker { port: Some(2), ..Broker::default() }]);
        assert_eq!(origins.place("broker.port"), Place::Variable("QRTILL_BROKER__PORT".into()));
        assert!(matches!(origins.place("broker.host"), Place::Line(_)));
    }

    #[test]
    fn every_variable_that_is_wrong_is_named() {
        let variables = [
            ("QRTILL_BROKER__PORT", "many"),
            ("QRTILL_BROKER__PROT", "1"),
            ("QRTILL_BROKER__NAMES", "a"),
            ("QRTILL_ID", "x"),
        ];
        let (mirror, _, faults) = layered("", &variables);
        assert_eq!(mirror.id.as_deref(), Some("x"));
        let places: Vec<_> = faults.iter().map(|fault| fault.place.to_string()).collect();
        assert_eq!(
            places,
            variables[..3].iter().map(|v| format!("environment variable {}", v.0)).collect::<Vec<_>>()
        );
        assert_eq!(faults[0].key, "broker.port");
        assert_eq!(faults[1].mend, "did you mean `port`?");
        assert_eq!((faults[2].key.as_str(), faults[2].what.as_str()), ("broker.names", "this is a list"));
    }
}
