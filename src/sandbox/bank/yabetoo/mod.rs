//! The bank in Yabetoo's words, as far as payment links need them. Its two hosts stand under one address here.
//! Pure: a call goes in, a status and a body come out; `api` carries them. Where its pages say nothing, what is
//! here is the reading that `tests/fixtures/yabetoo/README.md` sets down.

mod amounts;
mod catalogue;
mod dialect;
mod events;
mod fail;
mod intents;
mod links;
mod list;
mod objects;
mod terms;

use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::call::Quota;
use crate::sandbox::bank::call::Request;
use crate::sandbox::bank::call::Verb;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::idempotency::Earlier;
use crate::sandbox::bank::idempotency::Key;
use crate::sandbox::bank::ids::Manner;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::yabetoo::fail::Fail;

pub use dialect::Yabetoo;

/// Payments that come again every month have this method; see `events`.
const RECURRING: &str = "momo_recurring";

/// How long an idempotency key gives the same answer; Yabetoo does not say.
const KEY_LIFE_MS: i64 = 24 * 3_600_000;
const KEY_MOST: usize = 255;

/// A status and a body.
type Said = (u16, String);

/// Its ids: a prefix and 24 letters and digits; intents and charges have 36.
const fn id(prefix: &'static str) -> Manner {
    Manner::Letters(prefix, 24)
}

const fn long_id(prefix: &'static str) -> Manner {
    Manner::Letters(prefix, 36)
}

/// Does what the call asks, once per idempotency key.
fn answer(desk: &mut Desk<'_>, request: &Request) -> Answer {
    let (status, body) = said(desk, request).unwrap_or_else(Fail::written);
    dressed(Answer::json_text(status, body), desk.quota)
}

/// The answer of a bank that will not serve this call now.
fn refusal(status: u16, quota: Option<Quota>) -> Answer {
    let (status, body) = Fail::Unwilling(status).written();
    dressed(Answer::json_text(status, body), quota)
}

/// There is no `Retry-After`: a client takes the wait from the reset and the answer's `Date`.
fn dressed(answer: Answer, quota: Option<Quota>) -> Answer {
    let Some(quota) = quota else { return answer };
    answer
        .with("X-RateLimit-Limit", quota.limit.to_string())
        .with("X-RateLimit-Remaining", quota.left.to_string())
        .with("X-RateLimit-Reset", quota.resets_s.to_string())
}

fn said(desk: &mut Desk<'_>, request: &Request) -> Result<Said, Fail> {
    let place = request.path.strip_prefix("v1/").unwrap_or("");
    if request.bearer() != Some(desk.api_key) {
        return Err(Fail::Unauthorized { flat: place.starts_with("payment-links") });
    }
    let key = request.header("idempotency-key").filter(|_| request.verb == Verb::Post);
    let asked = || format!("{place}\n{}", String::from_utf8_lossy(&request.body));
    let key = key.map(|key| Key { face: Face::Yabetoo, key, asked: asked() });
    if let Some(key) = &key {
        if key.key.chars().count() > KEY_MOST {
            return Err(Fail::wrong("Idempotency-Key", "maxLength", "has at most 255 characters"));
        }
        match key.earlier(desk, KEY_LIFE_MS) {
            Earlier::Nothing => {}
            Earlier::Otherwise => return Err(Fail::Duplicate),
            Earlier::Answered(reply) => return Ok((reply.status, reply.body)),
        }
    }
    let done = dispatch(desk, request, place)?;
    if let Some(key) = key {
        key.remember(desk, &request.id, done.0, &done.1);
    }
    Ok(done)
}

fn dispatch(desk: &mut Desk<'_>, request: &Request, place: &str) -> Result<Said, Fail> {
    let (query, body) = (request.parameters(), request.body.as_slice());
    let segments: Vec<&str> = place.split('/').collect();
    match (request.verb, segments.as_slice()) {
        (Verb::Post, ["payment-links"]) => links::create(desk, body).map(|link| (201, link)),
        (Verb::Get, ["payment-links"]) => links::list(desk, query).map(ok),
        (Verb::Get, ["payment-links", id]) => links::get(desk, id, &query).map(ok),
        (Verb::Put, ["payment-links", id]) => links::update(desk, id, body).map(ok),
        (Verb::Get, ["payment-intents"]) => intents::list(desk, query).map(ok),
        (Verb::Get, ["payment-intents", id]) => intents::get(desk, id, &query).map(ok),
        (_, _) => Err(Fail::missing(&format!("Cannot {}:/{}", request.verb.name(), request.path))),
    }
}

fn ok(body: String) -> Said {
    (200, body)
}

/// Refuses a query of which something was not taken: what is not obeyed should be seen.
fn done(query: &Form) -> Result<(), Fail> {
    match query.left_over() {
        None => Ok(()),
        Some(name) => Err(Fail::wrong(name, "unknown", "is not known here")),
    }
}
