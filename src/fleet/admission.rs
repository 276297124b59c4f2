//! The operator's side of pairing over the broker: hears who asks, knows the one whose code was typed, answers it, and
//! waits for its word.

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio::time::timeout_at;

use super::Identity;
use super::desk::NotOpen;
use super::desk::NotTaken;
use crate::core::reference::TerminalId;
use crate::host;
use crate::mqtt::client;
use crate::mqtt::client::Client;
use crate::mqtt::client::ClientEvent;
use crate::mqtt::client::Message;
use crate::mqtt::key::PublicKey;
use crate::mqtt::pair;
use crate::mqtt::pair::Code;
use crate::mqtt::pair::Request;
use crate::mqtt::pair::Sealed;
use crate::mqtt::topics::Fingerprint;
use crate::mqtt::topics::Leaf;
use crate::mqtt::topics::PairLeaf;
use crate::mqtt::topics::Topic;
use crate::mqtt::topics::Topics;
use crate::terminal::Presence;
use crate::terminal::presence::Up;

const EVENTS: usize = 1024;
/// By then the broker has told what it keeps; it has no word for the end of that.
const SETTLED: Duration = Duration::from_millis(400);
/// Whoever floods this with requests is not remembered beyond.
const OTHERS: usize = 100;

/// A terminal that asks with the code.
#[derive(Clone, Debug)]
pub struct Asking {
    pub request: Request,
    pub key: PublicKey,
    pub fingerprint: Fingerprint,
    pub sealed: Sealed,
}

impl Asking {
    /// None for what was not made with this code.
    #[must_use]
    pub fn open(code: &Code, bytes: &[u8]) -> Option<Self> {
        let (request, sealed) = pair::open_request(code, bytes)?;
        let key: PublicKey = request.key.parse().ok()?;
        Some(Self { request, key, fingerprint: Fingerprint::of(&key), sealed })
    }
}

/// What is known of a terminal that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has it on its disk; whether it has come to the broker under its name since.
    Taken { online: bool },
    /// It cannot take it, and why.
    Refused(Vec<String>),
    /// It has said nothing.
    Silent,
}

/// The connection of an operator who admits one terminal.
pub struct Door {
    topics: Topics,
    code: Code,
    id: TerminalId,
    client: Client,
    events: mpsc::Receiver<ClientEvent>,
    /// What the broker kept of the terminal's name before.
    before: Option<Vec<u8>>,
    others: BTreeSet<Fingerprint>,
    /// What was said while that settled.
    early: VecDeque<Message>,
}

impl Door {
    /// # Errors
    /// Where the first attempt to connect fails: a person waits for it.
    pub async fn open(
        identity: &Identity,
        mut options: client::Options,
        code: Code,
        id: TerminalId,
    ) -> Result<Self, NotOpen> {
        let topics = identity.topics.clone();
        options.client_id = format!("operator-{}", host::random_name());
        options.clean_start = true;
        options.session_expiry = Duration::ZERO;
        options.subscriptions = topics.pairing_filters(&id);
        let (host, port) = (options.host.clone(), options.port);
        let (sender, events) = mpsc::channel(EVENTS);
        let client = client::spawn(options, sender)?;
        let (others, early) = (BTreeSet::new(), VecDeque::new());
        let mut door = Self { topics, code, id, client, events, before: None, others, early };
        loop {
            match door.events.recv().await {
                Some(ClientEvent::Connecting { will, .. }) => drop(will.send(None)),
                Some(ClientEvent::Up { .. }) => break,
                Some(ClientEvent::Down { why, .. }) => return Err(NotOpen::Down { host, port, why }),
                Some(ClientEvent::Message(message)) => door.early.push_back(message),
                None => return Err(NotOpen::Ended),
            }
        }
        // What is kept of the name is of an earlier life, and must not pass for the new one.
        let end = Instant::now() + SETTLED;
        let mut early = VecDeque::new();
        while let Some(message) = door.next(end).await {
            if !door.remember(&message) {
                early.push_back(message);
            }
        }
        door.early = early;
        Ok(door)
    }

    /// The terminal that asks with the code, where it does before `end`.
    pub async fn find(&mut self, end: Instant) -> Option<Asking> {
        loop {
            let message = self.next(end).await?;
            if self.remember(&message) {
                continue;
            }
            if let Some(asking) = self.take(&message) {
                return Some(asking);
            }
        }
    }

    /// Those who ask with another code, as far as they were heard.
    #[must_use]
    pub fn others(&self) -> &BTreeSet<Fingerprint> {
        &self.others
    }

    /// Says the answer each time the terminal asks, until it says what has become of it; then, up to `end`, until it is
    /// there under its name.
    ///
    /// # Errors
    /// Where the broker does not take the answer.
    pub async fn answer(
        &mut self,
        asking: &Asking,
        answer: &Sealed,
        end: Instant,
    ) -> Result<Outcome, NotTaken> {
        self.say(asking, answer).await?;
        let mut taken = false;
        while let Some(message) = self.next(end).await {
            let topic = self.topics.parse(&message.topic);
            let state = Topic::Terminal(self.id.clone(), Leaf::State);
            if topic == Some(state) && self.is_new_life(&message.payload) {
                return Ok(Outcome::Taken { online: true });
            }
            let ours = Topic::Pair(asking.fingerprint.clone(), PairLeaf::Request);
            if topic != Some(ours) || message.retain {
                continue;
            }
            match pair::open_receipt(&self.code, answer, &message.payload) {
                Some(receipt) if receipt.refused.is_empty() => taken = true,
                Some(receipt) => return Ok(Outcome::Refused(receipt.refused)),
                None if Asking::open(&self.code, &message.payload).is_some() && !taken => {
                    self.say(asking, answer).await?;
                }
                None => {}
            }
        }
        Ok(if taken { Outcome::Taken { online: false } } else { Outcome::Silent })
    }

    pub async fn close(self) {
        self.client.close().await;
    }

    async fn say(&self, asking: &Asking, answer: &Sealed) -> Result<(), NotTaken> {
        let rule = PairLeaf::Answer.rule();
        let topic = self.topics.spell(&Topic::Pair(asking.fingerprint.clone(), PairLeaf::Answer));
        let receipt =
            self.client.publish(&topic, answer.text.as_str(), rule.qos, rule.retain, rule.expiry)?;
        Ok(receipt.acknowledged().await?)
    }

    async fn next(&mut self, end: Instant) -> Option<Message> {
        if let Some(message) = self.early.pop_front() {
            return Some(message);
        }
        loop {
            match timeout_at(end, self.events.recv()).await.ok()?? {
                ClientEvent::Message(message) => return Some(message),
                ClientEvent::Connecting { will, .. } => drop(will.send(None)),
                // It comes back by itself, and the terminal asks again.
                ClientEvent::Up { .. } | ClientEvent::Down { .. } => {}
            }
        }
    }

    /// Keeps in mind what the terminal's name says of itself before it is given; whether this was that.
    fn remember(&mut self, message: &Message) -> bool {
        let is_state =
            self.topics.parse(&message.topic) == Some(Topic::Terminal(self.id.clone(), Leaf::State));
        if is_state {
            self.before = Some(message.payload.clone());
        }
        is_state
    }

    /// A request with the code, on the topic of the key that is in it. What lies about at the broker was left by
    /// nobody who waits.
    fn take(&mut self, message: &Message) -> Option<Asking> {
        match self.topics.parse(&message.topic)? {
            Topic::Pair(fingerprint, PairLeaf::Request) if !message.retain => {
                let asking = Asking::open(&self.code, &message.payload);
                let asking = asking.filter(|asking| asking.fingerprint == fingerprint);
                if asking.is_none() && self.others.len() < OTHERS {
                    self.others.insert(fingerprint);
                }
                asking
            }
            Topic::Pair(..) | Topic::Terminal(..) | Topic::RelayState(_) | Topic::Keys => None,
        }
    }

    /// Whether the terminal says that it is there, and not what it said before.
    fn is_new_life(&self, payload: &[u8]) -> bool {
        let presence = serde_json::from_slice::<Presence>(payload);
        self.before.as_deref() != Some(payload) && presence.is_ok_and(|now| now.state == Up::Online)
    }
}
