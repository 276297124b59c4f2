//! The bank in storekit's words: payment links of a venue, and webhooks as Svix delivers them. Pure: a call
//! goes in, a status and a body come out. storekit publishes no reference of its API, so paths, fields and
//! errors are our reading of its guide. An idempotency key is taken and means nothing, the harder case.

mod dialect;
mod fail;
mod links;
mod list;
mod objects;
mod payments;

use serde_json::Value;

use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::call::Request;
use crate::sandbox::bank::call::Verb;
use crate::sandbox::bank::storekit::fail::Fail;

pub use dialect::Storekit;

fn answer(desk: &mut Desk<'_>, request: &Request) -> Answer {
    let said = authorized(desk, request).and_then(|()| dispatch(desk, request));
    said.unwrap_or_else(|fail| fail.answer())
}

fn authorized(desk: &Desk<'_>, request: &Request) -> Result<(), Fail> {
    match request.bearer() {
        Some(key) if key == desk.api_key => Ok(()),
        Some(_) => Err(Fail::unauthorized("The API key is not valid.")),
        None => Err(Fail::unauthorized("Send the API key as a bearer token.")),
    }
}

fn dispatch(desk: &mut Desk<'_>, request: &Request) -> Result<Answer, Fail> {
    let ok = |body: Value| Answer::json(200, &body);
    let made = |body: Value| Answer::json(201, &body);
    let segments = request.segments();
    let Some((&"v1", ["payment-links", rest @ ..])) = segments.split_first() else {
        return Err(Fail::no_such_path(request));
    };
    match (request.verb, rest) {
        (Verb::Post, []) => links::create(desk, &request.body).map(made),
        (Verb::Get, []) => links::list(desk, request.parameters()).map(ok),
        (Verb::Get, [id]) => links::get(desk, id).map(ok),
        (Verb::Post, [id, "deactivate"]) => links::deactivate(desk, id).map(ok),
        (Verb::Get, [id, "qr"]) => links::qr(desk, id),
        (Verb::Get, [id, "transactions"]) => payments::list(desk, id, request.parameters()).map(ok),
        (Verb::Post, [id, "transactions", payment, "refunds"]) => {
            payments::refund(desk, id, payment, &request.body).map(made)
        }
        (_, _) => Err(Fail::no_such_path(request)),
    }
}
