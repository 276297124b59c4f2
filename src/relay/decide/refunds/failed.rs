//! A refund that failed after it was taken, or told as done: the customer has not got the money after all.
//!
//! News of it is a reason to ask, written down so that a crash asks again. What was given back of a payment
//! falls here and nowhere else, and only by an answer to a question that was asked because a refund failed. A
//! webhook never changes it: one that tells of more is asked about as well, since it may be from before the
//! fall; and an answer to a question from before the fall changes nothing either.

use super::CONFIRM_MOST;
use crate::core::message::RefundSaid;
use crate::core::moment::Moment;
use crate::core::payment::PaymentKey;
use crate::core::payment::PaymentStatus;
use crate::core::payment::RefundStatus;
use crate::port::provider::News;
use crate::port::provider::Payment;
use crate::port::provider::Refund as Found;
use crate::relay::decide::Relay;
use crate::relay::decide::event::Effect;
use crate::relay::decide::event::EventId;
use crate::relay::decide::fact::Fact;
use crate::relay::decide::refund::Refund;
use crate::relay::decide::refund::Step;
use crate::relay::decide::refund::Work;

const NO_REASON: &str = "the bank did not take it";

/// Whether nothing was given back and nothing will be.
pub fn is_over(status: &RefundStatus) -> bool {
    match status {
        RefundStatus::Failed | RefundStatus::Canceled => true,
        RefundStatus::Pending
        | RefundStatus::RequiresAction
        | RefundStatus::Succeeded
        | RefundStatus::Unknown(_) => false,
    }
}

/// The status of a paid payment of `amount` of which `refunded` was given back; minor units.
pub fn after_refunds(amount: i64, refunded: i64) -> PaymentStatus {
    if refunded <= 0 {
        PaymentStatus::Succeeded
    } else if refunded < amount {
        PaymentStatus::PartiallyRefunded
    } else {
        PaymentStatus::Refunded
    }
}

impl Relay {
    /// The provider tells of a refund: if it is one of ours that may still change, it is asked after at once.
    pub(in crate::relay::decide) fn look_at_refund(&mut self, system: &str, news: &News, now: Moment) {
        let Some((id, refund)) = self.ours_in(system, news) else { return };
        let Some(told) = &news.refund else { return };
        let failed = is_over(&told.status) && refund.is_taken();
        if failed && refund.doubted.is_none() {
            let reason = told.reason.clone().unwrap_or_default();
            let payment = refund.order.payment.clone();
            self.record(Fact::RefundDoubted { refund: id.clone(), payment, reason });
        }
        let follow = Step::Follow { cursor: None };
        if failed {
            self.refunds
                .works
                .entry(id.clone())
                .or_insert_with(|| Work::new(follow.clone(), now.mono, false));
        }
        if let Some(work) = self.refunds.works.get_mut(&id).filter(|work| work.ticket.is_none()) {
            work.due = now.mono;
            if failed && work.step == (Step::Confirm { failed: None }) {
                work.go(follow, now.mono);
            }
        }
    }

    fn ours_in(&self, system: &str, news: &News) -> Option<(String, Refund)> {
        let told = news.refund.as_ref()?;
        let ours = |refund: &Refund| {
            let payment = &refund.order.payment;
            refund.at_provider.as_ref() == Some(&told.id)
                && (payment.provider.as_str(), &payment.id, payment.mode)
                    == (system, &told.payment, news.mode)
        };
        let (id, refund) = self.refunds.known.iter().find(|(_, refund)| ours(refund))?;
        Some((id.clone(), refund.clone()))
    }

    /// Whether a webhook says that more of its payment was given back than is known.
    pub(in crate::relay::decide) fn tells_of_more_back(&self, news: &News) -> bool {
        let known = |key| self.payments.get(key).map_or(0, |payment| payment.refunded);
        news.payment.as_ref().is_some_and(|told| told.refunded > known(&told.key))
    }

    /// How a payment stands that was asked for because of this news. Of a refund of ours that failed, its own
    /// work finds out. Says whether the payment is ours.
    pub(in crate::relay::decide) fn take_confirmed(
        &mut self,
        news: &News,
        payment: Payment,
        now: Moment,
    ) -> bool {
        let failed = |told: &Found| is_over(&told.status) && told.payment == payment.key.id;
        if news.refund.as_ref().is_some_and(failed) && self.ours_in(&payment.key.provider, news).is_none() {
            return self.take_fallen(None, payment, now);
        }
        self.take_payment(payment, now)
    }

    /// Whether the answer that is being read was asked for before less was known to be given back.
    pub(in crate::relay::decide) fn is_overtaken(&self, payment: &PaymentKey) -> bool {
        let fell = self.refunds.fallen.get(payment);
        fell.zip(self.reading).is_some_and(|(last, ticket)| ticket <= *last)
    }

    /// Takes a payment of which a refund failed, ours or another: less may be given back than was known. Never
    /// less than our other refunds that are done: an answer may be a little behind them.
    fn take_fallen(&mut self, failed: Option<&str>, payment: Payment, now: Moment) -> bool {
        let done = self
            .refunds
            .of_payment(&payment.key)
            .filter(|(id, refund)| refund.said == Some(RefundSaid::Done) && failed != Some(id.as_str()));
        let done = done.fold(0_i64, |sum, (_, refund)| sum.saturating_add(refund.order.amount));
        let refunded = payment.refunded.max(done);
        let known = self.payments.get(&payment.key);
        let known = known.filter(|known| refunded < known.refunded && payment.status.is_money());
        let Some(mut fallen) = known.filter(|_| !self.is_overtaken(&payment.key)).cloned() else {
            return self.take_payment(payment, now);
        };
        fallen.refunded = refunded;
        fallen.status = after_refunds(fallen.amount.minor, refunded);
        self.refunds.fallen.insert(payment.key, self.next_ticket);
        let (reference, terminal) = (self.sale_of(&fallen), self.terminal_of(&fallen));
        self.record(Fact::Paid {
            payment: fallen.clone(),
            reference: reference.clone(),
            terminal: terminal.clone(),
        });
        let Some(terminal) = terminal else { return false };
        self.notify(terminal, &fallen, reference, now);
        true
    }

    /// The provider, asked, says that it failed. One that was never taken changes no sum.
    pub(super) fn refund_failed(&mut self, id: &str, reason: &str, at: Option<String>, now: Moment) {
        let Some(refund) = self.refunds.known.get(id) else { return };
        let told = refund.doubted.as_deref().unwrap_or_default();
        let reasons = [reason, told, NO_REASON];
        let reason = reasons.into_iter().find(|reason| !reason.is_empty()).unwrap_or_default().to_owned();
        if refund.is_taken() {
            self.refund_goes(id, Step::Confirm { failed: Some(reason) }, now);
        } else {
            self.say_refund(id, RefundSaid::Refused, &reason, at, now);
        }
    }

    /// It failed, and this is how its payment stands. One that still has it is a little behind, and asked for
    /// again; but the refund's own word counts in the end.
    pub(super) fn confirm_failed(&mut self, id: &str, reason: String, payment: Payment, now: Moment) {
        if !self.shows_failure(id, &payment) && self.asks_once_more(id, now) {
            return;
        }
        self.end_failed(id, &reason, payment, now);
    }

    /// Where no refunds are listed: news says that it failed, and its payment's sum confirms that or not.
    pub(super) fn weigh_doubt(&mut self, id: &str, reason: String, payment: Payment, now: Moment) {
        if self.shows_failure(id, &payment) {
            let reason = if reason.is_empty() { NO_REASON.to_owned() } else { reason };
            return self.end_failed(id, &reason, payment, now);
        }
        if self.asks_once_more(id, now) {
            return;
        }
        let Some(refund) = self.refunds.known.get(id) else { return };
        let (least, system) = (refund.least(), refund.order.payment.provider.clone());
        let reason = "the payment asked for still has the refund".to_owned();
        self.effects.push_back(Effect::Doubt { event: EventId { system, event: id.to_owned() }, reason });
        if payment.refunded >= least {
            self.refund_done(id, None, now);
        } else {
            self.say_refund(id, RefundSaid::Pending, "", None, now);
            self.follow_later(id, now);
        }
    }

    /// The payment first: after a crash before the word is said, the refund is asked after again.
    fn end_failed(&mut self, id: &str, reason: &str, payment: Payment, now: Moment) {
        self.take_fallen(Some(id), payment, now);
        let reason = format!("it failed after all: {reason}");
        self.say_refund(id, RefundSaid::Refused, &reason, None, now);
    }

    /// Whether the payment's sum can only be what it is if this refund is not in it: it is less than with it,
    /// less than all of ours that are done and it, or has fallen by its amount.
    fn shows_failure(&self, id: &str, payment: &Payment) -> bool {
        let Some(refund) = self.refunds.known.get(id) else { return false };
        let ours = self.refunds.of_payment(&payment.key);
        let ours = ours.filter(|(other, one)| other.as_str() == id || one.said == Some(RefundSaid::Done));
        let sum = ours.fold(0_i64, |sum, (_, one)| sum.saturating_add(one.order.amount));
        let known = self.payments.get(&payment.key).map_or(0, |known| known.refunded);
        let fallen = payment.refunded.saturating_add(refund.order.amount) <= known;
        payment.refunded < refund.least() || payment.refunded < sum || fallen
    }

    /// Asks the same again soon, a few times.
    pub(super) fn asks_once_more(&mut self, id: &str, now: Moment) -> bool {
        let more = self.refunds.works.get(id).is_some_and(|work| work.attempt < CONFIRM_MOST);
        if more {
            self.refund_again(id, None, now);
        }
        more
    }

    /// Its payment was asked for, or cannot be; news that it failed may have come meanwhile.
    pub(super) fn confirmed(&mut self, id: &str, now: Moment) {
        if self.refunds.known.get(id).is_some_and(|refund| refund.doubted.is_some()) {
            self.refund_goes(id, Step::Follow { cursor: None }, now);
        } else {
            self.refunds.works.remove(id);
        }
    }
}
