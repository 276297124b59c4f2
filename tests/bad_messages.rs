//! What terminal and relay do with messages that are broken, forged, meant for others, or played again by a
//! broker or by somebody with good credentials: the screen does not change, the books do not change, each
//! refusal is counted, and the next sale works.
#![cfg(feature = "sandbox")]

#[path = "support/world.rs"]
mod world;

#[path = "support/wire.rs"]
mod wire;

#[path = "support/webhook.rs"]
mod webhook;

#[path = "support/log.rs"]
mod log;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use qrtill::core::fact::Fact;
use qrtill::core::key::Key;
use qrtill::core::message::Cancel;
use qrtill::core::message::CloseReason;
use qrtill::core::message::Link;
use qrtill::core::message::Notice;
use qrtill::core::message::Open;
use qrtill::core::message::Request;
use qrtill::core::message::Sync;
use qrtill::core::message::Word;
use qrtill::core::money::Currency;
use qrtill::core::payment::Mode;
use qrtill::core::payment::PaymentKey;
use qrtill::core::payment::PaymentStatus;
use qrtill::mqtt::access::Who;
use qrtill::mqtt::client::Message;
use qrtill::mqtt::document;
use qrtill::mqtt::document::Kind;
use qrtill::mqtt::key::SecretKey;
use qrtill::relay::decide::fact::Fact as Told;
use qrtill::sandbox::Act;
use qrtill::sandbox::PartName;
use qrtill::store::Reader;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;

use webhook::Door;
use wire::Ear;
use wire::Mouth;
use wire::sealed;
use wire::topic;
use world::Counter;

fn door(counter: &Counter) -> Door {
    Door::of(counter.world.relay_address(), "")
}

fn told(counter: &Counter) -> Vec<Told> {
    let path = qrtill::relay::journal_path(&counter.options().data.join("relay"));
    Reader::open(&path).expect("a journal").between(0, i64::MAX).expect("readable facts")
}

/// What people see and hear: all of the state but its number and the running clock.
fn seen(counter: &Counter) -> (String, u64) {
    let mut state = counter.state();
    (state.seq, state.expires_in_s) = (0, None);
    let sound = counter.snapshots.borrow().as_ref().expect("the terminal has shown something").sound.0;
    (format!("{state:?}"), sound)
}

/// The relay's facts about money and links.
fn dealings(counter: &Counter) -> Vec<Told> {
    let is_one = |fact: &Told| {
        let kinds = ["opened", "asked", "linked", "refused", "closing", "closed", "paid", "tombstone"];
        kinds.contains(&fact.kind())
    };
    told(counter).into_iter().filter(is_one).collect()
}

fn booked(counter: &Counter) -> usize {
    counter.facts().iter().filter(|fact| matches!(fact, Fact::Noticed { verdict: Some(_), .. })).count()
}

fn announced(counter: &Counter) -> usize {
    counter.facts().iter().filter(|fact| matches!(fact, Fact::Announced { .. })).count()
}

async fn pay_and_see(counter: &mut Counter, url: &str) {
    let before = (booked(counter), announced(counter));
    assert_eq!(counter.pay(url, "paid", None).await, 303);
    counter.until_scene("paid").await;
    assert_eq!((booked(counter), announced(counter)), (before.0 + 1, before.1 + 1));
    counter.press(&[Key::Cancel]).await;
    counter.until_scene("idle").await;
}

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

/// The envelope's two fields changed as told.
fn spoiled(document: &[u8], change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let mut envelope = serde_json::from_slice(document).expect("an envelope");
    change(&mut envelope);
    envelope.to_string().into_bytes()
}

/// A payload of any text at all, rightly signed.
fn sealed_text(kind: Kind, payload: &str, key: &SecretKey) -> Vec<u8> {
    document::seal(kind, payload.as_bytes(), key).into_bytes()
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
    let log = log::watch();
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
    counter.fault(PartName::Terminal, Act::Stop).await;
    counter.fault(PartName::Terminal, Act::Start).await;
    counter.until("the code is back", |state| state.url.as_deref() == Some(url.as_str())).await;
    ear.terminal_is_done(&relay, &relay_key, "again").await;
    assert_eq!((counter.state().scene, booked(&counter)), ("scan", 0));

    let mut reasons: BTreeSet<&str> = refusable.iter().map(|(reason, _)| *reason).collect();
    reasons.extend(["retained", "wrong_role"]);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_does_nothing_that_the_terminal_did_not_ask_for() {
    let mut counter = Counter::open(&[]).await;
    let data = counter.options().data.clone();
    let (relay_key, terminal_key) = (wire::key(&data, "relay"), wire::key(&data, "terminal"));
    let terminal = Mouth::open(&counter.world, &wire::terminal()).await;
    let mut ear = Ear::open(&counter.world).await;
    let door = door(&counter);
    let url = counter.sell(700).await;
    let open = sale_of(&counter, "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R");
    let on_screen = counter.state().reference.expect("a sale").parse().expect("a reference");
    let cancel = Request::Cancel(Cancel { reference: on_screen, why: CloseReason::Cancelled });
    let foreign = sale_of(&counter, "counter-2-01K9ZZ8QGN5X4T0V9Y3M6C2D1R");
    ear.relay_is_done(&terminal, &data, "before").await;
    let (before, dealings_before) = (seen(&counter), dealings(&counter));

    let stranger = SecretKey::from_random([9; 32]);
    let good = sealed(Kind::Request, "c.1", &cancel, &terminal_key);
    let of = |aud: &str, mode: Mode| {
        let payload = document::payload(aud, mode, "c.1", &cancel);
        document::seal(Kind::Request, &payload, &terminal_key).into_bytes()
    };
    let by = |key: &SecretKey| sealed(Kind::Request, "c.1", &cancel, key);
    let cancel_text = serde_json::to_vec(&cancel).expect("JSON");
    let foreign_cancel = Cancel {
        reference: "counter-2-01K9ZZ8QGN5X4T0V9Y3M6C2D1R".parse().expect("a reference"),
        why: CloseReason::Cancelled,
    };
    let foreign_cancel = Request::Cancel(foreign_cancel);
    for (reason, leaf, bytes, retain) in [
        ("envelope", "sale/cancel", Vec::new(), false),
        ("envelope", "sale/cancel", good[..good.len() / 2].to_vec(), false),
        ("envelope", "sale/cancel", cancel_text, false),
        ("signatures", "sale/cancel", spoiled(&good, |all| all["s"] = serde_json::json!([])), false),
        ("unknown_key", "sale/cancel", by(&stranger), false),
        ("unknown_key", "sale/cancel", by(&relay_key), false),
        ("bad_signature", "sale/cancel", sealed(Kind::Command, "c.1", &cancel, &terminal_key), false),
        ("content", "sale/cancel", sealed_text(Kind::Request, "{}", &terminal_key), false),
        ("wrong_audience", "sale/cancel", of("qrtill/v1/counter-2", Mode::Test), false),
        ("wrong_mode", "sale/cancel", of(wire::AUD, Mode::Live), false),
        ("wrong_topic", "sale/open", good.clone(), false),
        ("wrong_topic", "sale/cancel", sealed(Kind::Request, "o.1", &open, &terminal_key), false),
        ("foreign_reference", "sale/open", sealed(Kind::Request, "o.2", &foreign, &terminal_key), false),
        (
            "foreign_reference",
            "sale/cancel",
            sealed(Kind::Request, "c.2", &foreign_cancel, &terminal_key),
            false,
        ),
        ("retained", "sale/cancel", good.clone(), true),
    ] {
        let count = door.disbelieved(reason).await;
        terminal.say(&topic(leaf), &bytes, retain).await.expect("said");
        let counted = || async { (door.disbelieved(reason).await == count + 1).then_some(()) };
        counter.eventually_async(&format!("{reason} is counted"), counted).await;
    }
    let elsewhere = "qrtill/v1/t/counter-2/sale/cancel";
    terminal.say(elsewhere, &good, false).await.expect_err("the broker's rules forbid it");
    ear.relay_is_done(&terminal, &data, "after").await;
    assert_eq!((seen(&counter), dealings(&counter)), (before, dealings_before));
    assert_eq!(counter.ledger().links.len(), 1);
    pay_and_see(&mut counter, &url).await;
    counter.close().await;
}

fn sale_of(counter: &Counter, reference: &str) -> Request {
    Request::Open(Open {
        reference: reference.parse().expect("a reference"),
        amount: 900,
        currency: Currency::from_code("EUR").expect("a currency"),
        ttl_s: 60,
        journal: wire::journal(&counter.options().data, "terminal"),
    })
}

/// Says everything again that was heard, each part under its own account.
async fn play_again(heard: &[Message], terminal: &Mouth, relay: &Mouth) {
    let of_relay = ["/sale/link", "/sale/notice", "/sale/synced", "/sale/answer", "/r/main/state"];
    for message in heard {
        let is_relays = of_relay.iter().any(|end| message.topic.ends_with(end));
        let mouth = if is_relays { relay } else { terminal };
        mouth.say(&message.topic, &message.payload, false).await.expect("said");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_messages_played_again_show_nothing_and_book_nothing() {
    let mut counter = Counter::open(&[]).await;
    let data = counter.options().data.clone();
    let relay_key = wire::key(&data, "relay");
    let terminal = Mouth::open(&counter.world, &wire::terminal()).await;
    let relay = Mouth::open(&counter.world, &wire::relay()).await;
    let mut ear = Ear::open(&counter.world).await;
    // The very first sync is of before the ear; a restart brings another.
    counter.fault(PartName::Terminal, Act::Stop).await;
    counter.fault(PartName::Terminal, Act::Start).await;
    counter.until("armed again", |state| state.armed && state.scene == "idle").await;

    let url = counter.sell(700).await;
    pay_and_see(&mut counter, &url).await;
    let url = counter.sell(800).await;
    assert_eq!(counter.pay(&url, "failed", None).await, 303);
    counter.until("declined", |state| state.declined).await;
    counter.press(&[Key::Cancel]).await;
    counter.until_scene("cancelled").await;
    counter.press(&[Key::Cancel]).await;
    counter.until_scene("idle").await;
    ear.relay_is_done(&terminal, &data, "recorded").await;
    ear.terminal_is_done(&relay, &relay_key, "recorded").await;
    let heard = ear.all();
    for leaf in ["open", "cancel", "sync", "link", "notice", "synced", "answer", "receipt"] {
        let topic = topic(&format!("sale/{leaf}"));
        assert!(heard.iter().any(|message| message.topic == topic), "{leaf} was not recorded");
    }
    assert!(heard.iter().any(|message| message.topic.ends_with("/r/main/state") && !message.retain));

    let everything = |counter: &Counter| (seen(counter), counter.facts(), dealings(counter));
    let before = everything(&counter);
    play_again(&heard, &terminal, &relay).await;
    ear.relay_is_done(&terminal, &data, "played-1").await;
    ear.terminal_is_done(&relay, &relay_key, "played-1").await;
    assert_eq!(everything(&counter), before);

    let url = counter.sell(900).await;
    ear.relay_is_done(&terminal, &data, "played-2").await;
    let before = everything(&counter);
    play_again(&heard, &terminal, &relay).await;
    ear.relay_is_done(&terminal, &data, "played-3").await;
    ear.terminal_is_done(&relay, &relay_key, "played-3").await;
    assert_eq!(everything(&counter), before);
    assert_eq!(counter.ledger().links.len(), 3, "no link was made for an old request");
    pay_and_see(&mut counter, &url).await;
    assert_eq!((booked(&counter), announced(&counter)), (2, 2));
    counter.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_of_a_card_that_was_replaced_ends_no_sale_of_the_new_one() {
    let mut counter = Counter::open(&[]).await;
    let data = counter.options().data.clone();
    let terminal = Mouth::open(&counter.world, &wire::terminal()).await;
    let mut ear = Ear::open(&counter.world).await;
    let sync = Request::Sync(Sync {
        nonce: "old".into(),
        journal: wire::journal(&data, "terminal"),
        stream: String::new(),
        have: 0,
        open: Vec::new(),
    });
    let old = sealed(Kind::Request, "old", &sync, &wire::key(&data, "terminal"));

    counter.fault(PartName::Terminal, Act::Stop).await;
    for file in ["terminal.sqlite", "terminal.sqlite-wal", "terminal.sqlite-shm"] {
        // What was closed cleanly has left but one of them.
        drop(std::fs::remove_file(data.join("terminal").join(file)));
    }
    counter.fault(PartName::Terminal, Act::Start).await;
    counter.until("armed again", |state| state.armed && state.scene == "idle").await;
    let url = counter.sell(700).await;
    let before = dealings(&counter);
    terminal.say(&topic("sale/sync"), &old, false).await.expect("said");
    ear.hears(&topic("sale/synced"), "\"old.synced\"").await;
    ear.relay_is_done(&terminal, &data, "after").await;
    assert_eq!(dealings(&counter), before);
    pay_and_see(&mut counter, &url).await;
    counter.close().await;
}
