//! What the counter shows, as a value for those who watch it: the browser counter, scripts, tests.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::core::book::Book;
use crate::core::book::Entry;
use crate::core::event::Sound;
use crate::core::moment::Moment;
use crate::core::money::Money;
use crate::core::scene::SaleResult;
use crate::core::scene::Scene;
use crate::core::scene::View;
use crate::core::terminal::Terminal;
use crate::port::panel::Frame;

/// The scene of a counter without power. No terminal shows it: whoever took the power away says so.
const OFF: &str = "off";

/// One state of the counter with the frame that shows it.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub state: State,
    pub frame: Arc<Frame>,
    /// What the cashier's panel shows, where there is one: the same state in other words, without a code.
    pub cashier: Option<Arc<Frame>>,
    /// When the code on the panel comes off, on the terminal's monotonic clock.
    pub code_until: Option<Duration>,
    /// The last sound, with a number that rises with each.
    pub sound: (u64, Option<Sound>),
}

/// The scripted interface's state. What does not apply is null; amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct State {
    /// +1 with each change; higher after a restart than before it.
    pub seq: u64,
    pub scene: &'static str,
    pub amount: Option<i64>,
    pub currency: String,
    pub reference: Option<String>,
    /// The link a phone can read off the panel now.
    pub url: Option<String>,
    pub result: Option<SaleResult>,
    /// What came, where it is not what was due.
    pub received: Option<i64>,
    pub armed: bool,
    /// Why no result could come back, while not armed.
    pub deaf: Option<crate::core::scene::Deaf>,
    pub declined: bool,
    /// Whether the code of the sale on the screen was, or may have been, in front of a customer.
    pub shown: Option<bool>,
    pub expires_in_s: Option<u64>,
    pub strip: Option<StripState>,
    /// Whether the panel that faces the customer is there; null where nobody knows, as in the sandbox.
    pub panel_present: Option<bool>,
    /// The same of the cashier's panel.
    pub cashier_panel_present: Option<bool>,
    /// The same of the keypads; false where any of them is not there.
    pub keypad_present: Option<bool>,
    pub last: Option<Last>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StripState {
    pub news: &'static str,
    pub amount: i64,
    pub at_unix_ms: i64,
}

/// The sale that ended last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Last {
    pub reference: String,
    pub result: SaleResult,
    /// Ids of its payments at the provider.
    pub payments: Vec<String>,
    /// Minor units of them that were given back.
    pub refunded: i64,
}

impl State {
    /// The present state of a terminal; `seq` is the caller's.
    #[must_use]
    pub fn of(terminal: &Terminal, view: &View, currency: &str, now: Moment, seq: u64) -> Self {
        let sale = terminal.sale_on_screen();
        let url = view.scene.code().map(str::to_owned);
        let expires_in_s = url
            .as_ref()
            .and_then(|_| terminal.code_left(now))
            .map(|left| u64::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u64::MAX));
        let (amount, received) = amounts(&view.scene);
        let picked = if let Scene::Payment { row, .. } = &view.scene { Some(row) } else { None };
        let devices = terminal.devices();
        let picked_sale = picked.and_then(|row| row.reference.as_ref());
        Self {
            seq,
            scene: view.scene.name(),
            amount: amount.map(|money| money.minor),
            currency: currency.to_owned(),
            reference: sale.map(|sale| &sale.reference).or(picked_sale).map(ToString::to_string),
            url,
            result: sale.map(|sale| sale.result()).or(picked.map(|row| row.result)),
            received: received.map(|money| money.minor),
            armed: terminal.deaf(now).is_none(),
            deaf: terminal.deaf(now),
            declined: matches!(view.scene, Scene::Scan { declined: true, .. }),
            shown: sale.map(|sale| sale.shown),
            expires_in_s,
            strip: view.strip.as_ref().map(|strip| StripState {
                news: strip.news.name(),
                amount: strip.amount.minor,
                at_unix_ms: strip.at_unix_ms,
            }),
            panel_present: devices.panel.present(),
            cashier_panel_present: devices.cashier_panel.present(),
            keypad_present: devices.keypad.present(),
            last: last(terminal.book()),
        }
    }

    /// What is to be seen of a counter without power, behind this state: nothing. The journal keeps the last sale.
    #[must_use]
    pub fn off(&self) -> Self {
        Self {
            seq: self.seq + 1,
            scene: OFF,
            amount: None,
            reference: None,
            url: None,
            result: None,
            received: None,
            armed: false,
            deaf: None,
            declined: false,
            shown: None,
            expires_in_s: None,
            strip: None,
            panel_present: None,
            cashier_panel_present: None,
            keypad_present: None,
            ..self.clone()
        }
    }

    #[must_use]
    pub fn is_off(&self) -> bool {
        self.scene == OFF
    }

    /// Whether this is the same state, leaving number and remaining time aside.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let bare = |state: &Self| Self { seq: 0, expires_in_s: None, ..state.clone() };
        bare(self) == bare(other)
    }
}

fn last(book: &Book) -> Option<Last> {
    let ended = |entry: &Entry| match entry {
        Entry::Sale(reference) => book.sale(reference).filter(|sale| sale.result() != SaleResult::Open),
        Entry::Payment(_) => None,
    };
    let sale = book.newest().find_map(ended)?;
    let payments = book.payments_of(&sale.reference).map(|key| key.id.clone()).collect();
    let refunded = book.given_back_of(&sale.reference);
    Some(Last { reference: sale.reference.to_string(), result: sale.result(), payments, refunded })
}

/// What is due, and what came where that differs.
fn amounts(scene: &Scene) -> (Option<Money>, Option<Money>) {
    match scene {
        Scene::Entering { amount, .. }
        | Scene::Confirm { amount }
        | Scene::Preparing { amount }
        | Scene::Scan { amount, .. }
        | Scene::Processing { amount }
        | Scene::Closing { amount, .. }
        | Scene::Paid { amount, .. }
        | Scene::Late { amount, .. }
        | Scene::Expired { amount }
        | Scene::Failed { amount, .. }
        | Scene::Cancelled { amount }
        | Scene::Unknown { amount, .. }
        | Scene::Ask { amount }
        | Scene::Refund { amount, .. }
        | Scene::Refunding { amount }
        | Scene::Refunded { amount, .. }
        | Scene::RefundRefused { amount, .. }
        | Scene::RefundByHand { amount, .. }
        | Scene::RefundUnknown { amount } => (Some(*amount), None),
        Scene::Payment { row, .. } => (Some(row.amount), None),
        Scene::Short { due, received } | Scene::Over { due, received } => (Some(*due), Some(*received)),
        Scene::Duplicate { amount, extra } => (Some(*amount), Some(*extra)),
        Scene::Unavailable { amount, .. } => (*amount, None),
        Scene::Starting
        | Scene::Idle { .. }
        | Scene::Pin { .. }
        | Scene::LastPayments { .. }
        | Scene::Pairing { .. }
        | Scene::Paused
        | Scene::Message { .. } => (None, None),
    }
}
