//! The bank's HTTP besides the checkout page: Stripe's API with its faults and limits, and the sandbox's
//! own controls. Decides nothing about money.

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
use axum::routing::get;
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use crate::sandbox::bank::Bank;
use crate::sandbox::bank::NotSettled;
use crate::sandbox::bank::State as BankState;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::secret;
use crate::sandbox::bank::stripe;
use crate::sandbox::bank::stripe::Answer;
use crate::sandbox::bank::stripe::Desk;
use crate::sandbox::bank::stripe::Request;
use crate::sandbox::bank::stripe::Verb;

const LARGEST_BODY: usize = 256 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

pub fn router() -> Router<Bank> {
    Router::new()
        .route("/bank", get(async |State(bank): State<Bank>| Json(bank.faces())))
        .route("/bank/ledger", get(async |State(bank): State<Bank>| Json(bank.ledger())))
        .route("/bank/settle", post(settle))
        .route("/bank/stripe/endpoints", get(endpoints).post(add_endpoint))
        .route("/bank/stripe/endpoints/{id}/roll", post(roll))
        .route("/bank/stripe/v1/{*path}", get(call).post(call))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
}

/// Counts the calls of the present second.
#[derive(Debug, Default)]
pub struct Gate {
    second: i64,
    calls: u32,
}

impl Gate {
    /// Whether one more call at this time is within `limit` a second.
    pub fn admits(&mut self, limit: Option<u32>, now_ms: i64) -> bool {
        if self.second != now_ms / 1000 {
            *self = Self { second: now_ms / 1000, calls: 0 };
        }
        self.calls = self.calls.saturating_add(1);
        limit.is_none_or(|limit| self.calls <= limit)
    }
}

async fn call(
    State(bank): State<Bank>,
    method: Method,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fault = bank.0.faults.next_call();
    let id = match secret() {
        Ok(secret) => format!("req_{}", &secret[..14]),
        Err(error) => return broken(&error),
    };
    let key = text(&headers, "idempotency-key");
    if let Some(status) = fault.refuse {
        return reply(&stripe::refusal(status), &id, None, false);
    }
    if !readable(&method, &headers, &body) {
        return reply(&stripe::not_a_form(), &id, None, false);
    }
    let mut form = Form::parse(query.as_deref().unwrap_or_default());
    form.add(&String::from_utf8_lossy(&body));
    let verb = if method == Method::POST { Verb::Post } else { Verb::Get };
    let (api_key, idempotency_key) = (api_key(&headers), key.clone());
    let request = Request { verb, path, form, api_key, idempotency_key, id: id.clone() };
    let inner = bank.clone();
    let answer = bank.commit(move |state, now_ms| inner.answer(state, request, now_ms)).await;
    tokio::time::sleep(Duration::from_millis(fault.hold_ms)).await;
    match answer {
        Ok(answer) => reply(&answer, &id, key.as_deref(), fault.half),
        Err(error) => broken(&error),
    }
}

impl Bank {
    fn answer(&self, state: &mut BankState, request: Request, now_ms: i64) -> Answer {
        if !state.gate.admits(self.0.options.rate_limit, now_ms) {
            return stripe::refusal(429);
        }
        let mut desk = Desk { world: &mut state.world, now_ms, public_url: &state.public_url };
        stripe::answer(&mut desk, &self.0.api_key, request)
    }
}

/// Bodies are forms, as Stripe wants them; JSON is a client's mistake that should be seen.
fn readable(method: &Method, headers: &HeaderMap, body: &Bytes) -> bool {
    let kind = text(headers, "content-type").unwrap_or_default();
    let is_form = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM));
    method != Method::POST || body.is_empty() || is_form
}

fn reply(answer: &Answer, id: &str, key: Option<&str>, half: bool) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_LENGTH, answer.body.len())
        .header("Request-Id", id)
        .header("Stripe-Version", stripe::API_VERSION);
    if let Some(key) = key {
        response = response.header("Idempotency-Key", key);
    }
    if let Some(original) = &answer.replayed {
        response = response.header("Idempotent-Replayed", "true").header("Original-Request", original);
    }
    if status == StatusCode::UNAUTHORIZED {
        response = response.header(header::WWW_AUTHENTICATE, "Basic realm=\"Stripe\"");
    }
    let body = if half { cut_off(&answer.body) } else { Body::from(answer.body.clone()) };
    response.body(body).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// The first half of the body; then the connection breaks.
fn cut_off(body: &str) -> Body {
    let half = Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]);
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(futures_util::stream::iter([Ok(half), Err(broken)]))
}

fn api_key(headers: &HeaderMap) -> Option<String> {
    let given = text(headers, "authorization")?;
    let (scheme, rest) = given.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    pair.split_once(':').map(|(user, _)| user.to_owned())
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEndpoint {
    url: String,
}

async fn endpoints(State(bank): State<Bank>) -> impl IntoResponse {
    Json(bank.endpoints())
}

async fn add_endpoint(State(bank): State<Bank>, Json(asked): Json<NewEndpoint>) -> Response {
    let sendable = reqwest::Url::parse(&asked.url).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
    if !sendable {
        let error = "`url` must be an http or https address";
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": error }))).into_response();
    }
    match bank.add_endpoint(&asked.url) {
        Ok(endpoint) => (StatusCode::CREATED, Json(endpoint)).into_response(),
        Err(error) => broken(&error),
    }
}

async fn roll(State(bank): State<Bank>, Path(id): Path<String>) -> Response {
    match bank.roll_secret(&id) {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    payment: String,
    outcome: Settlement,
}

async fn settle(State(bank): State<Bank>, Json(asked): Json<Settle>) -> Response {
    let succeeds = matches!(asked.outcome, Settlement::Paid);
    let status = match bank.settle(&asked.payment, succeeds) {
        Ok(Ok(())) => return Json(json!({ "payment": asked.payment, "settled": true })).into_response(),
        Ok(Err(why @ NotSettled::Unknown)) => (StatusCode::NOT_FOUND, why),
        Ok(Err(why @ NotSettled::NotPending)) => (StatusCode::CONFLICT, why),
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
