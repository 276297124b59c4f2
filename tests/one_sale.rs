//! One sale, from key press to receipt, in a whole world without faults: the example to read first.

#[path = "support/log.rs"]
mod log;
#[path = "support/world.rs"]
mod world;

use qrtill::core::fact::Fact;
use qrtill::core::fact::Verdict;
use qrtill::core::key::Key;
use world::Counter;

/// A counter in whose test nobody may have to be called.
async fn open(settings: &[&str]) -> Counter {
    log::record();
    Counter::open(settings).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyed_amount_becomes_a_code_and_a_payment_becomes_paid() {
    let mut counter = open(&[]).await;
    let state = counter.press(&[Key::Digit(1), Key::Digit(2), Key::Digit(5), Key::Digit(0)]).await;
    assert_eq!((state.scene, state.amount), ("entering", Some(1250)));
    counter.press(&[Key::Enter]).await;
    let scan = counter.until_scene("scan").await;
    assert_eq!(scan.amount, Some(1250));
    let url = scan.url.expect("a link");

    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    let paid = counter.until_scene("paid").await;
    assert_eq!(paid.reference, scan.reference);
    assert_eq!(paid.amount, Some(1250));

    let facts = counter.facts();
    let noticed =
        facts.iter().filter(|fact| matches!(fact, Fact::Noticed { verdict: Some(Verdict::Matched), .. }));
    assert_eq!(noticed.count(), 1);
    assert_eq!(facts.iter().filter(|fact| matches!(fact, Fact::Announced { .. })).count(), 1);
    counter.close().await;
    log::assert_quiet();
}
