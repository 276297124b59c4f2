//! What a payment-link system keeps, in nobody's dialect. Values only: `world` says how they change,
//! a face says how they read on the wire.

mod event;
mod link;
mod payment;
mod refund;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

pub use self::event::Call;
pub use self::event::Delivery;
pub use self::event::DeliveryStatus;
pub use self::event::Endpoint;
pub use self::event::Event;
pub use self::event::EventKind;
pub use self::event::Subject;
pub use self::link::AfterPayment;
pub use self::link::Chargeable;
pub use self::link::Line;
pub use self::link::Link;
pub use self::link::Made;
pub use self::link::Price;
pub use self::link::Pricing;
pub use self::link::Question;
pub use self::payment::Attempt;
pub use self::payment::AttemptStatus;
pub use self::payment::Checkout;
pub use self::payment::CheckoutStatus;
pub use self::payment::Payment;
pub use self::payment::PaymentStatus;
pub use self::refund::Refund;
pub use self::refund::RefundEnd;
pub use self::refund::RefundStatus;

/// Words that the merchant attached, handed back unchanged.
pub type Metadata = BTreeMap<String, String>;

/// Through which system's dialect something was made. Its events go to that face's endpoints alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    Stripe,
    Vinr,
    Storekit,
    Yabetoo,
    Qonto,
}

impl Face {
    /// Ids in the bank's file that name no face are this one's.
    pub const FIRST: Self = Self::Stripe;
}

/// What one face alone keeps, in its own words, such as who was given which token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub id: String,
    pub seq: u64,
    pub face: Face,
    pub body: serde_json::Value,
}

/// The answer to a call that carried an idempotency key; `idempotency` says how its id is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub id: String,
    pub seq: u64,
    pub at_ms: i64,
    /// Path and parameters of the call, in one order whatever order they came in.
    pub asked: String,
    pub request: String,
    pub status: u16,
    pub body: String,
}
