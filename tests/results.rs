//! Every result a sale can have, each brought about by what people and systems really do.

#[path = "support/log.rs"]
mod log;
#[path = "support/world.rs"]
mod world;

use qrtill::core::key::Key;
use qrtill::core::scene::Deaf;
use qrtill::core::scene::SaleResult;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use world::Counter;

/// A counter in whose test nobody may have to be called.
async fn open(settings: &[&str]) -> Counter {
    log::record();
    Counter::open(settings).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_whose_time_is_over_is_expired_and_its_link_is_dead() {
    let mut counter = open(&["sale_ttl_s=1"]).await;
    let url = counter.sell(500).await;
    let state = counter.until_scene("expired").await;
    assert_eq!(state.result, Some(SaleResult::Expired));
    assert_eq!(counter.pay(&url, "paid", None).await, 410);
    assert!(counter.ledger().links.iter().all(|link| !link.active), "withdrawn means withdrawn at the bank");
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_sale_is_withdrawn_at_the_bank() {
    let mut counter = open(&[]).await;
    let url = counter.sell(500).await;
    counter.press(&[Key::Cancel]).await;
    counter.until_scene("cancelled").await;
    assert_eq!(counter.pay(&url, "paid", None).await, 410);
    let state = counter.press(&[Key::Cancel]).await;
    assert_eq!(state.scene, "idle");
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_that_was_never_shown_is_cancelled_at_once() {
    let mut counter = open(&[]).await;
    counter.fault(Part::Provider, Deed::Delay).await;
    counter.key_in(500).await;
    let state = counter.press(&[Key::Cancel]).await;
    assert_eq!(state.scene, "cancelled");
    counter.fault(Part::Provider, Deed::Start).await;
    counter.press(&[Key::Cancel]).await;
    let url = counter.sell(700).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.until_scene("paid").await;
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_attempt_is_said_and_the_code_stays() {
    let mut counter = open(&[]).await;
    let url = counter.sell(500).await;
    assert_eq!(counter.pay(&url, "failed", None).await, 303);
    let state = counter.until("declined", |state| state.declined).await;
    assert_eq!((state.scene, state.url.as_deref()), ("scan", Some(url.as_str())));
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.until_scene("paid").await;
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_attempt_and_then_no_money_is_failed() {
    let mut counter = open(&["sale_ttl_s=2"]).await;
    let url = counter.sell(500).await;
    counter.pay(&url, "failed", None).await;
    let state = counter.until("over", |state| state.result != Some(SaleResult::Open)).await;
    assert_eq!(state.result, Some(SaleResult::Failed));
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_is_never_paid_and_becomes_unknown_then_late() {
    let mut counter = open(&["sale_ttl_s=1", "close_wait_s=1"]).await;
    let url = counter.sell(500).await;
    counter.pay(&url, "pending", None).await;
    counter.until_scene("processing").await;
    let state = counter.until_scene("unknown").await;
    assert_eq!(state.result, Some(SaleResult::Unknown));
    let payment = counter.ledger().payments[0].id.clone();
    counter.bank.settle(&payment, true).expect("written").expect("pending");
    let state = counter.until_scene("late").await;
    assert_eq!(state.result, Some(SaleResult::Late));
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_payment_that_fails_ends_without_money() {
    let mut counter = open(&["sale_ttl_s=1", "close_wait_s=1"]).await;
    let url = counter.sell(500).await;
    counter.pay(&url, "pending", None).await;
    counter.until_scene("unknown").await;
    let payment = counter.ledger().payments[0].id.clone();
    counter.bank.settle(&payment, false).expect("written").expect("pending");
    let over = |result| matches!(result, Some(SaleResult::Failed | SaleResult::Expired));
    counter.until("without money", |state| over(state.result)).await;
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn paid_twice_is_said_and_changes_no_result() {
    let mut counter = open(&[]).await;
    let url = counter.sell(500).await;
    let (first, second) = tokio::join!(counter.open_page(&url), counter.open_page(&url));
    assert_eq!(counter.pay_page(&url, &first).await, 303);
    counter.until_scene("paid").await;
    if counter.pay_page(&url, &second).await == 303 {
        let state = counter.until_scene("duplicate").await;
        assert_eq!(state.result, Some(SaleResult::Paid));
        assert_eq!(state.last.expect("a sale ended").payments.len(), 2);
    }
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_an_open_link_too_little_is_short_and_too_much_is_over() {
    let mut counter = open(&["strategy=reference"]).await;
    let url = counter.sell(1250).await;
    assert_eq!(counter.pay(&url, "paid", Some("10.00")).await, 303);
    let state = counter.until_scene("short").await;
    assert_eq!((state.amount, state.received), (Some(1250), Some(1000)));
    counter.press(&[Key::Cancel]).await;
    let url = counter.sell(1250).await;
    assert_eq!(counter.pay(&url, "paid", Some("15,00")).await, 303);
    let state = counter.until_scene("over").await;
    assert_eq!((state.amount, state.received), (Some(1250), Some(1500)));
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn money_after_expiry_on_an_open_link_is_late() {
    let mut counter = open(&["strategy=reference", "sale_ttl_s=1"]).await;
    let url = counter.sell(1250).await;
    counter.until_scene("expired").await;
    assert_eq!(counter.pay(&url, "paid", Some("12.50")).await, 303);
    let state = counter.until_scene("late").await;
    assert_eq!(state.result, Some(SaleResult::Late));
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standing_link_leaves_the_screen_with_the_ear_and_its_money_is_counter_money() {
    let mut counter = open(&["standing=yes"]).await;
    let idle = counter.until("standing code", |state| state.url.is_some()).await;
    assert_eq!(idle.scene, "idle");
    assert_eq!(counter.pay(&idle.url.expect("a link"), "paid", Some("3.20")).await, 303);
    let paid = counter.until_scene("paid").await;
    assert_eq!((paid.amount, paid.reference), (Some(320), None));
    counter.press(&[Key::Cancel]).await;
    counter.fault(Part::Relay, Deed::Stop).await;
    counter.fault(Part::Broker, Deed::Stop).await;
    // The relay's farewell comes first, and then the broker is gone as well.
    let state = counter.until("no broker", |state| state.deaf == Some(Deaf::NoBroker)).await;
    assert_eq!((state.scene, state.url), ("unavailable", None));
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_refuses_to_answer_ends_in_failed_and_frees_the_counter() {
    let mut counter = open(&["prepare_wait_s=1"]).await;
    counter.fault(Part::Provider, Deed::Stop).await;
    counter.key_in(500).await;
    let state = counter.until_scene("failed").await;
    assert_eq!(state.result, Some(SaleResult::Failed));
    counter.fault(Part::Provider, Deed::Start).await;
    counter.press(&[Key::Cancel]).await;
    counter.until("armed", |state| state.armed).await;
    let url = counter.sell(700).await;
    counter.pay(&url, "paid", None).await;
    counter.until_scene("paid").await;
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_sale_is_settled_by_hand_under_the_pin_and_the_providers_word_wins() {
    let mut counter = open(&["sale_ttl_s=1", "close_wait_s=1"]).await;
    let url = counter.sell(500).await;
    counter.pay(&url, "pending", None).await;
    counter.until_scene("unknown").await;
    counter.press(&[Key::Cancel, Key::List]).await;
    let state = counter.press(&[Key::Clear]).await;
    assert_eq!(state.scene, "last_payments", "nothing is done in the list itself");
    let state = counter.press(&[Key::Enter]).await;
    assert_eq!((state.scene, state.result), ("payment", Some(SaleResult::Unknown)));
    counter.press(&[Key::Clear]).await;
    let pin = [1, 2, 3, 5].map(Key::Digit);
    let state = counter.press(&pin).await;
    assert_eq!(state.scene, "pin");
    assert_eq!(counter.press(&[Key::Enter]).await.scene, "pin", "a wrong PIN settles nothing");
    let pin = [1, 2, 3, 4].map(Key::Digit);
    counter.press(&pin).await;
    counter.press(&[Key::Enter]).await;
    let last = counter.state().last.expect("a sale ended");
    assert_eq!(last.result, SaleResult::Paid);
    counter.close().await;
    log::assert_quiet();
}
