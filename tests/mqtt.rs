//! The client and the outbox with a real broker, which is stopped, killed and empty when it comes back.
#![cfg(feature = "sandbox")]

#[path = "support/broker.rs"]
mod broker;

use std::time::Duration;

use qrtill::mqtt::access::Who;
use qrtill::mqtt::client::ClientEvent;
use qrtill::mqtt::client::NotAcknowledged;
use qrtill::mqtt::client::NotSent;
use qrtill::mqtt::client::Why;
use qrtill::mqtt::client::Will;
use qrtill::mqtt::topics::Qos;

use broker::Peer;
use broker::deliver;
use broker::options;
use broker::relay;
use broker::start_broker;
use broker::terminal;

const OPEN: &str = "qrtill/v1/t/counter-1/sale/open";
const NOTICE: &str = "qrtill/v1/t/counter-1/sale/notice";
const STATE: &str = "qrtill/v1/t/counter-1/state";
const RECEIPT: &str = "qrtill/v1/t/counter-1/sale/receipt";
const ALL_STATES: &str = "qrtill/v1/t/+/state";
const ALL_RECEIPTS: &str = "qrtill/v1/t/+/sale/receipt";

#[tokio::test]
async fn what_one_says_the_other_hears_with_its_flags() {
    let broker = start_broker().await;
    let mut relay = Peer::new(options(broker.address(), &relay(), &[ALL_STATES, "qrtill/v1/t/+/sale/open"]));
    relay.up().await;
    let mut till = Peer::new(options(broker.address(), &terminal("counter-1"), &[NOTICE]));
    assert_eq!(till.up().await, 1);

    relay.say(NOTICE, "paid").await;
    let heard = till.message().await;
    assert_eq!((heard.topic.as_str(), heard.payload.as_slice(), heard.retain), (NOTICE, &b"paid"[..], false));
    assert_eq!(heard.qos, Qos::AtLeastOnce);

    // A request with the retain flag is known for one while it is live, not only after the next connect.
    till.client.publish(OPEN, "again and again", Qos::AtLeastOnce, true, None).expect("queued");
    assert!(relay.message().await.retain);

    let mut late = Peer::new(options(broker.address(), &Who::Operator, &[ALL_STATES]));
    late.up().await;
    till.client.publish(STATE, "online", Qos::AtLeastOnce, true, None).expect("queued");
    assert_eq!(late.message().await.payload, b"online");
    late.client.close().await;
    let mut later = Peer::new(options(broker.address(), &Who::Shop, &[ALL_STATES]));
    let kept = later.message().await;
    assert_eq!((kept.payload.as_slice(), kept.retain), (&b"online"[..], true));
}

#[tokio::test]
async fn a_broker_that_forgot_everything_is_subscribed_to_again() {
    let mut broker = start_broker().await;
    let mut till = Peer::new(options(broker.address(), &terminal("counter-1"), &[NOTICE]));
    let mut relay = Peer::new(options(broker.address(), &relay(), &[ALL_STATES]));
    let (first, _) = (till.up().await, relay.up().await);
    for round in 0..3 {
        if round == 1 {
            broker.stop().await;
        } else {
            broker.kill().await;
        }
        till.down().await;
        relay.down().await;
        broker.restart().await.expect("the same port");
        assert!(till.up().await > first);
        relay.up().await;
        relay.say(NOTICE, &format!("round {round}")).await;
        assert_eq!(till.message().await.payload, format!("round {round}").as_bytes());
    }
}

#[tokio::test]
async fn every_document_arrives_although_the_broker_is_killed_with_unacknowledged_ones() {
    let mut broker = start_broker().await;
    let mut kills = 0;
    deliver(broker.address(), 200, async || {
        broker.kill().await;
        broker.restart().await.expect("the same port");
        kills += 1;
    })
    .await;
    assert!(kills >= 3, "only {kills} kills");
}

#[tokio::test]
async fn a_session_that_the_broker_kept_for_an_earlier_process_can_be_used() {
    let broker = start_broker().await;
    let who = terminal("counter-1");
    let mut relay = Peer::new(options(broker.address(), &relay(), &["qrtill/v1/t/+/sale/open"]));
    relay.up().await;
    for life in ["first", "second"] {
        let mut till = Peer::new(options(broker.address(), &who, &[NOTICE]));
        till.up().await;
        till.say(OPEN, life).await;
        assert_eq!(relay.message().await.payload, life.as_bytes());
        till.client.close().await;
        relay.say(NOTICE, life).await;
    }
    let mut till = Peer::new(options(broker.address(), &who, &[NOTICE]));
    assert_eq!(till.message().await.payload, b"second", "kept for the session while nobody was there");
}

#[tokio::test]
async fn a_refused_subscription_names_its_filter() {
    let broker = start_broker().await;
    let other = "qrtill/v1/t/counter-2/sale/notice";
    let mut till = Peer::new(options(broker.address(), &terminal("counter-1"), &[NOTICE, other]));
    let event = till.next().await.expect("a running client");
    let ClientEvent::Down { why: Why::SubscriptionRefused { filter, .. }, .. } = event else {
        panic!("{event:?}")
    };
    assert_eq!(filter, other);
}

#[tokio::test]
async fn a_refused_publish_is_told_and_the_connection_stays() {
    let broker = start_broker().await;
    let mut till = Peer::new(options(broker.address(), &terminal("counter-1"), &[NOTICE]));
    till.up().await;
    for topic in [NOTICE, "qrtill/v1/t/counter-2/sale/open", "elsewhere"] {
        let receipt = till.client.publish(topic, "x", Qos::AtLeastOnce, false, None).expect("queued");
        assert_eq!(receipt.acknowledged().await, Err(NotAcknowledged::Refused("NotAuthorized".into())));
    }
    till.say(OPEN, "x").await;
}

#[tokio::test]
async fn the_broker_of_the_sandbox_lets_no_stranger_in() {
    let broker = start_broker().await;
    let mut stranger = Peer::new(options(broker.address(), &terminal("counter-9"), &[]));
    assert_eq!(stranger.down().await, Why::NotAuthorized);
}

#[tokio::test]
async fn two_devices_under_one_name_learn_of_each_other() {
    let broker = start_broker().await;
    let mut one = Peer::new(options(broker.address(), &terminal("counter-1"), &[NOTICE]));
    one.up().await;
    let mut two = Peer::new(options(broker.address(), &terminal("counter-1"), &[NOTICE]));
    two.up().await;
    assert_eq!(one.down().await, Why::TakenOver);
}

#[tokio::test]
async fn the_will_is_published_after_its_delay_and_not_after_a_goodbye() {
    let broker = start_broker().await;
    let mut watcher = Peer::new(options(broker.address(), &Who::Operator, &[ALL_STATES]));
    watcher.up().await;
    let will = |connection| {
        let payload = format!("offline {connection}").into_bytes();
        Some(Will { topic: STATE.into(), payload, retain: true, delay: Duration::from_secs(1) })
    };
    let goodbye = Peer::with_wills(options(broker.address(), &terminal("counter-2"), &[]), |connection| {
        let topic = STATE.replace("counter-1", "counter-2");
        let payload = format!("offline {connection}").into_bytes();
        Some(Will { topic, payload, retain: true, delay: Duration::ZERO })
    });
    let mut goodbye = goodbye;
    goodbye.up().await;
    goodbye.client.close().await;

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let address = broker.address();
    let (is_up, up) = tokio::sync::oneshot::channel();
    runtime.spawn(async move {
        let mut till = Peer::with_wills(options(address, &terminal("counter-1"), &[NOTICE]), will);
        till.up().await;
        is_up.send(()).expect("somebody waits");
        std::future::pending::<()>().await;
    });
    up.await.expect("up");
    // The process dies: its sockets close without a word.
    runtime.shutdown_background();
    let last = watcher.message().await;
    assert_eq!((last.topic.as_str(), last.payload.as_slice()), (STATE, &b"offline 1"[..]));
}

#[tokio::test]
async fn a_slow_application_that_answers_every_message_never_deadlocks() {
    const COUNT: usize = 400;
    let broker = start_broker().await;
    let mut slow = options(broker.address(), &terminal("counter-1"), &[NOTICE]);
    slow.queue = 4;
    let mut till = Peer::with_room(slow, 1, |_| None);
    // Nobody reads the relay's events while it sends, so there is room for all of them.
    let listening = options(broker.address(), &relay(), &[ALL_RECEIPTS]);
    let mut relay = Peer::with_room(listening, 2 * COUNT, |_| None);
    till.up().await;
    relay.up().await;
    let sending = tokio::spawn(async move {
        for n in 0..COUNT {
            relay.say(NOTICE, &n.to_string()).await;
        }
        relay
    });
    let (mut answered, mut full) = (0, 0);
    for _ in 0..COUNT {
        till.message().await;
        match till.client.publish(RECEIPT, "x", Qos::AtLeastOnce, false, None) {
            Ok(_) => answered += 1,
            Err(NotSent::Full) => full += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(answered + full, COUNT);
    let mut relay = sending.await.expect("sent");
    assert_eq!(relay.message().await.payload, b"x");
}

#[tokio::test]
async fn closing_sends_what_is_queued_and_then_ends() {
    let broker = start_broker().await;
    let mut relay = Peer::new(options(broker.address(), &relay(), &["qrtill/v1/t/+/sale/open"]));
    relay.up().await;
    let mut till = Peer::new(options(broker.address(), &terminal("counter-1"), &[NOTICE]));
    till.up().await;
    for n in 0..100 {
        till.client.publish(OPEN, format!("{n}"), Qos::AtLeastOnce, false, None).expect("queued");
    }
    // Nobody reads the events meanwhile.
    tokio::time::timeout(broker::DEADLINE, till.client.close()).await.expect("an end");
    assert_eq!(
        till.client.publish(OPEN, "x", Qos::AtLeastOnce, false, None).map(drop),
        Err(NotSent::Offline)
    );
    while till.next().await.is_some() {}
    for n in 0..100 {
        assert_eq!(relay.message().await.payload, format!("{n}").as_bytes());
    }
}

#[tokio::test]
async fn an_application_that_stops_listening_is_announced_by_its_will() {
    let broker = start_broker().await;
    let mut watcher = Peer::new(options(broker.address(), &Who::Operator, &[ALL_STATES]));
    watcher.up().await;
    let will = |_| {
        let (topic, payload) = (STATE.to_owned(), b"offline".to_vec());
        Some(Will { topic, payload, retain: true, delay: Duration::ZERO })
    };
    let mut till = Peer::with_wills(options(broker.address(), &terminal("counter-1"), &[NOTICE]), will);
    till.up().await;
    drop(till);
    assert_eq!(watcher.message().await.payload, b"offline");
}
