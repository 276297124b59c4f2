//! What terminal and relay say to each other: the contents of the signed documents, without signature,
//! envelope or topic. Amounts are minor units, `_s` are seconds, `_unix_ms` milliseconds since 1970.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::money::Currency;
use super::money::Money;
use super::payment::LinkStatus;
use super::payment::PaymentKey;
use super::payment::PaymentStatus;
use super::reference::Reference;

/// Terminal to relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    Open(Open),
    Cancel(Cancel),
    Sync(Sync),
    Receipt(Receipt),
    Refund(Refund),
}

impl Request {
    /// The one sale it is about, where it is about one.
    #[must_use]
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Open(open) => Some(&open.reference),
            Self::Cancel(cancel) => Some(&cancel.reference),
            Self::Refund(refund) => refund.reference.as_ref(),
            Self::Sync(_) | Self::Receipt(_) => None,
        }
    }
}

/// Asks for a payable link. Resent with the same document id until answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    pub reference: Reference,
    pub amount: i64,
    pub currency: Currency,
    /// How long the code may be shown once it is there.
    pub ttl_s: u32,
    /// The terminal's journal: a new one under a known name is a replaced card.
    pub journal: String,
}

impl Open {
    #[must_use]
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }
}

/// Gives a sale up: withdraw the link and say how it ended. Resent until `closed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    pub reference: Reference,
    pub why: CloseReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The cashier pressed cancel.
    Cancelled,
    /// The code's time ran out.
    Expired,
    /// Money came; the link is withdrawn so that it takes no second payment.
    Paid,
    /// No usable link came: none in time, or one that was not what was asked for.
    NoLink,
}

/// Sent after every connect, and every 30 s while a sale is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    /// Fresh for this connection; `Synced` must echo it.
    pub nonce: String,
    pub journal: String,
    /// The relay's stream this terminal knows; empty before the first.
    pub stream: String,
    /// The highest notice number with no gap below it; the relay sends everything above again.
    pub have: u64,
    /// Sales this terminal still waits for.
    pub open: Vec<Reference>,
}

/// These documents are on my disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Document ids, at most 100.
    pub ids: Vec<String>,
}

/// Gives money back. Resent with the same document id until it is answered; the relay asks the provider once
/// under `id`, however often it comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// Minted by the terminal as a reference is: unique for ever, and it names its terminal.
    pub id: String,
    pub payment: PaymentKey,
    /// The sale it was for; absent for money that came over the standing link.
    pub reference: Option<Reference>,
    pub amount: i64,
    pub currency: Currency,
}

impl Refund {
    #[must_use]
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }
}

/// Relay to terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    Link(Link),
    Notice(Notice),
    Answer(Answer),
    Standing(StandingState),
    Synced(Synced),
    Heartbeat(Heartbeat),
    Refunded(Refunded),
}

/// The payable link for one sale. Shown only if it repeats exactly what the terminal journaled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    pub reference: Reference,
    /// The id of the `Open` document this answers.
    pub request: String,
    pub amount: i64,
    pub currency: Currency,
    pub url: String,
    /// Which attempt at a link this is, from 1. A higher one replaces a lower one.
    pub generation: u32,
}

impl Link {
    #[must_use]
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }
}

/// Verified news of a payment. Numbered without gaps within a stream; its document id is unique for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    pub stream: String,
    pub n: u64,
    pub payment: PaymentKey,
    pub status: PaymentStatus,
    pub amount: i64,
    pub currency: Currency,
    /// Minor units given back so far.
    pub refunded: i64,
    /// The sale it names; absent for money that came in over the standing link.
    pub reference: Option<Reference>,
    /// When the provider says it was paid.
    pub at_unix_ms: i64,
    /// History told again to a new journal: booked, never announced.
    pub replay: bool,
}

impl Notice {
    #[must_use]
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }
}

/// How the relay fares with a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub reference: Reference,
    pub said: Said,
    /// A sentence for the cashier's line and the log.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// There is no link and will be none.
    Refused,
    /// The provider did not answer; a link may exist. The relay goes on asking.
    Unsure,
    /// The customer has paid and the bank is at work on it: not money yet.
    Processing,
    /// A declined attempt. The link stays open.
    AttemptFailed,
    Closed(Outcome),
}

/// What the provider says of a closed link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Unpaid,
    Paid,
    Unsure,
}

/// What became of a refund. The last word follows a first one that is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refunded {
    /// The id of the `Refund`.
    pub id: String,
    pub payment: PaymentKey,
    pub said: RefundSaid,
    /// A sentence for the cashier: why not, or where it is done by hand.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundSaid {
    /// The provider has given it back.
    Done,
    /// The provider has taken it; the bank is at work on it.
    Pending,
    /// Nothing was given back and nothing will be.
    Refused,
    /// This system gives money back in its dashboard only.
    Unsupported,
    /// The provider did not answer; it may have happened. The relay goes on asking.
    Unsure,
}

impl RefundSaid {
    /// Whether nothing more will be said of it.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Done | Self::Refused | Self::Unsupported => true,
            Self::Pending | Self::Unsure => false,
        }
    }
}

/// Whether customers can pay over the terminal's standing link. It only ever takes the code off or gives it
/// back; which link is shown is the terminal's own configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingState {
    pub url: String,
    pub status: LinkStatus,
    /// Only goes up, over the loss of a relay's journal too, since it is at least the relay's clock in
    /// milliseconds: a state that comes late changes nothing.
    pub n: u64,
}

/// Answers `Sync`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Synced {
    pub nonce: String,
    /// The relay's present start: only heartbeats of this start keep this connection armed.
    pub start: String,
    pub stream: String,
    /// The payment-link system that the terminal's sales go to.
    pub system: String,
    /// The address of the terminal's standing link, which the relay watches; absent where it has none. Only a
    /// code of this very address may be shown while nothing is sold.
    pub standing: Option<String>,
    /// The highest number given out in this stream.
    pub upto: u64,
    /// What is known of each sale the terminal named.
    pub open: Vec<StillOpen>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StillOpen {
    pub reference: Reference,
    /// Seconds its code may still be shown; 0 when it may not.
    pub remaining_s: u32,
    /// False for a reference the relay has never been asked for.
    pub known: bool,
}

/// Every 10 s. Only a counted, signed, fresh one keeps a terminal armed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// +1 each; a terminal takes only a higher one than it has seen within a stream and start.
    pub count: u64,
    /// Drawn at each start of the relay; of two the later sorts after the earlier.
    pub start: String,
    /// The relay's numbered notices are of this stream.
    pub stream: String,
    /// The journal is writable, and one payment-link system at least is heard.
    pub serving: bool,
    /// The systems at which nothing can be paid now: never heard since the start, or not for a minute while sales
    /// are open; or our key is refused there, or the merchant's connection is off.
    pub silent: Vec<String>,
}
