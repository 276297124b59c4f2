//! Stripe's units. It counts in a currency's minor unit as ISO 4217 has it, with exceptions; each one is
//! converted exactly or refused here. Also the least and the most it takes.

use crate::core::money::Currency;
use crate::core::money::Money;

/// Why an amount has no exact form at Stripe, or none of ours. The text says what a person can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.advice())]
pub enum Inexact {
    NotPositive,
    NotATen,
    NotWhole,
    NoSuchUnit,
    TooLarge,
}

impl Inexact {
    pub fn advice(self) -> &'static str {
        match self {
            Self::NotPositive => "charge an amount above zero",
            Self::NotATen => "in this currency it takes steps of ten minor units; end the amount in 0",
            Self::NotWhole => "it takes whole units of this currency only; leave the decimals away",
            Self::NoSuchUnit => "its unit for this currency is not certain; charge another currency",
            Self::TooLarge => "the amount is too large",
        }
    }
}

/// How Stripe's unit relates to ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Same,
    /// Three decimals, of which the last is always 0.
    Tens,
    /// Stripe has two decimals more than ISO 4217, always 00.
    Hundredfold,
    /// Stripe has none of the two decimals ISO 4217 has.
    Whole,
    Unclear,
}

fn unit(currency: Currency) -> Unit {
    match currency.code() {
        "ISK" => Unit::Hundredfold,
        "MGA" => Unit::Whole,
        // Listed by Stripe both as zero-decimal and as two-decimal.
        "UGX" => Unit::Unclear,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => Unit::Tens,
        // Stripe's zero-decimal currencies, where ISO 4217 agrees.
        "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "VND" | "VUV" | "XAF"
        | "XOF" | "XPF" => Unit::Same,
        _ if currency.exponent() == 2 => Unit::Same,
        _ => Unit::Unclear,
    }
}

/// Our minor units in Stripe's, for something to pay or to give back.
pub fn to_stripe(money: Money) -> Result<i64, Inexact> {
    if money.minor <= 0 {
        return Err(Inexact::NotPositive);
    }
    match unit(money.currency) {
        Unit::Same => Ok(money.minor),
        Unit::Tens if money.minor % 10 != 0 => Err(Inexact::NotATen),
        Unit::Tens => Ok(money.minor),
        Unit::Hundredfold => money.minor.checked_mul(100).ok_or(Inexact::TooLarge),
        Unit::Whole if money.minor % 100 != 0 => Err(Inexact::NotWhole),
        Unit::Whole => Ok(money.minor / 100),
        Unit::Unclear => Err(Inexact::NoSuchUnit),
    }
}

/// Stripe's units in ours. Zero is an amount here: a link may ask for nothing. Three-decimal amounts are
/// taken as they are, whatever their last digit.
pub fn from_stripe(units: i64, currency: Currency) -> Result<Money, Inexact> {
    let minor = match unit(currency) {
        _ if units < 0 => Err(Inexact::NotPositive),
        Unit::Same | Unit::Tens => Ok(units),
        Unit::Hundredfold if units % 100 != 0 => Err(Inexact::NotWhole),
        Unit::Hundredfold => Ok(units / 100),
        Unit::Whole => units.checked_mul(100).ok_or(Inexact::TooLarge),
        Unit::Unclear => Err(Inexact::NoSuchUnit),
    }?;
    Ok(Money::new(minor, currency))
}

/// The least that Stripe charges, in our minor units, for accounts that settle in this same currency. Where
/// it names no minimum this is the smallest amount its unit can say; Stripe has the last word.
pub fn minimum(currency: Currency) -> i64 {
    match currency.code() {
        "AUD" | "BRL" | "CAD" | "CHF" | "EUR" | "INR" | "JPY" | "NZD" | "SGD" | "USD" => 50,
        "GBP" => 30,
        "BGN" => 100,
        "AED" | "MYR" | "PLN" | "RON" => 200,
        "DKK" => 250,
        "NOK" | "SEK" => 300,
        "HKD" => 400,
        "MXN" | "THB" => 1_000,
        "CZK" => 1_500,
        "HUF" => 17_500,
        _ => match unit(currency) {
            Unit::Same | Unit::Hundredfold | Unit::Unclear => 1,
            Unit::Tens => 10,
            Unit::Whole => 100,
        },
    }
}

/// The most in our minor units: eight digits of Stripe's unit. It takes more in a few currencies with small
/// units; at a counter the lower bound does no harm.
pub fn maximum(currency: Currency) -> i64 {
    const DIGITS: i64 = 99_999_999;
    match unit(currency) {
        Unit::Same => DIGITS,
        Unit::Tens => DIGITS / 10 * 10,
        Unit::Hundredfold => DIGITS / 100,
        Unit::Whole => DIGITS * 100,
        Unit::Unclear => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::dice::Dice;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, Currency::from_code(code).expect("a currency"))
    }

    #[test]
    fn amounts_leave_and_come_back_in_stripes_units() {
        for (ours, code, theirs) in [
            (1250, "EUR", 1250),
            (1250, "JPY", 1250),
            (1250, "KWD", 1250),
            (5, "ISK", 500),
            (500, "MGA", 5),
            (1000, "XAF", 1000),
        ] {
            let money = money(ours, code);
            assert_eq!(to_stripe(money), Ok(theirs), "{code}");
            assert_eq!(from_stripe(theirs, money.currency), Ok(money), "{code}");
        }
    }

    #[test]
    fn what_has_no_exact_form_is_refused() {
        assert_eq!(to_stripe(money(1251, "KWD")), Err(Inexact::NotATen));
        assert_eq!(to_stripe(money(550, "MGA")), Err(Inexact::NotWhole));
        assert_eq!(to_stripe(money(1000, "UGX")), Err(Inexact::NoSuchUnit));
        assert_eq!(to_stripe(money(1000, "IQD")), Err(Inexact::NoSuchUnit));
        assert_eq!(to_stripe(money(0, "EUR")), Err(Inexact::NotPositive));
        assert_eq!(to_stripe(money(i64::MAX, "ISK")), Err(Inexact::TooLarge));
        assert_eq!(from_stripe(550, money(1, "ISK").currency), Err(Inexact::NotWhole));
        assert_eq!(from_stripe(-1, money(1, "EUR").currency), Err(Inexact::NotPositive));
        assert_eq!(from_stripe(i64::MAX, money(1, "MGA").currency), Err(Inexact::TooLarge));
    }

    #[test]
    fn the_bounds_can_themselves_be_charged() {
        for code in ["EUR", "USD", "GBP", "JPY", "KWD", "ISK", "MGA", "HUF", "XAF"] {
            let currency = money(1, code).currency;
            assert!(to_stripe(Money::new(minimum(currency), currency)).is_ok(), "{code}");
            assert!(to_stripe(Money::new(maximum(currency), currency)).is_ok(), "{code}");
        }
        assert_eq!(minimum(money(1, "EUR").currency), 50);
        assert_eq!(maximum(money(1, "USD").currency), 99_999_999);
    }

    #[test]
    fn whatever_leaves_comes_back_as_it_was_and_nothing_is_rounded() {
        let mut dice = Dice(0x2545_F491_4F6C_DD1D);
        for _ in 0..2_000 {
            let minor = i64::try_from(dice.below(100_000_000)).expect("small");
            for (code, step) in
                [("JPY", 1), ("XAF", 1), ("EUR", 1), ("USD", 1), ("KWD", 10), ("ISK", 1), ("MGA", 100)]
            {
                let money = money(minor, code);
                let said = to_stripe(money);
                assert_eq!(said.is_ok(), minor > 0 && minor % step == 0, "{money}: {said:?}");
                if let Ok(units) = said {
                    assert_eq!(from_stripe(units, money.currency), Ok(money), "{units}");
                }
            }
        }
    }
}
