//! Yabetoo's objects, named and shaped as Yabetoo has them, with the fields we need and no others. Unknown
//! fields are passed over. Numbers of money stay as they were written.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::provider::list::Raw;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentLink {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub name: Option<String>,
    pub url: String,
    pub currency: String,
    pub amount: Option<Box<RawValue>>,
    pub min_amount: Option<Box<RawValue>>,
    pub max_amount: Option<Box<RawValue>>,
    pub is_active: Option<bool>,
    /// Not in today's objects; the introduction has words for it.
    pub status: Option<String>,
    pub expires_at: Option<String>,
    pub max_redemptions: Option<u32>,
    pub redemption_count: Option<u32>,
    pub metadata: Option<Value>,
    pub live_mode: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentIntent {
    pub id: String,
    pub amount: Box<RawValue>,
    pub currency: String,
    pub status: String,
    pub metadata: Option<Value>,
    /// The link it came over; whether it is there is not documented, nor under which name.
    #[serde(alias = "paymentLinkId", alias = "payment_link")]
    pub payment_link: Option<String>,
    #[serde(alias = "live_mode")]
    pub live_mode: Option<bool>,
    #[serde(alias = "created_at")]
    pub created_at: Option<String>,
    #[serde(alias = "updated_at")]
    pub updated_at: Option<String>,
    /// In older answers: what was tried.
    pub event: Option<IntentEvent>,
}

#[derive(Debug, Deserialize)]
pub struct IntentEvent {
    pub charges: Option<Vec<Charge>>,
}

#[derive(Debug, Deserialize)]
pub struct Charge {
    pub amount: Box<RawValue>,
    pub currency: String,
    pub status: String,
    pub refunded: Option<bool>,
}

/// A list in an envelope; one without is a bare array.
#[derive(Debug, Deserialize)]
pub struct List {
    pub data: Vec<Raw>,
    pub meta: Option<Meta>,
    pub has_more: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub struct Meta {
    pub page: u32,
    pub pages: u32,
}

/// An event. Connect's come in an envelope of their own, `{"event": {…}}`.
#[derive(Debug, Deserialize)]
pub struct Event {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub data: Option<EventData>,
    pub created_at: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Wrapped {
    pub event: Event,
}

/// What lies under `data`, for all events that concern us together.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventData {
    pub id: Option<String>,
    pub payment_link_id: Option<String>,
    pub payment_intent_id: Option<String>,
    pub intent_id: Option<String>,
    pub amount: Option<Box<RawValue>>,
    pub currency: Option<String>,
    pub status: Option<String>,
    pub metadata: Option<Value>,
    pub live_mode: Option<bool>,
}
