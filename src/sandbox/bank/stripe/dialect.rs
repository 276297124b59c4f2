//! Stripe's manner in all that is not its API: ids, keys, webhooks and the hosted page.

use crate::core::money::Currency;
use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::call::Quota;
use crate::sandbox::bank::call::Request;
use crate::sandbox::bank::face::Chance;
use crate::sandbox::bank::face::Choice;
use crate::sandbox::bank::face::Dialect;
use crate::sandbox::bank::face::News;
use crate::sandbox::bank::face::Thing;
use crate::sandbox::bank::face::Visitor;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::ids::Manner;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::outbox::Parcel;
use crate::sandbox::bank::outcome::Outcome;
use crate::sandbox::bank::retries::Retries;
use crate::sandbox::bank::stripe;
use crate::sandbox::bank::stripe::amounts;
use crate::sandbox::bank::stripe::events;
use crate::sandbox::bank::webhook::hex;
use crate::sandbox::bank::webhook::timed_signature;

pub struct Stripe;

const CHOICES: [Choice; 4] = [
    Choice { value: "paid", label: "Pay", outcome: Some(Outcome::Paid) },
    Choice { value: "pending", label: "Pay by bank debit (takes days)", outcome: Some(Outcome::Pending) },
    Choice { value: "failed", label: "Pay with a card that is declined", outcome: Some(Outcome::Declined) },
    Choice { value: "cancelled", label: "Cancel", outcome: None },
];

impl Dialect for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn fresh_api_key(&self, chance: &Chance) -> String {
        format!("sk_test_{}", hex(chance))
    }

    fn fresh_secret(&self, chance: &Chance) -> String {
        format!("whsec_{}", hex(chance))
    }

    fn id(&self, thing: Thing) -> Manner {
        match thing {
            Thing::Checkout => Manner::Letters("cs_test_", 40),
            Thing::Payment => stripe::id("pi_"),
            Thing::Attempt => stripe::id("ch_"),
            Thing::Refund => stripe::id("re_"),
            Thing::Event => stripe::id("evt_"),
            Thing::Endpoint => stripe::id("we_"),
            Thing::Request => Manner::Letters("req_", 14),
        }
    }

    fn answer(&self, desk: &mut Desk<'_>, request: &Request) -> Answer {
        stripe::answer(desk, request)
    }

    fn refusal(&self, status: u16, request: &Request, _quota: Option<Quota>) -> Answer {
        stripe::refusal(status, request)
    }

    fn word(&self, kind: EventKind, _subject: &Subject) -> Option<&'static str> {
        events::name(kind)
    }

    fn webhook_body(&self, news: &News<'_>) -> String {
        events::body(news.event, news.word, news.pending, news.public_url).to_string()
    }

    fn webhook_headers(&self, parcel: &Parcel, now_ms: i64) -> Vec<(&'static str, String)> {
        let signature = timed_signature(&parcel.endpoint.secrets(now_ms), now_ms / 1000, &parcel.body);
        vec![
            ("Content-Type", "application/json; charset=utf-8".to_owned()),
            ("Stripe-Signature", signature),
            ("User-Agent", "Stripe/1.0 (qrtill sandbox)".to_owned()),
        ]
    }

    /// Doubling from a minute up to half a day, for three days in all.
    fn retries(&self) -> Retries {
        Retries::Doubling { first_s: 60, longest_s: 43_200, span_s: 259_200 }
    }

    fn acknowledge_ms(&self) -> u64 {
        10_000
    }

    fn choices(&self) -> &'static [Choice] {
        &CHOICES
    }

    /// One method that answers at once, and one that takes days.
    fn methods(&self) -> &'static [&'static str] {
        &["card", "sepa_debit"]
    }

    fn visitor(&self, query: &mut Form, currency: Currency) -> Visitor {
        let reference = query.take("client_reference_id").filter(|text| is_reference(text));
        let prefill = query.take("__prefilled_amount").and_then(|text| prefilled(&text, currency));
        Visitor { reference, prefill }
    }

    fn failure_is_final(&self) -> bool {
        false
    }

    fn counts_when_sent(&self) -> bool {
        true
    }
}

/// The amount that a page's URL proposes, in minor units; anything odd is no proposal.
fn prefilled(text: &str, currency: Currency) -> Option<i64> {
    let wire = text.parse().ok().filter(|wire| *wire > 0)?;
    amounts::from_wire(wire, currency, "__prefilled_amount").ok().map(|money| money.minor)
}

/// Whether a page's URL carries a reference that Stripe takes; others it drops silently.
fn is_reference(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=200).contains(&text.len()) && text.bytes().all(plain)
}
