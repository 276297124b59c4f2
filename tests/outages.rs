//! Outages as people meet them, each a story of its own: something is gone at the worst moment, comes
//! back, and the money is right. Every story ends with all promises checked from outside.

#[path = "support/checks.rs"]
mod checks;
#[path = "support/log.rs"]
mod log;
#[path = "support/world.rs"]
mod world;

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::RgbColor as _;

use checks::Evidence;
use checks::Witness;
use qrtill::core::fact::Fact;
use qrtill::core::fact::Verdict;
use qrtill::core::key::Key;
use qrtill::core::scene::Deaf;
use qrtill::core::scene::SaleResult;
use qrtill::relay::decide::fact::Fact as RelayFact;
use qrtill::sandbox::bank::faults::ApiOdds;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use world::Counter;

/// A counter with a witness, whose story ends in `finish`.
struct Story {
    counter: Counter,
    witness: Witness,
}

impl Story {
    async fn begin(settings: &[&str]) -> Self {
        log::record();
        let counter = Counter::open(&[&["retry_base_ms=20"], settings].concat()).await;
        let journal = qrtill::terminal::journal_path(&counter.options().data.join("terminal"));
        let witness = Witness::start(counter.world.snapshots(), journal, counter.bank.clone());
        Self { counter, witness }
    }

    fn evidence(counter: &Counter) -> Evidence {
        Evidence { ledger: counter.ledger(), terminal: counter.facts(), relay: counter.relay_facts() }
    }

    async fn finish(self) {
        let mut last = None;
        let quiet = |counter: &Counter| {
            let evidence = last.insert(Self::evidence(counter));
            evidence.unfinished().is_empty()
        };
        self.counter.when("quiet", quiet).await;
        let mut broken = last.expect("it was looked at").broken();
        broken.extend(self.witness.broken());
        assert!(broken.is_empty(), "{broken:#?}");
        self.counter.close().await;
        log::assert_quiet();
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let booked = |fact| if let Fact::Noticed { verdict, .. } = fact { verdict } else { None };
        self.counter.facts().into_iter().filter_map(booked).collect()
    }
}

async fn the_code_leaves_with_the_broker_and_returns(act: Deed) {
    let mut story = Story::begin(&["sale_ttl_s=20"]).await;
    let counter = &mut story.counter;
    let url = counter.sell(500).await;
    let before = counter.state().expires_in_s.expect("a code has an end");
    counter.fault(Part::Broker, act).await;
    let deaf = counter.until("deaf", |state| !state.armed).await;
    assert_eq!((deaf.scene, deaf.url, deaf.amount), ("unavailable", None, Some(500)));
    assert_eq!(deaf.deaf, Some(Deaf::NoBroker));
    counter.fault(Part::Broker, Deed::Start).await;
    let back = counter.until_scene("scan").await;
    assert_eq!(back.url.as_deref(), Some(url.as_str()));
    assert!(back.expires_in_s.is_some_and(|left| left <= before), "{before} s, then {back:?}");
    counter.pay(&url, "paid", None).await;
    counter.until_scene("paid").await;
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_leaves_the_panel_when_the_broker_stops_and_returns_with_the_rest_of_its_time() {
    the_code_leaves_with_the_broker_and_returns(Deed::Stop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_leaves_the_panel_when_the_broker_is_killed_and_returns_with_the_rest_of_its_time() {
    the_code_leaves_with_the_broker_and_returns(Deed::Kill).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_whose_time_ran_out_meanwhile_does_not_return() {
    let mut story = Story::begin(&["sale_ttl_s=1"]).await;
    let counter = &mut story.counter;
    let url = counter.sell(500).await;
    counter.fault(Part::Broker, Deed::Kill).await;
    counter.until("off", |state| state.url.is_none()).await;
    counter.until_scene("closing").await;
    counter.fault(Part::Broker, Deed::Start).await;
    let state = counter.until("ended", |state| state.result != Some(SaleResult::Open)).await;
    assert_eq!((state.result, state.url), (Some(SaleResult::Expired), None));
    assert_eq!(counter.pay(&url, "paid", None).await, 410);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_while_the_broker_is_gone_is_paid_after_its_return() {
    let mut story = Story::begin(&[]).await;
    let counter = &mut story.counter;
    let url = counter.sell(500).await;
    counter.fault(Part::Broker, Deed::Kill).await;
    counter.until_scene("unavailable").await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.when("heard by the relay", paid_at_the_relay).await;
    counter.fault(Part::Broker, Deed::Start).await;
    let state = counter.until_scene("paid").await;
    assert_eq!(state.result, Some(SaleResult::Paid));
    story.finish().await;
}

fn paid_at_the_relay(counter: &Counter) -> bool {
    counter.relay_facts().iter().any(|fact| matches!(fact, RelayFact::Paid { .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_killed_before_the_webhook_hears_of_the_payment_later() {
    let mut story = Story::begin(&[]).await;
    let counter = &mut story.counter;
    let url = counter.sell(500).await;
    counter.fault(Part::Relay, Deed::Kill).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.fault(Part::Relay, Deed::Start).await;
    counter.until_scene("paid").await;
    assert_eq!(story.verdicts(), [Verdict::Matched]);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_killed_after_the_webhook_still_tells_the_terminal() {
    let mut story = Story::begin(&[]).await;
    let counter = &mut story.counter;
    let url = counter.sell(500).await;
    counter.fault(Part::Broker, Deed::Kill).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.when("heard by the relay", paid_at_the_relay).await;
    counter.fault(Part::Relay, Deed::Kill).await;
    counter.fault(Part::Webhooks, Deed::Stop).await;
    counter.fault(Part::Broker, Deed::Start).await;
    counter.fault(Part::Relay, Deed::Start).await;
    counter.until_scene("paid").await;
    counter.fault(Part::Webhooks, Deed::Start).await;
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_gone_for_longer_than_the_first_retries_books_the_payment_once() {
    let mut story = Story::begin(&[]).await;
    let counter = &mut story.counter;
    let url = counter.sell(500).await;
    counter.fault(Part::Relay, Deed::Stop).await;
    counter.fault(Part::Webhooks, Deed::Start).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.when("tried often", |counter| counter.bank.faults().webhook_attempts() > 12).await;
    counter.fault(Part::Relay, Deed::Start).await;
    counter.until_scene("paid").await;
    assert_eq!(story.verdicts(), [Verdict::Matched]);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_killed_while_the_customer_pays_says_paid_once_after_its_restart() {
    let mut story = Story::begin(&[]).await;
    let counter = &mut story.counter;
    let url = counter.sell(500).await;
    counter.fault(Part::Terminal, Deed::Kill).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.revive_terminal().await;
    counter.until_scene("paid").await;
    assert_eq!(story.verdicts(), [Verdict::Matched]);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_sale_is_drawn_again_without_sound_after_a_restart_within_its_hold() {
    let mut story = Story::begin(&[]).await;
    let counter = &mut story.counter;
    let url = counter.sell(500).await;
    counter.pay(&url, "paid", None).await;
    counter.until_scene("paid").await;
    counter.fault(Part::Terminal, Deed::Kill).await;
    counter.revive_terminal().await;
    let state = counter.until_scene("paid").await;
    assert_eq!(state.amount, Some(500));
    assert_eq!(story.witness.paid_sounds(), 1, "one sale sounds once");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_comes_back_long_after_the_payment_lists_it_as_paid() {
    let mut story = Story::begin(&["paid_hold_s=1", "sale_ttl_s=1"]).await;
    let counter = &mut story.counter;
    let url = counter.sell(500).await;
    counter.fault(Part::Terminal, Deed::Stop).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    let long_ago = |counter: &Counter| {
        let ledger = counter.ledger();
        ledger.payments.iter().all(|paid| qrtill::host::unix_ms() > paid.at_ms + 2_000)
    };
    counter.when("long ago", long_ago).await;
    counter.revive_terminal().await;
    let ended = counter.until("ended", |state| state.last.is_some()).await;
    assert_eq!(ended.last.map(|last| last.result), Some(SaleResult::Paid));
    counter.until_scene("idle").await;
    let list = counter.press(&[Key::List]).await;
    assert_eq!(list.scene, "last_payments");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_webhook_the_relay_finds_the_payment_by_asking() {
    let mut story = Story::begin(&[]).await;
    let counter = &mut story.counter;
    counter.fault(Part::Webhooks, Deed::Drop).await;
    let url = counter.sell(500).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.until_scene("paid").await;
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_come_twice_and_in_any_order_book_a_payment_once() {
    let mut story = Story::begin(&[]).await;
    let counter = &mut story.counter;
    counter.fault(Part::Webhooks, Deed::Double).await;
    let url = counter.sell(500).await;
    let at_first = counter.bank.faults().webhook_attempts();
    counter.pay(&url, "failed", None).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.until_scene("paid").await;
    // The attempt, the money, the page and the link each have an event.
    counter.when("told", |counter| counter.bank.faults().webhook_attempts() >= at_first + 4).await;
    assert_eq!(story.verdicts(), [Verdict::Matched]);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_cut_in_half_make_one_link_and_not_two() {
    for seed in 1..=4 {
        let mut story = Story::begin(&[]).await;
        let counter = &mut story.counter;
        let cut = ApiOdds { seed, half: 70, ..ApiOdds::default() };
        counter.bank.faults().set_api(cut);
        let url = counter.sell(500).await;
        counter.bank.faults().set_api(ApiOdds::default());
        assert_eq!(counter.ledger().links.len(), 1);
        assert_eq!(counter.pay(&url, "paid", None).await, 303);
        counter.until_scene("paid").await;
        story.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_gone_while_closing_is_unknown_and_does_not_hold_up_the_next_sale() {
    let mut story = Story::begin(&["close_wait_s=1"]).await;
    let counter = &mut story.counter;
    let first = counter.sell(500).await;
    let reference = counter.state().reference;
    counter.fault(Part::Provider, Deed::Stop).await;
    assert_eq!(counter.press(&[Key::Cancel]).await.scene, "closing");
    let state = counter.until_scene("unknown").await;
    assert_eq!(state.result, Some(SaleResult::Unknown));
    assert_eq!(counter.press(&[Key::Cancel]).await.scene, "idle");
    counter.fault(Part::Provider, Deed::Start).await;
    let second = counter.sell(700).await;
    counter.until("told of the first", |state| state.strip.is_some()).await;
    let strip = counter.state().strip.expect("there is one");
    assert_eq!((strip.news, strip.amount), ("unpaid", 500));
    assert_eq!(counter.pay(&first, "paid", None).await, 410);
    assert_eq!(counter.pay(&second, "paid", None).await, 303);
    counter.until_scene("paid").await;
    let closed = |fact: &Fact| matches!(fact, Fact::Closed { reference: name, .. } if Some(name.to_string()) == reference);
    assert!(counter.facts().iter().any(closed));
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_beside_the_next_sale_is_a_strip_and_never_its_paid() {
    let mut story = Story::begin(&["strategy=reference", "sale_ttl_s=2"]).await;
    let counter = &mut story.counter;
    let first = counter.sell(500).await;
    counter.until_scene("expired").await;
    counter.press(&[Key::Cancel]).await;
    let second = counter.sell(500).await;
    assert_ne!(first, second);
    assert_eq!(counter.pay(&first, "paid", Some("5.00")).await, 303);
    let state = counter.until("said", |state| state.strip.is_some()).await;
    let strip = state.strip.expect("there is one");
    assert_eq!((strip.news, strip.amount), ("late", 500));
    assert_eq!((state.scene, state.url), ("scan", Some(second)));
    let state = counter.until("over", |state| state.result != Some(SaleResult::Open)).await;
    assert_eq!(state.result, Some(SaleResult::Expired));
    assert_eq!(story.witness.paid_sounds(), 0);
    assert_eq!(story.verdicts(), [Verdict::Late]);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_comes_after_cancel_is_withdrawn() {
    let mut story = Story::begin(&[]).await;
    let counter = &mut story.counter;
    let slow = ApiOdds { seed: 1, delay: 100, delay_ms: 700, ..ApiOdds::default() };
    counter.bank.faults().set_api(slow);
    counter.key_in(500).await;
    counter.when("made", |counter| counter.ledger().links.iter().any(|link| link.active)).await;
    assert_eq!(counter.press(&[Key::Cancel]).await.scene, "cancelled");
    counter.bank.faults().set_api(ApiOdds::default());
    counter.when("withdrawn", |counter| counter.ledger().links.iter().all(|link| !link.active)).await;
    let url = counter.ledger().links[0].url.clone();
    assert_eq!(counter.pay(&url, "paid", None).await, 410);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_and_cancelling_at_once_is_either_and_never_both() {
    for cashier_first in [false, true, false, true] {
        let mut story = Story::begin(&[]).await;
        let counter = &mut story.counter;
        let url = counter.sell(500).await;
        let page = counter.open_page(&url).await;
        let status = if cashier_first {
            tokio::join!(counter.press(&[Key::Cancel]), counter.pay_page(&url, &page)).1
        } else {
            tokio::join!(counter.pay_page(&url, &page), counter.press(&[Key::Cancel])).0
        };
        let state = counter.until("ended", |state| state.last.is_some()).await;
        let result = state.last.map(|last| last.result);
        let right = if status == 303 { SaleResult::Paid } else { SaleResult::Cancelled };
        assert_eq!(result, Some(right), "the page answered {status}");
        story.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_on_a_deaf_counter_keeps_the_amount_and_opens_the_sale_after_the_return() {
    let mut story = Story::begin(&[]).await;
    let counter = &mut story.counter;
    counter.fault(Part::Broker, Deed::Stop).await;
    counter.until_scene("unavailable").await;
    let state = counter.key_in(500).await;
    assert_eq!((state.scene, state.amount, state.deaf), ("unavailable", Some(500), Some(Deaf::NoBroker)));
    assert!(counter.ledger().links.is_empty());
    counter.fault(Part::Broker, Deed::Start).await;
    let state = counter.until_scene("entering").await;
    assert_eq!(state.amount, Some(500));
    counter.press(&[Key::Enter]).await;
    let url = counter.until_scene("scan").await.url.expect("a link");
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.until_scene("paid").await;
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_told_to_stop_says_so() {
    let mut story = Story::begin(&[]).await;
    let url = story.counter.sell(500).await;
    story.counter.fault(Part::Relay, Deed::Stop).await;
    // Not the silence that is noticed after a while, but its own word.
    story.counter.until("not serving", |state| state.deaf == Some(Deaf::NotServing)).await;
    story.counter.fault(Part::Relay, Deed::Start).await;
    story.counter.until_scene("scan").await;
    assert_eq!(story.counter.pay(&url, "paid", None).await, 303);
    story.counter.until_scene("paid").await;
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_a_short_sale_is_not_called_too_much() {
    let mut story = Story::begin(&["strategy=reference"]).await;
    let url = story.counter.sell(1250).await;
    let mut pages = Vec::new();
    for _ in 0..3 {
        pages.push(story.counter.open_page(&url).await);
    }
    for (page, amount, scene) in
        [(&pages[0], "10", "short"), (&pages[1], "2.50", "paid"), (&pages[2], "1", "over")]
    {
        assert_eq!(story.counter.pay_page_of(&url, page, Some(amount)).await, 303);
        story.counter.until_scene(scene).await;
    }
    assert_eq!(story.counter.state().result, Some(SaleResult::Short));
    assert_eq!(story.verdicts(), [Verdict::Short, Verdict::Duplicate, Verdict::Duplicate]);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_without_power_is_dark_and_says_so() {
    let mut counter = Counter::open(&[]).await;
    for deed in [Deed::Stop, Deed::Kill] {
        counter.sell(500).await;
        counter.fault(Part::Terminal, deed).await;
        let shown = counter.snapshots.borrow().clone().expect("a state");
        let state = &shown.state;
        assert_eq!((state.scene, state.armed, state.deaf, &state.url), ("off", false, None, &None));
        assert_eq!((state.amount, state.expires_in_s), (None, None));
        assert!(shown.frame.pixels().iter().all(|pixel| *pixel == Rgb565::BLACK));
        counter.fault(Part::Terminal, deed).await;
        assert_eq!(counter.state().seq, state.seq, "it cannot get darker");
        counter.revive_terminal().await;
        counter.until("the code again", |state| state.scene == "scan").await;
        counter.press(&[Key::Cancel]).await;
        counter.until_scene("cancelled").await;
        counter.press(&[Key::Cancel]).await;
    }
    counter.close().await;
}
