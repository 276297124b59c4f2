//! What the contract asks of a system: its own words for the same few situations. Here is also what the five
//! subjects have in common: one sale, and the commonest way to sign.

use serde_json::Value;

use super::signature;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::RawWebhook;
use crate::port::provider::Terms;

pub const REFERENCE: &str = "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R";

pub struct Subject {
    /// Good options; `secret` is the part of them that nobody may see.
    pub options: Value,
    pub secret: &'static str,
    /// The access token of a system that gives those out; the secret then travels to its token endpoint alone.
    pub access: Option<&'static str>,
    /// One sale of 1250 minor units in the system's home currency.
    pub order: LinkOrder,
    /// The answer to that order, as the system gives it.
    pub created: fn(&LinkOrder) -> String,
    /// A question about a payment, and an answer in which its status is this word.
    pub payment: fn(&str) -> (Ask, String),
    pub paid: &'static str,
    /// A payment as it stands in the list of the ordered link, and the question and answer that make the list.
    pub listed: fn() -> Value,
    pub list: fn(Vec<Value>) -> (Ask, String),
    /// Changes after which that payment certainly is not of that link. Empty where the list is the link's own
    /// by its address and its items do not name it again.
    pub strangers: Vec<fn(&mut Value)>,
    /// The account's list of links, of answers to orders.
    pub links: fn(Vec<Value>) -> (Ask, String),
    /// What the body of an order for this much must hold.
    pub amounts: Vec<(Money, &'static str)>,
    /// Amounts that have no exact form in this system.
    pub inexact: Vec<Money>,
    /// An event that says that the ordered sale was paid.
    pub paid_event: String,
    /// An event whose type no system has.
    pub strange_event: String,
    pub sign: fn(body: &str, secret: &str, unix_s: i64) -> RawWebhook,
    pub signature_header: &'static str,
}

pub fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, Currency::from_code(code).expect("a currency"))
}

/// One sale of 1250 minor units.
pub fn sale(code: &str) -> LinkOrder {
    LinkOrder {
        kind: LinkKind::OneOff,
        amount: AmountKind::Fixed(money(1250, code)),
        title: "Café Zwölf".to_owned(),
        reference: Some(REFERENCE.parse().expect("a reference")),
        key: format!("{REFERENCE}.1"),
        terms: Terms::default(),
    }
}

/// What an order asks for.
pub fn fixed(order: &LinkOrder) -> Money {
    let AmountKind::Fixed(amount) = order.amount else { panic!("a sale has a fixed amount") };
    amount
}

/// Hex of the HMAC over `<time>.<body>`, as most of them sign.
pub fn tag(body: &str, secret: &str, unix_s: i64) -> String {
    let time = unix_s.to_string();
    signature::to_hex(&signature::tag(secret.as_bytes(), &[time.as_bytes(), b".", body.as_bytes()]))
}

/// A webhook with time and tag in one header, `t=…,v1=…`.
pub fn sign_in(header: &str, body: &str, secret: &str, unix_s: i64) -> RawWebhook {
    let value = format!("t={unix_s},v1={}", tag(body, secret, unix_s));
    RawWebhook { headers: vec![(header.to_owned(), value.into())], body: body.into() }
}

/// A webhook with time and tag in headers of their own; `before` stands before the tag.
pub fn sign_apart(
    (signature, before): (&str, &str),
    timestamp: &str,
    body: &str,
    secret: &str,
    unix_s: i64,
) -> RawWebhook {
    let value = format!("{before}{}", tag(body, secret, unix_s));
    let headers =
        vec![(signature.to_owned(), value.into()), (timestamp.to_owned(), unix_s.to_string().into())];
    RawWebhook { headers, body: body.into() }
}
