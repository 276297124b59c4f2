//! A no, as `{"error": {"code", "message"}}`.

use serde_json::json;

use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Request;
use crate::sandbox::bank::json::Why;
use crate::sandbox::bank::json::Wrong;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fail {
    status: u16,
    code: &'static str,
    message: String,
    /// Seconds.
    retry_after: Option<u32>,
}

impl Fail {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    #[must_use]
    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(422, code, message)
    }

    #[must_use]
    pub fn unauthorized(message: &str) -> Self {
        Self::new(401, "unauthorized", message)
    }

    #[must_use]
    pub fn no_such(what: &str, id: &str) -> Self {
        Self::new(404, "not_found", format!("There is no {what} `{id}`."))
    }

    #[must_use]
    pub fn no_such_path(request: &Request) -> Self {
        Self::new(404, "not_found", format!("There is no {} /{}.", request.verb.name(), request.path))
    }

    /// A system that will not serve now. Calls are counted by the second where they are `limited`.
    #[must_use]
    pub fn unwilling(status: u16, limited: bool) -> Self {
        let (code, message) = match status {
            429 => ("rate_limited", "Too many requests."),
            503 => ("unavailable", "The service is not available."),
            _ => ("internal_error", "Something went wrong."),
        };
        Self { retry_after: limited.then_some(1), ..Self::new(status, code, message) }
    }

    #[must_use]
    pub fn answer(&self) -> Answer {
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        let answer = Answer::json(self.status, &body);
        match self.retry_after {
            Some(seconds) => answer.with("Retry-After", seconds.to_string()),
            None => answer,
        }
    }
}

impl From<Wrong> for Fail {
    fn from(wrong: Wrong) -> Self {
        let code = match wrong.why {
            Why::Missing => "field_missing",
            Why::Unknown => "field_unknown",
            Why::Not(_) => "field_invalid",
        };
        Self::invalid(code, format!("{wrong}."))
    }
}
