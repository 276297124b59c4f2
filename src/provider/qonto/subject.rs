//! Qonto's own words for the situations of the contract.

use serde_json::Value;
use serde_json::json;

use super::webhook::SIGNATURE;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::RawWebhook;
use crate::provider::subject;
use crate::provider::subject::Subject;

pub use crate::provider::subject::REFERENCE;
pub use crate::provider::subject::money;

const LINK: &str = "0199e1de-4fa1-7324-9aed-0b0f6a65243e";
const CLIENT_SECRET: &str = "cs_7dK2mQ9xT4";

pub fn options() -> Value {
    json!({"api_key": CLIENT_SECRET, "client_id": "app-1", "sandbox": true, "staging_token": "stage"})
}

pub fn sale() -> LinkOrder {
    subject::sale("EUR")
}

pub fn subject() -> Subject {
    Subject {
        options: options(),
        secret: CLIENT_SECRET,
        access: Some("ory_at_9fH3"),
        order: sale(),
        created,
        payment,
        paid: "paid",
        listed,
        list,
        strangers: Vec::new(),
        links,
        amounts: vec![
            (money(1250, "EUR"), r#""unit_price":{"value":"12.50","currency":"EUR"}"#),
            (money(5, "EUR"), r#""unit_price":{"value":"0.05","currency":"EUR"}"#),
            (money(1250, "JPY"), r#""unit_price":{"value":"1250","currency":"JPY"}"#),
            (money(1250, "KWD"), r#""unit_price":{"value":"1.250","currency":"KWD"}"#),
        ],
        inexact: Vec::new(),
        paid_event: event("updated", "v1/payment-links").to_string(),
        strange_event: event("admired", "v1/payment-links-admirers").to_string(),
        sign,
        signature_header: SIGNATURE,
    }
}

fn created(order: &LinkOrder) -> String {
    let amount = subject::fixed(order);
    let reference = order.reference.as_ref().expect("a sale has one");
    let amount = json!({"value": amount.decimal(), "currency": amount.currency.code()});
    json!({"payment_link": {
        "id": LINK, "status": "open", "expiration_date": "2027-10-09T08:50:00Z",
        "potential_payment_methods": ["credit_card"], "amount": amount, "resource_type": "Basket",
        "reusable": false, "created_at": "2026-10-09T08:50:00Z",
        "url": "https://pay.qonto.com/0199e1de-4fa1-7324-9aed-0b0f6a65243e?resource_id=0199e1de",
        "items": [{
            "title": format!("{} · {reference}", order.title), "quantity": 1, "unit_price": amount,
            "vat_rate": "0",
        }],
        "invoice_id": null, "invoice_number": null, "debitor_name": null,
    }})
    .to_string()
}

fn event(event: &str, kind: &str) -> Value {
    json!({
        "id": "0199e1df-0000-7000-8000-000000000001",
        "subscription_id": "0199e1df-0000-7000-8000-000000000002",
        "organization_id": "0199e1df-0000-7000-8000-000000000003",
        "membership_id": "0199e1df-0000-7000-8000-000000000004",
        "type": kind, "created_at": "2026-10-09T08:53:20Z",
        "data": {
            "event": event, "status": "paid", "payment_link_id": LINK,
            "amount": {"currency": "EUR", "value": "12.50"},
        },
    })
}

fn payment(word: &str) -> (Ask, String) {
    let mut one = listed();
    one["status"] = json!(word);
    list(vec![one])
}

fn listed() -> Value {
    json!({
        "id": "0199e1df-2222-7000-8000-000000000001", "status": "paid",
        "amount": {"value": "12.50", "currency": "EUR"}, "created_at": "2026-10-09T08:52:00Z",
        "payment_method": "credit_card", "paid_at": null, "debitor_email": null,
    })
}

fn list(payments: Vec<Value>) -> (Ask, String) {
    let body = json!({"payments": payments, "meta": only_page()});
    (Ask::ListPayments { link: LINK.to_owned(), cursor: None }, body.to_string())
}

fn links(created: Vec<Value>) -> (Ask, String) {
    let links: Vec<Value> = created.into_iter().map(|mut one| one["payment_link"].take()).collect();
    let body = json!({"payment_links": links, "meta": only_page()});
    (Ask::ListLinks { active: None, cursor: None }, body.to_string())
}

fn only_page() -> Value {
    json!({
        "current_page": 1, "next_page": null, "prev_page": null, "total_pages": 1, "total_count": 1,
        "per_page": 100,
    })
}

pub fn sign(body: &str, secret: &str, unix_s: i64) -> RawWebhook {
    subject::sign_in(SIGNATURE, body, secret, unix_s)
}
