//! Everything a screen can say, without a pixel or a word of any language.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::device::Missing;
use super::fact::Verdict;
use super::message::CloseReason;
use super::money::Currency;
use super::money::Money;
use super::payment::PaymentKey;
use super::reference::Reference;

/// What the panel shows: one scene, at most one strip of news about something else, and the keys that do
/// something now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub scene: Scene,
    pub strip: Option<Strip>,
    /// What a person has to plug in; a strip goes before it.
    pub missing: Option<Missing>,
    /// In the order to print them.
    pub hints: Vec<Hint>,
}

/// One thing the screen can say. Times are milliseconds since 1970; `_s` are seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scene {
    Starting,
    /// Nothing is going on. `standing` is the counter's reusable link, when it may be shown; `closed` where
    /// there is one that nobody can pay over any more.
    Idle {
        standing: Option<String>,
        closed: bool,
    },
    /// The amount as it is typed; `refused` says why the last key changed nothing.
    Entering {
        amount: Money,
        refused: Option<EntryRefusal>,
    },
    /// Above the soft limit: "are you sure?"
    Confirm {
        amount: Money,
    },
    Preparing {
        amount: Money,
    },
    /// The code. `left_s` once the time is nearly over; `declined` after a failed attempt.
    Scan {
        amount: Money,
        url: String,
        left_s: Option<u32>,
        declined: bool,
    },
    /// The bank is at work; not money yet.
    Processing {
        amount: Money,
    },
    /// The code is off the panel and the provider is being asked.
    Closing {
        amount: Money,
        why: CloseReason,
    },
    /// Without a reference: a payment over the standing link.
    Paid {
        amount: Money,
        reference: Option<Reference>,
    },
    Short {
        due: Money,
        received: Money,
    },
    Over {
        due: Money,
        received: Money,
    },
    /// Money for the sale on the screen, after it was closed or given up.
    Late {
        amount: Money,
        opened_unix_ms: i64,
    },
    /// The sale on the screen was paid more than once.
    Duplicate {
        amount: Money,
        extra: Money,
    },
    Expired {
        amount: Money,
    },
    /// `shown` where its code was, or may have been, in front of a customer; else nobody can have paid.
    Failed {
        amount: Money,
        shown: bool,
    },
    Cancelled {
        amount: Money,
    },
    /// Nobody knows yet. `in_progress` when the bank has the payment but not said the last word.
    Unknown {
        amount: Money,
        in_progress: bool,
    },
    /// No code is shown, since no result could come back. `amount` is what waits, if anything does; `shown`
    /// where its code was, or may have been, in front of a customer, who may have paid.
    Unavailable {
        why: Deaf,
        amount: Option<Money>,
        shown: bool,
    },
    /// A counter payment of exactly the open sale's amount: is it this customer's?
    Ask {
        amount: Money,
    },
    /// `typed` digits so far, never which; `wrong` after a wrong PIN.
    Pin {
        typed: u8,
        wrong: bool,
        act: PinAct,
    },
    /// How much of a payment to give back: `left` is what is there. `refused` says why Enter would do nothing.
    Refund {
        paid: Money,
        left: Money,
        amount: Money,
        refused: Option<EntryRefusal>,
    },
    /// It has been asked for; nobody knows yet.
    Refunding {
        amount: Money,
    },
    /// It is given back; `pending` while the bank is at work on it.
    Refunded {
        amount: Money,
        pending: bool,
    },
    /// Nothing was given back. `reason` is the payment-link system's sentence or the relay's.
    RefundRefused {
        amount: Money,
        reason: String,
    },
    /// This system gives back in its dashboard only: `system` is its name in the configuration.
    RefundByHand {
        amount: Money,
        system: String,
    },
    /// The answer is still to come: it may have been given back.
    RefundUnknown {
        amount: Money,
    },
    /// One of the last payments, picked to do something with it. `left` is what can be given back.
    Payment {
        row: PaymentRow,
        left: Money,
    },
    /// The newest first; `picked` is the row under the cursor.
    LastPayments {
        rows: Vec<PaymentRow>,
        picked: usize,
    },
    /// A factory-fresh terminal: the code to read out to the operator, and what it is compared by.
    Pairing {
        code: String,
        fingerprint: String,
        state: Pairing,
    },
    Paused,
    /// An operator's words.
    Message {
        text: String,
    },
}

/// How far a terminal is that waits to be admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// It has said so to the broker.
    Waiting,
    /// There is no connection to the broker. The code is good all the same.
    NoBroker,
    /// It knows no account to ask by: request and answer are carried in files.
    ByHand,
    /// An answer came that was not made with this code.
    Foreign,
    /// The operator's answer does not go with the terminal's own file.
    Refused,
}

impl Scene {
    /// The scene's name in the scripted interface. Stable: scenes may be added, none is renamed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Idle { .. } => "idle",
            Self::Entering { .. } => "entering",
            Self::Confirm { .. } => "confirm",
            Self::Preparing { .. } => "preparing",
            Self::Scan { .. } => "scan",
            Self::Processing { .. } => "processing",
            Self::Closing { .. } => "closing",
            Self::Paid { .. } => "paid",
            Self::Short { .. } => "short",
            Self::Over { .. } => "over",
            Self::Late { .. } => "late",
            Self::Duplicate { .. } => "duplicate",
            Self::Expired { .. } => "expired",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
            Self::Unknown { .. } => "unknown",
            Self::Unavailable { .. } => "unavailable",
            Self::Ask { .. } => "ask",
            Self::Pin { .. } => "pin",
            Self::Refund { .. } => "refund",
            Self::Refunding { .. } => "refunding",
            Self::Refunded { .. } => "refunded",
            Self::RefundRefused { .. } => "refund_refused",
            Self::RefundByHand { .. } => "refund_by_hand",
            Self::RefundUnknown { .. } => "refund_unknown",
            Self::Payment { .. } => "payment",
            Self::LastPayments { .. } => "last_payments",
            Self::Pairing { .. } => "pairing",
            Self::Paused => "paused",
            Self::Message { .. } => "message",
        }
    }

    /// The link a phone could read off this scene.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Scan { url, .. } => Some(url),
            Self::Idle { standing, .. } => standing.as_deref(),
            Self::Starting
            | Self::Entering { .. }
            | Self::Confirm { .. }
            | Self::Preparing { .. }
            | Self::Processing { .. }
            | Self::Closing { .. }
            | Self::Paid { .. }
            | Self::Short { .. }
            | Self::Over { .. }
            | Self::Late { .. }
            | Self::Duplicate { .. }
            | Self::Expired { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. }
            | Self::Unknown { .. }
            | Self::Unavailable { .. }
            | Self::Ask { .. }
            | Self::Pin { .. }
            | Self::Refund { .. }
            | Self::Refunding { .. }
            | Self::Refunded { .. }
            | Self::RefundRefused { .. }
            | Self::RefundByHand { .. }
            | Self::RefundUnknown { .. }
            | Self::Payment { .. }
            | Self::LastPayments { .. }
            | Self::Pairing { .. }
            | Self::Paused
            | Self::Message { .. } => None,
        }
    }
}

/// Why a key did not change the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryRefusal {
    /// Enter on nothing.
    Zero,
    /// Above the most a single sale may be.
    OverLimit { limit: Money },
    /// Below the least the payment-link system takes.
    UnderLimit { limit: Money },
    /// A second point, more digits behind it than the currency has, or a point where it has none: `example`
    /// is what 1250 without one stands for.
    Decimals { example: Money },
}

impl EntryRefusal {
    #[must_use]
    pub fn decimals(currency: Currency) -> Self {
        Self::Decimals { example: Money::new(1250, currency) }
    }
}

/// Why no payment could be heard of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deaf {
    /// No connection to the broker, or not all subscriptions granted.
    NoBroker,
    /// The broker is there; the relay has not answered on this connection.
    NoRelay,
    /// The relay is there and says it cannot serve: its journal or the provider is out of reach.
    NotServing,
    /// Another device uses this terminal's name.
    NameTaken,
    /// This terminal's own journal cannot be written.
    Journal,
    /// Operators have switched the taking of payments off.
    Paused,
}

/// What a PIN is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinAct {
    Refund,
    SettleByHand,
}

/// One row of the last payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRow {
    pub amount: Money,
    pub at_unix_ms: i64,
    pub result: SaleResult,
    /// How a payment without a sale of its own was judged; none for a sale.
    pub loose: Option<Verdict>,
    /// Minor units of it that were given back.
    pub refunded: i64,
    /// Minor units of a refund that failed after it was told as done or taken, still to be given back.
    pub bounced: i64,
    /// Absent for counter payments.
    pub reference: Option<Reference>,
}

/// News of any sale but the one on the screen: a line with amount and time, no PAID, no sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    pub news: StripNews,
    pub amount: Money,
    /// When the sale was opened, or the money was sent where there is no sale.
    pub at_unix_ms: i64,
    pub payment: Option<PaymentKey>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StripNews {
    Late,
    Duplicate,
    /// A payment for a reference this terminal does not know.
    Foreign,
    /// A payment over the standing link.
    Counter,
    /// More of a sale that was short, and not too much.
    Rest,
    /// An unknown sale that turned out unpaid.
    Unpaid,
    /// Money was given back, here or elsewhere.
    Refunded,
    /// A refund was refused.
    NotRefunded,
    /// A refund that was told as done, or taken, failed: the customer has not got the money.
    Bounced,
}

impl StripNews {
    /// The name in the scripted interface.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Duplicate => "duplicate",
            Self::Foreign => "foreign",
            Self::Counter => "counter",
            Self::Rest => "rest",
            Self::Unpaid => "unpaid",
            Self::Refunded => "refunded",
            Self::NotRefunded => "not_refunded",
            Self::Bounced => "refund_failed",
        }
    }
}

/// A sale's result. `Open` until one of the others is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SaleResult {
    /// It was begun.
    Open,
    /// Exactly its amount came while it was open, or a person settled it by hand.
    Paid,
    /// Less came.
    Short,
    /// Money came after it was closed or given up.
    Late,
    /// More came.
    Over,
    /// No link came, or it was closed without money.
    Failed,
    /// Its time ran out, and the payment-link system says that nothing was paid.
    Expired,
    /// It was cancelled at the counter, and the payment-link system says that nothing was paid.
    Cancelled,
    /// Nobody knows yet; another follows as soon as anybody does.
    Unknown,
}

/// A key that does something now, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Enter takes the amount.
    EnterPay,
    /// Enter says yes.
    EnterYes,
    /// Enter takes the PIN.
    EnterPin,
    /// Enter goes on to idle.
    EnterDone,
    /// Enter picks the row under the cursor.
    EnterPick,
    /// Enter gives it back.
    EnterRefund,
    /// Enter says that it was done elsewhere.
    EnterByHand,
    BackDigit,
    BackUp,
    BackList,
    ClearAll,
    CancelSale,
    CancelNo,
    CancelLeave,
    PlusRepeat,
    PlusDown,
    PlusRefund,
    ClearSettle,
    ListLast,
    DigitsNew,
    /// Digits make it another amount than the proposed one.
    DigitsPart,
}
