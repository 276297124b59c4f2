//! A no, as Stripe's error body.

use serde_json::json;

use crate::sandbox::bank::call::Request;
use crate::sandbox::bank::stripe::Said;

/// Why a call is not answered 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fail {
    pub status: u16,
    pub kind: &'static str,
    pub code: Option<&'static str>,
    pub param: Option<String>,
    pub message: String,
    /// The call was carried out as far as it went, so an idempotency key remembers the answer. Calls
    /// refused for their parameters are not remembered.
    pub executed: bool,
}

impl Fail {
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        let (kind, message) = ("invalid_request_error", message.into());
        Self { status: 400, kind, code: None, param: None, message, executed: false }
    }

    #[must_use]
    pub fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    #[must_use]
    pub fn param(self, name: impl Into<String>) -> Self {
        Self { param: Some(name.into()), ..self }
    }

    #[must_use]
    pub fn executed(self) -> Self {
        Self { executed: true, ..self }
    }

    #[must_use]
    pub fn missing(name: &str) -> Self {
        Self::invalid(format!("Missing required param: {name}.")).code("parameter_missing").param(name)
    }

    #[must_use]
    pub fn unknown(name: &str) -> Self {
        Self::invalid(format!("Received unknown parameter: {name}")).code("parameter_unknown").param(name)
    }

    #[must_use]
    pub fn not_here(name: &str) -> Self {
        Self::invalid(format!("The sandbox's bank does not offer `{name}`; leave it out.")).param(name)
    }

    #[must_use]
    pub fn no_such(object: &str, id: &str, param: &str) -> Self {
        let fail = Self::invalid(format!("No such {object}: '{id}'")).code("resource_missing").param(param);
        Self { status: 404, ..fail }
    }

    #[must_use]
    pub fn no_such_url(request: &Request) -> Self {
        let (verb, path) = (request.verb.name(), &request.path);
        Self { status: 404, ..Self::invalid(format!("Unrecognized request URL ({verb}: /{path}).")) }
    }

    #[must_use]
    pub fn no_key() -> Self {
        let message = "You did not provide an API key. Send it in the Authorization header, as a Bearer \
                       token or as the user of Basic authentication.";
        Self { status: 401, ..Self::invalid(message) }
    }

    #[must_use]
    pub fn wrong_key(given: &str) -> Self {
        let end: String = given.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
        let start: String = given.chars().take(8).collect();
        let shown = if given.chars().count() > 16 { format!("{start}****{end}") } else { "****".into() };
        Self { status: 401, ..Self::invalid(format!("Invalid API Key provided: {shown}")) }
    }

    #[must_use]
    pub fn key_too_long() -> Self {
        Self::invalid("Idempotency-Key may have at most 255 characters.")
    }

    #[must_use]
    pub fn key_reused(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used \
             with. Use another key than '{key}' for another request."
        );
        Self { kind: "idempotency_error", ..Self::invalid(message) }
    }

    /// 429, or an error of the server's own.
    #[must_use]
    pub fn unwilling(status: u16) -> Self {
        let fail = if status == 429 {
            Self::invalid("Too many requests hit the API too quickly.").code("rate_limit")
        } else {
            Self { kind: "api_error", ..Self::invalid("Something went wrong on our side; try again.") }
        };
        Self { status, ..fail }
    }
}

impl From<Fail> for Said {
    fn from(fail: Fail) -> Self {
        let mut error = json!({ "type": fail.kind, "message": fail.message });
        if let Some(code) = fail.code {
            error["code"] = json!(code);
            error["doc_url"] =
                json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")));
        }
        if let Some(param) = fail.param {
            error["param"] = json!(param);
        }
        Self { status: fail.status, body: json!({ "error": error }).to_string(), replayed: None }
    }
}
