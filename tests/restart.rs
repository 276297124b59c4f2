//! Either side killed after each of its steps in turn, and started again: nothing is lost, nothing is
//! booked or announced twice, no link stays open. The steps are found by running, not listed by hand.

#[path = "support/log.rs"]
mod log;
#[path = "support/world.rs"]
mod world;

use std::time::Duration;

use qrtill::core::fact::Fact;
use qrtill::core::key::Key;
use qrtill::core::scene::SaleResult;
use qrtill::port::fuse::Fuse;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use world::Counter;

/// What a customer and a cashier do in one run; it goes on whatever is killed meanwhile.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Story {
    Paid,
    Cancelled,
}

fn fuse(counter: &Counter, side: Part) -> Fuse {
    let world = &counter.world;
    if side == Part::Terminal { world.terminal_fuse.clone() } else { world.relay_fuse.clone() }
}

/// Puts the killed side back. A new terminal numbers its states anew; what the old one showed is over.
async fn revive(counter: &mut Counter, side: Part) {
    if counter.world.is_running(side) {
        return;
    }
    let old = counter.state().seq;
    counter.fault(side, Deed::Start).await;
    if side == Part::Terminal {
        counter.until("a new life", |state| state.seq > old + 1000).await;
    }
}

/// Waits for a state while putting the killed side back.
async fn see(counter: &mut Counter, side: Part, what: &str, wanted: impl Fn(&world::SeenState) -> bool) {
    for _ in 0..600 {
        revive(counter, side).await;
        if wanted(&counter.state()) {
            return;
        }
        let changed = counter.snapshots.changed();
        drop(tokio::time::timeout(Duration::from_millis(50), changed).await);
    }
    panic!("never {what}: {:?}", counter.state());
}

/// One story with `side` killed after `steps` of its steps; gives back the steps it takes when whole.
async fn run(story: Story, side: Part, steps: u64) -> u64 {
    log::record();
    let mut counter = Counter::open(&["close_wait_s=2"]).await;
    let fuse = fuse(&counter, side);
    let before = fuse.count();
    fuse.set(steps);
    // The key that opens the sale may be the very step that kills: then it is pressed again, as people do.
    let mut pressed = 0;
    while counter.facts().iter().all(|fact| !matches!(fact, Fact::Intended { .. })) {
        revive(&mut counter, side).await;
        see(&mut counter, side, "armed", |state| state.armed).await;
        counter.try_press(&[Key::Cancel]).await;
        counter.try_key_in(500).await;
        pressed += 1;
        assert!(pressed < 100, "the sale never began");
        // A part that has just been killed takes a moment to be gone.
        drop(tokio::time::timeout(Duration::from_millis(20), counter.snapshots.changed()).await);
    }
    let shown = |state: &world::SeenState| state.url.is_some() || state.last.is_some();
    see(&mut counter, side, "shown", shown).await;
    if let Some(url) = counter.state().url {
        match story {
            Story::Paid => assert_eq!(counter.pay(&url, "paid", None).await, 303),
            Story::Cancelled => {
                while counter.facts().iter().all(|fact| !matches!(fact, Fact::Closing { .. })) {
                    revive(&mut counter, side).await;
                    see(&mut counter, side, "shown", shown).await;
                    counter.try_press(&[Key::Cancel]).await;
                }
            }
        }
    }
    see(&mut counter, side, "ended", |state| state.last.is_some()).await;
    if story == Story::Cancelled && counter.ledger().payments.is_empty() {
        while counter.state().last.is_none_or(|last| last.result == SaleResult::Unknown) {
            see(&mut counter, side, "known", |state| {
                state.last.as_ref().is_some_and(|last| last.result != SaleResult::Unknown)
            })
            .await;
        }
    }
    settle(&mut counter, side).await;
    check(&counter, story, side, steps);
    let taken = fuse.count() - before;
    counter.close().await;
    log::assert_quiet();
    taken
}

/// Waits until every link at the bank is withdrawn: the closing order goes on after the screen's result.
async fn settle(counter: &mut Counter, side: Part) {
    for _ in 0..600 {
        revive(counter, side).await;
        if counter.ledger().links.iter().all(|link| !link.active) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a link stayed open: {:?}", counter.ledger());
}

fn check(counter: &Counter, story: Story, side: Part, steps: u64) {
    let at = format!("{story:?}, {side:?} killed after step {steps}");
    let facts = counter.facts();
    let count = |wanted: fn(&Fact) -> bool| facts.iter().filter(|fact| wanted(fact)).count();
    let booked = count(|fact| matches!(fact, Fact::Noticed { verdict: Some(_), .. }));
    let announced = count(|fact| matches!(fact, Fact::Announced { .. }));
    let ledger = counter.ledger();
    assert_eq!(booked, ledger.payments.len(), "{at}: booked once for each payment");
    assert_eq!(announced, booked, "{at}: announced once");
    let last = counter.state().last.expect("a sale ended");
    match story {
        Story::Paid if booked == 1 => {
            assert!(matches!(last.result, SaleResult::Paid | SaleResult::Late), "{at}: {:?}", last.result)
        }
        Story::Paid | Story::Cancelled => assert!(
            matches!(last.result, SaleResult::Cancelled | SaleResult::Expired | SaleResult::Failed),
            "{at}: {:?}",
            last.result
        ),
    }
    assert_eq!(count(|fact| matches!(fact, Fact::Intended { .. })), 1, "{at}: one sale");
    let asked = ledger.links.len();
    assert!(asked <= 1, "{at}: {asked} links for one sale");
}

async fn kill_everywhere(story: Story, side: Part) {
    let whole = run(story, side, 0).await;
    assert!(whole > 5, "a sale takes more than {whole} steps");
    for steps in 1..=whole {
        run(story, side, steps).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_killed_after_any_step_of_a_paid_sale_loses_nothing() {
    kill_everywhere(Story::Paid, Part::Terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_killed_after_any_step_of_a_paid_sale_loses_nothing() {
    kill_everywhere(Story::Paid, Part::Relay).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_killed_after_any_step_of_a_cancelled_sale_leaves_no_link() {
    kill_everywhere(Story::Cancelled, Part::Terminal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_killed_after_any_step_of_a_cancelled_sale_leaves_no_link() {
    kill_everywhere(Story::Cancelled, Part::Relay).await;
}
