//! Tills that are started as the program starts them, from a file and from what was sent, and an operator far away
//! who sends. Broker, relay and bank are the sandbox's.

use std::fmt::Write as _;
use std::path::Path;
use std::path::PathBuf;

use qrtill::core::payment::Mode;
use qrtill::core::remote::Outcome;
use qrtill::host::file;
use qrtill::mqtt::access::Who;
use qrtill::mqtt::client::Message;
use qrtill::mqtt::document;
use qrtill::mqtt::document::Command;
use qrtill::mqtt::document::Desired;
use qrtill::mqtt::document::KeySet;
use qrtill::mqtt::document::Kind;
use qrtill::mqtt::document::Ordered;
use qrtill::mqtt::key::SecretKey;
use serde_json::Value;

use crate::authority::Authority;
use crate::till::Till;
use crate::wire;
use crate::wire::Ear;
use crate::wire::Mouth;
use crate::world::Counter;

/// Hosts that each till's file allows.
pub const HOSTS: [&str; 2] = ["buy.stripe.com", "pay.example.org"];

pub struct Far {
    pub counter: Counter,
    pub tills: Vec<Till>,
    pub operator: Mouth,
    pub ear: Ear,
    pub keys: Keys,
    /// The relay's public key, in every till's file.
    pub relay: String,
    folder: PathBuf,
}

/// The keys of people. The money role has two.
pub struct Keys {
    pub root: SecretKey,
    pub operations: SecretKey,
    pub money: [SecretKey; 2],
}

impl Keys {
    fn draw() -> Self {
        let key = || SecretKey::from_random(qrtill::host::random());
        Self { root: key(), operations: key(), money: [key(), key()] }
    }

    pub fn set(&self, version: u64) -> KeySet {
        KeySet {
            version,
            operations: vec![self.operations.public().to_string()],
            money: self.money.iter().map(|key| key.public().to_string()).collect(),
            revoked: Vec::new(),
        }
    }
}

/// A result as it was published.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub txn: String,
    pub attempt: u64,
    pub outcome: String,
    pub body: Value,
}

impl Far {
    /// As many tills as that, armed, each with `more` in its file; nobody's keys are known yet.
    pub async fn open(tills: usize, more: &str) -> Self {
        let mut counter = Counter::open_all(&vec![("stripe", "EUR"); tills], &[]).await;
        counter.fault(qrtill::sandbox::fault::Part::Terminal, qrtill::sandbox::fault::Deed::Stop).await;
        let folder = counter.options().data.join("far");
        std::fs::create_dir(&folder).expect("a folder");
        let keys = Keys::draw();
        let relay = wire::key(&counter.options().data, "relay").public().to_string();
        let file = |at| write_file(&counter, &folder, at, (&keys.root.public().to_string(), &relay), more);
        let made = (0..tills).map(|at| Till::new(file(at))).collect();
        let operator = Mouth::open(&counter.world, &Who::Operator).await;
        let ear = Ear::open_to(
            &counter.world,
            &["qrtill/v1/t/+/config/+", "qrtill/v1/t/+/health", "qrtill/v1/t/+/command/+/result"],
        )
        .await;
        let mut far = Self { counter, tills: made, operator, ear, keys, relay, folder };
        for till in &mut far.tills {
            till.start();
        }
        for till in &far.tills {
            till.until("armed", |state| state.armed).await;
        }
        far
    }

    /// As `open`, with the operators' keys known.
    pub async fn with_keys(tills: usize, more: &str) -> Self {
        let far = Self::open(tills, more).await;
        far.publish_keys(&far.keys.set(1), &far.keys.root).await;
        far
    }

    pub async fn publish_keys(&self, set: &KeySet, root: &SecretKey) {
        let sealed =
            document::seal(Kind::Keys, &document::payload("qrtill/v1/keys", Mode::Test, "set", set), root);
        self.publish("qrtill/v1/keys", sealed.as_bytes()).await;
    }

    /// A document for a till, signed.
    pub fn sealed(&self, till: usize, txn: &str, desired: &Desired, keys: &[&SecretKey]) -> Vec<u8> {
        let payload = document::payload(&format!("qrtill/v1/{}", id(till)), Mode::Test, txn, desired);
        document::seal_with(Kind::Config, &payload, keys).into_bytes()
    }

    /// Sends settings by the operations role, under the version as their id.
    pub async fn send(&self, till: usize, version: u64, settings: Value) {
        self.send_by(till, version, settings, &[&self.keys.operations]).await;
    }

    pub async fn send_by(&self, till: usize, version: u64, settings: Value, keys: &[&SecretKey]) {
        let desired = Desired { version, confirm_s: 10, settings };
        self.say(till, &self.sealed(till, &format!("txn-{version}"), &desired, keys)).await;
    }

    pub async fn send_with_txn(&self, till: usize, txn: &str, version: u64, settings: Value) {
        let desired = Desired { version, confirm_s: 10, settings };
        self.say(till, &self.sealed(till, txn, &desired, &[&self.keys.operations])).await;
    }

    pub async fn say(&self, till: usize, bytes: &[u8]) {
        self.publish(&topic(till, "config/desired"), bytes).await;
    }

    /// Retained, as soon as there is a broker.
    async fn publish(&self, topic: &str, bytes: &[u8]) {
        let say = async || self.operator.say(topic, bytes, true).await.ok();
        self.counter.eventually_async("published", say).await;
    }

    /// Waits for what became of a version.
    pub async fn result(&mut self, till: usize, version: u64, outcome: Outcome) -> Value {
        self.result_of(till, &format!("txn-{version}"), outcome).await
    }

    pub async fn result_of(&mut self, till: usize, txn: &str, outcome: Outcome) -> Value {
        let (topic, wanted) = (topic(till, "config/result"), name(outcome));
        let what = format!("{txn} {wanted} on {topic}");
        let is_it = |told: &Told| told.txn == txn && told.outcome == wanted;
        self.ear.until(&what, |heard| told(heard, &topic).into_iter().find(is_it)).await.body
    }

    /// Waits for a report whose last result is that of this version.
    pub async fn last_result(&mut self, till: usize, version: u64) -> Value {
        let topic = topic(till, "config/reported");
        let read = |message: &Message| serde_json::from_slice::<Value>(&message.payload).expect("JSON");
        let is_it = |report: &Value| report["last_result"]["version"] == version;
        let reports = |heard: &[Message]| {
            heard.iter().rev().filter(|message| message.topic == topic).map(read).find(is_it)
        };
        self.ear.until(&format!("a report of version {version}"), reports).await["last_result"].take()
    }

    /// Sends a command, with the till's own word where there is one.
    pub async fn order(&self, till: usize, txn: &str, challenge: Option<&str>, command: Command) {
        let bytes = self.ordered(till, txn, challenge, command, &self.keys.operations);
        self.say_command(till, &bytes, false).await;
    }

    /// A command for a till, with its topic.
    pub fn ordered(
        &self,
        till: usize,
        txn: &str,
        challenge: Option<&str>,
        command: Command,
        key: &SecretKey,
    ) -> (String, Vec<u8>) {
        let topic = topic(till, &format!("command/{}", command.name()));
        let ordered = Ordered { challenge: challenge.map(str::to_owned), command };
        let payload = document::payload(&format!("qrtill/v1/{}", id(till)), Mode::Test, txn, &ordered);
        (topic, document::seal(Kind::Command, &payload, key).into_bytes())
    }

    pub async fn say_command(&self, till: usize, (topic, bytes): &(String, Vec<u8>), retain: bool) {
        self.operator.say(topic, bytes, retain).await.unwrap_or_else(|why| panic!("till {till}: {why}"));
    }

    /// The answers to a command so far, parts of pictures too.
    pub fn answers(&self, till: usize, command: &str) -> Vec<Value> {
        let topic = topic(till, &format!("command/{command}/result"));
        let on_topic = self.ear.all().into_iter().filter(|message| message.topic == topic);
        on_topic.map(|message| serde_json::from_slice(&message.payload).expect("JSON")).collect()
    }

    /// Waits for an answer to a command.
    pub async fn answer(&mut self, till: usize, command: &str, txn: &str, outcome: &str) -> Value {
        let topic = topic(till, &format!("command/{command}/result"));
        let read = |message: &Message| serde_json::from_slice::<Value>(&message.payload).expect("JSON");
        let is_it = |answer: &Value| answer["outcome"] == outcome && (txn.is_empty() || answer["txn"] == txn);
        let found =
            |heard: &[Message]| heard.iter().filter(|message| message.topic == topic).map(read).find(is_it);
        self.ear.until(&format!("{command} {txn} {outcome}"), found).await
    }

    /// Has a till do it, as an operator's program would: asks for its word, and sends the command with it.
    pub async fn command(&mut self, till: usize, txn: &str, command: Command) -> Value {
        let name = command.name();
        self.order(till, &format!("{txn}-first"), None, command.clone()).await;
        let word = self.answer(till, name, &format!("{txn}-first"), "challenge").await;
        self.order(till, txn, word["challenge"].as_str(), command).await;
        self.answer(till, name, txn, "done").await["data"].take()
    }

    /// Waits until a till says that it is so.
    pub async fn health(&mut self, till: usize, wanted: impl Fn(&Value) -> bool) -> Value {
        let topic = topic(till, "health");
        let read = |message: &Message| serde_json::from_slice::<Value>(&message.payload).expect("JSON");
        let said = |heard: &[Message]| {
            heard.iter().filter(|message| message.topic == topic).map(read).find(|health| wanted(health))
        };
        self.ear.until("such health", said).await
    }

    /// Every result of a till as it was heard, repeats too.
    pub fn results(&self, till: usize) -> Vec<Told> {
        told(&self.ear.all(), &topic(till, "config/result"))
    }

    /// What is retained of what is in force.
    pub fn reported(&self, till: usize) -> Value {
        let topic = topic(till, "config/reported");
        let heard = self.ear.all();
        let last = heard.iter().rev().find(|message| message.topic == topic).expect("a report");
        serde_json::from_slice(&last.payload).expect("JSON")
    }

    pub async fn close(mut self) {
        for till in &mut self.tills {
            till.stop();
        }
        std::fs::remove_dir_all(&self.folder).expect("removed");
        self.counter.close().await;
    }
}

pub fn name(outcome: Outcome) -> String {
    serde_json::to_value(outcome).expect("JSON").as_str().expect("a word").to_owned()
}

fn told(heard: &[Message], topic: &str) -> Vec<Told> {
    let on_topic = heard.iter().filter(|message| message.topic == topic);
    on_topic
        .map(|message| {
            let body: Value = serde_json::from_slice(&message.payload).expect("JSON");
            Told {
                txn: body["txn"].as_str().expect("a txn").to_owned(),
                attempt: body["attempt"].as_u64().expect("an attempt"),
                outcome: body["outcome"].as_str().expect("an outcome").to_owned(),
                body,
            }
        })
        .collect()
}

pub fn id(till: usize) -> String {
    format!("counter-{}", till + 1)
}

pub fn topic(till: usize, leaf: &str) -> String {
    format!("qrtill/v1/t/{}/{leaf}", id(till))
}

/// The file of a till, as a shop's owner would write it.
fn write_file(
    counter: &Counter,
    folder: &Path,
    at: usize,
    (root, relay): (&str, &str),
    more: &str,
) -> PathBuf {
    let id = id(at);
    let who = Who::Terminal(id.parse().expect("an id"));
    let (address, account) = counter.world.broker_account(&who).expect("an account");
    let password = folder.join(format!("{id}.password"));
    file::replace(&password, account.password.reveal().as_bytes()).expect("written");
    // For a broker elsewhere, which settings may lead to.
    let authority = folder.join("ca.pem");
    file::replace(&authority, Authority::new("Corner Shop").pem.as_bytes()).expect("written");
    let options = counter.options();
    let data = counter.world.seats()[at].data();
    let mut text = format!("id = \"{id}\"\ndata = \"{}\"\nshop = \"Corner Shop\"\n{more}\n", data.display());
    let _ok = write!(
        text,
        "[panel]\nname = \"epd-250x122\"\n[sale]\ncurrency = \"EUR\"\n[link]\nhosts = [\"{}\"]\nsandbox_origin = \"{}\"\n\
         [broker]\nhost = \"{}\"\nport = {}\nca_file = \"{}\"\npassword_file = \"{}\"\n\
         [relay]\nkeys = [\"{relay}\"]\n[key]\nfile = \"{}\"\n\
         [remote]\nroot_keys = [\"{root}\"]\nhosts = [\"{}\"]\nmoney_signatures = 2\n",
        HOSTS[0],
        options.public_url,
        address.ip(),
        address.port(),
        authority.display(),
        password.display(),
        data.join("key").display(),
        HOSTS.join("\", \""),
    );
    let file = folder.join(format!("{id}.toml"));
    std::fs::write(&file, text).expect("written");
    file
}
