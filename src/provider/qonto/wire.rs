//! Qonto's objects, named and shaped as Qonto has them, with the fields we need and no others.

use serde::Deserialize;
use serde::Serialize;

use crate::provider::list::Raw;

/// Major units as a decimal string, `12.50`.
#[derive(Debug, Deserialize, Serialize)]
pub struct Amount {
    pub value: String,
    pub currency: String,
}

/// Bodies and answers about one link have it under its name.
#[derive(Debug, Deserialize, Serialize)]
pub struct Wrapped<T> {
    pub payment_link: T,
}

#[derive(Debug, Serialize)]
pub struct NewBasket<'a> {
    pub items: Vec<NewItem<'a>>,
    pub reusable: bool,
    pub potential_payment_methods: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub struct NewItem<'a> {
    pub title: String,
    pub quantity: u32,
    /// Of one, without tax.
    pub unit_price: Amount,
    pub vat_rate: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure_unit: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub struct NewInvoice<'a> {
    pub invoice_id: &'a str,
    pub invoice_number: &'a str,
    pub debitor_name: &'a str,
    pub amount: Amount,
    pub potential_payment_methods: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
pub struct PaymentLink {
    pub id: String,
    pub status: String,
    pub expiration_date: Option<String>,
    /// With tax, as Qonto reckoned it.
    pub amount: Amount,
    pub resource_type: Option<String>,
    pub reusable: Option<bool>,
    pub url: String,
    /// Absent on invoice links.
    pub items: Option<Vec<Item>>,
}

#[derive(Debug, Deserialize)]
pub struct Item {
    pub title: String,
}

#[derive(Debug, Deserialize)]
pub struct PaymentLinks {
    pub payment_links: Vec<Raw>,
    pub meta: Meta,
}

#[derive(Debug, Deserialize)]
pub struct Payments {
    pub payments: Vec<Raw>,
    pub meta: Meta,
}

#[derive(Debug, Deserialize)]
pub struct Meta {
    pub current_page: u32,
    pub next_page: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub struct Payment {
    pub id: String,
    pub amount: Amount,
    pub status: String,
    pub created_at: String,
    pub paid_at: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct NewConnection<'a> {
    pub partner_callback_url: &'a str,
    pub user_bank_account_id: &'a str,
    pub user_phone_number: &'a str,
    pub business_description: &'a str,
    /// `null` where there is none.
    pub user_website_url: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
pub struct Connection {
    pub status: String,
    pub connection_location: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct PaymentMethods {
    pub payment_link_payment_methods: Vec<PaymentMethod>,
}

#[derive(Debug, Deserialize)]
pub struct PaymentMethod {
    pub name: String,
    pub enabled: bool,
}

#[derive(Debug, Deserialize)]
pub struct Event {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub created_at: String,
    pub data: serde_json::Value,
}

/// `data` of a `v1/payment-links` event.
#[derive(Debug, Deserialize)]
pub struct LinkEvent {
    pub event: String,
    pub status: String,
    pub payment_link_id: String,
}

/// `data` of a `v1/payment-links-connections` event, as far as it is known.
#[derive(Debug, Deserialize)]
pub struct ConnectionEvent {
    pub event: String,
}

#[derive(Debug, Deserialize)]
pub struct Failure {
    pub errors: Vec<Error>,
}

#[derive(Debug, Deserialize)]
pub struct Error {
    pub code: Option<String>,
    pub detail: Option<String>,
    pub source: Option<Source>,
}

/// What is wrong: a field of the body, or a parameter.
#[derive(Debug, Deserialize)]
pub struct Source {
    pub pointer: Option<String>,
    pub parameter: Option<String>,
}
