//! A refund's way from Enter to its end as far as the terminal drives it: write it down, ask until it is
//! answered, and tell the people how it ended.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Terminal;
use crate::core::backoff;
use crate::core::book::Book;
use crate::core::event::Sound;
use crate::core::fact::Fact;
use crate::core::message::Notice;
use crate::core::message::Refund as Asked;
use crate::core::message::RefundSaid;
use crate::core::message::Refunded;
use crate::core::message::Request;
use crate::core::moment::Moment;
use crate::core::money::Money;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::core::refund::Refund;
use crate::core::scene::Strip;
use crate::core::scene::StripNews;

const ASK_FIRST: Duration = Duration::from_secs(2);
const ASK_MOST: Duration = Duration::from_secs(60);

/// When each unanswered refund is asked for next, and how often it was. Volatile.
#[derive(Clone, Debug, Default)]
pub struct Asks(BTreeMap<String, (Duration, u32)>);

impl Asks {
    pub fn resume(book: &Book, now: Duration) -> Self {
        let unanswered = book.refunds().filter(|refund| refund.is_unanswered());
        Self(unanswered.map(|refund| (refund.id.clone(), (now, 0))).collect())
    }

    /// Everything owed goes out at once on a new connection.
    pub fn reconnect(&mut self, now: Duration) {
        self.0.values_mut().for_each(|ask| *ask = (now, 0));
    }

    #[must_use]
    pub fn poll_timeout(&self, online: bool) -> Option<Duration> {
        self.0.values().map(|(at, _)| *at).filter(|_| online).min()
    }

    fn due(&self, now: Duration) -> Vec<String> {
        self.0.iter().filter(|(_, (at, _))| now >= *at).map(|(id, _)| id.clone()).collect()
    }

    fn sent(&mut self, id: &str, now: Duration) {
        let (at, attempt) = self.0.entry(id.to_owned()).or_insert((now, 0));
        *at = now + backoff::doubling(*attempt, ASK_FIRST, ASK_MOST);
        *attempt = attempt.saturating_add(1);
    }
}

impl Terminal {
    /// Enter on an amount that is there to give back, after the PIN.
    pub(super) fn give_back(&mut self, payment: PaymentKey, amount: Money, random: u128, now: Moment) {
        let refund = Reference::mint(&self.settings.terminal, now.unix_ms, random).to_string();
        let reference = self.book.payment(&payment).and_then(|paid| paid.reference.clone());
        let at_unix_ms = now.unix_ms;
        let intended =
            Fact::RefundIntended { refund: refund.clone(), payment, reference, amount, at_unix_ms };
        self.record(intended, now);
        self.till.show_refund(refund.clone(), now.mono);
        self.ask_refund(&refund, now);
    }

    /// The document's id is the refund's own with its purpose, the same however often it is sent.
    fn ask_refund(&mut self, id: &str, now: Moment) {
        let Some(refund) = self.book.refund(id) else { return };
        let request = Request::Refund(Asked {
            id: refund.id.clone(),
            payment: refund.payment.clone(),
            reference: refund.reference.clone(),
            amount: refund.amount.minor,
            currency: refund.amount.currency,
        });
        self.asks.sent(id, now.mono);
        self.send(format!("{id}.refund"), request);
    }

    pub(super) fn run_refunds(&mut self, now: Moment) {
        let book = &self.book;
        self.asks.0.retain(|id, _| book.refund(id).is_some_and(Refund::is_unanswered));
        if self.ear.nonce().is_none() {
            return;
        }
        for id in self.asks.due(now.mono) {
            self.ask_refund(&id, now);
        }
    }

    pub(super) fn handle_refunded(&mut self, document: String, word: Refunded, now: Moment) {
        self.receipt(document);
        let known = self.book.refund(&word.id).filter(|refund| refund.payment == word.payment);
        let Some(refund) = known.filter(|refund| refund.learns(word.said)).cloned() else { return };
        let fact = Fact::RefundAnswered {
            refund: word.id,
            payment: refund.payment.clone(),
            reference: refund.reference.clone(),
            said: word.said,
            reason: word.reason,
            at_unix_ms: now.unix_ms,
        };
        self.record(fact, now);
        if self.till.refund() == Some(refund.id.as_str()) {
            self.till.renew_refund(word.said, now.mono);
            self.sound(match word.said {
                RefundSaid::Done | RefundSaid::Pending => Sound::Ended,
                RefundSaid::Refused | RefundSaid::Unsupported | RefundSaid::Unsure => Sound::Attention,
            });
            return;
        }
        let news = match word.said {
            RefundSaid::Done => StripNews::Refunded,
            RefundSaid::Refused if refund.is_taken() => {
                self.sound(Sound::Attention);
                StripNews::Bounced
            }
            RefundSaid::Refused | RefundSaid::Unsupported => StripNews::NotRefunded,
            // Not the end yet, which will be told.
            RefundSaid::Pending | RefundSaid::Unsure => return,
        };
        self.strip_refund(news, &refund.payment, refund.amount, now);
    }

    /// A person says that it was done in the dashboard.
    pub(super) fn book_by_hand(&mut self, id: &str, now: Moment) {
        let Some(refund) = self.book.refund(id).filter(|refund| refund.waits_for_hand()) else { return };
        let fact = Fact::RefundedByHand {
            refund: refund.id.clone(),
            payment: refund.payment.clone(),
            reference: refund.reference.clone(),
            refunded: self.book.told_back(&refund.payment),
            at_unix_ms: now.unix_ms,
        };
        self.record(fact, now);
        self.till.renew_refund(RefundSaid::Done, now.mono);
    }

    /// The provider tells of more given back than this counter asked for: it was done elsewhere. `before` is
    /// what this counter knew of, its own open refunds included.
    pub(super) fn tell_refund_elsewhere(&mut self, notice: &Notice, before: i64, now: Moment) {
        if notice.refunded > before {
            let amount = Money::new(notice.refunded - before, notice.currency);
            self.strip_refund(StripNews::Refunded, &notice.payment, amount, now);
        }
    }

    /// Less is given back than the provider had `told`, and no refund of this counter's is why, whose own word
    /// tells it: one that was made elsewhere failed.
    pub(super) fn tell_bounce_elsewhere(&mut self, payment: &PaymentKey, told: i64, now: Moment) {
        let Some(paid) = self.book.payment(payment) else { return };
        let (refunded, currency) = (paid.refunded, paid.amount.currency);
        let (mut failed, mut done) = (0_i64, 0_i64);
        for refund in self.book.refunds().filter(|refund| refund.payment == *payment) {
            let amount = refund.amount.minor;
            failed = failed.saturating_add(if refund.failed { amount } else { 0 });
            done = done.saturating_add(if refund.is_taken() { amount } else { 0 });
        }
        let ours = failed.saturating_add(done.saturating_sub(refunded).max(0));
        let fell = told.saturating_sub(refunded).saturating_sub(ours);
        if fell > 0 {
            self.sound(Sound::Attention);
            self.strip_refund(StripNews::Bounced, payment, Money::new(fell, currency), now);
        }
    }

    fn strip_refund(&mut self, news: StripNews, payment: &PaymentKey, amount: Money, now: Moment) {
        let paid = self.book.payment(payment);
        let sale = paid.and_then(|paid| self.book.sale(paid.reference.as_ref()?));
        let at_unix_ms = sale.map(|sale| sale.opened_unix_ms).or(paid.map(|paid| paid.at_unix_ms));
        let (at_unix_ms, payment) = (at_unix_ms.unwrap_or(now.unix_ms), Some(payment.clone()));
        self.show_strip(Strip { news, amount, at_unix_ms, payment }, now);
    }
}
