//! The bank's HTTP besides the checkout page: the faces' APIs with their faults and limits, and the
//! sandbox's own controls. Decides nothing about money.

use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::extract::Path;
use axum::extract::RawQuery;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::any;
use axum::routing::get;
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

use crate::sandbox::bank::Bank;
use crate::sandbox::bank::NotSettled;
use crate::sandbox::bank::State as BankState;
use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::call::Quota;
use crate::sandbox::bank::call::Request;
use crate::sandbox::bank::call::Verb;
use crate::sandbox::bank::chance;
use crate::sandbox::bank::face::Thing;
use crate::sandbox::bank::ids::Ids;
use crate::sandbox::bank::model::Face;

const LARGEST_BODY: usize = 256 * 1024;

pub fn router() -> Router<Bank> {
    Router::new()
        .route("/bank", get(async |State(bank): State<Bank>| Json(bank.faces())))
        .route("/bank/ledger", get(async |State(bank): State<Bank>| Json(bank.ledger())))
        .route("/bank/settle", post(settle))
        .route("/bank/{face}/endpoints", get(endpoints).post(add_endpoint))
        .route("/bank/{face}/endpoints/{id}/roll", post(roll))
        .route("/bank/{face}/{*path}", any(call))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
}

/// Counts the calls of the present second.
#[derive(Debug, Default)]
pub struct Gate {
    second: i64,
    calls: u32,
}

impl Gate {
    /// Counts one more call at this time, and says what is left of `limit` a second. `Err` if the call is
    /// too many.
    pub fn admit(&mut self, limit: Option<u32>, now_ms: i64) -> Result<Option<Quota>, Quota> {
        if self.second != now_ms / 1000 {
            *self = Self { second: now_ms / 1000, calls: 0 };
        }
        self.calls = self.calls.saturating_add(1);
        let Some(limit) = limit else { return Ok(None) };
        let quota = Quota { limit, left: limit.saturating_sub(self.calls), resets_s: self.second + 1 };
        if self.calls <= limit { Ok(Some(quota)) } else { Err(quota) }
    }
}

async fn call(
    State(bank): State<Bank>,
    method: Method,
    Path((face, path)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(face) = Face::named(&face) else { return nowhere() };
    let Some(verb) = Verb::of(&method) else { return StatusCode::METHOD_NOT_ALLOWED.into_response() };
    let fault = bank.0.faults.next_call();
    let id = match chance::<8>() {
        Ok(seed) => Ids::seeded(u64::from_ne_bytes(seed)).mint(face.dialect().id(Thing::Request)),
        Err(error) => return broken(&error),
    };
    let query = query.unwrap_or_default();
    let request = Request { verb, path, query, headers, body: body.to_vec(), id };
    if let Some(status) = fault.refuse {
        return reply(face.dialect().refusal(status, &request, None), false);
    }
    let inner = bank.clone();
    let answer = bank.commit(move |state, now_ms| inner.answer(face, state, &request, now_ms)).await;
    tokio::time::sleep(Duration::from_millis(fault.hold_ms)).await;
    match answer {
        Ok(answer) => reply(answer, fault.half),
        Err(error) => broken(&error),
    }
}

impl Bank {
    fn answer(&self, face: Face, state: &mut BankState, request: &Request, now_ms: i64) -> Answer {
        let gate = state.gates.entry(face).or_default();
        let quota = match gate.admit(self.0.options.rate_limit, now_ms) {
            Ok(quota) => quota,
            Err(quota) => return face.dialect().refusal(429, request, Some(quota)),
        };
        let (public_url, api_key) = (state.public_url.as_str(), self.keys(face).api_key.as_str());
        let mut desk = Desk { world: &mut state.world, now_ms, public_url, api_key, quota };
        face.dialect().answer(&mut desk, request)
    }
}

fn reply(answer: Answer, half: bool) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status).header(header::CONTENT_LENGTH, answer.body.len());
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    let body = if half { cut_off(&answer.body) } else { Body::from(answer.body) };
    response.body(body).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// The first half of the body; then the connection breaks.
fn cut_off(body: &[u8]) -> Body {
    let half = Bytes::copy_from_slice(&body[..body.len() / 2]);
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(futures_util::stream::iter([Ok(half), Err(broken)]))
}

fn nowhere() -> Response {
    let error = "the bank has no such face; see `GET /bank`";
    (StatusCode::NOT_FOUND, Json(json!({ "error": error }))).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEndpoint {
    url: String,
}

async fn endpoints(State(bank): State<Bank>, Path(face): Path<String>) -> Response {
    let Some(face) = Face::named(&face) else { return nowhere() };
    Json(bank.endpoints(face)).into_response()
}

async fn add_endpoint(
    State(bank): State<Bank>,
    Path(face): Path<String>,
    Json(asked): Json<NewEndpoint>,
) -> Response {
    let Some(face) = Face::named(&face) else { return nowhere() };
    let sendable = reqwest::Url::parse(&asked.url).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
    if !sendable {
        let error = "`url` must be an http or https address";
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": error }))).into_response();
    }
    match bank.add_endpoint(face, &asked.url) {
        Ok(endpoint) => (StatusCode::CREATED, Json(endpoint)).into_response(),
        Err(error) => broken(&error),
    }
}

async fn roll(State(bank): State<Bank>, Path((face, id)): Path<(String, String)>) -> Response {
    let Some(face) = Face::named(&face) else { return nowhere() };
    match bank.roll_secret(face, &id) {
        Ok(Some(endpoint)) => Json(endpoint).into_response(),
        Ok(None) => {
            (StatusCode::NOT_FOUND, Json(json!({ "error": "there is no such endpoint" }))).into_response()
        }
        Err(error) => broken(&error),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Settlement {
    Paid,
    Failed,
}

/// Names a payment or a refund.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    payment: Option<String>,
    refund: Option<String>,
    outcome: Settlement,
}

async fn settle(State(bank): State<Bank>, Json(asked): Json<Settle>) -> Response {
    let succeeds = matches!(asked.outcome, Settlement::Paid);
    let (settled, what) = match (&asked.payment, &asked.refund) {
        (Some(payment), None) => (bank.settle(payment, succeeds), json!({ "payment": payment })),
        (None, Some(refund)) => (bank.settle_refund(refund, succeeds), json!({ "refund": refund })),
        (_, _) => {
            let why = "name a payment or a refund, one of them";
            return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": why }))).into_response();
        }
    };
    let status = match settled {
        Ok(Ok(())) => {
            let mut body = what;
            body["settled"] = json!(true);
            return Json(body).into_response();
        }
        Ok(Err(why @ NotSettled::Unknown)) => (StatusCode::NOT_FOUND, why),
        Ok(Err(why @ NotSettled::EndedAlready)) => (StatusCode::CONFLICT, why),
        Err(error) => return broken(&error),
    };
    (status.0, Json(json!({ "error": status.1.to_string() }))).into_response()
}

/// The bank could not write: nothing happened.
pub fn broken(error: &anyhow::Error) -> Response {
    tracing::error!("the bank could not do it: {error:#}");
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    (status, Json(json!({ "error": { "type": "api_error", "message": "The bank could not write." } })))
        .into_response()
}
