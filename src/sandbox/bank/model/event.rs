//! What happened, and to whom it is told.

use serde::Deserialize;
use serde::Serialize;

use super::Checkout;
use super::Face;
use super::Link;
use super::Payment;
use super::Refund;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    LinkCreated,
    LinkUpdated,
    LinkExpired,
    CheckoutCompleted,
    CheckoutExpired,
    DelayedSucceeded,
    DelayedFailed,
    PaymentCreated,
    PaymentProcessing,
    PaymentAuthorized,
    PaymentSucceeded,
    PaymentFailed,
    PaymentCanceled,
    PaymentExpired,
    ChargeRefunded,
    RefundCreated,
    RefundUpdated,
    /// It came back, after it was taken or told as done.
    RefundFailed,
    /// How the merchant stands with whoever moves the money.
    ConnectionChanged,
}

/// Something that happened, with what it concerned as it was at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    pub seq: u64,
    pub face: Face,
    pub at_ms: i64,
    pub kind: EventKind,
    pub subject: Subject,
    /// The API call that caused it; absent for what customers and time did.
    pub call: Option<Call>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Link(Link),
    Checkout(Checkout),
    Payment(Payment),
    Refund(Refund),
    /// In the face's own word.
    Connection(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    pub request: String,
    pub idempotency_key: Option<String>,
}

/// A receiver of one face's webhooks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: String,
    pub seq: u64,
    pub face: Face,
    pub url: String,
    pub secret: String,
    /// The secret before the last change, and until when (ms since 1970) it still signs.
    pub former: Option<(String, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    Waiting,
    Acknowledged,
    GivenUp,
}

/// One event owed to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub id: String,
    pub seq: u64,
    pub event: String,
    pub endpoint: String,
    pub attempts: u32,
    pub due_ms: i64,
    pub status: DeliveryStatus,
}
