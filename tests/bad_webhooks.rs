//! What the relay's door does with webhooks that are forged, broken, huge, slow, strange or many: nothing is
//! believed that is not signed, nothing is lost that is, every refusal is counted, and the next sale works.
#![cfg(feature = "sandbox")]

#[path = "support/world.rs"]
mod world;

#[path = "support/webhook.rs"]
mod webhook;

use qrtill::core::fact::Fact;
use qrtill::relay::decide::fact::Fact as Told;
use qrtill::sandbox::Act;
use qrtill::sandbox::PartName;
use qrtill::store::Reader;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use webhook::Door;
use webhook::now_unix_s;
use webhook::signature;
use world::Counter;

fn door(counter: &Counter) -> Door {
    Door::of(counter.world.relay_address(), &counter.bank.faces()[0].webhook_secret)
}

/// The relay's facts as they are on disk.
fn told(counter: &Counter) -> Vec<Told> {
    let path = qrtill::relay::journal_path(&counter.options().data.join("relay"));
    Reader::open(&path).expect("a journal").between(0, i64::MAX).expect("readable facts")
}

/// How often an event is in the relay's journal.
fn journaled(counter: &Counter, event: &str) -> usize {
    let is_it = |fact: &&Told| matches!(fact, Told::Received { news, .. } if news.event == event);
    told(counter).iter().filter(is_it).count()
}

/// Waits until the event's consequences are on the relay's disk; says whether it was ours.
async fn handled(counter: &Counter, name: &str) -> bool {
    counter
        .eventually(&format!("{name} is handled"), || {
            told(counter).iter().find_map(|fact| match fact {
                Told::Handled { event, ours } if event == name => Some(*ours),
                _ => None,
            })
        })
        .await
}

/// Payments that the terminal has booked as money.
fn booked(counter: &Counter) -> usize {
    counter.facts().iter().filter(|fact| matches!(fact, Fact::Noticed { verdict: Some(_), .. })).count()
}

/// A whole sale, as proof that nothing before it did harm.
async fn sell_and_be_paid(counter: &mut Counter) {
    let before = booked(counter);
    let url = counter.sell(700).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    let paid = counter.until_scene("paid").await;
    assert_eq!(paid.amount, Some(700));
    assert_eq!(booked(counter), before + 1);
    counter.press(&[qrtill::core::key::Key::Cancel]).await;
    counter.until_scene("idle").await;
}

fn event(id: &str, kind: &str, object: Value) -> Value {
    json!({
        "id": id, "object": "event", "api_version": "2026-10-28.endive", "created": now_unix_s(),
        "livemode": false, "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null},
        "type": kind, "data": {"object": object},
    })
}

/// A checkout of somebody else's link that was paid.
fn of_a_stranger(id: &str) -> Value {
    let session = json!({
        "id": format!("cs_{id}"), "object": "checkout.session", "amount_total": 4200, "currency": "eur",
        "created": now_unix_s(), "livemode": false, "metadata": {"order": "web-17"}, "mode": "payment",
        "payment_intent": format!("pi_{id}"), "payment_link": "plink_web", "payment_status": "paid",
        "status": "complete", "client_reference_id": null, "url": null,
    });
    event(id, "checkout.session.completed", session)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_as_it_should_be_is_refused_and_counted() {
    let mut counter = Counter::open(&[]).await;
    let door = door(&counter);
    let body = of_a_stranger("evt_forged").to_string().into_bytes();
    let now = now_unix_s();
    let secret = door.secret.as_str();
    let good = signature(&[secret], now, &body);
    let bad = [
        ("missing", vec![]),
        ("of no form", vec!["hello".to_owned()]),
        ("empty", vec![String::new()]),
        ("without a time", vec![good.split_once(',').expect("two parts").1.to_owned()]),
        ("without a signature", vec![format!("t={now}")]),
        ("of the old scheme", vec![good.replace("v1=", "v0=")]),
        ("of zeros", vec![format!("t={now},v1={}", "0".repeat(64))]),
        ("of another body", vec![signature(&[secret], now, b"{}")]),
        ("of another time", vec![good.replace(&format!("t={now}"), &format!("t={}", now - 1))]),
        ("301 s old", vec![signature(&[secret], now - 301, &body)]),
        ("from the future", vec![signature(&[secret], now + 330, &body)]),
        ("of another secret", vec![signature(&["whsec_other"], now, &body)]),
        ("of an empty secret", vec![signature(&[""], now, &body)]),
        ("doubled", vec![good.clone(), good.clone()]),
        ("right behind wrong", vec![format!("t={now},v1={}", "0".repeat(64)), good.clone()]),
    ];
    for (at, (what, signatures)) in bad.iter().enumerate() {
        let signatures: Vec<&str> = signatures.iter().map(String::as_str).collect();
        assert_eq!(door.post(&signatures, &body).await, 401, "{what}");
        assert_eq!(door.refused("unsigned").await, at as u64 + 1, "{what}");
    }
    assert_eq!(door.post(&[&signature(&[secret], now, b"")], b"x").await, 401);
    assert_eq!(journaled(&counter, "evt_forged"), 0);
    sell_and_be_paid(&mut counter).await;

    // Under one of several secrets is good enough, and almost too old is not too old.
    let twice = signature(&["whsec_other", secret], now_unix_s() - 240, &body);
    assert_eq!(door.post(&[&twice], &body).await, 200);
    assert_eq!(journaled(&counter, "evt_forged"), 1);
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_secret_is_rotated_both_sign_and_a_third_does_not() {
    let mut counter = Counter::open(&[]).await;
    let former = counter.bank.faces()[0].webhook_secret.clone();
    let main = counter.bank.endpoints().remove(0).id;
    counter.bank.roll_secret(&main).expect("a turn").expect("an endpoint");
    counter.fault(PartName::Relay, Act::Stop).await;
    counter.fault(PartName::Relay, Act::Start).await;
    counter.until("armed", |state| state.armed).await;
    let door = door(&counter);
    assert_ne!(door.secret, former);
    for (at, secret) in [door.secret.as_str(), former.as_str()].into_iter().enumerate() {
        let body = of_a_stranger(&format!("evt_{at}")).to_string().into_bytes();
        assert_eq!(door.post(&[&signature(&[secret], now_unix_s(), &body)], &body).await, 200);
        assert_eq!(journaled(&counter, &format!("evt_{at}")), 1);
    }
    let body = of_a_stranger("evt_2").to_string().into_bytes();
    assert_eq!(door.post(&[&signature(&["whsec_third"], now_unix_s(), &body)], &body).await, 401);
    sell_and_be_paid(&mut counter).await;
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_body_that_says_nothing_readable_is_taken_as_a_hint() {
    let mut counter = Counter::open(&[]).await;
    let door = door(&counter);
    let mut shapes: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"{".to_vec(),
        vec![0xff, 0xfe, 0x00],
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        vec![b'['; 100_000],
        event("", "payment_link.updated", json!({})).to_string().into_bytes(),
        event("evt_shape", "checkout.session.completed", json!({"object": "refund"}))
            .to_string()
            .into_bytes(),
        event("evt_shape", "payment_link.updated", json!("plink_1")).to_string().into_bytes(),
    ];
    let mut huge = of_a_stranger("evt_shape");
    huge["created"] = json!(i64::MAX);
    shapes.push(huge.to_string().into_bytes());
    let mut negative = of_a_stranger("evt_shape");
    negative["data"]["object"]["amount_total"] = json!(-1);
    shapes.push(negative.to_string().into_bytes());
    let mut fraction = of_a_stranger("evt_shape");
    fraction["data"]["object"]["amount_total"] = json!(42.5);
    shapes.push(fraction.to_string().into_bytes());
    let hints = "qrtill_webhook_hints_total{reason=\"unreadable\"}";
    for (at, body) in shapes.iter().enumerate() {
        let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        assert_eq!(door.post(&[], body).await, 401, "{shown}");
        assert_eq!(door.signed(body).await, 200, "{shown}");
        assert_eq!(door.count(hints).await, at as u64 + 1, "{shown}");
    }
    assert_eq!(journaled(&counter, "evt_shape"), 0);
    sell_and_be_paid(&mut counter).await;
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_ten_megabytes_is_refused_before_it_is_read() {
    let mut counter = Counter::open(&[]).await;
    let door = door(&counter);
    let body = vec![b' '; 10 << 20];
    let head = |length: &str| {
        format!("POST /webhook/stripe HTTP/1.1\r\nHost: relay\r\n{HEADER}: t=1,v1=00\r\n{length}\r\n\r\n")
    };
    let chunks = [b"A00000\r\n".to_vec(), body.clone(), b"\r\n0\r\n\r\n".to_vec()].concat();
    let ways = [
        (head(&format!("Content-Length: {}", body.len())), body.clone()),
        (head("Transfer-Encoding: chunked"), chunks),
    ];
    for (at, (head, body)) in ways.into_iter().enumerate() {
        let stream = TcpStream::connect(door.relay).await.expect("a connection");
        let (mut read, mut write) = stream.into_split();
        let sending = tokio::spawn(async move {
            write.write_all(head.as_bytes()).await.expect("the head is taken");
            // The relay may close before it has been told everything.
            drop(write.write_all(&body).await);
            write
        });
        assert_eq!(status_of(&mut read).await, 413);
        drop(sending.await.expect("sent"));
        assert_eq!(door.refused("too_large").await, at as u64 + 1);
    }
    let just_too_large = vec![b' '; 256 * 1024 + 1];
    assert_eq!(door.signed(&just_too_large).await, 413);
    let just_fits = vec![b' '; 256 * 1024];
    assert_eq!(door.signed(&just_fits).await, 200, "signed and unreadable, but not too large");
    sell_and_be_paid(&mut counter).await;
    counter.close().await;
}

const HEADER: &str = webhook::HEADER;

/// The status line's number.
async fn status_of(read: &mut (impl tokio::io::AsyncRead + Unpin)) -> u16 {
    let mut head = Vec::new();
    let reading = async {
        while !head.ends_with(b"\r\n") {
            head.push(read.read_u8().await.expect("a status line"));
        }
    };
    tokio::time::timeout(world::PATIENCE, reading).await.expect("an answer in time");
    let text = String::from_utf8(head).expect("text");
    text.split(' ').nth(1).and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_waited_for_only_so_long() {
    let mut counter = Counter::open(&["body_wait_ms=300"]).await;
    let door = door(&counter);
    let mut stream = TcpStream::connect(door.relay).await.expect("a connection");
    let head = "POST /webhook/stripe HTTP/1.1\r\nHost: relay\r\nContent-Length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.expect("written");
    assert_eq!(status_of(&mut stream).await, 408);
    assert_eq!(door.refused("too_slow").await, 1);

    // A sender that hangs up in the middle is counted as what it is.
    let mut stream = TcpStream::connect(door.relay).await.expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("written");
    stream.shutdown().await.expect("hung up");
    let broken = || async { (door.refused("broken_off").await == 1).then_some(()) };
    counter.eventually_async("the hang-up is counted", broken).await;
    assert_eq!(door.refused("too_large").await, 0);
    sell_and_be_paid(&mut counter).await;
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_routes_and_systems_are_turned_away() {
    let mut counter = Counter::open(&[]).await;
    let door = door(&counter);
    let body = of_a_stranger("evt_astray").to_string().into_bytes();
    let good = signature(&[&door.secret], now_unix_s(), &body);
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        let status = door.ask(method.clone(), "/webhook/stripe", &[&good], body.clone()).await.0;
        assert_eq!(status, 405, "{method}");
    }
    for path in ["/webhook", "/webhook/", "/webhook/stripe/", "/webhook/stripe/more", "/", "/admin"] {
        assert_eq!(door.ask(Method::POST, path, &[&good], body.clone()).await.0, 404, "{path}");
    }
    assert_eq!(door.refused("unknown_system").await, 0);
    for (at, path) in ["/webhook/vinr", "/webhook/Stripe", "/webhook/..%2Fstripe"].into_iter().enumerate() {
        assert_eq!(door.ask(Method::POST, path, &[&good], body.clone()).await.0, 404, "{path}");
        assert_eq!(door.refused("unknown_system").await, at as u64 + 1, "{path}");
    }
    assert_eq!(journaled(&counter, "evt_astray"), 0);
    sell_and_be_paid(&mut counter).await;
    counter.close().await;
}

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
    counter.fault(PartName::Webhooks, Act::Stop).await;
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
    counter.fault(PartName::Webhooks, Act::Start).await;
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
    counter.eventually("the relay has ended", || (!world.is_running(PartName::Relay)).then_some(())).await;
    lock.rollback().expect("the lock is let go");
    counter.fault(PartName::Relay, Act::Start).await;
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
    assert_eq!(door.count("qrtill_serving").await, 1);
    counter.fault(PartName::Broker, Act::Stop).await;
    let text = ready(&counter, &door, 503).await;
    assert!(text.contains("broker: no"), "{text}");
    assert_eq!(door.get("/healthz").await, (200, "ok\n".to_owned()));

    // News that comes meanwhile is taken and waits for the broker.
    let body = of_a_stranger("evt_meanwhile").to_string().into_bytes();
    assert_eq!(door.signed(&body).await, 200);
    counter.fault(PartName::Broker, Act::Start).await;
    ready(&counter, &door, 200).await;
    counter.until("armed", |state| state.armed).await;
    sell_and_be_paid(&mut counter).await;
    counter.close().await;
}
