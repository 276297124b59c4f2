//! The relay's side of MQTT: signs what it says, believes each terminal only under that terminal's own key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::mpsc;

use super::metrics::Metrics;
use crate::core::message::Heartbeat;
use crate::core::message::Request;
use crate::core::message::Word;
use crate::core::payment::Mode;
use crate::core::reference::TerminalId;
use crate::mqtt::client;
use crate::mqtt::client::Client;
use crate::mqtt::client::ClientEvent;
use crate::mqtt::client::Message;
use crate::mqtt::client::Will;
use crate::mqtt::document;
use crate::mqtt::document::Kind;
use crate::mqtt::key::SecretKey;
use crate::mqtt::key::TrustSet;
use crate::mqtt::topics::Leaf;
use crate::mqtt::topics::RelayId;
use crate::mqtt::topics::Topic;
use crate::mqtt::topics::Topics;

const WILL_DELAY: Duration = Duration::from_secs(15);
const EVENTS: usize = 256;

/// Who speaks, and whose word it takes. A terminal that is not listed is not served.
#[derive(Clone)]
pub struct Identity {
    pub relay: RelayId,
    pub mode: Mode,
    pub key: SecretKey,
    pub terminals: BTreeMap<TerminalId, TrustSet>,
    /// This relay's own public key: by its heartbeats it sees a second relay under its id.
    pub own: TrustSet,
    pub topics: Topics,
}

/// The retained state on the relay's topic. Not signed and never counted towards *armed*.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct State {
    #[schemars(extend("enum" = ["online", "offline"]))]
    state: &'static str,
    /// The program's.
    version: &'static str,
}

pub struct Radio {
    identity: Identity,
    client: Client,
    metrics: Arc<Metrics>,
}

/// What a message turned out to be.
pub enum Heard {
    Nothing,
    Request { terminal: TerminalId, id: String, request: Request },
    Beat(Heartbeat),
}

impl Radio {
    pub fn start(
        identity: Identity,
        mut options: client::Options,
        metrics: Arc<Metrics>,
        start: &str,
    ) -> Result<(Self, mpsc::Receiver<ClientEvent>), client::OptionsError> {
        // Another id at each start: two relays under one would throw each other off for ever, and neither
        // would hear the other. What a broker's session would keep is sent again by the terminals.
        options.client_id = format!("{}-{start}", identity.relay.user_name());
        options.subscriptions = identity.topics.relay_filters(&identity.relay);
        let (sender, events) = mpsc::channel(EVENTS);
        let client = client::spawn(options, sender)?;
        Ok((Self { identity, client, metrics }, events))
    }

    fn state_topic(&self) -> Topic {
        Topic::RelayState(self.identity.relay.clone())
    }

    #[must_use]
    pub fn will(&self) -> Will {
        Will {
            topic: self.identity.topics.spell(&self.state_topic()),
            payload: state("offline"),
            retain: true,
            delay: WILL_DELAY,
        }
    }

    pub fn tell_state(&self, up: bool) {
        self.publish(&self.state_topic(), state(if up { "online" } else { "offline" }), true);
    }

    pub fn beat(&self, beat: Heartbeat) {
        let aud = self.identity.topics.relay_audience(&self.identity.relay);
        let id = format!("{}.{}", beat.start, beat.count);
        let sealed = self.seal(Kind::Heartbeat, &aud, &id, &Word::Heartbeat(beat));
        self.publish(&self.state_topic(), sealed, false);
    }

    pub fn say(&self, terminal: &TerminalId, id: &str, word: &Word) {
        let leaf = match word {
            Word::Link(_) => Leaf::SaleLink,
            Word::Notice(_) => Leaf::SaleNotice,
            Word::Answer(_) => Leaf::SaleAnswer,
            Word::Standing(_) => Leaf::SaleStanding,
            Word::Synced(_) => Leaf::SaleSynced,
            Word::Refunded(_) => Leaf::SaleRefunded,
            Word::Heartbeat(beat) => return self.beat(beat.clone()),
        };
        let aud = self.identity.topics.audience(terminal);
        let sealed = self.seal(Kind::of_word(word), &aud, id, word);
        self.publish(&Topic::Terminal(terminal.clone(), leaf), sealed, false);
    }

    /// Signed when it is sent: a rotated key strands nothing that is owed.
    fn seal(&self, kind: Kind, aud: &str, id: &str, word: &Word) -> Vec<u8> {
        let payload = document::payload(aud, self.identity.mode, id, word);
        document::seal(kind, &payload, &self.identity.key).into_bytes()
    }

    fn publish(&self, topic: &Topic, payload: Vec<u8>, retain: bool) {
        let (rule, spelled) = (topic.rule(), self.identity.topics.spell(topic));
        if let Err(error) = self.client.publish(&spelled, payload, rule.qos, retain, rule.expiry) {
            tracing::debug!(topic = spelled, %error, "not sent");
        }
    }

    pub fn read(&self, message: &Message) -> Heard {
        match self.identity.topics.parse(&message.topic) {
            Some(Topic::Terminal(terminal, leaf)) => self.read_request(terminal, &leaf, message),
            Some(Topic::RelayState(relay)) if relay == self.identity.relay && !message.retain => {
                self.read_beat(message)
            }
            Some(Topic::RelayState(_) | Topic::Keys | Topic::Pair(..)) | None => Heard::Nothing,
        }
    }

    fn read_request(&self, terminal: TerminalId, leaf: &Leaf, message: &Message) -> Heard {
        if message.retain {
            return self.refuse(&terminal, "retained");
        }
        let Some(trust) = self.identity.terminals.get(&terminal) else {
            return self.refuse(&terminal, "unknown_terminal");
        };
        let aud = self.identity.topics.audience(&terminal);
        match document::open_request(leaf, &message.payload, trust, &aud, self.identity.mode) {
            Ok(opened) if opened.content.reference().is_some_and(|of| of.terminal() != terminal) => {
                self.refuse(&terminal, "foreign_reference")
            }
            Ok(opened) => Heard::Request { terminal, id: opened.id, request: opened.content },
            Err(refusal) => self.refuse(&terminal, refusal.label()),
        }
    }

    fn read_beat(&self, message: &Message) -> Heard {
        let aud = self.identity.topics.relay_audience(&self.identity.relay);
        let topic = self.state_topic();
        match document::open_word(&topic, &message.payload, &self.identity.own, &aud, self.identity.mode) {
            Ok(document::Opened { content: Word::Heartbeat(beat), .. }) => Heard::Beat(beat),
            Ok(_) | Err(_) => Heard::Nothing,
        }
    }

    fn refuse(&self, terminal: &TerminalId, reason: &'static str) -> Heard {
        if self.metrics.document_refused(reason) {
            tracing::warn!(%terminal, reason, "a request on the broker was not believed");
        }
        Heard::Nothing
    }

    pub async fn close(self) {
        self.tell_state(false);
        self.client.close().await;
    }
}

fn state(state: &'static str) -> Vec<u8> {
    let state = State { state, version: env!("CARGO_PKG_VERSION") };
    serde_json::to_vec(&state).expect("two strings")
}
