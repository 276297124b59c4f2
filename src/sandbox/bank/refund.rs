//! Giving money back: in parts or whole, never more than came.

use crate::core::money::Money;
use crate::sandbox::bank::face::Thing;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Metadata;
use crate::sandbox::bank::model::PaymentStatus;
use crate::sandbox::bank::model::Refund;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::world::World;

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
    /// Gives `amount` minor units back, or all that is left. Done at once.
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
        payment.refunded += asked;
        let refund = Refund {
            id: self.id(payment.face, Thing::Refund),
            seq: self.next_seq(),
            created_ms: now_ms,
            payment: payment.id.clone(),
            charge,
            amount,
            reason,
            metadata,
        };
        self.keep(refund.clone());
        self.keep_payment(payment.clone());
        let face = payment.face;
        self.tell(face, EventKind::ChargeRefunded, Subject::Payment(payment), now_ms);
        self.tell(face, EventKind::RefundCreated, Subject::Refund(refund.clone()), now_ms);
        self.tell(face, EventKind::RefundUpdated, Subject::Refund(refund.clone()), now_ms);
        Ok(refund)
    }
}
