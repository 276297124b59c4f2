//! What a customer's attempt can lead to, in all systems together. Which of it a page offers, and under
//! what name, is a face's table.

use crate::sandbox::bank::model::AttemptStatus;
use crate::sandbox::bank::model::CheckoutStatus;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::PaymentStatus;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Paid,
    /// A delayed method: the checkout completes, the money comes later or never.
    Pending,
    /// As pending, with the money reserved.
    Authorized,
    /// Declined; the same payment waits for another try.
    Declined,
    /// Declined, and the payment is over.
    Failed,
    /// The customer took too long on the method's own page, and the payment is over.
    Expired,
    /// The customer left, and the payment is over.
    Canceled,
    /// Told as failed, and the money may come after all.
    Delayed,
}

impl Outcome {
    /// What payment and attempt become of it, and what is told of the payment.
    #[must_use]
    pub fn leads_to(self) -> (PaymentStatus, AttemptStatus, EventKind) {
        match self {
            Self::Paid => (PaymentStatus::Succeeded, AttemptStatus::Succeeded, EventKind::PaymentSucceeded),
            Self::Pending => {
                (PaymentStatus::Processing, AttemptStatus::Pending, EventKind::PaymentProcessing)
            }
            Self::Authorized => {
                (PaymentStatus::Authorized, AttemptStatus::Pending, EventKind::PaymentAuthorized)
            }
            Self::Declined => (PaymentStatus::Waiting, AttemptStatus::Failed, EventKind::PaymentFailed),
            Self::Failed => (PaymentStatus::Failed, AttemptStatus::Failed, EventKind::PaymentFailed),
            Self::Expired => (PaymentStatus::Expired, AttemptStatus::Failed, EventKind::PaymentExpired),
            Self::Canceled => (PaymentStatus::Canceled, AttemptStatus::Failed, EventKind::PaymentCanceled),
            Self::Delayed => (PaymentStatus::Failed, AttemptStatus::Overdue, EventKind::PaymentFailed),
        }
    }

    /// Whether the money is on its way.
    #[must_use]
    pub fn is_sent(self) -> bool {
        self == Self::Pending || self == Self::Authorized
    }

    /// How the checkout stands afterwards.
    #[must_use]
    pub fn leaves(self) -> CheckoutStatus {
        match self {
            Self::Paid | Self::Pending | Self::Authorized => CheckoutStatus::Complete,
            Self::Declined => CheckoutStatus::Open,
            Self::Failed | Self::Expired | Self::Canceled | Self::Delayed => CheckoutStatus::Ended,
        }
    }
}
