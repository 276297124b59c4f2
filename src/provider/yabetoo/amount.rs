//! Yabetoo's numbers. Links and webhooks have JSON numbers in major units, whole for the franc currencies;
//! intents too, by our reading, some as texts. They are read digit by digit: no float comes near them.

use serde_json::value::RawValue;

use super::unsupported;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::port::provider::Unsupported;
use crate::provider::rest;
use crate::provider::rest::Unreadable;

/// Which amounts are certain enough to be written and read; see `Options`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    pub decimals: bool,
    pub minor_intents: bool,
}

impl Units {
    /// What is safe to assume where nothing is configured.
    pub const WHOLE_ONLY: Self = Self { decimals: false, minor_intents: false };

    /// Whether amounts of this currency have one sure meaning here.
    pub fn certain(self, currency: Currency) -> bool {
        self.decimals || currency.exponent() == 0
    }

    /// An amount to pay, as the number that goes out.
    pub fn to_wire(self, money: Money) -> Result<Box<RawValue>, Unsupported> {
        if !self.certain(money.currency) {
            return Err(unsupported(
                "how it writes amounts of this currency is not certain; charge XAF or XOF, or set \
                 decimal_currencies = true in [provider.options] to send decimal numbers in major units",
            ));
        }
        if money.minor <= 0 {
            return Err(unsupported("charge an amount above zero"));
        }
        Ok(RawValue::from_string(money.decimal()).expect("digits and one point are a JSON number"))
    }

    /// A number, or a text of one, in major units.
    pub fn of_major(self, number: &RawValue, code: &str) -> Result<Money, Unreadable> {
        let currency = self.sure(code)?;
        rest::decimal(shortened(digits(number)?, currency), currency)
    }

    /// The same in an intent, which may count in the smallest unit.
    pub fn of_intent(self, number: &RawValue, code: &str) -> Result<Money, Unreadable> {
        if !self.minor_intents {
            return self.of_major(number, code);
        }
        let (text, currency) = (digits(number)?, self.sure(code)?);
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let minor = text.parse().ok().filter(|_| plain);
        let minor = minor.ok_or_else(|| format!("`{text}` is no number of the smallest unit"))?;
        Ok(Money::new(minor, currency))
    }

    fn sure(self, code: &str) -> Result<Currency, Unreadable> {
        let currency = rest::currency(code)?;
        if self.certain(currency) {
            return Ok(currency);
        }
        Err(format!("an amount in {currency}, whose unit is not certain without decimal_currencies = true"))
    }
}

/// The characters of a number, or of a text that is one.
fn digits(number: &RawValue) -> Result<&str, Unreadable> {
    let text = number.get();
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if inner.is_empty() || inner.bytes().any(|byte| !byte.is_ascii_digit() && byte != b'.') {
        return Err(format!("`{text}` is no plain number"));
    }
    Ok(inner)
}

/// Without the zeros that say nothing: a decimal column prints `2000.00` for francs too. Other digits beyond
/// the currency's stay, and are refused.
fn shortened(text: &str, currency: Currency) -> &str {
    let exponent = currency.exponent() as usize;
    let Some((whole, fraction)) = text.split_once('.') else { return text };
    let Some((kept, rest)) = fraction.split_at_checked(exponent) else { return text };
    if fraction.is_empty() || rest.bytes().any(|byte| byte != b'0') {
        text
    } else if kept.is_empty() {
        whole
    } else {
        &text[..whole.len() + 1 + kept.len()]
    }
}

/// No least amount is documented, so it is the smallest step of the currency. For a currency with decimals
/// too, although it may have to be switched on first: the advice to do so is the request's to give, and must
/// not be hidden behind bounds.
pub fn minimum(_currency: Currency) -> i64 {
    1
}

/// None is documented either; eight digits are more than a counter takes.
pub fn maximum(_currency: Currency) -> i64 {
    99_999_999
}

#[cfg(test)]
mod tests {
    use super::super::subject::money;
    use super::*;

    const ALL: Units = Units { decimals: true, minor_intents: false };

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).expect("JSON")
    }

    #[test]
    fn amounts_go_out_in_major_units() {
        for (minor, code, text) in
            [(1250, "XAF", "1250"), (1250, "XOF", "1250"), (1250, "EUR", "12.50"), (5, "KWD", "0.005")]
        {
            let money = money(minor, code);
            let wire = ALL.to_wire(money).expect("an exact form");
            assert_eq!(wire.get(), text);
            assert_eq!(ALL.of_major(&wire, &code.to_ascii_lowercase()), Ok(money));
        }
    }

    #[test]
    fn a_currency_with_decimals_is_refused_by_the_name_of_the_option() {
        let no = Units::WHOLE_ONLY.to_wire(money(1250, "EUR")).expect_err("not certain");
        assert!(no.advice.contains("decimal_currencies = true"), "{no}");
        let no = Units::WHOLE_ONLY.of_major(&raw("12.50"), "EUR").expect_err("not certain");
        assert!(no.contains("decimal_currencies"), "{no}");
        assert!(Units::WHOLE_ONLY.to_wire(money(1250, "XAF")).is_ok());
        assert!(Units::WHOLE_ONLY.to_wire(money(0, "XAF")).is_err());
    }

    #[test]
    fn what_is_not_exactly_an_amount_is_refused() {
        for text in ["12.505", "1e3", "-1", "1.5e1", "\"\"", "\"12,50\"", "null", "true", "\" 1\"", "\"1.\""]
        {
            assert!(ALL.of_major(&raw(text), "EUR").is_err(), "{text}");
        }
        for text in ["1250.5", "1250.01", "99999999999999999999"] {
            assert!(ALL.of_major(&raw(text), "XAF").is_err(), "{text}");
        }
        assert!(ALL.of_major(&raw("1"), "francs").is_err());
    }

    #[test]
    fn zeros_that_say_nothing_are_passed_over() {
        for (text, code, minor) in [
            ("2000.00", "XAF", 2000),
            ("\"2000.00\"", "xaf", 2000),
            ("12.5", "EUR", 1250),
            ("12.5000", "EUR", 1250),
            ("12", "EUR", 1200),
            ("0.0", "XAF", 0),
        ] {
            assert_eq!(ALL.of_major(&raw(text), code).map(|money| money.minor), Ok(minor), "{text}");
        }
    }

    #[test]
    fn intents_may_count_in_the_smallest_unit() {
        let minor = Units { decimals: true, minor_intents: true };
        assert_eq!(minor.of_intent(&raw("1250"), "eur"), Ok(money(1250, "EUR")));
        assert_eq!(minor.of_intent(&raw("\"1250\""), "xaf"), Ok(money(1250, "XAF")));
        assert!(minor.of_intent(&raw("12.50"), "eur").is_err());
        assert_eq!(ALL.of_intent(&raw("12.50"), "eur"), Ok(money(1250, "EUR")));
    }
}
