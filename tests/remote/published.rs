//! What everybody may read along with: its schemas are made from the types that write it and stand in `config/schemas`,
//! and what running programs publish is held to them. `BLESS=1` writes the files anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use qrtill::core::key::Key;
use qrtill::core::message::Heartbeat;
use qrtill::core::remote::Outcome;
use qrtill::core::scene::SaleResult;
use qrtill::host::health::Health as Machine;
use qrtill::mqtt::client::Message;
use qrtill::mqtt::document::Command;
use qrtill::mqtt::document::Envelope;
use qrtill::mqtt::pair;
use qrtill::mqtt::topics::Leaf;
use qrtill::mqtt::topics::Topic;
use qrtill::mqtt::topics::Topics;
use qrtill::relay;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use qrtill::terminal::health::Health;
use qrtill::terminal::presence::Presence;
use qrtill::terminal::published::CommandResult;
use qrtill::terminal::published::ConfigResult;
use qrtill::terminal::published::Reported;
use qrtill::terminal::published::SaleEvent;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use serde_json::json;

use crate::far::Far;
use crate::log;
use crate::wire::Ear;

/// Every schema, by its file's name without the ending.
pub fn schemas() -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        ("state", schema::<Presence>()),
        ("health", schema::<Health>()),
        ("sale-event", schema::<SaleEvent>()),
        ("config-reported", schema::<Reported>()),
        ("config-result", schema::<ConfigResult>()),
        ("command-result", schema::<CommandResult>()),
        ("relay-state", schema::<relay::State>()),
        ("signed", schema::<Envelope>()),
        ("sealed", schema::<pair::Envelope>()),
        ("heartbeat", schema::<Heartbeat>()),
    ])
}

/// In the draft that AsyncAPI is made for, as the document is written.
fn schema<T: JsonSchema>() -> Value {
    let settings =
        SchemaSettings::draft07().for_serialize().with(|settings| settings.inline_subschemas = true);
    let mut schema = Value::from(settings.into_generator().into_root_schema_for::<T>());
    unwrap_lines(&mut schema);
    schema
}

/// Comments are wrapped where the code is; a description is not.
fn unwrap_lines(schema: &mut Value) {
    match schema {
        Value::Object(table) => {
            if let Some(Value::String(text)) = table.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            table.values_mut().for_each(unwrap_lines);
        }
        Value::Array(items) => items.iter_mut().for_each(unwrap_lines),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Compares a file of `config` with what the code gives, or writes it.
pub fn hold(name: &str, text: &str) {
    let path = config(name);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, text).expect("written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{} is not what the code gives; BLESS=1 writes it anew", path.display());
}

fn config(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}

#[test]
fn the_schemas_in_config_are_what_the_types_say() {
    for (name, schema) in schemas() {
        hold(&format!("schemas/{name}.json"), &format!("{schema:#}\n"));
    }
    let files = fs::read_dir(config("schemas")).expect("a folder").count();
    assert_eq!(files, schemas().len(), "a file in config/schemas is nobody's");
}

/// Also refuses what the schema does not know: others may write more one day, these programs write this.
fn strict(schema: &mut Value) {
    match schema {
        Value::Object(table) => {
            // Of several forms of one object each has fields that the others have not.
            if table.contains_key("properties") && table.contains_key("oneOf") {
                return;
            }
            table.values_mut().for_each(strict);
            if table.contains_key("properties") {
                table.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strict),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The schema's name of what was published, and whether its fields are all known; none where it is a schema itself.
fn of(topics: &Topics, message: &Message) -> Option<&'static str> {
    let Some(Topic::Terminal(_, leaf)) = topics.parse(&message.topic) else {
        let is_state =
            message.topic.starts_with("qrtill/v1/r/") && message.payload.starts_with(b"{\"state\"");
        return Some(if is_state { "relay-state" } else { "signed" });
    };
    Some(match leaf {
        Leaf::State => "state",
        Leaf::Health => "health",
        Leaf::SaleEvent => "sale-event",
        Leaf::ConfigReported => "config-reported",
        Leaf::ConfigResult => "config-result",
        Leaf::CommandResult(_) => "command-result",
        Leaf::ConfigSchema => return None,
        Leaf::SaleOpen
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
        | Leaf::ConfigDesired
        | Leaf::Command(_) => "signed",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_running_programs_publish_is_as_their_schemas_say() {
    log::record();
    let mut far = Far::open(1, "").await;
    let mut ear = Ear::open(&far.counter.world).await;
    far.publish_keys(&far.keys.set(1), &far.keys.root).await;
    far.send(0, 1, json!({ "lang": "xx" })).await;
    far.result(0, 1, Outcome::Rejected).await;
    far.send(0, 2, json!({ "lang": "de" })).await;
    far.result(0, 2, Outcome::Applied).await;
    far.send(0, 3, json!({ "lang": "de" })).await;
    far.result(0, 3, Outcome::Unchanged).await;
    far.order(0, "loud", None, Command::Logs { lines: 0 }).await;
    far.answer(0, "logs", "loud", "refused").await;
    far.command(0, "picture", Command::Screenshot {}).await;
    far.command(0, "how", Command::Diagnose {}).await;
    far.tills[0].find(Machine { milli_c: Some(85_000), clock_set: true, ..Machine::default() });
    far.health(0, |health| health["machine"]["milli_c"] == 85_000).await;
    for (minor, outcome, result) in [(1250, "paid", "paid"), (700, "cancel", "cancelled")] {
        sell(&far, minor, outcome).await;
        let ended = |event: &Value| event["amount"] == minor && event["result"] == result;
        event(&mut ear, &format!("{minor} {result}"), ended).await;
    }
    // Goodbye of both, and the relay's birth.
    far.tills[0].stop();
    far.counter.fault(Part::Relay, Deed::Stop).await;
    let offline = |heard: &[Message]| {
        heard
            .iter()
            .any(|one| one.topic.starts_with("qrtill/v1/r/") && one.payload.starts_with(b"{\"state\":\"off"))
            .then_some(())
    };
    ear.until("the relay's goodbye", offline).await;
    judge(&ear.all());
    far.close().await;
    log::assert_quiet();
}

/// Holds all that was heard to its schema, and sees that each was heard.
fn judge(heard: &[Message]) {
    let topics = Topics::new(Topics::DEFAULT_ROOT).expect("a root");
    let mut counts: BTreeMap<&str, usize> = schemas().into_keys().map(|name| (name, 0)).collect();
    let judges: BTreeMap<&str, jsonschema::Validator> = schemas()
        .into_iter()
        .map(|(name, mut schema)| {
            strict(&mut schema);
            (name, jsonschema::draft7::new(&schema).expect("a schema"))
        })
        .collect();
    let check = |name: &str, value: &Value| {
        let wrong: Vec<String> = judges[name].iter_errors(value).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}\n{value:#}");
    };
    for message in heard {
        let Some(name) = of(&topics, message) else { continue };
        let value: Value = serde_json::from_slice(&message.payload).expect("JSON");
        check(name, &value);
        *counts.get_mut(name).expect("a schema") += 1;
        if message.topic.starts_with("qrtill/v1/r/") && name == "signed" {
            let payload: Value =
                serde_json::from_str(&crate::wire::payload(message).expect("text")).expect("JSON");
            check("heartbeat", &payload["content"]["heartbeat"]);
            *counts.get_mut("heartbeat").expect("a schema") += 1;
        }
    }
    // A terminal that has no name yet says this; those here have one (tests/fleet/pairing.rs).
    let request = pair::Request {
        key: String::new(),
        csr: String::new(),
        version: String::new(),
        panel: String::new(),
    };
    let sealed = pair::seal_request(&"K7QX-42MD-9FHT-3VWZ".parse().expect("a code"), &request);
    check("sealed", &serde_json::from_str(&sealed.text).expect("JSON"));
    *counts.get_mut("sealed").expect("a schema") += 1;
    assert!(counts.values().all(|count| *count > 0), "not all were heard: {counts:?}");
    assert!(counts["command-result"] >= 6 && counts["config-result"] >= 3, "{counts:?}");
}

async fn sell(far: &Far, minor: u64, outcome: &str) {
    let till = &far.tills[0];
    till.until("idle", |state| state.scene == "idle" || state.scene == "paid").await;
    if till.until("any", |_| true).await.scene == "paid" {
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    }
    for digit in minor.to_string().bytes() {
        till.press(Key::Digit(digit - b'0')).await;
    }
    till.press(Key::Enter).await;
    let code = till.until("a code", |state| state.url.is_some()).await;
    if outcome == "cancel" {
        till.press(Key::Cancel).await;
    } else {
        assert_eq!(far.counter.pay(&code.url.expect("a link"), outcome, None).await, 303);
    }
}

async fn event(ear: &mut Ear, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    let events = |heard: &[Message]| {
        let told = heard.iter().filter(|one| one.topic.ends_with("/sale/event"));
        told.map(|one| serde_json::from_slice::<Value>(&one.payload).expect("JSON")).find(|one| is_it(one))
    };
    ear.until(what, events).await
}

/// The broker goes with a code on the screen, and the power of the terminal before it is back: the shop's systems hear of the
/// sale all the same, from the terminal's disk.
#[tokio::test(flavor = "multi_thread")]
async fn no_end_of_a_sale_is_lost_to_the_shops_systems() {
    log::record();
    let mut far = Far::with_keys(1, "").await;
    let mut ear = Ear::open(&far.counter.world).await;
    far.send(0, 1, json!({ "sale": { "close_wait_s": 2 } })).await;
    far.result(0, 1, Outcome::Applied).await;
    far.tills[0].until("armed", |state| state.armed).await;
    for key in [Key::Digit(5), Key::Digit(0), Key::Digit(0), Key::Enter] {
        far.tills[0].press(key).await;
    }
    far.tills[0].until("a code", |state| state.url.is_some()).await;
    let open = event(&mut ear, "open", |event| event["result"] == "open").await;
    far.counter.fault(Part::Broker, Deed::Stop).await;
    far.tills[0].press(Key::Cancel).await;
    far.tills[0].until("nobody knows", |state| state.result == Some(SaleResult::Unknown)).await;
    far.tills[0].stop();
    far.counter.fault(Part::Broker, Deed::Start).await;
    let before = ear.all().len();
    ear.until("back", |heard| (heard.len() > before).then_some(())).await;
    far.tills[0].start();
    let unknown = event(&mut ear, "unknown", |event| event["result"] == "unknown").await;
    let end = event(&mut ear, "its end", |event| event["result"] == "cancelled").await;
    let numbers = [&open, &unknown, &end].map(|event| event["n"].as_u64().expect("a number"));
    assert!(numbers.is_sorted() && numbers[0] < numbers[1] && numbers[1] < numbers[2], "{numbers:?}");
    assert_eq!((&end["reference"], &end["payments"]), (&open["reference"], &json!([])));
    // What the broker has is not told again at the next start.
    far.tills[0].stop();
    far.tills[0].start();
    far.tills[0].until("armed", |state| state.armed).await;
    let told = ear.all().iter().filter(|one| one.topic.ends_with("/sale/event")).count();
    far.tills[0].stop();
    assert_eq!(told, ear.all().iter().filter(|one| one.topic.ends_with("/sale/event")).count());
    far.close().await;
    log::assert_quiet();
}
