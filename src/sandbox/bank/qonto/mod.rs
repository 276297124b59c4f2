//! The bank in Qonto's words: OAuth in front, JSON with wrapped links, numbered pages, an `errors` array.
//! Pure: a call goes in, a status and a body come out; `api` carries them.

mod connection;
mod create;
mod dialect;
mod events;
mod fail;
mod links;
mod list;
mod oauth;
mod objects;

use serde_json::Value;

use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::call::Request;
use crate::sandbox::bank::call::Verb;
use crate::sandbox::bank::idempotency::Earlier;
use crate::sandbox::bank::idempotency::Key;
use crate::sandbox::bank::json::Fields;
use crate::sandbox::bank::model::Call;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::qonto::fail::Fail;

pub use dialect::Qonto;

/// What every call in Qonto's sandbox carries, as its developer portal shows it.
const STAGING_TOKEN: &str = "sandbox-staging-token";
/// How long an idempotency key gives the same answer.
const KEY_LIFE_MS: i64 = 30 * 60_000;

/// A status and a body that is not written yet.
type Said = (u16, Value);

fn answer(desk: &mut Desk<'_>, request: &Request) -> Answer {
    match request.segments().as_slice() {
        ["oauth2", "auth"] if request.verb == Verb::Get => oauth::authorize(desk, request),
        ["oauth2", "token"] if request.verb == Verb::Post => oauth::token(desk, request),
        ["connect", id] if request.verb == Verb::Get => connection::finish(desk, id),
        _ => said(desk, request).unwrap_or_else(|fail| fail.answer()),
    }
}

/// Does what the call asks, once per idempotency key. Only a success is remembered, and a repeated key gives
/// it back whatever the second body says.
fn said(desk: &mut Desk<'_>, request: &Request) -> Result<Answer, Fail> {
    if request.header("x-qonto-staging-token") != Some(STAGING_TOKEN) {
        return Err(Fail::unauthorized("The X-Qonto-Staging-Token header is missing or wrong."));
    }
    let reads = request.verb == Verb::Get;
    oauth::authorized(desk, request, if reads { "payment_link.read" } else { "payment_link.write" })?;
    let key = request.header("x-qonto-idempotency-key").filter(|_| !reads).map(str::to_owned);
    let key = key.as_deref().map(|key| Key { face: Face::Qonto, key, asked: String::new() });
    if let Some(Earlier::Answered(reply)) = key.as_ref().map(|key| key.earlier(desk, KEY_LIFE_MS)) {
        return Ok(Answer::json_text(reply.status, reply.body));
    }
    let idempotency_key = key.as_ref().map(|key| key.key.to_owned());
    desk.world.call = Some(Call { request: request.id.clone(), idempotency_key });
    let result = dispatch(desk, request);
    desk.world.call = None;
    let (status, body) = result?;
    let body = body.to_string();
    if let Some(key) = key {
        key.remember(desk, &request.id, status, &body);
    }
    Ok(Answer::json_text(status, body))
}

fn dispatch(desk: &mut Desk<'_>, request: &Request) -> Result<Said, Fail> {
    let segments = request.segments();
    let Some(rest) = segments.strip_prefix(&["v2", "payment_links"]) else {
        return Err(Fail::no_such_path());
    };
    match (request.verb, rest) {
        (Verb::Post, []) => create::create(desk, body(request)?),
        (Verb::Get, []) => links::list(desk, request.parameters()),
        (Verb::Get, ["connections"]) => Ok((200, connection::shown(desk))),
        (Verb::Post, ["connections"]) => connection::begin(desk, body(request)?),
        (Verb::Get, ["payment_methods"]) => Ok((200, connection::methods())),
        (Verb::Get, [id]) => links::get(desk, id),
        (Verb::Patch, [id, "deactivate"]) => links::deactivate(desk, id),
        (Verb::Get, [id, "payments"]) => links::payments(desk, id, request.parameters()),
        (_, _) => Err(Fail::no_such_path()),
    }
}

fn body(request: &Request) -> Result<Fields, Fail> {
    let kind = request.header("content-type").unwrap_or_default();
    if kind.split(';').next().is_none_or(|kind| kind.trim() != "application/json") {
        return Err(Fail::invalid("send the body as application/json"));
    }
    Ok(Fields::parse(&request.body)?)
}
