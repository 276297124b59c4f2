//! What is known of the terminals from what the broker keeps of them. It is what they say of themselves: nothing of it is
//! signed but the documents that were sent to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::core::reference::TerminalId;
use crate::core::remote::Answer;
use crate::mqtt::topics::Leaf;
use crate::mqtt::topics::Topic;
use crate::mqtt::topics::Topics;
use crate::terminal::presence::Presence;
use crate::terminal::presence::Up;

/// How a sale that has not ended is told of.
const OPEN: &str = "open";
/// So many different schemas are kept to be compared with.
const SCHEMAS: usize = 8;

/// A setting in force, as a terminal reports it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effective {
    pub value: Value,
    /// Which layer says so: `default`, `file`, `remote` or `environment`.
    pub from: String,
}

impl Effective {
    #[must_use]
    pub fn is_sent(&self) -> bool {
        self.from == "remote"
    }
}

/// The document on `config/reported`. Terminals of later programs may say more.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Reported {
    /// The document in force; absent where nothing was sent.
    pub version: Option<u64>,
    /// Whether that one is still on trial.
    #[serde(default)]
    pub trial: bool,
    /// No version up to this one is taken any more.
    #[serde(default)]
    pub burned: u64,
    pub keys_version: Option<u64>,
    #[serde(default)]
    pub settings: BTreeMap<String, Effective>,
    pub last_result: Option<Answer>,
}

/// The document on `health`, as far as it matters here. Terminals of later programs may say more.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Health {
    /// By the terminal's clock.
    pub at_unix_ms: i64,
    pub panel_present: Option<bool>,
    pub cashier_panel_present: Option<bool>,
    pub keypad_present: Option<bool>,
    /// Sales whose end is not known.
    pub waiting: u64,
    pub last: Option<Sold>,
    /// Messages that it did not believe, by reason.
    pub refused: BTreeMap<String, u64>,
    pub machine: Option<Machine>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Machine {
    pub complaints: Vec<String>,
}

/// A sale as `sale/event` and `health` tell of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sold {
    pub reference: String,
    /// Minor units.
    pub amount: i64,
    pub currency: String,
    /// Such as `paid`.
    pub result: String,
    /// By the terminal's clock.
    pub at_unix_ms: i64,
}

/// An answer to a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Of the command; none where it was not believed.
    pub txn: Option<String>,
    pub body: Value,
}

/// All that is known of one terminal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    pub presence: Option<Presence>,
    pub reported: Option<Reported>,
    pub schema: Option<Arc<Value>>,
    /// The document for it that the broker keeps, as it came: not believed yet.
    pub desired: Option<Vec<u8>>,
    pub health: Option<Health>,
    /// The sale that ended last.
    pub sold: Option<Sold>,
    /// What it last answered while we listened.
    pub answer: Option<Answer>,
    /// What it said to commands while we listened.
    pub told: Vec<Told>,
}

impl Seen {
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.presence.as_ref().is_some_and(|presence| presence.state == Up::Online)
    }

    fn is_whole(&self) -> bool {
        self.presence.is_some() && self.reported.is_some() && self.schema.is_some() && self.desired.is_some()
    }

    /// The last answer to the document of this id, if there is one.
    #[must_use]
    pub fn answer_to(&self, txn: &str) -> Option<&Answer> {
        let reported = self.reported.as_ref().and_then(|reported| reported.last_result.as_ref());
        let of_txn =
            [self.answer.as_ref(), reported].into_iter().flatten().filter(|answer| answer.txn == txn);
        // One that went back later has said both.
        of_txn.max_by_key(|answer| answer.attempt)
    }

    fn hear_health(&mut self, health: Health) {
        self.sold = health.last.clone().or(self.sold.take());
        self.health = Some(health);
    }

    fn hear_sale(&mut self, sold: Sold) {
        if sold.result != OPEN {
            self.sold = Some(sold);
        }
    }

    /// A late will of an earlier connection does not make a living terminal dead.
    fn hear_presence(&mut self, presence: Presence) {
        let late = self.presence.as_ref().is_some_and(|known| {
            presence.state == Up::Offline && known.journal == presence.journal && known.epoch > presence.epoch
        });
        if !late {
            self.presence = Some(presence);
        }
    }
}

/// The whole fleet, as far as it was heard of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    pub terminals: BTreeMap<TerminalId, Seen>,
    /// The set of keys that the broker keeps, as it came.
    pub keys: Option<Vec<u8>>,
    /// Terminals of one version of the program publish the same one, and it is large.
    schemas: Vec<(Vec<u8>, Arc<Value>)>,
}

impl Picture {
    /// Takes a message in; says which topic changed, where it is one that matters here.
    pub fn hear(&mut self, topics: &Topics, topic: &str, payload: &[u8]) -> Option<Topic> {
        let topic = topics.parse(topic)?;
        if let Topic::Terminal(id, Leaf::ConfigSchema) = &topic {
            let schema = self.schema(payload)?;
            self.terminals.entry(id.clone()).or_default().schema = Some(schema);
            return Some(topic);
        }
        // What is retained is taken away with an empty message.
        let some = (!payload.is_empty()).then(|| payload.to_vec());
        match &topic {
            Topic::Keys => self.keys = some,
            Topic::RelayState(_) => return None,
            Topic::Terminal(id, leaf) => {
                let seen = self.terminals.entry(id.clone()).or_default();
                match leaf {
                    Leaf::State => seen.hear_presence(read(payload)?),
                    Leaf::ConfigReported => seen.reported = Some(read(payload)?),
                    Leaf::ConfigDesired => seen.desired = some,
                    Leaf::ConfigResult => seen.answer = Some(read(payload)?),
                    Leaf::CommandResult(_) => {
                        let body: Value = read(payload)?;
                        let txn = body["txn"].as_str().map(str::to_owned);
                        seen.told.push(Told { txn, body });
                    }
                    Leaf::Health => seen.hear_health(read(payload)?),
                    Leaf::SaleEvent => seen.hear_sale(read(payload)?),
                    Leaf::ConfigSchema
                    | Leaf::SaleOpen
                    | Leaf::SaleCancel
                    | Leaf::SaleSync
                    | Leaf::SaleLink
                    | Leaf::SaleNotice
                    | Leaf::SaleSynced
                    | Leaf::SaleAnswer
                    | Leaf::SaleStanding
                    | Leaf::SaleReceipt
                    | Leaf::SaleRefund
                    | Leaf::SaleRefunded
                    | Leaf::Command(_) => return None,
                }
            }
        }
        Some(topic)
    }

    fn schema(&mut self, payload: &[u8]) -> Option<Arc<Value>> {
        if let Some((_, known)) = self.schemas.iter().find(|(bytes, _)| bytes == payload) {
            return Some(Arc::clone(known));
        }
        let schema = Arc::new(read(payload)?);
        // Whoever publishes one after the other fills no memory.
        self.schemas.truncate(SCHEMAS - 1);
        self.schemas.insert(0, (payload.to_vec(), Arc::clone(&schema)));
        Some(schema)
    }

    /// Whether all is there that a broker keeps of a terminal.
    #[must_use]
    pub fn is_whole(&self, id: &TerminalId) -> bool {
        self.terminals.get(id).is_some_and(Seen::is_whole)
    }

    /// What is known of this terminal; nothing, where nothing was heard.
    #[must_use]
    pub fn of(&self, id: &TerminalId) -> Seen {
        self.terminals.get(id).cloned().unwrap_or_default()
    }
}

/// What a terminal said, fit to be shown: whoever can write in its name must not write on an operator's screen.
fn read<T: DeserializeOwned>(payload: &[u8]) -> Option<T> {
    serde_json::from_value(without_controls(serde_json::from_slice(payload).ok()?)).ok()
}

fn without_controls(value: Value) -> Value {
    let clean = |text: String| text.replace(char::is_control, "\u{fffd}");
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(items) => items.into_iter().map(without_controls).collect(),
        Value::Object(table) => {
            table.into_iter().map(|(key, value)| (clean(key), without_controls(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn heard(messages: &[(&str, Value)]) -> Picture {
        let topics = Topics::new(Topics::DEFAULT_ROOT).unwrap();
        let mut picture = Picture::default();
        for (leaf, payload) in messages {
            picture.hear(&topics, &format!("qrtill/v1/{leaf}"), payload.to_string().as_bytes());
        }
        picture
    }

    fn state(state: &str, epoch: u64, journal: &str) -> (&'static str, Value) {
        let payload = json!({ "state": state, "epoch": epoch, "journal": journal, "version": "1",
            "armed": state == "online", "deaf": null });
        ("t/counter-1/state", payload)
    }

    #[test]
    fn a_late_will_marks_no_living_terminal_dead() {
        let online = |messages: &[_]| heard(messages).of(&"counter-1".parse().unwrap()).is_online();
        assert!(online(&[state("online", 8, "a"), state("offline", 7, "a")]));
        assert!(!online(&[state("online", 8, "a"), state("offline", 8, "a")]));
        assert!(!online(&[state("online", 8, "a"), state("offline", 1, "b")]), "another card in its place");
    }

    #[test]
    fn an_answer_is_found_live_and_in_what_is_kept() {
        let answer =
            |txn: &str| json!({ "txn": txn, "version": 2, "attempt": 1, "outcome": "applied", "current": 2 });
        let reported = json!({ "version": 2, "trial": false, "burned": 2, "keys_version": 1, "later": "news",
            "settings": { "lang": { "value": "de", "from": "remote" } }, "last_result": answer("kept") });
        let picture = heard(&[
            ("t/counter-1/config/result", answer("live")),
            ("t/counter-1/config/reported", reported),
        ]);
        let seen = picture.of(&"counter-1".parse().unwrap());
        for txn in ["live", "kept"] {
            assert_eq!(seen.answer_to(txn).map(|answer| answer.version), Some(2), "{txn}");
        }
        assert_eq!(seen.answer_to("other"), None);
        assert!(seen.reported.unwrap().settings["lang"].is_sent());
    }

    #[test]
    fn the_last_sale_is_one_that_has_ended() {
        let sold = |result: &str| {
            json!({ "reference": "r", "amount": 1250, "currency": "EUR", "result": result,
            "refunded": 0, "at_unix_ms": 7 })
        };
        let result =
            |messages: &[_]| heard(messages).of(&"counter-1".parse().unwrap()).sold.map(|sold| sold.result);
        let health =
            |last: Value| ("t/counter-1/health", json!({ "at_unix_ms": 9, "last": last, "later": 1 }));
        let event = |word: &str| ("t/counter-1/sale/event", sold(word));
        assert_eq!(result(&[health(sold("paid")), event("open")]).as_deref(), Some("paid"));
        assert_eq!(result(&[health(sold("paid")), event("expired")]).as_deref(), Some("expired"));
        assert_eq!(result(&[event("expired"), health(Value::Null)]).as_deref(), Some("expired"));
    }

    #[test]
    fn nobody_writes_on_the_operators_screen() {
        let reported = json!({ "version": 2, "keys_version": 1, "last_result": null,
            "settings": { "a\u{1b}b": { "value": ["\u{1b}[2J"], "from": "\u{9b}1m" } } });
        let seen = heard(&[("t/counter-1/config/reported", reported)]).of(&"counter-1".parse().unwrap());
        let settings = format!("{:?}", seen.reported.unwrap().settings);
        assert!(!settings.contains("\\u{") && settings.contains("\u{fffd}[2J"), "{settings}");
    }

    #[test]
    fn what_cannot_be_read_changes_nothing() {
        let picture = heard(&[("t/counter-1/state", json!("x")), ("t/counter-1/sale/event", json!({}))]);
        assert_eq!(picture.of(&"counter-1".parse().unwrap()), Seen::default());
    }
}
