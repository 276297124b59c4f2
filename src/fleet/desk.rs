//! The operator's connection to the broker: hears what it keeps, and publishes what is to be kept.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio::time::timeout_at;

use super::Identity;
use super::picture::Picture;
use crate::core::reference::TerminalId;
use crate::host;
use crate::mqtt::client;
use crate::mqtt::client::Client;
use crate::mqtt::client::ClientEvent;
use crate::mqtt::client::NotAcknowledged;
use crate::mqtt::client::NotSent;
use crate::mqtt::client::OptionsError;
use crate::mqtt::client::Receipt;
use crate::mqtt::client::Why;
use crate::mqtt::topics::Qos;
use crate::mqtt::topics::Topic;
use crate::mqtt::topics::Topics;

/// A broker has no word for the end of what it keeps: when nothing new has come for this long, that was it.
const QUIET: Duration = Duration::from_millis(400);
/// Of a fleet that goes on for ever with what is new, what has come by then is taken for all.
const SETTLED: Duration = Duration::from_secs(30);
const EVENTS: usize = 1024;
/// So many terminals are listened to one by one; of more, all of the fleet are.
const APART: usize = 16;

/// What is listened to, beside the set of keys.
#[derive(Clone, Debug)]
pub enum Interest {
    /// The set of keys alone.
    Keys,
    /// How all terminals are, and what was sent to them.
    All,
    /// All that one terminal says of its settings.
    One(TerminalId),
    /// All that these say of their settings.
    Some(BTreeSet<TerminalId>),
    /// Whether one terminal is there, and what it answers to commands.
    Commands(TerminalId),
    /// The same of all terminals.
    AllCommands,
}

#[derive(Debug, thiserror::Error)]
pub enum NotOpen {
    #[error(transparent)]
    Options(#[from] OptionsError),
    #[error("there is no connection to the broker at {host}:{port}: {why}")]
    Down { host: String, port: u16, why: Why },
    #[error("the connection's task has ended")]
    Ended,
}

#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    #[error("the broker was not told: {0}")]
    NotSent(#[from] NotSent),
    #[error("it is not known whether the broker has it: {0}")]
    NotAcknowledged(#[from] NotAcknowledged),
}

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The picture has changed here.
    Changed(Topic),
    /// The connection is gone; it is made again by itself.
    Lost(Why),
    Back,
}

pub struct Desk {
    pub picture: Picture,
    topics: Topics,
    client: Client,
    events: mpsc::Receiver<ClientEvent>,
}

impl Desk {
    /// Connects, and hears what the broker keeps of that. A second one beside this does no harm.
    ///
    /// # Errors
    /// Where the first attempt fails: a person waits for it.
    pub async fn open(
        identity: &Identity,
        mut options: client::Options,
        interest: &Interest,
    ) -> Result<Self, NotOpen> {
        let topics = identity.topics.clone();
        // Two under one client id would send each other away.
        options.client_id = format!("operator-{}", host::random_name());
        options.clean_start = true;
        options.session_expiry = Duration::ZERO;
        options.subscriptions = interest.filters(&topics);
        let (host, port) = (options.host.clone(), options.port);
        let (sender, events) = mpsc::channel(EVENTS);
        let client = client::spawn(options, sender)?;
        let mut desk = Self { picture: Picture::default(), topics, client, events };
        loop {
            match desk.next().await {
                Some(News::Back) => break,
                Some(News::Lost(why)) => return Err(NotOpen::Down { host, port, why }),
                Some(News::Changed(_)) => {}
                None => return Err(NotOpen::Ended),
            }
        }
        desk.hear_kept(|picture| interest.is_met(picture)).await;
        Ok(desk)
    }

    /// Takes in what the broker keeps, after a connection was made again; false where it is gone once more.
    pub async fn settle(&mut self) -> bool {
        self.hear_kept(|_| false).await
    }

    /// Until nothing has come for a while of which nothing had come before: a large fleet is never silent.
    async fn hear_kept(&mut self, is_met: impl Fn(&Picture) -> bool) -> bool {
        let (mut heard, mut up) = (BTreeSet::new(), true);
        let (mut quiet, end) = (Instant::now() + QUIET, Instant::now() + SETTLED);
        while !is_met(&self.picture) {
            match self.next_before(end.min(quiet)).await {
                Some(News::Changed(topic)) => {
                    if heard.insert(topic) {
                        quiet = Instant::now() + QUIET;
                    }
                }
                Some(News::Lost(_)) => up = false,
                Some(News::Back) => up = true,
                None => break,
            }
        }
        up
    }

    /// Takes in what has come already, and waits for nothing.
    pub async fn catch_up(&mut self) {
        while self.next_before(Instant::now()).await.is_some() {}
    }

    /// The next thing that matters; none when the client has ended.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            match self.events.recv().await? {
                // Nobody needs to hear that an operator went home. One who does not wait for the answer is gone.
                ClientEvent::Connecting { will, .. } => drop(will.send(None)),
                ClientEvent::Up { .. } => return Some(News::Back),
                ClientEvent::Down { why, .. } => return Some(News::Lost(why)),
                ClientEvent::Message(message) => {
                    if let Some(topic) = self.picture.hear(&self.topics, &message.topic, &message.payload) {
                        return Some(News::Changed(topic));
                    }
                }
            }
        }
    }

    /// As [`Self::next`], and none once `end` has come.
    pub async fn next_before(&mut self, end: Instant) -> Option<News> {
        timeout_at(end, self.next()).await.ok().flatten()
    }

    /// Publishes as the topic's rule says, and waits for the broker's word.
    ///
    /// # Errors
    /// Where the broker did not take it, or nobody knows.
    pub async fn publish(&self, topic: &Topic, text: String) -> Result<(), NotTaken> {
        Ok(self.send(topic, text)?.acknowledged().await?)
    }

    /// The same, and waits for nothing: the receipt does.
    ///
    /// # Errors
    /// Where it was not even queued.
    pub fn send(&self, topic: &Topic, text: String) -> Result<Receipt, NotSent> {
        let rule = topic.rule();
        let spelled = self.topics.spell(topic);
        self.client.publish(&spelled, text, rule.qos, rule.retain, rule.expiry)
    }

    pub async fn close(self) {
        self.client.close().await;
    }
}

impl Interest {
    /// Whether the broker has told all that it can keep of this; there is nothing to wait for then.
    fn is_met(&self, picture: &Picture) -> bool {
        picture.keys.is_some()
            && match self {
                Self::Keys => true,
                Self::All | Self::AllCommands => false,
                Self::Commands(id) => picture.of(id).presence.is_some(),
                Self::One(id) => picture.is_whole(id),
                Self::Some(ids) => ids.iter().all(|id| picture.is_whole(id)),
            }
    }

    fn filters(&self, topics: &Topics) -> Vec<(String, Qos)> {
        let mut filters = match self {
            Self::Keys => Vec::new(),
            Self::All => topics.fleet_filters(),
            Self::One(id) => topics.settings_filters(Some(id)),
            Self::Some(ids) if ids.len() <= APART => {
                ids.iter().flat_map(|id| topics.settings_filters(Some(id))).collect()
            }
            Self::Some(_) => topics.settings_filters(None),
            Self::Commands(id) => topics.command_filters(Some(id)),
            Self::AllCommands => topics.command_filters(None),
        };
        filters.push((topics.spell(&Topic::Keys), Qos::AtLeastOnce));
        filters
    }
}
