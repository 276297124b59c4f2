//! One connection to a broker, and the only file that names the client library: another library means another
//! `link.rs`. When to connect, and what a message means, is decided elsewhere.
//!
//! Every connection gets an event loop of its own, so nothing that an earlier one left behind is ever replayed:
//! what must arrive is sent again by the outbox, and what has been given up stays unsent.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rumqttc::AsyncClient;
use rumqttc::ClientError;
use rumqttc::ConnectReturnCode;
use rumqttc::ConnectionError;
use rumqttc::DisconnectReasonCode;
use rumqttc::Event;
use rumqttc::EventLoop;
use rumqttc::Incoming;
use rumqttc::LastWill;
use rumqttc::LastWillProperties;
use rumqttc::MqttOptions;
use rumqttc::NetworkOptions;
use rumqttc::Outgoing;
use rumqttc::PersistedAckMode;
use rumqttc::PersistedSession;
use rumqttc::PubAckReason;
use rumqttc::PublishNoticeError;
use rumqttc::PublishOptions;
use rumqttc::PublishProperties;
use rumqttc::PublishResult;
use rumqttc::QoS;
use rumqttc::SessionStore;
use rumqttc::SessionStoreKey;
use rumqttc::StateError;
use rumqttc::SubscribeFilterInput;
use rumqttc::SubscribeReasonCode;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::sync::Notify;

use crate::mqtt::client::Message;
use crate::mqtt::client::NotAcknowledged;
use crate::mqtt::client::NotSent;
use crate::mqtt::client::Options;
use crate::mqtt::client::Why;
use crate::mqtt::client::Will;
use crate::mqtt::last_word::LastWord;
use crate::mqtt::short_disconnect::InFull;
use crate::mqtt::tls;
use crate::mqtt::topics::Qos;

/// How many publishes may be unacknowledged, if the broker does not allow fewer.
const IN_FLIGHT: u16 = 64;

/// What one turn of the connection brought.
pub(super) enum Arrived {
    Connected,
    /// One answer per filter, in the order of the options: what was refused, if anything.
    Subscribed(Option<Why>),
    Message(Message),
    /// Any other packet from the broker: it is alive.
    Heard,
    Nothing,
}

/// The side that publishes. Never waits.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    requests: AsyncClient,
    queue: Arc<Queue>,
    /// In bytes: ours, or the broker's if that is less.
    max_packet: Arc<AtomicU32>,
}

#[derive(Debug, Default)]
struct Queue {
    length: AtomicUsize,
    shorter: Notify,
}

/// The side that waits for the broker. Only one task may own it, and a turn once begun is never dropped but with
/// the whole connection.
pub(super) struct Poller {
    event_loop: EventLoop,
    sender: Sender,
    filters: Vec<(String, Qos)>,
}

/// A connection's bytes, encrypted or not.
trait Socket: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Socket for S {}

/// Prepares a connection; nothing happens until the poller's first turn.
pub(super) fn prepare(options: &Options, will: Option<Will>) -> (Sender, Poller) {
    let mut mqtt =
        MqttOptions::new(options.client_id.as_str(), (options.host.as_str().to_owned(), options.port));
    match (&options.username, &options.password) {
        (Some(username), Some(password)) => {
            mqtt.set_credentials(username.as_str(), password.reveal().as_bytes().to_vec());
        }
        (Some(username), None) => drop(mqtt.set_username(username.as_str())),
        (None, _) => {}
    }
    // A customer waits: no packet is held back to be sent with the next.
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    mqtt.set_network_options(network);
    let (host, tls) = (options.host.clone(), options.tls.clone());
    // Encrypted here and not by the library, since what is put right on the way is what was decrypted.
    mqtt.set_socket_connector(move |broker, network| {
        let (host, tls) = (host.clone(), tls.clone());
        async move {
            let socket = rumqttc::default_socket_connect(broker, network).await?;
            let socket: Box<dyn Socket> = match tls {
                Some(tls) => Box::new(LastWord::new(tls.encrypt(&host, socket).await?)),
                None => Box::new(socket),
            };
            Ok(InFull::new(socket))
        }
    });
    mqtt.set_clean_start(options.clean_start)
        .set_keep_alive(u16::try_from(options.keep_alive.as_secs()).unwrap_or(u16::MAX))
        .set_connect_timeout(options.up_within)
        .set_session_expiry_interval(Some(seconds(options.session_expiry)))
        .set_receive_maximum(Some(options.receive_max))
        .set_max_packet_size(Some(options.max_packet))
        .set_outgoing_inflight_upper_limit(IN_FLIGHT)
        .set_session_store(NothingInFlight);
    if let Some(will) = will {
        mqtt.set_last_will(last_will(will));
    }
    let (requests, event_loop) = AsyncClient::builder(mqtt).capacity(options.queue).build();
    let max_packet = Arc::new(AtomicU32::new(options.max_packet));
    let sender = Sender { requests, queue: Arc::default(), max_packet };
    let poller = Poller { event_loop, sender: sender.clone(), filters: options.subscriptions.clone() };
    (sender, poller)
}

impl Sender {
    pub(super) fn publish(
        &self,
        topic: &str,
        payload: Vec<u8>,
        qos: Qos,
        retain: bool,
        expiry: Option<Duration>,
    ) -> Result<Receipt, NotSent> {
        let max = usize::try_from(self.max_packet.load(Ordering::SeqCst)).unwrap_or(usize::MAX);
        let bytes = packet_bytes(topic, &payload);
        if bytes > max {
            // Written to the socket it would end the connection, and again at each resend.
            return Err(NotSent::TooLarge { bytes, max });
        }
        let properties = PublishProperties {
            message_expiry_interval: expiry.map(seconds),
            ..PublishProperties::default()
        };
        let options = PublishOptions::new(qos_of(qos)).retain(retain).properties(properties);
        self.queue.length.fetch_add(1, Ordering::SeqCst);
        self.requests.try_publish_tracked(topic, payload, options).map(Receipt).map_err(|error| {
            self.queue.take_one();
            if matches!(error, ClientError::RequestChannelFull(_)) {
                NotSent::Full
            } else if matches!(error, ClientError::InvalidRequest(_)) {
                NotSent::BadTopic(topic.to_owned())
            } else {
                NotSent::Offline
            }
        })
    }

    /// Returns when all that was published so far has been written to the socket.
    pub(super) async fn flushed(&self) {
        loop {
            let shorter = self.queue.shorter.notified();
            if self.queue.length.load(Ordering::SeqCst) == 0 {
                return;
            }
            shorter.await;
        }
    }

    /// Makes the broker answer something: there is no such subscription to give up.
    pub(super) fn ask_for_a_sign(&self) {
        // With the queue full or the connection gone there is no answer either.
        drop(self.requests.try_unsubscribe("sign/of/life"));
    }

    /// Asks for a DISCONNECT once what was written is acknowledged, or `within` is over.
    pub(super) fn disconnect(&self, within: Duration) {
        // Refused only when the connection is gone already.
        drop(self.requests.try_disconnect_with_timeout(within));
    }
}

impl Queue {
    fn take_one(&self) {
        let saturating = |length: usize| Some(length.saturating_sub(1));
        let _ = self.length.fetch_update(Ordering::SeqCst, Ordering::SeqCst, saturating);
        self.shorter.notify_waiters();
    }
}

impl Poller {
    /// One turn. An error ends the connection.
    pub(super) async fn next(&mut self) -> Result<Arrived, Why> {
        match self.event_loop.poll().await {
            Ok(Event::Incoming(Incoming::ConnAck(answer))) => {
                let max = answer.properties.and_then(|properties| properties.max_packet_size);
                self.sender.max_packet.fetch_min(max.unwrap_or(u32::MAX), Ordering::SeqCst);
                self.event_loop.options.clear_session_store();
                self.subscribe()
            }
            Ok(Event::Incoming(Incoming::SubAck(answer))) => {
                Ok(Arrived::Subscribed(self.first_refused(&answer.return_codes)))
            }
            Ok(Event::Incoming(Incoming::Publish(publish))) => Ok(message(publish)),
            Ok(Event::Outgoing(Outgoing::Publish(_))) => {
                self.sender.queue.take_one();
                Ok(Arrived::Nothing)
            }
            Ok(Event::Incoming(_)) => Ok(Arrived::Heard),
            Ok(Event::Outgoing(_) | Event::Auth(_)) => Ok(Arrived::Nothing),
            Err(error) => Err(why(&error)),
        }
    }

    fn subscribe(&self) -> Result<Arrived, Why> {
        if self.filters.is_empty() {
            return Ok(Arrived::Connected);
        }
        // The retain flag is kept as published, so that a request sent with it is known for one at once.
        let filters = self.filters.iter().map(|(filter, qos)| {
            SubscribeFilterInput::new(filter.as_str(), qos_of(*qos)).preserve_retain(true)
        });
        let asked = self.sender.requests.try_subscribe_many(filters.collect::<Vec<_>>());
        asked.map(|()| Arrived::Connected).map_err(|error| Why::Lost(error.to_string()))
    }

    fn first_refused(&self, answers: &[SubscribeReasonCode]) -> Option<Why> {
        self.filters.iter().zip(answers).find_map(|((filter, qos), answer)| {
            let granted = matches!(answer, SubscribeReasonCode::Success(level) if *level >= qos_of(*qos));
            let refusal =
                || Why::SubscriptionRefused { filter: filter.clone(), reason: format!("{answer:?}") };
            (!granted).then(refusal)
        })
    }
}

/// Tells when the broker has acknowledged one publish. May be dropped.
#[derive(Debug)]
pub struct Receipt(rumqttc::PublishNotice);

impl Receipt {
    /// Waits for the broker's acknowledgement, or for the end of this connection. It says that the broker has the
    /// message, not that it is on any disk.
    pub async fn acknowledged(self) -> Result<(), NotAcknowledged> {
        match self.0.wait_async().await {
            Ok(PublishResult::Qos1(ack)) if !is_success(ack.reason) => {
                Err(NotAcknowledged::Refused(format!("{:?}", ack.reason)))
            }
            Ok(_) => Ok(()),
            Err(PublishNoticeError::V5PubAck(reason)) => Err(NotAcknowledged::Refused(format!("{reason:?}"))),
            Err(PublishNoticeError::RetainNotSupported) => {
                Err(NotAcknowledged::Refused("RetainNotSupported".into()))
            }
            Err(_) => Err(NotAcknowledged::Lost),
        }
    }
}

fn is_success(reason: PubAckReason) -> bool {
    matches!(reason, PubAckReason::Success | PubAckReason::NoMatchingSubscribers)
}

/// Tells the library that we own no packet of an earlier connection. Without this word it would refuse to publish
/// into a session which the broker has kept.
#[derive(Debug)]
struct NothingInFlight;

type StoreFuture<'a, T> =
    std::pin::Pin<Box<dyn Future<Output = Result<T, rumqttc::SessionStoreError>> + Send + 'a>>;

impl SessionStore for NothingInFlight {
    fn load<'a>(&'a self, key: &'a SessionStoreKey) -> StoreFuture<'a, Option<PersistedSession>> {
        let session = PersistedSession {
            format_version: 1,
            client_id: key.client_id().to_owned(),
            clean_start: false,
            session_expiry_interval: None,
            outgoing_inflight_upper_limit: Some(IN_FLIGHT),
            ack_mode: PersistedAckMode::Automatic,
            last_pkid: 0,
            last_puback: 0,
            replay: Vec::new(),
            incoming_qos2: Vec::new(),
        };
        Box::pin(std::future::ready(Ok(Some(session))))
    }

    fn save<'a>(&'a self, _: &'a SessionStoreKey, _: &'a PersistedSession) -> StoreFuture<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn clear<'a>(&'a self, _: &'a SessionStoreKey) -> StoreFuture<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}

fn message(publish: rumqttc::Publish) -> Arrived {
    let qos = if publish.qos == QoS::AtMostOnce { Qos::AtMostOnce } else { Qos::AtLeastOnce };
    let retain = publish.retain;
    match String::from_utf8(publish.topic.into()) {
        Ok(topic) => Arrived::Message(Message { topic, payload: publish.payload.into(), retain, qos }),
        Err(_) => Arrived::Heard,
    }
}

fn last_will(will: Will) -> LastWill {
    let properties = LastWillProperties {
        delay_interval: Some(seconds(will.delay)),
        payload_format_indicator: None,
        message_expiry_interval: None,
        content_type: None,
        response_topic: None,
        correlation_data: None,
        user_properties: Vec::new(),
    };
    LastWill::new(will.topic, will.payload, QoS::AtLeastOnce, will.retain, Some(properties))
}

fn why(error: &ConnectionError) -> Why {
    if let Some(why) = of_socket(error).and_then(tls::why) {
        return why;
    }
    if let ConnectionError::ConnectionRefused(code) = error {
        return if *code == ConnectReturnCode::BadUserNamePassword {
            Why::BadCredentials
        } else if *code == ConnectReturnCode::NotAuthorized {
            Why::NotAuthorized
        } else {
            Why::Refused(format!("{code:?}"))
        };
    }
    if let ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) = error {
        return if *reason_code == DisconnectReasonCode::SessionTakenOver {
            Why::TakenOver
        } else {
            Why::Lost(format!("the broker said {reason_code:?}"))
        };
    }
    if matches!(error, ConnectionError::MqttState(StateError::AwaitPingResp)) {
        Why::Silent
    } else if matches!(error, ConnectionError::Timeout(_)) {
        Why::NoAnswer
    } else {
        Why::Lost(error.to_string())
    }
}

/// The socket's own error, where it is one. A broker that does not take our certificate says so after the handshake, as
/// the answer to the first packet.
fn of_socket(error: &ConnectionError) -> Option<&io::Error> {
    if let ConnectionError::Io(error)
    | ConnectionError::MqttState(
        StateError::Io(error) | StateError::Deserialization(rumqttc::Error::Io(error)),
    ) = error
    {
        return Some(error);
    }
    None
}

/// Never less than what goes over the wire: fixed header 5, topic length 2, packet id 2, properties 1 and 5.
fn packet_bytes(topic: &str, payload: &[u8]) -> usize {
    topic.len() + payload.len() + 15
}

fn qos_of(qos: Qos) -> QoS {
    match qos {
        Qos::AtMostOnce => QoS::AtMostOnce,
        Qos::AtLeastOnce => QoS::AtLeastOnce,
    }
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}
