//! Yabetoo's numbers: JSON numbers in major units, taken and written digit by digit.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::core::money::Currency;
use crate::core::money::Money;
use crate::sandbox::bank::model::Chargeable;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::yabetoo::fail::Fail;

/// Yabetoo names no bounds.
pub const CHARGEABLE: Chargeable = Chargeable { least: 1, most: 99_999_999, step: 1 };

/// The amounts of a body, as they were written.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Amounts<'a> {
    #[serde(borrow)]
    pub amount: Option<&'a RawValue>,
    #[serde(borrow)]
    pub min_amount: Option<&'a RawValue>,
    #[serde(borrow)]
    pub max_amount: Option<&'a RawValue>,
    #[serde(borrow)]
    pub suggested_amounts: Option<Vec<&'a RawValue>>,
}

impl<'a> Amounts<'a> {
    pub fn parse(body: &'a [u8]) -> Result<Self, Fail> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let wrong = |_| Fail::wrong("suggestedAmounts", "array", "must be a list of numbers");
        serde_json::from_slice(body).map_err(wrong)
    }
}

/// Minor units of a number in major ones.
pub fn from_wire(number: &RawValue, currency: Currency, field: &str) -> Result<i64, Fail> {
    let text = number.get();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let money = Money::parse(text, currency).ok().filter(|_| plain);
    let minor = money.map(|money| money.minor).ok_or_else(|| {
        Fail::wrong(field, "number", &format!("must be an amount of {currency} in major units"))
    })?;
    if (CHARGEABLE.least..=CHARGEABLE.most).contains(&minor) {
        Ok(minor)
    } else {
        Err(Fail::wrong(field, "range", "is out of bounds"))
    }
}

pub fn to_wire(minor: i64, currency: Currency) -> Box<RawValue> {
    let text = Money::new(minor, currency).decimal();
    RawValue::from_string(text).expect("digits and one point are a JSON number")
}

/// What an `amount` link asks for: a fixed amount, or any within the bounds that are there.
pub fn pricing(fixed: Option<i64>, [minimum, maximum]: [Option<i64>; 2]) -> Result<Pricing, Fail> {
    if minimum.zip(maximum).is_some_and(|(least, most)| least > most) {
        return Err(Fail::wrong("minAmount", "range", "must not be above maxAmount"));
    }
    match fixed {
        Some(minor) => Ok(Pricing::Fixed(minor)),
        None if minimum.is_some() || maximum.is_some() => {
            Ok(Pricing::Open { minimum, maximum, preset: None })
        }
        None => Err(Fail::wrong("amount", "required", "is needed, or minAmount or maxAmount")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::from_code(code).expect("a known code")
    }

    #[test]
    fn numbers_are_taken_and_given_in_major_units() {
        for (text, code, minor) in
            [("1250", "XAF", 1250), ("12.50", "EUR", 1250), ("12.5", "EUR", 1250), ("0.005", "KWD", 5)]
        {
            let number = RawValue::from_string(text.into()).expect("JSON");
            assert_eq!(from_wire(&number, currency(code), "amount"), Ok(minor), "{text}");
            let back = to_wire(minor, currency(code));
            assert_eq!(from_wire(&back, currency(code), "amount"), Ok(minor), "{text}");
        }
        for (text, code) in [
            ("12.5", "XAF"),
            ("12.505", "EUR"),
            ("0", "XAF"),
            ("-5", "XAF"),
            ("1e3", "XAF"),
            ("\"5\"", "XAF"),
        ] {
            let number = RawValue::from_string(text.into()).expect("JSON");
            assert!(from_wire(&number, currency(code), "amount").is_err(), "{text}");
        }
    }

    #[test]
    fn bounds_make_an_open_amount() {
        assert_eq!(pricing(Some(5), [None, None]), Ok(Pricing::Fixed(5)));
        let open = Pricing::Open { minimum: None, maximum: Some(9), preset: None };
        assert_eq!(pricing(None, [None, Some(9)]), Ok(open));
        assert!(pricing(None, [None, None]).is_err());
        assert!(pricing(None, [Some(9), Some(5)]).is_err());
    }
}
