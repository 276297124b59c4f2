//! What happened, and what to do: the two enums to read first.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::device::Devices;
use super::fact::Fact;
use super::fact::Verdict;
use super::key::Key;
use super::message::Request;
use super::message::Word;
use super::money::Currency;
use super::money::Money;
use super::reference::Reference;
use super::scene::Deaf;
use super::scene::SaleResult;
use super::scene::View;

/// What happened to a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// `random` are 80 fresh bits, used if this key opens a sale.
    Key {
        key: Key,
        random: u128,
    },
    /// The broker took the connection and granted every subscription. `nonce` is fresh and random.
    Up {
        nonce: String,
    },
    Down,
    /// A document of the relay, its signature, audience and mode checked; `id` is the document's.
    Word {
        id: String,
        word: Word,
    },
    /// Words for whoever stands at the counter. They wait until nothing else is on the screen, and stay until a key
    /// is pressed, or until their time on the monotonic clock, if they have one.
    Message {
        text: String,
        until: Option<Duration>,
    },
    /// Operators have switched the taking of payments off, or on again.
    Paused(bool),
    /// Somebody far away wants to know which of all counters this is.
    Identify,
    /// Which devices are there now.
    Devices(Devices),
    /// Another device goes on taking this terminal's name, or has stopped.
    NameTaken(bool),
    /// A fact could not be written; every effect behind it was dropped.
    JournalBroken,
    /// The drawn code did not read back as the link, or the link does not fit the panel.
    CodeUnreadable {
        reference: Reference,
    },
}

/// What to do. Effects are carried out one after another, in order; `Record` is done when the fact is
/// durable. If one cannot be carried out, those behind it are dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Record(Fact),
    Show(View),
    Sound(Sound),
    /// Sign and publish once. Resending is the core's.
    Send {
        id: String,
        request: Request,
    },
    /// Tell the operators' side that *armed* has begun or ended.
    Presence {
        deaf: Option<Deaf>,
    },
    /// Tell the shop's systems.
    Change(SaleChange),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// A key that was heard and does nothing now.
    KeyRefused,
    Paid,
    /// Expired, cancelled or failed.
    Ended,
    /// Somebody has to look: short, over, late, duplicate, unknown, ask.
    Attention,
    /// Whoever hears it stands at the counter that is looked for.
    Identify,
}

/// A sale's result changed, or what was paid or given back for it; `Open` when it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleChange {
    pub reference: Reference,
    pub amount: Money,
    pub result: SaleResult,
    /// Given back in all, in minor units; falls where a refund fails after all.
    pub refunded: i64,
    /// All that came for it.
    pub payments: Vec<SalePayment>,
    pub at_unix_ms: i64,
}

/// Money that came for a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SalePayment {
    /// The payment's id at the payment-link system.
    pub id: String,
    /// Minor units of its currency: cents for EUR, yen for JPY.
    pub amount: i64,
    /// ISO 4217 code.
    #[schemars(with = "String")]
    pub currency: Currency,
    pub verdict: Verdict,
    /// Minor units of it that were given back so far; falls where a refund fails after all.
    pub refunded: i64,
}

/// Why the core wants to be called again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wake {
    Screen,
    Countdown,
    Strip,
    Sale,
    Heartbeat,
    Sync,
    Refund,
}
