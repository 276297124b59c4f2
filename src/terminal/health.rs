//! What a terminal says of itself every minute: how it and its machine are. Not signed: operators read it, and no
//! decision about money follows from it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::Turn;
use super::snapshot::Last;
use super::snapshot::State;
use crate::core::book::Book;
use crate::core::scene::Deaf;
use crate::host::health;
use crate::mqtt::topics::Leaf;

/// The document on `health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Health {
    /// The program's.
    pub version: String,
    /// By the terminal's own clock, which may be wrong: see `clock_set`.
    pub at_unix_ms: i64,
    /// Since the program's start.
    pub uptime_s: u64,
    /// The version of the settings that were sent and are in force.
    pub config_version: Option<u64>,
    /// Whether it can sell now: a payment's result could come back.
    pub armed: bool,
    /// Why no result could come back, while not armed.
    pub deaf: Option<Deaf>,
    /// Whether each device is there; null where there is none, or nobody knows.
    pub panel_present: Option<bool>,
    pub cashier_panel_present: Option<bool>,
    pub keypad_present: Option<bool>,
    /// Sales whose end is not known.
    pub waiting: usize,
    /// The sale that ended last.
    pub last: Option<Ended>,
    /// Messages on the broker that were not believed since the program's start, by reason.
    pub refused: BTreeMap<String, u64>,
    /// None before the machine was looked at.
    pub machine: Option<Machine>,
}

/// A sale that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ended {
    #[serde(flatten)]
    pub last: Last,
    /// What was due, in minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// When its money came, or else when it was begun.
    pub at_unix_ms: i64,
}

impl Ended {
    fn of(last: &Last, book: &Book) -> Option<Self> {
        let sale = book.sale(&last.reference.parse().ok()?)?;
        let at_unix_ms = sale.money.as_ref().map_or(sale.opened_unix_ms, |first| first.at_unix_ms);
        let (amount, currency) = (sale.amount.minor, sale.amount.currency.code());
        Some(Self { last: last.clone(), amount, currency, at_unix_ms })
    }
}

/// How the machine is; null for what it does not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Machine {
    /// Of the processor, in thousandths of a degree Celsius.
    pub milli_c: Option<i64>,
    /// Whether the supply is too weak now.
    pub under_voltage: Option<bool>,
    /// Whether the processor slows itself down now.
    pub throttled: Option<bool>,
    /// Whether a time server was heard since the start, or the clock is at least not of the past.
    pub clock_set: bool,
    /// Bytes that may still be written where the journal is.
    pub free_bytes: Option<u64>,
    /// Whether nothing can be written where the journal is.
    pub read_only: bool,
    /// What is not well, in words.
    pub complaints: Vec<String>,
}

impl Machine {
    fn of(found: &health::Health) -> Self {
        let words = |complaint: health::Complaint| format!("{}; {}", complaint.what, complaint.mend);
        Self {
            milli_c: found.milli_c,
            under_voltage: found.under_voltage,
            throttled: found.throttled,
            clock_set: found.clock_set,
            free_bytes: found.free,
            read_only: found.read_only,
            complaints: found.complaints().into_iter().map(words).collect(),
        }
    }
}

impl Turn {
    /// Says how the terminal is.
    pub(super) fn tell_health(&self) {
        match serde_json::to_vec(&self.health()) {
            Ok(bytes) => drop(self.radio.tell(Leaf::Health, bytes)),
            Err(error) => tracing::warn!(%error, "how this terminal is cannot be told"),
        }
    }

    /// How it is now, with what was last found of its machine.
    pub(super) fn health(&self) -> Health {
        let now = self.clock.now();
        let state = self.watchers.borrow().as_ref().map(|shown| shown.state.clone());
        let device = |present: fn(&State) -> Option<bool>| state.as_ref().and_then(present);
        let deaf = self.core.deaf(now);
        Health {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            at_unix_ms: now.unix_ms,
            uptime_s: now.mono.as_secs(),
            config_version: self.configured.as_ref().and_then(super::remote::Configured::version),
            armed: deaf.is_none(),
            deaf,
            panel_present: device(|state| state.panel_present),
            cashier_panel_present: device(|state| state.cashier_panel_present),
            keypad_present: device(|state| state.keypad_present),
            waiting: self.core.book().sales().filter(|sale| sale.is_waiting()).count(),
            last: state.and_then(|state| Ended::of(state.last.as_ref()?, self.core.book())),
            refused: self.radio.refused().map(|(reason, count)| (reason.to_owned(), count)).collect(),
            machine: self.machine.borrow().as_ref().map(Machine::of),
        }
    }
}
