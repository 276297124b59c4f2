//! The bank's own account of the money, in no system's words: what checkers compare everything else with.

use serde::Deserialize;
use serde::Serialize;

use crate::core::money::Money;
use crate::sandbox::bank::model::Metadata;
use crate::sandbox::bank::model::PaymentStatus;
use crate::sandbox::bank::model::RefundStatus;
use crate::sandbox::bank::world::World;

/// All links, payments and refunds, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    pub links: Vec<LedgerLink>,
    pub payments: Vec<LedgerPayment>,
    pub refunds: Vec<LedgerRefund>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLink {
    pub id: String,
    pub url: String,
    pub active: bool,
    /// Completed checkouts, and how many there may be.
    pub completed: u32,
    pub limit: Option<u32>,
    pub metadata: Metadata,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerPayment {
    pub id: String,
    pub link: String,
    pub checkout: String,
    pub status: PaymentStatus,
    /// What was to be paid; paid if the status is `succeeded`.
    #[serde(flatten)]
    pub amount: Money,
    /// Minor units given back, or taken to be.
    pub refunded: i64,
    /// What the page's URL carried.
    pub reference: Option<String>,
    pub metadata: Metadata,
    pub at_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRefund {
    pub id: String,
    pub payment: String,
    #[serde(flatten)]
    pub amount: Money,
    pub status: RefundStatus,
    pub at_ms: i64,
}

impl Ledger {
    pub(super) fn of(world: &World, public_url: &str) -> Self {
        let links = world.links.iter().map(|link| LedgerLink {
            id: link.id.clone(),
            url: link.url(public_url),
            active: link.active,
            completed: link.completed,
            limit: link.limit,
            metadata: link.metadata.clone(),
        });
        let payments = world.payments.iter().map(|payment| LedgerPayment {
            id: payment.id.clone(),
            link: payment.link.clone(),
            checkout: payment.checkout.clone(),
            status: payment.status,
            amount: payment.amount,
            refunded: payment.refunded,
            reference: payment.reference.clone(),
            metadata: payment.metadata.clone(),
            at_ms: payment.last_attempt().map_or(payment.created_ms, |attempt| attempt.at_ms),
        });
        let refunds = world.refunds.iter().map(|refund| LedgerRefund {
            id: refund.id.clone(),
            payment: refund.payment.clone(),
            amount: refund.amount,
            status: refund.status,
            at_ms: refund.created_ms,
        });
        Self { links: links.collect(), payments: payments.collect(), refunds: refunds.collect() }
    }
}
