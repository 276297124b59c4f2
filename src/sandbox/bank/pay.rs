//! How money comes: an attempt to pay, and its outcome now or later. Visits are in `visit`, refunds in `refund`.
//! Decides what is allowed; what the words on the wire are is the faces' business.

use crate::core::money::Money;
use crate::sandbox::bank::face::Thing;
use crate::sandbox::bank::model::Attempt;
use crate::sandbox::bank::model::AttemptStatus;
use crate::sandbox::bank::model::Checkout;
use crate::sandbox::bank::model::CheckoutStatus;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::model::PaymentStatus;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::outcome::Outcome;
use crate::sandbox::bank::world::World;

/// Why nothing was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPaid {
    #[error("there is no such page")]
    Unknown,
    #[error("this link is closed")]
    Closed,
    #[error("the time on this page has run out")]
    Expired,
    #[error("enter the amount to pay")]
    NoAmount,
    #[error("the amount must be at least {0}")]
    TooLittle(Money),
    #[error("the amount must be at most {0}")]
    TooMuch(Money),
    #[error("the amount must be a multiple of {0}")]
    NotInSteps(Money),
}

impl World {
    /// A customer sends the form. `amount` in minor units counts on open amounts only. On a checkout
    /// that is already complete or ended nothing happens, and it is returned as it is.
    pub fn attempt(
        &mut self,
        checkout: &str,
        outcome: Outcome,
        amount: Option<i64>,
        now_ms: i64,
    ) -> Result<Checkout, NotPaid> {
        let mut checkout = self.checkouts.get(checkout).ok_or(NotPaid::Unknown)?.clone();
        let link = self.links.get(&checkout.link).ok_or(NotPaid::Unknown)?.clone();
        match checkout.status {
            CheckoutStatus::Open => {}
            CheckoutStatus::Complete | CheckoutStatus::Ended => return Ok(checkout),
            CheckoutStatus::Expired => return Err(NotPaid::Expired),
        }
        if link.used_up() && !self.habits.pay_twice {
            return Err(NotPaid::Closed);
        }
        let amount = owed(&link, amount)?;
        checkout.amount = Some(amount.minor);
        let mut payment = self.payment_of(&mut checkout, &link, amount, now_ms);
        payment.details = checkout.details.clone();
        let (status, attempt, word) = outcome.leads_to();
        payment.status = status;
        payment.canceled_ms = (status == PaymentStatus::Canceled).then_some(now_ms);
        let id = self.id(payment.face, Thing::Attempt);
        let delayed = matches!(outcome, Outcome::Pending | Outcome::Delayed);
        payment.attempts.push(Attempt { id, at_ms: now_ms, status: attempt, delayed });
        self.keep_payment(payment.clone());
        self.tell(payment.face, word, Subject::Payment(payment), now_ms);
        checkout.status = outcome.leaves();
        checkout.paid = outcome == Outcome::Paid;
        self.keep_checkout(checkout.clone());
        if checkout.paid || (outcome.is_sent() && link.face.dialect().counts_when_sent()) {
            self.count_completed(link, now_ms);
        }
        if checkout.status == CheckoutStatus::Complete {
            let told = Subject::Checkout(checkout.clone());
            self.tell(checkout.face, EventKind::CheckoutCompleted, told, now_ms);
        }
        Ok(checkout)
    }

    /// Ends an unsettled payment. `None` if there is no such payment or it is settled.
    pub fn settle(&mut self, payment: &str, succeeds: bool, now_ms: i64) -> Option<Payment> {
        let mut payment = self.payments.get(payment)?.clone();
        if !payment.unsettled() {
            return None;
        }
        let mut checkout = self.checkouts.get(&payment.checkout)?.clone();
        let (dialect, overdue) = (payment.face.dialect(), payment.overdue());
        let attempt = payment.attempts.last_mut()?;
        attempt.status = if succeeds { AttemptStatus::Succeeded } else { AttemptStatus::Failed };
        (payment.status, checkout.status) = match (succeeds, dialect.failure_is_final()) {
            (true, _) => (PaymentStatus::Succeeded, CheckoutStatus::Complete),
            (false, true) => (PaymentStatus::Failed, CheckoutStatus::Ended),
            (false, false) => (PaymentStatus::Waiting, checkout.status),
        };
        checkout.paid = succeeds;
        self.keep_payment(payment.clone());
        self.keep_checkout(checkout.clone());
        let (first, second) = if succeeds {
            (EventKind::PaymentSucceeded, EventKind::DelayedSucceeded)
        } else {
            (EventKind::PaymentFailed, EventKind::DelayedFailed)
        };
        if overdue && !succeeds {
            // That it failed was told when it was sent.
            return Some(payment);
        }
        self.tell(payment.face, first, Subject::Payment(payment.clone()), now_ms);
        if succeeds && (overdue || !dialect.counts_when_sent()) {
            let link = self.links.get(&payment.link)?.clone();
            self.count_completed(link, now_ms);
        }
        self.tell(payment.face, second, Subject::Checkout(checkout), now_ms);
        Some(payment)
    }

    /// The visit's payment, begun if there was none.
    pub(super) fn payment_of(
        &mut self,
        checkout: &mut Checkout,
        link: &Link,
        amount: Money,
        now_ms: i64,
    ) -> Payment {
        let known = checkout.payment.as_ref().and_then(|id| self.payments.get(id)).cloned();
        if let Some(mut payment) = known {
            payment.amount = amount;
            return payment;
        }
        let payment = Payment {
            id: self.id(link.face, Thing::Payment),
            seq: self.next_seq(),
            face: link.face,
            link: link.id.clone(),
            checkout: checkout.id.clone(),
            created_ms: now_ms,
            canceled_ms: None,
            status: PaymentStatus::Waiting,
            amount,
            refunded: 0,
            refunding: 0,
            reference: checkout.reference.clone(),
            metadata: link.payment_metadata.clone(),
            details: Default::default(),
            description: link.payment_description.clone(),
            methods: checkout.methods.clone(),
            attempts: Vec::new(),
        };
        checkout.payment = Some(payment.id.clone());
        self.tell(payment.face, EventKind::PaymentCreated, Subject::Payment(payment.clone()), now_ms);
        payment
    }

    fn count_completed(&mut self, mut link: Link, now_ms: i64) {
        link.completed = link.completed.saturating_add(1);
        let closes = link.active && link.used_up();
        link.active &= !closes;
        self.keep_link(link.clone());
        if closes {
            self.tell(link.face, EventKind::LinkUpdated, Subject::Link(link), now_ms);
        }
    }
}

/// What is to be paid: the link's sum, or what the customer said if it is within bounds.
fn owed(link: &Link, said: Option<i64>) -> Result<Money, NotPaid> {
    let money = |minor| Money::new(minor, link.currency);
    match link.pricing() {
        Pricing::Fixed(sum) => Ok(money(sum)),
        Pricing::Open { .. } => {
            let said = said.ok_or(NotPaid::NoAmount)?;
            let bounds = link.bounds();
            if said < *bounds.start() {
                return Err(NotPaid::TooLittle(money(*bounds.start())));
            }
            if said > *bounds.end() {
                return Err(NotPaid::TooMuch(money(*bounds.end())));
            }
            if said % link.chargeable.step != 0 {
                return Err(NotPaid::NotInSteps(money(link.chargeable.step)));
            }
            Ok(money(said))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bank::face::Visitor;
    use crate::sandbox::bank::subject::kinds;
    use crate::sandbox::bank::subject::world;

    #[test]
    fn a_pending_payment_settles_when_it_is_due_and_not_before() {
        let mut world = world(Some(100));
        let visit = world.visit("link", Visitor::default(), 0).expect("a visit");
        world.attempt(&visit.id, Outcome::Pending, None, 50).expect("an attempt");
        world.advance(149);
        assert!(world.checkouts.get(&visit.id).is_some_and(|one| !one.paid));
        world.advance(150);
        assert!(world.checkouts.get(&visit.id).is_some_and(|one| one.paid));
        world.advance(10_000);
        let told = |kind| kinds(&world).into_iter().filter(|one| *one == kind).count();
        assert_eq!((told(EventKind::DelayedSucceeded), told(EventKind::PaymentSucceeded)), (1, 1));
    }

    #[test]
    fn a_saved_world_comes_back_as_it_was() {
        let mut first = world(Some(100));
        let visitor = Visitor { reference: Some("front-1".into()), prefill: None };
        let visit = first.visit("link", visitor, 0).expect("a visit");
        first.attempt(&visit.id, Outcome::Pending, None, 50).expect("an attempt");
        let mut second = World::new(first.habits, 2);
        for change in first.take_changes() {
            second.restore(change.kind, &change.body).expect("a readable row");
        }
        assert_eq!(second.checkouts.get(&visit.id), first.checkouts.get(&visit.id));
        second.advance(150);
        assert!(second.checkouts.get(&visit.id).is_some_and(|one| one.paid));
        assert!(second.take_changes().iter().all(|change| change.kind != "link"));
    }

    fn status(world: &World, visit: &Checkout) -> (CheckoutStatus, bool, PaymentStatus) {
        let checkout = world.checkouts.get(&visit.id).expect("the visit");
        let payment = checkout.payment.as_ref().and_then(|id| world.payments.get(id)).expect("a payment");
        (checkout.status, checkout.paid, payment.status)
    }

    #[test]
    fn a_payment_that_is_over_leaves_the_link_to_the_next_customer() {
        let mut world = world(None);
        for (outcome, ended) in [
            (Outcome::Failed, PaymentStatus::Failed),
            (Outcome::Expired, PaymentStatus::Expired),
            (Outcome::Canceled, PaymentStatus::Canceled),
        ] {
            let visit = world.visit("link", Visitor::default(), 0).expect("a visit");
            world.attempt(&visit.id, outcome, None, 1).expect("an attempt");
            assert_eq!(status(&world, &visit), (CheckoutStatus::Ended, false, ended));
            world.attempt(&visit.id, Outcome::Paid, None, 2).expect("nothing more happens");
            let payment = world.payments_of("link").next_back().expect("a payment").id.clone();
            assert_eq!(world.settle(&payment, true, 3), None);
            assert_eq!(status(&world, &visit), (CheckoutStatus::Ended, false, ended));
        }
        assert!(world.links.get("link").is_some_and(|link| link.active && link.completed == 0));
        assert_eq!(world.payments_of("link").count(), 3);
    }

    #[test]
    fn authorized_money_is_not_paid_until_it_is_settled() {
        let mut world = world(Some(100));
        let visit = world.visit("link", Visitor::default(), 0).expect("a visit");
        world.attempt(&visit.id, Outcome::Authorized, None, 1).expect("an attempt");
        assert_eq!(status(&world, &visit), (CheckoutStatus::Complete, false, PaymentStatus::Authorized));
        world.advance(101);
        assert_eq!(status(&world, &visit), (CheckoutStatus::Complete, true, PaymentStatus::Succeeded));
    }

    #[test]
    fn a_success_may_come_after_a_failure_was_told_and_counts_once() {
        let mut world = world(Some(100));
        let visit = world.visit("link", Visitor::default(), 0).expect("a visit");
        world.attempt(&visit.id, Outcome::Delayed, None, 1).expect("an attempt");
        assert_eq!(status(&world, &visit), (CheckoutStatus::Ended, false, PaymentStatus::Failed));
        assert_eq!(kinds(&world).last(), Some(&EventKind::PaymentFailed));
        world.advance(101);
        assert_eq!(status(&world, &visit), (CheckoutStatus::Complete, true, PaymentStatus::Succeeded));
        assert_eq!(kinds(&world)[2..], [EventKind::PaymentSucceeded, EventKind::DelayedSucceeded]);
        assert!(world.links.get("link").is_some_and(|link| link.completed == 1));
    }
}
