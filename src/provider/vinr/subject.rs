//! VINR's own words for the situations of the contract.

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
pub const KEY: &str = "sk_test_9mWbQ2xT7vKp4ZsD";

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
        paid: "succeeded",
        amounts: vec![
            (money(1250, "EUR"), r#""amount":1250,"currency":"EUR""#),
            (money(1250, "JPY"), r#""amount":1250,"currency":"JPY""#),
            (money(1250, "KWD"), r#""amount":1250,"currency":"KWD""#),
        ],
        inexact: Vec::new(),
        paid_event: event("payment.completed", &paid("completed")),
        strange_event: event("payment.admired", &paid("completed")),
        sign,
        signature_header: SIGNATURE,
    }
}

fn created(order: &LinkOrder) -> String {
    let AmountKind::Fixed(amount) = order.amount else { panic!("a sale has a fixed amount") };
    json!({
        "id": "plink_7Hd2k9Qa", "object": "payment_link", "status": "active",
        "url": "https://pay.vinr.com/l/7Hd2k9Qa", "qrCodeUrl": "https://pay.vinr.com/l/7Hd2k9Qa/qr.png",
        "amount": amount.minor, "currency": amount.currency.code(), "description": order.title,
        "reusable": false, "amountEditable": false, "maxPayments": null, "paymentsCount": 0,
        "metadata": {"reference": order.reference}, "created": 1_760_000_000,
    })
    .to_string()
}

fn paid(status: &str) -> serde_json::Value {
    json!({
        "id": "pay_3Nf8x2a", "object": "payment", "status": status, "amount": 1250, "currency": "EUR",
        "paymentLink": "plink_7Hd2k9Qa", "metadata": {"reference": REFERENCE}, "created": 1_760_000_000,
    })
}

fn event(kind: &str, data: &serde_json::Value) -> String {
    json!({"id": "evt_9Bz1kWpA", "type": kind, "data": data, "created": 1_760_000_000}).to_string()
}

fn payment(word: &str) -> (Ask, String) {
    (Ask::GetPayment { payment: "pay_3Nf8x2a".to_owned() }, paid(word).to_string())
}

pub fn sign(body: &str, secret: &str, unix_s: i64) -> RawWebhook {
    let time = unix_s.to_string();
    let tag = signature::tag(secret.as_bytes(), &[time.as_bytes(), b".", body.as_bytes()]);
    let headers =
        vec![(SIGNATURE.to_owned(), signature::to_hex(&tag).into()), (TIMESTAMP.to_owned(), time.into())];
    RawWebhook { headers, body: body.into() }
}
