//! Qonto's manner in all that is not its API: ids, keys, webhooks and the hosted page.

use serde_json::Map;
use serde_json::Value;

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
use crate::sandbox::bank::qonto;
use crate::sandbox::bank::qonto::STAGING_TOKEN;
use crate::sandbox::bank::qonto::events;
use crate::sandbox::bank::qonto::fail::Fail;
use crate::sandbox::bank::qonto::oauth;
use crate::sandbox::bank::retries::Retries;
use crate::sandbox::bank::webhook::hex;
use crate::sandbox::bank::webhook::timed_signature;

pub struct Qonto;

/// Mollie's test page lets one choose the payment's state.
const CHOICES: [Choice; 6] = [
    Choice { value: "paid", label: "Pay", outcome: Some(Outcome::Paid) },
    Choice { value: "pending", label: "Pay, and leave it pending", outcome: Some(Outcome::Pending) },
    Choice { value: "authorized", label: "Pay, and leave it authorized", outcome: Some(Outcome::Authorized) },
    Choice { value: "failed", label: "Pay with a card that is declined", outcome: Some(Outcome::Failed) },
    Choice { value: "expired", label: "Let the payment expire", outcome: Some(Outcome::Expired) },
    Choice { value: "cancelled", label: "Cancel", outcome: Some(Outcome::Canceled) },
];

impl Dialect for Qonto {
    fn name(&self) -> &'static str {
        "qonto"
    }

    /// The secret of the OAuth client.
    fn fresh_api_key(&self, chance: &Chance) -> String {
        hex(chance)
    }

    fn fresh_secret(&self, chance: &Chance) -> String {
        hex(chance)
    }

    fn options(&self, base_url: &str) -> Map<String, Value> {
        let texts = [
            ("client_id", oauth::CLIENT_ID.to_owned()),
            ("staging_token", STAGING_TOKEN.to_owned()),
            ("authorize_url", format!("{base_url}/oauth2/auth")),
            ("token_url", format!("{base_url}/oauth2/token")),
        ];
        let mut options: Map<_, _> =
            texts.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
        options.insert("sandbox".to_owned(), true.into());
        options
    }

    fn id(&self, thing: Thing) -> Manner {
        match thing {
            Thing::Checkout
            | Thing::Payment
            | Thing::Attempt
            | Thing::Refund
            | Thing::Event
            | Thing::Endpoint
            | Thing::Request => Manner::Uuid,
        }
    }

    fn answer(&self, desk: &mut Desk<'_>, request: &Request) -> Answer {
        qonto::answer(desk, request)
    }

    fn refusal(&self, status: u16, _request: &Request, quota: Option<Quota>) -> Answer {
        let answer = Fail::unwilling(status).answer();
        match quota {
            Some(_) => answer.with("Retry-After", "1"),
            None => answer,
        }
    }

    fn word(&self, kind: EventKind, subject: &Subject) -> Option<&'static str> {
        events::name(kind, subject)
    }

    fn webhook_body(&self, news: &News<'_>) -> String {
        events::body(news).to_string()
    }

    fn webhook_headers(&self, parcel: &Parcel, now_ms: i64) -> Vec<(&'static str, String)> {
        let signature = timed_signature(&parcel.endpoint.secrets(now_ms), now_ms / 1000, &parcel.body);
        vec![
            ("Content-Type", "application/json".to_owned()),
            ("X-Qonto-Signature", signature),
            ("User-Agent", "Qonto (qrtill sandbox)".to_owned()),
        ]
    }

    /// With exponential waits, for some days.
    fn retries(&self) -> Retries {
        Retries::Doubling { first_s: 60, longest_s: 43_200, span_s: 259_200 }
    }

    fn acknowledge_ms(&self) -> u64 {
        1_000
    }

    fn choices(&self) -> &'static [Choice] {
        &CHOICES
    }

    fn methods(&self) -> &'static [&'static str] {
        &["credit_card", "apple_pay", "ideal"]
    }
}
