//! A visit to the page and the money that came of it.

use serde::Deserialize;
use serde::Serialize;

use super::Face;
use super::Metadata;
use crate::core::money::Currency;
use crate::core::money::Money;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckoutStatus {
    Open,
    Complete,
    Expired,
    /// The payment it led to is over for good, without money.
    Ended,
}

/// One customer's visit to the hosted page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    pub id: String,
    pub seq: u64,
    pub face: Face,
    pub link: String,
    /// The last part of the page's URL.
    pub code: String,
    pub created_ms: i64,
    pub expires_ms: i64,
    pub status: CheckoutStatus,
    /// The money arrived. A delayed method completes the checkout first and pays later, or never.
    pub paid: bool,
    pub currency: Currency,
    /// Minor units; absent on an open amount until the customer has said it.
    pub amount: Option<i64>,
    /// Minor units that the URL proposed.
    pub prefill: Option<i64>,
    /// What the page's URL carried as the merchant's own reference.
    pub reference: Option<String>,
    /// The link's metadata as it was when the customer came.
    pub metadata: Metadata,
    /// What the customer answered, by the questions' names.
    #[serde(default)]
    pub details: Metadata,
    pub payment: Option<String>,
    pub methods: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Nothing yet, or the last attempt was declined and another may follow.
    Waiting,
    Processing,
    /// The money is reserved and not yet there.
    Authorized,
    Succeeded,
    Canceled,
    /// Over, in a system that begins another payment for another attempt.
    Failed,
    /// The customer took too long on the method's own page.
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptStatus {
    Failed,
    Pending,
    Succeeded,
    /// Told as failed, and yet the money may come.
    Overdue,
}

/// One try to take the money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The id of the charge.
    pub id: String,
    pub at_ms: i64,
    pub status: AttemptStatus,
    /// A method that tells its outcome days later.
    pub delayed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub id: String,
    pub seq: u64,
    pub face: Face,
    pub link: String,
    pub checkout: String,
    pub created_ms: i64,
    pub canceled_ms: Option<i64>,
    pub status: PaymentStatus,
    pub amount: Money,
    /// Minor units given back, or taken to be: those of refunds that have not failed.
    pub refunded: i64,
    /// How much of that the bank is still at work on.
    #[serde(default)]
    pub refunding: i64,
    pub reference: Option<String>,
    pub metadata: Metadata,
    /// What the customer answered, by the questions' names.
    #[serde(default)]
    pub details: Metadata,
    pub description: Option<String>,
    pub methods: Vec<String>,
    pub attempts: Vec<Attempt>,
}

impl Payment {
    /// Minor units that arrived, before refunds.
    #[must_use]
    pub fn received(&self) -> i64 {
        if self.status == PaymentStatus::Succeeded { self.amount.minor } else { 0 }
    }

    /// Minor units that the customer has back, pending refunds left out.
    #[must_use]
    pub fn returned(&self) -> i64 {
        self.refunded - self.refunding
    }

    #[must_use]
    pub fn last_attempt(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// Whether the money may still come, or be refused, without the customer doing anything.
    #[must_use]
    pub fn unsettled(&self) -> bool {
        match self.status {
            PaymentStatus::Processing | PaymentStatus::Authorized => true,
            PaymentStatus::Failed => self.overdue(),
            PaymentStatus::Waiting
            | PaymentStatus::Succeeded
            | PaymentStatus::Canceled
            | PaymentStatus::Expired => false,
        }
    }

    /// It was told as failed, and its success may come after all.
    #[must_use]
    pub fn overdue(&self) -> bool {
        self.last_attempt().is_some_and(|attempt| attempt.status == AttemptStatus::Overdue)
    }

    /// The last attempt failed and no other has begun.
    #[must_use]
    pub fn declined(&self) -> bool {
        self.status == PaymentStatus::Waiting
            && self.last_attempt().is_some_and(|attempt| attempt.status == AttemptStatus::Failed)
    }
}
