//! One call to a face's API: as it came in, what answering it needs, and what goes out.

use axum::http::HeaderMap;
use axum::http::Method;
use serde_json::Value;

use crate::core::money::Currency;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::ids::Manner;
use crate::sandbox::bank::model::Chargeable;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Line;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Made;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::world::World;

/// Short, so that the links' QR codes are coarse.
const CODE_LENGTH: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// `None` for methods that no face knows.
    #[must_use]
    pub fn of(method: &Method) -> Option<Self> {
        let all = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];
        all.into_iter().find(|verb| verb.name() == method.as_str())
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The call as it came in.
#[derive(Clone, Debug)]
pub struct Request {
    pub verb: Verb,
    /// What follows `/bank/<name>/`, without the query.
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// The id this call is answered under.
    pub id: String,
}

impl Request {
    /// A header's value, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The token of `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    #[must_use]
    pub fn parameters(&self) -> Form {
        Form::parse(&self.query)
    }

    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').collect()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// `Content-Type` among them; the length is added by whoever sends it.
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::json_text(status, body.to_string())
    }

    /// The same for a body that is JSON already.
    #[must_use]
    pub fn json_text(status: u16, body: String) -> Self {
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Self { status, headers, body: body.into_bytes() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What is left of the present second's calls, where the bank limits them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub limit: u32,
    pub left: u32,
    /// When the count begins anew, in seconds since 1970.
    pub resets_s: i64,
}

/// What answering needs besides the call.
pub struct Desk<'a> {
    pub world: &'a mut World,
    pub now_ms: i64,
    /// Where the hosted pages stand, without a slash at the end.
    pub public_url: &'a str,
    /// This face's own.
    pub api_key: &'a str,
    pub quota: Option<Quota>,
}

impl Desk<'_> {
    /// A line of one piece without tax; its price serves it alone.
    pub fn line(&mut self, id: Manner, name: String, currency: Currency, pricing: Pricing) -> Line {
        Line::plain(self.made(id), name, currency, pricing)
    }

    /// A link with nothing but lines, which nobody knows of until it is kept.
    pub fn blank_link(
        &mut self,
        face: Face,
        id: Manner,
        currency: Currency,
        chargeable: Chargeable,
        lines: Vec<Line>,
    ) -> Link {
        let (made, code) = (self.made(id), self.world.fresh_code(CODE_LENGTH));
        Link::blank(made, face, code, currency, chargeable, lines)
    }

    fn made(&mut self, id: Manner) -> Made {
        Made { id: self.world.mint(id), seq: self.world.next_seq(), created_ms: self.now_ms }
    }
}
