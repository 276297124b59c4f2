//! Money back: from the keypad, whole and partial, and from the dashboard, whatever is pulled out meanwhile.
//! The relay is killed after each of its steps in turn; never is more given back than was asked for.

#[path = "support/log.rs"]
mod log;
#[path = "support/wire.rs"]
mod wire;
#[path = "support/world.rs"]
mod world;

use std::time::Duration;

use qrtill::core::book::Book;
use qrtill::core::fact::Fact;
use qrtill::core::key::Key;
use qrtill::core::message::RefundSaid;
use qrtill::mqtt::client::Message;
use qrtill::relay::decide::fact::Fact as RelayFact;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use serde_json::json;
use world::Counter;
use world::SeenState;

const PIN: [Key; 5] = [Key::Digit(1), Key::Digit(2), Key::Digit(3), Key::Digit(4), Key::Enter];

async fn open(settings: &[&str]) -> Counter {
    log::record();
    Counter::open(settings).await
}

/// A paid sale of this amount, and an idle counter.
async fn sold(counter: &mut Counter, minor: u64) {
    let url = counter.sell(minor).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.until_scene("paid").await;
    counter.press(&[Key::Cancel]).await;
}

/// From idle to how much to give back of the newest payment.
async fn propose(counter: &Counter) -> SeenState {
    counter.press(&[Key::List, Key::Enter, Key::Plus]).await;
    let state = counter.press(&PIN).await;
    assert_eq!(state.scene, "refund");
    state
}

fn given_back(counter: &Counter) -> i64 {
    counter.ledger().refunds.iter().map(|refund| refund.amount.minor).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_payment_is_given_back_and_the_list_and_the_state_say_so() {
    let mut counter = open(&[]).await;
    sold(&mut counter, 1250).await;
    let state = counter.press(&[Key::List, Key::Enter]).await;
    assert_eq!((state.scene, state.amount), ("payment", Some(1250)));
    counter.press(&[Key::Cancel]).await;
    let state = propose(&counter).await;
    assert_eq!(state.amount, Some(1250));
    counter.press(&[Key::Enter]).await;
    let state = counter.until_scene("refunded").await;
    assert_eq!(state.amount, Some(1250));
    assert_eq!(given_back(&counter), 1250);
    counter.until("booked", |state| state.last.as_ref().is_some_and(|last| last.refunded == 1250)).await;
    counter.press(&[Key::Cancel, Key::List, Key::Enter]).await;
    let state = counter.press(&[Key::Plus]).await;
    assert_eq!(state.scene, "payment", "nothing is left to give back");
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn shop_systems_are_told_of_the_sale_and_of_what_is_given_back() {
    let mut counter = open(&[]).await;
    let ear = wire::Ear::open(&counter.world).await;
    sold(&mut counter, 1250).await;
    propose(&counter).await;
    counter.press(&[Key::Digit(5), Key::DoubleZero, Key::Enter]).await;
    counter.until_scene("refunded").await;
    let told = || {
        let events = ear.all().into_iter().filter(|message| message.topic == wire::topic("sale/event"));
        let event = |message: Message| serde_json::from_slice::<serde_json::Value>(&message.payload);
        let events = events.map(|message| event(message).expect("JSON"));
        events.map(|event| (event["result"].clone(), event["refunded"].clone())).collect::<Vec<_>>()
    };
    counter.when("told", |_| told().len() >= 3).await;
    assert_eq!(json!(told()), json!([["open", 0], ["paid", 0], ["paid", 500]]));
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_given_back_until_nothing_is_left_and_never_more() {
    let mut counter = open(&[]).await;
    sold(&mut counter, 1250).await;
    propose(&counter).await;
    counter.press(&[Key::Digit(5), Key::DoubleZero, Key::Enter]).await;
    counter.until_scene("refunded").await;
    assert_eq!(given_back(&counter), 500);
    counter.press(&[Key::Cancel]).await;
    let state = propose(&counter).await;
    assert_eq!(state.amount, Some(750), "what is left is proposed");
    let state = counter.press(&[Key::Digit(8), Key::DoubleZero, Key::Enter]).await;
    assert_eq!((state.scene, given_back(&counter)), ("refund", 500), "more than is left is refused");
    counter.press(&[Key::Clear, Key::Digit(7), Key::Digit(5), Key::Digit(0), Key::Enter]).await;
    counter.until_scene("refunded").await;
    assert_eq!(given_back(&counter), 1250);
    counter.until("booked", |state| state.last.as_ref().is_some_and(|last| last.refunded == 1250)).await;
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_gives_nothing_back() {
    let mut counter = open(&[]).await;
    sold(&mut counter, 1250).await;
    counter.press(&[Key::List, Key::Enter, Key::Plus]).await;
    for _ in 0..3 {
        counter.press(&[Key::Digit(9), Key::Enter]).await;
    }
    let state = counter.press(&[Key::Enter]).await;
    assert_eq!((state.scene, given_back(&counter)), ("idle", 0));
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn counter_money_is_given_back_too() {
    let mut counter = open(&["standing=yes"]).await;
    let idle = counter.until("standing code", |state| state.url.is_some()).await;
    assert_eq!(counter.pay(&idle.url.expect("a link"), "paid", Some("3.20")).await, 303);
    counter.until_scene("paid").await;
    counter.press(&[Key::Cancel]).await;
    propose(&counter).await;
    counter.press(&[Key::Enter]).await;
    counter.until_scene("refunded").await;
    assert_eq!(given_back(&counter), 320);
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_answer_makes_it_unknown_and_the_strip_tells_the_end() {
    let mut counter = open(&["refund_wait_s=1"]).await;
    sold(&mut counter, 1250).await;
    counter.fault(Part::Provider, Deed::Stop).await;
    propose(&counter).await;
    counter.press(&[Key::Enter]).await;
    counter.until_scene("refund_unknown").await;
    let state = counter.press(&[Key::Cancel]).await;
    assert_eq!(state.scene, "idle", "the counter is free");
    counter.press(&[Key::List, Key::Enter]).await;
    let state = counter.press(&[Key::Plus]).await;
    assert_eq!(state.scene, "payment", "what may have been given back is not there to give back");
    counter.press(&[Key::Cancel]).await;
    counter.fault(Part::Provider, Deed::Start).await;
    let told = |state: &SeenState| state.strip.as_ref().is_some_and(|strip| strip.news == "refunded");
    counter.until("told", told).await;
    assert_eq!(given_back(&counter), 1250);
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_from_the_dashboard_is_booked_and_told() {
    let mut counter = open(&[]).await;
    sold(&mut counter, 1250).await;
    dashboard(&counter, 400).await;
    let booked = |state: &SeenState| {
        let told = state.strip.as_ref().is_some_and(|strip| (strip.news, strip.amount) == ("refunded", 400));
        told && state.last.as_ref().is_some_and(|last| last.refunded == 400)
    };
    counter.until("booked and told", booked).await;
    let state = propose(&counter).await;
    assert_eq!(state.amount, Some(850));
    counter.close().await;
    log::assert_quiet();
}

/// Gives back over the bank's own API, as its dashboard does.
async fn dashboard(counter: &Counter, minor: i64) {
    let face = counter.bank.faces().into_iter().find(|face| face.system == "stripe").expect("a face");
    let payment = counter.ledger().payments[0].id.clone();
    let client = reqwest::Client::builder().build().expect("a client");
    let asked = client
        .post(format!("{}/v1/refunds", face.base_url))
        .bearer_auth(face.api_key)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("payment_intent={payment}&amount={minor}"))
        .send();
    assert_eq!(asked.await.expect("the bank answers").status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_dashboard_has_overtaken_is_refused_with_the_reason() {
    let mut counter = open(&[]).await;
    sold(&mut counter, 1250).await;
    let closed = |fact: &RelayFact| matches!(fact, RelayFact::Closed { .. });
    counter.when("no list is asked for any more", |counter| counter.relay_facts().iter().any(closed)).await;
    counter.fault(Part::Webhooks, Deed::Stop).await;
    dashboard(&counter, 1000).await;
    propose(&counter).await;
    counter.press(&[Key::Enter]).await;
    counter.until_scene("refund_refused").await;
    assert_eq!(given_back(&counter), 1000);
    let reason = |fact| {
        if let Fact::RefundAnswered { said: RefundSaid::Refused, reason, .. } = fact {
            return Some(reason);
        }
        None
    };
    let reason = counter.facts().into_iter().find_map(reason).expect("a reason");
    // The bank's words, or the relay's where it has seen the dashboard's refund in a list.
    let known = ["unrefunded amount", "2.50 EUR is left"];
    assert!(known.iter().any(|words| reason.contains(words)), "{reason}");
    let learned = |state: &SeenState| state.last.as_ref().is_some_and(|last| last.refunded == 1000);
    counter.until("the dashboard's is learned", learned).await;
    counter.close().await;
    log::assert_quiet();
}

/// The systems whose refunds this counter asks for, each with the currency of its home.
const SYSTEMS: [(&str, &str); 3] = [("stripe", "EUR"), ("vinr", "EUR"), ("storekit", "GBP")];

async fn on_each<F: Future<Output = Counter>>(settings: &[&str], case: impl Fn(Counter) -> F) {
    log::record();
    for (system, currency) in SYSTEMS {
        eprintln!("on {system}");
        let counter = Counter::open_with(system, currency, settings).await;
        case(counter).await.close().await;
        log::assert_quiet();
    }
}

fn said(counter: &Counter, wanted: RefundSaid) -> bool {
    let such = |fact: &Fact| matches!(fact, Fact::RefundAnswered { said, .. } if *said == wanted);
    counter.facts().iter().any(such)
}

/// The newest refund comes back: the customer's bank did not take it.
fn bounce(counter: &Counter) {
    let refund = counter.ledger().refunds.last().expect("a refund").id.clone();
    counter.bank.settle_refund(&refund, false).expect("the bank writes").expect("it was not ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_after_it_was_told_as_done_is_said_booked_and_made_again() {
    on_each(&[], async |mut counter| {
        sold(&mut counter, 1250).await;
        propose(&counter).await;
        counter.press(&[Key::Enter]).await;
        counter.until_scene("refunded").await;
        counter.when("it is done", |counter| said(counter, RefundSaid::Done)).await;
        let back =
            |sum: i64| move |state: &SeenState| state.last.as_ref().is_some_and(|last| last.refunded == sum);
        counter.until("booked", back(1250)).await;
        counter.press(&[Key::Cancel]).await;
        bounce(&counter);
        let told = |state: &SeenState| {
            state.strip.as_ref().is_some_and(|strip| (strip.news, strip.amount) == ("refund_failed", 1250))
        };
        counter.until("told", told).await;
        counter.until("not given back", back(0)).await;
        let state = propose(&counter).await;
        assert_eq!(state.amount, Some(1250), "all of it is there to give back");
        counter.press(&[Key::Enter]).await;
        counter.until_scene("refunded").await;
        counter.until("booked again", back(1250)).await;
        assert_eq!(counter.ledger().payments[0].refunded, 1250);
        counter
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_refund_ends_as_the_bank_says() {
    for succeeds in [true, false] {
        on_each(&["refunds=pending", "refund_settles_ms=600000"], async |mut counter| {
            sold(&mut counter, 1250).await;
            propose(&counter).await;
            counter.press(&[Key::Digit(5), Key::DoubleZero, Key::Enter]).await;
            counter.until_scene("refunded").await;
            counter.when("it is under way", |counter| said(counter, RefundSaid::Pending)).await;
            let refund = counter.ledger().refunds[0].id.clone();
            counter.bank.settle_refund(&refund, succeeds).expect("the bank writes").expect("it is pending");
            let end = if succeeds { RefundSaid::Done } else { RefundSaid::Refused };
            counter.when("it has ended", |counter| said(counter, end)).await;
            let sum = if succeeds { 500 } else { 0 };
            let booked = |state: &SeenState| state.last.as_ref().is_some_and(|last| last.refunded == sum);
            counter.until("booked", booked).await;
            counter.until_scene(if succeeds { "refunded" } else { "refund_refused" }).await;
            counter
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_a_failed_refund_waits_for_a_relay_that_is_down_and_comes_twice_to_one_that_is_up() {
    let mut counter = open(&[]).await;
    sold(&mut counter, 1250).await;
    propose(&counter).await;
    counter.press(&[Key::Enter]).await;
    counter.until_scene("refunded").await;
    counter.press(&[Key::Cancel]).await;
    counter.when("it is done", |counter| said(counter, RefundSaid::Done)).await;
    counter.fault(Part::Webhooks, Deed::Double).await;
    counter.fault(Part::Relay, Deed::Kill).await;
    bounce(&counter);
    counter.fault(Part::Relay, Deed::Start).await;
    counter.when("it is told", |counter| said(counter, RefundSaid::Refused)).await;
    let back = |state: &SeenState| state.last.as_ref().is_some_and(|last| last.refunded == 0);
    counter.until("not given back", back).await;
    let words = counter.facts().into_iter().filter(|fact| matches!(fact, Fact::RefundAnswered { .. }));
    assert_eq!(words.count(), 2, "done, and then refused, each once");
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_when_the_terminals_book_has_let_it_go_is_told_and_booked_all_the_same() {
    let mut counter = open(&[]).await;
    sold(&mut counter, 1250).await;
    propose(&counter).await;
    counter.press(&[Key::Enter]).await;
    counter.until_scene("refunded").await;
    counter.press(&[Key::Cancel]).await;
    counter.when("it is done", |counter| said(counter, RefundSaid::Done)).await;
    for _ in 0..210 {
        counter.sell(100).await;
        counter.press(&[Key::Cancel]).await;
        counter.until_scene("cancelled").await;
        counter.press(&[Key::Cancel]).await;
    }
    bounce(&counter);
    let told = |state: &SeenState| {
        state.strip.as_ref().is_some_and(|strip| (strip.news, strip.amount) == ("refund_failed", 1250))
    };
    counter.until("told", told).await;
    counter.when("booked", |counter| given_back_by_the_book(counter) == 0).await;
    counter.close().await;
    log::assert_quiet();
}

/// What the terminal's facts say of the first payment.
fn given_back_by_the_book(counter: &Counter) -> i64 {
    let mut book = Book::default();
    let facts = counter.facts();
    facts.iter().for_each(|fact| book.apply(fact));
    let payment = facts.iter().find_map(Fact::payment).expect("a payment");
    book.given_back(payment)
}

/// Waits for a state while putting the killed side back.
async fn see(counter: &mut Counter, side: Part, what: &str, wanted: impl Fn(&Counter) -> bool) {
    for _ in 0..600 {
        if !counter.world.is_running(side) {
            let old = counter.state().seq;
            counter.fault(side, Deed::Start).await;
            if side == Part::Terminal {
                counter.until("a new life", |state| state.seq > old + 1000).await;
            }
        }
        if wanted(counter) {
            return;
        }
        drop(tokio::time::timeout(Duration::from_millis(50), counter.snapshots.changed()).await);
    }
    panic!("never {what}: {:?}", counter.state());
}

fn intended(counter: &Counter) -> usize {
    counter.facts().iter().filter(|fact| matches!(fact, Fact::RefundIntended { .. })).count()
}

/// One refund of a part with `side` killed after `steps` of its steps; gives back the steps it takes when whole.
async fn run(side: Part, steps: u64) -> u64 {
    log::record();
    let mut counter = Counter::open(&[]).await;
    sold(&mut counter, 1250).await;
    let closed = |counter: &Counter| counter.ledger().links.iter().all(|link| !link.active);
    see(&mut counter, side, "closed", closed).await;
    let world = &counter.world;
    let fuse = if side == Part::Terminal { world.terminal_fuse.clone() } else { world.relay_fuse.clone() };
    let before = fuse.count();
    fuse.set(steps);
    // The key that asks for it may be the very step that kills: then it is pressed again, as people do.
    while intended(&counter) == 0 {
        see(&mut counter, side, "armed", |counter| counter.state().armed).await;
        counter.try_press(&[Key::Cancel, Key::Cancel, Key::List, Key::Enter, Key::Plus]).await;
        counter.try_press(&PIN).await;
        counter.try_press(&[Key::Digit(5), Key::DoubleZero, Key::Enter]).await;
        drop(tokio::time::timeout(Duration::from_millis(20), counter.snapshots.changed()).await);
    }
    let ended = |counter: &Counter| {
        let done = |fact: &Fact| matches!(fact, Fact::RefundAnswered { said: RefundSaid::Done, .. });
        counter.facts().iter().any(done)
    };
    see(&mut counter, side, "given back", ended).await;
    let booked = |counter: &Counter| counter.state().last.is_some_and(|last| last.refunded == 500);
    see(&mut counter, side, "booked", booked).await;
    let at = format!("{side:?} killed after step {steps}");
    assert_eq!((intended(&counter), counter.ledger().refunds.len()), (1, 1), "{at}");
    assert_eq!(given_back(&counter), 500, "{at}");
    let taken = fuse.count() - before;
    counter.close().await;
    log::assert_quiet();
    taken
}

async fn kill_everywhere(side: Part) {
    let whole = run(side, 0).await;
    assert!(whole > 3, "a refund takes more than {whole} steps");
    for steps in 1..=whole {
        run(side, steps).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_killed_after_any_step_gives_back_once() {
    kill_everywhere(Part::Relay).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_killed_after_any_step_gives_back_once() {
    kill_everywhere(Part::Terminal).await;
}
