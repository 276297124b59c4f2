//! What a terminal writes down. Append-only: the book is the fold of these, live and after a restart alike.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::message::CloseReason;
use super::message::Notice;
use super::message::Outcome;
use super::message::RefundSaid;
use super::message::StandingState;
use super::money::Money;
use super::payment::PaymentKey;
use super::reference::Reference;

/// One durable fact. Times are milliseconds since 1970 by this terminal's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A cashier asked for a sale. Recorded before the link is asked for.
    Intended {
        reference: Reference,
        amount: Money,
        at_unix_ms: i64,
        ttl_s: u32,
    },
    /// A link came that is exactly what was asked for.
    Linked {
        reference: Reference,
        url: String,
        generation: u32,
    },
    /// Recorded before the first frame with the code leaves for the panel.
    Shown {
        reference: Reference,
    },
    /// The relay says there is no link and will be none.
    Refused {
        reference: Reference,
    },
    Declined {
        reference: Reference,
    },
    Processing {
        reference: Reference,
    },
    /// The code is off; the relay is told to withdraw the link.
    Closing {
        reference: Reference,
        why: CloseReason,
        at_unix_ms: i64,
    },
    /// The last word did not come in time: unknown to people, still watched.
    GivenUp {
        reference: Reference,
    },
    Closed {
        reference: Reference,
        outcome: Outcome,
    },
    /// Verified news of a payment. `verdict` where this is the first news that it is money; `have` is the
    /// stream's highest number without a gap once this is on disk.
    Noticed {
        notice: Notice,
        verdict: Option<Verdict>,
        have: u64,
        at_unix_ms: i64,
    },
    /// Recorded before the sound, so that it sounds at most once.
    Announced {
        payment: PaymentKey,
        reference: Option<Reference>,
        at_unix_ms: i64,
    },
    /// The cashier says that this counter payment was for this sale.
    Assigned {
        reference: Reference,
        payment: PaymentKey,
    },
    /// The relay says whether customers can pay over the standing link.
    Standing {
        state: StandingState,
    },
    /// A person with a PIN settled an unknown sale. The provider's word, when it comes, wins.
    Settled {
        reference: Reference,
        at_unix_ms: i64,
    },
    /// A person with a PIN gives money back. Recorded before the relay is asked.
    RefundIntended {
        refund: String,
        payment: PaymentKey,
        reference: Option<Reference>,
        amount: Money,
        at_unix_ms: i64,
    },
    /// What the relay says became of it.
    RefundAnswered {
        refund: String,
        payment: PaymentKey,
        reference: Option<Reference>,
        said: RefundSaid,
        reason: String,
        at_unix_ms: i64,
    },
    /// A person gave it back in the system's dashboard. `refunded` is what the provider had given back by
    /// then: what it says of a later refund wins.
    RefundedByHand {
        refund: String,
        payment: PaymentKey,
        reference: Option<Reference>,
        refunded: i64,
        at_unix_ms: i64,
    },
}

impl Fact {
    /// The sale this concerns; none for counter payments.
    #[must_use]
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Intended { reference, .. }
            | Self::Linked { reference, .. }
            | Self::Shown { reference }
            | Self::Refused { reference }
            | Self::Declined { reference }
            | Self::Processing { reference }
            | Self::Closing { reference, .. }
            | Self::GivenUp { reference }
            | Self::Closed { reference, .. }
            | Self::Assigned { reference, .. }
            | Self::Settled { reference, .. } => Some(reference),
            Self::Noticed { notice, .. } => notice.reference.as_ref(),
            Self::Announced { reference, .. }
            | Self::RefundIntended { reference, .. }
            | Self::RefundAnswered { reference, .. }
            | Self::RefundedByHand { reference, .. } => reference.as_ref(),
            Self::Standing { .. } => None,
        }
    }

    /// The refund this concerns.
    #[must_use]
    pub fn refund(&self) -> Option<&str> {
        match self {
            Self::RefundIntended { refund, .. }
            | Self::RefundAnswered { refund, .. }
            | Self::RefundedByHand { refund, .. } => Some(refund),
            Self::Intended { .. }
            | Self::Linked { .. }
            | Self::Shown { .. }
            | Self::Refused { .. }
            | Self::Declined { .. }
            | Self::Processing { .. }
            | Self::Closing { .. }
            | Self::GivenUp { .. }
            | Self::Closed { .. }
            | Self::Noticed { .. }
            | Self::Announced { .. }
            | Self::Assigned { .. }
            | Self::Settled { .. }
            | Self::Standing { .. } => None,
        }
    }

    /// The payment this concerns.
    #[must_use]
    pub fn payment(&self) -> Option<&PaymentKey> {
        match self {
            Self::Noticed { notice, .. } => Some(&notice.payment),
            Self::Announced { payment, .. }
            | Self::Assigned { payment, .. }
            | Self::RefundIntended { payment, .. }
            | Self::RefundAnswered { payment, .. }
            | Self::RefundedByHand { payment, .. } => Some(payment),
            Self::Intended { .. }
            | Self::Linked { .. }
            | Self::Shown { .. }
            | Self::Refused { .. }
            | Self::Declined { .. }
            | Self::Processing { .. }
            | Self::Closing { .. }
            | Self::GivenUp { .. }
            | Self::Closed { .. }
            | Self::Standing { .. }
            | Self::Settled { .. } => None,
        }
    }
}

/// What a payment is to a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Exactly the sale's amount, in time.
    Matched,
    /// Less than the sale's amount.
    Short,
    /// More than the sale's amount.
    Over,
    /// The sale was already closed or given up.
    Late,
    /// The sale had its payment.
    Duplicate,
    /// A reference this terminal does not know, or another currency than it asked for.
    Foreign,
    /// Money over the standing link.
    Counter,
}
