//! What is known about money: sales, payments, notices. The fold of the facts; outlives every screen.
//! Judges news; decides nothing about screens, timers or topics.

mod back;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::event::SaleChange;
use super::event::SalePayment;
use super::fact::Fact;
use super::fact::Verdict;
use super::message::Notice;
use super::message::StandingState;
use super::money::Currency;
use super::money::Money;
use super::payment::PaymentKey;
use super::payment::PaymentStatus;
use super::reference::Reference;
use super::refund::Refund;
use super::sale::First;
use super::sale::Sale;

/// Ended sales kept in memory; older ones are recalled from the journal when news of them comes.
const KEPT: usize = 200;

#[derive(Clone, Debug, Default)]
pub struct Book {
    sales: BTreeMap<Reference, Sale>,
    payments: BTreeMap<PaymentKey, Paid>,
    refunds: BTreeMap<String, Refund>,
    /// In the order they were opened or came in.
    order: Vec<Entry>,
    stream: Stream,
    standing: Option<StandingState>,
}

/// A payment that is, or was, money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    pub status: PaymentStatus,
    pub amount: Money,
    /// Minor units given back so far, in the provider's word. It may fall: a refund can fail after it was done.
    pub refunded: i64,
    pub verdict: Verdict,
    pub reference: Option<Reference>,
    pub at_unix_ms: i64,
    /// The people at the counter have been told, or are not to be: history.
    pub announced: bool,
    /// The notice that this is from: its stream and number.
    stream: String,
    n: u64,
}

impl Paid {
    /// Whether this notice tells how the payment stands later than what is known. The relay numbers what it
    /// learns in order, so within a stream the higher number is the later truth, whichever comes first. Between
    /// two streams nothing is known of the order, and there only more is taken.
    fn learns(&self, notice: &Notice) -> bool {
        if self.stream == notice.stream {
            return notice.n > self.n && notice.status.is_money();
        }
        notice.status.rank() >= self.status.rank() && notice.refunded >= self.refunded
    }

    fn take(&mut self, notice: &Notice) {
        self.status = notice.status.clone();
        self.refunded = notice.refunded;
        self.stream.clone_from(&notice.stream);
        self.n = notice.n;
    }

    /// What of it has not been given back, in the provider's word.
    #[must_use]
    pub fn kept(&self) -> Money {
        Money::new(self.amount.minor.saturating_sub(self.refunded).max(0), self.amount.currency)
    }
}

/// A line of the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Sale(Reference),
    /// A payment without a sale of its own: counter, foreign, late or duplicate.
    Payment(PaymentKey),
}

/// How far the relay's numbered notices are on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    pub id: String,
    /// The highest number with no gap below it.
    pub have: u64,
    above: BTreeSet<u64>,
}

impl Stream {
    /// This stream, or a new one from nothing, with `n` taken in. Numbers far above a gap are bounded by
    /// the relay, which sends at most 16 at a time.
    fn with(&self, stream: &str, n: u64) -> Self {
        let mut next =
            if self.id == stream { self.clone() } else { Self { id: stream.to_owned(), ..Self::default() } };
        if n > next.have {
            next.above.insert(n);
        }
        while next.above.remove(&(next.have + 1)) {
            next.have += 1;
        }
        next
    }

    fn holds(&self, stream: &str, n: u64) -> bool {
        self.id == stream && (n <= self.have || self.above.contains(&n))
    }
}

impl Book {
    #[must_use]
    pub fn sale(&self, reference: &Reference) -> Option<&Sale> {
        self.sales.get(reference)
    }

    #[must_use]
    pub fn payment(&self, key: &PaymentKey) -> Option<&Paid> {
        self.payments.get(key)
    }

    #[must_use]
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Whether the relay has said that nobody can pay over this standing link any more.
    #[must_use]
    pub fn is_closed(&self, standing: &str) -> bool {
        self.standing.as_ref().is_some_and(|state| state.url == standing && !state.status.is_payable())
    }

    /// Whether this says something new of the standing link.
    #[must_use]
    pub fn learns_of_standing(&self, state: &StandingState) -> bool {
        self.standing.as_ref().is_none_or(|known| state.n > known.n)
    }

    pub fn sales(&self) -> impl DoubleEndedIterator<Item = &Sale> {
        self.sales.values()
    }

    /// The payments that name a sale, or were assigned to it.
    pub fn payments_of<'a>(&'a self, reference: &'a Reference) -> impl Iterator<Item = &'a PaymentKey> {
        let of_sale = move |(_, paid): &(&PaymentKey, &Paid)| paid.reference.as_ref() == Some(reference);
        self.payments.iter().filter(of_sale).map(|(key, _)| key)
    }

    /// How a sale stands, as those are told who follow it. None for one that is not known, or was let go.
    #[must_use]
    pub fn told_of(&self, reference: &Reference, at_unix_ms: i64) -> Option<SaleChange> {
        let sale = self.sales.get(reference)?;
        let payment = |key: &PaymentKey| {
            let paid = self.payments.get(key)?;
            Some(SalePayment {
                id: key.id.clone(),
                amount: paid.amount.minor,
                currency: paid.amount.currency,
                verdict: paid.verdict,
                refunded: self.given_back(key),
            })
        };
        Some(SaleChange {
            reference: reference.clone(),
            amount: sale.amount,
            result: sale.result(),
            refunded: self.given_back_of(reference),
            payments: self.payments_of(reference).filter_map(payment).collect(),
            at_unix_ms,
        })
    }

    /// What has come for a sale in all, less what was given back.
    #[must_use]
    pub fn received(&self, reference: &Reference, currency: Currency) -> Money {
        let paid = self.payments_of(reference).filter_map(|key| self.payments.get(key));
        let net = paid.filter(|paid| paid.amount.currency == currency);
        let net = net.map(|paid| paid.amount.minor.saturating_sub(paid.refunded));
        Money::new(net.fold(0, i64::saturating_add), currency)
    }

    /// The payment that a line's money is.
    #[must_use]
    pub fn payment_of_line(&self, line: &Entry) -> Option<&PaymentKey> {
        match line {
            Entry::Sale(reference) => self.sales.get(reference)?.money.as_ref().map(|first| &first.payment),
            Entry::Payment(key) => self.payments.get_key_value(key).map(|(key, _)| key),
        }
    }

    /// Whether what is known of this sale is needed at the next start.
    #[must_use]
    pub fn is_needed(&self, reference: &Reference) -> bool {
        let refunding = |refund: &Refund| refund.is_open() && refund.reference.as_ref() == Some(reference);
        self.sales.get(reference).is_some_and(Sale::is_waiting) || self.refunds.values().any(refunding)
    }

    /// Money that nobody at the counter has been told of: a restart came between.
    pub fn unannounced(&self) -> impl Iterator<Item = (&PaymentKey, &Paid)> {
        self.payments.iter().filter(|(_, paid)| !paid.announced)
    }

    /// The newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Entry> {
        self.order.iter().rev()
    }

    /// Whether this very document is already on disk. A relay whose disk was restored from an older copy gives
    /// numbers out again: money that is not known is new whatever its number.
    #[must_use]
    pub fn holds(&self, notice: &Notice) -> bool {
        let is_known = self.payments.contains_key(&notice.payment) || !notice.status.is_money();
        self.stream.holds(&notice.stream, notice.n) && is_known
    }

    /// What a verified notice is, where it is the first news that this payment is money. Later news of the
    /// same payment changes its status only and has no verdict.
    #[must_use]
    pub fn judge(&self, notice: &Notice) -> Option<Verdict> {
        if !notice.status.is_money() || self.payments.contains_key(&notice.payment) {
            return None;
        }
        let net = Money::new(notice.amount - notice.refunded, notice.currency);
        Some(match &notice.reference {
            None => Verdict::Counter,
            Some(reference) => self.sales.get(reference).map_or(Verdict::Foreign, |sale| sale.verdict(net)),
        })
    }

    /// How far the stream is on disk once this notice is.
    #[must_use]
    pub fn have_with(&self, notice: &Notice) -> u64 {
        self.stream.with(&notice.stream, notice.n).have
    }

    /// Takes old facts in that had been let go. How far the stream is on disk is known better than they do.
    pub fn recall<'a>(&mut self, facts: impl IntoIterator<Item = &'a Fact>) {
        let stream = self.stream.clone();
        facts.into_iter().for_each(|fact| self.apply(fact));
        self.stream = stream;
    }

    /// Takes one fact in. The same facts in the same order give the same book.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::Intended { reference, amount, at_unix_ms, ttl_s } => {
                let sale = Sale::new(reference.clone(), *amount, *at_unix_ms, *ttl_s);
                self.sales.insert(reference.clone(), sale);
                self.order.push(Entry::Sale(reference.clone()));
            }
            Fact::Noticed { notice, verdict, have, .. } => self.note(notice, *verdict, *have),
            Fact::Standing { state } => self.standing = Some(state.clone()),
            Fact::Assigned { reference, payment } => self.assign(reference, payment),
            Fact::Linked { reference, .. }
            | Fact::Shown { reference }
            | Fact::Refused { reference }
            | Fact::Declined { reference }
            | Fact::Processing { reference }
            | Fact::Closing { reference, .. }
            | Fact::GivenUp { reference }
            | Fact::Closed { reference, .. }
            | Fact::Settled { reference, .. } => self.apply_to_sale(reference, fact),
            Fact::Announced { payment, .. } => {
                if let Some(paid) = self.payments.get_mut(payment) {
                    paid.announced = true;
                }
            }
            Fact::RefundIntended { .. } | Fact::RefundAnswered { .. } | Fact::RefundedByHand { .. } => {
                self.apply_to_refund(fact);
            }
        }
    }

    fn apply_to_sale(&mut self, reference: &Reference, fact: &Fact) {
        if let Some(sale) = self.sales.get_mut(reference) {
            sale.apply(fact);
        }
    }

    fn note(&mut self, notice: &Notice, verdict: Option<Verdict>, have: u64) {
        self.stream = self.stream.with(&notice.stream, notice.n);
        self.stream.have = self.stream.have.max(have);
        if let Some(verdict) = verdict {
            return self.decide(notice, verdict);
        }
        let Some(paid) = self.payments.get_mut(&notice.payment).filter(|paid| paid.learns(notice)) else {
            return;
        };
        let before = paid.refunded;
        paid.take(notice);
        if notice.refunded < before {
            self.fall(&notice.payment, before, notice.refunded);
        }
    }

    fn decide(&mut self, notice: &Notice, verdict: Verdict) {
        let paid = Paid {
            status: notice.status.clone(),
            amount: notice.money(),
            refunded: notice.refunded,
            verdict,
            reference: notice.reference.clone(),
            at_unix_ms: notice.at_unix_ms,
            announced: notice.replay,
            stream: notice.stream.clone(),
            n: notice.n,
        };
        // The same fact may be recalled: it is one line all the same.
        let recalled = self.payments.insert(notice.payment.clone(), paid).is_some();
        let sale = notice.reference.as_ref().and_then(|reference| self.sales.get_mut(reference));
        match verdict {
            Verdict::Matched | Verdict::Short | Verdict::Over | Verdict::Late => {
                if let Some(sale) = sale {
                    sale.money = Some(First {
                        payment: notice.payment.clone(),
                        verdict,
                        received: Money::new(notice.amount - notice.refunded, notice.currency),
                        at_unix_ms: notice.at_unix_ms,
                    });
                }
            }
            Verdict::Duplicate | Verdict::Foreign | Verdict::Counter if recalled => {}
            Verdict::Duplicate | Verdict::Foreign | Verdict::Counter => {
                self.order.push(Entry::Payment(notice.payment.clone()));
            }
        }
    }

    fn assign(&mut self, reference: &Reference, payment: &PaymentKey) {
        let (Some(sale), Some(paid)) = (self.sales.get_mut(reference), self.payments.get_mut(payment)) else {
            return;
        };
        paid.reference = Some(reference.clone());
        paid.verdict = Verdict::Matched;
        sale.money = Some(First {
            payment: payment.clone(),
            verdict: Verdict::Matched,
            received: paid.amount,
            at_unix_ms: paid.at_unix_ms,
        });
        self.order.retain(|entry| *entry != Entry::Payment(payment.clone()));
    }

    /// Lets go of the oldest ended sales and their payments beyond what a screen or a resend could need.
    pub fn trim(&mut self) {
        while self.order.len() > KEPT {
            let refunding = |key: &PaymentKey| {
                self.refunds.values().any(|refund| refund.is_open() && refund.payment == *key)
            };
            let waiting = |entry: &Entry| match entry {
                Entry::Sale(reference) => self.is_needed(reference),
                Entry::Payment(key) => refunding(key),
            };
            let Some(oldest) = self.order.iter().position(|entry| !waiting(entry)) else {
                return;
            };
            match self.order.remove(oldest) {
                Entry::Sale(reference) => {
                    self.sales.remove(&reference);
                    self.payments.retain(|_, paid| paid.reference.as_ref() != Some(&reference));
                }
                Entry::Payment(key) => {
                    self.payments.remove(&key);
                }
            }
            self.refunds.retain(|_, refund| refund.is_open() || self.payments.contains_key(&refund.payment));
        }
    }
}
