//! The bank in Stripe's words. Pure: a call with its parameters goes in, a status and a body come out;
//! `api` carries them. Speaks API version 2026-10-28 as far as payment links need it.

mod amounts;
mod dialect;
mod events;
mod expand;
mod extras;
mod fail;
mod intents;
mod links;
mod list;
mod objects;
mod prices;
mod read;
mod refunds;
mod sessions;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::call::Request;
use crate::sandbox::bank::call::Verb;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::idempotency::Earlier;
use crate::sandbox::bank::idempotency::Key;
use crate::sandbox::bank::ids::Manner;
use crate::sandbox::bank::model::Call;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::stripe::fail::Fail;

pub use dialect::Stripe;

pub const API_VERSION: &str = "2026-10-28.endive";

/// How long an idempotency key gives the same answer.
const KEY_LIFE_MS: i64 = 24 * 3_600_000;
const KEY_MOST: usize = 255;
const FORM: &str = "application/x-www-form-urlencoded";

/// Stripe's ids: a prefix and 24 letters and digits.
const fn id(prefix: &'static str) -> Manner {
    Manner::Letters(prefix, 24)
}

/// What is said, before the headers that every answer has.
struct Said {
    status: u16,
    body: String,
    /// The id of the first request with the same idempotency key, whose answer this is.
    replayed: Option<String>,
}

/// Does what the call asks, once per idempotency key.
fn answer(desk: &mut Desk<'_>, request: &Request) -> Answer {
    dressed(said(desk, request).unwrap_or_else(Said::from), request)
}

/// The answer of a bank that will not serve this call now.
fn refusal(status: u16, request: &Request) -> Answer {
    dressed(Fail::unwilling(status).into(), request)
}

fn dressed(said: Said, request: &Request) -> Answer {
    let mut answer = Answer::json_text(said.status, said.body)
        .with("Request-Id", request.id.clone())
        .with("Stripe-Version", API_VERSION);
    if let Some(key) = request.header("idempotency-key") {
        answer = answer.with("Idempotency-Key", key);
    }
    if let Some(original) = said.replayed {
        answer = answer.with("Idempotent-Replayed", "true").with("Original-Request", original);
    }
    if said.status == 401 {
        answer = answer.with("WWW-Authenticate", "Basic realm=\"Stripe\"");
    }
    answer
}

fn said(desk: &mut Desk<'_>, request: &Request) -> Result<Said, Fail> {
    if !readable(request) {
        return Err(Fail::invalid("Send the parameters as application/x-www-form-urlencoded."));
    }
    authorized(desk.api_key, api_key(request).as_deref())?;
    let mut form = request.parameters();
    form.add(&String::from_utf8_lossy(&request.body));
    let key = request.header("idempotency-key").filter(|_| request.verb == Verb::Post);
    let asked = || format!("{} {}", request.path.trim_start_matches("v1/"), form.canonical());
    let key = key.map(|key| Key { face: Face::Stripe, key, asked: asked() });
    if let Some(key) = &key
        && let Some(said) = known(desk, key)?
    {
        return Ok(said);
    }
    let idempotency_key = key.as_ref().map(|key| key.key.to_owned());
    desk.world.call = Some(Call { request: request.id.clone(), idempotency_key });
    let result = dispatch(desk, request, form);
    desk.world.call = None;
    let (said, stored) = match result {
        Ok(body) => (Said { status: 200, body: body.to_string(), replayed: None }, true),
        Err(fail) => {
            let stored = fail.executed;
            (Said::from(fail), stored)
        }
    };
    if let Some(key) = key.filter(|_| stored) {
        key.remember(desk, &request.id, said.status, &said.body);
    }
    Ok(said)
}

/// Bodies are forms, as Stripe wants them; JSON is a client's mistake that should be seen.
fn readable(request: &Request) -> bool {
    let kind = request.header("content-type").unwrap_or_default();
    let is_form = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM));
    request.verb != Verb::Post || request.body.is_empty() || is_form
}

/// The bearer token, or the user of basic authentication.
fn api_key(request: &Request) -> Option<String> {
    if let Some(token) = request.bearer() {
        return Some(token.to_owned());
    }
    let (scheme, rest) = request.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    pair.split_once(':').map(|(user, _)| user.to_owned())
}

fn authorized(ours: &str, given: Option<&str>) -> Result<(), Fail> {
    match given {
        None => Err(Fail::no_key()),
        Some(given) if given == ours => Ok(()),
        Some(given) => Err(Fail::wrong_key(given)),
    }
}

fn known(desk: &Desk<'_>, key: &Key<'_>) -> Result<Option<Said>, Fail> {
    if key.key.chars().count() > KEY_MOST {
        return Err(Fail::key_too_long());
    }
    match key.earlier(desk, KEY_LIFE_MS) {
        Earlier::Nothing => Ok(None),
        Earlier::Otherwise => Err(Fail::key_reused(key.key)),
        Earlier::Answered(reply) => {
            Ok(Some(Said { status: reply.status, body: reply.body, replayed: Some(reply.request) }))
        }
    }
}

fn dispatch(desk: &mut Desk<'_>, request: &Request, mut form: Form) -> Result<Value, Fail> {
    let segments = request.segments();
    let Some((&"v1", rest)) = segments.split_first() else { return Err(Fail::no_such_url(request)) };
    match (request.verb, rest) {
        (Verb::Post, ["payment_links"]) => links::create(desk, form),
        (Verb::Get, ["payment_links"]) => links::list(desk, form),
        (Verb::Get, ["payment_links", id]) => links::get(desk, id, form),
        (Verb::Post, ["payment_links", id]) => links::update(desk, id, form),
        (Verb::Get, ["payment_links", id, "line_items"]) => links::line_items(desk, id, form),
        (Verb::Post, ["prices"]) => prices::create(desk, form),
        (Verb::Get, ["prices"]) => prices::list(desk, form),
        (Verb::Get, ["prices", id]) => prices::get(desk, id, form),
        (Verb::Get, ["checkout", "sessions"]) => sessions::list(desk, form),
        (Verb::Get, ["checkout", "sessions", id]) => sessions::get(desk, id, form),
        (Verb::Get, ["checkout", "sessions", id, "line_items"]) => sessions::line_items(desk, id, form),
        (Verb::Post, ["checkout", "sessions", id, "expire"]) => sessions::expire(desk, id, form),
        (Verb::Get, ["payment_intents"]) => intents::list(desk, form),
        (Verb::Get, ["payment_intents", id]) => intents::get(desk, id, form),
        (Verb::Post, ["refunds"]) => refunds::create(desk, form),
        (Verb::Get, ["refunds"]) => refunds::list(desk, form),
        (Verb::Get, ["refunds", id]) => refunds::get(desk, id, form),
        (Verb::Get, ["events"]) => events::list(desk, form),
        (Verb::Get, ["events", id]) => {
            read::done(&mut form)?;
            events::get(desk, id)
        }
        (_, _) => Err(Fail::no_such_url(request)),
    }
}
