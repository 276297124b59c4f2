//! Keypad entry: digits shift in from the right, cents first, as on a card machine. Decides which keys
//! change the amount and why one did not; knows nothing of sales.
//!
//! Whoever types a point means other digits than were heard. A point empties the amount, and what is left of
//! that number is refused, up to the next Enter, back or clear.

use super::key::Key;
use super::money::Money;
use super::scene::EntryRefusal;
use super::settings::Settings;

/// An amount being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub amount: Money,
    /// Why the last key changed nothing.
    pub refused: Option<EntryRefusal>,
}

impl Entry {
    #[must_use]
    pub fn new(amount: Money) -> Self {
        Self { amount, refused: None }
    }

    /// Whether nothing is typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.amount.minor == 0
    }

    /// Takes a digit, `00`, back, clear or a point; other keys are not the entry's. A digit that would pass the
    /// limit is refused and leaves the amount as it was; `00` is taken whole or not at all.
    pub fn press(&mut self, key: Key, settings: &Settings) {
        let pointed = matches!(self.refused, Some(EntryRefusal::Point { .. }));
        if pointed && matches!(key, Key::Digit(_) | Key::DoubleZero) {
            return;
        }
        self.refused = None;
        let minor = self.amount.minor;
        match key {
            Key::Digit(digit) => {
                self.take(minor.saturating_mul(10).saturating_add(i64::from(digit)), settings)
            }
            Key::DoubleZero => self.take(minor.saturating_mul(100), settings),
            Key::Back => self.amount.minor = minor / 10,
            Key::Clear => self.amount.minor = 0,
            Key::Point => {
                self.amount.minor = 0;
                self.refused = Some(EntryRefusal::point(self.amount.currency));
            }
            Key::Enter | Key::Cancel | Key::Plus | Key::List => {}
        }
    }

    fn take(&mut self, minor: i64, settings: &Settings) {
        if minor > settings.limit {
            let limit = Money::new(settings.limit, self.amount.currency);
            self.refused = Some(EntryRefusal::OverLimit { limit });
        } else {
            self.amount.minor = minor;
        }
    }

    /// Why Enter may not open a sale with this amount.
    pub fn check(&self, settings: &Settings) -> Result<(), EntryRefusal> {
        let money = |minor| Money::new(minor, self.amount.currency);
        if self.is_empty() {
            Err(EntryRefusal::Zero)
        } else if self.amount.minor > settings.limit {
            Err(EntryRefusal::OverLimit { limit: money(settings.limit) })
        } else if self.amount.minor < settings.minimum {
            Err(EntryRefusal::UnderLimit { limit: money(settings.minimum) })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::Currency;

    fn typed(keys: &[Key], settings: &Settings) -> Entry {
        let mut entry = Entry::new(Money::new(0, settings.currency));
        keys.iter().for_each(|key| entry.press(*key, settings));
        entry
    }

    #[test]
    fn digits_shift_in_cents_first() {
        let settings = Settings::example();
        let keys = [Key::DoubleZero, Key::Digit(1), Key::Digit(2), Key::Digit(5), Key::Digit(0)];
        assert_eq!(typed(&keys, &settings).amount.minor, 1250);
        let keys = [Key::Digit(5), Key::DoubleZero, Key::Back, Key::Digit(7)];
        assert_eq!(typed(&keys, &settings).amount.minor, 507);
        assert!(typed(&[Key::Digit(9), Key::Clear], &settings).is_empty());
    }

    #[test]
    fn a_digit_over_the_limit_is_refused_and_changes_nothing() {
        let settings = Settings { limit: 10_000, ..Settings::example() };
        let entry = typed(&[Key::Digit(9), Key::Digit(9), Key::Digit(9), Key::DoubleZero], &settings);
        assert_eq!(entry.amount.minor, 999);
        assert!(matches!(entry.refused, Some(EntryRefusal::OverLimit { .. })));
        let more = [Key::Digit(9); 40];
        assert_eq!(typed(&more, &settings).amount.minor, 9_999);
    }

    #[test]
    fn a_point_empties_the_amount_and_takes_the_rest_of_its_number_with_it() {
        let settings = Settings::example();
        let point = Some(EntryRefusal::point(settings.currency));
        let number = [Key::Digit(1), Key::Digit(2), Key::Point, Key::Digit(5), Key::DoubleZero];
        let entry = typed(&number, &settings);
        assert_eq!((entry.amount.minor, entry.refused), (0, point));
        assert_eq!(entry.check(&settings), Err(EntryRefusal::Zero));
        for again in [Key::Back, Key::Clear] {
            let entry = typed(&[&number[..], &[again, Key::Digit(7)]].concat(), &settings);
            assert_eq!((entry.amount.minor, entry.refused), (7, None));
        }
    }

    #[test]
    fn zero_and_too_little_cannot_be_opened() {
        let settings = Settings { minimum: 50, ..Settings::example() };
        assert_eq!(typed(&[], &settings).check(&settings), Err(EntryRefusal::Zero));
        assert!(matches!(
            typed(&[Key::Digit(7)], &settings).check(&settings),
            Err(EntryRefusal::UnderLimit { .. })
        ));
        assert_eq!(typed(&[Key::Digit(5), Key::Digit(0)], &settings).check(&settings), Ok(()));
    }

    #[test]
    fn yen_have_no_cents() {
        let jpy = Currency::from_code("JPY").unwrap();
        let settings = Settings { currency: jpy, ..Settings::example() };
        assert_eq!(typed(&[Key::Digit(5), Key::DoubleZero], &settings).amount.decimal(), "500");
    }
}
