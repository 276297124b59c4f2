//! Stripe's own words for the situations of the contract.

use serde_json::Value;
use serde_json::json;

use super::NAME;
use super::webhook::SIGNATURE;
use crate::core::payment::Mode;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::RawWebhook;
use crate::port::provider::Request;
use crate::provider::owner::Owner;
use crate::provider::subject;
use crate::provider::subject::Subject;

pub use crate::provider::subject::REFERENCE;
pub use crate::provider::subject::money;

pub const OWNER: Owner<'_> = Owner { provider: NAME, account: "", mode: Mode::Test };
pub const KEY: &str = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";

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
        paid: "paid",
        listed: || checkout("paid"),
        list,
        strangers: vec![of_another_link, of_no_link_in_the_other_mode],
        links,
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
    let amount = subject::fixed(order);
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

fn checkout(payment_status: &str) -> Value {
    json!({
        "id": "cs_test_1", "object": "checkout.session", "amount_total": 1250, "currency": "eur",
        "created": 1_760_000_000, "livemode": false, "mode": "payment", "payment_link": "plink_1",
        "metadata": {"reference": REFERENCE}, "payment_intent": "pi_1",
        "payment_status": payment_status, "status": "complete",
    })
}

fn payment(word: &str) -> (Ask, String) {
    list(vec![checkout(word)])
}

fn list(checkouts: Vec<Value>) -> (Ask, String) {
    let body = json!({"object": "list", "has_more": false, "data": checkouts});
    (Ask::ListPayments { link: "plink_1".to_owned(), cursor: None }, body.to_string())
}

fn links(created: Vec<Value>) -> (Ask, String) {
    let body = json!({"object": "list", "has_more": false, "data": created});
    (Ask::ListLinks { active: None, cursor: None }, body.to_string())
}

fn of_another_link(checkout: &mut Value) {
    checkout["payment_link"] = json!("plink_2");
}

fn of_no_link_in_the_other_mode(checkout: &mut Value) {
    checkout["payment_link"] = Value::Null;
    checkout["livemode"] = json!(true);
}

pub fn sign(body: &str, secret: &str, unix_s: i64) -> RawWebhook {
    subject::sign_in(SIGNATURE, body, secret, unix_s)
}

/// The fields of a request's body, with their brackets.
pub fn sent(request: &Request) -> String {
    let text = request.body.as_ref().map_or("", |body| body.text.as_str());
    text.replace("%5B", "[").replace("%5D", "]")
}
