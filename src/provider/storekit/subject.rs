//! storekit's own words for the situations of the contract, and what its tests share.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;

use super::payment::Owner;
use super::webhook;
use super::webhook::ID;
use super::webhook::SIGNATURE;
use super::webhook::TIMESTAMP;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::core::payment::Mode;
use crate::core::secret::Secret;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::RawWebhook;
use crate::port::provider::Terms;
use crate::provider::contract::Subject;
use crate::provider::signature;

pub const REFERENCE: &str = "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R";
pub const KEY: &str = "sk_storekit_4eC39HqLyjWDarjtT1zdp7dc";
pub const LINK: &str = "plink_019dbc4d828174419d9ff9fae24aea7b";
pub const OWNER: Owner<'_> = Owner { account: "", mode: Mode::Test, currency: None };

const ANSWERS: &str = include_str!("../../../tests/fixtures/storekit/answers.json");

pub fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, Currency::from_code(code).expect("a currency"))
}

/// A body in the shapes of our reading.
pub fn fixture(name: &str) -> Value {
    let mut all: Value = serde_json::from_str(ANSWERS).expect("JSON");
    all[name].take()
}

pub fn sale() -> LinkOrder {
    LinkOrder {
        kind: LinkKind::OneOff,
        amount: AmountKind::Fixed(money(1250, "GBP")),
        title: "Café Zwölf".to_owned(),
        reference: Some(REFERENCE.parse().expect("a reference")),
        key: format!("{REFERENCE}.1"),
        terms: Terms::default(),
    }
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
    let AmountKind::Fixed(amount) = order.amount else { panic!("a sale has a fixed amount") };
    let mut link = fixture("link");
    link["reference"] = json!(order.reference);
    link["amount"] = json!(amount.minor);
    link["currency"] = json!(amount.currency.code());
    link.to_string()
}

fn payment(word: &str) -> (Ask, String) {
    let mut list = fixture("transactions");
    let mut last = list["data"].as_array().and_then(|all| all.last()).expect("payments").clone();
    last["status"] = json!(word);
    list["data"] = json!([last]);
    (Ask::ListPayments { link: LINK.to_owned(), cursor: None }, list.to_string())
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
