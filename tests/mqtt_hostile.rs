//! The client against a broker whose every byte is decided here: silent, refusing, forgetful, terse.
#![cfg(feature = "sandbox")]

#[path = "support/broker.rs"]
mod broker;

use std::time::Duration;

use qrtill::mqtt::client::ClientEvent;
use qrtill::mqtt::client::NotAcknowledged;
use qrtill::mqtt::client::NotSent;
use qrtill::mqtt::client::Why;
use qrtill::mqtt::client::Will;
use qrtill::mqtt::topics::Qos;

use broker::Peer;
use broker::Scripted;
use broker::options;
use broker::publish_id;
use broker::terminal;

const OPEN: &str = "qrtill/v1/t/counter-1/sale/open";
const NOTICE: &str = "qrtill/v1/t/counter-1/sale/notice";
const STATE: &str = "qrtill/v1/t/counter-1/state";

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
async fn a_client_that_never_got_through_can_be_closed() {
    let scripted = Scripted::listen().await;
    let mut till = Peer::new(options(scripted.address(), &terminal("counter-1"), &[NOTICE]));
    tokio::select! {
        _ = till.next() => panic!("nobody answered"),
        connection = scripted.accept() => drop(connection),
    }
    tokio::time::timeout(broker::DEADLINE, till.client.close()).await.expect("an end");
}
