//! VINR's own words for the situations of the contract.

use serde_json::Value;
use serde_json::json;

use super::NAME;
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

pub const OWNER: Owner<'_> = Owner { provider: NAME, account: "shop", mode: Mode::Test };
pub const KEY: &str = "sk_test_9mWbQ2xT7vKp4ZsD";

pub fn sale() -> LinkOrder {
    subject::sale("EUR")
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
        listed: || paid("succeeded"),
        list,
        strangers: vec![of_another_link, of_no_link_in_the_other_mode],
        links,
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
    let amount = subject::fixed(order);
    json!({
        "id": "plink_7Hd2k9Qa", "object": "payment_link", "status": "active",
        "url": "https://pay.vinr.com/l/7Hd2k9Qa", "qrCodeUrl": "https://pay.vinr.com/l/7Hd2k9Qa/qr.png",
        "amount": amount.minor, "currency": amount.currency.code(), "description": order.title,
        "reusable": false, "amountEditable": false, "maxPayments": null, "paymentsCount": 0,
        "metadata": {"reference": order.reference}, "created": 1_760_000_000,
    })
    .to_string()
}

fn paid(status: &str) -> Value {
    json!({
        "id": "pay_3Nf8x2a", "object": "payment", "status": status, "amount": 1250, "currency": "EUR",
        "paymentLink": "plink_7Hd2k9Qa", "metadata": {"reference": REFERENCE}, "created": 1_760_000_000,
    })
}

fn event(kind: &str, data: &Value) -> String {
    json!({"id": "evt_9Bz1kWpA", "type": kind, "data": data, "created": 1_760_000_000}).to_string()
}

fn payment(word: &str) -> (Ask, String) {
    (Ask::GetPayment { payment: "pay_3Nf8x2a".to_owned() }, paid(word).to_string())
}

fn list(payments: Vec<Value>) -> (Ask, String) {
    (Ask::ListPayments { link: "plink_7Hd2k9Qa".to_owned(), cursor: None }, whole(payments))
}

fn links(created: Vec<Value>) -> (Ask, String) {
    (Ask::ListLinks { active: None, cursor: None }, whole(created))
}

fn whole(data: Vec<Value>) -> String {
    json!({"object": "list", "data": data, "page": {"has_more": false, "next_cursor": null}}).to_string()
}

fn of_another_link(payment: &mut Value) {
    payment["paymentLink"] = json!("plink_2");
}

fn of_no_link_in_the_other_mode(payment: &mut Value) {
    payment["paymentLink"] = Value::Null;
    payment["livemode"] = json!(true);
}

pub fn sign(body: &str, secret: &str, unix_s: i64) -> RawWebhook {
    subject::sign_apart((SIGNATURE, ""), TIMESTAMP, body, secret, unix_s)
}
