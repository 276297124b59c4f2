//! `config/asyncapi.yaml`: every topic, who says what on it and how it is sent, made from `mqtt/topics.rs`.

use qrtill::mqtt::document::Command;
use qrtill::mqtt::topics::CommandName;
use qrtill::mqtt::topics::FIXED;
use qrtill::mqtt::topics::Leaf;
use qrtill::mqtt::topics::PairLeaf;
use qrtill::mqtt::topics::Qos;
use qrtill::mqtt::topics::Rule;
use qrtill::mqtt::topics::Speaker;
use qrtill::mqtt::topics::Topic;
use qrtill::mqtt::topics::Topics;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::published;

const TERMINAL: &str = "counter-1";
const RELAY: &str = "main";
const DEVICE: &str = "9f3a5c2177e0b48d";
/// Lines of prose are broken before this column.
const WIDTH: usize = 116;

/// A channel in words.
struct Words {
    key: &'static str,
    about: &'static str,
    /// Files of `config/schemas`, each a message on the channel.
    messages: &'static [&'static str],
}

const SIGNED: &[&str] = &["signed"];

fn words(key: &'static str, about: &'static str, messages: &'static [&'static str]) -> Words {
    Words { key, about, messages }
}

fn of_leaf(leaf: &Leaf) -> Words {
    match leaf {
        Leaf::State => words(
            "state",
            "Whether the terminal is there and can sell, with the settings in force: its birth, each change of these, its \
             goodbye and, 15 s after it fell silent, its will. An `offline` whose `epoch` is lower than the last `online` of \
             the same journal is a will that came late, and says nothing.",
            &["state"],
        ),
        Leaf::Health => words(
            "health",
            "How the terminal and its machine are, every minute. A lost one is followed by the next.",
            &["health"],
        ),
        Leaf::SaleEvent => words(
            "saleEvent",
            "How a sale stands, at each change of it, for the shop's own systems. Sent until the broker has it, over outages \
             and restarts; the same may come twice, and of a sale the event with the highest `n` counts.",
            &["sale-event"],
        ),
        Leaf::SaleOpen => {
            words("saleOpen", "Asks the relay for a link; again every 2 s until it is answered.", SIGNED)
        }
        Leaf::SaleCancel => {
            words("saleCancel", "Gives a sale up; again until the relay says how it was closed.", SIGNED)
        }
        Leaf::SaleSync => words(
            "saleSync",
            "Asks the relay, after each connect and every 30 s while a sale is open, what this terminal has missed.",
            SIGNED,
        ),
        Leaf::SaleReceipt => {
            words("saleReceipt", "Tells the relay which of its documents are on the terminal's disk.", SIGNED)
        }
        Leaf::SaleRefund => {
            words("saleRefund", "Asks the relay to give money back; again until it is answered.", SIGNED)
        }
        Leaf::SaleLink => words("saleLink", "The link of a sale; again until it is receipted.", SIGNED),
        Leaf::SaleNotice => {
            words("saleNotice", "Verified news of a payment; again until it is receipted.", SIGNED)
        }
        Leaf::SaleSynced => {
            words("saleSynced", "The relay's answer on this connection. Without it no code is shown.", SIGNED)
        }
        Leaf::SaleAnswer => {
            words("saleAnswer", "How the relay fares with a sale; again until it is receipted.", SIGNED)
        }
        Leaf::SaleStanding => {
            words("saleStanding", "Whether customers can pay over the counter's own link.", SIGNED)
        }
        Leaf::SaleRefunded => {
            words("saleRefunded", "What became of a refund; again until it is receipted.", SIGNED)
        }
        Leaf::ConfigDesired => words(
            "configDesired",
            "All settings that are sent to this terminal, as one signed document whose version only goes up.",
            SIGNED,
        ),
        Leaf::ConfigReported => words(
            "configReported",
            "What is in force, who says so, and the answer to the last document that was tried.",
            &["config-reported"],
        ),
        Leaf::ConfigSchema => words(
            "configSchema",
            "The JSON Schema (2020-12) of what may be sent to this terminal. `x-class` of a setting is the role that signs \
             for it: `operations` or `money`.",
            &["config-schema"],
        ),
        Leaf::ConfigResult => words(
            "configResult",
            "What became of a document of settings: one answer for each `txn` and `attempt`, which may come twice. `deferred` \
             is followed by a further attempt, all others are final. What the broker lost of it stands in `last_result` of \
             what is reported.",
            &["config-result"],
        ),
        Leaf::Command(_) => words(
            "command",
            "Has the terminal do something, now. It does so only with its own word in it, which it answers to the first try. \
             With the retain flag it is refused.",
            SIGNED,
        ),
        Leaf::CommandResult(_) => words(
            "commandResult",
            "What became of a command. Pictures come in parts before it. Not sent again: who hears none asks anew.",
            &["command-result"],
        ),
    }
}

fn of_topic(topic: &Topic) -> Words {
    match topic {
        Topic::Terminal(_, leaf) => of_leaf(leaf),
        Topic::RelayState(_) => words(
            "relayState",
            "The relay's birth, goodbye and will, retained; and on the same topic, never retained, its signed heartbeat every \
             10 s, whose content is heartbeat.json. Terminals go by the heartbeat alone.",
            &["relay-state", "signed"],
        ),
        Topic::Keys => {
            words("keys", "The set of people's keys that terminals believe, signed by the root's.", SIGNED)
        }
        Topic::Pair(_, PairLeaf::Request) => words(
            "pairRequest",
            "A terminal without a name asks for one, again until it is answered, and then says whether it has taken the answer.",
            &["sealed"],
        ),
        Topic::Pair(_, PairLeaf::Answer) => words(
            "pairAnswer",
            "The operator admits the terminal: its name, its certificate, and whom it believes.",
            &["sealed"],
        ),
    }
}

/// Every topic that there is, with some command's name where there are several.
fn every_topic() -> Vec<Topic> {
    let id = || TERMINAL.parse().expect("an id");
    let name: CommandName = Command::Identify {}.topic();
    let leaves = FIXED.into_iter().map(|(leaf, _)| leaf);
    let leaves = leaves.chain([Leaf::Command(name.clone()), Leaf::CommandResult(name)]);
    let own = leaves.map(|leaf| Topic::Terminal(id(), leaf));
    let pair = [PairLeaf::Request, PairLeaf::Answer]
        .map(|leaf| Topic::Pair(DEVICE.parse().expect("a fingerprint"), leaf));
    own.chain([Topic::RelayState(RELAY.parse().expect("an id")), Topic::Keys]).chain(pair).collect()
}

/// With parameters where the topic has somebody's name in it.
fn address(topic: &Topic) -> (String, Value) {
    let topics = Topics::new(Topics::DEFAULT_ROOT).expect("a root");
    let mut spelled = topics.spell(topic);
    let mut parameters = Map::new();
    let names: Vec<&str> = commands().iter().map(Command::name).collect();
    let all = [
        (
            format!("/t/{TERMINAL}/"),
            "/t/{terminal}/",
            "terminal",
            json!({ "description": "The terminal's id, 3 to 40 of a-z, 0-9 and -." }),
        ),
        (format!("/r/{RELAY}/"), "/r/{relay}/", "relay", json!({ "description": "The relay's id." })),
        (
            format!("/pair/{DEVICE}/"),
            "/pair/{fingerprint}/",
            "fingerprint",
            json!({ "description": "Of the terminal's public key, 16 hexadecimal digits." }),
        ),
        (
            "/command/identify".to_owned(),
            "/command/{command}",
            "command",
            json!({ "description": "What is to be done.", "enum": names }),
        ),
    ];
    for (from, to, name, about) in all {
        if spelled.contains(&from) {
            spelled = spelled.replace(&from, to);
            parameters.insert(name.to_owned(), about);
        }
    }
    (spelled, Value::Object(parameters))
}

fn commands() -> [Command; 10] {
    [
        Command::Identify {},
        Command::Message { text: String::new(), for_s: 1 },
        Command::Screenshot {},
        Command::Logs { lines: 1 },
        Command::Restart {},
        Command::Reread {},
        Command::Pause {},
        Command::Resume {},
        Command::Diagnose {},
        Command::Sales { from_unix_ms: 0, to_unix_ms: 1 },
    ]
}

fn channel(topic: &Topic, words: &Words) -> Value {
    let (address, parameters) = address(topic);
    let message =
        |name: &&str| ((*name).to_owned(), json!({ "$ref": format!("#/components/messages/{name}") }));
    let messages: Map<String, Value> = words.messages.iter().map(message).collect();
    let mut channel = json!({ "address": address, "description": words.about, "messages": messages });
    if parameters.as_object().is_some_and(|all| !all.is_empty()) {
        channel["parameters"] = parameters;
    }
    channel
}

/// The document is a terminal's: it sends what it says and receives what it hears.
fn operation(rule: Rule, words: &Words) -> Value {
    let channel = format!("#/channels/{}", words.key);
    let qos = match rule.qos {
        Qos::AtMostOnce => 0,
        Qos::AtLeastOnce => 1,
    };
    let mut mqtt = json!({ "qos": qos, "retain": rule.retain, "bindingVersion": "0.2.0" });
    if let Some(expiry) = rule.expiry {
        mqtt["messageExpiryInterval"] = json!(expiry.as_secs());
    }
    let (action, by) = match rule.speaker {
        Speaker::Terminal => ("send", "by the terminal"),
        Speaker::Relay => ("receive", "by the relay"),
        Speaker::Operator => ("receive", "by the operator"),
    };
    let mut operation = json!({
        "action": action, "channel": { "$ref": channel }, "summary": format!("Published {by}"), "bindings": { "mqtt": mqtt },
    });
    if words.key == "command" {
        operation["reply"] = json!({ "channel": { "$ref": "#/channels/commandResult" } });
    }
    operation
}

fn messages() -> Value {
    let named = |name: &&'static str| {
        let payload = json!({ "$ref": format!("./schemas/{name}.json") });
        ((*name).to_owned(), json!({ "contentType": "application/json", "payload": payload }))
    };
    let names: Vec<&str> = published::schemas().into_keys().collect();
    let mut messages: Map<String, Value> = names.iter().map(named).collect();
    // Each terminal's own; a heartbeat is the content of a signed document, and no message of its own.
    messages.remove("heartbeat");
    let schema = json!({ "contentType": "application/schema+json", "payload": { "type": "object" } });
    messages.insert("config-schema".to_owned(), schema);
    Value::Object(messages)
}

fn document() -> Value {
    let (mut channels, mut operations) = (Map::new(), Map::new());
    for topic in every_topic() {
        let words = of_topic(&topic);
        channels.insert(words.key.to_owned(), channel(&topic, &words));
        operations.insert(words.key.to_owned(), operation(topic.rule(), &words));
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "qrtill",
            "version": "1",
            "description": "What a counter terminal says and hears over MQTT 5, below the topic root `qrtill/v1` (a setting). \
                What is signed is acted on and is for the programs themselves; what is not is for whoever may read along. \
                Amounts are whole numbers of a currency's minor unit, times are milliseconds since 1970 UTC. Readers pass over \
                what they do not know: documents may have more in them one day, and nothing in them is renamed.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": { "broker": {
            "host": "broker.example:8884",
            "protocol": "secure-mqtt",
            "protocolVersion": "5.0",
            "description": "The shop's own broker, with the rules of config/mosquitto: the account `shop` reads sales and states, \
                `operator` reads all.",
            "security": [{ "$ref": "#/components/securitySchemes/account" }],
        } },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages(),
            "securitySchemes": { "account": { "type": "userPassword" } },
        },
    })
}

/// Block style; strings are plain where YAML cannot mistake them.
fn yaml(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(table) => {
            for (key, inner) in table {
                *out += &format!("{pad}{}:", scalar(key));
                nested(inner, indent, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inner = String::new();
                yaml(item, indent + 2, &mut inner);
                let inner = if item.is_object() {
                    inner.trim_start().to_owned()
                } else {
                    format!("{}\n", plain(item))
                };
                *out += &format!("{pad}- {inner}");
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn nested(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(_) | Value::Array(_) => {
            out.push('\n');
            yaml(value, indent + 2, out);
        }
        Value::String(text) if text.len() > 60 => *out += &folded(text, indent + 2),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            *out += &format!(" {}\n", plain(value))
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), scalar)
}

fn scalar(text: &str) -> String {
    let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.$".contains(c))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_lowercase().as_str());
    if is_name { text.to_owned() } else { json!(text).to_string() }
}

fn folded(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("a line");
        if !line.is_empty() && indent + line.len() + 1 + word.len() > WIDTH {
            lines.push(word.to_owned());
        } else {
            *line += if line.is_empty() { "" } else { " " };
            *line += word;
        }
    }
    format!(" >-\n{}", lines.iter().map(|line| format!("{pad}{line}\n")).collect::<String>())
}

#[test]
fn the_asyncapi_document_in_config_is_what_the_topics_say() {
    let mut text = "# Made from src/mqtt/topics.rs and the types that write the documents by `BLESS=1 cargo test --test remote\n\
        # in_config`. Not to be edited here.\n"
        .to_owned();
    yaml(&document(), 0, &mut text);
    published::hold("asyncapi.yaml", &text);
    // Every topic once, and every command.
    let keys: std::collections::BTreeSet<&str> =
        every_topic().iter().map(|topic| of_topic(topic).key).collect();
    assert_eq!(keys.len(), every_topic().len());
    let used: std::collections::BTreeSet<&str> =
        every_topic().iter().flat_map(|topic| of_topic(topic).messages).copied().collect();
    let told: Vec<String> = messages().as_object().expect("messages").keys().cloned().collect();
    assert_eq!(
        told,
        used.into_iter().map(str::to_owned).collect::<Vec<_>>(),
        "a schema that is on no channel"
    );
}
