//! The webhooks of `v1/payment-links`: that a link was made or has changed, and how it stands now. Which
//! payment moved is not in them. And those of `v1/payment-links-connections`.

use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::face::News;
use crate::sandbox::bank::iso;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::qonto::connection;
use crate::sandbox::bank::qonto::objects;

const SUBSCRIPTION: &str = "0199e1df-0000-4000-8000-000000000002";
const ORGANIZATION: &str = "0199e1df-0000-4000-8000-000000000003";
const MEMBERSHIP: &str = "0199e1df-0000-4000-8000-000000000004";

/// That a link took its last payment is told with the payment.
#[must_use]
pub fn name(kind: EventKind, subject: &Subject) -> Option<&'static str> {
    match kind {
        EventKind::LinkCreated => Some("created"),
        EventKind::LinkUpdated => {
            let sold_out = matches!(subject, Subject::Link(link) if link.used_up());
            (!sold_out).then_some("updated")
        }
        EventKind::LinkExpired
        | EventKind::PaymentProcessing
        | EventKind::PaymentAuthorized
        | EventKind::PaymentSucceeded
        | EventKind::PaymentFailed
        | EventKind::PaymentCanceled
        | EventKind::PaymentExpired => Some("updated"),
        EventKind::CheckoutCompleted
        | EventKind::CheckoutExpired
        | EventKind::DelayedSucceeded
        | EventKind::DelayedFailed
        | EventKind::PaymentCreated
        | EventKind::ChargeRefunded
        | EventKind::RefundCreated
        | EventKind::RefundUpdated
        | EventKind::RefundFailed => None,
        EventKind::ConnectionChanged => {
            let enabled = matches!(subject, Subject::Connection(status) if status == connection::ENABLED);
            Some(if enabled { "connection_enabled" } else { "connection_revoked" })
        }
    }
}

#[must_use]
pub fn body(news: &News<'_>) -> Value {
    let at = iso::from_ms(news.event.at_ms);
    let (kind, data) = match (&news.event.subject, news.link) {
        (Subject::Connection(status), _) => {
            ("v1/payment-links-connections", json!({ "event": news.word, "status": status }))
        }
        (_, Some(link)) => ("v1/payment-links", about_link(news, link, &at)),
        // Everything else is about a link.
        (_, None) => ("v1/payment-links", Value::Null),
    };
    json!({
        "id": news.event.id, "subscription_id": SUBSCRIPTION, "organization_id": ORGANIZATION,
        "membership_id": MEMBERSHIP, "type": kind, "created_at": at, "data": data,
    })
}

fn about_link(news: &News<'_>, link: &Link, at: &str) -> Value {
    json!({
        "event": news.word,
        "status": objects::status(news.world, link, news.event.at_ms),
        "payment_link_id": link.id,
        "amount": objects::amount(objects::sum(link)),
        "potential_payment_methods": link.methods,
        "resource_id": link.extras.get("resource_id"),
        "resource_metadata": {},
        "resource_type": objects::resource_type(link),
        "expired_at": link.expires_ms.map(iso::from_ms),
        "created_at": iso::from_ms(link.created_ms),
        "updated_at": at,
    })
}
