//! What is said to a terminal that its relay did not say, or did not say to it.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use qrtill::core::message::Link;
use qrtill::core::message::Notice;
use qrtill::core::message::Word;
use qrtill::core::money::Currency;
use qrtill::core::payment::Mode;
use qrtill::core::payment::PaymentKey;
use qrtill::core::payment::PaymentStatus;
use qrtill::mqtt::access::Who;
use qrtill::mqtt::document;
use qrtill::mqtt::document::Kind;
use qrtill::mqtt::key::SecretKey;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;

use crate::books::booked;
use crate::books::pay_and_see;
use crate::books::sealed_text;
use crate::books::seen;
use crate::books::spoiled;
use crate::warnings;
use crate::wire;
use crate::wire::Ear;
use crate::wire::Mouth;
use crate::wire::sealed;
use crate::wire::topic;
use crate::world;
use crate::world::Counter;

/// News that the sale on the screen is paid, as the relay would tell it.
fn paid(counter: &Counter) -> Notice {
    let state = counter.state();
    Notice {
        stream: wire::journal(&counter.options().data, "relay"),
        n: 1,
        payment: PaymentKey {
            provider: "stripe".into(),
            account: String::new(),
            mode: Mode::Test,
            id: "pi_never".into(),
        },
        status: PaymentStatus::Succeeded,
        amount: state.amount.expect("an amount"),
        currency: Currency::from_code("EUR").expect("a currency"),
        refunded: 0,
        reference: Some(state.reference.expect("a sale").parse().expect("a reference")),
        at_unix_ms: 1_790_000_000_000,
        replay: false,
    }
}

/// Documents that a terminal has to refuse, by the reason it counts them under. Every one would say PAID.
fn refusable(notice: &Notice, relay: &SecretKey, terminal: &SecretKey) -> Vec<(&'static str, Vec<u8>)> {
    let word = Word::Notice(notice.clone());
    let good = sealed(Kind::Notice, "n.1", &word, relay);
    let payload = |aud: &str, mode: Mode| document::payload(aud, mode, "n.1", &word);
    let plain = String::from_utf8(payload(wire::AUD, Mode::Test)).expect("text");
    let content = |changed: String| {
        assert_ne!(changed, plain);
        sealed_text(Kind::Notice, &changed, relay)
    };
    let signed = |key: &SecretKey| sealed(Kind::Notice, "n.1", &word, key);
    let sealed_for =
        |aud: &str, mode: Mode| document::seal(Kind::Notice, &payload(aud, mode), relay).into_bytes();
    let other = Link {
        reference: notice.reference.clone().expect("a sale"),
        request: "r".into(),
        amount: notice.amount,
        currency: notice.currency,
        url: "http://127.0.0.1:9/evil".into(),
        generation: 9,
    };
    vec![
        ("envelope", Vec::new()),
        ("envelope", good[..good.len() / 2].to_vec()),
        ("envelope", good[..good.len() - 1].to_vec()),
        ("envelope", [&good[..], b" "].concat()),
        ("envelope", b"paid".to_vec()),
        ("envelope", vec![0xff; 100]),
        ("envelope", plain.clone().into_bytes()),
        ("envelope", vec![b'['; 15_000]),
        ("envelope", spoiled(&good, |all| all["alg"] = "none".into())),
        ("envelope", spoiled(&good, |all| all["s"][0]["g"] = "".into())),
        ("signatures", spoiled(&good, |all| all["s"] = serde_json::json!([]))),
        ("signatures", spoiled(&good, |all| all["s"] = vec![all["s"][0].clone(); 2].into())),
        ("unknown_key", signed(&SecretKey::from_random([9; 32]))),
        ("unknown_key", signed(terminal)),
        ("bad_signature", sealed(Kind::Link, "n.1", &word, relay)),
        ("bad_signature", sealed(Kind::Request, "n.1", &word, relay)),
        (
            "bad_signature",
            spoiled(&good, |all| {
                all["p"] = URL_SAFE_NO_PAD.encode(plain.replace("pi_never", "pi_other")).into();
            }),
        ),
        ("content", content(format!("{plain} "))),
        ("content", content(plain.replace("{\"aud\"", "{\"more\":1,\"aud\""))),
        ("content", content(plain.replace("\"refunded\":0", "\"refunded\":0.0"))),
        ("content", content(plain.replace("\"refunded\":0", "\"refunded\":0,\"refunded\":0"))),
        ("content", content(plain.replace("\"refunded\":0", "\"refunded\":99999999999999999999"))),
        ("content", content(plain.replace("\"n.1\"", "\"n 1\""))),
        ("content", content(plain.replace("\"EUR\"", "\"XXQ\""))),
        ("wrong_audience", sealed_for("qrtill/v1/counter-2", Mode::Test)),
        ("wrong_audience", sealed_for("qrtill/v1/r/main", Mode::Test)),
        ("wrong_audience", sealed_for("other/v1/counter-1", Mode::Test)),
        ("wrong_mode", sealed_for(wire::AUD, Mode::Live)),
        ("wrong_topic", sealed(Kind::Notice, "n.1", &Word::Link(other), relay)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_shows_and_books_nothing_that_its_relay_did_not_sign_for_it() {
    let log = warnings::watch();
    let mut counter = Counter::open(&[]).await;
    let data = counter.options().data.clone();
    let (relay_key, terminal_key) = (wire::key(&data, "relay"), wire::key(&data, "terminal"));
    let relay = Mouth::open(&counter.world, &wire::relay()).await;
    let operator = Mouth::open(&counter.world, &Who::Operator).await;
    let mut ear = Ear::open(&counter.world).await;
    let url = counter.sell(700).await;
    let notice = paid(&counter);
    ear.terminal_is_done(&relay, &relay_key, "before").await;
    let (before, facts) = (seen(&counter), counter.facts());

    let refusable = refusable(&notice, &relay_key, &terminal_key);
    for (at, (reason, bytes)) in refusable.iter().enumerate() {
        relay.say(&topic("sale/notice"), bytes, false).await.expect("said");
        ear.terminal_is_done(&relay, &relay_key, &format!("marker-{at}")).await;
        assert_eq!(seen(&counter), before, "{reason}: {}", String::from_utf8_lossy(bytes));
    }
    // The very document that would be believed: on another topic, retained, and where settings come.
    let good = sealed(Kind::Notice, "n.1", &Word::Notice(notice), &relay_key);
    for leaf in ["sale/link", "sale/answer", "sale/synced"] {
        relay.say(&topic(leaf), &good, false).await.expect("said");
    }
    relay.say(&topic("sale/notice"), &good, true).await.expect("said");
    operator.say(&topic("config/desired"), &good, false).await.expect("said");
    for leaf in ["sale/notice", "sale/open", "sale/receipt", "state"] {
        operator.say(&topic(leaf), &good, false).await.expect_err("the broker's rules forbid it");
    }
    ear.terminal_is_done(&relay, &relay_key, "retained").await;
    assert_eq!((seen(&counter), counter.facts()), (before.clone(), facts.clone()));

    // The stored copy meets the terminal again when it comes back.
    counter.fault(Part::Terminal, Deed::Stop).await;
    counter.fault(Part::Terminal, Deed::Start).await;
    counter.until("the code is back", |state| state.url.as_deref() == Some(url.as_str())).await;
    ear.terminal_is_done(&relay, &relay_key, "again").await;
    assert_eq!((counter.state().scene, booked(&counter)), ("scan", 0));

    let mut reasons: BTreeSet<&str> = refusable.iter().map(|(reason, _)| *reason).collect();
    reasons.extend(["retained", "no_root_key"]);
    for reason in reasons {
        assert!(log.has(&format!("reason=\"{reason}\"")), "{reason} was not counted");
    }
    pay_and_see(&mut counter, &url).await;
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_larger_than_any_document_ends_its_sender_and_harms_nobody() {
    let mut counter = Counter::open(&[]).await;
    let url = counter.sell(700).await;
    let (address, account) = counter.world.broker_account(&wire::relay()).expect("an account");
    let password = account.password.reveal().to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    let text =
        |text: &str| [&u16::try_from(text.len()).expect("short").to_be_bytes(), text.as_bytes()].concat();
    let user = account.who.user_name();
    let body =
        [text("MQTT"), vec![5, 0b1100_0010, 0, 60, 0], text("huge"), text(&user), text(&password)].concat();
    let length = u8::try_from(body.len()).ok().filter(|length| *length < 128).expect("a short packet");
    stream.write_all(&[&[0x10, length], &body[..]].concat()).await.expect("written");
    let mut connack = [0; 2];
    stream.read_exact(&mut connack).await.expect("an answer");
    let mut rest = vec![0; usize::from(connack[1])];
    stream.read_exact(&mut rest).await.expect("an answer");
    assert_eq!((connack[0], rest[1]), (0x20, 0), "let in");

    let body = [text(&topic("sale/notice")), vec![0], vec![b'x'; 17 * 1024]].concat();
    let (low, high) = (u8::try_from(body.len() % 128).expect("7 bits"), body.len() / 128);
    let (middle, top) =
        (u8::try_from(high % 128).expect("7 bits"), u8::try_from(high / 128).expect("7 bits"));
    let head = [0x30, low | 0x80, middle | 0x80, top];
    stream.write_all(&[&head[..], &body].concat()).await.expect("written");
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(world::PATIENCE, stream.read_to_end(&mut rest)).await;
    drop(closed.expect("the broker lets go of it"));
    assert_eq!(counter.state().scene, "scan");
    pay_and_see(&mut counter, &url).await;
    counter.close().await;
}
