//! storekit's objects as we read its guide (storekit.com/docs/guides/payments/payment-links): the fields are
//! those of its form, spelt in camelCase as its webhooks are. Amounts are integers in minor units, like those
//! of its order events. Unknown fields are passed over; a missing one that we need fails the reading.

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;

use crate::provider::list::Raw;

/// A link to be made.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewLink<'a> {
    pub title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<&'a str>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub amount_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_payments: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<&'a str>,
    /// The guide has the thank-you page and no name for its text: this one is ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thank_you_message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_details: Option<CustomerDetails>,
}

/// Each is `disabled`, `optional` or `required`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerDetails {
    pub business_name: &'static str,
    pub customer_name: &'static str,
    pub email: &'static str,
    pub phone: &'static str,
}

#[derive(Debug, Serialize)]
pub struct NewRefund {
    /// Absent for all that is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentLink {
    pub id: String,
    pub url: String,
    pub status: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub amount_type: String,
    pub amount: Option<i64>,
    pub min_amount: Option<i64>,
    pub max_amount: Option<i64>,
    pub currency: Option<String>,
    pub max_payments: Option<u32>,
    pub payments_count: Option<u32>,
    pub expires_at: Option<String>,
    pub reference: Option<String>,
    pub title: Option<String>,
}

/// A payment, as a link's Transactions tab has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    pub payment_id: Option<String>,
    /// The payment's, where `paymentId` is absent; the link's, where it begins as links' ids do.
    pub id: Option<String>,
    pub payment_link_id: Option<String>,
    pub payment_link: Option<Named>,
    pub amount: i64,
    pub refunded_amount: Option<i64>,
    pub currency: Option<String>,
    pub reference: Option<String>,
    pub status: String,
    pub created_at: String,
}

#[derive(Debug, Deserialize)]
pub struct Named {
    pub id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    pub id: String,
    pub payment_id: String,
    pub amount: i64,
    pub currency: Option<String>,
    pub status: String,
    pub reason: Option<String>,
}

/// A list has to say whether it goes on: `nextCursor` is there on every page, and null on the last.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct List {
    pub data: Vec<Raw>,
    #[serde(deserialize_with = "present")]
    pub next_cursor: Option<String>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// A webhook's body (storekit.com/docs/developers/webhooks/payload-format). What `data` holds for payment
/// links is not published, so it stays as it came.
#[derive(Debug, Deserialize)]
pub struct Event {
    /// Svix's own messages, such as the ping that tries an endpoint, call it otherwise.
    #[serde(alias = "event_type")]
    pub event: String,
    #[serde(default)]
    pub data: serde_json::Value,
}
