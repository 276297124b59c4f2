//! VINR's objects, named and shaped as VINR has them, with the fields we need and no others. The pages write
//! some names in both manners (`returnUrl`, `created_at`), so both are read; a name that comes in both ways
//! at once fails the reading. The link's object is our reading: the pages show only `url` and `qrCodeUrl`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::options::RefundReason;
use crate::provider::list::Raw;

/// The pages show texts and booleans in it.
pub type Metadata = BTreeMap<String, Value>;

/// What a link is made of (docs/payments/payment-links, docs/payments/omnichannel/pay-by-link).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewLink<'a> {
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    pub currency: &'static str,
    pub description: &'a str,
    pub reusable: bool,
    pub amount_editable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_payments: Option<u32>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_url: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<&'a str, &'a str>,
}

/// What is to be changed; what is absent stays.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkPatch<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    /// `Some(None)` takes a proposed amount away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Option<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_editable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_payments: Option<u32>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_url: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<&'a str, &'a str>,
}

#[derive(Debug, Serialize)]
pub struct NewRefund<'a> {
    pub payment: &'a str,
    /// Minor units; absent for all that is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    pub reason: RefundReason,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<&'a str, &'a str>,
}

#[derive(Debug, Deserialize)]
pub struct PaymentLink {
    pub id: String,
    pub object: Option<String>,
    pub livemode: Option<bool>,
    pub url: String,
    pub status: Option<String>,
    pub active: Option<bool>,
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub description: Option<String>,
    pub reusable: Option<bool>,
    #[serde(alias = "amountEditable")]
    pub amount_editable: Option<bool>,
    #[serde(alias = "maxPayments")]
    pub max_payments: Option<u32>,
    #[serde(alias = "paymentsCount")]
    pub payments_count: Option<u32>,
    #[serde(alias = "expiresAt")]
    pub expires_at: Option<When>,
    #[serde(alias = "returnUrl")]
    pub return_url: Option<String>,
    pub metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
pub struct Payment {
    pub id: String,
    pub object: Option<String>,
    pub livemode: Option<bool>,
    pub amount: i64,
    pub currency: String,
    pub status: String,
    #[serde(alias = "amountRefunded")]
    pub amount_refunded: Option<i64>,
    /// The link's id. Our reading.
    #[serde(alias = "paymentLink")]
    pub payment_link: Option<String>,
    pub metadata: Option<Metadata>,
    /// The newer pages' name for it, and the older ones'.
    pub created: Option<When>,
    #[serde(alias = "createdAt")]
    pub created_at: Option<When>,
}

#[derive(Debug, Deserialize)]
pub struct Refund {
    pub id: String,
    pub object: Option<String>,
    pub livemode: Option<bool>,
    pub payment: String,
    pub amount: i64,
    pub currency: String,
    pub status: String,
}

/// api-reference/events.
#[derive(Debug, Deserialize)]
pub struct Event {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub livemode: Option<bool>,
    #[serde(alias = "created_at", alias = "createdAt")]
    pub created: When,
    /// The snapshot, or an object that holds it as `object`: the pages do not say.
    pub data: Option<Value>,
}

/// Seconds since 1970 on the newer pages, ISO 8601 on the older ones.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum When {
    Unix(i64),
    Iso(String),
}

/// api-reference/pagination.
#[derive(Debug, Deserialize)]
pub struct List {
    pub object: Option<String>,
    pub data: Vec<Raw>,
    pub page: Cursor,
}

#[derive(Debug, Deserialize)]
pub struct Cursor {
    pub has_more: bool,
    pub next_cursor: Option<String>,
}

/// api-reference/errors and docs/troubleshooting/error-codes: their types differ, codes and statuses do not.
#[derive(Debug, Deserialize)]
pub struct Failure {
    pub error: Error,
}

#[derive(Debug, Default, Deserialize)]
pub struct Error {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
    pub param: Option<String>,
    pub decline_code: Option<String>,
    pub request_id: Option<String>,
}

/// An object that may say what it is, and in which mode.
pub trait Object {
    const OBJECT: &'static str;

    fn object(&self) -> Option<&str>;

    fn id(&self) -> &str;

    fn livemode(&self) -> Option<bool>;
}

macro_rules! objects {
    ($($name:ident $word:literal)*) => {$(
        impl Object for $name {
            const OBJECT: &'static str = $word;

            fn object(&self) -> Option<&str> {
                self.object.as_deref()
            }

            fn id(&self) -> &str {
                &self.id
            }

            fn livemode(&self) -> Option<bool> {
                self.livemode
            }
        }
    )*};
}

objects! {
    PaymentLink "payment_link"
    Payment "payment"
    Refund "refund"
}
