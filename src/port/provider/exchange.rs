//! What goes over HTTP to a payment-link system and comes back, before anybody has read it.

use serde::Deserialize;
use serde::Serialize;

/// An HTTP request without credentials: the same value gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    #[serde(default)]
    pub base: Base,
    pub method: Method,
    /// Absolute path and query below that base URL, already percent-encoded.
    pub path: String,
    /// Headers other than credentials, such as the version and the idempotency key.
    pub headers: Vec<(String, String)>,
    pub body: Option<Body>,
}

/// Which of a system's hosts a request is for. A host's address is never journaled: it may move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    #[default]
    Main,
    /// Where a system keeps payments apart from links.
    Payments,
}

/// Where a system is reached: scheme and host, and a path where one stands before every request's path,
/// without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrls {
    pub main: String,
    /// Absent where the main one serves payments too.
    pub payments: Option<String>,
}

impl BaseUrls {
    /// One host for everything.
    #[must_use]
    pub fn one(main: &str) -> Self {
        Self { main: main.trim_end_matches('/').to_owned(), payments: None }
    }

    #[must_use]
    pub fn of(&self, base: Base) -> &str {
        match (base, &self.payments) {
            (Base::Payments, Some(payments)) => payments,
            (Base::Main, _) | (Base::Payments, None) => &self.main,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    pub content_type: String,
    pub text: String,
}

/// An HTTP answer that arrived whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
