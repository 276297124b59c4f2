//! Yabetoo's own words for the situations of the contract.

use serde_json::json;

use super::webhook::SIGNATURE;
use super::webhook::TIMESTAMP;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::RawWebhook;
use crate::port::provider::Terms;
use crate::provider::contract::Subject;
use crate::provider::signature;

pub const REFERENCE: &str = "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R";
pub const KEY: &str = "sk_test_9fQ2mVx7LcT4bWzR8kYp3DhN";

pub fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, Currency::from_code(code).expect("a currency"))
}

/// 1250 francs: the home currency has no decimals.
pub fn sale() -> LinkOrder {
    LinkOrder {
        kind: LinkKind::OneOff,
        amount: AmountKind::Fixed(money(1250, "XAF")),
        title: "Café Zwölf".to_owned(),
        reference: Some(REFERENCE.parse().expect("a reference")),
        key: format!("{REFERENCE}.1"),
        terms: Terms::default(),
    }
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
        amounts: vec![
            (money(1250, "XAF"), "\"amount\":1250,"),
            (money(1250, "XOF"), "\"amount\":1250,"),
            (money(99_999_999, "XAF"), "\"amount\":99999999,"),
        ],
        inexact: vec![money(1250, "EUR"), money(1250, "USD"), money(1250, "KWD")],
        paid_event: json!({
            "id": "evt_1", "type": "payment_link.checkout.completed",
            "data": {
                "paymentLinkId": "plink_abc123def456ghi789jkl012", "checkoutSessionId": "cs_xyz789",
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
    let AmountKind::Fixed(amount) = order.amount else { panic!("a sale has a fixed amount") };
    json!({
        "id": "plink_abc123def456ghi789jkl012", "object": "payment_link", "type": "amount",
        "name": order.title, "slug": null, "url": "https://pay.yabetoo.com/p/plink_abc123def456ghi789jkl012",
        "currency": amount.currency.code(), "amount": amount.minor, "minAmount": null, "maxAmount": null,
        "isActive": true, "expiresAt": null, "maxRedemptions": 1, "redemptionCount": 0, "items": [],
        "metadata": {"reference": order.reference},
        "createdAt": "2025-10-09T08:53:20.000Z", "updatedAt": "2025-10-09T08:53:20.000Z",
    })
    .to_string()
}

fn payment(word: &str) -> (Ask, String) {
    let body = json!([{
        "id": "pi_OYgGCdY1VaWvszwZcAY7VXvuXI70Ao9rsuMl", "label": "payment_intent", "amount": 1250,
        "currency": "xaf", "status": word, "liveMode": false, "createdAt": "2025-10-09T08:53:20.000+00:00",
    }]);
    let link = "plink_abc123def456ghi789jkl012".to_owned();
    (Ask::ListPayments { link, cursor: None }, body.to_string())
}

pub fn sign(body: &str, secret: &str, unix_s: i64) -> RawWebhook {
    let time = unix_s.to_string();
    let tag = signature::tag(secret.as_bytes(), &[time.as_bytes(), b".", body.as_bytes()]);
    let signature = format!("v1={}", signature::to_hex(&tag));
    let headers = vec![(SIGNATURE.to_owned(), signature.into()), (TIMESTAMP.to_owned(), time.into())];
    RawWebhook { headers, body: body.into() }
}
