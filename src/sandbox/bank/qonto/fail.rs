//! A no, as Qonto's array of errors.

use serde_json::json;

use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::json::Wrong;

/// Why a call is not answered 2xx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fail {
    pub status: u16,
    pub code: &'static str,
    pub detail: String,
    /// The place in the body, as a JSON pointer.
    pub pointer: Option<String>,
    /// The name of a parameter in the query.
    pub parameter: Option<&'static str>,
}

impl Fail {
    fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), pointer: None, parameter: None }
    }

    #[must_use]
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(422, "invalid", detail)
    }

    #[must_use]
    pub fn parameter(name: &'static str, detail: impl Into<String>) -> Self {
        Self { parameter: Some(name), ..Self::new(400, "invalid_parameter", detail) }
    }

    #[must_use]
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(401, "unauthorized", detail)
    }

    #[must_use]
    pub fn no_scope(scope: &str) -> Self {
        Self::new(403, "forbidden", format!("The scope {scope} is missing."))
    }

    #[must_use]
    pub fn no_such_link() -> Self {
        Self::new(404, "not_found", "There is no such payment link.")
    }

    #[must_use]
    pub fn no_such_path() -> Self {
        Self::new(404, "not_found", "There is nothing at this path.")
    }

    /// 429, or an error of the server's own.
    #[must_use]
    pub fn unwilling(status: u16) -> Self {
        match status {
            429 => Self::new(429, "too_many_requests", "Too many requests; try again later."),
            _ => Self::new(status, "internal_error", "Something went wrong on our side."),
        }
    }

    #[must_use]
    pub fn answer(&self) -> Answer {
        let mut error = json!({ "code": self.code, "detail": self.detail });
        if let Some(pointer) = &self.pointer {
            error["source"] = json!({ "pointer": pointer });
        }
        if let Some(parameter) = self.parameter {
            error["source"] = json!({ "parameter": parameter });
        }
        Answer::json(self.status, &json!({ "errors": [error] }))
    }
}

/// `payment_link.items[0].title` is `/payment_link/items/0/title`.
impl From<Wrong> for Fail {
    fn from(wrong: Wrong) -> Self {
        let place = wrong.field.replace(['.', '['], "/").replace(']', "");
        let pointer = (!place.is_empty()).then(|| format!("/{place}"));
        Self { pointer, ..Self::invalid(wrong.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bank::json::Why;

    #[test]
    fn a_place_is_a_json_pointer() {
        let wrong = Wrong { field: "payment_link.items[0].title".into(), why: Why::Missing };
        let fail = Fail::from(wrong);
        assert_eq!(fail.pointer.as_deref(), Some("/payment_link/items/0/title"));
        let body = String::from_utf8(fail.answer().body).expect("text");
        assert!(body.contains(r#""pointer":"/payment_link/items/0/title""#), "{body}");
    }
}
