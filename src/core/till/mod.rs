//! What the person sees and presses now. Decides what a key means on the present screen; the money is the
//! book's, and what a key's act leads to is the terminal's.

mod list;
pub mod refund;

use std::time::Duration;

pub use self::list::row;
pub use self::list::rows;
use super::book::Book;
use super::book::Entry as Line;
use super::entry::Entry;
use super::key::Key;
use super::money::Money;
use super::payment::PaymentKey;
use super::reference::Reference;
use super::scene::EntryRefusal;
use super::scene::PinAct;
use super::scene::SaleResult;
use super::settings::Settings;

/// Keys in the first moments of a result are swallowed, so that a late Enter does not open a new sale.
const SWALLOW: Duration = Duration::from_millis(500);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    Idle,
    /// `blocked`: Enter was pressed while no result could come back.
    Entering {
        entry: Entry,
        blocked: bool,
    },
    Confirm {
        entry: Entry,
    },
    /// A sale from its first second to the end of its result; what exactly is said follows from the book.
    Sale {
        reference: Reference,
        /// When its result was first on the screen.
        result_at: Option<Duration>,
        /// A further payment that came while it was on the screen.
        extra: Option<Money>,
    },
    /// A payment over the standing link, just announced.
    Counter {
        amount: Money,
        at: Duration,
    },
    /// Is this counter payment the open sale's?
    Ask {
        reference: Reference,
        payment: PaymentKey,
        amount: Money,
        until: Duration,
    },
    List {
        picked: usize,
    },
    /// One of the last payments.
    Picked {
        line: Line,
    },
    Pin {
        line: Line,
        act: PinAct,
        typed: String,
        tries: u8,
    },
    /// How much to give back. `blocked`: Enter was pressed while no answer could come back.
    Refund {
        line: Line,
        entry: Entry,
        /// The proposed amount stands until the first digit.
        typed: bool,
        blocked: bool,
    },
    /// A refund that has been asked for; what exactly is said follows from the book.
    Refunding {
        refund: String,
        since: Duration,
        /// It has been waited for long enough.
        late: bool,
        /// When what is said now was first on the screen.
        told_at: Option<Duration>,
    },
}

/// What a key asks the terminal to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Nothing,
    /// The key was heard and refused: a sound says so.
    Refused,
    Open(Money),
    Cancel(Reference),
    /// The cashier says whether the counter payment was for the sale.
    Answer {
        reference: Reference,
        payment: PaymentKey,
        yes: bool,
    },
    Settle(Reference),
    /// Gives this much of the payment back.
    Refund {
        payment: PaymentKey,
        amount: Money,
    },
    /// This refund was done in the system's dashboard.
    ByHand(String),
}

#[derive(Clone, Debug)]
pub struct Till {
    pub screen: Screen,
    /// When a key was last pressed, or the screen last changed by itself.
    touched: Duration,
    last_amount: Option<Money>,
}

impl Till {
    #[must_use]
    pub fn new(now: Duration) -> Self {
        Self { screen: Screen::Idle, touched: now, last_amount: None }
    }

    /// The sale on the screen.
    #[must_use]
    pub fn sale(&self) -> Option<&Reference> {
        match &self.screen {
            Screen::Sale { reference, .. } | Screen::Ask { reference, .. } => Some(reference),
            Screen::Idle
            | Screen::Entering { .. }
            | Screen::Confirm { .. }
            | Screen::Counter { .. }
            | Screen::List { .. }
            | Screen::Picked { .. }
            | Screen::Pin { .. }
            | Screen::Refund { .. }
            | Screen::Refunding { .. } => None,
        }
    }

    pub fn show_sale(&mut self, reference: Reference, result_at: Option<Duration>) {
        self.screen = Screen::Sale { reference, result_at, extra: None };
    }

    /// Remembers what `+` repeats.
    pub fn opened(&mut self, reference: Reference, amount: Money) {
        self.last_amount = Some(amount);
        self.show_sale(reference, None);
    }

    /// Whether `+` has an amount to repeat.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.last_amount.is_some()
    }

    /// Enter met a deaf terminal: the amount stays and waits.
    pub fn block(&mut self, amount: Money) {
        self.screen = Screen::Entering { entry: Entry::new(amount), blocked: true };
    }

    /// What this key does on this screen.
    pub fn press(&mut self, key: Key, now: Duration, book: &Book, settings: &Settings) -> Act {
        self.touched = now;
        match self.screen.clone() {
            Screen::Idle => self.press_idle(key, settings),
            Screen::Entering { entry, .. } => self.press_entering(key, entry, settings),
            Screen::Confirm { entry } => self.press_confirm(key, entry),
            Screen::Sale { reference, result_at, .. } => {
                let open = book.sale(&reference).is_some_and(|sale| sale.result() == SaleResult::Open);
                if open {
                    Self::press_open(key, reference)
                } else {
                    self.press_result(key, result_at, now, settings)
                }
            }
            Screen::Counter { at, .. } => self.press_result(key, Some(at), now, settings),
            Screen::Ask { reference, payment, .. } => self.press_ask(key, reference, payment),
            Screen::List { picked } => self.press_list(key, picked, book, settings),
            Screen::Picked { line } => self.press_picked(key, line, book, settings),
            Screen::Pin { line, act, typed, tries } => {
                let typed = self.press_pin(key, typed, tries, settings);
                self.after_pin(typed, line, act, book)
            }
            Screen::Refund { line, entry, typed, blocked } => {
                self.press_refund(key, line, entry, typed && !blocked, book)
            }
            Screen::Refunding { refund, late, told_at, .. } => {
                self.press_refunding(key, &refund, late, told_at, now, book, settings)
            }
        }
    }

    fn press_idle(&mut self, key: Key, settings: &Settings) -> Act {
        let nothing = Entry::new(Money::new(0, settings.currency));
        match key {
            Key::Digit(_) | Key::DoubleZero | Key::Point => {
                return self.press_entering(key, nothing, settings);
            }
            Key::Plus => {
                let Some(amount) = self.last_amount else { return Act::Refused };
                self.screen = Screen::Entering { entry: Entry::new(amount), blocked: false };
            }
            Key::List => self.screen = Screen::List { picked: 0 },
            Key::Enter | Key::Back | Key::Clear | Key::Cancel => {}
        }
        Act::Nothing
    }

    fn press_entering(&mut self, key: Key, mut entry: Entry, settings: &Settings) -> Act {
        match key {
            // On a bare keypad back is all there is to leave with.
            Key::Back if !entry.is_untouched() => {}
            Key::Digit(_) | Key::DoubleZero | Key::Point => {}
            Key::Clear if !entry.is_empty() => {}
            Key::Back | Key::Clear | Key::Cancel => {
                self.screen = Screen::Idle;
                return Act::Nothing;
            }
            // A digit that was not taken makes it another amount than was meant: so much has to be seen first.
            Key::Enter if matches!(entry.refused, Some(EntryRefusal::OverLimit { .. })) => {
                entry.refused = None;
                self.screen = Screen::Entering { entry, blocked: false };
                return Act::Refused;
            }
            Key::Enter => return self.take(entry, settings),
            Key::Plus | Key::List => return Act::Refused,
        }
        entry.press(key, settings.limit);
        self.screen = Screen::Entering { entry, blocked: false };
        if entry.refused.is_some() { Act::Refused } else { Act::Nothing }
    }

    fn take(&mut self, mut entry: Entry, settings: &Settings) -> Act {
        if let Err(why) = entry.check(settings) {
            entry.refused = Some(why);
            self.screen = Screen::Entering { entry, blocked: false };
            return Act::Refused;
        }
        if settings.confirm_above.is_some_and(|above| entry.amount.minor > above) {
            self.screen = Screen::Confirm { entry };
            return Act::Nothing;
        }
        Act::Open(entry.amount)
    }

    fn press_confirm(&mut self, key: Key, entry: Entry) -> Act {
        match key {
            Key::Enter => Act::Open(entry.amount),
            Key::Cancel | Key::Clear | Key::Back => {
                self.screen = Screen::Entering { entry, blocked: false };
                Act::Nothing
            }
            Key::Digit(_) | Key::DoubleZero | Key::Plus | Key::Point | Key::List => Act::Refused,
        }
    }

    /// While a sale is open only cancel does anything: a second Enter never opens a second sale.
    fn press_open(key: Key, reference: Reference) -> Act {
        match key {
            Key::Cancel => Act::Cancel(reference),
            Key::Digit(_)
            | Key::DoubleZero
            | Key::Enter
            | Key::Back
            | Key::Clear
            | Key::Plus
            | Key::Point
            | Key::List => Act::Refused,
        }
    }

    fn press_result(&mut self, key: Key, since: Option<Duration>, now: Duration, settings: &Settings) -> Act {
        let early = since.is_some_and(|since| now < since + SWALLOW);
        match key {
            Key::Cancel => self.screen = Screen::Idle,
            _ if early => {}
            Key::Enter | Key::Clear | Key::Back => self.screen = Screen::Idle,
            Key::Digit(_) | Key::DoubleZero | Key::Plus | Key::Point | Key::List => {
                self.screen = Screen::Idle;
                return self.press_idle(key, settings);
            }
        }
        Act::Nothing
    }

    fn press_ask(&mut self, key: Key, reference: Reference, payment: PaymentKey) -> Act {
        let yes = match key {
            Key::Enter => true,
            Key::Cancel => false,
            Key::Digit(_) | Key::DoubleZero | Key::Back | Key::Clear | Key::Plus | Key::Point | Key::List => {
                return Act::Refused;
            }
        };
        self.show_sale(reference.clone(), None);
        Act::Answer { reference, payment, yes }
    }

    /// Starts a result's hold when the sale on the screen gets one.
    pub fn note_result(&mut self, book: &Book, now: Duration) {
        if let Screen::Sale { reference, result_at, .. } = &mut self.screen {
            let ended = book.sale(reference).is_none_or(|sale| sale.result() != SaleResult::Open);
            if ended && result_at.is_none() {
                *result_at = Some(now);
            }
        }
        self.note_refund(book, now);
    }

    /// A result that changes while it is on the screen is held anew.
    pub fn renew_result(&mut self, now: Duration, extra: Option<Money>) {
        if let Screen::Sale { result_at, extra: shown, .. } = &mut self.screen {
            *result_at = Some(now);
            *shown = extra.or(*shown);
        }
    }

    /// When the present screen goes by itself.
    #[must_use]
    pub fn poll_timeout(&self, book: &Book, settings: &Settings) -> Option<Duration> {
        match &self.screen {
            Screen::Idle => None,
            Screen::Entering { .. }
            | Screen::Confirm { .. }
            | Screen::List { .. }
            | Screen::Picked { .. }
            | Screen::Pin { .. }
            | Screen::Refund { .. } => Some(self.touched + settings.entry_wait),
            Screen::Refunding { since, told_at, .. } => Some(match told_at {
                Some(at) => *at + settings.paid_hold,
                None => *since + settings.refund_wait,
            }),
            Screen::Sale { reference, result_at, .. } => {
                let hold = match book.sale(reference).map(|sale| sale.result()) {
                    Some(SaleResult::Expired | SaleResult::Cancelled | SaleResult::Failed) => {
                        settings.ended_hold
                    }
                    Some(
                        SaleResult::Open
                        | SaleResult::Paid
                        | SaleResult::Short
                        | SaleResult::Late
                        | SaleResult::Over
                        | SaleResult::Unknown,
                    )
                    | None => settings.paid_hold,
                };
                result_at.map(|at| at + hold)
            }
            Screen::Counter { at, .. } => Some(*at + settings.paid_hold),
            Screen::Ask { until, .. } => Some(*until),
        }
    }

    /// Leaves a screen whose time is over.
    pub fn handle_timeout(&mut self, now: Duration, book: &Book, settings: &Settings) -> Act {
        if self.poll_timeout(book, settings).is_none_or(|due| now < due) {
            return Act::Nothing;
        }
        match self.screen.clone() {
            Screen::Ask { reference, payment, .. } => self.press_ask(Key::Cancel, reference, payment),
            Screen::Refunding { refund, since, told_at: None, .. } => {
                self.screen = Screen::Refunding { refund, since, late: true, told_at: Some(now) };
                Act::Nothing
            }
            Screen::Idle
            | Screen::Entering { .. }
            | Screen::Confirm { .. }
            | Screen::Sale { .. }
            | Screen::Counter { .. }
            | Screen::List { .. }
            | Screen::Picked { .. }
            | Screen::Pin { .. }
            | Screen::Refund { .. }
            | Screen::Refunding { .. } => {
                self.screen = Screen::Idle;
                Act::Nothing
            }
        }
    }

    /// Why the last key changed nothing, while an amount is typed.
    #[must_use]
    pub fn refused(&self) -> Option<EntryRefusal> {
        match &self.screen {
            Screen::Entering { entry, .. } => entry.refused,
            Screen::Idle
            | Screen::Confirm { .. }
            | Screen::Sale { .. }
            | Screen::Counter { .. }
            | Screen::Ask { .. }
            | Screen::List { .. }
            | Screen::Picked { .. }
            | Screen::Pin { .. }
            | Screen::Refund { .. }
            | Screen::Refunding { .. } => None,
        }
    }
}
