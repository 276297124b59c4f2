//! The bank in VINR's words, as far as payment links need them: those of its newer pages, and where no page
//! shows any, the reading that `tests/fixtures/vinr/README.md` sets down. Pure: a call goes in, a status and a
//! body come out; `api` carries them.

mod dialect;
mod fail;
mod links;
mod list;
mod objects;
mod payments;
mod refunds;

use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::call::Quota;
use crate::sandbox::bank::call::Request;
use crate::sandbox::bank::call::Verb;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::idempotency::Earlier;
use crate::sandbox::bank::idempotency::Key;
use crate::sandbox::bank::json::Fields;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::vinr::fail::Fail;

pub use dialect::Vinr;

/// How long an idempotency key gives the same answer; VINR does not say.
const KEY_LIFE_MS: i64 = 24 * 3_600_000;
const KEY_MOST: usize = 255;

/// A status and a body.
type Said = (u16, serde_json::Value);

/// Does what the call asks, once per idempotency key.
fn answer(desk: &mut Desk<'_>, request: &Request) -> Answer {
    let (status, body) = said(desk, request).unwrap_or_else(|fail| fail.written(&request.id));
    dressed(Answer::json_text(status, body), desk.quota)
}

/// The answer of a bank that will not serve this call now.
fn refusal(status: u16, request: &Request, quota: Option<Quota>) -> Answer {
    let (status, body) = Fail::unwilling(status).written(&request.id);
    let answer = dressed(Answer::json_text(status, body), quota);
    if status == 429 { answer.with("Retry-After", "1") } else { answer }
}

fn dressed(answer: Answer, quota: Option<Quota>) -> Answer {
    let Some(quota) = quota else { return answer };
    answer
        .with("X-RateLimit-Limit", quota.limit.to_string())
        .with("X-RateLimit-Remaining", quota.left.to_string())
        .with("X-RateLimit-Reset", quota.resets_s.to_string())
}

fn said(desk: &mut Desk<'_>, request: &Request) -> Result<(u16, String), Fail> {
    authorized(desk.api_key, request)?;
    let body = body(request)?;
    let place = request.path.strip_prefix("v1/").unwrap_or(&request.path);
    let key = request.header("idempotency-key").filter(|_| request.verb == Verb::Post);
    // A key belongs to its endpoint.
    let scoped = key.map(|key| format!("{place}\n{key}"));
    let key = scoped.as_ref().map(|key| Key { face: Face::Vinr, key, asked: body.written() });
    if let Some(key) = &key {
        if key.key.chars().count() - place.chars().count() - 1 > KEY_MOST {
            return Err(Fail::invalid("An Idempotency-Key has at most 255 characters."));
        }
        match key.earlier(desk, KEY_LIFE_MS) {
            Earlier::Nothing => {}
            Earlier::Otherwise => return Err(Fail::key_reused()),
            Earlier::Answered(reply) => return Ok((reply.status, reply.body)),
        }
    }
    let done = dispatch(desk, request.verb, place, request.parameters(), body);
    let (status, text) = match done {
        Ok((status, value)) => (status, value.to_string()),
        Err(fail) => fail.written(&request.id),
    };
    if let Some(key) = key {
        key.remember(desk, &request.id, status, &text);
    }
    Ok((status, text))
}

/// The key as a bearer token or by itself; both are taken.
fn authorized(ours: &str, request: &Request) -> Result<(), Fail> {
    match request.bearer().or_else(|| request.header("x-api-key")) {
        Some(given) if given == ours => Ok(()),
        Some(_) => Err(Fail::key("No such API key.")),
        None => Err(Fail::key("Send an API key, as a bearer token or in X-Api-Key.")),
    }
}

fn body(request: &Request) -> Result<Fields, Fail> {
    let kind = request.header("content-type").unwrap_or_default();
    let is_json = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json");
    if !request.body.is_empty() && !is_json {
        return Err(Fail::invalid("Send the body as application/json."));
    }
    Ok(Fields::parse(&request.body)?)
}

fn dispatch(desk: &mut Desk<'_>, verb: Verb, place: &str, query: Form, body: Fields) -> Result<Said, Fail> {
    let segments: Vec<&str> = place.split('/').collect();
    match (verb, segments.as_slice()) {
        (Verb::Post, ["payment-links"]) => links::create(desk, body).map(|link| (201, link)),
        (Verb::Get, ["payment-links"]) => links::list(desk, query).map(ok),
        (Verb::Get, ["payment-links", id]) => links::get(desk, id, &query).map(ok),
        (Verb::Patch, ["payment-links", id]) => links::update(desk, id, body).map(ok),
        (Verb::Post, ["payment-links", id, "deactivate"]) => links::deactivate(desk, id, &body).map(ok),
        (Verb::Get, ["payments"]) => payments::list(desk, query).map(ok),
        (Verb::Get, ["payments", id]) => payments::get(desk, id, &query).map(ok),
        (Verb::Post, ["refunds"]) => refunds::create(desk, body).map(|refund| (201, refund)),
        (Verb::Get, ["refunds"]) => refunds::list(desk, query).map(ok),
        (Verb::Get, ["refunds", id]) => refunds::get(desk, id, &query).map(ok),
        (_, _) => Err(Fail::no_such("endpoint", &format!("{} /{place}", verb.name()))),
    }
}

fn ok(value: serde_json::Value) -> Said {
    (200, value)
}

/// Refuses a query of which something was not taken.
fn done(query: &Form) -> Result<(), Fail> {
    match query.left_over() {
        None => Ok(()),
        Some(name) => {
            Err(Fail::invalid(format!("{name} is not known here")).code("parameter_unknown").param(name))
        }
    }
}
