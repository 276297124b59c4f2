//! `/v1/events`, and the body of a webhook: the same object, told again or sent.

use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::Event;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::stripe::API_VERSION;
use crate::sandbox::bank::stripe::expand::Expand;
use crate::sandbox::bank::stripe::fail::Fail;
use crate::sandbox::bank::stripe::list::Paging;
use crate::sandbox::bank::stripe::objects;
use crate::sandbox::bank::stripe::read;

/// Events can be asked for this long.
const KEPT_MS: i64 = 30 * 86_400_000;

pub fn list(desk: &mut Desk<'_>, mut form: Form) -> Result<Value, Fail> {
    let paging = Paging::take(&mut form)?;
    let mut kinds = form.take_list("types");
    kinds.extend(form.take("type"));
    let created = read::created(&mut form)?;
    Expand::take_for_list(&mut form, &[])?;
    read::done(&mut form)?;
    let all = desk.world.events.iter().rev().filter(|event| {
        event.face == Face::Stripe
            && desk.now_ms - event.at_ms < KEPT_MS
            && (kinds.is_empty() || kinds.iter().any(|kind| fits(kind, word(event))))
            && created.contains(&(event.at_ms / 1000))
    });
    paging.cut("/v1/events", all, |event| &event.id, |event| shown(desk, event))
}

pub fn get(desk: &mut Desk<'_>, id: &str) -> Result<Value, Fail> {
    let event = desk.world.events.get(id).filter(|event| event.face == Face::Stripe);
    event.map(|event| shown(desk, event)).ok_or_else(|| Fail::no_such("event", id, "id"))
}

/// The event as it is sent under its name. `pending` counts the endpoints that have not acknowledged it.
#[must_use]
pub fn body(event: &Event, name: &str, pending: usize, public_url: &str) -> Value {
    let object = match &event.subject {
        Subject::Link(link) => objects::link(link, public_url),
        Subject::Checkout(checkout) => objects::session(checkout, public_url),
        Subject::Payment(payment) => match payment.last_attempt() {
            Some(attempt) if event.kind == EventKind::ChargeRefunded => objects::charge(payment, attempt),
            Some(_) | None => objects::intent(payment),
        },
        Subject::Refund(refund) => objects::refund(refund),
        // It has no word for it.
        Subject::Connection(_) => Value::Null,
    };
    let request = event.call.as_ref().map(|call| &call.request);
    let key = event.call.as_ref().and_then(|call| call.idempotency_key.as_ref());
    json!({
        "id": event.id, "object": "event", "api_version": API_VERSION, "created": event.at_ms / 1000,
        "data": { "object": object }, "livemode": false, "pending_webhooks": pending,
        "request": { "id": request, "idempotency_key": key }, "type": name,
    })
}

fn shown(desk: &Desk<'_>, event: &Event) -> Value {
    body(event, word(event), desk.world.pending(&event.id), desk.public_url)
}

/// `charge.*` fits every event of charges.
fn fits(wanted: &str, name: &str) -> bool {
    wanted == name || wanted == "*" || wanted.strip_suffix('*').is_some_and(|start| name.starts_with(start))
}

/// Events without a name are never recorded.
fn word(event: &Event) -> &'static str {
    name(event.kind).unwrap_or_default()
}

#[must_use]
pub fn name(kind: EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::LinkCreated => "payment_link.created",
        EventKind::LinkUpdated => "payment_link.updated",
        EventKind::LinkExpired | EventKind::PaymentExpired | EventKind::ConnectionChanged => return None,
        EventKind::CheckoutCompleted => "checkout.session.completed",
        EventKind::CheckoutExpired => "checkout.session.expired",
        EventKind::DelayedSucceeded => "checkout.session.async_payment_succeeded",
        EventKind::DelayedFailed => "checkout.session.async_payment_failed",
        EventKind::PaymentCreated => "payment_intent.created",
        EventKind::PaymentProcessing => "payment_intent.processing",
        EventKind::PaymentAuthorized => "payment_intent.amount_capturable_updated",
        EventKind::PaymentSucceeded => "payment_intent.succeeded",
        EventKind::PaymentFailed => "payment_intent.payment_failed",
        EventKind::PaymentCanceled => "payment_intent.canceled",
        EventKind::ChargeRefunded => "charge.refunded",
        EventKind::RefundCreated => "refund.created",
        EventKind::RefundUpdated => "refund.updated",
        EventKind::RefundFailed => "refund.failed",
    })
}
