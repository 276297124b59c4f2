//! Yabetoo's manner in all that is not its API: ids, keys, webhooks and the hosted page.

use serde_json::Map;
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
use crate::sandbox::bank::webhook::hex;
use crate::sandbox::bank::webhook::hmac_hex;
use crate::sandbox::bank::webhook::timed_signature;
use crate::sandbox::bank::yabetoo;
use crate::sandbox::bank::yabetoo::events;

pub struct Yabetoo;

const CHOICES: [Choice; 6] = [
    Choice { value: "paid", label: "Approve on the phone", outcome: Some(Outcome::Paid) },
    Choice { value: "pending", label: "Approve, and wait for the operator", outcome: Some(Outcome::Pending) },
    Choice { value: "failed", label: "Refuse on the phone", outcome: Some(Outcome::Declined) },
    Choice { value: "delayed", label: "Be told it failed, and pay late", outcome: Some(Outcome::Delayed) },
    Choice { value: "expired", label: "Let the request on the phone lapse", outcome: Some(Outcome::Expired) },
    Choice { value: "cancelled", label: "Cancel", outcome: None },
];

impl Dialect for Yabetoo {
    fn name(&self) -> &'static str {
        "yabetoo"
    }

    fn fresh_api_key(&self, chance: &Chance) -> String {
        format!("sk_test_{}", hex(chance))
    }

    fn fresh_secret(&self, chance: &Chance) -> String {
        format!("whsec_{}", hex(chance))
    }

    /// Both of its hosts stand here, and the sandbox's shop may count in any currency.
    fn options(&self, base_url: &str) -> Map<String, Value> {
        let mut options = Map::new();
        options.insert("payments_base_url".to_owned(), json!(base_url));
        options.insert("decimal_currencies".to_owned(), json!(true));
        options
    }

    fn id(&self, thing: Thing) -> Manner {
        match thing {
            Thing::Checkout => yabetoo::id("cs_"),
            Thing::Payment => yabetoo::long_id("pi_"),
            Thing::Attempt => yabetoo::long_id("ch_"),
            Thing::Refund => yabetoo::id("re_"),
            Thing::Event => yabetoo::id("evt_"),
            Thing::Endpoint => yabetoo::id("whk_"),
            Thing::Request => yabetoo::id("req_"),
        }
    }

    fn answer(&self, desk: &mut Desk<'_>, request: &Request) -> Answer {
        yabetoo::answer(desk, request)
    }

    fn refusal(&self, status: u16, _request: &Request, quota: Option<Quota>) -> Answer {
        yabetoo::refusal(status, quota)
    }

    fn word(&self, kind: EventKind, subject: &Subject) -> Option<&'static str> {
        events::word(kind, subject)
    }

    fn webhook_body(&self, news: &News<'_>) -> String {
        events::body(news)
    }

    /// The signature is documented in three spellings; one event after the other has the next, so that
    /// nobody gets used to one.
    fn webhook_headers(&self, parcel: &Parcel, now_ms: i64) -> Vec<(&'static str, String)> {
        let time = now_ms / 1000;
        let secrets = parcel.endpoint.secrets(now_ms);
        let tags =
            secrets.iter().map(|secret| hmac_hex(secret.as_bytes(), &format!("{time}.{}", parcel.body)));
        let tags: Vec<String> = tags.collect();
        let signature = match (tags.as_slice(), parcel.event.seq % 3) {
            ([only], 0) => only.clone(),
            (_, 1) => timed_signature(&secrets, time, &parcel.body),
            (all, _) => all.iter().map(|tag| format!("v1={tag}")).collect::<Vec<_>>().join(","),
        };
        let word = events::word(parcel.event.kind, &parcel.event.subject).unwrap_or_default();
        vec![
            ("Content-Type", "application/json".to_owned()),
            ("X-Yabetoo-Webhook-Signature", signature),
            ("X-Yabetoo-Webhook-Timestamp", time.to_string()),
            ("X-Yabetoo-Webhook-Event", word.to_owned()),
            ("X-Yabetoo-Webhook-Id", parcel.event.id.clone()),
        ]
    }

    /// "Several times over a short period."
    fn retries(&self) -> Retries {
        Retries::Steps(&[10, 60, 300, 900, 1_800])
    }

    fn acknowledge_ms(&self) -> u64 {
        5_000
    }

    fn choices(&self) -> &'static [Choice] {
        &CHOICES
    }

    fn methods(&self) -> &'static [&'static str] {
        &["momo"]
    }

    fn failure_is_final(&self) -> bool {
        false
    }
}
