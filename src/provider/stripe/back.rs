//! Money that goes back: refunds, charges that were refunded, and disputes.

use super::payment::given_back;
use super::payment::key;
use super::payment::millis;
use super::payment::money;
use super::payment::reference;
use super::status;
use super::wire::Charge;
use super::wire::Dispute;
use super::wire::Refund as WireRefund;
use crate::core::payment::PaymentStatus;
use crate::port::provider::Payment;
use crate::port::provider::Refund;
use crate::provider::owner::Owner;
use crate::provider::refunded;
use crate::provider::rest::Unreadable;

/// A charge that money was given back of. `None` for one that belongs to no payment intent: such a charge
/// did not come over a link.
pub fn refunded_charge(
    charge: &Charge,
    told_at: i64,
    owner: Owner<'_>,
) -> Result<Option<Payment>, Unreadable> {
    let Some(intent) = &charge.payment_intent else { return Ok(None) };
    let amount = money(charge.amount_captured.unwrap_or(charge.amount), &charge.currency)?;
    let refunded = given_back(charge, amount.currency)?;
    Ok(Some(Payment {
        key: key(intent.id(), owner)?,
        status: refunded::status(PaymentStatus::Succeeded, amount.minor, refunded),
        amount,
        refunded,
        reference: reference(&charge.metadata),
        link: None,
        at_unix_ms: millis(Some(told_at), &charge.id)?,
        declined: false,
    }))
}

/// The payment in dispute. A dispute says nothing of its status: it is `Unknown`, which changes nothing
/// that is known, and the amount is the one in dispute.
pub fn disputed(dispute: &Dispute, told_at: i64, owner: Owner<'_>) -> Result<Option<Payment>, Unreadable> {
    let Some(intent) = &dispute.payment_intent else { return Ok(None) };
    Ok(Some(Payment {
        key: key(intent.id(), owner)?,
        status: PaymentStatus::Unknown(format!("dispute {}", dispute.status)),
        amount: money(dispute.amount, &dispute.currency)?,
        refunded: 0,
        reference: None,
        link: None,
        at_unix_ms: millis(Some(told_at), &dispute.id)?,
        declined: false,
    }))
}

pub fn refund(refund: &WireRefund) -> Result<Refund, Unreadable> {
    let of = refund.payment_intent.as_ref().or(refund.charge.as_ref());
    Ok(Refund {
        id: refund.id.clone(),
        payment: of.map(|of| of.id().to_owned()).ok_or_else(|| format!("{} names no payment", refund.id))?,
        amount: money(refund.amount, &refund.currency)?,
        status: status::refund(refund.status.as_deref()),
        reason: refund.failure_reason.clone(),
    })
}
