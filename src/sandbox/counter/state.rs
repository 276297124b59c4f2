//! What stands on the panel now: as JSON, at once or when it changes, and as a picture.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::Query;
use axum::extract::State as Extract;
use axum::extract::rejection::QueryRejection;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;

use super::App;
use super::Refusal;
use super::not_started;
use crate::panel::png;
use crate::port::panel::Frame;

const LONGEST_WAIT_S: u64 = 60;
/// For an `after` without a wait: long enough not to spin, short enough for any proxy.
const USUAL_WAIT_S: u64 = 25;

#[derive(Deserialize)]
pub struct Ask {
    after: Option<u64>,
    wait_s: Option<u64>,
}

pub async fn state(Extract(app): App, ask: Result<Query<Ask>, QueryRejection>) -> Result<Response, Refusal> {
    let Query(ask) = ask.map_err(|_| {
        let why = "`after` is the number of a state and `wait_s` whole seconds, as in ?after=7&wait_s=30";
        (StatusCode::UNPROCESSABLE_ENTITY, why.to_owned())
    })?;
    if let Some(after) = ask.after {
        let wait = Duration::from_secs(ask.wait_s.unwrap_or(USUAL_WAIT_S).min(LONGEST_WAIT_S));
        // Whether it changed or not, the present state is the answer.
        drop(tokio::time::timeout(wait, app.feed.past(after)).await);
    }
    let entry = app.feed.present().await.ok_or_else(not_started)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(entry.state())).into_response())
}

pub async fn frame(Extract(app): App) -> Result<Response, Refusal> {
    let present = app.counter.snapshots.borrow().as_ref().map(|now| (now.state.seq, Arc::clone(&now.frame)));
    let (seq, frame) = present.ok_or_else(not_started)?;
    Ok(png(seq, app.picture.of(frame).await))
}

/// The cashier's panel, where there is one.
pub async fn cashier(Extract(app): App) -> Result<Response, Refusal> {
    let present = app.counter.snapshots.borrow().as_ref().map(|now| (now.state.seq, now.cashier.clone()));
    let (seq, frame) = present.ok_or_else(not_started)?;
    let frame = frame.ok_or_else(|| {
        let why = "the cashier has no panel here; start the sandbox with --cashier-panel oled-128x64";
        (StatusCode::NOT_FOUND, why.to_owned())
    })?;
    Ok(png(seq, app.cashier.of(frame).await))
}

fn png(seq: u64, picture: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-seq"), HeaderValue::from(seq)),
    ];
    (headers, picture).into_response()
}

/// The last frame that was asked for, encoded: many may look at one panel.
#[derive(Default)]
pub struct Picture(Arc<Mutex<Option<Encoded>>>);

struct Encoded {
    frame: Arc<Frame>,
    png: Bytes,
}

impl Picture {
    async fn of(&self, frame: Arc<Frame>) -> Bytes {
        let kept = Arc::clone(&self.0);
        // A large panel takes long enough to hold up everybody else on this thread.
        let encoding = tokio::task::spawn_blocking(move || {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            let same = kept.as_ref().filter(|last| Arc::ptr_eq(&last.frame, &frame));
            let png = same.map_or_else(|| Bytes::from(png::encode(&frame)), |last| last.png.clone());
            *kept = Some(Encoded { frame, png: png.clone() });
            png
        });
        encoding.await.expect("encoding a frame does not panic")
    }
}
