//! A card that died, and the backup of this morning on a new one: money that moved since is not lost, not booked
//! twice and not announced twice.

#[path = "support/log.rs"]
mod log;
#[path = "support/wire.rs"]
mod wire;
#[path = "support/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use qrtill::core::fact::Fact;
use qrtill::core::key::Key;
use qrtill::host;
use qrtill::relay::NUMBERS;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use qrtill::store;
use world::Counter;

struct Card {
    journal: PathBuf,
    copy: PathBuf,
}

impl Card {
    /// As `qrtill backup` takes it, while the program runs.
    fn of(journal: &Path) -> Self {
        let copy = journal.with_extension("copy");
        store::copy::write(journal, &copy).expect("copied");
        Self { journal: journal.to_owned(), copy }
    }

    /// As `qrtill restore` puts it in place, after the program was stopped.
    fn put_back(&self) {
        for side in ["sqlite-wal", "sqlite-shm"] {
            let _none = fs::remove_file(self.journal.with_extension(side));
        }
        store::copy::judge(&self.copy).expect("whole");
        store::copy::rename(&self.copy, &host::random_name(), Some(NUMBERS)).expect("renamed");
        fs::rename(&self.copy, &self.journal).expect("in place");
    }
}

async fn sold(counter: &mut Counter, minor: u64) {
    let url = counter.sell(minor).await;
    assert_eq!(counter.pay(&url, "paid", None).await, 303);
    counter.until_scene("paid").await;
    counter.press(&[Key::Cancel]).await;
}

/// Amounts of the payments in the terminal's journal, smallest first.
fn booked(counter: &Counter) -> Vec<i64> {
    let payment = |fact: &Fact| {
        let Fact::Noticed { notice, .. } = fact else { return None };
        Some((notice.payment.id.clone(), notice.money().minor))
    };
    let payments: BTreeMap<_, _> = counter.facts().iter().filter_map(payment).collect();
    let mut amounts: Vec<_> = payments.into_values().collect();
    amounts.sort_unstable();
    amounts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_from_an_older_copy_numbers_its_news_anew_and_loses_none() {
    log::record();
    let mut counter = Counter::open(&[]).await;
    sold(&mut counter, 100).await;
    let data = counter.options().data.join("relay");
    let card = Card::of(&qrtill::relay::journal_path(&data));
    // These are told under numbers that the copy does not know to be given out.
    sold(&mut counter, 200).await;
    sold(&mut counter, 300).await;
    counter.fault(Part::Relay, Deed::Kill).await;
    card.put_back();
    counter.fault(Part::Relay, Deed::Start).await;
    counter.until("armed", |state| state.armed && state.scene == "idle").await;
    sold(&mut counter, 400).await;
    sold(&mut counter, 500).await;
    counter.when("all is booked", |counter| booked(counter) == [100, 200, 300, 400, 500]).await;
    counter.close().await;
    log::assert_quiet();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_from_an_older_copy_learns_what_came_since_and_announces_none_of_it() {
    log::record();
    let mut counter = Counter::open(&[]).await;
    sold(&mut counter, 100).await;
    let data = counter.world.seats()[0].data().to_owned();
    let card = Card::of(&qrtill::terminal::journal_path(&data));
    sold(&mut counter, 200).await;
    let sounds = counter.snapshots.borrow().as_ref().map(|shown| shown.sound.0);
    counter.fault(Part::Terminal, Deed::Kill).await;
    card.put_back();
    counter.revive_terminal().await;
    counter.when("what came since is booked", |counter| booked(counter) == [100, 200]).await;
    // The sale of before the copy may still be on the screen, as after any restart; never the one after it.
    let state = counter.until("armed", |state| state.armed).await;
    assert!(state.scene == "idle" || state.amount == Some(100), "nobody at the counter waits: {state:?}");
    let state = counter.press(&[Key::Cancel]).await;
    assert_eq!((state.scene, state.strip), ("idle", None));
    let after = counter.snapshots.borrow().as_ref().map(|shown| shown.sound.0);
    assert_eq!((sounds.is_some(), after), (true, Some(0)), "no sound of the past");
    sold(&mut counter, 300).await;
    counter.when("the next sale is booked", |counter| booked(counter) == [100, 200, 300]).await;
    counter.close().await;
    log::assert_quiet();
}
