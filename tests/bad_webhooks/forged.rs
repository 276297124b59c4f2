//! Webhooks that are unsigned, wrongly signed, unreadable, too large, too slow, or at the wrong door.

use qrtill::sandbox::bank::model::Face;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::shop::door;
use crate::shop::event;
use crate::shop::journaled;
use crate::shop::of_a_stranger;
use crate::shop::sell_and_be_paid;
use crate::webhook;
use crate::webhook::now_unix_s;
use crate::webhook::signature;
use crate::world;
use crate::world::Counter;

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
    let main = counter.bank.endpoints(Face::Stripe).remove(0).id;
    counter.bank.roll_secret(Face::Stripe, &main).expect("a turn").expect("an endpoint");
    counter.fault(Part::Relay, Deed::Stop).await;
    counter.fault(Part::Relay, Deed::Start).await;
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
    for (at, path) in ["/webhook/nobody", "/webhook/Stripe", "/webhook/..%2Fstripe"].into_iter().enumerate() {
        assert_eq!(door.ask(Method::POST, path, &[&good], body.clone()).await.0, 404, "{path}");
        assert_eq!(door.refused("unknown_system").await, at as u64 + 1, "{path}");
    }
    // One system's signature opens no other system's door.
    assert_eq!(door.ask(Method::POST, "/webhook/vinr", &[&good], body.clone()).await.0, 401);
    assert_eq!(journaled(&counter, "evt_astray"), 0);
    sell_and_be_paid(&mut counter).await;
    counter.close().await;
}
