//! The bank in Stripe's words. Pure: a call with its parameters goes in, a status and a body come out;
//! `api` carries them. Speaks API version 2026-10-28 as far as payment links need it.

mod amounts;
mod events;
mod expand;
mod fail;
mod intents;
mod links;
mod list;
mod objects;
mod prices;
mod read;
mod refunds;
mod sessions;

use serde_json::Value;

use crate::core::money::Currency;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::Call;
use crate::sandbox::bank::model::Reply;
use crate::sandbox::bank::stripe::fail::Fail;
use crate::sandbox::bank::world::World;

pub use events::webhook_body;

/// The amount that a page's URL proposes, in minor units; anything odd is no proposal.
#[must_use]
pub fn prefilled(text: &str, currency: Currency) -> Option<i64> {
    let wire = text.parse().ok().filter(|wire| *wire > 0)?;
    amounts::from_wire(wire, currency, "__prefilled_amount").ok().map(|money| money.minor)
}

/// The reference that a page's URL carries, if it is one that Stripe takes; others it drops silently.
#[must_use]
pub fn client_reference(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    ((1..=200).contains(&text.len()) && text.bytes().all(plain)).then(|| text.to_owned())
}

pub const API_VERSION: &str = "2026-10-28.endive";

/// How long an idempotency key gives the same answer.
const KEY_LIFE_MS: i64 = 24 * 3_600_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
}

/// One call to the API. `path` is what follows `/v1/`; query and body are both in `form`.
#[derive(Clone, Debug)]
pub struct Request {
    pub verb: Verb,
    pub path: String,
    pub form: Form,
    /// The bearer token, or the user of basic authentication.
    pub api_key: Option<String>,
    pub idempotency_key: Option<String>,
    /// The id this request is answered under.
    pub id: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
    /// The id of the first request with the same idempotency key, whose answer this is.
    pub replayed: Option<String>,
}

/// What answering needs besides the parameters.
pub struct Desk<'a> {
    pub world: &'a mut World,
    pub now_ms: i64,
    /// Where the hosted pages stand, without a slash at the end.
    pub public_url: &'a str,
}

/// Does what the call asks, once per idempotency key.
pub fn answer(desk: &mut Desk<'_>, api_key: &str, request: Request) -> Answer {
    if let Err(fail) = authorized(api_key, request.api_key.as_deref()) {
        return fail.into();
    }
    let key = request.idempotency_key.clone().filter(|_| request.verb == Verb::Post);
    let asked = format!("{} {}", request.path, request.form.canonical());
    if let Some(key) = &key {
        match known(desk, key, &asked) {
            Ok(None) => {}
            Ok(Some(answer)) => return answer,
            Err(fail) => return fail.into(),
        }
    }
    let request_id = request.id.clone();
    desk.world.call = Some(Call { request: request.id.clone(), idempotency_key: key.clone() });
    let result = dispatch(desk, request);
    desk.world.call = None;
    match result {
        Ok(body) => {
            let answer = Answer { status: 200, body: body.to_string(), replayed: None };
            remember(desk, key, asked, request_id, &answer);
            answer
        }
        Err(fail) => {
            let stored = fail.executed;
            let answer = Answer::from(fail);
            remember(desk, key.filter(|_| stored), asked, request_id, &answer);
            answer
        }
    }
}

fn authorized(ours: &str, given: Option<&str>) -> Result<(), Fail> {
    match given {
        None => Err(Fail::no_key()),
        Some(given) if given == ours => Ok(()),
        Some(given) => Err(Fail::wrong_key(given)),
    }
}

fn known(desk: &Desk<'_>, key: &str, asked: &str) -> Result<Option<Answer>, Fail> {
    if key.chars().count() > 255 {
        return Err(Fail::key_too_long());
    }
    let reply = desk.world.replies.get(key).filter(|reply| desk.now_ms - reply.at_ms < KEY_LIFE_MS);
    match reply {
        None => Ok(None),
        Some(reply) if reply.asked != asked => Err(Fail::key_reused(key)),
        Some(reply) => Ok(Some(Answer {
            status: reply.status,
            body: reply.body.clone(),
            replayed: Some(reply.request.clone()),
        })),
    }
}

fn remember(desk: &mut Desk<'_>, key: Option<String>, asked: String, request: String, answer: &Answer) {
    let Some(id) = key else { return };
    let (seq, at_ms) = (desk.world.next_seq(), desk.now_ms);
    let (status, body) = (answer.status, answer.body.clone());
    desk.world.keep(Reply { id, seq, at_ms, asked, request, status, body });
}

fn dispatch(desk: &mut Desk<'_>, request: Request) -> Result<Value, Fail> {
    let mut form = request.form;
    let path = request.path.clone();
    let segments: Vec<&str> = path.split('/').collect();
    match (request.verb, segments.as_slice()) {
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
        (verb, _) => Err(Fail::no_such_url(verb, &path)),
    }
}

/// The answer to a body that is not a form.
#[must_use]
pub fn not_a_form() -> Answer {
    Fail::invalid("Send the parameters as application/x-www-form-urlencoded.").into()
}

/// The answer of a bank that will not serve this call now.
#[must_use]
pub fn refusal(status: u16) -> Answer {
    Fail::unwilling(status).into()
}
