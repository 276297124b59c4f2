//! What systems that speak JSON over HTTP have in common: how a question is written and an answer read.
//! Whose words are in them is each adapter's to say.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::core::money::Currency;
use crate::core::money::Money;
use crate::port::provider::Base;
use crate::port::provider::Body;
use crate::port::provider::Method;
use crate::port::provider::Request;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::port::provider::Unsupported;
use crate::provider::wait;

/// What cannot be read, as a sentence for the log.
pub type Unreadable = String;

/// A request with a JSON body, and with an idempotency key where `key` names header and value.
pub fn send(
    base: Base,
    method: Method,
    path: &str,
    body: Option<&impl Serialize>,
    key: Option<(&str, &str)>,
) -> Request {
    let text = body.map(|body| serde_json::to_string(body).expect("an adapter's own bodies are always JSON"));
    Request {
        base,
        method,
        path: path.to_owned(),
        headers: key.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: text.map(|text| Body { content_type: "application/json".to_owned(), text }),
    }
}

/// A question without a body. `query` is already encoded, and may be empty.
#[must_use]
pub fn get(base: Base, path: &str, query: &str) -> Request {
    let joint = if query.is_empty() { "" } else { "?" };
    let path = format!("{path}{joint}{query}");
    Request { base, method: Method::Get, path, headers: Vec::new(), body: None }
}

/// Ids go into paths as they are, so they may not hold a slash, a dot or an escape.
#[must_use]
pub fn is_safe(id: &str) -> bool {
    let legal = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    legal && !id.is_empty()
}

/// The id, for a path of that system's.
pub fn safe<'a>(provider: &'static str, id: &'a str) -> Result<&'a str, Unsupported> {
    let advice = "its ids are made of letters, digits, _ and -; this one is not from there";
    if is_safe(id) { Ok(id) } else { Err(Unsupported { provider, advice }) }
}

pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| unsure(format!("not readable: {error}")))
}

#[must_use]
pub fn unsure(message: String) -> Trouble {
    Trouble::Unsure { message }
}

/// The decision behind a status that is not 2xx, with the system's own code and words where it gave any. A
/// 5xx and a 408 stay unsure: the request may have been taken.
#[must_use]
pub fn trouble(response: &Response, code: Option<String>, message: Option<String>) -> Trouble {
    let message = message.unwrap_or_else(|| format!("status {} without a reason", response.status));
    match response.status {
        401 | 403 => Trouble::Denied { message },
        404 => Trouble::Missing { message },
        408 => Trouble::Unsure { message },
        409 | 425 | 429 => Trouble::Busy { wait: wait::retry_after(response), message },
        400..500 => Trouble::Refused { code, message },
        _ => Trouble::Unsure { message },
    }
}

/// Major units as machines write them, `12.50`: digits and one point, no more digits than the currency has.
pub fn decimal(text: &str, currency: Currency) -> Result<Money, Unreadable> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let money = Money::parse(text, currency).ok().filter(|_| plain);
    money.ok_or_else(|| format!("`{text}` is no amount of {currency}"))
}

pub fn currency(code: &str) -> Result<Currency, Unreadable> {
    Currency::from_code(code)
        .ok_or_else(|| format!("an amount in `{code}`, which is no currency of ISO 4217"))
}

/// Milliseconds since 1970 of an ISO 8601 time with its offset.
pub fn millis(text: &str) -> Result<i64, Unreadable> {
    let time = text.parse::<jiff::Timestamp>();
    time.map(|time| time.as_millisecond()).map_err(|_| format!("`{text}` is no ISO 8601 time"))
}

/// The same the other way, in UTC and whole seconds.
#[must_use]
pub fn iso(unix_ms: i64) -> String {
    let whole = jiff::Timestamp::from_second(unix_ms.div_euclid(1000)).unwrap_or(jiff::Timestamp::MAX);
    whole.to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn euro() -> Currency {
        Currency::from_code("EUR").expect("a currency")
    }

    #[test]
    fn decimals_are_exact_or_refused() {
        for (text, minor) in [("12.50", 1250), ("12.5", 1250), ("12", 1200), ("0.01", 1)] {
            assert_eq!(decimal(text, euro()).map(|money| money.minor), Ok(minor), "{text}");
        }
        for text in ["", "12,50", "12.505", "12.", ".5", "-1", "1e3", " 12", "1 000", "NaN", "+5"] {
            assert!(decimal(text, euro()).is_err(), "{text}");
        }
    }

    #[test]
    fn times_go_there_and_back() {
        assert_eq!(millis("2026-11-20T12:00:00.250Z"), Ok(1_795_176_000_250));
        assert_eq!(millis("2026-11-20T13:00:00+01:00"), Ok(1_795_176_000_000));
        assert_eq!(iso(1_795_176_000_250), "2026-11-20T12:00:00Z");
        assert!(millis("2026-11-20").is_err());
    }

    #[test]
    fn a_status_decides_and_the_wait_is_kept() {
        let said = |status, after: &str| {
            let headers = vec![("retry-after".to_owned(), after.to_owned())];
            trouble(&Response { status, headers, body: Vec::new() }, None, Some("slower".into()))
        };
        let busy = |wait| Trouble::Busy { wait, message: "slower".into() };
        assert_eq!(said(429, "7"), busy(Some(Duration::from_secs(7))));
        assert_eq!(said(429, ""), busy(None));
        assert!(matches!(said(500, ""), Trouble::Unsure { .. }));
        assert!(matches!(said(302, ""), Trouble::Unsure { .. }));
        assert!(matches!(said(422, ""), Trouble::Refused { .. }));
    }

    #[test]
    fn an_id_cannot_lead_to_another_path() {
        for id in ["", "..", "a/b", "a?b", "a%2Fb", "é"] {
            assert!(!is_safe(id), "{id}");
            assert_eq!(safe("stripe", id).map_err(|no| no.provider), Err("stripe"), "{id}");
        }
        assert!(is_safe("018f-ab_C"));
        assert_eq!(safe("stripe", "018f-ab_C"), Ok("018f-ab_C"));
    }
}
