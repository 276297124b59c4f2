//! Which decision follows from an answer that is not a success. VINR's pages name the types differently, so
//! status and code decide.

use super::wire::Error;
use super::wire::Failure;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::provider::rest;
use crate::provider::wait;
use crate::provider::wait::Reset;

/// When the bucket is full again, in seconds since 1970 (api-reference/rate-limits).
const RESET: Reset = Reset::Moment("x-ratelimit-reset");

pub fn trouble(response: &Response) -> Trouble {
    let error = serde_json::from_slice::<Failure>(&response.body).map(|failure| failure.error);
    let error = error.unwrap_or_default();
    let code = error.code.clone().or_else(|| error.kind.clone());
    let conflict = response.status == 409 && is_of_the_key(&error);
    match rest::trouble(response, code.clone(), words(&error)) {
        Trouble::Busy { message, .. } if conflict => Trouble::Refused { code, message },
        Trouble::Busy { message, .. } if response.status == 429 => {
            Trouble::Busy { wait: wait::until(response, RESET), message }
        }
        other @ (Trouble::Busy { .. }
        | Trouble::Refused { .. }
        | Trouble::Denied { .. }
        | Trouble::Missing { .. }
        | Trouble::Unsure { .. }) => other,
    }
}

/// Our key was used for other bytes: that does not pass (api-reference/errors). Any other conflict does, and
/// so does a first request under the same key that is still being answered. The code's exact word is on no
/// page that could be read.
fn is_of_the_key(error: &Error) -> bool {
    let said = |word: &Option<String>, part: &str| word.as_ref().is_some_and(|word| word.contains(part));
    let passes = ["in_use", "in_progress", "in_flight", "processing", "concurrent"];
    (said(&error.code, "idempotency") || said(&error.kind, "idempotency"))
        && !passes.iter().any(|part| said(&error.code, part))
}

/// The message, and after it whatever else a person needs to find the case at VINR.
fn words(error: &Error) -> Option<String> {
    let more = [
        ("code", &error.code),
        ("decline code", &error.decline_code),
        ("field", &error.param),
        ("request", &error.request_id),
    ];
    let more: Vec<String> =
        more.iter().filter_map(|(name, word)| Some(format!("{name} {}", word.as_ref()?))).collect();
    let more = (!more.is_empty()).then(|| format!("({})", more.join(", ")));
    let parts: Vec<String> = error.message.iter().cloned().chain(more).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;

    const ERRORS: &str = include_str!("../../../tests/fixtures/vinr/errors.json");

    fn failed(status: u16, headers: &[(&str, &str)], body: &Value) -> Trouble {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        trouble(&Response { status, headers, body: body.to_string().into() })
    }

    #[test]
    fn the_errors_of_both_pages_are_read_and_lose_nothing() {
        let errors: Value = serde_json::from_str(ERRORS).expect("JSON");
        let message = "The card was declined due to insufficient funds. (code card_declined, decline code \
                       insufficient_funds, field payment_method, request req_8Fq2zX1m4Kd)";
        let expected = Trouble::Refused { code: Some("card_declined".into()), message: message.into() };
        assert_eq!(failed(402, &[], &errors["newer"]), expected);
        let message = "The card was declined by the issuer. (code card_declined, field payment_method, \
                       request req_8aQ2xL0fK)";
        let expected = Trouble::Refused { code: Some("card_declined".into()), message: message.into() };
        assert_eq!(failed(402, &[], &errors["older"]), expected);
        let refund = failed(422, &[], &errors["refund_too_large"]);
        assert!(matches!(refund, Trouble::Refused { code: Some(code), .. } if code == "amount_too_large"));
        let denied = failed(401, &[], &errors["key"]);
        assert!(matches!(denied, Trouble::Denied { message } if message.contains("invalid_api_key")));
    }

    #[test]
    fn a_key_of_other_bytes_is_refused_and_other_conflicts_pass() {
        let conflict = |kind: &str, code: Option<&str>| {
            failed(409, &[], &json!({"error": {"type": kind, "code": code, "message": "No."}}))
        };
        for (kind, code) in [
            ("idempotency_error", None),
            ("idempotency_error", Some("key_reused")),
            ("billing_error", Some("idempotency_conflict")),
            ("invalid_request_error", Some("idempotency_key_reused")),
        ] {
            assert!(
                matches!(conflict(kind, code), Trouble::Refused { code: Some(_), .. }),
                "{kind} {code:?}"
            );
        }
        for (kind, code) in [
            ("billing_error", None),
            ("billing_error", Some("state_conflict")),
            ("idempotency_error", Some("idempotency_key_in_use")),
            ("idempotency_error", Some("request_in_progress")),
        ] {
            assert!(matches!(conflict(kind, code), Trouble::Busy { .. }), "{kind} {code:?}");
        }
        let reused = json!({"error": {"type": "idempotency_error", "code": "idempotency_conflict"}});
        assert!(matches!(failed(500, &[], &reused), Trouble::Unsure { .. }));
    }

    #[test]
    fn the_wait_is_what_the_headers_say() {
        let limited =
            json!({"error": {"type": "rate_limit_error", "code": "rate_limited", "message": "Wait."}});
        let date = ("date", "Thu, 09 Oct 2025 08:53:20 GMT");
        let wait = |headers: &[(&str, &str)]| {
            let said = failed(429, headers, &limited);
            let Trouble::Busy { wait, message } = said else { panic!("{said:?}") };
            assert_eq!(message, "Wait. (code rate_limited)");
            wait.map(|wait| wait.as_secs())
        };
        assert_eq!(wait(&[("retry-after", "7"), ("x-ratelimit-reset", "1760000002"), date]), Some(7));
        assert_eq!(wait(&[("x-ratelimit-reset", "1760000002"), date]), Some(2));
        assert_eq!(wait(&[]), None);
    }
}
