//! Settings from far away: which of a terminal's keys may be sent and by whom, and the judgement of what is sent.
//! Signatures and versions are judged before; here a document is read, and compared with what is in force.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::Checked;
use super::class::Class;
use super::class::KEYWORD;
use super::draft::Draft;
use super::fault::Fault;
use super::fault::Place;
use super::fault::nearest;
use super::json;
use super::layer::Sent;
use super::terminal;
use super::terminal::Terminal;
use super::text;
use super::within::Within;
pub use crate::core::remote::Effective;
use crate::mqtt::key::PublicKey;
use crate::mqtt::key::Role;
use crate::mqtt::key::TrustSet;

/// `[remote]`: whom to believe about settings, and how far. It is set on the terminal alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    pub root_keys: Option<Vec<String>>,
    pub hosts: Option<Vec<String>>,
    pub money_signatures: Option<Within<1, 4>>,
}

/// Whom a terminal believes about its settings; nobody, where no root key is named.
#[derive(Clone, Debug, Default)]
pub struct Remote {
    /// The root's keys alone.
    pub trust: TrustSet,
    /// How many people of the money role must sign a document that changes what money depends on.
    pub money_signatures: usize,
}

impl Remote {
    /// Whether anybody is believed.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.trust.keys(Role::Root).next().is_some()
    }
}

pub fn build(draft: &mut Draft, table: &Table) -> Remote {
    let mut trust = TrustSet::new();
    for (index, text) in table.root_keys.iter().flatten().enumerate() {
        let at = format!("remote.root_keys[{index}]");
        let public: Option<PublicKey> = draft.parse(&at, text);
        if let Some(Err(error)) = public.map(|public| trust.trust(public, Role::Root)) {
            draft.fault(&at, error, "");
        }
    }
    let signatures = table.money_signatures.map_or(1, |Within(count)| count);
    if !Within::<1, 4>::RANGE.contains(&signatures) {
        draft.fault("remote.money_signatures", "so many cannot sign one document", "use 1 to 4");
    }
    Remote { trust, money_signatures: usize::try_from(signatures).unwrap_or(usize::MAX) }
}

/// The JSON Schema (2020-12) of the settings that may be sent to a terminal; `x-class` tells the role.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schema_of_all();
    drop_local(&mut schema);
    schema
}

/// The schema of the whole file, as its types say it.
fn schema_of_all() -> Value {
    let generator = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    Value::from(generator.into_generator().into_root_schema_for::<terminal::Mirror>())
}

/// Takes out what is set on the terminal alone, tables with nothing else in them too. Whether anything is left.
fn drop_local(schema: &mut Value) -> bool {
    if schema.get(KEYWORD).is_some_and(|class| *class == serde_json::json!(Class::Local)) {
        return false;
    }
    let Some(table) = schema.as_object_mut() else { return true };
    // What is not there is the file's; the types say null and mean the same.
    table.remove("default");
    match table.get_mut("properties").and_then(Value::as_object_mut) {
        Some(keys) => {
            keys.retain(|_, inner| drop_local(inner));
            !keys.is_empty()
        }
        None => true,
    }
}

/// The class of each key, by its path; tables that are of one class as a whole are one key.
fn classes() -> BTreeMap<String, Class> {
    fn walk(schema: &Value, path: &str, found: &mut BTreeMap<String, Class>) {
        let class = schema.get(KEYWORD).and_then(|class| Class::deserialize(class).ok());
        match (class, schema.get("properties").and_then(Value::as_object)) {
            (Some(class), _) => {
                found.insert(path.to_owned(), class);
            }
            (None, Some(keys)) => {
                keys.iter().for_each(|(key, inner)| walk(inner, &text::join(path, key), found));
            }
            (None, None) => {}
        }
    }
    let mut found = BTreeMap::new();
    walk(&schema_of_all(), "", &mut found);
    found
}

/// What is in force of all that may be sent, by path, and which layer says so. No secret is among it.
#[must_use]
pub fn effective(checked: &Checked<Terminal>) -> BTreeMap<String, Effective> {
    let Some(terminal) = &checked.value else { return BTreeMap::new() };
    let from = |key: &str| checked.origins.layer(key);
    let values = terminal.sendable().into_iter();
    values.map(|(key, value)| (key.to_owned(), Effective { value, from: from(key) })).collect()
}

/// The configuration of this machine, which what is sent goes over.
#[derive(Clone, Debug)]
pub struct Base<'a> {
    pub file: &'a Path,
    pub text: &'a str,
    pub variables: &'a [(String, String)],
}

impl Base<'_> {
    /// The terminal's configuration with what was sent.
    #[must_use]
    pub fn with(&self, sent: Option<&Sent>) -> Checked<Terminal> {
        super::terminal_with(self.file, self.text, sent, self.variables)
    }

    /// Judges what was sent by `role`, where `present` is in force: all that is wrong with it, or what it changes.
    ///
    /// # Errors
    /// Every fault at once. None of it may be taken then.
    pub fn judge(&self, present: Option<&Sent>, sent: &Sent, role: Role) -> Result<Changes, Vec<Fault>> {
        let (before, after) = (self.with(present), self.with(Some(sent)));
        let mut faults = after.faults.clone();
        let classes = classes();
        self.judge_keys(sent, &classes, &mut faults);
        self.judge_hosts(sent, &mut faults);
        let (before, after) = (effective(&before), effective(&after));
        let class = |key: &str| classes.get(key).copied().unwrap_or(Class::Local);
        let changed: Vec<(String, Class)> = after
            .iter()
            .filter(|(key, now)| before.get(*key).is_none_or(|then| then.value != now.value))
            .map(|(key, _)| (key.clone(), class(key)))
            .collect();
        for (key, _) in changed.iter().filter(|(_, class)| *class == Class::Money && role != Role::Money) {
            let mend = "have it signed with a key of the money role, or send what is in force";
            faults.push(fault(sent, key, "money depends on this setting, and no money key signed", mend));
        }
        faults.dedup();
        if faults.is_empty() { Ok(Changes(changed)) } else { Err(faults) }
    }

    /// What nobody may send, and what would not come into force.
    fn judge_keys(&self, sent: &Sent, classes: &BTreeMap<String, Class>, faults: &mut Vec<Fault>) {
        let in_force = super::layers(self.file, self.text, None, self.variables).1;
        for path in json::leaves(&sent.settings) {
            let nearest = path.match_indices('.').map(|(at, _)| &path[..at]).chain([path.as_str()]);
            let class = nearest.filter_map(|path| classes.get(path)).next();
            if class == Some(&Class::Local) {
                let what = "this is set on the terminal itself, and by nobody from far away";
                faults.push(fault(sent, &path, what, "leave it out, and change it in the terminal's file"));
            } else if let Place::Variable(name) = in_force.place(&path) {
                let what = format!("the environment variable {name} sets this on the terminal");
                faults.push(fault(sent, &path, what, "leave it out, or take the variable away there"));
            }
        }
    }

    /// Hosts that may be sent are named on the terminal: who can sign for the money role still cannot send customers
    /// to any address there is.
    fn judge_hosts(&self, sent: &Sent, faults: &mut Vec<Fault>) {
        let file = super::layers(self.file, self.text, None, self.variables).0;
        let own = file.remote.0.and_then(|remote| remote.hosts).or(file.link.hosts.0).unwrap_or_default();
        let hosts = sent.settings.pointer("/link/hosts").and_then(Value::as_array);
        for (index, host) in hosts.into_iter().flatten().enumerate() {
            let Some(host) = host.as_str().filter(|host| !own.iter().any(|known| known == host)) else {
                continue;
            };
            let near = nearest(host, own.iter().map(String::as_str));
            let mend = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("name it there under `hosts` of [remote]; now it has {}", own.join(", ")),
            };
            let what = format!("the terminal itself does not allow links to `{host}`");
            faults.push(fault(sent, &format!("link.hosts[{index}]"), what, mend));
        }
    }
}

fn fault(sent: &Sent, key: &str, what: impl Into<String>, mend: impl Into<String>) -> Fault {
    Fault::new(Place::Document(sent.version), key, what, mend)
}

/// The settings that a document would change, with their classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes(pub Vec<(String, Class)>);

impl Changes {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether money depends on any of them.
    #[must_use]
    pub fn touch_money(&self) -> bool {
        self.0.iter().any(|(_, class)| *class == Class::Money)
    }

    /// Whether the way to the broker or to the relay is among them, so that only being armed again proves them.
    #[must_use]
    pub fn touch_the_way(&self) -> bool {
        self.0.iter().any(|(key, _)| key.starts_with("broker.") || key.starts_with("relay."))
    }
}

#[cfg(test)]
mod tests;
