//! Which decision follows from an answer that is not a success. Yabetoo writes its errors in five shapes;
//! the code is looked for in each, and the words are kept.

use serde_json::Value;

use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::provider::rest;
use crate::provider::wait;
use crate::provider::wait::Reset;

/// A repetition while the first request with this key is still at work.
const IN_FLIGHT: &str = "E_IDEMPOTENCY_CONFLICT";
/// What was asked has been done before: for an order, the link may be there.
const DONE_BEFORE: &str = "E_DUPLICATE_OPERATION";
/// Seconds to wait, or the moment: the older pages do not say which.
const RESET: Reset = Reset::SecondsOrMoment("x-ratelimit-reset");

pub fn trouble(response: &Response) -> Trouble {
    let Told { code, message } = told(&response.body);
    match rest::trouble(response, code.clone(), message) {
        Trouble::Busy { message, .. } if code.as_deref() == Some(DONE_BEFORE) => Trouble::Unsure { message },
        Trouble::Refused { message, .. } if code.as_deref() == Some(IN_FLIGHT) => {
            Trouble::Busy { wait: wait::until(response, RESET), message }
        }
        Trouble::Busy { message, .. } => Trouble::Busy { wait: wait::until(response, RESET), message },
        trouble @ (Trouble::Refused { .. }
        | Trouble::Denied { .. }
        | Trouble::Missing { .. }
        | Trouble::Unsure { .. }) => trouble,
    }
}

#[derive(Default)]
struct Told {
    code: Option<String>,
    message: Option<String>,
}

fn told(body: &[u8]) -> Told {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return Told::default() };
    if let Some(errors) = body.get("errors").and_then(Value::as_array) {
        return of_fields(errors);
    }
    match body.get("error") {
        Some(Value::String(message)) => Told { code: None, message: Some(message.clone()) },
        Some(error @ Value::Object(_)) => of_object(error),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) | None => of_object(&body),
    }
}

fn of_object(error: &Value) -> Told {
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    let message = match (text("message"), text("detail")) {
        (Some(message), Some(detail)) => Some(format!("{message}: {detail}")),
        (message, detail) => message.or(detail),
    };
    Told { code: text("code"), message }
}

/// Every field that was wrong, in one sentence.
fn of_fields(errors: &[Value]) -> Told {
    let text = |error: &Value, name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    let sentences: Vec<String> = errors
        .iter()
        .filter_map(|error| match (text(error, "field"), text(error, "message")) {
            (Some(field), Some(message)) => Some(format!("{field}: {message}")),
            (field, message) => message.or(field),
        })
        .collect();
    let code = errors.first().and_then(|error| text(error, "code").or_else(|| text(error, "rule")));
    Told { code, message: (!sentences.is_empty()).then(|| sentences.join("; ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ERRORS: &str = include_str!("../../../tests/fixtures/yabetoo/errors.json");

    fn failed(status: u16, headers: &[(&str, &str)], body: &Value) -> Trouble {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        trouble(&Response { status, headers, body: body.to_string().into() })
    }

    #[test]
    fn every_shape_gives_its_code_and_keeps_its_words() {
        let examples: Value = serde_json::from_str(ERRORS).expect("JSON");
        let examples = examples.as_array().expect("examples");
        assert_eq!(examples.len(), 10);
        for example in examples {
            let status = example["http"].as_u64().and_then(|status| u16::try_from(status).ok());
            let said = failed(status.expect("a status"), &[], &example["body"]);
            let words = example["words"].as_str().expect("words");
            assert!(said.to_string().contains(words), "{said}: {words}");
            let (kind, code) = match said {
                Trouble::Refused { code, .. } => ("refused", code),
                Trouble::Busy { .. } => ("busy", None),
                Trouble::Denied { .. } => ("denied", None),
                Trouble::Missing { .. } => ("missing", None),
                Trouble::Unsure { .. } => ("unsure", None),
            };
            assert_eq!(example["means"], kind, "{example}");
            assert_eq!(example["code"].as_str(), code.as_deref(), "{example}");
        }
    }

    #[test]
    fn a_rate_limit_says_how_long_to_wait() {
        let wait = |headers: &[(&str, &str)]| {
            let said = failed(429, headers, &json!({"message": "slow"}));
            let Trouble::Busy { wait, .. } = said else { panic!("{said:?}") };
            wait.map(|wait| wait.as_secs())
        };
        assert_eq!(wait(&[("retry-after", "7"), ("x-ratelimit-reset", "30")]), Some(7));
        assert_eq!(wait(&[("x-ratelimit-reset", "30")]), Some(30));
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn a_key_that_was_used_before_is_not_a_no() {
        let code = |code: &str| json!({"error": {"code": code, "message": "m"}});
        assert!(matches!(failed(409, &[], &code(IN_FLIGHT)), Trouble::Busy { .. }));
        assert!(matches!(failed(409, &[], &code(DONE_BEFORE)), Trouble::Unsure { .. }));
        assert!(matches!(failed(503, &[], &code("E_UPSTREAM")), Trouble::Unsure { .. }));
    }
}
