//! What is asked of a relay that the terminal did not ask.

use qrtill::core::message::Cancel;
use qrtill::core::message::CloseReason;
use qrtill::core::message::Open;
use qrtill::core::message::Request;
use qrtill::core::money::Currency;
use qrtill::core::payment::Mode;
use qrtill::mqtt::document;
use qrtill::mqtt::document::Kind;
use qrtill::mqtt::key::SecretKey;

use crate::books::dealings;
use crate::books::door;
use crate::books::pay_and_see;
use crate::books::sealed_text;
use crate::books::seen;
use crate::books::spoiled;
use crate::wire;
use crate::wire::Ear;
use crate::wire::Mouth;
use crate::wire::sealed;
use crate::wire::topic;
use crate::world::Counter;

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
