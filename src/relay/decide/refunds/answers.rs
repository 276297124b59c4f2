//! What the provider says of a refund, and what follows from it: done, refused, followed, or looked for.

use std::time::Duration;

use super::CONFIRM_MOST;
use crate::core::message::RefundSaid;
use crate::core::moment::Moment;
use crate::core::payment::RefundStatus;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Page;
use crate::port::provider::Payment;
use crate::port::provider::Refund as Found;
use crate::port::provider::Trouble;
use crate::relay::decide::ODD;
use crate::relay::decide::Relay;
use crate::relay::decide::errand::Errand;
use crate::relay::decide::event::Effect;
use crate::relay::decide::refund::Refund;
use crate::relay::decide::refund::Step;
use crate::relay::decide::refund::Work;
use crate::relay::decide::refunds::failed::after_refunds;
use crate::relay::decide::refunds::failed::is_over;

/// A sending that has not shown after this long was lost.
const SLOW_MS: i64 = 60_000;
const LOOK_EVERY: Duration = Duration::from_secs(15);

impl Relay {
    pub(in crate::relay::decide) fn refund_answered(
        &mut self,
        id: &str,
        read: Result<Answer, Trouble>,
        now: Moment,
    ) {
        let Some(work) = self.refunds.works.get_mut(id) else { return };
        work.ticket = None;
        let step = work.step.clone();
        match (step, read) {
            (_, Err(trouble)) => self.refund_trouble(id, trouble, now),
            (Step::Ask | Step::Then(_), Ok(Answer::Refund(found))) => self.take_refund(id, found, now),
            (Step::Ask | Step::Then(_), Ok(Answer::Then(ask))) => self.refund_goes(id, Step::Then(ask), now),
            (Step::Look { found, no, .. }, Ok(Answer::Refunds(page))) => {
                self.look_in(id, page, found, no, now);
            }
            (Step::Follow { .. }, Ok(Answer::Refunds(page))) => self.follow_in(id, page, now),
            (step, Ok(Answer::Payment(payment))) => self.refund_stands(id, step, payment, now),
            (step, Ok(Answer::Payments(page))) => {
                let asked = self.refunds.known.get(id).map(|refund| refund.order.payment.clone());
                let found = page.items.into_iter().find(|payment| Some(&payment.key) == asked.as_ref());
                match (found, page.next) {
                    (Some(payment), _) => self.refund_stands(id, step, payment, now),
                    (None, Some(cursor)) => self.ask_further(id, cursor),
                    (None, None) => {
                        let message = "the payment is not among those of its link".into();
                        self.refund_trouble(id, Trouble::Unsure { message }, now);
                    }
                }
            }
            (_, Ok(_)) => {
                self.refund_trouble(id, Trouble::Unsure { message: ODD.into() }, now);
            }
        }
    }

    /// The next page of the payments of its link.
    fn ask_further(&mut self, id: &str, cursor: String) {
        let key = self.refunds.known.get(id).map(|refund| refund.order.payment.clone());
        let link = key.and_then(|key| self.payments.get(&key)?.link.clone());
        let ask = link.map(|link| Ask::ListPayments { link, cursor: Some(cursor) });
        if let Some(Ok(ticket)) = ask.map(|ask| self.ask(Errand::Refund(id.to_owned()), ask)) {
            self.refund_is_out(id, ticket);
        }
    }

    /// How the payment stands, where that was asked for.
    fn refund_stands(&mut self, id: &str, step: Step, payment: Payment, now: Moment) {
        match step {
            Step::Weigh { no } => self.weigh(id, payment, no, now),
            Step::Confirm { failed: Some(reason) } => self.confirm_failed(id, reason, payment, now),
            Step::Confirm { failed: None } => {
                self.take_payment(payment, now);
                self.confirmed(id, now);
            }
            // No list of refunds tells of it: it is done once the payment's own sum has it.
            Step::Follow { .. } => {
                let Some(refund) = self.refunds.known.get(id) else { return };
                if let Some(reason) = refund.doubted.clone() {
                    self.weigh_doubt(id, reason, payment, now);
                } else if payment.refunded >= refund.least() {
                    self.refund_done(id, None, now);
                } else {
                    self.follow_later(id, now);
                }
            }
            Step::Ask | Step::Then(_) | Step::Look { .. } => {
                self.refund_trouble(id, Trouble::Unsure { message: ODD.into() }, now);
            }
        }
    }

    pub(super) fn refund_trouble(&mut self, id: &str, trouble: Trouble, now: Moment) {
        let Some(work) = self.refunds.works.get(id) else { return };
        let (step, doubt, attempt) = (work.step.clone(), work.doubt, work.attempt);
        let clear =
            matches!(trouble, Trouble::Refused { .. } | Trouble::Missing { .. } | Trouble::Denied { .. });
        match (step, trouble) {
            (Step::Confirm { failed: None }, _) if attempt >= CONFIRM_MOST => self.confirmed(id, now),
            // Nothing is said of it until the provider answers.
            (step @ Step::Confirm { failed: Some(_) }, _) if attempt >= CONFIRM_MOST => {
                self.refund_later(id, step, now);
            }
            (Step::Ask, Trouble::Refused { message, .. } | Trouble::Missing { message })
            | (Step::Ask, Trouble::Denied { message }) => {
                if doubt {
                    // An earlier sending may have done it: a no to this one alone proves nothing.
                    self.refund_goes(
                        id,
                        Step::Look { cursor: None, found: Vec::new(), no: Some(message) },
                        now,
                    );
                } else {
                    self.provider_refuses(id, &message, now);
                }
            }
            (Step::Look { no, .. }, _) if clear => self.refund_goes(id, Step::Weigh { no }, now),
            (step, Trouble::Unsure { message }) => {
                if step.is_in_doubt() {
                    self.say_refund(id, RefundSaid::Unsure, &message, None, now);
                }
                self.refund_again(id, None, now);
            }
            (_, Trouble::Busy { wait, .. }) => self.refund_again(id, wait, now),
            (_, Trouble::Refused { .. } | Trouble::Missing { .. } | Trouble::Denied { .. }) => {
                self.refund_again(id, None, now);
            }
        }
    }

    /// The provider may know of a refund that we have not heard of: how the payment stands is asked for.
    fn provider_refuses(&mut self, id: &str, reason: &str, now: Moment) {
        self.say_refund(id, RefundSaid::Refused, reason, None, now);
        self.refunds.works.insert(id.to_owned(), Work::new(Step::Confirm { failed: None }, now.mono, false));
    }

    pub(super) fn refund_goes(&mut self, id: &str, step: Step, now: Moment) {
        if let Some(work) = self.refunds.works.get_mut(id) {
            work.go(step, now.mono);
        }
    }

    /// The same question once more. The second part alone may not be repeated: it begins with the first.
    pub(super) fn refund_again(&mut self, id: &str, wait: Option<Duration>, now: Moment) {
        if let Some(work) = self.refunds.works.get_mut(id) {
            if matches!(work.step, Step::Then(_)) {
                work.step = Step::Ask;
            }
            work.doubt = true;
            work.retry(now.mono, wait);
        }
    }

    /// What the provider says of our refund.
    fn take_refund(&mut self, id: &str, found: Found, now: Moment) {
        let Some(refund) = self.refunds.known.get(id) else { return };
        if found.amount != refund.order.money() {
            return self.take_other_amount(id, found, now);
        }
        if refund.doubted.is_some() && !is_over(&found.status) && self.asks_once_more(id, now) {
            return;
        }
        let (at, reason) = (Some(found.id), found.reason.unwrap_or_default());
        match found.status {
            RefundStatus::Succeeded => self.refund_done(id, at, now),
            RefundStatus::Failed | RefundStatus::Canceled => self.refund_failed(id, &reason, at, now),
            RefundStatus::Pending | RefundStatus::RequiresAction => {
                self.say_refund(id, RefundSaid::Pending, &reason, at, now);
                self.follow_later(id, now);
            }
            RefundStatus::Unknown(word) => {
                self.say_refund(id, RefundSaid::Unsure, &format!("the provider says `{word}`"), at, now);
                self.follow_later(id, now);
            }
        }
    }

    /// Ours by its key or its id, and of another sum: somebody has to look, and is told so once. It is followed
    /// all the same.
    fn take_other_amount(&mut self, id: &str, found: Found, now: Moment) {
        let message = format!("the provider tells of a refund of {}", found.amount);
        let told = self.refunds.known.get(id).is_some_and(|refund| refund.reason == message);
        if !told {
            self.effects.push_back(Effect::Alarm { message: format!("{id}: {message}") });
            self.say_refund(id, RefundSaid::Unsure, &message, Some(found.id), now);
        }
        self.follow_later(id, now);
    }

    pub(super) fn follow_later(&mut self, id: &str, now: Moment) {
        if let Some(work) = self.refunds.works.get_mut(id) {
            if !matches!(work.step, Step::Follow { .. }) {
                work.attempt = 0;
            }
            work.later(Step::Follow { cursor: None }, now.mono);
        }
    }

    fn refund_later(&mut self, id: &str, step: Step, now: Moment) {
        if let Some(work) = self.refunds.works.get_mut(id) {
            work.later(step, now.mono);
        }
    }

    /// Looks for our refund where its answer was lost: one of its amount that is no other of ours, if so much
    /// more is given back than before it was asked for. A refund made elsewhere of the same amount meanwhile
    /// would be taken for it, which gives back too little rather than twice.
    fn look_in(
        &mut self,
        id: &str,
        page: Page<Found>,
        mut found: Vec<Found>,
        no: Option<String>,
        now: Moment,
    ) {
        found.extend(page.items.into_iter().filter(|found| !is_over(&found.status)));
        if let Some(cursor) = page.next {
            return self.refund_goes(id, Step::Look { cursor: Some(cursor), found, no }, now);
        }
        let Some(refund) = self.refunds.known.get(id) else { return };
        let sum = found.iter().fold(0_i64, |sum, found| sum.saturating_add(found.amount.minor));
        let grown = sum >= refund.least();
        let ours = |found: &Found| {
            grown && found.amount == refund.order.money() && !self.refunds.is_of_another(id, &found.id)
        };
        match found.into_iter().find(ours) {
            Some(found) => self.take_refund(id, found, now),
            None => self.nothing_came(id, no, now),
        }
    }

    fn follow_in(&mut self, id: &str, page: Page<Found>, now: Moment) {
        let at = self.refunds.known.get(id).and_then(|refund| refund.at_provider.clone());
        let found = page.items.into_iter().find(|found| Some(&found.id) == at.as_ref());
        match (found, page.next) {
            (Some(found), _) => self.take_refund(id, found, now),
            (None, Some(cursor)) => self.refund_goes(id, Step::Follow { cursor: Some(cursor) }, now),
            (None, None) => self.follow_later(id, now),
        }
    }

    fn weigh(&mut self, id: &str, payment: Payment, no: Option<String>, now: Moment) {
        let Some(refund) = self.refunds.known.get(id) else { return };
        let (before, least, now_back) = (refund.before(), refund.least(), payment.refunded);
        self.take_payment(payment, now);
        if now_back >= least {
            self.refund_done(id, None, now);
        } else if now_back <= before {
            self.nothing_came(id, no, now);
        } else {
            let message = "another refund of this payment came between".into();
            self.refund_trouble(id, Trouble::Unsure { message }, now);
        }
    }

    /// The provider has no refund like ours: it is refused, if that was its word, or asked for anew.
    fn nothing_came(&mut self, id: &str, no: Option<String>, now: Moment) {
        let Some(refund) = self.refunds.known.get(id).cloned() else { return };
        match no {
            Some(reason) => self.provider_refuses(id, &reason, now),
            None => self.ask_again(id, &refund, now),
        }
    }

    /// Where nobody knows how long the system keeps its keys, the same one goes out again, which is never worse
    /// than another, and only once a first sending that is slow would have shown.
    fn ask_again(&mut self, id: &str, refund: &Refund, now: Moment) {
        let Some(asked) = &refund.asked else { return self.ask_refund(id, refund, 1, now) };
        let provider = self.provider(&refund.order.payment.provider);
        if provider.is_some_and(|provider| !provider.capabilities().key_life().is_zero()) {
            return self.ask_refund(id, refund, asked.generation + 1, now);
        }
        if now.unix_ms - asked.at_unix_ms >= SLOW_MS {
            return self.ask_refund(id, refund, asked.generation, now);
        }
        self.refund_goes(id, Step::Look { cursor: None, found: Vec::new(), no: None }, now);
        if let Some(work) = self.refunds.works.get_mut(id) {
            work.due = now.mono + LOOK_EVERY;
        }
    }

    /// Given back. At least so much more is refunded of the payment than when it was asked for, which is
    /// written down first: after a crash between the two it is asked after again.
    pub(super) fn refund_done(&mut self, id: &str, at: Option<String>, now: Moment) {
        let Some(refund) = self.refunds.known.get(id).cloned() else { return };
        if let Some(mut payment) = self.payments.get(&refund.order.payment).cloned() {
            payment.refunded = payment.refunded.max(refund.least());
            payment.status = after_refunds(payment.amount.minor, payment.refunded);
            self.take_payment(payment, now);
        }
        self.say_refund(id, RefundSaid::Done, "", at, now);
        self.refunds.works.insert(id.to_owned(), Work::new(Step::Confirm { failed: None }, now.mono, false));
    }
}
