//! One sale as the relay sees it: a link asked for, watched, and closed. A fold of facts.

use super::fact::Fact;
use crate::core::message::CloseReason;
use crate::core::message::Open;
use crate::core::message::Outcome;
use crate::core::reference::Reference;
use crate::port::provider::Request;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    pub reference: Reference,
    /// What the terminal asked for and the id of that document; absent for a tombstone.
    pub open: Option<(Open, String)>,
    /// The payment-link system it was opened at; empty for a tombstone.
    pub system: String,
    pub opened_unix_ms: i64,
    pub asked: Option<Asked>,
    pub link: Option<Linked>,
    pub refused: Option<String>,
    pub closing: Option<CloseReason>,
    pub closed: Option<Outcome>,
    /// A payment for it is money.
    pub paid: bool,
    pub told_processing: bool,
    pub told_declined: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub generation: u32,
    pub request: Request,
    pub at_unix_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    pub generation: u32,
    pub id: String,
    /// It is not the sale's own: a standing link, with the sale's name in its address.
    pub rides: bool,
    pub url: String,
    pub ends_unix_ms: i64,
}

impl Sale {
    #[must_use]
    pub fn new(reference: Reference) -> Self {
        Self {
            reference,
            open: None,
            system: String::new(),
            opened_unix_ms: 0,
            asked: None,
            link: None,
            refused: None,
            closing: None,
            closed: None,
            paid: false,
            told_processing: false,
            told_declined: false,
        }
    }

    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::Opened { open, request, system, at_unix_ms } => {
                self.system.clone_from(system);
                self.open = Some((open.clone(), request.clone()));
                self.opened_unix_ms = *at_unix_ms;
            }
            Fact::Asked { generation, request, at_unix_ms, .. } => {
                self.asked = Some(Asked {
                    generation: *generation,
                    request: request.clone(),
                    at_unix_ms: *at_unix_ms,
                });
            }
            Fact::Linked { generation, link, rides, url, ends_unix_ms, .. } => {
                self.link = Some(Linked {
                    generation: *generation,
                    id: link.clone(),
                    rides: *rides,
                    url: url.clone(),
                    ends_unix_ms: *ends_unix_ms,
                });
            }
            Fact::Refused { reason, .. } => self.refused = Some(reason.clone()),
            Fact::Tombstone { .. } => self.closed = Some(Outcome::Unpaid),
            Fact::Closing { why, .. } => self.closing = Some(*why),
            Fact::Closed { outcome, .. } => self.closed = Some(*outcome),
            Fact::Paid { payment, .. } => self.paid |= payment.status.is_money(),
            Fact::Received { .. }
            | Fact::Handled { .. }
            | Fact::Owed { .. }
            | Fact::Receipted { .. }
            | Fact::Journal { .. }
            | Fact::RefundOpened { .. }
            | Fact::RefundAsked { .. }
            | Fact::RefundSaid { .. }
            | Fact::RefundDoubted { .. }
            | Fact::Watched { .. }
            | Fact::Listed { .. }
            | Fact::Stands { .. } => {}
        }
    }

    /// Whether nothing more is to be asked of the provider for it.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.refused.is_some() || matches!(self.closed, Some(Outcome::Unpaid | Outcome::Paid))
    }

    /// Whether a customer may still be looking at its code.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.is_done() && self.closed.is_none() && self.closing.is_none()
    }

    /// The sale's link at the provider, where it has one of its own.
    #[must_use]
    pub fn own_link(&self) -> Option<&str> {
        self.link.as_ref().filter(|link| !link.rides).map(|link| link.id.as_str())
    }
}
