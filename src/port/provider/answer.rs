//! What an answer of a payment-link system means.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::Ask;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::core::payment::LinkStatus;
use crate::core::payment::PaymentKey;
use crate::core::payment::PaymentStatus;
use crate::core::payment::RefundStatus;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Link(LinkState),
    Links(Page<LinkState>),
    Checkouts(Page<String>),
    Payment(Payment),
    Payments(Page<Payment>),
    Refund(Refund),
    Refunds(Page<Refund>),
    Connection(Connection),
    PaymentMethods(Vec<PaymentMethod>),
    /// One request was not enough: ask this next. Its answer is the answer to the first question.
    Then(Box<Ask>),
    Done,
}

/// A part of a list. Adapters keep this rule about items that they did not expect, made by somebody else on
/// the same account or in a shape that nobody knows:
///
/// * An item that certainly is not what was asked about is left out, readable or not. Certain is what the item
///   itself says: it names another link (of refunds: another payment), or it is in the other mode and names
///   nothing. In a list of links certain is also a link that cannot be read and mentions no sale's reference.
/// * An item that may be what was asked about and cannot be read makes the whole answer `Trouble::Unsure`. So
///   does an item that names what was asked about and contradicts it, such as by the other mode.
/// * Where a list is not the link's own by its address, a payment belongs to the link only if it names it, or
///   if it carries a sale's reference, which then says whose it is. One with neither is not taken for the
///   link's, since it may be another customer's money, and not left out, since it may be this one's: a sale
///   must be said neither paid nor unpaid because of it. The answer is `Unsure`, with what to do about it.
///
/// So a page may be empty and yet have a `next`: nothing may be concluded from it but that the list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// What to ask for the next page with; absent on the last.
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkState {
    pub id: String,
    pub url: String,
    pub status: LinkStatus,
    pub kind: LinkKind,
    /// Absent where the system does not repeat it.
    pub amount: Option<AmountKind>,
    /// The sale's reference as the system gave it back.
    pub reference: Option<String>,
    /// How often it was paid, where the system counts.
    pub payments: Option<u32>,
    pub title: Option<String>,
    /// Where time ends it.
    pub ends_unix_ms: Option<i64>,
}

impl LinkState {
    /// The status now: a link past its end is expired although the object, made before, may not say so. One
    /// that was paid to its limit stays that.
    #[must_use]
    pub fn status_at(&self, now_unix_ms: i64) -> LinkStatus {
        let over = self.ends_unix_ms.is_some_and(|ends| ends <= now_unix_ms);
        let ends = matches!(self.status, LinkStatus::Active | LinkStatus::Busy | LinkStatus::Deactivated);
        if over && ends { LinkStatus::Expired } else { self.status.clone() }
    }
}

/// How a merchant stands with whoever moves the money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// The system's own word.
    pub status: String,
    /// Whether links can be paid.
    pub enabled: bool,
    /// Where the merchant goes on in a browser.
    pub location: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentMethod {
    pub name: String,
    pub enabled: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub key: PaymentKey,
    pub status: PaymentStatus,
    /// What the customer pays or paid, not what was asked for.
    pub amount: Money,
    /// Minor units given back so far.
    pub refunded: i64,
    /// Our reference as the system gave it back; not necessarily one of ours.
    pub reference: Option<String>,
    pub link: Option<String>,
    pub at_unix_ms: i64,
    /// The last attempt was declined and another may follow.
    pub declined: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub id: String,
    pub payment: String,
    pub amount: Money,
    pub status: RefundStatus,
    /// Why it failed, in the provider's words.
    pub reason: Option<String>,
}

/// The decision that follows from an answer that is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// A final no: nothing happened and nothing will.
    #[error("refused: {message}")]
    Refused { code: Option<String>, message: String },
    /// Nothing happened; ask again later.
    #[error("busy: {message}")]
    Busy { wait: Option<Duration>, message: String },
    /// Our key is wrong or lacks a right: an operator must act.
    #[error("not permitted: {message}")]
    Denied { message: String },
    #[error("there is no such thing at the provider: {message}")]
    Missing { message: String },
    /// It may have happened. Only asking again tells.
    #[error("no clear answer: {message}")]
    Unsure { message: String },
}

/// The system has nothing of the kind; `advice` says what a person can do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{provider} cannot do this: {advice}")]
pub struct Unsupported {
    pub provider: &'static str,
    pub advice: &'static str,
}
