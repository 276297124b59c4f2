//! VINR's manner in all that is not its API: ids, keys, webhooks and the hosted page.

use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::call::Quota;
use crate::sandbox::bank::call::Request;
use crate::sandbox::bank::face::Chance;
use crate::sandbox::bank::face::Choice;
use crate::sandbox::bank::face::Dialect;
use crate::sandbox::bank::face::News;
use crate::sandbox::bank::face::Thing;
use crate::sandbox::bank::ids::Manner;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::outbox::Parcel;
use crate::sandbox::bank::outcome::Outcome;
use crate::sandbox::bank::retries::Retries;
use crate::sandbox::bank::vinr;
use crate::sandbox::bank::vinr::objects;
use crate::sandbox::bank::webhook::hex;
use crate::sandbox::bank::webhook::hmac_hex;

pub struct Vinr;

/// Each failure is the end of its payment: whoever tries again begins another one.
const CHOICES: [Choice; 5] = [
    Choice { value: "paid", label: "Pay", outcome: Some(Outcome::Paid) },
    Choice { value: "pending", label: "Pay by bank debit (takes days)", outcome: Some(Outcome::Pending) },
    Choice { value: "failed", label: "Pay with a card that is declined", outcome: Some(Outcome::Failed) },
    Choice { value: "expired", label: "Let the time at your bank run out", outcome: Some(Outcome::Expired) },
    Choice { value: "cancelled", label: "Cancel", outcome: Some(Outcome::Canceled) },
];

impl Dialect for Vinr {
    fn name(&self) -> &'static str {
        "vinr"
    }

    fn fresh_api_key(&self, chance: &Chance) -> String {
        format!("sk_test_{}", hex(chance))
    }

    fn fresh_secret(&self, chance: &Chance) -> String {
        format!("whsec_{}", hex(chance))
    }

    fn id(&self, thing: Thing) -> Manner {
        match thing {
            Thing::Checkout => Manner::Letters("chk_", 24),
            Thing::Payment => Manner::Letters("pay_", 12),
            Thing::Attempt => Manner::Letters("ch_", 12),
            Thing::Refund => Manner::Letters("re_", 12),
            Thing::Event => Manner::Letters("evt_", 12),
            Thing::Endpoint => Manner::Letters("we_", 12),
            Thing::Request => Manner::Letters("req_", 12),
        }
    }

    fn answer(&self, desk: &mut Desk<'_>, request: &Request) -> Answer {
        vinr::answer(desk, request)
    }

    fn refusal(&self, status: u16, request: &Request, quota: Option<Quota>) -> Answer {
        vinr::refusal(status, request, quota)
    }

    /// Of links it tells nothing, and of a payment neither that it is under way nor that it was left.
    fn word(&self, kind: EventKind, _subject: &Subject) -> Option<&'static str> {
        match kind {
            EventKind::PaymentCreated => Some("payment.created"),
            EventKind::PaymentSucceeded => Some("payment.completed"),
            EventKind::PaymentFailed => Some("payment.failed"),
            EventKind::PaymentExpired => Some("payment.expired"),
            EventKind::RefundCreated => Some("refund.created"),
            EventKind::RefundUpdated => Some("refund.updated"),
            EventKind::LinkCreated
            | EventKind::LinkUpdated
            | EventKind::LinkExpired
            | EventKind::CheckoutCompleted
            | EventKind::CheckoutExpired
            | EventKind::DelayedSucceeded
            | EventKind::DelayedFailed
            | EventKind::PaymentProcessing
            | EventKind::PaymentAuthorized
            | EventKind::PaymentCanceled
            | EventKind::ChargeRefunded
            | EventKind::RefundFailed
            | EventKind::ConnectionChanged => None,
        }
    }

    fn webhook_body(&self, news: &News<'_>) -> String {
        let data = match &news.event.subject {
            Subject::Payment(payment) => {
                news.link.map_or(Value::Null, |link| objects::payment(payment, link, news.public_url))
            }
            Subject::Refund(refund) => objects::refund(refund),
            // No event with a word is about one of these.
            Subject::Link(_) | Subject::Checkout(_) | Subject::Connection(_) => Value::Null,
        };
        let created = news.event.at_ms / 1000;
        json!({ "id": news.event.id, "type": news.word, "data": data, "created": created }).to_string()
    }

    /// There is room for one signature: while a secret is being changed the new one signs.
    fn webhook_headers(&self, parcel: &Parcel, now_ms: i64) -> Vec<(&'static str, String)> {
        let time = (now_ms / 1000).to_string();
        let signature = hmac_hex(parcel.endpoint.secret.as_bytes(), &format!("{time}.{}", parcel.body));
        vec![
            ("Content-Type", "application/json".to_owned()),
            ("X-Vinr-Signature", signature),
            ("X-Vinr-Timestamp", time),
        ]
    }

    fn retries(&self) -> Retries {
        Retries::Steps(&[60, 300, 1_800, 7_200, 86_400])
    }

    fn acknowledge_ms(&self) -> u64 {
        5_000
    }

    fn choices(&self) -> &'static [Choice] {
        &CHOICES
    }

    fn methods(&self) -> &'static [&'static str] {
        &["card", "sepa_debit", "ideal"]
    }

    fn begins_on_visit(&self) -> bool {
        true
    }
}
