//! A webhook as it comes in, why it may not be believed, and what it tells.

use serde::Deserialize;
use serde::Serialize;

use super::answer::Payment;
use super::answer::Refund;
use crate::core::payment::Mode;

/// A webhook as it came in. Header names are as sent; compare them without case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawWebhook {
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl RawWebhook {
    /// All values of the header, in order. More than one of a signature header is an attack or a proxy's
    /// mistake; the adapter refuses it.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }
}

/// Why a webhook is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the {header} header is missing")]
    MissingSignature { header: &'static str },
    #[error("the {header} header came {count} times; a sender writes it once")]
    DoubledSignature { header: &'static str, count: usize },
    #[error("the {header} header is not of the form this system writes")]
    UnreadableSignature { header: &'static str },
    #[error("no signature matches; check that the endpoint's own secret is configured")]
    WrongSignature,
    /// Our own mistake, which no sender can mend.
    #[error("the configured webhook secret is none: {reason}")]
    UnusableSecret { reason: &'static str },
    /// The signature is right and the time is not: a replay, or our clock is wrong.
    #[error("signed {age_s} s ago, and the window is {window_s} s; check this machine's clock")]
    OutsideWindow { age_s: i64, window_s: i64 },
    /// The signature is right and the body is not what this system sends.
    #[error("signed, but not readable: {0}")]
    Unreadable(String),
}

/// What a verified webhook tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// The provider's id of the event; the same event may come many times.
    pub event: String,
    /// The event's type in the provider's own words.
    pub raw_kind: String,
    pub kind: EventKind,
    pub mode: Mode,
    pub at_unix_ms: i64,
    pub payment: Option<Payment>,
    /// The link concerned, where the event names one.
    pub link: Option<String>,
    pub refund: Option<Refund>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    LinkCreated,
    LinkChanged,
    PaymentSucceeded,
    PaymentPending,
    /// Final, where the adapter could tell; else `News::payment` has `declined`.
    PaymentFailed,
    PaymentExpired,
    RefundCreated,
    RefundSucceeded,
    RefundFailed,
    DisputeOpened,
    ConnectionChanged,
    /// Nothing that concerns a counter; `raw_kind` keeps the word.
    Other,
}
