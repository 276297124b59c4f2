//! Stripe's own words for the situations of the contract.

use serde_json::json;

use super::webhook::SIGNATURE;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::RawWebhook;
use crate::port::provider::Request;
use crate::port::provider::Terms;
use crate::provider::contract::Subject;
use crate::provider::signature;

pub const REFERENCE: &str = "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R";
pub const KEY: &str = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";

pub fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, Currency::from_code(code).expect("a currency"))
}

pub fn sale() -> LinkOrder {
    LinkOrder {
        kind: LinkKind::OneOff,
        amount: AmountKind::Fixed(money(1250, "EUR")),
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
        paid: "paid",
        amounts: vec![
            (money(1250, "EUR"), "unit_amount%5D=1250&"),
            (money(1250, "JPY"), "unit_amount%5D=1250&"),
            (money(1250, "KWD"), "unit_amount%5D=1250&"),
            (money(1250, "ISK"), "unit_amount%5D=125000&"),
        ],
        inexact: vec![money(1251, "KWD"), money(550, "MGA"), money(1000, "UGX")],
        paid_event: json!({
            "id": "evt_1", "object": "event", "type": "checkout.session.completed",
            "created": 1_760_000_000, "livemode": false, "data": {"object": checkout("paid")},
        })
        .to_string(),
        strange_event: json!({
            "id": "evt_2", "object": "event", "type": "checkout.session.admired",
            "created": 1_760_000_000, "livemode": false, "data": {"object": {}},
        })
        .to_string(),
        sign,
        signature_header: SIGNATURE,
    }
}

fn created(order: &LinkOrder) -> String {
    let AmountKind::Fixed(amount) = order.amount else { panic!("a sale has a fixed amount") };
    json!({
        "id": "plink_1", "object": "payment_link", "active": true, "livemode": false,
        "url": "https://buy.stripe.com/test_eVa16Q1Vd7yU1Ne8ww",
        "metadata": {"reference": order.reference},
        "restrictions": {"completed_sessions": {"count": 0, "limit": 1}},
        "line_items": {"object": "list", "has_more": false, "data": [{
            "id": "li_1", "object": "item", "amount_total": amount.minor, "quantity": 1,
            "currency": amount.currency.code_lower(),
        }]},
    })
    .to_string()
}

fn checkout(payment_status: &str) -> serde_json::Value {
    json!({
        "id": "cs_test_1", "object": "checkout.session", "amount_total": 1250, "currency": "eur",
        "created": 1_760_000_000, "livemode": false, "mode": "payment", "payment_link": "plink_1",
        "metadata": {"reference": REFERENCE}, "payment_intent": "pi_1",
        "payment_status": payment_status, "status": "complete",
    })
}

fn payment(word: &str) -> (Ask, String) {
    let body = json!({"object": "list", "has_more": false, "data": [checkout(word)]});
    (Ask::ListPayments { link: "plink_1".to_owned(), cursor: None }, body.to_string())
}

pub fn sign(body: &str, secret: &str, unix_s: i64) -> RawWebhook {
    let tag = signature::tag(secret.as_bytes(), &[unix_s.to_string().as_bytes(), b".", body.as_bytes()]);
    let header = format!("t={unix_s},v1={}", signature::to_hex(&tag));
    RawWebhook { headers: vec![(SIGNATURE.to_owned(), header.into())], body: body.into() }
}

/// The fields of a request's body, with their brackets.
pub fn sent(request: &Request) -> String {
    let text = request.body.as_ref().map_or("", |body| body.text.as_str());
    text.replace("%5B", "[").replace("%5D", "]")
}
