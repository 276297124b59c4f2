//! What people write, as values: money, times, items, and words of the systems' own.

use std::collections::BTreeMap;

use crate::core::money::Currency;
use crate::core::money::Money;
use crate::port::provider::CustomerField;
use crate::port::provider::Ends;
use crate::port::provider::Line;
use crate::port::provider::Need;
use crate::provider::rest;

/// `12.50 EUR`, in either order of amount and currency, with or without the space.
pub fn money(text: &str) -> Result<Money, String> {
    let (digits, code): (String, String) =
        text.chars().filter(|c| !c.is_whitespace()).partition(|c| !c.is_alphabetic());
    let currency =
        currency(&code).map_err(|_| format!("`{text}`: write amount and currency, `12.50 EUR`"))?;
    Money::parse(&digits, currency).map_err(|error| format!("`{text}`: {error}"))
}

/// An id of a link or a payment, or a sale's reference: it goes into addresses as it is.
pub fn id(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}`: ids are made of letters, digits, _ and -");
    if rest::is_safe(text) { Ok(text.to_owned()) } else { Err(wrong()) }
}

/// An id, or an address to take as it is.
pub fn id_or_address(text: &str) -> Result<String, String> {
    if text.contains("://") { Ok(text.to_owned()) } else { id(text) }
}

/// Where a customer may be led: encrypted, or on this machine.
pub fn address(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}`: write an address such as https://shop.example/thanks");
    let url = reqwest::Url::parse(text).map_err(|_| wrong())?;
    let here = ["127.0.0.1", "[::1]", "localhost"];
    let good = url.scheme() == "https"
        || url.scheme() == "http" && url.host_str().is_some_and(|host| here.contains(&host));
    if good && url.host_str().is_some_and(|host| !host.is_empty()) {
        Ok(text.to_owned())
    } else {
        Err(wrong())
    }
}

pub fn currency(code: &str) -> Result<Currency, String> {
    Currency::from_code(code)
        .ok_or_else(|| format!("`{code}` is no currency; write three letters such as EUR"))
}

/// `key=value`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err(format!("`{text}`: write key=value")),
    }
}

pub fn pairs(list: Vec<(String, String)>) -> BTreeMap<String, String> {
    list.into_iter().collect()
}

/// `2 x 4.50 Lunch @20`: quantity, net price of one, title, and the tax in percent, if any. The currency is
/// the link's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    quantity: u32,
    unit: String,
    title: String,
    vat_bp: u32,
}

pub fn item(text: &str) -> Result<Item, String> {
    let wrong = || format!("`{text}`: write an item as `2 x 4.50 Lunch @20`");
    let (quantity, rest) = text.split_once(['x', '×']).ok_or_else(wrong)?;
    let quantity = quantity.trim().parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?;
    let (unit, rest) = rest.trim_start().split_once(' ').ok_or_else(wrong)?;
    let (title, vat_bp) = match rest.rsplit_once('@') {
        Some((title, rate)) => (title, percent(rate.trim().trim_end_matches('%')).ok_or_else(wrong)?),
        None => (rest, 0),
    };
    let title = title.trim().to_owned();
    if title.is_empty() { Err(wrong()) } else { Ok(Item { quantity, unit: unit.to_owned(), title, vat_bp }) }
}

/// Hundredths of a percent.
fn percent(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let part: u32 = format!("{part:0<2}").parse().ok().filter(|_| digits)?;
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(part)
}

impl Item {
    pub fn line(&self, currency: Currency) -> Result<Line, String> {
        let unit = Money::parse(&self.unit, currency).map_err(|error| format!("`{}`: {error}", self.unit))?;
        let (title, quantity, vat_bp) = (self.title.clone(), self.quantity, self.vat_bp);
        Ok(Line { title, quantity, unit: unit.minor, vat_bp })
    }
}

/// What the items come to with their tax, each line rounded to the minor unit, half up, as systems do.
#[must_use]
pub fn gross(lines: &[Line]) -> Option<i64> {
    let of = |line: &Line| {
        let net = i128::from(line.unit) * i128::from(line.quantity);
        let gross = (net * (10_000 + i128::from(line.vat_bp)) + 5_000).div_euclid(10_000);
        i64::try_from(gross).ok()
    };
    lines.iter().map(of).try_fold(0_i64, |sum, line| sum.checked_add(line?))
}

/// `email`, or `email=required`.
pub fn field(text: &str) -> Result<(CustomerField, Need), String> {
    let (name, need) = text.split_once('=').unwrap_or((text, "optional"));
    let known = |word: &str| format!("`{word}` is not known; {}", FIELDS);
    let field = serde_json::from_value(name.into()).map_err(|_| known(name))?;
    let need = serde_json::from_value(need.into()).map_err(|_| known(need))?;
    Ok((field, need))
}

const FIELDS: &str = "write business-name, name, email, phone, billing-address or shipping-address, and \
                      =required where it must be given";

/// A moment such as `2026-12-24T18:00:00+01:00`, or a time from now such as `2h 30m`.
pub fn ends(text: &str, now_unix_ms: i64) -> Result<Ends, String> {
    let wrong = || format!("`{text}`: write a time such as 2026-12-24T18:00:00+01:00, or 2h 30m from now");
    let at_unix_ms = match text.parse::<jiff::Timestamp>() {
        Ok(at) => at.as_millisecond(),
        Err(_) => {
            let after = text.parse::<jiff::SignedDuration>().map_err(|_| wrong())?;
            let after_ms = i64::try_from(after.as_millis()).map_err(|_| wrong())?;
            now_unix_ms.checked_add(after_ms).ok_or_else(wrong)?
        }
    };
    let after_s = u32::try_from((at_unix_ms - now_unix_ms) / 1000).ok().filter(|s| *s > 0);
    after_s.map(|after_s| Ends { at_unix_ms, after_s }).ok_or_else(|| format!("`{text}` is in the past"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_176_000_000;

    #[test]
    fn money_is_read_as_people_write_it() {
        let euro = |minor| Ok(Money::new(minor, Currency::from_code("EUR").expect("a currency")));
        for text in ["12.50 EUR", "12,5 eur", "EUR 12.50", "12.50EUR"] {
            assert_eq!(money(text), euro(1250), "{text}");
        }
        for text in ["12.50", "EUR", "12.505 EUR", "12.50 EURO", "-1 EUR"] {
            assert!(money(text).is_err(), "{text}");
        }
    }

    #[test]
    fn items_have_quantity_price_title_and_tax() {
        let read = item("2 x 4.50 Lunch, of the day @5.5%").expect("an item");
        let line = read.line(currency("EUR").expect("known")).expect("a line");
        let title = "Lunch, of the day".to_owned();
        assert_eq!(line, Line { title, quantity: 2, unit: 450, vat_bp: 550 });
        assert_eq!(item("1 x 3 Tea").map(|item| item.vat_bp), Ok(0));
        for text in ["", "x 3 Tea", "0 x 3 Tea", "1 x 3", "1 x 3 Tea @", "1 x 3 @20", "1 x 3 Tea @1.234"] {
            assert!(item(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_gross_sum_is_rounded_per_line() {
        let line = |unit, quantity, vat_bp| Line { title: "x".into(), quantity, unit, vat_bp };
        assert_eq!(gross(&[line(1099, 1, 2100)]), Some(1330));
        assert_eq!(gross(&[line(333, 3, 0), line(450, 2, 2000)]), Some(999 + 1080));
        assert_eq!(gross(&[line(i64::MAX, 2, 0)]), None);
    }

    #[test]
    fn an_end_is_a_moment_or_a_while() {
        let later = ends("2h 30m", NOW).expect("a while");
        assert_eq!((later.after_s, later.at_unix_ms), (9000, NOW + 9_000_000));
        assert_eq!(ends("2026-11-20T13:00:00Z", NOW).map(|ends| ends.after_s), Ok(3600));
        assert!(ends("2026-11-20T11:00:00Z", NOW).is_err());
        assert!(ends("soon", NOW).is_err());
    }

    #[test]
    fn ids_and_addresses_lead_nowhere_else() {
        assert!(id("plink_1-a").is_ok() && id("../x").is_err() && id("").is_err());
        assert!(id_or_address("https://a.example/").is_ok() && id_or_address("a/b").is_err());
        for good in ["https://shop.example/thanks", "http://127.0.0.1:8463/x", "http://localhost/"] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in ["notaurl", "http://shop.example/", "ftp://shop.example/", "https://", "javascript:x"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn customer_fields_are_known_words() {
        assert_eq!(field("email=required"), Ok((CustomerField::Email, Need::Required)));
        assert_eq!(field("billing-address"), Ok((CustomerField::BillingAddress, Need::Optional)));
        assert!(field("e-mail").is_err());
    }
}
