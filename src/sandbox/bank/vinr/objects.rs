//! Links, payments and refunds as VINR writes them.

use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::iso;
use crate::sandbox::bank::model::AfterPayment;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::model::PaymentStatus;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::model::Refund;
use crate::sandbox::bank::model::RefundStatus;

/// The setting under which a link says whether it takes more than one payment.
pub const REUSABLE: &str = "reusable";

pub fn is_reusable(link: &Link) -> bool {
    link.extras.get(REUSABLE) == Some(&json!(true))
}

pub fn link(link: &Link, now_ms: i64, public_url: &str) -> Value {
    let (amount, editable) = match link.pricing() {
        Pricing::Fixed(minor) => (Some(minor), false),
        Pricing::Open { preset, .. } => (preset, true),
    };
    let url = link.url(public_url);
    json!({
        "id": link.id, "object": "payment_link", "url": url, "qrCodeUrl": format!("{url}/qr.png"),
        "status": status(link, now_ms),
        "amount": amount, "currency": link.currency.code(), "description": text(link.title()),
        "reusable": is_reusable(link), "amountEditable": editable,
        "maxPayments": link.limit.filter(|_| is_reusable(link)), "paymentsCount": link.completed,
        "expiresAt": link.expires_ms.map(iso::from_ms), "returnUrl": return_url(&link.after),
        "metadata": link.metadata, "created": link.created_ms / 1000,
    })
}

pub fn status(link: &Link, now_ms: i64) -> &'static str {
    if link.used_up() {
        "completed"
    } else if link.expired(now_ms) {
        "expired"
    } else if link.active {
        "active"
    } else {
        "inactive"
    }
}

/// A refund counts once it is done. `of` is the link that it came over.
pub fn payment(payment: &Payment, of: &Link, public_url: &str) -> Value {
    let status = match payment.status {
        PaymentStatus::Waiting => "pending",
        PaymentStatus::Processing => "processing",
        PaymentStatus::Authorized => "requires_capture",
        PaymentStatus::Succeeded if payment.returned() == 0 => "succeeded",
        PaymentStatus::Succeeded if payment.returned() < payment.amount.minor => "partially_refunded",
        PaymentStatus::Succeeded => "refunded",
        PaymentStatus::Canceled => "canceled",
        PaymentStatus::Failed => "failed",
        PaymentStatus::Expired => "expired",
    };
    json!({
        "id": payment.id, "object": "payment", "amount": payment.amount.minor,
        "currency": payment.amount.currency.code(), "status": status, "amountRefunded": payment.returned(),
        "description": payment.description, "paymentLink": payment.link, "returnUrl": return_url(&of.after),
        "checkoutUrl": format!("{}?session={}", of.url(public_url), payment.checkout),
        "latest_charge": payment.last_attempt().map(|attempt| &attempt.id), "metadata": payment.metadata,
        "created": payment.created_ms / 1000,
    })
}

pub fn refund(refund: &Refund) -> Value {
    let status = match refund.status {
        RefundStatus::Pending => "pending",
        RefundStatus::Succeeded => "succeeded",
        RefundStatus::Failed => "failed",
    };
    json!({
        "id": refund.id, "object": "refund", "payment": refund.payment, "amount": refund.amount.minor,
        "currency": refund.amount.currency.code(), "status": status, "reason": refund.reason,
        "metadata": refund.metadata, "created": refund.created_ms / 1000,
    })
}

fn return_url(after: &AfterPayment) -> Option<&str> {
    match after {
        AfterPayment::Redirect { url } => Some(url),
        AfterPayment::Thanks { .. } => None,
    }
}

fn text(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
