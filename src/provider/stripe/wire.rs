//! Stripe's objects, named and shaped as Stripe has them, with the fields we need and no others. Unknown
//! fields are passed over; a missing one that we need fails the reading.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

pub type Metadata = Option<BTreeMap<String, String>>;

#[derive(Debug, Deserialize)]
pub struct PaymentLink {
    pub id: String,
    pub object: String,
    pub active: bool,
    pub url: String,
    pub livemode: bool,
    pub metadata: Metadata,
    pub restrictions: Option<Restrictions>,
    pub line_items: Option<List<Item>>,
    pub after_completion: Option<AfterCompletion>,
}

#[derive(Debug, Deserialize)]
pub struct AfterCompletion {
    #[serde(rename = "type")]
    pub kind: String,
    pub redirect: Option<Redirect>,
    pub hosted_confirmation: Option<HostedConfirmation>,
}

#[derive(Debug, Deserialize)]
pub struct Redirect {
    pub url: String,
}

#[derive(Debug, Deserialize)]
pub struct HostedConfirmation {
    pub custom_message: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Restrictions {
    pub completed_sessions: CompletedSessions,
}

#[derive(Debug, Deserialize)]
pub struct CompletedSessions {
    pub count: u32,
    pub limit: u32,
}

#[derive(Debug, Deserialize)]
pub struct Item {
    pub amount_total: i64,
    pub currency: String,
    pub description: Option<String>,
    pub price: Option<ItemPrice>,
}

#[derive(Debug, Deserialize)]
pub struct ItemPrice {
    pub custom_unit_amount: Option<CustomUnitAmount>,
}

#[derive(Debug, Deserialize)]
pub struct Price {
    pub id: String,
    pub object: String,
    pub livemode: bool,
}

#[derive(Debug, Deserialize)]
pub struct CustomUnitAmount {
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
    pub preset: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub struct Session {
    pub id: String,
    pub object: String,
    pub amount_total: Option<i64>,
    pub currency: Option<String>,
    pub client_reference_id: Option<String>,
    pub created: Option<i64>,
    pub livemode: Option<bool>,
    pub metadata: Metadata,
    pub mode: Option<String>,
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    pub payment_link: Option<Expandable<Named>>,
    pub payment_status: String,
    pub status: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct PaymentIntent {
    pub id: String,
    pub object: String,
    pub amount: i64,
    pub amount_received: Option<i64>,
    pub created: Option<i64>,
    pub currency: String,
    pub last_payment_error: Option<IgnoredAny>,
    pub latest_charge: Option<Expandable<Charge>>,
    pub livemode: Option<bool>,
    pub metadata: Metadata,
    pub status: String,
}

#[derive(Debug, Deserialize)]
pub struct Charge {
    pub id: String,
    pub object: String,
    pub amount: i64,
    pub amount_captured: Option<i64>,
    pub amount_refunded: i64,
    pub created: i64,
    pub currency: String,
    pub metadata: Metadata,
    pub payment_intent: Option<Expandable<Named>>,
}

#[derive(Debug, Deserialize)]
pub struct Refund {
    pub id: String,
    pub object: String,
    pub amount: i64,
    pub currency: String,
    pub status: Option<String>,
    pub failure_reason: Option<String>,
    pub charge: Option<Expandable<Named>>,
    pub payment_intent: Option<Expandable<Named>>,
}

#[derive(Debug, Deserialize)]
pub struct Dispute {
    pub id: String,
    pub object: String,
    pub amount: i64,
    pub currency: String,
    pub status: String,
    pub payment_intent: Option<Expandable<Named>>,
}

#[derive(Debug, Deserialize)]
pub struct Event {
    pub id: String,
    pub object: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub created: i64,
    pub livemode: bool,
    pub data: EventData,
}

#[derive(Debug, Deserialize)]
pub struct EventData {
    pub object: serde_json::Value,
}

#[derive(Debug, Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    pub has_more: bool,
}

/// An object that comes as its id unless the request asked for the whole.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Expandable<T> {
    Id(String),
    Whole(Box<T>),
}

/// Any object of which the id is enough.
#[derive(Debug, Deserialize)]
pub struct Named {
    pub id: String,
}

#[derive(Debug, Deserialize)]
pub struct Failure {
    pub error: Error,
}

#[derive(Debug, Deserialize)]
pub struct Error {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
}

/// An object that says what it is.
pub trait Object {
    const OBJECT: &'static str;

    fn object(&self) -> &str;

    fn id(&self) -> &str;
}

macro_rules! objects {
    ($($name:ident $word:literal)*) => {$(
        impl Object for $name {
            const OBJECT: &'static str = $word;

            fn object(&self) -> &str {
                &self.object
            }

            fn id(&self) -> &str {
                &self.id
            }
        }
    )*};
}

objects! {
    PaymentLink "payment_link"
    Price "price"
    Session "checkout.session"
    PaymentIntent "payment_intent"
    Charge "charge"
    Refund "refund"
    Dispute "dispute"
    Event "event"
}

impl<T: Object> Expandable<T> {
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Whole(object) => object.id(),
        }
    }

    pub fn whole(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Whole(object) => Some(object),
        }
    }
}

impl Object for Named {
    const OBJECT: &'static str = "";

    fn object(&self) -> &str {
        Self::OBJECT
    }

    fn id(&self) -> &str {
        &self.id
    }
}
