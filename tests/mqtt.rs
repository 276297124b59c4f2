//! The client and the outbox against a real broker that is killed, and against one that says strange things.
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
use broker::Scripted;
use broker::deliver;
use broker::options;
use broker::publish_id;
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
async fn what_cannot_be_sent_is_refused_at_once() {
    let scripted = Scripted::listen().await;
    let mut till = Peer::new(options(scripted.address(), &terminal("counter-1"), &[NOTICE]));
    let publish = |till: &Peer, payload: Vec<u8>| {
        till.client.publish(OPEN, payload, Qos::AtLeastOnce, false, None).map(drop)
    };
    assert_eq!(publish(&till, vec![0]), Err(NotSent::Offline));

    let answering = async {
        let mut connection = scripted.accept().await;
        // This broker takes packets of 512 bytes at most.
        connection.send(&[0x20, 8, 0, 0, 5, 0x27, 0, 0, 2, 0]).await;
        connection.grant(1).await;
        connection
    };
    let (mut connection, _) = tokio::join!(answering, till.up());
    assert_eq!(
        publish(&till, vec![0; 600]),
        Err(NotSent::TooLarge { bytes: 600 + OPEN.len() + 15, max: 512 })
    );
    let wild = till.client.publish("a/+", "x", Qos::AtLeastOnce, false, None).map(drop);
    assert_eq!(wild, Err(NotSent::BadTopic("a/+".into())));
    assert_eq!(publish(&till, vec![0; 400]), Ok(()));
    assert_eq!(connection.expect(0x32).await.len(), 2 + OPEN.len() + 2 + 1 + 400);

    // The broker acknowledges nothing more, so the queue fills up.
    let full = (0..10_000).find_map(|_| publish(&till, vec![0]).err());
    assert_eq!(full, Some(NotSent::Full));
    let receipt = till.client.publish(OPEN, "x", Qos::AtLeastOnce, false, None).map(drop);
    assert_eq!(receipt, Err(NotSent::Full));
    drop(connection);
    till.down().await;
    assert_eq!(publish(&till, vec![0]), Err(NotSent::Offline));
}

#[tokio::test]
async fn a_publish_that_dies_with_its_connection_is_not_called_acknowledged() {
    let scripted = Scripted::listen().await;
    let mut till = Peer::new(options(scripted.address(), &terminal("counter-1"), &[NOTICE]));
    let (mut connection, _) = tokio::join!(scripted.welcome(false, 1), till.up());
    let receipt = till.client.publish(OPEN, "x", Qos::AtLeastOnce, false, None).expect("queued");
    connection.expect(0x32).await;
    drop(connection);
    assert_eq!(receipt.acknowledged().await, Err(NotAcknowledged::Lost));
    // Nothing of it comes again by itself: what was given up must stay unsent.
    let (mut connection, _) = tokio::join!(scripted.welcome(true, 1), till.up());
    let receipt = till.client.publish(OPEN, "second", Qos::AtLeastOnce, false, None).expect("queued");
    let body = connection.expect(0x32).await;
    assert!(body.ends_with(b"second"));
    let [high, low] = publish_id(&body);
    connection.send(&[0x40, 2, high, low]).await;
    assert_eq!(receipt.acknowledged().await, Ok(()));
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
async fn a_wrong_password_is_said_once_and_tried_again_without_a_word() {
    let scripted = Scripted::listen().await;
    let mut till = Peer::new(options(scripted.address(), &terminal("counter-1"), &[NOTICE]));
    let refusing = async {
        for code in [0x87, 0x87, 0x87, 0x86] {
            let mut connection = scripted.accept().await;
            connection.send(&[0x20, 3, 0, code, 0]).await;
            connection.closed().await;
        }
        scripted.welcome(false, 1).await
    };
    let listening = async {
        let mut said = Vec::new();
        loop {
            match till.next().await.expect("a running client") {
                ClientEvent::Down { why, .. } => said.push(why),
                ClientEvent::Up { connection } => return (said, connection),
                ClientEvent::Message(_) | ClientEvent::Connecting { .. } => panic!("nothing was said"),
            }
        }
    };
    let (_connection, (said, connection)) = tokio::join!(refusing, listening);
    assert_eq!(said, [Why::NotAuthorized, Why::BadCredentials]);
    assert_eq!(connection, 5);
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
async fn a_disconnect_of_one_byte_is_understood() {
    let scripted = Scripted::listen().await;
    let mut till = Peer::new(options(scripted.address(), &terminal("counter-1"), &[NOTICE]));
    let (mut connection, _) = tokio::join!(scripted.welcome(false, 1), till.up());
    connection.send(&[0xe0, 1, 0x8e]).await;
    assert_eq!(till.down().await, Why::TakenOver);
}

#[tokio::test]
async fn a_link_that_went_silent_is_dropped_and_made_anew() {
    let scripted = Scripted::listen().await;
    let mut options = options(scripted.address(), &terminal("counter-1"), &[NOTICE]);
    options.silence = Duration::from_millis(300);
    let mut till = Peer::new(options);
    let (mut silent, _) = tokio::join!(scripted.welcome(false, 1), till.up());
    // The socket stays open; only nothing comes. That we send ourselves must not count as life.
    let chatter = till.client.clone();
    let chatting = tokio::spawn(async move {
        loop {
            drop(chatter.publish(OPEN, "x", Qos::AtMostOnce, false, None));
            tokio::task::yield_now().await;
        }
    });
    let (_, why) = tokio::join!(silent.closed(), till.down());
    assert_eq!(why, Why::Silent);
    chatting.abort();
    let (_connection, connection) = tokio::join!(scripted.welcome(false, 1), till.up());
    assert_eq!(connection, 2);
}

#[tokio::test]
async fn a_broker_with_nothing_to_say_is_asked_and_kept() {
    let scripted = Scripted::listen().await;
    let mut options = options(scripted.address(), &terminal("counter-1"), &[NOTICE]);
    options.silence = Duration::from_millis(400);
    let mut till = Peer::new(options);
    let (mut connection, _) = tokio::join!(scripted.welcome(false, 1), till.up());
    let chatter = till.client.clone();
    let chatting = tokio::spawn(async move {
        let mut often = tokio::time::interval(Duration::from_millis(20));
        loop {
            often.tick().await;
            drop(chatter.publish(OPEN, "x", Qos::AtMostOnce, false, None));
        }
    });
    let mut asked = 0;
    while asked < 4 {
        let (kind, body) = connection.read().await.expect("a living connection");
        if kind == 0xa2 {
            asked += 1;
            connection.send(&[0xb0, 4, body[0], body[1], 0, 0x11]).await;
        }
    }
    connection.send(b"\x30\x05\x00\x01t\x00x").await;
    let next = till.next().await;
    assert!(matches!(next, Some(ClientEvent::Message(_))), "{next:?}");
    chatting.abort();
}

#[tokio::test]
async fn a_broker_that_never_grants_the_subscription_is_left() {
    let scripted = Scripted::listen().await;
    let mut options = options(scripted.address(), &terminal("counter-1"), &[NOTICE]);
    options.up_within = Duration::from_millis(300);
    let mut till = Peer::new(options);
    let stalling = async {
        let mut connection = scripted.accept().await;
        connection.send(&[0x20, 3, 0, 0, 0]).await;
        connection.expect(0x82).await;
        connection.closed().await;
    };
    let (why, ()) = tokio::join!(till.down(), stalling);
    assert_eq!(why, Why::NoAnswer);
}

#[tokio::test]
async fn each_connect_carries_its_own_will_and_waits_for_it() {
    let scripted = Scripted::listen().await;
    let wills = |connection| {
        let payload = format!("offline, epoch {connection}").into_bytes();
        Some(Will { topic: STATE.into(), payload, retain: true, delay: Duration::from_secs(15) })
    };
    let options = options(scripted.address(), &terminal("counter-1"), &[NOTICE]);
    let mut till = Peer::with_wills(options, wills);
    for epoch in 1..=3 {
        let (connection, up) = tokio::join!(scripted.welcome(false, 1), till.up());
        assert_eq!(up, epoch);
        let text = String::from_utf8_lossy(&connection.connect).into_owned();
        assert!(text.contains(&format!("offline, epoch {epoch}")), "{text}");
        drop(connection);
        till.down().await;
    }
}

#[tokio::test]
async fn without_a_will_no_connect_is_sent() {
    let scripted = Scripted::listen().await;
    let mut till = Peer::new(options(scripted.address(), &terminal("counter-1"), &[NOTICE]));
    let Some(ClientEvent::Connecting { connection: 1, will }) = till.events.recv().await else {
        panic!("no question")
    };
    drop(will);
    assert_eq!(till.down().await, Why::CalledOff);
    let (_connection, up) = tokio::join!(scripted.welcome(false, 1), till.up());
    assert_eq!(up, 2);
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

#[tokio::test]
async fn a_client_that_never_got_through_can_be_closed() {
    let scripted = Scripted::listen().await;
    let mut till = Peer::new(options(scripted.address(), &terminal("counter-1"), &[NOTICE]));
    tokio::select! {
        _ = till.next() => panic!("nobody answered"),
        connection = scripted.accept() => drop(connection),
    }
    tokio::time::timeout(broker::DEADLINE, till.client.close()).await.expect("an end");
}
