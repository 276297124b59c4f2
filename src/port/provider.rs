//! A payment-link system as the relay sees it. A provider does no I/O: it says what to send, reads what
//! came back, and verifies webhooks. Time-outs, sizes, retries and redaction are the HTTP client's.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::core::payment::LinkStatus;
use crate::core::payment::Mode;
use crate::core::payment::PaymentKey;
use crate::core::payment::PaymentStatus;
use crate::core::payment::RefundStatus;
use crate::core::reference::Reference;
use crate::core::secret::Secret;

/// One of the payment-link systems. The pair `request` and `read` belongs together: what one asked, the
/// other reads. Both are pure.
pub trait Provider: Send + Sync {
    fn name(&self) -> &'static str;

    fn capabilities(&self) -> &'static Capabilities;

    /// Whether the configured key moves real money.
    fn mode(&self) -> Mode;

    /// What to send for `ask`. The request holds no credentials, so it may be journaled.
    fn request(&self, ask: &Ask) -> Result<Request, Unsupported>;

    /// The credentials to add to every request just before it leaves.
    fn credentials(&self) -> Vec<(&'static str, Secret)>;

    /// What the answer to `ask` means. An amount, status or id that is missing or unreadable is
    /// `Trouble::Unsure`, never a guess.
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Trouble>;

    /// Checks the signature over the raw body first and parses only then. `secrets` may hold several
    /// while one is being rotated; any of them is good enough. `now_unix_s` is our wall clock.
    fn verify(&self, hook: &RawWebhook, secrets: &[Secret], now_unix_s: i64) -> Result<News, Refusal>;

    /// How long the same idempotency key gives back the same link instead of a second one.
    fn key_life(&self) -> Option<Duration>;

    /// The reusable link's URL for one sale, under `Strategy::Reference`: it carries the reference and, where
    /// the system takes one, a proposed amount. Neither binds the customer; what came is compared afterwards.
    fn sale_url(&self, link_url: &str, reference: &Reference, amount: Money) -> Result<String, Unsupported> {
        let _ = (link_url, reference, amount);
        Err(Unsupported { provider: self.name(), advice: "its links take no reference; use a link per sale" })
    }
}

/// What a system can do, as data that the rest obeys.
#[derive(Clone, Debug)]
pub struct Capabilities {
    pub strategies: &'static [Strategy],
    pub deactivate: bool,
    /// Checkouts that a customer has opened outlive the link's deactivation and are closed one by one.
    pub open_checkouts: bool,
    pub list_payments: bool,
    pub refunds: bool,
    pub webhooks: bool,
    /// The least a payment may be, in minor units, where the system has a common one.
    pub minimum: fn(Currency) -> i64,
    pub maximum: fn(Currency) -> i64,
    /// The longest realistic link of this system, for the planner and the sample pictures.
    pub sample_url: &'static str,
}

/// How a keyed amount becomes a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// A link per sale.
    OneOff,
    /// The reusable link with the sale's reference; the amount is proposed and compared afterwards.
    Reference,
}

/// A question to the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    CreateLink(LinkOrder),
    /// The rest of `CreateLink` in a system that makes something else first: `part` is that thing's id.
    CreateLinkFrom {
        order: LinkOrder,
        part: String,
    },
    GetLink {
        link: String,
    },
    ListLinks {
        active: Option<bool>,
        cursor: Option<String>,
    },
    SetActive {
        link: String,
        active: bool,
    },
    /// Checkouts of this link that a customer has opened and not finished.
    OpenCheckouts {
        link: String,
        cursor: Option<String>,
    },
    ExpireCheckout {
        checkout: String,
    },
    /// Payments made over this link, newest first.
    ListPayments {
        link: String,
        cursor: Option<String>,
    },
    GetPayment {
        payment: String,
    },
    /// Gives `amount` (all that is left, if absent) back. `key` is the idempotency key.
    Refund {
        payment: String,
        amount: Option<Money>,
        key: String,
    },
    ListRefunds {
        payment: String,
        cursor: Option<String>,
    },
}

/// What link to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkOrder {
    pub kind: LinkKind,
    pub amount: AmountKind,
    /// What the customer reads on the hosted page.
    pub title: String,
    /// The sale, for a one-off link.
    pub reference: Option<Reference>,
    /// Sent as the idempotency key, `<reference>.<generation>` for a sale.
    pub key: String,
}

/// An HTTP request without credentials: the same value gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub method: Method,
    /// Absolute path and query below the system's base URL, already percent-encoded.
    pub path: String,
    /// Headers other than credentials, such as the version and the idempotency key.
    pub headers: Vec<(String, String)>,
    pub body: Option<Body>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    pub content_type: String,
    pub text: String,
}

/// An HTTP answer that arrived whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Link(LinkState),
    Links(Page<LinkState>),
    Checkouts(Page<String>),
    Payment(Payment),
    Payments(Page<Payment>),
    Refund(Refund),
    Refunds(Page<Refund>),
    /// One request was not enough: ask this next. Its answer is the answer to the first question.
    Then(Box<Ask>),
    Done,
}

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
