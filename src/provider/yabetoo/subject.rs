//! Yabetoo's own words for the situations of the contract.

use serde_json::Value;
use serde_json::json;

use super::NAME;
use super::amount::Units;
use super::payment::Reading;
use super::webhook::SIGNATURE;
use super::webhook::TIMESTAMP;
use crate::core::payment::Mode;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::RawWebhook;
use crate::provider::owner::Owner;
use crate::provider::subject;
use crate::provider::subject::Subject;

pub use crate::provider::subject::REFERENCE;
pub use crate::provider::subject::money;

const LINK: &str = "plink_abc123def456ghi789jkl012";
pub const READING: Reading<'_> =
    Reading { owner: Owner { provider: NAME, account: "shop", mode: Mode::Test }, units: Units::WHOLE_ONLY };
pub const KEY: &str = "sk_test_9fQ2mVx7LcT4bWzR8kYp3DhN";

/// 1250 francs: the home currency has no decimals.
pub fn sale() -> LinkOrder {
    subject::sale("XAF")
}

pub fn subject() -> Subject {
    Subject {
        options: json!({"api_key": KEY}),
        secret: KEY,
        access: None,
        order: sale(),
        created,
        payment,
        paid: "succeeded",
        listed,
        list,
        strangers: vec![of_another_link, of_no_link_in_the_other_mode],
        links,
        amounts: vec![
            (money(1250, "XAF"), "\"amount\":1250,"),
            (money(1250, "XOF"), "\"amount\":1250,"),
            (money(99_999_999, "XAF"), "\"amount\":99999999,"),
        ],
        inexact: vec![money(1250, "EUR"), money(1250, "USD"), money(1250, "KWD")],
        paid_event: json!({
            "id": "evt_1", "type": "payment_link.checkout.completed",
            "data": {
                "paymentLinkId": LINK, "checkoutSessionId": "cs_xyz789",
                "orderId": "ord_def456", "amount": 1250, "currency": "xaf",
                "completedAt": "2025-10-09T08:53:20.000Z",
            },
            "created_at": "2025-10-09T08:53:20.000Z",
        })
        .to_string(),
        strange_event: json!({
            "id": "evt_2", "type": "payment_link.checkout.admired", "data": {},
            "created_at": "2025-10-09T08:53:20.000Z",
        })
        .to_string(),
        sign,
        signature_header: SIGNATURE,
    }
}

fn created(order: &LinkOrder) -> String {
    let amount = subject::fixed(order);
    json!({
        "id": LINK, "object": "payment_link", "type": "amount",
        "name": order.title, "slug": null, "url": "https://pay.yabetoo.com/p/plink_abc123def456ghi789jkl012",
        "currency": amount.currency.code(), "amount": amount.minor, "minAmount": null, "maxAmount": null,
        "isActive": true, "expiresAt": null, "maxRedemptions": 1, "redemptionCount": 0, "items": [],
        "metadata": {"reference": order.reference},
        "createdAt": "2025-10-09T08:53:20.000Z", "updatedAt": "2025-10-09T08:53:20.000Z",
    })
    .to_string()
}

fn payment(word: &str) -> (Ask, String) {
    let mut one = listed();
    one["status"] = json!(word);
    list(vec![one])
}

fn listed() -> Value {
    json!({
        "id": "pi_OYgGCdY1VaWvszwZcAY7VXvuXI70Ao9rsuMl", "label": "payment_intent", "amount": 1250,
        "currency": "xaf", "status": "succeeded", "liveMode": false, "paymentLink": LINK,
        "createdAt": "2025-10-09T08:53:20.000+00:00",
    })
}

fn list(intents: Vec<Value>) -> (Ask, String) {
    (Ask::ListPayments { link: LINK.to_owned(), cursor: None }, Value::from(intents).to_string())
}

fn links(created: Vec<Value>) -> (Ask, String) {
    (Ask::ListLinks { active: None, cursor: None }, Value::from(created).to_string())
}

fn of_another_link(intent: &mut Value) {
    intent["paymentLink"] = json!("plink_2");
}

fn of_no_link_in_the_other_mode(intent: &mut Value) {
    intent["paymentLink"] = Value::Null;
    intent["liveMode"] = json!(true);
}

pub fn sign(body: &str, secret: &str, unix_s: i64) -> RawWebhook {
    subject::sign_apart((SIGNATURE, "v1="), TIMESTAMP, body, secret, unix_s)
}
