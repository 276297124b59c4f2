//! Money as people of a language write it. The digits come from the integer and are compared with it
//! afterwards: a wrong grouping rule can make an amount ugly, never wrong.

use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_decimal::options::GroupingStrategy;
use icu_locale_core::locale;

use crate::core::money::Currency;
use crate::core::money::Money;

use super::bidi::RIGHT_TO_LEFT_MARK;
use super::lang::Lang;

const NO_BREAK: char = '\u{a0}';

/// The amount with its currency: `€12.50`, `12,50 €`, `CHF 12.50`. Spaces in it never break.
#[must_use]
pub fn format(money: Money, lang: Lang) -> String {
    let symbol = symbol(money.currency);
    let digits = number(money, lang);
    let letters = symbol.chars().all(char::is_alphanumeric);
    match lang {
        Lang::En | Lang::Tr | Lang::Hi if !letters => format!("{symbol}{digits}"),
        Lang::En | Lang::Tr | Lang::Hi | Lang::Nl => format!("{symbol}{NO_BREAK}{digits}"),
        Lang::De | Lang::Fr | Lang::It | Lang::Es | Lang::Pt | Lang::Pl | Lang::Sv => {
            format!("{digits}{NO_BREAK}{symbol}")
        }
        // Without letters of its own it would be read from the left.
        Lang::Ar => format!("{RIGHT_TO_LEFT_MARK}{digits}{NO_BREAK}{symbol}"),
    }
}

/// An amount in its parts, for where it is typed on a few lines. Nothing stands between thousands, so a digit more
/// leaves those before it where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    pub sign: String,
    /// The sign stands at the left of the digits.
    pub leads: bool,
    pub digits: String,
}

/// The parts of an amount as people of the language order them.
#[must_use]
pub fn parts(money: Money, lang: Lang) -> Parts {
    let leads = match lang {
        // Read from the right, it comes after the digits.
        Lang::En | Lang::Tr | Lang::Hi | Lang::Nl | Lang::Ar => true,
        Lang::De | Lang::Fr | Lang::It | Lang::Es | Lang::Pt | Lang::Pl | Lang::Sv => false,
    };
    let digits = written(money, lang, GroupingStrategy::Never);
    Parts { sign: symbol(money.currency), leads, digits }
}

/// The amount without its currency, grouped and marked as the language does it.
#[must_use]
pub fn number(money: Money, lang: Lang) -> String {
    written(money, lang, GroupingStrategy::Auto)
}

fn written(money: Money, lang: Lang, grouping: GroupingStrategy) -> String {
    let mut decimal = Decimal::from(money.minor);
    let exponent = i16::try_from(money.currency.exponent()).unwrap_or(0);
    decimal.multiply_pow10(-exponent);
    let locale = match lang {
        Lang::En => locale!("en"),
        Lang::De => locale!("de"),
        Lang::Fr => locale!("fr"),
        Lang::It => locale!("it"),
        Lang::Es => locale!("es"),
        Lang::Pt => locale!("pt-PT"),
        Lang::Nl => locale!("nl"),
        Lang::Pl => locale!("pl"),
        Lang::Sv => locale!("sv"),
        Lang::Tr => locale!("tr"),
        // The digits on the keypad, which everybody there reads too.
        Lang::Hi => locale!("hi-u-nu-latn"),
        Lang::Ar => locale!("ar-u-nu-latn"),
    };
    let text = DecimalFormatter::try_new(locale.into(), grouping.into())
        .map(|formatter| formatter.format_to_string(&decimal))
        .unwrap_or_default();
    if digits(&text) == digits(&money.decimal()) { text } else { money.decimal() }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The sign people write where every panel can draw it, else the three letters of the code.
#[must_use]
pub fn symbol(currency: Currency) -> String {
    let symbol = currency.symbol();
    let drawable = |c: char| {
        matches!(c, '$' | '.' | '£' | '¥' | '\u{20a0}'..='\u{20b5}' | '\u{20b8}'..='\u{20ba}' | '\u{20bd}')
            || (c.is_alphabetic() && c < '\u{250}')
    };
    if !symbol.is_empty() && symbol.chars().all(drawable) { symbol } else { currency.code().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, Currency::from_code(code).expect("a known code"))
    }

    #[test]
    fn each_language_writes_an_amount_its_own_way() {
        for (minor, code, en, de, fr) in [
            (1250, "EUR", "€12.50", "12,50\u{a0}€", "12,50\u{a0}€"),
            (123_456_789, "EUR", "€1,234,567.89", "1.234.567,89\u{a0}€", "1\u{202f}234\u{202f}567,89\u{a0}€"),
            (5, "EUR", "€0.05", "0,05\u{a0}€", "0,05\u{a0}€"),
            (1250, "JPY", "¥1,250", "1.250\u{a0}¥", "1\u{202f}250\u{a0}¥"),
            (1250, "KWD", "KWD\u{a0}1.250", "1,250\u{a0}KWD", "1,250\u{a0}KWD"),
            (1250, "PLN", "zł\u{a0}12.50", "12,50\u{a0}zł", "12,50\u{a0}zł"),
        ] {
            assert_eq!(format(money(minor, code), Lang::En), en);
            assert_eq!(format(money(minor, code), Lang::De), de);
            assert_eq!(format(money(minor, code), Lang::Fr), fr);
        }
    }

    #[test]
    fn marks_groups_and_the_place_of_the_sign_are_the_countrys() {
        for (lang, small, large, lira) in [
            (Lang::It, "12,50\u{a0}€", "1.234.567,89\u{a0}€", "12,50\u{a0}₺"),
            (Lang::Es, "12,50\u{a0}€", "1.234.567,89\u{a0}€", "12,50\u{a0}₺"),
            (Lang::Pt, "12,50\u{a0}€", "1\u{a0}234\u{a0}567,89\u{a0}€", "12,50\u{a0}₺"),
            (Lang::Nl, "€\u{a0}12,50", "€\u{a0}1.234.567,89", "₺\u{a0}12,50"),
            (Lang::Pl, "12,50\u{a0}€", "1\u{a0}234\u{a0}567,89\u{a0}€", "12,50\u{a0}₺"),
            (Lang::Sv, "12,50\u{a0}€", "1\u{a0}234\u{a0}567,89\u{a0}€", "12,50\u{a0}₺"),
            (Lang::Tr, "€12,50", "€1.234.567,89", "₺12,50"),
        ] {
            assert_eq!(format(money(1250, "EUR"), lang), small);
            assert_eq!(format(money(123_456_789, "EUR"), lang), large);
            assert_eq!(format(money(1250, "TRY"), lang), lira);
        }
        assert_eq!(format(money(1250, "SEK"), Lang::Sv), "12,50\u{a0}kr");
        assert_eq!(format(money(1250, "PLN"), Lang::Pl), "12,50\u{a0}zł");
        assert_eq!(format(money(1250, "KWD"), Lang::Tr), "KWD\u{a0}1,250");
        // Four digits stand together where five are grouped.
        assert_eq!(format(money(123_450, "EUR"), Lang::Es), "1234,50\u{a0}€");
        assert_eq!(format(money(123_450, "EUR"), Lang::De), "1.234,50\u{a0}€");
    }

    #[test]
    fn the_digits_are_those_of_the_integer_at_every_size() {
        for lang in Lang::ALL {
            for code in ["EUR", "JPY", "KWD", "HUF"] {
                for minor in [0, 1, 9, 10, 99, 100, 101, 99_999, 100_000, 1_000_000_007, i64::MAX] {
                    let money = money(minor, code);
                    assert_eq!(digits(&number(money, lang)), digits(&money.decimal()), "{money} {lang}");
                    let parts = parts(money, lang);
                    assert_eq!(parts.digits.len(), money.decimal().len(), "{parts:?}");
                    assert_eq!(digits(&parts.digits), digits(&money.decimal()), "{money} {lang}");
                }
            }
        }
    }
}
