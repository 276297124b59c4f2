//! The bank's things as storekit writes them: camelCase, amounts as integers in minor units, times in ISO
//! 8601.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::face::News;
use crate::sandbox::bank::iso;
use crate::sandbox::bank::model::AfterPayment;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Metadata;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::model::Refund;
use crate::sandbox::bank::model::RefundStatus;
use crate::sandbox::bank::model::Subject;

/// Under which a link's and a payment's reference is kept.
pub const REFERENCE: &str = "reference";
/// One-off or reusable; a reusable link may also end after one payment.
pub const TYPE: &str = "type";
pub const VENUE: &str = "venueId";

/// What the page can ask of a customer: the wire's name, and the page's.
pub const DETAILS: [(&str, &str); 4] = [
    ("businessName", "Business name"),
    ("customerName", "Your name"),
    ("email", "Email"),
    ("phone", "Phone"),
];

/// A link that was switched off or used up stays inactive, also past its expiry.
pub fn status(link: &Link, now_ms: i64) -> &'static str {
    if !link.active {
        "inactive"
    } else if link.expired(now_ms) {
        "expired"
    } else {
        "active"
    }
}

pub fn link(link: &Link, now_ms: i64, public_url: &str) -> Value {
    let (kind, amount, min, max) = match link.pricing() {
        Pricing::Fixed(sum) => ("fixed", Some(sum), None, None),
        Pricing::Open { minimum, maximum, .. } => ("variable", None, minimum, maximum),
    };
    let one_off = link.extras.get(TYPE).is_some_and(|kind| kind == "one_off");
    let (redirect, thanks) = match &link.after {
        AfterPayment::Redirect { url } => (Some(url), None),
        AfterPayment::Thanks { message } => (None, message.as_ref()),
    };
    json!({
        "id": link.id, "url": link.url(public_url), "title": link.title(),
        "description": link.lines.first().and_then(|line| line.price.description.as_ref()),
        "reference": link.metadata.get(REFERENCE), "status": status(link, now_ms),
        "type": link.extras.get(TYPE), "maxPayments": link.limit.filter(|_| !one_off),
        "paymentsCount": link.completed, "amountType": kind, "amount": amount, "minAmount": min,
        "maxAmount": max, "currency": link.currency.code(), "venueId": link.extras.get(VENUE),
        "expiresAt": link.expires_ms.map(iso::from_ms), "redirectUrl": redirect,
        "thankYouMessage": thanks, "customerDetails": modes(link),
        "createdAt": iso::from_ms(link.created_ms),
    })
}

fn modes(link: &Link) -> Map<String, Value> {
    let mode = |name: &str| match link.questions.iter().find(|asked| asked.name == name) {
        None => "disabled",
        Some(asked) if asked.required => "required",
        Some(_) => "optional",
    };
    DETAILS.iter().map(|(name, _)| ((*name).to_owned(), json!(mode(name)))).collect()
}

/// A refund counts once it is done.
pub fn transaction(payment: &Payment, link: &Link) -> Value {
    let status = match payment.returned() {
        0 => "paid",
        returned if returned < payment.amount.minor => "partially_refunded",
        _ => "fully_refunded",
    };
    json!({
        "paymentId": payment.id, "paymentLinkId": payment.link, "amount": payment.amount.minor,
        "refundedAmount": payment.returned(), "currency": payment.amount.currency.code(),
        "reference": payment.metadata.get(REFERENCE), "status": status,
        "customer": customer(&payment.details),
        "venue": link.extras.get(VENUE).map(|id| json!({ "id": id })),
        "createdAt": iso::from_ms(payment.last_attempt().map_or(payment.created_ms, |one| one.at_ms)),
    })
}

fn customer(details: &Metadata) -> Map<String, Value> {
    DETAILS.iter().map(|(name, _)| ((*name).to_owned(), json!(details.get(*name)))).collect()
}

pub fn refund(refund: &Refund, link: &str, status: &str) -> Value {
    let reason = (refund.status == RefundStatus::Failed).then_some("The card was closed.");
    json!({
        "id": refund.id, "paymentId": refund.payment, "paymentLinkId": link,
        "amount": refund.amount.minor, "currency": refund.amount.currency.code(), "status": status,
        "reason": reason, "createdAt": iso::from_ms(refund.created_ms),
    })
}

/// `{"event", "data"}`: there is no id and no time in it, Svix's headers have them.
pub fn event(news: &News<'_>) -> Value {
    let id = news.link.map(|link| link.id.as_str()).unwrap_or_default();
    let data = match &news.event.subject {
        Subject::Link(of) => link(of, news.event.at_ms, news.public_url),
        Subject::Payment(payment) => news.link.map_or(Value::Null, |link| transaction(payment, link)),
        Subject::Refund(of) => refund(of, id, news.word.rsplit('.').next().unwrap_or_default()),
        Subject::Checkout(_) => json!({ "paymentLinkId": id }),
        // It has no word for it.
        Subject::Connection(_) => Value::Null,
    };
    json!({ "event": news.word, "data": data })
}
