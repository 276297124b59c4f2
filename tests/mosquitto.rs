//! The files shipped in `config/mosquitto`, as they are but for ports and paths, in Debian's own Mosquitto.
#![cfg(feature = "sandbox")]

#[path = "support/broker.rs"]
mod broker;
#[path = "support/mosquitto.rs"]
mod mosquitto;

use std::collections::BTreeSet;

use qrtill::mqtt::access::Who;
use qrtill::mqtt::client::NotAcknowledged;
use qrtill::mqtt::client::Why;
use qrtill::mqtt::topics::Fingerprint;
use qrtill::mqtt::topics::Leaf;
use qrtill::mqtt::topics::PairLeaf;
use qrtill::mqtt::topics::Qos;
use qrtill::mqtt::topics::Topic;

use broker::Peer;
use broker::everybody;
use broker::options;
use broker::password;
use broker::relay;
use broker::terminal;
use broker::topics;
use mosquitto::run;
use mosquitto::start;

fn every_topic() -> Vec<Topic> {
    let name = || "restart".parse().expect("a name");
    let leaves = [
        Leaf::State,
        Leaf::Health,
        Leaf::SaleOpen,
        Leaf::SaleCancel,
        Leaf::SaleSync,
        Leaf::SaleLink,
        Leaf::SaleNotice,
        Leaf::SaleSynced,
        Leaf::SaleAnswer,
        Leaf::SaleStanding,
        Leaf::SaleReceipt,
        Leaf::SaleEvent,
        Leaf::ConfigDesired,
        Leaf::ConfigReported,
        Leaf::ConfigSchema,
        Leaf::ConfigResult,
        Leaf::Command(name()),
        Leaf::CommandResult(name()),
    ];
    let ids = ["counter-1", "counter-2"].map(|id| id.parse().expect("an id"));
    let of = |leaf: &Leaf| ids.clone().map(|id| Topic::Terminal(id, leaf.clone()));
    let relays = ["main", "other"].map(|id| Topic::RelayState(id.parse().expect("an id")));
    let device: Fingerprint = "9f3a5c2177e0b48d".parse().expect("a fingerprint");
    let pair = [PairLeaf::Request, PairLeaf::Answer].map(|leaf| Topic::Pair(device.clone(), leaf));
    leaves.iter().flat_map(of).chain(relays).chain([Topic::Keys]).chain(pair).collect()
}

async fn is_taken(peer: &Peer, topic: &str, payload: &str) -> bool {
    let receipt = peer.client.publish(topic, payload, Qos::AtLeastOnce, false, None).expect("queued");
    match tokio::time::timeout(broker::DEADLINE, receipt.acknowledged()).await.expect("in time") {
        Ok(()) => true,
        Err(NotAcknowledged::Refused(_)) => false,
        Err(lost) => panic!("{topic}: {lost}"),
    }
}

#[tokio::test]
async fn everybody_may_say_what_is_theirs_and_nothing_else() {
    let mosquitto = start();
    let mut wrong = Vec::new();
    for who in everybody() {
        let mut peer = Peer::new(options(mosquitto.address, &who, &[]));
        peer.up().await;
        for topic in every_topic() {
            let text = topics().spell(&topic);
            if is_taken(&peer, &text, "x").await != who.may_publish(&topic) {
                wrong.push(format!("{} on {text}", who.user_name()));
            }
        }
        for text in
            ["qrtill/v1/t/counter-1", "qrtill/v1/t/counter-1/sale/other", "elsewhere", "qrtill/v2/keys"]
        {
            assert!(!is_taken(&peer, text, "x").await, "{} on {text}", who.user_name());
        }
        peer.client.close().await;
    }
    assert_eq!(wrong, Vec::<String>::new(), "the shipped access rules differ from ours");
}

#[tokio::test]
async fn everybody_hears_what_is_meant_for_them_and_nothing_else() {
    let mosquitto = start();
    let mut speakers = Vec::new();
    for who in everybody() {
        let mut peer = Peer::new(options(mosquitto.address, &who, &[]));
        peer.up().await;
        speakers.push((who, peer));
    }
    for who in everybody() {
        let mut listening = options(mosquitto.address, &who, &["#"]);
        listening.client_id = format!("{}-listening", who.user_name());
        let mut listener = Peer::with_room(listening, 1_000, |_| None);
        listener.up().await;
        let mut expected = BTreeSet::new();
        for topic in every_topic() {
            let text = topics().spell(&topic);
            let Some((_, speaker)) = speakers.iter().find(|(speaker, _)| speaker.may_publish(&topic)) else {
                assert_eq!(text, "qrtill/v1/r/other/state");
                continue;
            };
            assert!(is_taken(speaker, &text, "x").await, "{text}");
            if who.may_read(&topic) {
                expected.insert(text);
            }
        }
        // What everybody hears in one way or another comes last.
        for (speaker, peer) in &speakers {
            match speaker {
                Who::Operator => {
                    assert!(is_taken(peer, "qrtill/v1/keys", "end").await);
                    assert!(is_taken(peer, "qrtill/v1/pair/9f3a5c2177e0b48d/answer", "end").await);
                }
                Who::Terminal(id) => {
                    assert!(is_taken(peer, &format!("qrtill/v1/t/{id}/sale/event"), "end").await);
                }
                Who::Relay(_) | Who::Shop | Who::Pairing => {}
            }
        }
        let mut heard = BTreeSet::new();
        loop {
            let message = listener.message().await;
            if message.payload == b"end" {
                break;
            }
            heard.insert(message.topic);
        }
        assert_eq!(heard, expected, "{}", who.user_name());
        listener.client.close().await;
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_nameless_client_stay_outside() {
    let mosquitto = start();
    let mut wrong = options(mosquitto.address, &terminal("counter-1"), &[]);
    wrong.password = Some(password(&relay()));
    let mut nameless = options(mosquitto.address, &terminal("counter-1"), &[]);
    (nameless.username, nameless.password) = (None, None);
    for options in [wrong, nameless] {
        let mut peer = Peer::new(options);
        let mut why = peer.down().await;
        while matches!(why, Why::Lost(_)) {
            // Mosquitto does not listen yet.
            why = peer.down().await;
        }
        assert_eq!(why, Why::NotAuthorized);
    }
}

#[tokio::test]
async fn a_request_sent_with_the_retain_flag_is_seen_for_one() {
    let mosquitto = start();
    let open = "qrtill/v1/t/counter-1/sale/open";
    let mut relay = Peer::new(options(mosquitto.address, &relay(), &["qrtill/v1/t/+/sale/open"]));
    relay.up().await;
    let mut till = Peer::new(options(mosquitto.address, &terminal("counter-1"), &[]));
    till.up().await;
    for retain in [true, false] {
        till.client.publish(open, "x", Qos::AtLeastOnce, retain, None).expect("queued");
        assert_eq!(relay.message().await.retain, retain);
    }
}

#[tokio::test]
async fn an_oversize_packet_ends_no_connection() {
    let mosquitto = start();
    let mut till = Peer::new(options(mosquitto.address, &terminal("counter-1"), &[]));
    till.up().await;
    let open = "qrtill/v1/t/counter-1/sale/open";
    let too_long = till.client.publish(open, vec![b'x'; 16 * 1024], Qos::AtLeastOnce, false, None);
    assert!(too_long.is_err());
    let longest = "x".repeat(16 * 1024 - open.len() - 15);
    assert!(is_taken(&till, open, &longest).await);
}

#[tokio::test]
async fn every_document_arrives_although_mosquitto_is_killed_again_and_again() {
    let mut mosquitto = start();
    let mut kills = 0;
    broker::deliver(mosquitto.address, 400, async || {
        mosquitto.kill();
        mosquitto.child = run(&mosquitto.conf);
        kills += 1;
    })
    .await;
    assert!(kills >= 5, "only {kills} kills");
}
