//! Webhooks that are genuine: about others, many at once, or in a bad moment.

use std::time::Duration;

use qrtill::relay::decide::fact::Fact as Told;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use serde_json::Value;
use serde_json::json;

use crate::shop::booked;
use crate::shop::door;
use crate::shop::event;
use crate::shop::handled;
use crate::shop::journaled;
use crate::shop::of_a_stranger;
use crate::shop::sell_and_be_paid;
use crate::shop::told;
use crate::webhook::Door;
use crate::world::Counter;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_genuine_and_not_ours_is_written_down_and_told_nobody() {
    let mut counter = Counter::open(&[]).await;
    let door = door(&counter);
    let url = counter.sell(700).await;
    let shown = counter.state();
    let facts = counter.facts().len();

    let strange = event("evt_strange", "galaxy.collided", json!({"object": "galaxy", "id": "m31"}));
    let mut live = of_a_stranger("evt_live");
    live["livemode"] = json!(true);
    live["data"]["object"]["livemode"] = json!(true);
    // Live money under this very sale's name does not pay a test sale.
    live["data"]["object"]["metadata"] = json!({"reference": shown.reference});
    let mut foreign = of_a_stranger("evt_foreign");
    foreign["data"]["object"]["metadata"] = json!({"reference": "counter-9-01K9ZZ8QGN5X4T0V9Y3M6C2D1R"});
    let web = of_a_stranger("evt_web");
    for (at, body) in [&strange, &live, &foreign, &web].into_iter().enumerate() {
        let id = body["id"].as_str().expect("an id");
        let accepted = door.accepted().await;
        assert_eq!(door.signed(body.to_string().as_bytes()).await, 200, "{at}");
        assert!(door.accepted().await > accepted);
        assert_eq!(journaled(&counter, id), 1, "{id}");
        assert!(!handled(&counter, id).await, "{id} is nobody's here");
    }
    assert_eq!(counter.facts().len(), facts, "the terminal has heard of none");
    let now = counter.state();
    assert_eq!((now.scene, now.reference, now.url), ("scan", shown.reference, Some(url.clone())));
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.until_scene("paid").await;
    counter.press(&[qrtill::core::key::Key::Cancel]).await;
    sell_and_be_paid(&mut counter).await;
    counter.close().await;
}

/// The event in which the bank tells of the sale's payment, as anybody with the key may read it.
async fn completed(counter: &Counter) -> Value {
    let face = counter.bank.faces().remove(0);
    let url = format!("{}/v1/events?type=checkout.session.completed", face.base_url);
    let request = reqwest::Client::builder().build().expect("a client").get(url).bearer_auth(face.api_key);
    let text = request.send().await.expect("an answer").text().await.expect("text");
    let list: Value = serde_json::from_str(&text).expect("a list");
    list["data"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_each_written_down_once_and_pay_once() {
    // Neither the bank's own webhooks nor the relay's questions are to bring the news first.
    let mut counter = Counter::open(&["poll_first_ms=600000", "poll_most_ms=600000"]).await;
    counter.fault(Part::Webhooks, Deed::Stop).await;
    let door = door(&counter);
    let url = counter.sell(700).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    let event = completed(&counter).await;
    let (accepted, repeated) = ("qrtill_webhooks_accepted_total", "qrtill_webhooks_repeated_total");
    let before = door.count(accepted).await;

    let body = event.to_string().into_bytes();
    let same = futures_util::future::join_all((0..10).map(|_| door.signed(&body))).await;
    assert_eq!(same, [200; 10]);
    counter.until_scene("paid").await;
    assert_eq!(journaled(&counter, event["id"].as_str().expect("an id")), 1);
    assert_eq!((door.count(accepted).await - before, door.count(repeated).await), (10, 9));

    // A hundred events of their own about the one payment, and about strangers' ones.
    let others: Vec<(String, Vec<u8>)> = (0..100)
        .map(|at| {
            let id = format!("evt_of_many_{at}");
            let mut body = if at % 2 == 0 { event.clone() } else { of_a_stranger(&id) };
            body["id"] = json!(id);
            (id, body.to_string().into_bytes())
        })
        .collect();
    let many = futures_util::future::join_all(others.iter().map(|(_, body)| door.signed(body))).await;
    assert_eq!(many, [200; 100]);
    for (at, (id, _)) in others.iter().enumerate() {
        assert_eq!(journaled(&counter, id), 1, "{id}");
        assert_eq!(handled(&counter, id).await, at % 2 == 0, "{id}");
    }
    let owed = told(&counter);
    let owed = owed.iter().filter(|fact| matches!(fact, Told::Owed { word, .. } if is_notice(word)));
    assert_eq!((owed.count(), booked(&counter)), (1, 1), "one payment, one notice, booked once");
    counter.fault(Part::Webhooks, Deed::Start).await;
    counter.press(&[qrtill::core::key::Key::Cancel]).await;
    sell_and_be_paid(&mut counter).await;
    counter.close().await;
}

fn is_notice(word: &qrtill::core::message::Word) -> bool {
    matches!(word, qrtill::core::message::Word::Notice(_))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_cannot_be_written_down_is_not_acknowledged() {
    let mut counter = Counter::open(&[]).await;
    let door = door(&counter);
    let path = qrtill::relay::journal_path(&counter.options().data.join("relay"));
    let mut hog = rusqlite::Connection::open(path).expect("the relay's journal");
    let lock = hog.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).expect("the lock");
    let body = of_a_stranger("evt_unwritten").to_string().into_bytes();
    assert_eq!(door.signed(&body).await, 503);

    // A relay that cannot write does not go on saying that it serves: it ends, and is started again.
    let world = &counter.world;
    counter.eventually("the relay has ended", || (!world.is_running(Part::Relay)).then_some(())).await;
    lock.rollback().expect("the lock is let go");
    counter.fault(Part::Relay, Deed::Start).await;
    assert_eq!(door.signed(&body).await, 200, "sent again, as payment-link systems do");
    assert_eq!(journaled(&counter, "evt_unwritten"), 1);
    counter.until("armed", |state| state.armed).await;
    sell_and_be_paid(&mut counter).await;
    counter.close().await;
}

/// Waits until `/readyz` answers with this status; its text.
async fn ready(counter: &Counter, door: &Door, wanted: u16) -> String {
    let is_so = || async {
        let (status, text) = door.get("/readyz").await;
        (status == wanted).then_some(text)
    };
    counter.eventually_async(&format!("/readyz says {wanted}"), is_so).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_is_ready_while_it_hears_broker_and_bank_and_alive_throughout() {
    let mut counter = Counter::open(&[]).await;
    let door = door(&counter);
    assert!(ready(&counter, &door, 200).await.contains("broker: yes"));
    assert_eq!(door.count("qrtill_serving{system=\"stripe\"}").await, 1);
    counter.fault(Part::Broker, Deed::Stop).await;
    let text = ready(&counter, &door, 503).await;
    assert!(text.contains("broker: no"), "{text}");
    assert_eq!(door.get("/healthz").await, (200, "ok\n".to_owned()));

    // News that comes meanwhile is taken and waits for the broker.
    let body = of_a_stranger("evt_meanwhile").to_string().into_bytes();
    assert_eq!(door.signed(&body).await, 200);
    counter.fault(Part::Broker, Deed::Start).await;
    ready(&counter, &door, 200).await;
    counter.until("armed", |state| state.armed).await;
    sell_and_be_paid(&mut counter).await;
    counter.close().await;
}

/// What is written down is told, also when nobody waits for the answer: sent again it would be known already.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_down_for_a_sender_that_hung_up_is_handled_all_the_same() {
    let counter = Counter::open(&[]).await;
    let door = door(&counter);
    for at in 0..60 {
        let body = of_a_stranger(&format!("evt_hung_up_{at}")).to_string();
        door.signed_and_gone(body.as_bytes(), Duration::from_micros(at * 40)).await;
    }
    let written = || {
        let facts = told(&counter);
        let received = facts.iter().filter_map(|fact| {
            let Told::Received { news, .. } = fact else { return None };
            news.event.starts_with("evt_hung_up").then(|| news.event.clone())
        });
        received.collect::<Vec<_>>()
    };
    counter.eventually("some are written down", || (!written().is_empty()).then_some(())).await;
    for id in written() {
        handled(&counter, &id).await;
    }
    counter.close().await;
}
