//! The bank's things as Stripe's JSON objects, with every field that Stripe always sends.

use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::model::AfterPayment;
use crate::sandbox::bank::model::Attempt;
use crate::sandbox::bank::model::AttemptStatus;
use crate::sandbox::bank::model::Checkout;
use crate::sandbox::bank::model::CheckoutStatus;
use crate::sandbox::bank::model::Line;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::model::PaymentStatus;
use crate::sandbox::bank::model::Price;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::model::Refund;
use crate::sandbox::bank::model::RefundStatus;
use crate::sandbox::bank::stripe::amounts::to_wire;

pub fn price(price: &Price) -> Value {
    let wire = |minor: i64| to_wire(minor, price.currency);
    let (unit_amount, custom) = match price.pricing {
        Pricing::Fixed(minor) => (Some(wire(minor)), Value::Null),
        Pricing::Open { minimum, maximum, preset } => {
            let (minimum, maximum, preset) = (minimum.map(wire), maximum.map(wire), preset.map(wire));
            (None, json!({ "minimum": minimum, "maximum": maximum, "preset": preset }))
        }
    };
    json!({
        "id": price.id, "object": "price", "active": price.active, "billing_scheme": "per_unit",
        "created": price.created_ms / 1000, "currency": price.currency.code_lower(),
        "custom_unit_amount": custom, "livemode": false, "lookup_key": null, "metadata": price.metadata,
        "nickname": null, "product": price.product, "recurring": null, "tax_behavior": "unspecified",
        "tiers_mode": null, "transform_quantity": null, "type": "one_time", "unit_amount": unit_amount,
        "unit_amount_decimal": unit_amount.map(|amount| amount.to_string()),
    })
}

/// `chosen` is the sum in minor units that the customer said, for a price that leaves it open.
pub fn line_item(line: &Line, chosen: Option<i64>) -> Value {
    let each = match line.price.pricing {
        Pricing::Fixed(minor) => minor,
        Pricing::Open { preset, .. } => chosen.or(preset).unwrap_or(0),
    };
    let sum = to_wire(each.saturating_mul(line.quantity), line.price.currency);
    json!({
        "id": line.id, "object": "item", "amount_discount": 0, "amount_subtotal": sum, "amount_tax": 0,
        "amount_total": sum, "currency": line.price.currency.code_lower(), "description": line.price.name,
        "price": price(&line.price), "quantity": line.quantity,
    })
}

pub fn link(link: &Link, public_url: &str) -> Value {
    let after = match &link.after {
        AfterPayment::Thanks { message } => {
            json!({ "type": "hosted_confirmation", "hosted_confirmation": { "custom_message": message } })
        }
        AfterPayment::Redirect { url } => json!({ "type": "redirect", "redirect": { "url": url } }),
    };
    let restrictions =
        link.limit.map(|limit| json!({ "completed_sessions": { "count": link.completed, "limit": limit } }));
    let mut object = json!({
        "id": link.id, "object": "payment_link", "active": link.active, "after_completion": after,
        "allow_promotion_codes": false, "application": null, "application_fee_amount": null,
        "application_fee_percent": null,
        "automatic_tax": { "enabled": false, "liability": null }, "billing_address_collection": "auto",
        "consent_collection": null, "currency": link.currency.code_lower(), "custom_fields": [],
        "custom_text": custom_text(), "customer_creation": "if_required",
        "inactive_message": link.inactive_message, "invoice_creation": null, "livemode": false,
        "metadata": link.metadata, "on_behalf_of": null,
        "payment_intent_data": {
            "capture_method": null, "description": link.payment_description,
            "metadata": link.payment_metadata, "setup_future_usage": null, "statement_descriptor": null,
            "statement_descriptor_suffix": null, "transfer_group": null,
        },
        "payment_method_collection": "always", "payment_method_types": link.methods,
        "phone_number_collection": { "enabled": false }, "restrictions": restrictions,
        "shipping_address_collection": null, "shipping_options": [], "submit_type": "auto",
        "subscription_data": null, "tax_id_collection": { "enabled": false, "required": "never" },
        "transfer_data": null, "url": link.url(public_url),
    });
    for (name, value) in &link.extras {
        object[name] = value.clone();
    }
    object
}

pub fn session(checkout: &Checkout, public_url: &str) -> Value {
    let total = checkout.amount.or(checkout.prefill).map(|minor| to_wire(minor, checkout.currency));
    let status = match checkout.status {
        CheckoutStatus::Open => "open",
        CheckoutStatus::Complete => "complete",
        CheckoutStatus::Expired | CheckoutStatus::Ended => "expired",
    };
    let url = (checkout.status == CheckoutStatus::Open)
        .then(|| format!("{public_url}/bank/pay/{}?session={}", checkout.code, checkout.id));
    whole([
        json!({
            "id": checkout.id, "object": "checkout.session", "after_expiration": null,
            "allow_promotion_codes": false, "amount_subtotal": total, "amount_total": total,
            "automatic_tax": { "enabled": false, "liability": null, "status": null },
            "billing_address_collection": "auto", "cancel_url": null,
            "client_reference_id": checkout.reference, "client_secret": null, "consent": null,
            "consent_collection": null, "created": checkout.created_ms / 1000,
            "currency": checkout.currency.code_lower(), "currency_conversion": null, "custom_fields": [],
            "custom_text": custom_text(), "customer": null, "customer_creation": "if_required",
        }),
        json!({
            "customer_details": null, "customer_email": null, "discounts": [],
            "expires_at": checkout.expires_ms / 1000, "invoice": null, "invoice_creation": null,
            "livemode": false, "locale": "auto", "metadata": checkout.metadata, "mode": "payment",
            "payment_intent": checkout.payment, "payment_link": checkout.link,
            "payment_method_collection": "always", "payment_method_options": {},
            "payment_method_types": checkout.methods,
            "payment_status": if checkout.paid { "paid" } else { "unpaid" },
            "phone_number_collection": { "enabled": false }, "recovered_from": null, "setup_intent": null,
            "shipping_address_collection": null, "shipping_cost": null, "shipping_options": [],
            "status": status, "submit_type": "auto", "subscription": null, "success_url": null,
            "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
            "ui_mode": "hosted_page", "url": url,
        }),
    ])
}

pub fn intent(payment: &Payment) -> Value {
    let status = match payment.status {
        PaymentStatus::Waiting | PaymentStatus::Failed => "requires_payment_method",
        PaymentStatus::Authorized => "requires_capture",
        PaymentStatus::Processing => "processing",
        PaymentStatus::Succeeded => "succeeded",
        PaymentStatus::Canceled | PaymentStatus::Expired => "canceled",
    };
    let attempt = payment.last_attempt();
    let wire = |minor: i64| to_wire(minor, payment.amount.currency);
    let method = attempt.filter(|_| !payment.declined()).map(method_id);
    whole([
        json!({
            "id": payment.id, "object": "payment_intent", "amount": wire(payment.amount.minor),
            "amount_capturable": 0, "amount_details": { "tip": {} },
            "amount_received": wire(payment.received()),
            "application": null, "application_fee_amount": null, "automatic_payment_methods": null,
            "canceled_at": payment.canceled_ms.map(|at_ms| at_ms / 1000),
            "cancellation_reason": payment.canceled_ms.map(|_| "abandoned"),
            "capture_method": "automatic", "client_secret": format!("{}_secret_sandbox", payment.id),
            "confirmation_method": "automatic", "created": payment.created_ms / 1000,
            "currency": payment.amount.currency.code_lower(),
        }),
        json!({
            "customer": null,
            "description": payment.description, "last_payment_error": declined(payment),
            "latest_charge": attempt.map(|attempt| &attempt.id), "livemode": false,
            "metadata": payment.metadata, "next_action": null, "on_behalf_of": null, "payment_method": method,
            "payment_method_options": {}, "payment_method_types": payment.methods, "processing": null,
            "receipt_email": null, "review": null, "setup_future_usage": null, "shipping": null,
            "source": null, "statement_descriptor": null, "statement_descriptor_suffix": null,
            "status": status, "transfer_data": null, "transfer_group": null,
        }),
    ])
}

pub fn charge(payment: &Payment, attempt: &Attempt) -> Value {
    let amount = to_wire(payment.amount.minor, payment.amount.currency);
    let succeeded = attempt.status == AttemptStatus::Succeeded;
    let failed = attempt.status == AttemptStatus::Failed || attempt.status == AttemptStatus::Overdue;
    let status = match attempt.status {
        AttemptStatus::Succeeded => "succeeded",
        AttemptStatus::Pending => "pending",
        AttemptStatus::Failed | AttemptStatus::Overdue => "failed",
    };
    let refunded = if succeeded { payment.refunded } else { 0 };
    whole([
        json!({
            "id": attempt.id, "object": "charge", "amount": amount,
            "amount_captured": if succeeded { amount } else { 0 },
            "amount_refunded": to_wire(refunded, payment.amount.currency),
            "application": null, "application_fee": null, "application_fee_amount": null,
            "balance_transaction": null,
            "billing_details": {
                "address": {
                    "city": null, "country": null, "line1": null, "line2": null, "postal_code": null,
                    "state": null,
                },
                "email": null, "name": null, "phone": null,
            },
            "calculated_statement_descriptor": null, "captured": succeeded, "created": attempt.at_ms / 1000,
            "currency": payment.amount.currency.code_lower(), "customer": null,
            "description": payment.description,
        }),
        json!({
            "disputed": false, "failure_balance_transaction": null,
            "failure_code": failed.then_some("card_declined"),
            "failure_message": failed.then_some(DECLINED), "fraud_details": {}, "livemode": false,
            "metadata": payment.metadata, "on_behalf_of": null,
            "outcome": {
                "network_status": if failed { "declined_by_network" } else { "approved_by_network" },
                "reason": failed.then_some("generic_decline"), "risk_level": "normal", "seller_message": null,
                "type": if failed { "issuer_declined" } else { "authorized" },
            },
            "paid": succeeded, "payment_intent": payment.id, "payment_method": method_id(attempt),
            "payment_method_details": method(payment, attempt), "receipt_email": null, "receipt_number": null,
            "receipt_url": null, "refunded": succeeded && refunded == payment.amount.minor, "review": null,
            "shipping": null, "source": null, "source_transfer": null, "statement_descriptor": null,
            "statement_descriptor_suffix": null, "status": status, "transfer_data": null,
            "transfer_group": null,
        }),
    ])
}

/// Why it is pending or has failed is said in that state only.
pub fn refund(refund: &Refund) -> Value {
    let (status, more) = match refund.status {
        RefundStatus::Pending => ("pending", Some(("pending_reason", "processing"))),
        RefundStatus::Succeeded => ("succeeded", None),
        RefundStatus::Failed => ("failed", Some(("failure_reason", "expired_or_canceled_card"))),
    };
    let mut object = json!({
        "id": refund.id, "object": "refund",
        "amount": to_wire(refund.amount.minor, refund.amount.currency), "balance_transaction": null,
        "charge": refund.charge, "created": refund.created_ms / 1000,
        "currency": refund.amount.currency.code_lower(),
        "destination_details": { "type": "card", "card": { "type": "refund" } },
        "metadata": refund.metadata, "payment_intent": refund.payment, "reason": refund.reason,
        "receipt_number": null, "source_transfer_reversal": null, "status": status,
        "transfer_reversal": null,
    });
    if let Some((name, why)) = more {
        object[name] = json!(why);
    }
    object
}

const DECLINED: &str = "The card was declined.";

fn declined(payment: &Payment) -> Value {
    let Some(attempt) = payment.last_attempt().filter(|_| payment.declined()) else { return Value::Null };
    if attempt.delayed {
        return json!({
            "type": "invalid_request_error", "code": "payment_intent_payment_attempt_failed",
            "charge": attempt.id, "message": "The payment failed.",
        });
    }
    json!({
        "type": "card_error", "code": "card_declined", "decline_code": "generic_decline",
        "charge": attempt.id, "message": DECLINED,
    })
}

fn method(payment: &Payment, attempt: &Attempt) -> Value {
    if attempt.delayed && payment.methods.iter().any(|method| method == "sepa_debit") {
        let debit = json!({
            "bank_code": null, "branch_code": null, "country": null, "fingerprint": null, "last4": "3000",
            "mandate": null,
        });
        return json!({ "type": "sepa_debit", "sepa_debit": debit });
    }
    let card = json!({
        "brand": "visa", "checks": null, "country": null, "exp_month": 12, "exp_year": 2034,
        "fingerprint": null, "funding": "credit", "installments": null, "last4": "4242", "mandate": null,
        "network": "visa", "network_token": null, "three_d_secure": null, "wallet": null,
    });
    json!({ "type": "card", "card": card })
}

fn method_id(attempt: &Attempt) -> String {
    attempt.id.replacen("ch_", "pm_", 1)
}

/// One object of several parts; a single `json!` of this many fields is more than the compiler unfolds.
fn whole(parts: [Value; 2]) -> Value {
    let [mut object, Value::Object(rest)] = parts else { return Value::Null };
    for (name, value) in rest {
        object[name] = value;
    }
    object
}

fn custom_text() -> Value {
    json!({
        "after_submit": null, "shipping_address": null, "submit": null,
        "terms_of_service_acceptance": null,
    })
}
