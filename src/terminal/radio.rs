//! The terminal's side of MQTT: signs what goes out, believes only what verifies, counts what does not.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::core::message::Request;
use crate::core::message::Word;
use crate::core::payment::Mode;
use crate::core::reference::TerminalId;
use crate::core::scene::Deaf;
use crate::mqtt::client;
use crate::mqtt::client::Client;
use crate::mqtt::client::ClientEvent;
use crate::mqtt::client::Message;
use crate::mqtt::client::Receipt;
use crate::mqtt::client::Will;
use crate::mqtt::document;
use crate::mqtt::document::Kind;
use crate::mqtt::key::PublicKey;
use crate::mqtt::key::SecretKey;
use crate::mqtt::key::TrustSet;
use crate::mqtt::topics::CommandName;
use crate::mqtt::topics::Leaf;
use crate::mqtt::topics::RelayId;
use crate::mqtt::topics::Topic;
use crate::mqtt::topics::Topics;
use crate::terminal::presence::Presence;
use crate::terminal::presence::Up;

/// A quick reconnect raises no alarm.
const WILL_DELAY: Duration = Duration::from_secs(15);
const EVENTS: usize = 64;

/// Who speaks, and whom it believes.
#[derive(Clone)]
pub struct Identity {
    pub terminal: TerminalId,
    pub relay: RelayId,
    pub mode: Mode,
    pub key: SecretKey,
    pub trust: TrustSet,
    pub topics: Topics,
}

pub struct Radio {
    identity: Identity,
    client: Client,
    journal: String,
    epoch: u64,
    /// The version of the sent settings in force.
    config_version: Option<u64>,
    /// Documents not believed, by reason.
    refused: BTreeMap<&'static str, u64>,
}

impl Radio {
    /// Starts the client; `options` say how to reach the broker, the rest follows from `identity`.
    pub fn start(
        identity: Identity,
        mut options: client::Options,
        journal: String,
    ) -> Result<(Self, mpsc::Receiver<ClientEvent>), client::OptionsError> {
        options.client_id = identity.terminal.to_string();
        options.subscriptions = identity.topics.terminal_filters(&identity.terminal, &identity.relay);
        let (sender, events) = mpsc::channel(EVENTS);
        let client = client::spawn(options, sender)?;
        let radio =
            Self { identity, client, journal, epoch: 0, config_version: None, refused: BTreeMap::new() };
        Ok((radio, events))
    }

    fn own(&self, leaf: Leaf) -> Topic {
        Topic::Terminal(self.identity.terminal.clone(), leaf)
    }

    fn presence(&self, state: Up, deaf: Option<Deaf>) -> Presence {
        Presence::new(state, self.epoch, &self.journal, self.config_version, deaf)
    }

    /// The version of the sent settings that are in force; whether it is another than before.
    pub fn set_config_version(&mut self, version: Option<u64>) -> bool {
        std::mem::replace(&mut self.config_version, version) != version
    }

    /// The will of the connection with this durable number.
    pub fn will(&mut self, epoch: u64) -> Will {
        self.epoch = epoch;
        let presence = self.presence(Up::Offline, None);
        Will {
            topic: self.identity.topics.spell(&self.own(Leaf::State)),
            payload: presence.bytes(),
            retain: true,
            delay: WILL_DELAY,
        }
    }

    /// Publishes once. What must arrive is sent again by those who asked for it, so a full or broken line
    /// is not an error here.
    fn publish(&self, topic: &Topic, payload: Vec<u8>) -> Option<Receipt> {
        let rule = topic.rule();
        let spelled = self.identity.topics.spell(topic);
        let sent = self.client.publish(&spelled, payload, rule.qos, rule.retain, rule.expiry);
        sent.inspect_err(|error| tracing::debug!(topic = spelled, %error, "not sent")).ok()
    }

    /// Publishes once, unsigned, on a topic of this terminal. The receipt says when the broker has it; there is none
    /// where it was not sent.
    pub fn tell(&self, leaf: Leaf, payload: Vec<u8>) -> Option<Receipt> {
        self.publish(&self.own(leaf), payload)
    }

    /// As [`Self::tell`], for something that is known later.
    pub fn later(&self, leaf: Leaf) -> impl FnOnce(Vec<u8>) + Send + use<> {
        let (client, topic) = (self.client.clone(), self.own(leaf));
        let (rule, spelled) = (topic.rule(), self.identity.topics.spell(&topic));
        move |payload| drop(client.publish(&spelled, payload, rule.qos, rule.retain, rule.expiry))
    }

    /// Believes these keys no longer.
    pub fn distrust(&mut self, revoked: &[PublicKey]) {
        self.identity.trust.distrust(revoked);
    }

    /// What settings for this terminal name as their audience, and what key sets do.
    #[must_use]
    pub fn audiences(&self) -> (String, String) {
        let topics = &self.identity.topics;
        (topics.audience(&self.identity.terminal), topics.keys_audience())
    }

    #[must_use]
    pub fn terminal(&self) -> &TerminalId {
        &self.identity.terminal
    }

    #[must_use]
    pub fn mode(&self) -> Mode {
        self.identity.mode
    }

    pub fn send(&self, id: &str, request: &Request) {
        let aud = self.identity.topics.audience(&self.identity.terminal);
        let payload = document::payload(&aud, self.identity.mode, id, request);
        let sealed = document::seal(Kind::Request, &payload, &self.identity.key);
        self.publish(&self.own(document::request_leaf(request)), sealed.into_bytes());
    }

    pub fn tell_presence(&self, deaf: Option<Deaf>) {
        let presence = self.presence(Up::Online, deaf);
        self.publish(&self.own(Leaf::State), presence.bytes());
    }

    /// The relay's word in a message, if there is one to believe. `Stale` asks for a new `tell_presence`.
    pub fn read(&mut self, message: &Message) -> Heard {
        let Some(topic) = self.identity.topics.parse(&message.topic) else {
            return self.forget("topic");
        };
        let own_state = topic == self.own(Leaf::State);
        if own_state {
            let presence = serde_json::from_slice::<Presence>(&message.payload);
            let stale = presence.is_ok_and(|presence| presence.is_stale(&self.journal, self.epoch));
            return if stale { Heard::Stale } else { Heard::Nothing };
        }
        let aud = match &topic {
            Topic::RelayState(_) if message.retain => return Heard::Nothing,
            Topic::RelayState(relay) if *relay == self.identity.relay => {
                self.identity.topics.relay_audience(relay)
            }
            Topic::Terminal(terminal, _) if *terminal == self.identity.terminal => {
                self.identity.topics.audience(terminal)
            }
            // What was said to others, told to this one by a broker that does not keep to subscriptions.
            Topic::RelayState(_) | Topic::Terminal(..) | Topic::Pair(..) => return self.forget("topic"),
            Topic::Keys => return Heard::Keys(message.payload.clone()),
        };
        if topic == self.own(Leaf::ConfigDesired) {
            return Heard::Desired(message.payload.clone());
        }
        if let Topic::Terminal(_, Leaf::Command(name)) = topic {
            return Heard::Command { name, retained: message.retain, bytes: message.payload.clone() };
        }
        if message.retain {
            return self.forget("retained");
        }
        match document::open_word(&topic, &message.payload, &self.identity.trust, &aud, self.identity.mode) {
            Ok(opened) => Heard::Word { id: opened.id, word: Box::new(opened.content) },
            Err(refusal) => self.forget(refusal.label()),
        }
    }

    /// Counts, and says so at 1, 2, 4, 8 …: a flood of forgeries must not become a flood of log lines.
    pub fn refuse(&mut self, reason: &'static str) {
        let count = self.refused.entry(reason).or_insert(0);
        *count += 1;
        if count.is_power_of_two() {
            tracing::warn!(reason, count, "a message on the broker was not believed");
        }
    }

    /// Reasons and counts of what was not believed.
    pub fn refused(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.refused.iter().map(|(reason, count)| (*reason, *count))
    }

    fn forget(&mut self, reason: &'static str) -> Heard {
        self.refuse(reason);
        Heard::Nothing
    }

    /// Says goodbye itself, so that the will stays unpublished.
    pub async fn close(self) {
        let presence = self.presence(Up::Offline, None);
        self.publish(&self.own(Leaf::State), presence.bytes());
        self.client.close().await;
    }
}

/// What a message turned out to be.
#[derive(Debug)]
pub enum Heard {
    Nothing,
    Word {
        id: String,
        word: Box<Word>,
    },
    /// A document of settings, to be verified with other keys than the relay's.
    Desired(Vec<u8>),
    /// A command, to be verified with the operators' keys.
    Command {
        name: CommandName,
        retained: bool,
        bytes: Vec<u8>,
    },
    /// A set of keys, to be verified with the root's.
    Keys(Vec<u8>),
    /// The broker's stored copy calls this living terminal dead.
    Stale,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::message::Heartbeat;
    use crate::mqtt::key::Role;
    use crate::mqtt::topics::Qos;

    #[tokio::test]
    async fn what_was_signed_for_others_is_not_believed_on_their_topics_either() {
        let relay = SecretKey::from_random([7; 32]);
        let mut trust = TrustSet::new();
        trust.trust(relay.public(), Role::Relay).unwrap();
        let topics = Topics::new(Topics::DEFAULT_ROOT).unwrap();
        let identity = Identity {
            terminal: "counter-1".parse().unwrap(),
            relay: "main".parse().unwrap(),
            mode: Mode::Test,
            key: SecretKey::from_random([8; 32]),
            trust,
            topics: topics.clone(),
        };
        let options = client::Options::new("127.0.0.1", 1, "any");
        let (mut radio, _events) = Radio::start(identity, options, "journal".into()).unwrap();
        let beat = |relay_id: &str| {
            let id: RelayId = relay_id.parse().unwrap();
            let word = Word::Heartbeat(Heartbeat {
                count: 1,
                start: "a".into(),
                stream: "s".into(),
                serving: true,
                silent: Vec::new(),
            });
            let payload = document::payload(&topics.relay_audience(&id), Mode::Test, "a.1", &word);
            let payload = document::seal(Kind::Heartbeat, &payload, &relay).into_bytes();
            let topic = topics.spell(&Topic::RelayState(id));
            Message { topic, payload, retain: false, qos: Qos::AtLeastOnce }
        };
        assert!(matches!(radio.read(&beat("main")), Heard::Word { .. }));
        assert!(matches!(radio.read(&beat("other")), Heard::Nothing));
        let answer = |terminal: &str| {
            let id: TerminalId = terminal.parse().unwrap();
            let word = Word::Answer(crate::core::message::Answer {
                reference: format!("{id}-01K9ZZ8QGN5X4T0V9Y3M6C2D1R").parse().unwrap(),
                said: crate::core::message::Said::AttemptFailed,
                reason: String::new(),
            });
            let payload = document::payload(&topics.audience(&id), Mode::Test, "x", &word);
            let payload = document::seal(Kind::Answer, &payload, &relay).into_bytes();
            let topic = topics.spell(&Topic::Terminal(id, Leaf::SaleAnswer));
            Message { topic, payload, retain: false, qos: Qos::AtLeastOnce }
        };
        assert!(matches!(radio.read(&answer("counter-1")), Heard::Word { .. }));
        assert!(matches!(radio.read(&answer("counter-2")), Heard::Nothing));
        assert_eq!(radio.refused, BTreeMap::from([("topic", 2)]));
    }
}
