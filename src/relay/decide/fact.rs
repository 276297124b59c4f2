//! What the relay writes down. Append-only; the state at start is the fold of these.

use serde::Deserialize;
use serde::Serialize;

use super::event::EventId;
use crate::core::message::CloseReason;
use crate::core::message::Open;
use crate::core::message::Outcome;
use crate::core::message::Refund;
use crate::core::message::RefundSaid;
use crate::core::message::Word;
use crate::core::payment::LinkStatus;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::core::reference::TerminalId;
use crate::port::provider::News;
use crate::port::provider::Payment;
use crate::port::provider::Request;

/// One durable fact. Times are milliseconds since 1970 by the relay's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A terminal asked for a link at this system; `request` is its document's id.
    Opened {
        open: Open,
        request: String,
        system: String,
        at_unix_ms: i64,
    },
    /// Recorded before the provider is asked: the exact bytes that go out, and go out again.
    Asked {
        reference: Reference,
        generation: u32,
        request: Request,
        at_unix_ms: i64,
    },
    /// `link` is at `system`, the sale's own or the standing link on which it rides.
    Linked {
        reference: Reference,
        generation: u32,
        system: String,
        link: String,
        rides: bool,
        url: String,
        ends_unix_ms: i64,
    },
    /// There is no link and will be none.
    Refused {
        reference: Reference,
        reason: String,
    },
    /// A cancel for a reference never asked for: a later open for it is refused.
    Tombstone {
        reference: Reference,
        at_unix_ms: i64,
    },
    Closing {
        reference: Reference,
        why: CloseReason,
        at_unix_ms: i64,
    },
    Closed {
        reference: Reference,
        outcome: Outcome,
    },
    /// A verified webhook, recorded before it is answered 2xx.
    Received {
        system: String,
        news: News,
        at_unix_ms: i64,
    },
    /// Its consequences are recorded too; `ours` is false for a payment of somebody else's.
    Handled {
        event: EventId,
        ours: bool,
    },
    /// A payment as it is known now, and whose it is.
    Paid {
        payment: Payment,
        reference: Option<Reference>,
        terminal: Option<TerminalId>,
    },
    /// A document to send until its receipt comes.
    Owed {
        terminal: TerminalId,
        document: String,
        word: Word,
    },
    Receipted {
        terminal: TerminalId,
        document: String,
    },
    /// The journal a terminal has; another one under the same name is a replaced card.
    Journal {
        terminal: TerminalId,
        journal: String,
        at_unix_ms: i64,
    },
    /// A terminal asked for money to be given back.
    RefundOpened {
        terminal: TerminalId,
        refund: Refund,
        at_unix_ms: i64,
    },
    /// Recorded before the provider is asked: the exact bytes that go out, and go out again. `refunded` is
    /// what was known to be given back of the payment by then.
    RefundAsked {
        refund: String,
        payment: PaymentKey,
        generation: u32,
        request: Request,
        refunded: i64,
        at_unix_ms: i64,
    },
    /// What became of it; `at_provider` is the provider's own id of it.
    RefundSaid {
        refund: String,
        payment: PaymentKey,
        said: RefundSaid,
        reason: String,
        at_provider: Option<String>,
    },
    /// The provider's news says that a refund which was taken, or told as done, has failed. It is asked after
    /// until another `RefundSaid` follows.
    RefundDoubted {
        refund: String,
        payment: PaymentKey,
        reason: String,
    },
    /// This terminal's standing link is watched from here on; payments from before are history.
    Watched {
        terminal: TerminalId,
        system: String,
        link: String,
        at_unix_ms: i64,
    },
    /// All payments up to this time that came over this terminal's standing link are in the journal.
    Listed {
        terminal: TerminalId,
        through_unix_ms: i64,
    },
    /// What the terminal is told of its standing link, under a number that only goes up.
    Stands {
        terminal: TerminalId,
        status: LinkStatus,
        n: u64,
    },
}

impl Fact {
    /// The kind's name in the journal.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Asked { .. } => "asked",
            Self::Linked { .. } => "linked",
            Self::Refused { .. } => "refused",
            Self::Tombstone { .. } => "tombstone",
            Self::Closing { .. } => "closing",
            Self::Closed { .. } => "closed",
            Self::Received { .. } => "received",
            Self::Handled { .. } => "handled",
            Self::Paid { .. } => "paid",
            Self::Owed { .. } => "owed",
            Self::Receipted { .. } => "receipted",
            Self::Journal { .. } => "journal",
            Self::RefundOpened { .. } => "refund_opened",
            Self::RefundAsked { .. } => "refund_asked",
            Self::RefundSaid { .. } => "refund_said",
            Self::RefundDoubted { .. } => "refund_doubted",
            Self::Watched { .. } => "watched",
            Self::Listed { .. } => "listed",
            Self::Stands { .. } => "stands",
        }
    }

    /// Whether it may be written with the next fact that may not. Lost, it only makes the relay do again what may be done
    /// twice: send a document that is receipted again, or handle an event to the same end.
    #[must_use]
    pub fn may_be_late(&self) -> bool {
        match self {
            Self::Handled { .. } | Self::Receipted { .. } => true,
            Self::Opened { .. }
            | Self::Asked { .. }
            | Self::Linked { .. }
            | Self::Refused { .. }
            | Self::Tombstone { .. }
            | Self::Closing { .. }
            | Self::Closed { .. }
            | Self::Received { .. }
            | Self::Paid { .. }
            | Self::Owed { .. }
            | Self::Journal { .. }
            | Self::RefundOpened { .. }
            | Self::RefundAsked { .. }
            | Self::RefundSaid { .. }
            | Self::RefundDoubted { .. }
            | Self::Watched { .. }
            | Self::Listed { .. }
            | Self::Stands { .. } => false,
        }
    }

    /// What it is found by again: a sale's reference, a refund, a document, an event, a terminal or its link.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        match self {
            Self::Opened { open, .. } => Some(open.reference.to_string()),
            Self::Asked { reference, .. }
            | Self::Linked { reference, .. }
            | Self::Refused { reference, .. }
            | Self::Tombstone { reference, .. }
            | Self::Closing { reference, .. }
            | Self::Closed { reference, .. } => Some(reference.to_string()),
            Self::Received { system, news, .. } => Some(event_subject(system, &news.event)),
            Self::Handled { event, .. } => Some(event_subject(&event.system, &event.event)),
            Self::Paid { reference, .. } => reference.as_ref().map(Reference::to_string),
            Self::Owed { document, .. } | Self::Receipted { document, .. } => {
                Some(document_subject(document))
            }
            Self::Journal { terminal, .. } => Some(format!("terminal:{terminal}")),
            Self::RefundOpened { refund, .. } => Some(refund_subject(&refund.id)),
            Self::RefundAsked { refund, .. }
            | Self::RefundSaid { refund, .. }
            | Self::RefundDoubted { refund, .. } => Some(refund_subject(refund)),
            Self::Watched { terminal, .. }
            | Self::Listed { terminal, .. }
            | Self::Stands { terminal, .. } => Some(format!("standing:{terminal}")),
        }
    }

    /// The payment it tells of.
    #[must_use]
    pub fn payment(&self) -> Option<&PaymentKey> {
        match self {
            Self::Paid { payment, .. } => Some(&payment.key),
            Self::RefundOpened { refund, .. } => Some(&refund.payment),
            Self::RefundAsked { payment, .. }
            | Self::RefundSaid { payment, .. }
            | Self::RefundDoubted { payment, .. } => Some(payment),
            Self::Opened { .. }
            | Self::Asked { .. }
            | Self::Linked { .. }
            | Self::Refused { .. }
            | Self::Tombstone { .. }
            | Self::Closing { .. }
            | Self::Closed { .. }
            | Self::Received { .. }
            | Self::Handled { .. }
            | Self::Owed { .. }
            | Self::Receipted { .. }
            | Self::Journal { .. }
            | Self::Watched { .. }
            | Self::Listed { .. }
            | Self::Stands { .. } => None,
        }
    }

    /// Whether the subject is needed at the next start from here on; `None` changes nothing.
    #[must_use]
    pub fn live(&self) -> Option<bool> {
        match self {
            Self::Opened { .. }
            | Self::Received { .. }
            | Self::Owed { .. }
            | Self::Journal { .. }
            | Self::Watched { .. }
            | Self::Stands { .. }
            | Self::RefundOpened { .. }
            | Self::RefundDoubted { .. } => Some(true),
            Self::RefundSaid { said, .. } => said.is_final().then_some(false),
            Self::Closed { outcome: Outcome::Unpaid | Outcome::Paid, .. }
            | Self::Refused { .. }
            | Self::Handled { .. }
            | Self::Receipted { .. } => Some(false),
            Self::Closed { outcome: Outcome::Unsure, .. }
            | Self::Asked { .. }
            | Self::Linked { .. }
            | Self::Tombstone { .. }
            | Self::Closing { .. }
            | Self::Paid { .. }
            | Self::Listed { .. }
            | Self::RefundAsked { .. } => None,
        }
    }
}

/// Where the facts about a document are found.
#[must_use]
pub fn document_subject(document: &str) -> String {
    format!("document:{document}")
}

fn refund_subject(refund: &str) -> String {
    format!("refund:{refund}")
}

fn event_subject(system: &str, event: &str) -> String {
    format!("event:{system}:{event}")
}
