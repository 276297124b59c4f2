//! A payment-link system as the relay sees it. A provider does no I/O: it says what to send, reads what
//! came back, and verifies webhooks. Time-outs, sizes, retries and redaction are the HTTP client's.

mod answer;
mod capabilities;
mod exchange;
mod order;
mod webhook;

use serde::Deserialize;
use serde::Serialize;

use crate::core::money::Money;
use crate::core::payment::Mode;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::core::secret::Secret;
use crate::port::tokens::Tokens;

pub use self::answer::Answer;
pub use self::answer::Connection;
pub use self::answer::LinkState;
pub use self::answer::Page;
pub use self::answer::Payment;
pub use self::answer::PaymentMethod;
pub use self::answer::Refund;
pub use self::answer::Trouble;
pub use self::answer::Unsupported;
pub use self::capabilities::Capabilities;
pub use self::capabilities::Carrier;
pub use self::capabilities::Confirm;
pub use self::capabilities::Expiry;
pub use self::capabilities::Idempotency;
pub use self::capabilities::Lines;
pub use self::capabilities::OpenAmount;
pub use self::capabilities::Refunds;
pub use self::capabilities::Strategy;
pub use self::exchange::Base;
pub use self::exchange::BaseUrls;
pub use self::exchange::Body;
pub use self::exchange::Method;
pub use self::exchange::Request;
pub use self::exchange::Response;
pub use self::order::After;
pub use self::order::Change;
pub use self::order::ConnectOrder;
pub use self::order::CustomerField;
pub use self::order::Ends;
pub use self::order::Line;
pub use self::order::LinkOrder;
pub use self::order::Need;
pub use self::order::Purpose;
pub use self::order::Terms;
pub use self::webhook::EventKind;
pub use self::webhook::News;
pub use self::webhook::RawWebhook;
pub use self::webhook::Refusal;

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
    /// `Trouble::Unsure`, never a guess. What holds for the items of a list is said at `Page`.
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
    /// Gives `amount` (all that is left, if absent) back. `reason` is one of the system's own words or a
    /// text of ours for its records; a system that takes none is `Unsupported`. `key` is the idempotency key.
    Refund {
        payment: String,
        /// The link it came over, where that is known: some systems find a payment only by it.
        link: Option<String>,
        amount: Option<Money>,
        #[serde(default)]
        reason: Option<String>,
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
