//! Money on its way back to a customer: what this counter asked for, and what is known of it. What the
//! provider says of a payment as a whole is in the book beside it.

use super::message::RefundSaid;
use super::money::Money;
use super::payment::PaymentKey;
use super::reference::Reference;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    pub id: String,
    pub payment: PaymentKey,
    /// Absent for money that came over the standing link.
    pub reference: Option<Reference>,
    pub amount: Money,
    /// What was given back of the payment, or on its way, when this one was asked for; minor units.
    pub before: i64,
    pub said: Option<RefundSaid>,
    /// Why it was refused, or where it is done by hand.
    pub reason: String,
    /// It was taken, or told as done, and failed after all: the customer has not got the money.
    pub failed: bool,
    /// A person says that it was done in the system's dashboard; and what the provider had given back by then.
    pub by_hand: Option<i64>,
    /// The provider has told of it since, so its word on the payment is all that counts.
    pub told: bool,
}

impl Refund {
    #[must_use]
    pub fn new(
        id: String,
        payment: PaymentKey,
        reference: Option<Reference>,
        amount: Money,
        before: i64,
    ) -> Self {
        let (said, reason, by_hand) = (None, String::new(), None);
        Self { id, payment, reference, amount, before, said, reason, failed: false, by_hand, told: false }
    }

    /// Whether this word says more than what is known. Doubt is the least, and a no the last: what was done may
    /// fail after all, and what has failed stays so. So words that come late, twice or in another order end alike.
    #[must_use]
    pub fn learns(&self, said: RefundSaid) -> bool {
        let rank = |said| match said {
            RefundSaid::Unsure => 1,
            RefundSaid::Pending => 2,
            RefundSaid::Done | RefundSaid::Refused | RefundSaid::Unsupported => 3,
        };
        let fails_after_all = self.said == Some(RefundSaid::Done) && said == RefundSaid::Refused;
        fails_after_all || self.said.is_none_or(|known| rank(said) > rank(known))
    }

    /// Whether the relay has to be asked, again and again.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        self.said.is_none()
    }

    /// Whether the provider has taken it: done, or at work on it.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        matches!(self.said, Some(RefundSaid::Done | RefundSaid::Pending))
    }

    /// Whether it may still happen: until it cannot, its amount is not there to give back again.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.said, None | Some(RefundSaid::Unsure | RefundSaid::Pending))
    }

    /// What is given back of the payment with it, at least; minor units.
    #[must_use]
    pub fn least(&self) -> i64 {
        self.before.saturating_add(self.amount.minor)
    }

    /// Whether a person is to do it by hand and has not said that it is done.
    #[must_use]
    pub fn waits_for_hand(&self) -> bool {
        self.said == Some(RefundSaid::Unsupported) && self.by_hand.is_none()
    }
}
