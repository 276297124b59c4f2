//! Keeps one MQTT 5 client connected: connects, subscribes, notices a dead link, comes back. It decides nothing about
//! what is said; whatever must arrive is kept in the application's journal and sent again from its `Outbox`.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::core::secret::Secret;
use crate::mqtt::backoff::Backoff;
use crate::mqtt::link;
use crate::mqtt::supervise;
use crate::mqtt::tls::Tls;
use crate::mqtt::topics::Qos;
use crate::port::pulse::Pulse;

pub use crate::mqtt::link::Receipt;

/// How to reach the broker, and who one is there.
#[derive(Clone, Debug)]
pub struct Options {
    pub host: String,
    pub port: u16,
    /// None for a connection that whoever is on its way can read.
    pub tls: Option<Tls>,
    pub client_id: String,
    pub username: Option<String>,
    /// Sent with a user name only.
    pub password: Option<Secret>,
    /// At least 5 s.
    pub keep_alive: Duration,
    /// Asked for after every connect, whether or not the broker remembers them.
    pub subscriptions: Vec<(String, Qos)>,
    pub clean_start: bool,
    /// Longer than the will's delay, or the will comes early.
    pub session_expiry: Duration,
    pub receive_max: u16,
    /// In bytes, both ways, topic and header included.
    pub max_packet: u32,
    /// CONNACK and every SUBACK must be there by then.
    pub up_within: Duration,
    /// No packet for this long means that the link is dead, whatever the socket says.
    pub silence: Duration,
    pub backoff: Backoff,
    /// A connection that was up this long starts the back-off anew.
    pub stable_after: Duration,
    /// How many publishes may wait for the socket.
    pub queue: usize,
    /// Answers while the client is on its way to a connection or watches over one.
    pub pulse: Pulse,
}

impl Options {
    /// The values for production: keep-alive 20 s, session 60 s, 16 KiB.
    #[must_use]
    pub fn new(host: &str, port: u16, client_id: &str) -> Self {
        let keep_alive = Duration::from_secs(20);
        Self {
            host: host.to_owned(),
            port,
            tls: None,
            client_id: client_id.to_owned(),
            username: None,
            password: None,
            keep_alive,
            subscriptions: Vec::new(),
            clean_start: false,
            session_expiry: Duration::from_secs(60),
            receive_max: 16,
            max_packet: 16 * 1024,
            up_within: Duration::from_secs(10),
            silence: keep_alive * 5 / 2,
            // Short, since a queue waits at the counter; the jitter spreads a fleet over these seconds.
            backoff: Backoff { first: Duration::from_millis(200), max: Duration::from_secs(5) },
            stable_after: Duration::from_secs(30),
            queue: 256,
            pulse: Pulse::default(),
        }
    }

    fn validate(&self) -> Result<(), OptionsError> {
        if self.host.is_empty() || self.port == 0 {
            return Err(OptionsError::Broker);
        }
        if self.client_id.is_empty() {
            return Err(OptionsError::ClientId);
        }
        if self.keep_alive < Duration::from_secs(5) || self.keep_alive.as_secs() > u64::from(u16::MAX) {
            return Err(OptionsError::KeepAlive(self.keep_alive));
        }
        if self.receive_max == 0 || self.max_packet < 1024 || self.queue == 0 {
            return Err(OptionsError::Limits);
        }
        if self.silence.is_zero() || self.up_within.is_zero() || self.backoff.first.is_zero() {
            return Err(OptionsError::Waits);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    #[error("the broker needs a host and a port other than 0")]
    Broker,
    #[error("the client id is empty; without one the broker keeps no session")]
    ClientId,
    #[error("a keep-alive of {0:?} is not possible; use 5 to 65535 s")]
    KeepAlive(Duration),
    #[error("receive maximum and queue need at least 1, the packet size at least 1024 bytes")]
    Limits,
    #[error("silence, up_within and the first back-off must be longer than nothing")]
    Waits,
}

/// What the broker publishes for us when we are gone without a DISCONNECT, at QoS 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will {
    pub topic: String,
    pub payload: Vec<u8>,
    pub retain: bool,
    pub delay: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub topic: String,
    pub payload: Vec<u8>,
    /// As it was published: set on a stored copy, and on a live one that was sent with it.
    pub retain: bool,
    pub qos: Qos,
}

/// What the application is told, in this order for each connection: `Connecting`, then messages that the broker had
/// kept for the session, `Up`, messages, `Down`. When the channel ends, the client has ended.
#[derive(Debug)]
pub enum ClientEvent {
    /// A CONNECT is about to be sent. It waits for the will that goes with it, so a connection counter in it can be
    /// made durable first. Dropping `will` unanswered calls this attempt off.
    Connecting {
        connection: u64,
        will: oneshot::Sender<Option<Will>>,
    },
    /// CONNACK, and every subscription granted, on this connection.
    Up {
        connection: u64,
    },
    /// The connection has ended. While it cannot be made again, this is said once more whenever the reason changes.
    Down {
        connection: u64,
        why: Why,
    },
    Message(Message),
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("the broker refuses this user name and password; compare them with the broker's password file")]
    BadCredentials,
    #[error("the broker does not let this user in; check its password file and access rules")]
    NotAuthorized,
    #[error("the broker refuses the connection: {0}")]
    Refused(String),
    #[error("the broker refuses the subscription to `{filter}`: {reason}; check its access rules")]
    SubscriptionRefused { filter: String, reason: String },
    #[error("the broker's certificate is not believed: {0}")]
    NotBelieved(String),
    #[error("the broker does not take this side's certificate: {0}")]
    Unwelcome(String),
    #[error("another device has connected under this name")]
    TakenOver,
    #[error("nothing has come from the broker for too long")]
    Silent,
    #[error("the broker did not answer in time")]
    NoAnswer,
    #[error("the connection was lost: {0}")]
    Lost(String),
    #[error("the attempt was called off, no will was given")]
    CalledOff,
}

impl Why {
    /// Whether only a person can mend it, so that trying often is of no use.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        match self {
            Self::BadCredentials
            | Self::NotAuthorized
            | Self::SubscriptionRefused { .. }
            | Self::NotBelieved(_)
            | Self::Unwelcome(_) => true,
            Self::Refused(_)
            | Self::TakenOver
            | Self::Silent
            | Self::NoAnswer
            | Self::Lost(_)
            | Self::CalledOff => false,
        }
    }
}

/// Why a message was not even queued. The outbox sends it again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    #[error("not connected")]
    Offline,
    #[error("too many messages wait already")]
    Full,
    #[error("the packet would have {bytes} bytes, the limit is {max}")]
    TooLarge { bytes: usize, max: usize },
    #[error("`{0}` is not a topic to publish on")]
    BadTopic(String),
}

/// Why a queued message was not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAcknowledged {
    #[error("the connection ended first; the broker may have it or not")]
    Lost,
    #[error("the broker refused it: {0}")]
    Refused(String),
}

/// A handle to the running client. Clones are the same client; dropping them does not end it.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: Options,
    sender: Mutex<Option<link::Sender>>,
    pub(super) closing: CancellationToken,
    pub(super) ended: CancellationToken,
}

/// Starts a client in the current runtime. It goes on until `Client::close`, or until `events` has no reader; then it
/// ends without a DISCONNECT, so that the will says that the application is gone.
pub fn spawn(options: Options, events: mpsc::Sender<ClientEvent>) -> Result<Client, OptionsError> {
    options.validate()?;
    let shared = Arc::new(Shared {
        options,
        sender: Mutex::new(None),
        closing: CancellationToken::new(),
        ended: CancellationToken::new(),
    });
    tokio::spawn(supervise::run(Arc::clone(&shared), events));
    Ok(Client { shared })
}

impl Client {
    /// Queues a message, or says at once why not; never waits. `Ok` means queued: it is lost with the connection
    /// unless `Receipt` says that the broker has it. Possible from CONNACK on, before `Up`.
    pub fn publish(
        &self,
        topic: &str,
        payload: impl Into<Vec<u8>>,
        qos: Qos,
        retain: bool,
        expiry: Option<Duration>,
    ) -> Result<Receipt, NotSent> {
        let sender = self.shared.sender().ok_or(NotSent::Offline)?;
        sender.publish(topic, payload.into(), qos, retain, expiry)
    }

    /// Sends what is queued, says DISCONNECT so that the will is not published, and ends. Takes 5 s at most, and
    /// needs nobody to read the events meanwhile.
    pub async fn close(&self) {
        self.shared.closing.cancel();
        self.shared.ended.cancelled().await;
    }
}

impl Shared {
    pub(super) fn sender(&self) -> Option<link::Sender> {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_sender(&self, sender: Option<link::Sender>) {
        *self.sender.lock().unwrap_or_else(PoisonError::into_inner) = sender;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::pulse::Pulses;

    #[test]
    fn options_that_the_library_would_panic_on_are_refused() {
        let good = Options::new("localhost", 1883, "counter-1");
        assert_eq!(good.validate(), Ok(()));
        let short = Duration::from_secs(4);
        let bad = [
            (Options { keep_alive: short, ..good.clone() }, OptionsError::KeepAlive(short)),
            (Options { client_id: String::new(), ..good.clone() }, OptionsError::ClientId),
            (Options { receive_max: 0, ..good.clone() }, OptionsError::Limits),
            (Options { port: 0, ..good.clone() }, OptionsError::Broker),
            (Options { silence: Duration::ZERO, ..good }, OptionsError::Waits),
        ];
        for (options, error) in bad {
            assert_eq!(options.validate(), Err(error));
        }
    }

    #[tokio::test]
    async fn a_client_that_waits_for_its_application_shows_no_sign_of_life() {
        let mut pulses = Pulses::default();
        // Nobody listens there: the client goes from one attempt to the next.
        let options = Options { pulse: pulses.of("client"), ..Options::new("127.0.0.1", 1, "counter-1") };
        let (sender, mut events) = mpsc::channel(8);
        let _client = spawn(options, sender).unwrap();
        let Some(ClientEvent::Connecting { will, .. }) = events.recv().await else {
            panic!("an attempt begins with the question for a will")
        };
        pulses.ask();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(pulses.ask(), ["client"], "it has no answer yet");
        will.send(None).unwrap();
        let answering = tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if let ClientEvent::Connecting { will, .. } = event {
                    will.send(None).unwrap();
                }
            }
        });
        let moves = async {
            while !pulses.ask().is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), moves).await.expect("it goes on");
        answering.abort();
    }

    #[test]
    fn a_password_is_not_in_the_debug_print() {
        let mut options = Options::new("localhost", 1883, "counter-1");
        options.password = Some(Secret::new("canary"));
        assert!(!format!("{options:?}").contains("canary"));
    }
}
