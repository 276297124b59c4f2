//! Giving money back at the keypad: how much, and what the screen says until its end. Whether it is given
//! back is the relay's word.

use std::time::Duration;

use super::Act;
use super::SWALLOW;
use super::Screen;
use super::Till;
use crate::core::book::Book;
use crate::core::book::Entry as Line;
use crate::core::entry::Entry;
use crate::core::key::Key;
use crate::core::message::RefundSaid;
use crate::core::money::Money;
use crate::core::scene::EntryRefusal;
use crate::core::settings::Settings;

/// More digits than any payment has.
const MOST: i64 = 9_999_999_999;

/// Why Enter would give nothing back.
pub fn judge(amount: Money, left: Money) -> Result<(), EntryRefusal> {
    if amount.minor == 0 {
        Err(EntryRefusal::Zero)
    } else if amount.minor > left.minor {
        Err(EntryRefusal::OverLimit { limit: left })
    } else {
        Ok(())
    }
}

impl Till {
    /// Proposes what a failed refund did not give back, else all that is left of the line's payment.
    pub(super) fn propose_refund(&mut self, line: Line, book: &Book) -> Act {
        let payment = book.payment_of_line(&line);
        let paid = payment.and_then(|payment| book.payment(payment));
        let left = payment.map_or(0, |payment| book.left(payment));
        let Some(paid) = paid.filter(|_| left > 0) else {
            self.screen = Screen::Picked { line };
            return Act::Refused;
        };
        let bounced = payment.map_or(0, |payment| book.bounced(payment));
        let proposed = if bounced > 0 { bounced } else { left };
        let amount = Money::new(proposed, paid.amount.currency);
        let entry = Entry::new(amount);
        self.screen = Screen::Refund { line, entry, typed: false, blocked: false };
        Act::Nothing
    }

    /// `typed` is false as long as the amount is the proposed one, which the first digit takes away. More
    /// than is left can be typed, and Enter refuses it: a digit that was not taken would make it another
    /// amount than the cashier meant.
    pub(super) fn press_refund(
        &mut self,
        key: Key,
        line: Line,
        mut entry: Entry,
        typed: bool,
        book: &Book,
    ) -> Act {
        match key {
            Key::Digit(_) | Key::DoubleZero | Key::Point if !typed => {
                entry = Entry::new(Money::new(0, entry.amount.currency));
            }
            Key::Back if !entry.is_untouched() => {}
            Key::Digit(_) | Key::DoubleZero | Key::Point | Key::Clear => {}
            Key::Back | Key::Cancel => {
                self.screen = Screen::Idle;
                return Act::Nothing;
            }
            Key::Enter if entry.refused.is_none() => return Self::take_refund(&line, entry.amount, book),
            // What was said of a number that is none has been heard.
            Key::Enter => {}
            Key::Plus | Key::List => return Act::Refused,
        }
        entry.press(key, MOST);
        let refused = key == Key::Enter || entry.refused.is_some();
        self.screen = Screen::Refund { line, entry, typed: true, blocked: false };
        if refused { Act::Refused } else { Act::Nothing }
    }

    fn take_refund(line: &Line, amount: Money, book: &Book) -> Act {
        let Some(payment) = book.payment_of_line(line) else { return Act::Refused };
        let left = Money::new(book.left(payment), amount.currency);
        match judge(amount, left) {
            Ok(()) => Act::Refund { payment: payment.clone(), amount },
            Err(_) => Act::Refused,
        }
    }

    /// Enter met a deaf terminal: nothing is asked for, and the amount stays.
    pub fn block_refund(&mut self) {
        if let Screen::Refund { blocked, .. } = &mut self.screen {
            *blocked = true;
        }
    }

    pub fn show_refund(&mut self, refund: String, now: Duration) {
        self.screen = Screen::Refunding { refund, since: now, late: false, told_at: None };
    }

    /// The refund on the screen.
    #[must_use]
    pub fn refund(&self) -> Option<&str> {
        if let Screen::Refunding { refund, .. } = &self.screen { Some(refund) } else { None }
    }

    #[expect(clippy::too_many_arguments, reason = "each is a part of the screen or of what surrounds it")]
    pub(super) fn press_refunding(
        &mut self,
        key: Key,
        refund: &str,
        late: bool,
        told_at: Option<Duration>,
        now: Duration,
        book: &Book,
        settings: &Settings,
    ) -> Act {
        let known = book.refund(refund);
        let by_hand = known.is_some_and(|refund| refund.waits_for_hand());
        let waits = known.is_some_and(|refund| refund.is_unanswered()) && !late;
        if !by_hand && !waits {
            return self.press_result(key, told_at, now, settings);
        }
        let early = told_at.is_some_and(|since| now < since + SWALLOW);
        match key {
            Key::Cancel => self.screen = Screen::Idle,
            Key::Enter if by_hand && !early => return Act::ByHand(refund.to_owned()),
            Key::Enter
            | Key::Digit(_)
            | Key::DoubleZero
            | Key::Back
            | Key::Clear
            | Key::Plus
            | Key::Point
            | Key::List => return Act::Refused,
        }
        Act::Nothing
    }

    /// What is said of a refund begins to be held when there is something to say.
    pub(super) fn note_refund(&mut self, book: &Book, now: Duration) {
        if let Screen::Refunding { refund, told_at, .. } = &mut self.screen {
            let answered = book.refund(refund).is_none_or(|refund| !refund.is_unanswered());
            if answered && told_at.is_none() {
                *told_at = Some(now);
            }
        }
    }

    /// News of the refund on the screen is held anew.
    pub fn renew_refund(&mut self, said: RefundSaid, now: Duration) {
        if let Screen::Refunding { told_at, late, .. } = &mut self.screen {
            *told_at = Some(now);
            *late |= said == RefundSaid::Unsure;
        }
    }
}
