//! The unified vocabulary of links, payments and events. Every payment-link system's own words are mapped
//! onto it by its adapter; a word nobody knows is kept as it came and never means paid.

use serde::Deserialize;
use serde::Serialize;

use super::money::Currency;
use super::money::Money;

/// Whether money moves. Test money is never booked as live and the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Live,
    Test,
}

impl Mode {
    /// As configurations spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// Takes one payment.
    OneOff,
    /// Takes many; `max_payments` bounds them where the link says so.
    Reusable { max_payments: Option<u32> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountKind {
    Fixed(Money),
    /// The customer types the amount. Bounds and preset are in minor units.
    Open {
        currency: Currency,
        min: Option<i64>,
        max: Option<i64>,
        preset: Option<i64>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    Active,
    /// Still takes scans; a payment is under way.
    Busy,
    /// One-off and paid.
    Completed,
    /// Reusable, and its limit is reached.
    Exhausted,
    Expired,
    Deactivated,
    Unknown(String),
}

impl LinkStatus {
    /// Whether a customer who scans now could still pay.
    #[must_use]
    pub fn is_payable(&self) -> bool {
        match self {
            Self::Active | Self::Busy => true,
            Self::Completed | Self::Exhausted | Self::Expired | Self::Deactivated | Self::Unknown(_) => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    Open,
    RequiresAction,
    Pending,
    Authorized,
    Failed,
    Canceled,
    Expired,
    Succeeded,
    PartiallyRefunded,
    Refunded,
    Unknown(String),
}

impl PaymentStatus {
    /// The place in the order that news is merged by: a payment never moves to a lower rank, so late and
    /// shuffled news cannot undo a success, while a late success beats a failure.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            Self::Unknown(_) => 0,
            Self::Open => 1,
            Self::RequiresAction => 2,
            Self::Pending => 3,
            Self::Authorized => 4,
            Self::Failed | Self::Canceled | Self::Expired => 5,
            Self::Succeeded => 6,
            Self::PartiallyRefunded => 7,
            Self::Refunded => 8,
        }
    }

    /// Whether the shop has, or has had, this money. Authorized and pending are not money.
    #[must_use]
    pub fn is_money(&self) -> bool {
        self.rank() >= Self::Succeeded.rank()
    }

    /// Whether money may still come although nobody does anything more: the bank is at work on it.
    #[must_use]
    pub fn is_in_progress(&self) -> bool {
        matches!(self, Self::Pending | Self::Authorized)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    Pending,
    RequiresAction,
    Succeeded,
    Failed,
    Canceled,
    Unknown(String),
}

/// What makes a payment itself, however many webhooks tell it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentKey {
    /// The payment-link system's name, such as `stripe`.
    pub provider: String,
    /// The account at the provider; empty where one key means one account.
    pub account: String,
    pub mode: Mode,
    /// The provider's own id of the payment.
    pub id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_success_beats_a_failure_and_nothing_undoes_it() {
        assert!(PaymentStatus::Succeeded.rank() > PaymentStatus::Failed.rank());
        assert!(PaymentStatus::Refunded.rank() > PaymentStatus::Succeeded.rank());
        assert!(!PaymentStatus::Authorized.is_money());
        assert!(!PaymentStatus::Pending.is_money());
        assert!(!PaymentStatus::Unknown("settled?".into()).is_money());
        assert!(PaymentStatus::Refunded.is_money());
    }
}
