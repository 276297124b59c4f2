//! The promises, checked from outside: the bank's ledger, both journals as they are on disk, and every
//! state the counter has shown. Nothing here asks the program what it thinks.
#![allow(dead_code, reason = "every test binary uses its own part")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use qrtill::core::book::Book;
use qrtill::core::event::Sound;
use qrtill::core::fact::Fact;
use qrtill::core::fact::Verdict;
use qrtill::core::message::Outcome;
use qrtill::core::reference::Reference;
use qrtill::core::scene::SaleResult;
use qrtill::relay::decide::fact::Fact as RelayFact;
use qrtill::sandbox::bank::Bank;
use qrtill::sandbox::bank::Ledger;
use qrtill::sandbox::bank::LedgerPayment;
use qrtill::sandbox::bank::model::PaymentStatus;
use qrtill::store::Reader;
use qrtill::terminal::Snapshot;
use tokio::sync::watch;

/// Everything there is to judge a world by once it is quiet.
pub struct Evidence {
    pub ledger: Ledger,
    pub terminal: Vec<Fact>,
    pub relay: Vec<RelayFact>,
}

/// Looks at every state of the counter from its own thread, and compares those that speak of money with
/// the disk and the bank while they are on the screen.
pub struct Witness {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    broken: Vec<String>,
    states: u64,
    /// Links that were on the screen, by sale.
    shown: BTreeMap<String, BTreeSet<String>>,
    last_seq: u64,
    sounds: BTreeSet<(u64, u64)>,
    life: u64,
}

impl Witness {
    /// Watches until the world is dropped.
    pub fn start(mut snapshots: watch::Receiver<Option<Snapshot>>, journal: PathBuf, bank: Bank) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let inner = Arc::clone(&seen);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            runtime.block_on(async {
                snapshots.mark_changed();
                while snapshots.changed().await.is_ok() {
                    let Some(shown) = snapshots.borrow_and_update().clone() else { continue };
                    let mut seen = inner.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.look(&shown, &journal, &bank);
                }
            });
        });
        Self { seen }
    }

    /// Promises that were broken on the screen.
    pub fn broken(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut broken = seen.broken.clone();
        let twice = seen.shown.iter().filter(|(_, links)| links.len() > 1);
        broken.extend(twice.map(|(sale, links)| format!("{sale} was shown with {links:?}")));
        if seen.states == 0 {
            broken.push("nothing was ever seen".to_owned());
        }
        broken
    }

    /// How often the sound of PAID was given.
    pub fn paid_sounds(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).sounds.len()
    }
}

impl Seen {
    fn look(&mut self, shown: &Snapshot, journal: &std::path::Path, bank: &Bank) {
        let state = &shown.state;
        self.states += 1;
        if state.seq <= self.last_seq {
            self.broken.push(format!("state {} came after state {}", state.seq, self.last_seq));
        }
        // Each start numbers its states in a block of its own, and its sounds from one.
        if state.seq >> 20 != self.last_seq >> 20 {
            self.life += 1;
        }
        self.last_seq = state.seq;
        if let (n, Some(Sound::Paid)) = shown.sound {
            self.sounds.insert((self.life, n));
        }
        if let Some(url) = &state.url {
            if !state.armed {
                self.broken.push(format!("a code without an ear: {state:?}"));
            }
            let sale = state.reference.clone().unwrap_or_default();
            self.shown.entry(sale).or_default().insert(url.clone());
        }
        if state.scene == "paid" {
            self.look_at_paid(shown, journal, bank);
        }
    }

    fn look_at_paid(&mut self, shown: &Snapshot, journal: &std::path::Path, bank: &Bank) {
        let state = &shown.state;
        let facts: Vec<Fact> = Reader::open(journal).and_then(|all| all.between(0, i64::MAX)).expect("facts");
        let named = |fact: &Fact| fact.reference().map(ToString::to_string) == state.reference;
        let booked = facts.iter().filter(|fact| named(fact)).find_map(|fact| {
            let Fact::Noticed { notice, verdict: Some(Verdict::Matched | Verdict::Counter), .. } = fact
            else {
                return None;
            };
            (Some(notice.amount) == state.amount).then(|| notice.payment.id.clone())
        });
        // A sale that was short is shown with all that came once the rest of it has.
        let mut sum = 0;
        let whole = facts.iter().filter(|fact| named(fact)).any(|fact| {
            if let Fact::Noticed { notice, verdict: Some(_), .. } = fact {
                sum += notice.amount - notice.refunded;
            }
            Some(sum) == state.amount
        });
        if state.result == Some(SaleResult::Short) && whole {
            return;
        }
        let Some(id) = booked else {
            self.broken.push(format!("PAID before it was on disk: {state:?}"));
            return;
        };
        if !bank.ledger().payments.iter().any(|paid| paid.id == id && is_money(paid)) {
            self.broken.push(format!("PAID without money at the bank: {state:?}"));
        }
    }
}

pub fn is_money(payment: &LedgerPayment) -> bool {
    payment.status == PaymentStatus::Succeeded
}

/// The sale that a payment was made for, by what the link or the page's URL carried.
fn reference_of(payment: &LedgerPayment) -> Option<&str> {
    payment.metadata.get("reference").or(payment.reference.as_ref()).map(String::as_str)
}

impl Evidence {
    fn book(&self) -> Book {
        let mut book = Book::default();
        self.terminal.iter().for_each(|fact| book.apply(fact));
        book
    }

    fn payments_of(&self, reference: &str) -> impl Iterator<Item = &LedgerPayment> {
        self.ledger.payments.iter().filter(move |paid| reference_of(paid) == Some(reference))
    }

    /// The bank itself is still at work on a payment of it.
    fn is_pending(&self, reference: &str) -> bool {
        self.payments_of(reference).any(|paid| paid.status == PaymentStatus::Processing)
    }

    /// Sales the relay has been asked for and has not ended.
    fn watched(&self) -> BTreeSet<&str> {
        let mut watched = BTreeSet::new();
        for fact in &self.relay {
            if let RelayFact::Opened { open, .. } = fact {
                watched.insert(open.reference.as_str());
            }
            if let RelayFact::Refused { reference, .. }
            | RelayFact::Closed { reference, outcome: Outcome::Paid | Outcome::Unpaid } = fact
            {
                watched.remove(reference.as_str());
            }
        }
        watched
    }

    /// What still has to happen before the world is quiet; nothing when it is.
    pub fn unfinished(&self) -> Vec<String> {
        let mut unfinished = Vec::new();
        for sale in self.book().sales() {
            let name = sale.reference.as_str();
            let pending = self.is_pending(name);
            let result = sale.result();
            if result == SaleResult::Open || result == SaleResult::Unknown && !pending {
                unfinished.push(format!("{name} is {result:?}"));
            }
            if sale.owes_cancel() && !pending {
                unfinished.push(format!("{name} is not closed"));
            }
        }
        for payment in self.ledger.payments.iter().filter(|paid| is_money(paid)) {
            if self.booked(&payment.id).is_empty() {
                unfinished.push(format!("payment {} is not booked", payment.id));
            }
        }
        for name in self.watched() {
            if !self.is_pending(name) {
                unfinished.push(format!("{name} is still watched by the relay"));
            }
        }
        unfinished.extend(self.owed().into_iter().map(|document| format!("{document} is not receipted")));
        let open = self.ledger.links.iter().filter(|link| link.limit.is_some() && link.active);
        unfinished.extend(open.map(|link| format!("link {} {:?} is open", link.id, link.metadata)));
        unfinished
    }

    /// The verdicts that a payment was booked with.
    fn booked(&self, payment: &str) -> Vec<(Verdict, i64)> {
        let booked = |fact: &Fact| {
            let Fact::Noticed { notice, verdict: Some(verdict), .. } = fact else { return None };
            (notice.payment.id == payment).then_some((*verdict, notice.amount))
        };
        self.terminal.iter().filter_map(booked).collect()
    }

    /// Documents the relay has no receipt for.
    fn owed(&self) -> BTreeSet<&str> {
        let mut owed = BTreeSet::new();
        for fact in &self.relay {
            if let RelayFact::Owed { document, .. } = fact {
                owed.insert(document.as_str());
            }
            if let RelayFact::Receipted { document, .. } = fact {
                owed.remove(document.as_str());
            }
        }
        owed
    }

    /// Every promise that a quiet world keeps; those that it does not keep.
    pub fn broken(&self) -> Vec<String> {
        let mut broken: Vec<String> =
            self.unfinished().into_iter().map(|what| format!("after quiet, {what}")).collect();
        self.check_links(&mut broken);
        self.check_order(&mut broken);
        self.check_payments(&mut broken);
        self.check_results(&mut broken);
        broken
    }

    /// No link without a cashier's intent and the request's bytes on disk; never two for one sale.
    fn check_links(&self, broken: &mut Vec<String>) {
        let mut links: BTreeMap<&str, usize> = BTreeMap::new();
        for link in self.ledger.links.iter().filter(|link| link.limit.is_some()) {
            let Some(name) = link.metadata.get("reference") else {
                broken.push(format!("link {} is nobody's", link.id));
                continue;
            };
            *links.entry(name).or_default() += 1;
            let intended = self
                .terminal
                .iter()
                .any(|fact| matches!(fact, Fact::Intended { reference, .. } if reference.as_str() == name));
            let asked = self
                .relay
                .iter()
                .any(|fact| matches!(fact, RelayFact::Asked { reference, .. } if reference.as_str() == name));
            if !intended || !asked {
                broken.push(format!("{name} has a link; intended {intended}, asked {asked}"));
            }
        }
        let twice = links.into_iter().filter(|(_, count)| *count > 1);
        broken.extend(twice.map(|(name, count)| format!("{name} has {count} links")));
    }

    /// Intended before linked, linked before shown, booked before announced, and announced once.
    fn check_order(&self, broken: &mut Vec<String>) {
        let (mut intended, mut linked) = (BTreeSet::new(), BTreeSet::new());
        let (mut noticed, mut announced) = (BTreeSet::new(), BTreeSet::new());
        for fact in &self.terminal {
            let name = fact.reference().map(Reference::as_str).unwrap_or_default();
            let fits = match fact {
                Fact::Intended { .. } => intended.insert(name),
                Fact::Linked { .. } => linked.insert(name) && intended.contains(name),
                Fact::Shown { .. } => linked.contains(name),
                Fact::Noticed { notice, verdict, .. } => {
                    let first = verdict.is_some() && noticed.insert(&notice.payment.id);
                    verdict.is_none() || first
                }
                Fact::Announced { payment, .. } => {
                    noticed.contains(&payment.id) && announced.insert(&payment.id)
                }
                Fact::Refused { .. }
                | Fact::Declined { .. }
                | Fact::Processing { .. }
                | Fact::Closing { .. }
                | Fact::GivenUp { .. }
                | Fact::Closed { .. }
                | Fact::Assigned { .. }
                | Fact::Settled { .. }
                | Fact::RefundIntended { .. }
                | Fact::RefundAnswered { .. }
                | Fact::Standing { .. }
                | Fact::RefundedByHand { .. } => true,
            };
            if !fits {
                broken.push(format!("out of order, or twice: {fact:?}"));
            }
        }
    }

    /// Money is booked once, as what it is; what is not money is not booked.
    fn check_payments(&self, broken: &mut Vec<String>) {
        for payment in &self.ledger.payments {
            let booked = self.booked(&payment.id);
            let right = if is_money(payment) { booked.len() == 1 } else { booked.is_empty() };
            if !right {
                broken.push(format!("{:?} {} is booked {booked:?}", payment.status, payment.id));
            }
            if booked.iter().any(|(_, amount)| *amount != payment.amount.minor) {
                broken.push(format!("{} is {} and booked {booked:?}", payment.id, payment.amount));
            }
        }
        let known: BTreeSet<&str> = self.ledger.payments.iter().map(|paid| paid.id.as_str()).collect();
        for fact in &self.terminal {
            if let Fact::Noticed { notice, .. } = fact
                && !known.contains(notice.payment.id.as_str())
            {
                broken.push(format!("the bank knows nothing of {:?}", notice.payment));
            }
        }
    }

    /// The first money decides, every further one is a duplicate, and no money is no success.
    fn check_results(&self, broken: &mut Vec<String>) {
        let book = self.book();
        for sale in book.sales() {
            let name = sale.reference.as_str();
            let money: Vec<_> = self.payments_of(name).filter(|paid| is_money(paid)).collect();
            let verdicts: Vec<_> = money.iter().flat_map(|paid| self.booked(&paid.id)).collect();
            let deciding: Vec<_> =
                verdicts.iter().filter(|(verdict, _)| *verdict != Verdict::Duplicate).collect();
            let fits = match (deciding.as_slice(), sale.result()) {
                ([], SaleResult::Expired | SaleResult::Failed | SaleResult::Cancelled) => money.is_empty(),
                // Whether it is the bank's to end yet is told by what is unfinished.
                ([], SaleResult::Unknown) => money.is_empty(),
                ([(Verdict::Matched, amount)], SaleResult::Paid) => *amount == sale.amount.minor,
                ([(Verdict::Short, amount)], SaleResult::Short) => *amount < sale.amount.minor,
                ([(Verdict::Over, amount)], SaleResult::Over) => *amount > sale.amount.minor,
                ([(Verdict::Late, _)], SaleResult::Late) => true,
                _ => false,
            };
            if !fits {
                broken.push(format!("{name} is {:?} with {verdicts:?}", sale.result()));
            }
        }
    }
}
