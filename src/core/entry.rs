//! Keypad entry: digits shift in from the right, cents first, as on a card machine. Decides which keys
//! change the amount and why one did not; knows nothing of sales.
//!
//! Whoever types a point means the digits before it as whole units: `12`, point, `5` is 12.50. A second point, more
//! digits behind it than the currency has, or a point where it has none, make a number that nobody can mean: it
//! empties the amount, and what is left of it is refused, up to the next Enter, back or clear.

use super::key::Key;
use super::money::Money;
use super::scene::EntryRefusal;
use super::settings::Settings;

/// An amount being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub amount: Money,
    /// Digits behind the point, once one was typed.
    behind: Option<u32>,
    /// Why the last key changed nothing.
    pub refused: Option<EntryRefusal>,
}

impl Entry {
    #[must_use]
    pub fn new(amount: Money) -> Self {
        Self { amount, behind: None, refused: None }
    }

    /// Whether nothing is typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.amount.minor == 0
    }

    /// Whether there is nothing that back could take away, a point and what was said of a wrong number included.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        self.is_empty() && self.behind.is_none() && self.refused.is_none()
    }

    /// Takes a digit, `00`, back, clear or a point; other keys are not the entry's. A digit that would pass `most`,
    /// in minor units, is refused and leaves the amount as it was; `00` is taken whole or not at all.
    pub fn press(&mut self, key: Key, most: i64) {
        let pointed = matches!(self.refused, Some(EntryRefusal::Decimals { .. }));
        if pointed && matches!(key, Key::Digit(_) | Key::DoubleZero) {
            return;
        }
        self.refused = None;
        match key {
            Key::Digit(digit) => self.digits(1, i64::from(digit), most),
            Key::DoubleZero => self.digits(2, 0, most),
            Key::Back => self.back(),
            Key::Clear => *self = Self::new(Money::new(0, self.amount.currency)),
            Key::Point if self.behind.is_some() || self.amount.currency.exponent() == 0 => self.give_up(),
            Key::Point => {
                if self.take(self.amount.minor.saturating_mul(self.unit(0)), most) {
                    self.behind = Some(0);
                }
            }
            Key::Enter | Key::Cancel | Key::Plus | Key::List => {}
        }
    }

    /// `count` digits with this value: shifted in from the right, or filled in behind the point.
    fn digits(&mut self, count: u32, value: i64, most: i64) {
        let minor = self.amount.minor;
        match self.behind.map(|behind| behind + count) {
            None => {
                let shifted = minor.saturating_mul(10_i64.pow(count)).saturating_add(value);
                self.take(shifted, most);
            }
            Some(behind) if behind > self.amount.currency.exponent() => self.give_up(),
            Some(behind) => {
                if self.take(minor.saturating_add(value.saturating_mul(self.unit(behind))), most) {
                    self.behind = Some(behind);
                }
            }
        }
    }

    /// Minor units of one in the last of so many places behind the point.
    fn unit(&self, behind: u32) -> i64 {
        10_i64.pow(self.amount.currency.exponent() - behind)
    }

    fn back(&mut self) {
        let minor = self.amount.minor;
        (self.amount.minor, self.behind) = match self.behind {
            None => (minor / 10, None),
            Some(0) => (minor / self.unit(0), None),
            Some(behind) => (minor - minor % self.unit(behind - 1), Some(behind - 1)),
        };
    }

    /// What was typed is no amount.
    fn give_up(&mut self) {
        let currency = self.amount.currency;
        *self = Self::new(Money::new(0, currency));
        self.refused = Some(EntryRefusal::decimals(currency));
    }

    /// Whether it is within the limit.
    fn take(&mut self, minor: i64, most: i64) -> bool {
        let fits = minor <= most;
        if fits {
            self.amount.minor = minor;
        } else {
            let limit = Money::new(most, self.amount.currency);
            self.refused = Some(EntryRefusal::OverLimit { limit });
        }
        fits
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
        keys.iter().for_each(|key| entry.press(*key, settings.limit));
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

    fn keys(text: &str) -> Vec<Key> {
        let key = |c: char| match c.to_digit(10) {
            Some(digit) => Key::Digit(u8::try_from(digit).expect("small")),
            None if c == '<' => Key::Back,
            None => Key::Point,
        };
        text.chars().map(key).collect()
    }

    #[test]
    fn a_point_makes_whole_units_of_what_was_typed() {
        let settings = Settings::example();
        for (text, minor) in [
            ("12.50", 1250),
            ("12.5", 1250),
            ("12.", 1200),
            ("12", 12),
            (".5", 50),
            ("0.05", 5),
            ("12.5<", 1200),
            ("12.<", 12),
            ("12.57<6", 1256),
        ] {
            let entry = typed(&keys(text), &settings);
            assert_eq!((entry.amount.minor, entry.refused), (minor, None), "{text}");
        }
    }

    #[test]
    fn what_nobody_can_mean_empties_the_amount_and_takes_the_rest_of_its_number_with_it() {
        let settings = Settings::example();
        let point = Some(EntryRefusal::decimals(settings.currency));
        for text in ["12.505", "1.2.5", "12..5", "12.5077"] {
            let entry = typed(&keys(text), &settings);
            assert_eq!((entry.amount.minor, entry.refused), (0, point), "{text}");
            assert_eq!(entry.check(&settings), Err(EntryRefusal::Zero));
            for again in [Key::Back, Key::Clear] {
                let entry = typed(&[&keys(text)[..], &[again, Key::Digit(7)]].concat(), &settings);
                assert_eq!((entry.amount.minor, entry.refused), (7, None), "{text}");
            }
        }
        let yen = Settings { currency: Currency::from_code("JPY").unwrap(), ..settings };
        let entry = typed(&keys("12.5"), &yen);
        assert_eq!((entry.amount.minor, entry.refused), (0, Some(EntryRefusal::decimals(yen.currency))));
    }

    #[test]
    fn a_point_cannot_lead_over_the_limit() {
        let settings = Settings { limit: 10_000, ..Settings::example() };
        let entry = typed(&keys("101."), &settings);
        assert_eq!(entry.amount.minor, 101);
        assert!(matches!(entry.refused, Some(EntryRefusal::OverLimit { .. })));
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
