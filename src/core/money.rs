//! Money: an integer in the currency's minor unit, with an ISO 4217 code. No floats, anywhere.

use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;

/// An ISO 4217 currency with a defined minor unit (EUR has 2 digits, JPY 0, KWD 3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The currency of a three-letter code, in either case. `None` for an unknown code and for codes
    /// without a minor unit, such as gold: nobody can key an amount of those.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let found = iso_currency::Currency::from_code(&code.to_ascii_uppercase())?;
        found.exponent().map(|_| Self(found))
    }

    /// The three upper-case letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// The lower-case letters, as Stripe writes them.
    #[must_use]
    pub fn code_lower(self) -> String {
        self.0.code().to_ascii_lowercase()
    }

    /// Digits after the decimal mark: minor units are `10^exponent` to the major unit.
    #[must_use]
    pub fn exponent(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(0))
    }

    /// The sign people write, such as `€`; the code where there is none of its own.
    #[must_use]
    pub fn symbol(self) -> String {
        self.0.symbol().symbol
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{code}` is not an ISO 4217 currency code; write three letters such as EUR"
            ))
        })
    }
}

/// An amount in minor units. Negative only as a difference, never as something to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units: cents for EUR, yen for JPY.
    #[serde(rename = "amount")]
    pub minor: i64,
    pub currency: Currency,
}

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMoney {
    #[error("write an amount such as 12.50")]
    NotANumber,
    #[error("{currency} has {digits} digits after the decimal mark")]
    TooPrecise { currency: Currency, digits: u32 },
    #[error("the amount is too large")]
    TooLarge,
}

impl Money {
    #[must_use]
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads major units as people write them (`12.50`, `12,5`, `12`), exactly: more digits than the
    /// currency has are an error, never rounded. One mark only; no thousands groups.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, NotMoney> {
        let text = text.trim();
        let (whole, fraction) = match text.split_once(['.', ',']) {
            Some((whole, fraction)) => (whole, fraction),
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || text.ends_with(['.', ',']) {
            return Err(NotMoney::NotANumber);
        }
        let exponent = currency.exponent() as usize;
        if fraction.len() > exponent {
            return Err(NotMoney::TooPrecise { currency, digits: currency.exponent() });
        }
        let joined = format!("{whole}{fraction:0<exponent$}");
        let minor = joined.parse().map_err(|_| NotMoney::TooLarge)?;
        Ok(Self { minor, currency })
    }

    /// The digits in major units with a point, `12.50`; no currency, no grouping.
    #[must_use]
    pub fn decimal(self) -> String {
        let exponent = self.currency.exponent() as usize;
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = exponent + 1);
        let (whole, fraction) = digits.split_at(digits.len() - exponent);
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::from_code(code).expect("a known code")
    }

    #[test]
    fn exponents_follow_iso_4217() {
        for (code, digits) in [("EUR", 2), ("JPY", 0), ("KWD", 3), ("XAF", 0), ("CHF", 2)] {
            assert_eq!(currency(code).exponent(), digits, "{code}");
        }
        assert!(Currency::from_code("XAU").is_none());
        assert!(Currency::from_code("EURO").is_none());
    }

    #[test]
    fn text_and_minor_units_agree_both_ways() {
        for (code, text, minor) in
            [("EUR", "12.50", 1250), ("EUR", "0.05", 5), ("JPY", "1250", 1250), ("KWD", "1.250", 1250)]
        {
            let money = Money::parse(text, currency(code)).expect("an amount");
            assert_eq!(money.minor, minor);
            assert_eq!(money.decimal(), text);
        }
        assert_eq!(Money::parse("12,5", currency("EUR")).map(|m| m.minor), Ok(1250));
        assert_eq!(Money::new(-5, currency("EUR")).decimal(), "-0.05");
    }

    #[test]
    fn what_is_not_exactly_an_amount_is_refused() {
        let eur = currency("EUR");
        for text in ["", ".", "1.", ".5", "1.2.3", "1e3", "-1", "+1", "1 000", "NaN"] {
            assert_eq!(Money::parse(text, eur), Err(NotMoney::NotANumber), "{text:?}");
        }
        assert_eq!(Money::parse("1.005", eur), Err(NotMoney::TooPrecise { currency: eur, digits: 2 }));
        assert_eq!(Money::parse("1.0", currency("JPY")).ok(), None);
        assert_eq!(Money::parse("99999999999999999999", eur), Err(NotMoney::TooLarge));
    }
}
