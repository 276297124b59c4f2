//! storekit's own words for the situations of the contract, and what its tests share.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;

use super::NAME;
use super::payment::Reading;
use super::webhook;
use super::webhook::ID;
use super::webhook::SIGNATURE;
use super::webhook::TIMESTAMP;
use crate::core::payment::Mode;
use crate::core::secret::Secret;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::RawWebhook;
use crate::provider::owner::Owner;
use crate::provider::signature;
use crate::provider::subject;
use crate::provider::subject::Subject;

pub use crate::provider::subject::REFERENCE;
pub use crate::provider::subject::money;

pub const KEY: &str = "sk_storekit_4eC39HqLyjWDarjtT1zdp7dc";
pub const LINK: &str = "plink_019dbc4d828174419d9ff9fae24aea7b";
pub const READING: Reading<'_> =
    Reading { owner: Owner { provider: NAME, account: "", mode: Mode::Test }, currency: None };

const ANSWERS: &str = include_str!("../../../tests/fixtures/storekit/answers.json");

/// A body in the shapes of our reading.
pub fn fixture(name: &str) -> Value {
    let mut all: Value = serde_json::from_str(ANSWERS).expect("JSON");
    all[name].take()
}

pub fn sale() -> LinkOrder {
    subject::sale("GBP")
}

pub fn options() -> Value {
    json!({"api_key": KEY, "base_url": "https://api.storekit.example"})
}

pub fn subject() -> Subject {
    Subject {
        options: options(),
        secret: KEY,
        access: None,
        order: sale(),
        created,
        payment,
        paid: "paid",
        listed,
        list,
        strangers: vec![of_another_link],
        links,
        amounts: vec![
            (money(1250, "GBP"), r#""amount":1250"#),
            (money(1250, "JPY"), r#""amount":1250"#),
            (money(1251, "KWD"), r#""amount":1251"#),
        ],
        inexact: Vec::new(),
        paid_event: fixture("events")["paid"].to_string(),
        strange_event: json!({"event": "payment_link.admired", "data": {"id": LINK}}).to_string(),
        sign,
        signature_header: SIGNATURE,
    }
}

fn created(order: &LinkOrder) -> String {
    let amount = subject::fixed(order);
    let mut link = fixture("link");
    link["reference"] = json!(order.reference);
    link["amount"] = json!(amount.minor);
    link["currency"] = json!(amount.currency.code());
    link.to_string()
}

fn payment(word: &str) -> (Ask, String) {
    let mut last = listed();
    last["status"] = json!(word);
    list(vec![last])
}

fn listed() -> Value {
    fixture("transactions")["data"].as_array().and_then(|all| all.last()).expect("payments").clone()
}

fn list(payments: Vec<Value>) -> (Ask, String) {
    let body = json!({"data": payments, "nextCursor": null});
    (Ask::ListPayments { link: LINK.to_owned(), cursor: None }, body.to_string())
}

fn links(created: Vec<Value>) -> (Ask, String) {
    let body = json!({"data": created, "nextCursor": null});
    (Ask::ListLinks { active: None, cursor: None }, body.to_string())
}

fn of_another_link(payment: &mut Value) {
    payment["paymentLinkId"] = json!("plink_2");
    if payment["id"].as_str().is_some_and(|id| id == LINK) {
        payment["id"] = json!("plink_2");
    }
}

pub fn sign(body: &str, secret: &str, unix_s: i64) -> RawWebhook {
    let key = webhook::key(&Secret::new(secret)).expect("a good secret");
    let tag = signature::tag(&key, &[b"msg_1.", unix_s.to_string().as_bytes(), b".", body.as_bytes()]);
    let headers = vec![
        (SIGNATURE.to_owned(), format!("v1,{}", STANDARD.encode(tag)).into()),
        (ID.to_owned(), b"msg_1".to_vec()),
        (TIMESTAMP.to_owned(), unix_s.to_string().into()),
    ];
    RawWebhook { headers, body: body.into() }
}
