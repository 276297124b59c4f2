//! Between terminal and relay: an ear on every topic, a mouth under each account of the world's broker, and
//! the keys, for tests that forge, replay and spoil what is said there.
#![allow(dead_code, reason = "every test binary uses its own part")]

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use qrtill::core::message::Answer;
use qrtill::core::message::Request;
use qrtill::core::message::Said;
use qrtill::core::message::Sync;
use qrtill::core::message::Word;
use qrtill::core::payment::Mode;
use qrtill::mqtt::access::Who;
use qrtill::mqtt::client;
use qrtill::mqtt::client::Client;
use qrtill::mqtt::client::ClientEvent;
use qrtill::mqtt::client::Message;
use qrtill::mqtt::document;
use qrtill::mqtt::document::Kind;
use qrtill::mqtt::key::SecretKey;
use qrtill::mqtt::topics::Qos;
use qrtill::sandbox::World;
use qrtill::store::Reader;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::sync::watch;

const PATIENCE: Duration = Duration::from_secs(30);
pub const AUD: &str = "qrtill/v1/counter-1";

pub fn terminal() -> Who {
    Who::Terminal("counter-1".parse().expect("an id"))
}

pub fn relay() -> Who {
    Who::Relay("main".parse().expect("an id"))
}

/// A topic of the world's one terminal.
pub fn topic(leaf: &str) -> String {
    format!("qrtill/v1/t/counter-1/{leaf}")
}

/// The key of `terminal` or `relay`, out of its folder.
pub fn key(data: &Path, part: &str) -> SecretKey {
    let text = std::fs::read_to_string(data.join(part).join("key")).expect("a key file");
    SecretKey::parse(&text).expect("a key")
}

/// The random name of the terminal's or the relay's journal.
pub fn journal(data: &Path, part: &str) -> String {
    let path = data.join(part).join(format!("{part}.sqlite"));
    let reader = Reader::<serde_json::Value>::open(&path).expect("a journal");
    reader.name().expect("readable").expect("a name")
}

pub fn sealed<C: Serialize>(kind: Kind, id: &str, content: &C, key: &SecretKey) -> Vec<u8> {
    document::seal(kind, &document::payload(AUD, Mode::Test, id, content), key).into_bytes()
}

/// One more client under an account, beside the part whose account it is.
pub struct Mouth {
    client: Client,
}

impl Mouth {
    pub async fn open(world: &World, who: &Who) -> Self {
        let (client, events) = connect(world, who, &[]).await;
        tokio::spawn(listen(events, watch::Sender::new(Vec::new())));
        Self { client }
    }

    /// Says it as loudly as the topic's rule allows, and waits for the broker's word on it.
    pub async fn say(&self, topic: &str, payload: &[u8], retain: bool) -> Result<(), String> {
        let receipt = self.client.publish(topic, payload, Qos::AtLeastOnce, retain, None);
        let receipt = receipt.map_err(|error| error.to_string())?;
        let acknowledged = tokio::time::timeout(PATIENCE, receipt.acknowledged()).await.expect("in time");
        acknowledged.map(drop).map_err(|error| error.to_string())
    }
}

/// Hears everything that is said below the root, with the operator's account.
pub struct Ear {
    heard: watch::Receiver<Vec<Message>>,
    _client: Client,
}

impl Ear {
    pub async fn open(world: &World) -> Self {
        Self::open_to(world, &["qrtill/v1/#"]).await
    }

    /// Hears what the filters let through.
    pub async fn open_to(world: &World, filters: &[&str]) -> Self {
        let (client, events) = connect(world, &Who::Operator, filters).await;
        let sender = watch::Sender::new(Vec::new());
        let heard = sender.subscribe();
        tokio::spawn(listen(events, sender));
        Self { heard, _client: client }
    }

    pub fn all(&self) -> Vec<Message> {
        self.heard.borrow().clone()
    }

    /// Waits until something is found in all that was heard.
    pub async fn until<T>(&mut self, what: &str, found: impl Fn(&[Message]) -> Option<T>) -> T {
        let waited = self.heard.wait_for(|heard| found(heard).is_some());
        let heard = tokio::time::timeout(PATIENCE, waited).await.unwrap_or_else(|_| panic!("never {what}"));
        found(&heard.expect("it listens")).expect("it was found")
    }

    /// Waits for a message on the topic in whose signed payload the text stands.
    pub async fn hears(&mut self, topic: &str, text: &str) {
        let is_it =
            |one: &Message| one.topic == topic && payload(one).is_some_and(|said| said.contains(text));
        let found = self.heard.wait_for(|heard| heard.iter().any(is_it));
        let in_time = tokio::time::timeout(PATIENCE, found).await.is_ok();
        assert!(in_time, "never `{text}` on {topic}");
    }

    /// Returns once the terminal has handled all that `relay` said before: it receipts a document about a
    /// sale that it does not know, and nothing else comes of that.
    pub async fn terminal_is_done(&mut self, relay: &Mouth, key: &SecretKey, marker: &str) {
        let reference = "counter-1-00000000000000000000000000".parse().expect("a reference");
        let word = Word::Answer(Answer { reference, said: Said::Unsure, reason: String::new() });
        let bytes = sealed(Kind::Answer, marker, &word, key);
        relay.say(&topic("sale/answer"), &bytes, false).await.expect("said");
        self.hears(&topic("sale/receipt"), &format!("\"{marker}\"")).await;
    }

    /// Returns once the relay has handled all that `terminal` said before: it answers a sync under a nonce
    /// that no connection has.
    pub async fn relay_is_done(&mut self, terminal: &Mouth, data: &Path, marker: &str) {
        let sync = Sync {
            nonce: marker.to_owned(),
            journal: journal(data, "terminal"),
            stream: journal(data, "relay"),
            have: 1_000_000,
            open: Vec::new(),
        };
        let bytes = sealed(Kind::Request, marker, &Request::Sync(sync), &key(data, "terminal"));
        terminal.say(&topic("sale/sync"), &bytes, false).await.expect("said");
        self.hears(&topic("sale/synced"), &format!("\"{marker}.synced\"")).await;
    }
}

pub fn payload(message: &Message) -> Option<String> {
    let envelope: serde_json::Value = serde_json::from_slice(&message.payload).ok()?;
    String::from_utf8(URL_SAFE_NO_PAD.decode(envelope["p"].as_str()?).ok()?).ok()
}

async fn connect(world: &World, who: &Who, filters: &[&str]) -> (Client, mpsc::Receiver<ClientEvent>) {
    let (address, account) = world.broker_account(who).expect("an account");
    let name = format!("beside-{}-{}", who.user_name(), filters.len());
    let mut options = client::Options::new(&address.ip().to_string(), address.port(), &name);
    options.username = Some(who.user_name());
    options.password = Some(account.password.clone());
    options.subscriptions = filters.iter().map(|one| ((*one).to_owned(), Qos::AtLeastOnce)).collect();
    let (sender, mut events) = mpsc::channel(64);
    let client = client::spawn(options, sender).expect("options");
    let up = async {
        loop {
            match events.recv().await.expect("a running client") {
                ClientEvent::Connecting { will, .. } => drop(will.send(None)),
                ClientEvent::Up { .. } => return,
                ClientEvent::Down { why, .. } => panic!("{why}"),
                ClientEvent::Message(_) => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, up).await.expect("a connection in time");
    (client, events)
}

async fn listen(mut events: mpsc::Receiver<ClientEvent>, heard: watch::Sender<Vec<Message>>) {
    while let Some(event) = events.recv().await {
        match event {
            ClientEvent::Connecting { will, .. } => drop(will.send(None)),
            ClientEvent::Message(message) => heard.send_modify(|all| all.push(message)),
            ClientEvent::Up { .. } | ClientEvent::Down { .. } => {}
        }
    }
}
