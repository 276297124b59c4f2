//! Debian's own Mosquitto under the files shipped for a fleet, as they are but for ports and paths, with those who
//! belong there: the relay, `counter-1`, and an operator who hears everything.

use std::collections::BTreeMap;

use qrtill::mqtt::access::Who;
use qrtill::mqtt::client::ClientEvent;
use qrtill::mqtt::client::Message;
use qrtill::mqtt::topics::Qos;

use crate::authority::Pair;
use crate::broker;
use crate::broker::Peer;
use crate::fleet_broker::Mosquitto;

/// More than is ever said in one test.
const ROOM: usize = 200_000;
/// What everybody says who has a right to; nobody else should hear it.
pub const SECRET: &str = "secret";

pub struct Place {
    pub mosquitto: Mosquitto,
    /// The one who would like to.
    pub fellow: Pair,
    pub marks: u32,
    witness: Peer,
    victim: Peer,
    relay: Peer,
}

impl Place {
    pub async fn new() -> Self {
        let mosquitto = Mosquitto::start();
        let peer = |options| Peer::with_room(options, ROOM, |_| None);
        let mut witness = peer(mosquitto.person(&Who::Operator, &["#"]));
        let mut victim = peer(mosquitto.device(
            &broker::terminal("counter-1"),
            &["qrtill/v1/t/counter-1/sale/notice", "qrtill/v1/t/counter-1/config/desired"],
        ));
        let mut relay = peer(mosquitto.device(&broker::relay(), &["qrtill/v1/t/+/sale/open"]));
        for peer in [&mut witness, &mut victim, &mut relay] {
            peer.up().await;
        }
        for (peer, topic) in [
            (&victim, "qrtill/v1/t/counter-1/state"),
            (&victim, "qrtill/v1/t/counter-1/config/reported"),
            (&victim, "qrtill/v1/t/counter-1/config/schema"),
            (&witness, "qrtill/v1/t/counter-1/config/desired"),
            (&witness, "qrtill/v1/keys"),
        ] {
            say(peer, topic, SECRET, true).await;
        }
        let fellow = mosquitto.shop.client("counter-2");
        let mut place = Self { mosquitto, fellow, marks: 0, witness, victim, relay };
        for _ in 0..5 {
            place.witness.message().await;
        }
        place
    }

    /// Everybody says what is theirs to say.
    pub async fn everybody_speaks(&self) {
        let of = |leaf: &str| format!("qrtill/v1/t/counter-1/{leaf}");
        for leaf in
            ["state", "health", "sale/open", "sale/sync", "sale/receipt", "sale/event", "config/result"]
        {
            say(&self.victim, &of(leaf), SECRET, false).await;
        }
        for leaf in
            ["sale/link", "sale/notice", "sale/synced", "sale/answer", "sale/refunded", "sale/standing"]
        {
            say(&self.relay, &of(leaf), SECRET, false).await;
        }
        say(&self.relay, "qrtill/v1/t/counter-2/sale/link", "yours", false).await;
        say(&self.relay, "qrtill/v1/t/counter-2/sale/notice", "yours", false).await;
        for leaf in ["config/desired", "command/restart"] {
            say(&self.witness, &of(leaf), SECRET, false).await;
        }
    }

    pub async fn relay_says(&self, topic: &str, payload: &str) {
        say(&self.relay, topic, payload, false).await;
    }

    /// What the operator, who hears everything, has heard up to the mark.
    pub async fn heard_up_to(&mut self, mark: &str) -> Vec<Message> {
        let mut heard = Vec::new();
        loop {
            let message = self.witness.message().await;
            if message.payload == mark.as_bytes() {
                return heard;
            }
            heard.push(message);
        }
    }

    /// Nobody lost a connection, and what the broker keeps is what was said by those whose it is.
    pub async fn is_undisturbed(&mut self) {
        for (name, peer) in [("counter-1", &mut self.victim), ("the relay", &mut self.relay)] {
            while let Ok(event) = peer.events.try_recv() {
                match event {
                    ClientEvent::Message(message) => {
                        if message.topic.starts_with("qrtill/v1/t/counter-2/") {
                            continue;
                        }
                        let text = String::from_utf8_lossy(&message.payload).into_owned();
                        assert!(text == SECRET, "{name} heard `{text}` on {}", message.topic);
                    }
                    ClientEvent::Down { why, .. } => panic!("{name} was sent away: {why}"),
                    ClientEvent::Connecting { .. } | ClientEvent::Up { .. } => {
                        panic!("{name} had to come back")
                    }
                }
            }
        }
        let kept = self.kept().await;
        assert!(kept.len() == 5 && kept.values().all(|payload| payload == SECRET), "{kept:?}");
    }

    /// What the broker keeps, by topic. What `counter-2` itself says does not matter.
    async fn kept(&self) -> BTreeMap<String, String> {
        let mut options = self.mosquitto.person(&Who::Operator, &["#"]);
        options.client_id = "looks-once".to_owned();
        let mut reader = Peer::with_room(options, ROOM, |_| None);
        let mark = "qrtill/v1/t/counter-2/config/desired";
        let mut kept = BTreeMap::new();
        loop {
            match reader.next().await.expect("a running client") {
                // What is kept has come by now, or is on its way before the mark.
                ClientEvent::Up { .. } => say(&reader, mark, "the end of it", false).await,
                ClientEvent::Message(message) if message.topic == mark => return kept,
                ClientEvent::Message(message) => {
                    if !message.topic.starts_with("qrtill/v1/t/counter-2/") {
                        kept.insert(message.topic, String::from_utf8_lossy(&message.payload).into_owned());
                    }
                }
                ClientEvent::Down { why, .. } => panic!("{why}"),
                ClientEvent::Connecting { .. } => {}
            }
        }
    }
}

async fn say(peer: &Peer, topic: &str, payload: &str, retain: bool) {
    let receipt = peer.client.publish(topic, payload, Qos::AtLeastOnce, retain, None).expect("queued");
    let taken = tokio::time::timeout(broker::DEADLINE, receipt.acknowledged()).await.expect("in time");
    assert_eq!(taken, Ok(()), "{topic}");
}
