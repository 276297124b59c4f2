//! What the tests of MQTT share: clients whose events are waited for, and a broker that says what it is told to.
#![allow(dead_code, reason = "every test binary uses its own part")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use qrtill::core::secret::Secret;
use qrtill::mqtt::access::Who;
use qrtill::mqtt::backoff::Backoff;
use qrtill::mqtt::client;
use qrtill::mqtt::client::Client;
use qrtill::mqtt::client::ClientEvent;
use qrtill::mqtt::client::Message;
use qrtill::mqtt::client::Options;
use qrtill::mqtt::client::Why;
use qrtill::mqtt::client::Will;
use qrtill::mqtt::outbox::Outbox;
use qrtill::mqtt::outbox::Pace;
use qrtill::mqtt::topics::Qos;
use qrtill::mqtt::topics::Topics;
use qrtill::sandbox::broker::Account;
use qrtill::sandbox::broker::Broker;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Whatever is waited for in these tests comes within this, or the test fails.
pub const DEADLINE: Duration = Duration::from_secs(15);

pub fn topics() -> Topics {
    Topics::new(Topics::DEFAULT_ROOT).expect("a root")
}

pub fn terminal(id: &str) -> Who {
    Who::Terminal(id.parse().expect("an id"))
}

pub fn relay() -> Who {
    Who::Relay("main".parse().expect("an id"))
}

pub fn everybody() -> Vec<Who> {
    let terminals = (1..=4).map(|n| terminal(&format!("counter-{n}")));
    terminals.chain([relay(), Who::Operator, Who::Shop]).collect()
}

pub fn password(who: &Who) -> Secret {
    Secret::new(format!("secret of {}", who.user_name()))
}

pub async fn start_broker() -> Broker {
    let account = |who: Who| Account { password: password(&who), who };
    Broker::start(topics(), everybody().into_iter().map(account).collect()).await.expect("a broker")
}

/// Options with short waits.
pub fn options(address: SocketAddr, who: &Who, subscriptions: &[&str]) -> Options {
    let mut options = Options::new(&address.ip().to_string(), address.port(), &who.user_name());
    options.username = Some(who.user_name());
    options.password = Some(password(who));
    options.backoff = Backoff { first: Duration::from_millis(20), max: Duration::from_millis(100) };
    options.subscriptions =
        subscriptions.iter().map(|filter| ((*filter).to_owned(), Qos::AtLeastOnce)).collect();
    options
}

type WillOf = Arc<dyn Fn(u64) -> Option<Will> + Send + Sync>;

/// A client and its events. Every CONNECT is answered with the will that `wills` gives.
pub struct Peer {
    pub client: Client,
    pub events: mpsc::Receiver<ClientEvent>,
    pub connects: u64,
    wills: WillOf,
}

impl Peer {
    pub fn new(options: Options) -> Self {
        Self::with_wills(options, |_| None)
    }

    pub fn with_wills(options: Options, wills: impl Fn(u64) -> Option<Will> + Send + Sync + 'static) -> Self {
        Self::with_room(options, 64, wills)
    }

    pub fn with_room(
        options: Options,
        room: usize,
        wills: impl Fn(u64) -> Option<Will> + Send + Sync + 'static,
    ) -> Self {
        let (sender, events) = mpsc::channel(room);
        let client = client::spawn(options, sender).expect("options");
        Self { client, events, connects: 0, wills: Arc::new(wills) }
    }

    /// The next event other than `Connecting`; none when the client has ended.
    pub async fn next(&mut self) -> Option<ClientEvent> {
        tokio::time::timeout(DEADLINE, self.next_at_last()).await.expect("an event in time")
    }

    async fn next_at_last(&mut self) -> Option<ClientEvent> {
        loop {
            match self.events.recv().await {
                Some(ClientEvent::Connecting { connection, will }) => {
                    self.connects = connection;
                    drop(will.send((self.wills)(connection)));
                }
                other => return other,
            }
        }
    }

    /// Passes over everything up to `Up`.
    pub async fn up(&mut self) -> u64 {
        loop {
            if let ClientEvent::Up { connection } = self.next().await.expect("a running client") {
                return connection;
            }
        }
    }

    /// Passes over everything up to `Down`.
    pub async fn down(&mut self) -> Why {
        loop {
            if let ClientEvent::Down { why, .. } = self.next().await.expect("a running client") {
                return why;
            }
        }
    }

    /// Passes over everything up to the next message.
    pub async fn message(&mut self) -> Message {
        loop {
            if let ClientEvent::Message(message) = self.next().await.expect("a running client") {
                return message;
            }
        }
    }

    /// Publishes at least once, without flags, and waits for the broker's word.
    pub async fn say(&self, topic: &str, payload: &str) {
        let receipt = self.client.publish(topic, payload, Qos::AtLeastOnce, false, None).expect("queued");
        tokio::time::timeout(DEADLINE, receipt.acknowledged()).await.expect("in time").expect("acknowledged");
    }
}

/// A broker whose every byte the test decides.
pub struct Scripted {
    listener: TcpListener,
}

pub struct Connection {
    pub stream: TcpStream,
    /// The body of the CONNECT.
    pub connect: Vec<u8>,
}

impl Scripted {
    pub async fn listen() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.expect("a port") }
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("an address")
    }

    /// Takes the next connection up to its CONNECT.
    pub async fn accept(&self) -> Connection {
        let (stream, _) = tokio::time::timeout(DEADLINE, self.listener.accept())
            .await
            .expect("a connection in time")
            .expect("a connection");
        let mut connection = Connection { stream, connect: Vec::new() };
        let (kind, body) = connection.read().await.expect("a packet");
        assert_eq!(kind, 0x10, "a CONNECT");
        connection.connect = body;
        connection
    }

    /// As `accept`, and answers CONNECT and SUBSCRIBE as a friendly broker would.
    pub async fn welcome(&self, session_present: bool, filters: usize) -> Connection {
        let mut connection = self.accept().await;
        connection.send(&[0x20, 3, u8::from(session_present), 0, 0]).await;
        connection.grant(filters).await;
        connection
    }
}

impl Connection {
    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("written");
    }

    /// Waits for the SUBSCRIBE and grants every filter.
    pub async fn grant(&mut self, filters: usize) {
        let body = self.expect(0x82).await;
        let length = u8::try_from(3 + filters).expect("few");
        let mut answer = vec![0x90, length, body[0], body[1], 0];
        answer.extend(vec![1; filters]);
        self.send(&answer).await;
    }

    /// The next packet, which must begin with `kind`.
    pub async fn expect(&mut self, kind: u8) -> Vec<u8> {
        let (found, body) = self.read().await.expect("a packet");
        assert_eq!(found, kind, "packet type and flags");
        body
    }

    /// The next packet; none when the peer has closed.
    pub async fn read(&mut self) -> Option<(u8, Vec<u8>)> {
        tokio::time::timeout(DEADLINE, self.read_now()).await.expect("a packet in time")
    }

    async fn read_now(&mut self) -> Option<(u8, Vec<u8>)> {
        let kind = self.stream.read_u8().await.ok()?;
        let mut length = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.stream.read_u8().await.ok()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.ok()?;
        Some((kind, body))
    }

    /// Waits until the peer has closed its side.
    pub async fn closed(&mut self) {
        while self.read().await.is_some() {}
    }
}

/// The packet id of a QoS 1 PUBLISH.
pub fn publish_id(body: &[u8]) -> [u8; 2] {
    let topic = usize::from(u16::from_be_bytes([body[0], body[1]]));
    [body[2 + topic], body[3 + topic]]
}

const NOTICE: &str = "qrtill/v1/t/counter-1/sale/notice";
const RECEIPT: &str = "qrtill/v1/t/counter-1/sale/receipt";

/// Carries `count` notices from an outbox at the relay to a terminal that receipts them, and calls `disturb` each
/// time 40 more are receipted. Returns when the outbox is empty and every notice has arrived.
pub async fn deliver(address: SocketAddr, count: u32, mut disturb: impl AsyncFnMut()) {
    let mut till = Peer::new(options(address, &terminal("counter-1"), &[NOTICE]));
    let mut relay = Peer::new(options(address, &relay(), &["qrtill/v1/t/+/sale/receipt"]));
    till.up().await;
    relay.up().await;
    let (tell, mut progress) = mpsc::channel(1);
    let sending = tokio::spawn(send_until_receipted(relay, count, tell));
    let arrived = Arc::new(Mutex::new(BTreeSet::new()));
    let noted = Arc::clone(&arrived);
    let receiving = tokio::spawn(async move {
        while let Some(event) = till.next().await {
            let ClientEvent::Message(notice) = event else { continue };
            let n: u32 = String::from_utf8(notice.payload).expect("text").parse().expect("a number");
            noted.lock().expect("a set").insert(n);
            // Unsent or lost, it is asked for by the notice's next coming.
            drop(till.client.publish(RECEIPT, n.to_string(), Qos::AtLeastOnce, false, None));
        }
    });
    while progress.recv().await.is_some() {
        disturb().await;
    }
    sending.await.expect("sent");
    receiving.abort();
    assert_eq!(*arrived.lock().expect("a set"), (0..count).collect());
}

/// The relay's side of `deliver`: owes `count` notices and sends until each is receipted.
async fn send_until_receipted(mut relay: Peer, count: u32, progress: mpsc::Sender<()>) {
    let quick = Pace { first: Duration::from_millis(100), max: Duration::from_millis(400) };
    let started = Instant::now();
    let mut outbox = Outbox::default();
    for n in 0..count {
        outbox.owe("counter-1", n, quick, Duration::ZERO);
    }
    while !outbox.is_empty() {
        for (_, n) in outbox.due(started.elapsed()) {
            // Refused while there is no connection; the outbox brings it again.
            drop(relay.client.publish(NOTICE, n.to_string(), Qos::AtLeastOnce, false, None));
        }
        let next = outbox.poll_timeout().map_or(DEADLINE, |due| due.saturating_sub(started.elapsed()));
        let Ok(event) = tokio::time::timeout(next, relay.next()).await else { continue };
        match event.expect("a running client") {
            ClientEvent::Up { .. } => outbox.reset(started.elapsed()),
            ClientEvent::Message(receipt) => {
                let n = String::from_utf8(receipt.payload).expect("text").parse().expect("a number");
                if outbox.done(&"counter-1", &n, started.elapsed()) && outbox.len() % 40 == 0 {
                    progress.try_send(()).ok();
                }
            }
            ClientEvent::Down { .. } | ClientEvent::Connecting { .. } => {}
        }
    }
}
