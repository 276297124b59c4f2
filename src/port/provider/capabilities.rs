//! What a payment-link system can do, as data.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::order::CustomerField;
use super::order::Purpose;
use crate::core::money::Currency;

/// What a system can do, as data that the rest obeys and `qrtill link capabilities` prints.
#[derive(Clone, Debug)]
pub struct Capabilities {
    pub strategies: &'static [Strategy],
    /// What a link may be for, besides a plain amount.
    pub purposes: &'static [Purpose],
    pub open_amount: Option<OpenAmount>,
    /// Whether a link is made of items, with their quantities and, where `vat` is true, their tax.
    pub lines: Option<Lines>,
    /// Whether a reusable link can be bounded to a number of payments.
    pub max_payments: bool,
    pub expiry: Expiry,
    pub reference: Carrier,
    /// What the hosted page can ask of the customer.
    pub customer_fields: &'static [CustomerField],
    /// Whether the customer can be led elsewhere after the payment, and whether words of ours can be shown.
    pub redirect: bool,
    pub thanks: bool,
    /// Whether a link can be changed besides being switched off.
    pub update: bool,
    pub deactivate: bool,
    pub reactivate: bool,
    /// Checkouts that a customer has opened outlive the link's deactivation and are closed one by one.
    pub open_checkouts: bool,
    pub list_payments: bool,
    /// Whether that list has those that customers began and did not finish.
    pub list_unpaid: bool,
    pub refunds: Refunds,
    /// How soon a webhook has to be acknowledged.
    pub acknowledge_within: Duration,
    /// Whether news is confirmed by asking before it is believed, whatever the configuration says.
    pub confirm: Confirm,
    pub idempotency: Option<Idempotency>,
    /// The system's own words that `--option` takes, and what they do.
    pub options: &'static [(&'static str, &'static str)],
    /// The least a payment may be, in minor units, where the system has a common one.
    pub minimum: fn(Currency) -> i64,
    pub maximum: fn(Currency) -> i64,
    /// The longest realistic link of this system, for the planner and the sample pictures.
    pub sample_url: &'static str,
}

/// Which parts of an amount that the customer types can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenAmount {
    pub bounds: bool,
    pub preset: bool,
    pub suggestions: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    pub vat: bool,
}

/// Who ends a link by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// The system, when the order says.
    Ordered,
    /// The system, when it chooses.
    Chosen,
    /// Nobody: a link is payable until it is switched off.
    Never,
}

/// What carries a sale's reference there and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    Metadata,
    /// A field of its own.
    Field,
    /// The text of the link's only item.
    ItemText,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refunds {
    Api {
        partial: bool,
    },
    /// By hand, elsewhere: `advice` says where.
    Manual {
        advice: &'static str,
    },
}

/// When news of a webhook is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// A part of its scheme is our reading, or it does not say which payment moved: always ask first.
    Always,
    /// Its signature is enough, unless the configuration wants more.
    Optional,
}

/// How a repeated order gives back the first link instead of a second one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idempotency {
    pub header: &'static str,
    /// Absent where the system does not say how long: then a link is looked for before it is ordered again.
    pub life: Option<Duration>,
}

impl Capabilities {
    /// How long the same bytes may go out again without making a second link.
    #[must_use]
    pub fn key_life(&self) -> Duration {
        self.idempotency.and_then(|idempotency| idempotency.life).unwrap_or_default()
    }
}

/// How a keyed amount becomes a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// A link per sale. Every system can, so this is what a configuration without the word means.
    #[default]
    OneOff,
    /// The reusable link with the sale's reference; the amount is proposed and compared afterwards.
    Reference,
}
