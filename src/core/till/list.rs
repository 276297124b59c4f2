//! The last payments: moving among them, picking one, and the PIN before anything is done with it.

use super::Act;
use super::Screen;
use super::Till;
use crate::core::book::Book;
use crate::core::book::Entry as Line;
use crate::core::fact::Verdict;
use crate::core::key::Key;
use crate::core::scene::PaymentRow;
use crate::core::scene::PinAct;
use crate::core::scene::SaleResult;
use crate::core::settings::Settings;

/// Rows of the last payments.
const ROWS: usize = 20;
/// Wrong PINs in a row before the pad goes back to idle.
const PIN_TRIES: u8 = 3;
const PIN_LONGEST: usize = 12;

/// What a key on the PIN pad led to.
pub(super) enum Pin {
    Right,
    Typed { typed: String, tries: u8 },
    Wrong { tries: u8 },
    Left,
    Refused,
}

impl Till {
    pub(super) fn press_list(&mut self, key: Key, picked: usize, book: &Book, settings: &Settings) -> Act {
        let count = rows(book).len();
        match key {
            Key::Plus if picked + 1 < count => self.screen = Screen::List { picked: picked + 1 },
            Key::Back if picked > 0 => self.screen = Screen::List { picked: picked - 1 },
            Key::Enter => {
                let Some(line) = lines(book).nth(picked).cloned() else { return Act::Refused };
                self.screen = Screen::Picked { line };
            }
            Key::Plus | Key::Back | Key::Clear | Key::Point => return Act::Refused,
            Key::Cancel | Key::List => self.screen = Screen::Idle,
            Key::Digit(_) | Key::DoubleZero => {
                self.screen = Screen::Idle;
                return self.press_idle(key, settings);
            }
        }
        Act::Nothing
    }

    pub(super) fn press_picked(&mut self, key: Key, line: Line, book: &Book, settings: &Settings) -> Act {
        let unknown = row(book, &line).is_some_and(|row| row.result == SaleResult::Unknown);
        let has_sale = matches!(line, Line::Sale(_));
        let left = book.payment_of_line(&line).map_or(0, |payment| book.left(payment));
        let act = match key {
            Key::Plus if left > 0 => PinAct::Refund,
            Key::Clear if unknown && has_sale => PinAct::SettleByHand,
            Key::Back => {
                let picked = lines(book).position(|other| *other == line).unwrap_or(0);
                self.screen = Screen::List { picked };
                return Act::Nothing;
            }
            Key::Cancel => {
                self.screen = Screen::Idle;
                return Act::Nothing;
            }
            Key::Plus
            | Key::Clear
            | Key::Enter
            | Key::List
            | Key::Point
            | Key::Digit(_)
            | Key::DoubleZero => return Act::Refused,
        };
        if settings.pin.is_none() {
            return Act::Refused;
        }
        self.screen = Screen::Pin { line, act, typed: String::new(), tries: 0 };
        Act::Nothing
    }

    pub(super) fn press_pin(&self, key: Key, mut typed: String, tries: u8, settings: &Settings) -> Pin {
        match key {
            Key::Digit(digit) if typed.len() < PIN_LONGEST => typed.push(char::from(b'0' + digit)),
            Key::DoubleZero if typed.len() + 1 < PIN_LONGEST => typed.push_str("00"),
            Key::Back if typed.is_empty() => return Pin::Left,
            Key::Back => drop(typed.pop()),
            Key::Clear => typed.clear(),
            Key::Enter if settings.pin.as_ref().is_some_and(|pin| pin.reveal() == typed) => {
                return Pin::Right;
            }
            Key::Enter => return Pin::Wrong { tries: tries + 1 },
            Key::Cancel => return Pin::Left,
            Key::Digit(_) | Key::DoubleZero | Key::Plus | Key::Point | Key::List => return Pin::Refused,
        }
        Pin::Typed { typed, tries }
    }

    pub(super) fn after_pin(&mut self, pin: Pin, line: Line, act: PinAct, book: &Book) -> Act {
        match pin {
            Pin::Right => return self.let_in(line, act, book),
            Pin::Typed { typed, tries } => self.screen = Screen::Pin { line, act, typed, tries },
            Pin::Wrong { tries } if tries < PIN_TRIES => {
                self.screen = Screen::Pin { line, act, typed: String::new(), tries };
                return Act::Refused;
            }
            Pin::Wrong { .. } => {
                self.screen = Screen::Idle;
                return Act::Refused;
            }
            Pin::Left => self.screen = Screen::Idle,
            Pin::Refused => return Act::Refused,
        }
        Act::Nothing
    }

    fn let_in(&mut self, line: Line, act: PinAct, book: &Book) -> Act {
        match (act, &line) {
            (PinAct::Refund, _) => self.propose_refund(line, book),
            (PinAct::SettleByHand, Line::Sale(reference)) => {
                let reference = reference.clone();
                self.screen = Screen::Picked { line };
                Act::Settle(reference)
            }
            (PinAct::SettleByHand, Line::Payment(_)) => {
                self.screen = Screen::Picked { line };
                Act::Refused
            }
        }
    }
}

fn lines(book: &Book) -> impl Iterator<Item = &Line> {
    book.newest().filter(|line| row(book, line).is_some()).take(ROWS)
}

/// The last payments, newest first: every sale that has a result, and every payment without a sale.
#[must_use]
pub fn rows(book: &Book) -> Vec<PaymentRow> {
    lines(book).filter_map(|line| row(book, line)).collect()
}

/// What is said of one line; nothing of a sale that is still open.
#[must_use]
pub fn row(book: &Book, line: &Line) -> Option<PaymentRow> {
    let payment = book.payment_of_line(line);
    let refunded = payment.map_or(0, |payment| book.given_back(payment));
    let bounced = payment.map_or(0, |payment| book.bounced(payment));
    match line {
        Line::Sale(reference) => {
            let sale = book.sale(reference)?;
            let result = sale.result();
            let paid = payment.and_then(|payment| book.payment(payment));
            (result != SaleResult::Open).then(|| PaymentRow {
                amount: paid.map_or(sale.amount, |paid| paid.amount),
                at_unix_ms: sale.money.as_ref().map_or(sale.opened_unix_ms, |first| first.at_unix_ms),
                result,
                loose: None,
                refunded,
                bounced,
                reference: Some(reference.clone()),
            })
        }
        Line::Payment(key) => {
            let paid = book.payment(key)?;
            let result = match paid.verdict {
                // Money came all the same; which, the row's verdict tells.
                Verdict::Counter | Verdict::Matched | Verdict::Foreign => SaleResult::Paid,
                Verdict::Duplicate | Verdict::Over => SaleResult::Over,
                Verdict::Short => SaleResult::Short,
                Verdict::Late => SaleResult::Late,
            };
            let (amount, at_unix_ms) = (paid.amount, paid.at_unix_ms);
            let loose = Some(paid.verdict);
            Some(PaymentRow { amount, at_unix_ms, result, loose, refunded, bounced, reference: None })
        }
    }
}
