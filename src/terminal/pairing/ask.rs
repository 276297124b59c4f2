//! Asks to be admitted, again and again, until an answer is taken over the broker or was carried here by hand.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Device;
use super::Judge;
use super::NotMade;
use super::NotTaken;
use crate::core::scene::Pairing;
use crate::mqtt::client;
use crate::mqtt::client::Client;
use crate::mqtt::client::ClientEvent;
use crate::mqtt::client::Message;
use crate::mqtt::client::OptionsError;
use crate::mqtt::topics::PairLeaf;
use crate::mqtt::topics::Qos;
use crate::mqtt::topics::Topic;
use crate::mqtt::topics::Topics;
use crate::port::pulse::Pulse;

/// How long until the request is said again: an operator who types the code waits for the next one, and a factory full
/// of terminals must not be a burden.
const WAITS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
/// The operator hears whether the answer was taken, unless the broker is gone by then.
const LAST_WORD: Duration = Duration::from_secs(3);
const EVENTS: usize = 64;

/// How the operator is reached.
pub struct Way {
    pub broker: client::Options,
    pub topics: Topics,
}

pub struct Parts {
    pub device: Device,
    /// None where everything is carried by hand.
    pub way: Option<Way>,
    pub judge: Box<Judge>,
    /// What the screen says of it.
    pub state: watch::Sender<Pairing>,
    pub pulse: Pulse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Stopped,
    /// The settings are on the disk.
    Paired,
}

#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Options(#[from] OptionsError),
    #[error(transparent)]
    NotMade(#[from] NotMade),
}

/// Runs until the terminal is paired, or `shutdown`.
///
/// # Errors
/// Where what is to be kept cannot be kept. Nothing else ends it: the operator may come in a week.
pub async fn run(parts: Parts, shutdown: CancellationToken) -> Result<Ended, Failed> {
    let (sender, events) = mpsc::channel(EVENTS);
    let mut asking = Asking { device: parts.device, judge: parts.judge, state: parts.state, radio: None };
    // Where there is no way the channel stays silent; this end of it keeps it open.
    let _silent = match parts.way {
        Some(way) => {
            asking.radio = Some(Radio::start(way, &asking.device, sender)?);
            asking.state.send_replace(Pairing::NoBroker);
            None
        }
        None => {
            asking.state.send_replace(Pairing::ByHand);
            Some(sender)
        }
    };
    let ended = asking.turns(events, &parts.pulse, &shutdown).await;
    if let Some(radio) = asking.radio {
        radio.client.close().await;
    }
    ended
}

struct Asking {
    device: Device,
    judge: Box<Judge>,
    state: watch::Sender<Pairing>,
    radio: Option<Radio>,
}

struct Radio {
    client: Client,
    request: String,
    answer: String,
}

impl Radio {
    fn start(way: Way, device: &Device, events: mpsc::Sender<ClientEvent>) -> Result<Self, OptionsError> {
        let spell = |leaf| way.topics.spell(&Topic::Pair(device.fingerprint.clone(), leaf));
        let (request, answer) = (spell(PairLeaf::Request), spell(PairLeaf::Answer));
        let mut options = way.broker;
        // The account is everybody's; two under one client id would send each other away.
        options.client_id = format!("pairing-{}", device.fingerprint);
        options.clean_start = true;
        options.session_expiry = Duration::ZERO;
        options.subscriptions = vec![(answer.clone(), Qos::AtLeastOnce)];
        Ok(Self { client: client::spawn(options, events)?, request, answer })
    }

    fn say(&self, text: &str) -> Option<client::Receipt> {
        let rule = PairLeaf::Request.rule();
        // Unsent, it goes out with the next turn.
        self.client.publish(&self.request, text, rule.qos, rule.retain, rule.expiry).ok()
    }
}

impl Asking {
    async fn turns(
        &mut self,
        mut events: mpsc::Receiver<ClientEvent>,
        pulse: &Pulse,
        shutdown: &CancellationToken,
    ) -> Result<Ended, Failed> {
        let (mut said, mut next) = (0, Instant::now());
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(Ended::Stopped),
                () = pulse.beat() => {}
                () = tokio::time::sleep_until(next) => {
                    // Somebody may have carried the answer here.
                    if self.device.files().is_paired()? {
                        return Ok(Ended::Paired);
                    }
                    if let Some(radio) = &self.radio {
                        drop(radio.say(&self.device.request.text));
                    }
                    next = Instant::now() + WAITS[said.min(WAITS.len() - 1)];
                    said += 1;
                }
                Some(event) = events.recv() => match event {
                    // Nobody needs to hear that it has gone.
                    ClientEvent::Connecting { will, .. } => drop(will.send(None)),
                    ClientEvent::Up { .. } => {
                        self.state.send_replace(Pairing::Waiting);
                        (said, next) = (0, Instant::now());
                    }
                    ClientEvent::Down { why, .. } => {
                        tracing::warn!(%why, "no connection to the broker");
                        self.state.send_replace(Pairing::NoBroker);
                    }
                    ClientEvent::Message(message) => if self.hear(&message).await? {
                        return Ok(Ended::Paired);
                    }
                }
            }
        }
    }

    /// Whether the terminal is paired with this.
    async fn hear(&mut self, message: &Message) -> Result<bool, Failed> {
        let Some(radio) = self.radio.as_ref().filter(|radio| radio.answer == message.topic) else {
            return Ok(false);
        };
        // What lies about at the broker answers nobody who is there.
        if message.retain {
            return Ok(false);
        }
        let (state, receipt) = match self.device.take(&message.payload, &*self.judge) {
            Ok(taken) => {
                if let Some(sent) = radio.say(&taken.receipt.text) {
                    // Without it the operator sees the terminal come under its name.
                    drop(timeout(LAST_WORD, sent.acknowledged()).await);
                }
                return Ok(true);
            }
            Err(NotTaken::NotMade(error)) => return Err(error.into()),
            Err(error @ NotTaken::Foreign) => {
                tracing::warn!(%error, "an answer is not taken");
                (Pairing::Foreign, None)
            }
            Err(NotTaken::Refused { faults, receipt }) => {
                tracing::warn!(?faults, "the operator's answer does not go with this terminal's own file");
                (Pairing::Refused, Some(receipt))
            }
        };
        if let Some(receipt) = receipt {
            drop(radio.say(&receipt.text));
        }
        self.state.send_replace(state);
        Ok(false)
    }
}
