//! Giving money back: in parts or whole, never more than came. What was taken may come back: later, and also
//! after it was told as done.

use serde::Deserialize;
use serde::Serialize;

use crate::core::money::Money;
use crate::sandbox::bank::face::Thing;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Metadata;
use crate::sandbox::bank::model::PaymentStatus;
use crate::sandbox::bank::model::Refund;
use crate::sandbox::bank::model::RefundEnd;
use crate::sandbox::bank::model::RefundStatus;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::world::World;

/// What becomes of refunds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refunding {
    /// Done at once.
    #[default]
    Succeed,
    /// Taken, and done later.
    Pending,
    /// Taken, and then it fails.
    Fail,
    /// Told as done at once, and then it fails all the same.
    FailLater,
}

impl Refunding {
    /// How a refund begins, and whether and how it goes on from there.
    fn leads_to(self) -> (RefundStatus, Option<bool>) {
        match self {
            Self::Succeed => (RefundStatus::Succeeded, None),
            Self::Pending => (RefundStatus::Pending, Some(true)),
            Self::Fail => (RefundStatus::Pending, Some(false)),
            Self::FailLater => (RefundStatus::Succeeded, Some(false)),
        }
    }
}

/// Why nothing was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRefunded {
    UnknownPayment,
    NothingReceived,
    AllReturned { charge: String },
    TooMuch { left: Money, asked: Money },
    NotPositive,
}

impl World {
    /// Gives `amount` minor units back, or all that is left, as the bank's habit is.
    pub fn refund(
        &mut self,
        payment: &str,
        amount: Option<i64>,
        reason: Option<String>,
        metadata: Metadata,
        now_ms: i64,
    ) -> Result<Refund, NotRefunded> {
        let mut payment = self.payments.get(payment).ok_or(NotRefunded::UnknownPayment)?.clone();
        let charge = match (payment.status, payment.last_attempt()) {
            (PaymentStatus::Succeeded, Some(attempt)) => attempt.id.clone(),
            (_, _) => return Err(NotRefunded::NothingReceived),
        };
        let left = payment.received() - payment.refunded;
        let asked = amount.unwrap_or(left);
        let money = |minor| Money::new(minor, payment.amount.currency);
        if left == 0 {
            return Err(NotRefunded::AllReturned { charge });
        }
        if asked <= 0 {
            return Err(NotRefunded::NotPositive);
        }
        if asked > left {
            return Err(NotRefunded::TooMuch { left: money(left), asked: money(asked) });
        }
        let amount = money(asked);
        let (status, goes_on) = self.habits.refunds.leads_to();
        let later_ms = self.habits.refund_settles_ms.map(|wait_ms| now_ms + wait_ms);
        payment.refunded += asked;
        payment.refunding += if status == RefundStatus::Pending { asked } else { 0 };
        let refund = Refund {
            id: self.id(payment.face, Thing::Refund),
            seq: self.next_seq(),
            created_ms: now_ms,
            payment: payment.id.clone(),
            charge,
            amount,
            status,
            end: goes_on.zip(later_ms).map(|(succeeds, at_ms)| RefundEnd { at_ms, succeeds }),
            reason,
            metadata,
        };
        self.keep_refund(refund.clone());
        self.keep_payment(payment.clone());
        let face = payment.face;
        self.tell(face, EventKind::ChargeRefunded, Subject::Payment(payment), now_ms);
        self.tell(face, EventKind::RefundCreated, Subject::Refund(refund.clone()), now_ms);
        if status == RefundStatus::Succeeded {
            self.tell(face, EventKind::RefundUpdated, Subject::Refund(refund.clone()), now_ms);
        }
        Ok(refund)
    }

    /// Ends a refund: a pending one either way, and one that was told as done by its money coming back. `None`
    /// if there is no such refund or it has ended so.
    pub fn settle_refund(&mut self, refund: &str, succeeds: bool, now_ms: i64) -> Option<Refund> {
        let mut refund = self.refunds.get(refund)?.clone();
        let mut payment = self.payments.get(&refund.payment)?.clone();
        let minor = refund.amount.minor;
        match (refund.status, succeeds) {
            (RefundStatus::Failed, _) | (RefundStatus::Succeeded, true) => return None,
            (RefundStatus::Pending, _) => payment.refunding -= minor,
            (RefundStatus::Succeeded, false) => {}
        }
        (refund.status, refund.end) = if succeeds {
            (RefundStatus::Succeeded, None)
        } else {
            payment.refunded -= minor;
            (RefundStatus::Failed, None)
        };
        let face = payment.face;
        self.keep_refund(refund.clone());
        self.keep_payment(payment);
        self.tell(face, EventKind::RefundUpdated, Subject::Refund(refund.clone()), now_ms);
        if !succeeds {
            self.tell(face, EventKind::RefundFailed, Subject::Refund(refund.clone()), now_ms);
        }
        Some(refund)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bank::face::Visitor;
    use crate::sandbox::bank::outcome::Outcome;
    use crate::sandbox::bank::subject::kinds;
    use crate::sandbox::bank::subject::world;

    /// A bank of this habit, and a payment of 1200 yen.
    fn paid(refunds: Refunding) -> (World, String) {
        let mut world = world(None);
        (world.habits.refunds, world.habits.refund_settles_ms) = (refunds, Some(100));
        let visit = world.visit("link", Visitor::default(), 0).expect("a visit");
        let paid = world.attempt(&visit.id, Outcome::Paid, None, 1).expect("a payment");
        (world, paid.payment.expect("a payment"))
    }

    fn sums(world: &World, payment: &str) -> (i64, i64) {
        let payment = world.payments.get(payment).expect("the payment");
        (payment.refunded, payment.returned())
    }

    #[test]
    fn no_more_is_given_back_than_came() {
        let (mut world, payment) = paid(Refunding::Succeed);
        let mut back = |amount| world.refund(&payment, amount, None, Default::default(), 2);
        assert_eq!(back(Some(200)).map(|refund| refund.amount.minor), Ok(200));
        assert!(matches!(back(Some(1001)), Err(NotRefunded::TooMuch { left, .. }) if left.minor == 1000));
        assert_eq!(back(Some(0)), Err(NotRefunded::NotPositive));
        assert_eq!(back(None).map(|refund| refund.amount.minor), Ok(1000));
        assert!(matches!(back(None), Err(NotRefunded::AllReturned { .. })));
    }

    #[test]
    fn a_habit_says_how_a_refund_begins_and_ends_and_time_ends_it_once() {
        use EventKind::RefundFailed;
        use EventKind::RefundUpdated;
        for (refunds, begun, ended, told) in [
            (Refunding::Succeed, (500, 500), (500, 500), &[][..]),
            (Refunding::Pending, (500, 0), (500, 500), &[RefundUpdated]),
            (Refunding::Fail, (500, 0), (0, 0), &[RefundUpdated, RefundFailed]),
            (Refunding::FailLater, (500, 500), (0, 0), &[RefundUpdated, RefundFailed]),
        ] {
            let (mut world, payment) = paid(refunds);
            world.refund(&payment, Some(500), None, Default::default(), 10).expect("a refund");
            let before = kinds(&world).len();
            assert_eq!(sums(&world, &payment), begun, "{refunds:?}");
            world.advance(109);
            assert_eq!(sums(&world, &payment), begun, "{refunds:?}");
            world.advance(110);
            world.advance(10_000);
            assert_eq!(sums(&world, &payment), ended, "{refunds:?}");
            assert_eq!(kinds(&world)[before..], *told, "{refunds:?}");
        }
    }

    #[test]
    fn money_that_came_back_can_be_given_back_again_and_a_failed_refund_stays_failed() {
        let (mut world, payment) = paid(Refunding::Succeed);
        let refund = world.refund(&payment, None, None, Default::default(), 10).expect("a refund").id;
        assert_eq!(world.settle_refund(&refund, true, 11), None, "it is done");
        let failed = world.settle_refund(&refund, false, 12).expect("it came back");
        assert_eq!(failed.status, RefundStatus::Failed);
        assert_eq!(world.settle_refund(&refund, true, 13), None);
        assert_eq!(sums(&world, &payment), (0, 0));
        assert!(world.refund(&payment, None, None, Default::default(), 14).is_ok());
    }

    #[test]
    fn a_saved_refund_ends_in_its_time_after_a_restart() {
        let (mut first, payment) = paid(Refunding::Fail);
        first.refund(&payment, Some(500), None, Default::default(), 10).expect("a refund");
        let mut second = World::new(first.habits, 2);
        for change in first.take_changes() {
            second.restore(change.kind, &change.body).expect("a readable row");
        }
        assert_eq!(sums(&second, &payment), (500, 0));
        second.advance(110);
        assert_eq!(sums(&second, &payment), (0, 0));
    }
}
