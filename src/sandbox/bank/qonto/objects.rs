//! Links and payments as Qonto shows them.

use serde_json::Value;
use serde_json::json;

use crate::core::money::Money;
use crate::sandbox::bank::iso;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::model::PaymentStatus;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::world::World;

#[must_use]
pub fn link(world: &World, link: &Link, public_url: &str, now_ms: i64) -> Value {
    let extra = |name: &str| link.extras.get(name).cloned().unwrap_or_default();
    let resource = extra("resource_id");
    let resource = resource.as_str().unwrap_or_default();
    json!({
        "id": link.id,
        "status": status(world, link, now_ms),
        "expiration_date": link.expires_ms.map(iso::from_ms),
        "potential_payment_methods": link.methods,
        "amount": amount(sum(link)),
        "resource_type": resource_type(link),
        "reusable": link.limit.is_none(),
        "created_at": iso::from_ms(link.created_ms),
        "url": format!("{public_url}/bank/pay/{}?resource_id={resource}", link.code),
        "items": extra("items"),
        "invoice_id": extra("invoice_id"),
        "invoice_number": extra("invoice_number"),
        "debitor_name": extra("debitor_name"),
    })
}

#[must_use]
pub fn resource_type(link: &Link) -> &'static str {
    if link.extras.contains_key("invoice_id") { "Invoice" } else { "Basket" }
}

#[must_use]
pub fn sum(link: &Link) -> Money {
    let minor = match link.pricing() {
        Pricing::Fixed(sum) => sum,
        Pricing::Open { .. } => 0,
    };
    Money::new(minor, link.currency)
}

#[must_use]
pub fn amount(money: Money) -> Value {
    json!({ "value": money.decimal(), "currency": money.currency.code() })
}

/// A payment under way makes the link `processing`; one that came to nothing opens it again.
#[must_use]
pub fn status(world: &World, link: &Link, now_ms: i64) -> &'static str {
    let under_way = || {
        let payments = world.visits(&link.id).filter_map(|visit| world.payments.get(visit.payment.as_ref()?));
        payments.into_iter().any(|payment| ["pending", "authorized"].contains(&payment_status(payment)))
    };
    if link.used_up() {
        "paid"
    } else if !link.active {
        "canceled"
    } else if link.expired(now_ms) {
        "expired"
    } else if under_way() {
        "processing"
    } else {
        "open"
    }
}

#[must_use]
pub fn payment(payment: &Payment) -> Value {
    let status = payment_status(payment);
    let paid_ms = payment.last_attempt().filter(|_| status == "paid").map(|attempt| attempt.at_ms);
    json!({
        "id": payment.id,
        "amount": amount(payment.amount),
        "status": status,
        "created_at": iso::from_ms(payment.created_ms),
        "payment_method": payment.methods.first(),
        "paid_at": paid_ms.map(iso::from_ms),
        "debitor_email": "customer@example.com",
    })
}

#[must_use]
pub fn payment_status(payment: &Payment) -> &'static str {
    match payment.status {
        PaymentStatus::Waiting => "open",
        PaymentStatus::Processing => "pending",
        PaymentStatus::Authorized => "authorized",
        PaymentStatus::Succeeded => "paid",
        PaymentStatus::Canceled => "canceled",
        PaymentStatus::Failed => "failed",
        PaymentStatus::Expired => "expired",
    }
}
