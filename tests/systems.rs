//! One sale in every result, and the standing link's whole life, on each of the payment-link systems: the same
//! terminal, relay and screens, and underneath each system's own adapter against its own face of the bank.

#[path = "support/log.rs"]
mod log;
#[path = "support/world.rs"]
mod world;

use qrtill::core::fact::Fact;
use qrtill::core::fact::Verdict;
use qrtill::core::key::Key;
use qrtill::core::message::RefundSaid;
use qrtill::core::scene::SaleResult;
use qrtill::port::provider::Ask;
use qrtill::port::provider::Refunds;
use qrtill::sandbox::bank::model::PaymentStatus;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use world::Counter;

/// Each system with the currency of its home.
const SYSTEMS: [(&str, &str); 5] =
    [("stripe", "EUR"), ("vinr", "EUR"), ("yabetoo", "XAF"), ("storekit", "GBP"), ("qonto", "EUR")];

/// What is keyed in: 12.50 EUR, 1250 XAF.
const AMOUNT: u64 = 1250;

/// Runs a case on every system; a failure names the one it happened on.
async fn on_each<F: Future<Output = Counter>>(settings: &[&str], case: impl Fn(Counter) -> F) {
    log::record();
    assert_eq!(SYSTEMS.map(|(name, _)| name).len(), qrtill::provider::PROVIDERS.len());
    for (system, currency) in SYSTEMS {
        eprintln!("on {system}");
        let counter = Counter::open_with(system, currency, settings).await;
        case(counter).await.close().await;
        log::assert_quiet();
    }
}

fn can(counter: &Counter) -> &'static qrtill::port::provider::Capabilities {
    counter.world.system().provider().capabilities()
}

/// storekit lists a payment once the money is there: what is on its way looks like nothing.
fn tells_of_pending(counter: &Counter) -> bool {
    counter.world.system().provider().name() != "storekit"
}

fn booked(counter: &Counter, verdict: Verdict) -> usize {
    let such = |fact: &&Fact| matches!(fact, Fact::Noticed { verdict: Some(found), .. } if *found == verdict);
    counter.facts().iter().filter(such).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyed_sale_is_paid_and_its_link_takes_nothing_more() {
    on_each(&[], async |mut counter| {
        let url = counter.sell(AMOUNT).await;
        assert_eq!(counter.pay(&url, "paid", None).await, 303);
        let paid = counter.until_scene("paid").await;
        assert_eq!((paid.amount, paid.result), (Some(1250), Some(SaleResult::Paid)));
        counter
            .when("the link is dead", |counter| counter.ledger().links.iter().all(|link| !link.active))
            .await;
        assert_eq!(counter.pay(&url, "paid", None).await, 410);
        assert_eq!(booked(&counter, Verdict::Matched), 1);
        let ledger = counter.ledger();
        assert_eq!((ledger.payments.len(), ledger.payments[0].amount.minor), (1, 1250));
        counter
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_webhook_comes_asking_finds_the_money() {
    on_each(&[], async |mut counter| {
        counter.fault(Part::Webhooks, Deed::Stop).await;
        let url = counter.sell(AMOUNT).await;
        assert_eq!(counter.pay(&url, "paid", None).await, 303);
        counter.until_scene("paid").await;
        // Told again by everything that was held back, it stays one payment.
        counter.fault(Part::Webhooks, Deed::Double).await;
        let sale = counter.press(&[Key::Cancel]).await;
        assert_eq!(sale.scene, "idle");
        let url = counter.sell(300).await;
        assert_eq!(counter.pay(&url, "paid", None).await, 303);
        counter.until("the next", |state| state.scene == "paid" && state.amount == Some(300)).await;
        assert_eq!(booked(&counter, Verdict::Matched), 2);
        assert_eq!(booked(&counter, Verdict::Duplicate), 0);
        counter
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_whose_time_is_over_is_expired_and_a_cancelled_one_withdrawn() {
    on_each(&["sale_ttl_s=1"], async |mut counter| {
        let url = counter.sell(AMOUNT).await;
        let state = counter.until_scene("expired").await;
        assert_eq!(state.result, Some(SaleResult::Expired));
        assert_eq!(counter.pay(&url, "paid", None).await, 410);
        counter.press(&[Key::Cancel]).await;
        let url = counter.sell(700).await;
        counter.press(&[Key::Cancel]).await;
        let state = counter.until("an end", |state| ["cancelled", "expired"].contains(&state.scene)).await;
        assert_eq!(state.result, Some(SaleResult::Cancelled));
        assert_eq!(counter.pay(&url, "paid", None).await, 410);
        assert!(counter.ledger().links.iter().all(|link| !link.active));
        counter
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_attempt_ends_nothing_and_the_next_one_pays() {
    on_each(&[], async |mut counter| {
        let url = counter.sell(AMOUNT).await;
        assert_eq!(counter.pay(&url, "failed", None).await, 303);
        assert_eq!(counter.state().scene, "scan");
        assert_eq!(counter.pay(&url, "paid", None).await, 303);
        counter.until_scene("paid").await;
        assert_eq!(booked(&counter, Verdict::Matched), 1);
        counter
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_under_way_is_not_paid_until_the_bank_says_so() {
    on_each(&[], async |mut counter| {
        if !tells_of_pending(&counter) {
            return counter;
        }
        let url = counter.sell(AMOUNT).await;
        assert_eq!(counter.pay(&url, "pending", None).await, 303);
        counter.until_scene("processing").await;
        assert_eq!(booked(&counter, Verdict::Matched), 0);
        settle(&counter, true);
        counter.until_scene("paid").await;
        assert_eq!(booked(&counter, Verdict::Matched), 1);
        counter
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_up_while_the_bank_is_at_work_it_is_unknown_and_the_money_is_late() {
    on_each(&["sale_ttl_s=2", "close_wait_s=1"], async |mut counter| {
        if !tells_of_pending(&counter) {
            return counter;
        }
        let url = counter.sell(AMOUNT).await;
        assert_eq!(counter.pay(&url, "pending", None).await, 303);
        let state = counter.until_scene("unknown").await;
        assert_eq!(state.result, Some(SaleResult::Unknown));
        settle(&counter, true);
        counter.when("late money", |counter| booked(counter, Verdict::Late) == 1).await;
        assert_eq!(booked(&counter, Verdict::Matched), 0);
        counter
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_after_the_end_is_said_as_late() {
    on_each(&["sale_ttl_s=1"], async |mut counter| {
        if can(&counter).open_checkouts {
            // Its open pages are closed with the link: nobody can be late there.
            return counter;
        }
        let url = counter.sell(AMOUNT).await;
        let page = counter.open_page(&url).await;
        counter.until_scene("expired").await;
        assert_eq!(counter.pay_page(&url, &page).await, 303);
        counter.when("late money", |counter| booked(counter, Verdict::Late) == 1).await;
        counter
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_customers_who_pay_one_code_are_both_booked() {
    on_each(&[], async |mut counter| {
        let url = counter.sell(AMOUNT).await;
        let pages = [counter.open_page(&url).await, counter.open_page(&url).await];
        // What is on its way when the first is announced; the relay closes what is open after it.
        counter.fault(Part::Webhooks, Deed::Stop).await;
        for page in &pages {
            counter.pay_page(&url, page).await;
        }
        counter.fault(Part::Webhooks, Deed::Start).await;
        counter
            .when("both are booked", |counter| {
                let paid = |status| status == PaymentStatus::Succeeded;
                let money = counter.ledger().payments.iter().filter(|payment| paid(payment.status)).count();
                booked(counter, Verdict::Matched) == 1 && booked(counter, Verdict::Duplicate) + 1 == money
            })
            .await;
        counter
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_dies_under_a_sale_goes_on_with_it() {
    on_each(&[], async |mut counter| {
        let url = counter.sell(AMOUNT).await;
        counter.fault(Part::Relay, Deed::Kill).await;
        assert_eq!(counter.pay(&url, "paid", None).await, 303);
        counter.fault(Part::Relay, Deed::Start).await;
        counter.until_scene("paid").await;
        assert_eq!(booked(&counter, Verdict::Matched), 1);
        counter
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_fails_and_forgets_gets_one_link_a_sale() {
    on_each(&[], async |mut counter| {
        counter.fault(Part::Provider, Deed::Drop).await;
        let url = counter.sell(AMOUNT).await;
        counter.fault(Part::Provider, Deed::Start).await;
        assert_eq!(counter.pay(&url, "paid", None).await, 303);
        counter.until_scene("paid").await;
        // Where the answer to an order was lost and the system forgets its key, the first link is found again.
        let payable = counter.ledger().links.iter().filter(|link| link.active).count();
        assert!(payable <= 1, "{payable} links can still be paid");
        assert_eq!(booked(&counter, Verdict::Matched), 1);
        counter
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standing_link_is_paid_switched_off_and_on() {
    let settings = ["standing=yes", "standing_every_ms=300", "paid_hold_s=1"];
    on_each(&settings, async |mut counter| {
        let shown = |state: &world::SeenState| state.scene == "idle" && state.url.is_some();
        let url = counter.until("the standing code", shown).await.url.expect("a link");
        let (typed, minor) =
            match (can(&counter).open_amount, counter.options().counters[0].currency.exponent()) {
                (None, _) => (None, 500),
                (Some(_), 0) => (Some("750"), 750),
                (Some(_), _) => (Some("7.50"), 750),
            };
        assert_eq!(counter.pay(&url, "paid", typed).await, 303);
        let paid = counter.until_scene("paid").await;
        assert_eq!((paid.amount, paid.reference), (Some(minor), None));
        assert_eq!(booked(&counter, Verdict::Counter), 1);
        let link = counter.ledger().links[0].id.clone();
        let switch = |active| Ask::SetActive { link: link.clone(), active };
        counter.world.system().ask(switch(false)).await.expect("switched off");
        counter.until("no code", |state| state.scene == "idle" && state.url.is_none()).await;
        // A keyed sale has a link of its own.
        let sale = counter.sell(AMOUNT).await;
        assert_eq!(counter.pay(&sale, "paid", None).await, 303);
        counter.until("the sale", |state| state.scene == "paid" && state.reference.is_some()).await;
        if can(&counter).reactivate {
            counter.world.system().ask(switch(true)).await.expect("switched on");
            counter.until("the code again", shown).await;
        }
        counter
    })
    .await;
}

/// The bank's last word on the payment that is under way.
fn settle(counter: &Counter, succeeds: bool) {
    let ledger = counter.ledger();
    let pending = ledger.payments.iter().find(|payment| payment.status == PaymentStatus::Processing);
    let payment = pending.expect("a payment under way");
    counter.bank.settle(&payment.id, succeeds).expect("the bank writes").expect("settled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_and_the_rest_are_given_back_or_the_dashboard_is_named() {
    let pin = [Key::Digit(1), Key::Digit(2), Key::Digit(3), Key::Digit(4), Key::Enter];
    on_each(&[], async |mut counter| {
        let url = counter.sell(AMOUNT).await;
        assert_eq!(counter.pay(&url, "paid", None).await, 303);
        counter.until_scene("paid").await;
        let back = |counter: &Counter| {
            let given: i64 = counter.ledger().refunds.iter().map(|refund| refund.amount.minor).sum();
            given
        };
        for (typed, sum) in [(vec![Key::Digit(5), Key::DoubleZero], 500), (vec![], 1250)] {
            counter.press(&[Key::Cancel, Key::List, Key::Enter, Key::Plus]).await;
            counter.press(&pin).await;
            counter.press(&typed).await;
            counter.press(&[Key::Enter]).await;
            if matches!(can(&counter).refunds, Refunds::Manual { .. }) {
                // Nothing was sent; a person says that it was done there.
                counter.until_scene("refund_by_hand").await;
                assert_eq!(back(&counter), 0);
                // Keys in the first half second are swallowed: pressed until one is heard.
                while counter.press(&[Key::Enter]).await.scene == "refund_by_hand" {
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
                let by_hand = |fact: &Fact| matches!(fact, Fact::RefundedByHand { .. });
                assert!(counter.facts().iter().any(by_hand));
            } else {
                counter.until_scene("refunded").await;
                assert_eq!(back(&counter), sum);
                // Where it was pending first, the last word comes as well.
                let done = |fact: &Fact| matches!(fact, Fact::RefundAnswered { said: RefundSaid::Done, .. });
                let times = if sum == 500 { 1 } else { 2 };
                counter
                    .when("each is done", |counter| {
                        counter.facts().iter().filter(|fact| done(fact)).count() == times
                    })
                    .await;
            }
        }
        counter
    })
    .await;
}
