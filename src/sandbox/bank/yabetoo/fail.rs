//! A no, in the shapes that Yabetoo's errors have: which one depends on who refuses.

use serde_json::json;

use crate::sandbox::bank::json::Why;
use crate::sandbox::bank::json::Wrong;
use crate::sandbox::bank::yabetoo::Said;

/// Why a call is not answered 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fail {
    /// The links' host answers with a text, the intents' with an object.
    Unauthorized {
        flat: bool,
    },
    Missing {
        message: String,
    },
    /// A field that the validator does not take.
    Field {
        field: String,
        rule: &'static str,
        message: String,
    },
    /// The idempotency key was used for something else.
    Duplicate,
    /// 429, or an error of the server's own.
    Unwilling(u16),
}

impl Fail {
    #[must_use]
    pub fn missing(message: &str) -> Self {
        Self::Missing { message: message.to_owned() }
    }

    /// `what` follows the field's name.
    #[must_use]
    pub fn wrong(field: &str, rule: &'static str, what: &str) -> Self {
        Self::Field { field: field.to_owned(), rule, message: format!("The {field} field {what}") }
    }

    #[must_use]
    pub fn written(self) -> Said {
        let (status, body) = match self {
            Self::Unauthorized { flat: true } => (401, json!({ "error": "Unauthorized" })),
            Self::Unauthorized { flat: false } => {
                (401, json!({ "error": { "message": "Unauthorized", "code": "Unauthorized" } }))
            }
            Self::Missing { message } => (404, json!({ "message": message })),
            Self::Field { field, rule, message } => {
                (422, json!({ "errors": [{ "rule": rule, "field": field, "message": message }] }))
            }
            Self::Duplicate => {
                let message = "This idempotency key was used for another operation.";
                let error = json!({ "code": "E_DUPLICATE_OPERATION", "message": message, "details": {} });
                (409, json!({ "status": "error", "error": error }))
            }
            Self::Unwilling(429) => {
                let (code, message) = ("E_TOO_MANY_REQUESTS", "Too many requests");
                (429, json!({ "status": 429, "code": code, "message": message }))
            }
            Self::Unwilling(status) => {
                let message = "Something went wrong on our side.";
                (status, json!({ "error": { "message": message, "code": "E_INTERNAL" } }))
            }
        };
        (status, body.to_string())
    }
}

impl From<Wrong> for Fail {
    fn from(wrong: Wrong) -> Self {
        let rule = match wrong.why {
            Why::Missing => "required",
            Why::Unknown => "unknown",
            Why::Not(_) => "type",
        };
        Self::Field { field: wrong.field.clone(), rule, message: wrong.to_string() }
    }
}
