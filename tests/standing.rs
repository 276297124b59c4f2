//! The counter's reusable link over its whole life: shown, paid, told, used up, closed and opened again; by
//! webhooks, and by asking alone.

#[path = "support/log.rs"]
mod log;
#[path = "support/world.rs"]
mod world;

use qrtill::core::fact::Fact;
use qrtill::core::fact::Verdict;
use qrtill::core::payment::LinkStatus;
use qrtill::port::provider::Ask;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use world::Counter;

async fn open(settings: &[&str]) -> Counter {
    log::record();
    let quick = ["standing=yes", "standing_every_ms=300", "paid_hold_s=2"];
    let mut counter = Counter::open(&[quick.as_slice(), settings].concat()).await;
    counter.until("the standing code", |state| state.scene == "idle" && state.url.is_some()).await;
    counter
}

fn standing(counter: &Counter) -> String {
    counter.state().url.expect("the standing link")
}

/// What the merchant does in the payment-link system's dashboard.
async fn switch(counter: &Counter, active: bool) {
    let link = counter.ledger().links[0].id.clone();
    counter.world.system().ask(Ask::SetActive { link, active }).await.expect("switched");
}

fn counter_payments(counter: &Counter) -> usize {
    let counted = |fact: &&Fact| matches!(fact, Fact::Noticed { verdict: Some(Verdict::Counter), .. });
    counter.facts().iter().filter(counted).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn its_payments_are_announced_with_their_amount_and_booked_once() {
    let mut counter = open(&[]).await;
    let url = standing(&counter);
    assert_eq!(counter.pay(&url, "paid", Some("7.50")).await, 303);
    let paid = counter.until_scene("paid").await;
    assert_eq!((paid.amount, paid.reference), (Some(750), None));
    counter.until("the code again", |state| state.scene == "idle" && state.url.is_some()).await;
    assert_eq!(counter_payments(&counter), 1);
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_webhook_comes_its_payments_are_found_by_asking_and_told_once() {
    let mut counter = open(&[]).await;
    let url = standing(&counter);
    counter.fault(Part::Webhooks, Deed::Stop).await;
    assert_eq!(counter.pay(&url, "paid", Some("3.20")).await, 303);
    let paid = counter.until_scene("paid").await;
    assert_eq!(paid.amount, Some(320));
    // The webhook comes after all, and a relay that has been away asks again: nothing is told twice.
    counter.fault(Part::Webhooks, Deed::Start).await;
    counter.fault(Part::Relay, Deed::Kill).await;
    counter.fault(Part::Relay, Deed::Start).await;
    counter.until("armed again", |state| state.armed).await;
    assert_eq!(counter.pay(&url, "paid", Some("4.00")).await, 303);
    counter.until("the next", |state| state.scene == "paid" && state.amount == Some(400)).await;
    assert_eq!(counter_payments(&counter), 2);
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_switched_off_leaves_the_screen_and_comes_back_when_it_is_on() {
    for webhooks in [Deed::Start, Deed::Stop] {
        let mut counter = open(&[]).await;
        counter.fault(Part::Webhooks, webhooks).await;
        switch(&counter, false).await;
        counter.until("no code", |state| state.scene == "idle" && state.url.is_none()).await;
        let told =
            |fact: &Fact| matches!(fact, Fact::Standing { state } if state.status == LinkStatus::Deactivated);
        assert!(counter.facts().iter().any(told));
        // A keyed sale has a link of its own.
        let sale = counter.sell(500).await;
        assert_eq!(counter.pay(&sale, "paid", None).await, 303);
        counter.until_scene("paid").await;
        // It is off after a restart, too, before anybody is asked.
        counter.fault(Part::Terminal, Deed::Kill).await;
        counter.revive_terminal().await;
        counter.until("no code yet", |state| state.scene == "idle" && state.armed).await;
        assert_eq!(counter.state().url, None);
        switch(&counter, true).await;
        counter.until("the code again", |state| state.scene == "idle" && state.url.is_some()).await;
        counter.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_from_before_the_link_was_watched_are_booked_and_never_announced() {
    let mut counter = open(&[]).await;
    let url = standing(&counter);
    assert_eq!(counter.pay(&url, "paid", Some("9.00")).await, 303);
    counter.until_scene("paid").await;
    counter.until("the code again", |state| state.scene == "idle" && state.url.is_some()).await;
    // A relay on a new machine watches from now on.
    counter.lose_relay().await;
    counter.until("armed again", |state| state.armed).await;
    let replayed = |fact: &Fact| matches!(fact, Fact::Noticed { notice, .. } if notice.replay);
    counter.when("the history is told", |counter| counter.facts().iter().any(replayed)).await;
    assert_eq!(counter.pay(&url, "paid", Some("2.00")).await, 303);
    counter.until("only the new one", |state| state.scene == "paid" && state.amount == Some(200)).await;
    assert_eq!(counter_payments(&counter), 2);
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn news_that_is_confirmed_by_asking_is_told_like_any_other() {
    let mut counter = open(&["confirm=yes", "poll_first_ms=20000", "poll_most_ms=20000"]).await;
    let url = standing(&counter);
    assert_eq!(counter.pay(&url, "paid", Some("6.00")).await, 303);
    counter.until("the counter's", |state| state.scene == "paid" && state.amount == Some(600)).await;
    counter.until("the code again", |state| state.scene == "idle" && state.url.is_some()).await;
    let sale = counter.sell(1250).await;
    assert_eq!(counter.pay(&sale, "paid", None).await, 303);
    let paid = counter.until("the sale's", |state| state.scene == "paid" && state.amount == Some(1250)).await;
    assert!(paid.reference.is_some());
    counter.close().await;
    log::assert_quiet();
}
