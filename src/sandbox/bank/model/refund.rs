//! Money on its way back.

use serde::Deserialize;
use serde::Serialize;

use super::Metadata;
use crate::core::money::Money;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// Taken, and the customer's bank is at work on it.
    Pending,
    /// Told as given back. The customer's bank may return it all the same.
    #[default]
    Succeeded,
    /// It came back: the customer has not got it.
    Failed,
}

/// How a refund ends by itself, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundEnd {
    pub at_ms: i64,
    pub succeeds: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub id: String,
    pub seq: u64,
    pub created_ms: i64,
    pub payment: String,
    pub charge: String,
    pub amount: Money,
    /// Absent in a row: succeeded.
    #[serde(default)]
    pub status: RefundStatus,
    /// Absent: it stays as it is until somebody settles it.
    #[serde(default)]
    pub end: Option<RefundEnd>,
    pub reason: Option<String>,
    pub metadata: Metadata,
}
