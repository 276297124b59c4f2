//! Between Stripe's integers and minor units. They are the same but for a few currencies, and Stripe
//! has a least and a greatest amount.

use crate::core::money::Currency;
use crate::core::money::Money;
use crate::sandbox::bank::model::Chargeable;
use crate::sandbox::bank::stripe::fail::Fail;

/// Eight digits on the wire.
const MOST: i64 = 99_999_999;

/// How many of Stripe's units make `10^exponent` of ours: Stripe counts these with other digits than
/// ISO 4217 says.
fn factor(currency: Currency) -> (i64, i64) {
    match currency.code() {
        "ISK" | "UGX" => (100, 1),
        "MGA" => (1, 100),
        _ => (1, 1),
    }
}

/// Minor units as Stripe writes them.
#[must_use]
pub fn to_wire(minor: i64, currency: Currency) -> i64 {
    let (times, over) = factor(currency);
    minor.saturating_mul(times) / over
}

/// Stripe's integer as money; `param` names it in the refusal.
pub fn from_wire(wire: i64, currency: Currency, param: &str) -> Result<Money, Fail> {
    let (over, times) = factor(currency);
    if wire < 0 {
        let message = "Invalid integer: must be at least 0";
        return Err(Fail::invalid(message).code("parameter_invalid_integer").param(param));
    }
    if wire > MOST {
        let message = format!("Amount must be no more than {MOST}");
        return Err(Fail::invalid(message).code("amount_too_large").param(param));
    }
    if wire % over != 0 || (currency.exponent() == 3 && wire % 10 != 0) {
        let message = format!("Invalid amount: {currency} is charged in steps that {wire} is not one of");
        return Err(Fail::invalid(message).code("parameter_invalid_integer").param(param));
    }
    Ok(Money::new(wire / over * times, currency))
}

/// What Stripe charges in this currency. The least is known for some currencies only.
#[must_use]
pub fn chargeable(currency: Currency) -> Chargeable {
    let least = match currency.code() {
        "GBP" => 30,
        "USD" | "EUR" | "CHF" | "CAD" | "AUD" | "NZD" | "SGD" | "BRL" | "INR" | "JPY" => 50,
        _ => 1,
    };
    let (over, times) = factor(currency);
    let step = if currency.exponent() == 3 { 10 } else { times };
    Chargeable { least: least.max(step), most: MOST / over * times / step * step, step }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::from_code(code).expect("a known code")
    }

    #[test]
    fn odd_currencies_keep_their_worth() {
        for (code, wire, minor) in
            [("EUR", 1250, 1250), ("JPY", 1250, 1250), ("ISK", 500, 5), ("MGA", 5, 500), ("KWD", 1250, 1250)]
        {
            assert_eq!(
                from_wire(wire, currency(code), "amount").map(|money| money.minor),
                Ok(minor),
                "{code}"
            );
            assert_eq!(to_wire(minor, currency(code)), wire, "{code}");
        }
    }

    #[test]
    fn what_can_be_charged_is_what_the_wire_takes() {
        for code in ["EUR", "JPY", "KWD", "ISK", "MGA"] {
            let currency = currency(code);
            let Chargeable { least, most, step } = chargeable(currency);
            for minor in [least, most] {
                let wire = to_wire(minor, currency);
                assert_eq!(from_wire(wire, currency, "").map(|money| money.minor), Ok(minor), "{code}");
            }
            assert!(from_wire(to_wire(most + step, currency), currency, "").is_err(), "{code}");
        }
    }

    #[test]
    fn what_no_one_can_pay_is_refused() {
        for (code, wire) in [("EUR", -1), ("EUR", 100_000_000), ("KWD", 1251), ("ISK", 550)] {
            assert!(from_wire(wire, currency(code), "amount").is_err(), "{code} {wire}");
        }
    }
}
