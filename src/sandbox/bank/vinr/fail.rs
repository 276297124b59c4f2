//! A no, as VINR's error body. Types and codes are those of its newer pages; the words for what no page
//! names are ours.

use serde_json::json;

use crate::sandbox::bank::json::Why;
use crate::sandbox::bank::json::Wrong;

/// Why a call is not answered 2xx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fail {
    pub status: u16,
    kind: &'static str,
    code: &'static str,
    param: Option<String>,
    message: String,
}

impl Fail {
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        let (kind, code) = ("invalid_request_error", "parameter_invalid");
        Self { status: 400, kind, code, param: None, message: message.into() }
    }

    /// What cannot be done as things stand.
    #[must_use]
    pub fn impossible(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 422, ..Self::invalid(message) }.code(code)
    }

    #[must_use]
    pub fn code(self, code: &'static str) -> Self {
        Self { code, ..self }
    }

    #[must_use]
    pub fn param(self, name: impl Into<String>) -> Self {
        Self { param: Some(name.into()), ..self }
    }

    #[must_use]
    pub fn no_such(what: &str, id: &str) -> Self {
        Self { status: 404, ..Self::invalid(format!("No such {what}: {id}")) }.code("resource_missing")
    }

    #[must_use]
    pub fn key(message: &str) -> Self {
        let kind = "authentication_error";
        Self { status: 401, kind, ..Self::invalid(message) }.code("invalid_api_key")
    }

    #[must_use]
    pub fn key_reused() -> Self {
        let message = "This Idempotency-Key was used with another payload.";
        Self { status: 409, ..Self::invalid(message) }.code("idempotency_key_reused")
    }

    /// 429, or an error of the server's own.
    #[must_use]
    pub fn unwilling(status: u16) -> Self {
        let (kind, code, message) = match status {
            429 => ("rate_limit_error", "rate_limited", "Too many requests; wait as Retry-After says."),
            _ => ("api_error", "internal_error", "Something went wrong on our side; try again."),
        };
        Self { status, kind, code, param: None, message: message.to_owned() }
    }

    /// Status and body. `request` is the id of the call.
    #[must_use]
    pub fn written(self, request: &str) -> (u16, String) {
        let mut error = json!({
            "type": self.kind, "code": self.code, "message": self.message, "request_id": request,
            "doc_url": format!("https://docs.vinr.com/docs/api-reference/errors#{}", self.code),
        });
        if let Some(param) = self.param {
            error["param"] = json!(param);
        }
        (self.status, json!({ "error": error }).to_string())
    }
}

impl From<Wrong> for Fail {
    fn from(wrong: Wrong) -> Self {
        let code = match wrong.why {
            Why::Missing => "parameter_missing",
            Why::Unknown => "parameter_unknown",
            Why::Not(_) => "parameter_invalid",
        };
        Self::invalid(wrong.to_string()).code(code).param(wrong.field)
    }
}
