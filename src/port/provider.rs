//! A payment-link system as the relay sees it. A provider does no I/O: it says what to send, reads what
//! came back, and verifies webhooks. Time-outs, sizes, retries and redaction are the HTTP client's.

use std::collections::BTreeMap;
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
use crate::port::tokens::Tokens;

/// One of the payment-link systems. The pair `request` and `read` belongs together: what one asked, the
/// other reads. Both are pure.
pub trait Provider: Send + Sync {
    fn name(&self) -> &'static str;

    fn capabilities(&self) -> &'static Capabilities;

    /// Whether the configured key moves real money.
    fn mode(&self) -> Mode;

    /// Names the account where several are in use at one system; empty where one key means one account.
    fn account(&self) -> &str {
        ""
    }

    /// What makes the payment of this id itself.
    fn key(&self, id: &str) -> PaymentKey {
        PaymentKey {
            provider: self.name().to_owned(),
            account: self.account().to_owned(),
            mode: self.mode(),
            id: id.to_owned(),
        }
    }

    /// What to send for `ask`. The request holds no credentials, so it may be journaled.
    fn request(&self, ask: &Ask) -> Result<Request, Unsupported>;

    /// The credentials to add to every request just before it leaves. `access` is the present access token
    /// of a system that gives those out, and absent for one whose key is the credential.
    fn credentials(&self, access: Option<&Secret>) -> Vec<(&'static str, Secret)>;

    /// How this system gives out access tokens. Absent where the configured key is the credential itself.
    fn tokens(&self) -> Option<&dyn Tokens> {
        None
    }

    /// What the answer to `ask` means. An amount, status or id that is missing or unreadable is
    /// `Trouble::Unsure`, never a guess.
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Trouble>;

    /// Checks the signature over the raw body first and parses only then. `secrets` may hold several
    /// while one is being rotated; any of them is good enough. `now_unix_s` is our wall clock.
    fn verify(&self, hook: &RawWebhook, secrets: &[Secret], now_unix_s: i64) -> Result<News, Refusal>;

    /// Whether webhooks can be verified with this secret at all, for whoever configures one.
    fn check_secret(&self, secret: &Secret) -> Result<(), Refusal> {
        let _ = secret;
        Ok(())
    }

    /// What to ask to find out whether this news is so. `None`: it concerns no money and no link.
    fn confirm(&self, news: &News) -> Option<Ask> {
        let refunded = news.refund.as_ref().map(|refund| &refund.payment);
        let payment = news.payment.as_ref().map(|payment| &payment.key.id).or(refunded);
        match (payment, &news.link) {
            (Some(payment), _) => Some(Ask::GetPayment { payment: payment.clone() }),
            (None, Some(link)) => Some(Ask::ListPayments { link: link.clone(), cursor: None }),
            (None, None) => None,
        }
    }

    /// The reusable link's URL for one sale, under `Strategy::Reference`: it carries the reference and, where
    /// the system takes one, a proposed amount. Neither binds the customer; what came is compared afterwards.
    fn sale_url(&self, link_url: &str, reference: &Reference, amount: Money) -> Result<String, Unsupported> {
        let _ = (link_url, reference, amount);
        Err(Unsupported { provider: self.name(), advice: "its links take no reference; use a link per sale" })
    }
}

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
    UpdateLink {
        link: String,
        change: Change,
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
        /// The link it came over, where that is known: some systems find a payment only by it.
        link: Option<String>,
        amount: Option<Money>,
        key: String,
    },
    ListRefunds {
        payment: String,
        cursor: Option<String>,
    },
    /// How the merchant's account stands with whoever moves the money.
    Connection,
    Connect(ConnectOrder),
    PaymentMethods,
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
    pub terms: Terms,
}

/// What a link may have besides its amount and title. What a system does not have is `Unsupported`, never
/// left away in silence, except `ends` of a sale, which the relay keeps as well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    pub purpose: Purpose,
    pub description: Option<String>,
    pub ends: Option<Ends>,
    /// The items; empty for one item of the whole amount. Their gross sum is the link's fixed amount.
    pub lines: Vec<Line>,
    /// Amounts in minor units that the page proposes, on an open amount.
    pub suggestions: Vec<i64>,
    pub metadata: BTreeMap<String, String>,
    pub customer: BTreeMap<CustomerField, Need>,
    pub after: Option<After>,
    /// In the system's own words.
    pub options: BTreeMap<String, String>,
}

/// One moment said in two ways. The relative one does not depend on our clock; systems take one or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    pub at_unix_ms: i64,
    pub after_s: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub title: String,
    pub quantity: u32,
    /// Minor units of one, without tax.
    pub unit: i64,
    /// Tax in hundredths of a percent, on top.
    pub vat_bp: u32,
}

/// What a link is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    #[default]
    Payment,
    Product,
    Subscription,
    Invoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CustomerField {
    BusinessName,
    Name,
    Email,
    Phone,
    BillingAddress,
    ShippingAddress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    Optional,
    Required,
}

/// What follows a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    Thanks(String),
    Redirect(String),
}

/// What to change on a link; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    pub title: Option<String>,
    pub description: Option<String>,
    pub amount: Option<AmountKind>,
    pub max_payments: Option<u32>,
    pub ends_unix_ms: Option<i64>,
    pub metadata: BTreeMap<String, String>,
    pub after: Option<After>,
    pub options: BTreeMap<String, String>,
}

/// What the merchant tells whoever is to move the money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectOrder {
    /// Where the merchant's browser is sent back to.
    pub return_url: String,
    pub bank_account: String,
    /// E.164.
    pub phone: String,
    pub business: String,
    pub website: Option<String>,
}

/// An HTTP request without credentials: the same value gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    #[serde(default)]
    pub base: Base,
    pub method: Method,
    /// Absolute path and query below that base URL, already percent-encoded.
    pub path: String,
    /// Headers other than credentials, such as the version and the idempotency key.
    pub headers: Vec<(String, String)>,
    pub body: Option<Body>,
}

/// Which of a system's hosts a request is for. A host's address is never journaled: it may move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    #[default]
    Main,
    /// Where a system keeps payments apart from links.
    Payments,
}

/// Where a system is reached: scheme and host, and a path where one stands before every request's path,
/// without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrls {
    pub main: String,
    /// Absent where the main one serves payments too.
    pub payments: Option<String>,
}

impl BaseUrls {
    /// One host for everything.
    #[must_use]
    pub fn one(main: &str) -> Self {
        Self { main: main.trim_end_matches('/').to_owned(), payments: None }
    }

    #[must_use]
    pub fn of(&self, base: Base) -> &str {
        match (base, &self.payments) {
            (Base::Payments, Some(payments)) => payments,
            (Base::Main, _) | (Base::Payments, None) => &self.main,
        }
    }
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
    Connection(Connection),
    PaymentMethods(Vec<PaymentMethod>),
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
