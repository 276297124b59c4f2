//! storekit's manner in all that is not its API: ids, keys, webhooks and the hosted page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

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
use crate::sandbox::bank::model::RefundStatus;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::outbox::Parcel;
use crate::sandbox::bank::outcome::Outcome;
use crate::sandbox::bank::retries::Retries;
use crate::sandbox::bank::storekit;
use crate::sandbox::bank::storekit::fail::Fail;
use crate::sandbox::bank::storekit::objects;
use crate::sandbox::bank::webhook::hex;
use crate::sandbox::bank::webhook::hmac_base64;

pub struct Storekit;

/// storekit says nothing of payments that are on their way or were declined: they are not shown to the
/// merchant until the money is there.
const CHOICES: [Choice; 4] = [
    Choice { value: "paid", label: "Pay", outcome: Some(Outcome::Paid) },
    Choice { value: "pending", label: "Pay by bank (takes a while)", outcome: Some(Outcome::Pending) },
    Choice { value: "failed", label: "Pay with a card that is declined", outcome: Some(Outcome::Declined) },
    Choice { value: "cancelled", label: "Cancel", outcome: None },
];

impl Dialect for Storekit {
    fn name(&self) -> &'static str {
        "storekit"
    }

    fn fresh_api_key(&self, chance: &Chance) -> String {
        format!("sk_{}", hex(chance))
    }

    /// As Svix writes them: `whsec_` and the base64 of 24 bytes.
    fn fresh_secret(&self, chance: &Chance) -> String {
        format!("whsec_{}", STANDARD.encode(chance))
    }

    fn id(&self, thing: Thing) -> Manner {
        match thing {
            Thing::Checkout => Manner::Hex("pls_", 32),
            Thing::Payment => Manner::Hex("pay_", 32),
            Thing::Attempt => Manner::Hex("att_", 32),
            Thing::Refund => Manner::Hex("ref_", 32),
            Thing::Event => Manner::Letters("msg_", 27),
            Thing::Endpoint => Manner::Letters("ep_", 27),
            Thing::Request => Manner::Uuid,
        }
    }

    fn answer(&self, desk: &mut Desk<'_>, request: &Request) -> Answer {
        storekit::answer(desk, request)
    }

    fn refusal(&self, status: u16, _request: &Request, quota: Option<Quota>) -> Answer {
        Fail::unwilling(status, quota.is_some()).answer()
    }

    /// How a refund stands is in the event's name: a change is told as what it led to.
    fn word(&self, kind: EventKind, subject: &Subject) -> Option<&'static str> {
        let failed = matches!(subject, Subject::Refund(refund) if refund.status == RefundStatus::Failed);
        match kind {
            EventKind::LinkCreated => Some("payment_link.created"),
            EventKind::PaymentSucceeded => Some("payment_link.paid"),
            EventKind::RefundCreated => Some("payment_link.refund.created"),
            EventKind::RefundUpdated => (!failed).then_some("payment_link.refund.succeeded"),
            EventKind::RefundFailed => Some("payment_link.refund.failed"),
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
            | EventKind::PaymentExpired
            | EventKind::ChargeRefunded
            | EventKind::ConnectionChanged => None,
        }
    }

    fn webhook_body(&self, news: &News<'_>) -> String {
        objects::event(news).to_string()
    }

    /// The message keeps its id however often it is sent; time and signatures are of this attempt.
    fn webhook_headers(&self, parcel: &Parcel, now_ms: i64) -> Vec<(&'static str, String)> {
        let (id, at_s) = (&parcel.event.id, now_ms / 1000);
        let signed = format!("{id}.{at_s}.{}", parcel.body);
        let signatures = parcel.endpoint.secrets(now_ms).into_iter().map(|secret| signature(secret, &signed));
        vec![
            ("Content-Type", "application/json".to_owned()),
            ("User-Agent", "Svix-Webhooks/1.0 (qrtill sandbox)".to_owned()),
            ("svix-id", id.clone()),
            ("svix-timestamp", at_s.to_string()),
            ("svix-signature", signatures.collect::<Vec<_>>().join(" ")),
        ]
    }

    /// At once, and then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 24 h.
    fn retries(&self) -> Retries {
        Retries::Steps(&[5, 300, 1_800, 7_200, 18_000, 36_000, 86_400])
    }

    fn acknowledge_ms(&self) -> u64 {
        15_000
    }

    fn choices(&self) -> &'static [Choice] {
        &CHOICES
    }

    fn methods(&self) -> &'static [&'static str] {
        &["card", "pay_by_bank"]
    }

    fn failure_is_final(&self) -> bool {
        false
    }
}

/// Secrets are the bank's own, so what follows the prefix is base64.
fn signature(secret: &str, signed: &str) -> String {
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap_or_default();
    format!("v1,{}", hmac_base64(&key, signed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: &str = include_str!("../../../../tests/fixtures/storekit/vectors.json");

    #[test]
    fn signatures_are_those_of_the_official_libraries() {
        let vectors: serde_json::Value = serde_json::from_str(VECTORS).expect("JSON");
        let accepted =
            vectors["cases"].as_array().expect("cases").iter().filter(|one| one["expect"] == "accept");
        let mut count = 0;
        for case in accepted {
            let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
            let header = |name: &str| text(&case["headers"][name]);
            let signed =
                format!("{}.{}.{}", header("svix-id"), header("svix-timestamp"), text(&case["body_utf8"]));
            assert_eq!(
                signature(&text(&case["secret"]), &signed),
                header("svix-signature"),
                "{}",
                case["name"]
            );
            count += 1;
        }
        assert_eq!(count, 2);
    }

    #[test]
    fn a_fresh_secret_is_a_key_of_24_bytes() {
        let secret = Storekit.fresh_secret(&[7; 24]);
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("the prefix")).expect("base64");
        assert_eq!(key, [7; 24]);
    }
}
