//! What Yabetoo tells, and in which words. The fields stand flat under `data`.

use serde_json::json;

use crate::sandbox::bank::face::News;
use crate::sandbox::bank::iso;
use crate::sandbox::bank::model::Checkout;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::yabetoo::RECURRING;
use crate::sandbox::bank::yabetoo::amounts::to_wire;
use crate::sandbox::bank::yabetoo::objects;

/// One payment is told twice: as the intent, and as its link's checkout. Subscriptions have events of their
/// own instead of the link's. An update of a link tells nobody anything, nor does its end.
pub fn word(kind: EventKind, subject: &Subject) -> Option<&'static str> {
    match (kind, subject) {
        (EventKind::LinkCreated, _) => Some("payment_link.created"),
        (EventKind::PaymentSucceeded, _) => Some("intent.completed"),
        (EventKind::PaymentExpired, _) => Some("intent.expired"),
        (EventKind::PaymentFailed, Subject::Payment(payment)) => {
            Some(if recurs(&payment.methods) { "payment.failed" } else { "payment_link.checkout.failed" })
        }
        (EventKind::CheckoutCompleted | EventKind::DelayedSucceeded, Subject::Checkout(checkout))
            if checkout.paid =>
        {
            let subscription = recurs(&checkout.methods);
            Some(if subscription { "subscription.created" } else { "payment_link.checkout.completed" })
        }
        (
            EventKind::LinkUpdated
            | EventKind::LinkExpired
            | EventKind::CheckoutCompleted
            | EventKind::CheckoutExpired
            | EventKind::DelayedSucceeded
            | EventKind::DelayedFailed
            | EventKind::PaymentCreated
            | EventKind::PaymentProcessing
            | EventKind::PaymentAuthorized
            | EventKind::PaymentFailed
            | EventKind::PaymentCanceled
            | EventKind::ChargeRefunded
            | EventKind::RefundCreated
            | EventKind::RefundUpdated
            | EventKind::RefundFailed
            | EventKind::ConnectionChanged,
            _,
        ) => None,
    }
}

fn recurs(methods: &[String]) -> bool {
    methods.iter().any(|method| method == RECURRING)
}

pub fn body(news: &News<'_>) -> String {
    let at = iso::from_ms(news.event.at_ms);
    let data = match &news.event.subject {
        Subject::Link(link) => json!({ "paymentLinkId": link.id, "name": link.title() }).to_string(),
        Subject::Checkout(checkout) => completed(checkout, &at),
        Subject::Payment(payment) if news.event.kind == EventKind::PaymentFailed => failed(payment, &at),
        Subject::Payment(payment) => intent(payment),
        // It has no word for refunds, nor for the merchant.
        Subject::Refund(_) | Subject::Connection(_) => "null".to_owned(),
    };
    let (id, word) = (&news.event.id, news.word);
    format!(r#"{{"id":"{id}","type":"{word}","data":{data},"created_at":"{at}"}}"#)
}

fn completed(checkout: &Checkout, at: &str) -> String {
    let mut rest = json!({
        "paymentLinkId": checkout.link, "checkoutSessionId": checkout.id, "orderId": order(&checkout.id),
        "currency": checkout.currency.code_lower(), "customerEmail": "customer@example.com",
        "completedAt": at,
    });
    if recurs(&checkout.methods) {
        rest["subscriptionId"] = json!(checkout.id.replacen("cs_", "sub_", 1));
        rest["status"] = json!("active");
    }
    let amount = checkout.amount.map(|minor| to_wire(minor, checkout.currency));
    objects::written(rest, &[("amount", amount)], &[])
}

/// The reason and no amount.
fn failed(payment: &Payment, at: &str) -> String {
    let error = if payment.overdue() { "PAYER_DELAYED" } else { "APPROVAL_REJECTED" };
    json!({
        "paymentLinkId": payment.link, "checkoutSessionId": payment.checkout,
        "orderId": order(&payment.checkout), "error": error, "failedAt": at,
    })
    .to_string()
}

fn intent(payment: &Payment) -> String {
    let rest = json!({
        "id": payment.id, "currency": payment.amount.currency.code_lower(), "status": objects::status(payment),
    });
    let amount = to_wire(payment.amount.minor, payment.amount.currency);
    objects::written(rest, &[("amount", Some(amount))], &[])
}

fn order(checkout: &str) -> String {
    checkout.replacen("cs_", "ord_", 1)
}
