//! Which decision follows from an answer that is not a success.

use super::wire::Error;
use super::wire::Failure;
use super::wire::Source;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::provider::rest;

/// A sentence in plain text; longer is a page of HTML.
const SENTENCE_MOST: usize = 300;

/// A 428 asks a person to confirm on a phone. Nothing says that payment links do that, so it is an account
/// that needs a person (our reading).
pub fn trouble(response: &Response) -> Trouble {
    let (code, message) = words(&response.body);
    match response.status {
        428 => Trouble::Denied {
            message: message.unwrap_or_else(|| "Qonto wants a confirmation on a phone".to_owned()),
        },
        _ => rest::trouble(response, code, message),
    }
}

/// The first code, and every detail with the place it is about. Some endpoints answer in plain text.
fn words(body: &[u8]) -> (Option<String>, Option<String>) {
    if let Ok(Failure { errors }) = serde_json::from_slice::<Failure>(body) {
        let code = errors.iter().find_map(|error| error.code.clone());
        let all: Vec<String> = errors.iter().filter_map(sentence).collect();
        return (code, (!all.is_empty()).then(|| all.join("; ")));
    }
    let text = std::str::from_utf8(body).unwrap_or_default().trim();
    let plain = !text.is_empty() && text.len() <= SENTENCE_MOST && !text.starts_with(['{', '[', '<']);
    (None, plain.then(|| text.to_owned()))
}

fn sentence(error: &Error) -> Option<String> {
    let detail = error.detail.as_ref().or(error.code.as_ref())?;
    let place = |source: &Source| source.pointer.clone().or_else(|| source.parameter.clone());
    Some(match error.source.as_ref().and_then(place) {
        Some(place) => format!("{detail} ({place})"),
        None => detail.clone(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn said(status: u16, body: &str) -> Trouble {
        let headers = vec![("retry-after".to_owned(), "3".to_owned())];
        trouble(&Response { status, headers, body: body.into() })
    }

    #[test]
    fn the_errors_are_kept_in_qontos_words() {
        let invalid = include_str!("../../../tests/fixtures/qonto/error_invalid.json");
        let message = "is invalid (/payment_link/items/0/unit_price/value); is missing \
                       (/payment_link/potential_payment_methods)";
        let refused = Trouble::Refused { code: Some("invalid".into()), message: message.into() };
        assert_eq!(said(422, invalid), refused);
        let scope = include_str!("../../../tests/fixtures/qonto/error_scope.json");
        assert!(matches!(said(403, scope), Trouble::Denied { message } if message.contains("payment_link")));
        let plain = Trouble::Refused { code: None, message: "CallbackURL is missing".into() };
        assert_eq!(said(400, "CallbackURL is missing\n"), plain);
        assert!(matches!(said(428, ""), Trouble::Denied { message } if message.contains("phone")));
        assert!(
            matches!(said(429, "{}"), Trouble::Busy { wait, .. } if wait == Some(Duration::from_secs(3)))
        );
        assert!(matches!(said(502, "<html>no</html>"), Trouble::Unsure { message }
            if message == "status 502 without a reason"));
        assert!(matches!(said(404, r#"{"errors":[]}"#), Trouble::Missing { .. }));
    }
}
