//! Webhooks in: limits, signature, parse, journal, and only then 2xx. Nothing is decided about the money
//! here; a webhook that is on disk is the core's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::get;
use axum::routing::post;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::sync::watch;

use super::decide::event::Event;
use super::decide::fact::Fact;
use super::metrics::Metrics;
use super::rows;
use crate::core::secret::Secret;
use crate::host;
use crate::port::provider::News;
use crate::port::provider::Provider;
use crate::port::provider::RawWebhook;
use crate::port::provider::Refusal;
use crate::store::Journal;

/// Far above what any of the systems sends.
const BODY_MOST: usize = 256 * 1024;
/// An earlier wall clock than this is not set: a Pi that has just booted.
const CLOCK_FLOOR_UNIX_S: i64 = 1_767_225_600;

/// What the routes need.
pub struct Intake {
    pub doors: BTreeMap<&'static str, Door>,
    pub body_wait: Duration,
    pub journal: Journal<Fact>,
    pub events: mpsc::Sender<Event>,
    pub metrics: Arc<Metrics>,
    pub health: watch::Receiver<Health>,
}

/// Where one system's webhooks come in.
pub struct Door {
    pub provider: Arc<dyn Provider>,
    /// The endpoint's secrets; two while one is rotated.
    pub secrets: Vec<Secret>,
}

/// What `GET /readyz` tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    pub broker: bool,
    /// Each payment-link system, and whether it is heard.
    pub systems: Vec<(&'static str, bool)>,
}

/// `POST /webhook/<system>`, `GET /healthz`, `/readyz` and `/metrics`.
pub fn router(intake: Arc<Intake>) -> Router {
    Router::new()
        .route("/webhook/{system}", post(webhook))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(intake)
}

/// Why a webhook is not answered 2xx.
enum No {
    UnknownSystem,
    TooLarge,
    TooSlow,
    BrokenOff,
    Unsigned(Refusal),
    NotDurable,
}

impl No {
    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownSystem => StatusCode::NOT_FOUND,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BrokenOff => StatusCode::BAD_REQUEST,
            Self::Unsigned(_) => StatusCode::UNAUTHORIZED,
            Self::NotDurable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn reason(&self) -> (&'static str, String) {
        match self {
            Self::UnknownSystem => {
                ("unknown_system", "this relay does not serve that payment-link system".into())
            }
            Self::TooLarge => ("too_large", format!("a webhook has at most {BODY_MOST} bytes")),
            Self::TooSlow => ("too_slow", "the body did not come in time".into()),
            Self::BrokenOff => ("broken_off", "the body broke off".into()),
            Self::Unsigned(refusal) => ("unsigned", refusal.to_string()),
            Self::NotDurable => ("not_durable", "it could not be written down; send it again".into()),
        }
    }
}

async fn webhook(
    State(intake): State<Arc<Intake>>,
    Path(system): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match intake.take(&system, &headers, body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(no) => {
            let (label, reason) = no.reason();
            if intake.metrics.webhook_refused(label) {
                tracing::warn!(label, reason, "a webhook was refused");
            }
            let status = no.status();
            let mut response = (status, reason).into_response();
            if status == StatusCode::SERVICE_UNAVAILABLE {
                response.headers_mut().insert("retry-after", axum::http::HeaderValue::from_static("5"));
            }
            response
        }
    }
}

impl Intake {
    async fn take(self: &Arc<Self>, system: &str, headers: &HeaderMap, body: Body) -> Result<(), No> {
        let door = self.doors.get(system).ok_or(No::UnknownSystem)?;
        let system = door.provider.name();
        let read = tokio::time::timeout(self.body_wait, read_body(body));
        let body = read.await.map_err(|_| No::TooSlow)??;
        let hook = RawWebhook {
            headers: headers
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body,
        };
        let now_unix_s = host::unix_ms() / 1000;
        match door.provider.verify(&hook, &door.secrets, now_unix_s) {
            Ok(news) => self.keep(system, news).await,
            // Signed, so something did happen: the provider is asked what.
            Err(Refusal::Unreadable(why)) => self.ask_instead(system, "unreadable", &why).await,
            Err(Refusal::OutsideWindow { age_s, .. }) if now_unix_s < CLOCK_FLOOR_UNIX_S => {
                let why = format!("{age_s} s old by a clock that is not set");
                self.ask_instead(system, "clock_not_set", &why).await
            }
            Err(refusal) => Err(No::Unsigned(refusal)),
        }
    }

    /// Goes on to its end when the sender hangs up meanwhile: what is on disk is known when it comes again, so
    /// nobody would tell the loop of it.
    async fn keep(self: &Arc<Self>, system: &'static str, news: News) -> Result<(), No> {
        let keeper = Arc::clone(self);
        let kept = tokio::spawn(async move { keeper.write_and_tell(system, news).await });
        kept.await.map_err(|_| No::NotDurable)?
    }

    async fn write_and_tell(&self, system: &str, news: News) -> Result<(), No> {
        let at_unix_ms = host::unix_ms();
        let system = system.to_owned();
        let fact = Fact::Received { system: system.clone(), news: news.clone(), at_unix_ms };
        let written = self.journal.append(vec![rows::row(fact, at_unix_ms)]).await;
        let new = written.map_err(|_| No::NotDurable)?.first().copied().unwrap_or(false);
        self.metrics.webhook_accepted(new);
        if new { self.tell(Event::News { system, news: Box::new(news), fresh: true }).await } else { Ok(()) }
    }

    /// Genuine, but not to be believed as it came: answered 2xx, and the provider is asked.
    async fn ask_instead(&self, system: &str, label: &'static str, why: &str) -> Result<(), No> {
        if self.metrics.webhook_hint(label) {
            tracing::warn!(
                system,
                label,
                why,
                "a signed webhook was not believed as it came; asking the provider"
            );
        }
        self.tell(Event::Hint { system: system.to_owned() }).await
    }

    /// The journal is folded at the next start, so a webhook the loop no longer takes is not lost.
    async fn tell(&self, event: Event) -> Result<(), No> {
        self.events.send(event).await.map_err(|_| No::NotDurable)
    }
}

async fn read_body(body: Body) -> Result<Vec<u8>, No> {
    let mut read = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| No::BrokenOff)?;
        if read.len() + chunk.len() > BODY_MOST {
            return Err(No::TooLarge);
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(State(intake): State<Arc<Intake>>) -> Response {
    let health = intake.health.borrow().clone();
    let all = health.broker && !health.systems.is_empty() && health.systems.iter().all(|(_, heard)| *heard);
    let status = if all { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let line = |(name, yes): (&str, bool)| format!("{name}: {}\n", if yes { "yes" } else { "no" });
    let lines = std::iter::once(("broker", health.broker)).chain(health.systems.iter().copied());
    let text: String = lines.map(line).collect();
    (status, text).into_response()
}

async fn metrics(State(intake): State<Arc<Intake>>) -> Response {
    let kind = [("content-type", "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    (kind, intake.metrics.text()).into_response()
}
