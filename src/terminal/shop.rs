//! What the shop's systems have to be told: how each sale stands that changed, again and again until the broker has it. What
//! is owed outlives the program, since the journal loads such a sale at the next start whatever else is there.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;

use super::published::SaleEvent;
use super::radio::Radio;
use crate::core::book::Book;
use crate::core::event::SaleChange;
use crate::core::moment::Moment;
use crate::core::reference::Reference;
use crate::mqtt::outbox::Outbox;
use crate::mqtt::outbox::Pace;
use crate::mqtt::topics::Leaf;

/// Acknowledgements that wait for the loop; more of them wait outside.
const ACKNOWLEDGED: usize = 16;

/// The broker has this event.
#[derive(Debug)]
pub struct Told {
    reference: Reference,
    n: u64,
}

/// Only the last state of a sale is owed.
pub struct Shop {
    owed: BTreeMap<Reference, SaleEvent>,
    outbox: Outbox<(), Reference>,
    /// What the journal keeps for the next start and need not any more.
    told: Vec<Reference>,
    n: u64,
    acknowledged: mpsc::Sender<Told>,
}

impl Shop {
    /// Numbers events from above `n`. What was owed when the program last ended is owed still: the sales among `live`, the
    /// subjects that the journal keeps for a start.
    pub fn start(n: u64, live: &[String], book: &Book, now: Moment) -> (Self, mpsc::Receiver<Told>) {
        let (acknowledged, receiver) = mpsc::channel(ACKNOWLEDGED);
        let (owed, outbox) = (BTreeMap::new(), Outbox::default());
        let mut shop = Self { owed, outbox, told: Vec::new(), n, acknowledged };
        let sales = live.iter().filter_map(|subject| subject.parse::<Reference>().ok());
        for change in sales.filter_map(|reference| book.told_of(&reference, now.unix_ms)) {
            shop.owe(change, now.mono);
        }
        (shop, receiver)
    }

    /// To be told with the next [`Self::tell`], once the facts behind it are on disk.
    pub fn owe(&mut self, change: SaleChange, now: Duration) {
        self.n += 1;
        let event = SaleEvent::of(change, self.n);
        let reference = event.reference.clone();
        self.told.retain(|told| *told != reference);
        self.outbox.done(&(), &reference, now);
        self.outbox.owe((), reference.clone(), Pace::DOCUMENT, now);
        self.owed.insert(reference, event);
    }

    #[must_use]
    pub fn owes(&self, reference: &Reference) -> bool {
        self.owed.contains_key(reference)
    }

    /// The broker is there: whatever was on its way may be lost.
    pub fn come_up(&mut self, now: Duration) {
        self.outbox.reset(now);
    }

    /// Sends what is due.
    pub fn tell(&mut self, radio: &Radio, now: Duration) {
        for ((), reference) in self.outbox.due(now) {
            let Some(event) = self.owed.get(&reference) else { continue };
            let Ok(bytes) = serde_json::to_vec(event) else { continue };
            let Some(receipt) = radio.tell(Leaf::SaleEvent, bytes) else { continue };
            let (acknowledged, n) = (self.acknowledged.clone(), event.n);
            tokio::spawn(async move {
                if receipt.acknowledged().await.is_ok() {
                    // A terminal that has ended tells it again at its next start.
                    let _gone = acknowledged.send(Told { reference, n }).await;
                }
            });
        }
    }

    pub fn acknowledge(&mut self, told: Told, now: Duration) {
        if self.owed.get(&told.reference).is_some_and(|event| event.n == told.n) {
            self.outbox.done(&(), &told.reference, now);
            self.owed.remove(&told.reference);
            self.told.push(told.reference);
        }
    }

    /// What the journal may let go with its next commit: one of its own would wear the card for nothing, since an event
    /// may come twice.
    pub fn take_told(&mut self, book: &Book) -> Vec<String> {
        let told = std::mem::take(&mut self.told).into_iter();
        told.filter(|reference| !book.is_needed(reference)).map(|reference| reference.to_string()).collect()
    }

    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.outbox.poll_timeout()
    }
}
