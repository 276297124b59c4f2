//! Which decision follows from an answer that is not a success.

use super::wire::Failure;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::provider::wait;

/// The decision behind an error. `Stripe-Should-Retry` decides among the 4xx what a repetition may mend. A
/// 5xx stays unsure whatever it says: the same key would only give the same answer back, so the link has to
/// be looked for.
pub fn trouble(response: &Response) -> Trouble {
    let error = serde_json::from_slice::<Failure>(&response.body).ok().map(|failure| failure.error);
    let (kind, code, message) =
        error.map_or((None, None, None), |error| (error.kind, error.code, error.message));
    let message = message.unwrap_or_else(|| format!("status {} without a reason", response.status));
    let wait = wait::retry_after(response);
    let advice = response.header("stripe-should-retry");
    match response.status {
        401 | 403 => Trouble::Denied { message },
        404 => Trouble::Missing { message },
        // The request may have been taken although the wait for it ended.
        408 => Trouble::Unsure { message },
        400..500 if kind.as_deref() == Some("idempotency_error") => {
            Trouble::Refused { code: code.or(kind), message }
        }
        400..500 if advice == Some("true") => Trouble::Busy { wait, message },
        409 | 425 | 429 if advice != Some("false") => Trouble::Busy { wait, message },
        400..500 if code.as_deref() == Some("lock_timeout") => Trouble::Busy { wait, message },
        400..500 => Trouble::Refused { code: code.or(kind), message },
        _ => Trouble::Unsure { message },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;
    use serde_json::json;

    use super::*;

    fn failed(status: u16, headers: &[(&str, &str)], error: &Value) -> Trouble {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let response = Response { status, headers, body: json!({"error": error}).to_string().into() };
        trouble(&response)
    }

    #[test]
    fn stripes_errors_become_decisions() {
        let card = json!({"type": "card_error", "code": "card_declined", "message": "No."});
        let refused = Trouble::Refused { code: Some("card_declined".into()), message: "No.".into() };
        assert_eq!(failed(402, &[], &card), refused);
        let reused = json!({"type": "idempotency_error", "message": "Other parameters."});
        let code = Some("idempotency_error".to_owned());
        let expected = Trouble::Refused { code, message: "Other parameters.".into() };
        assert_eq!(failed(400, &[("stripe-should-retry", "true")], &reused), expected);
        let locked = json!({"type": "invalid_request_error", "code": "lock_timeout", "message": "Wait."});
        let busy = |wait: Option<u64>| Trouble::Busy {
            wait: wait.map(Duration::from_secs),
            message: "Wait.".into(),
        };
        assert_eq!(failed(429, &[("retry-after", "7")], &locked), busy(Some(7)));
        assert_eq!(failed(400, &[], &locked), busy(None));
        let other = json!({"type": "invalid_request_error", "message": "Wait."});
        assert_eq!(failed(400, &[("stripe-should-retry", "true")], &other), busy(None));
        let final_no = failed(409, &[("stripe-should-retry", "false")], &other);
        assert!(matches!(final_no, Trouble::Refused { .. }), "{final_no:?}");
        for advice in ["true", "false"] {
            let said = failed(500, &[("stripe-should-retry", advice)], &other);
            assert!(matches!(said, Trouble::Unsure { .. }), "{said:?}");
        }
    }
}
