//! The states as server-sent events: one per change with the state's number as its id. With `?sounds`
//! there are events of type `sound` between them, without an id.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Query;
use axum::extract::State as Extract;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::response::sse::Event;
use axum::response::sse::KeepAlive;
use axum::response::sse::Sse;
use futures_util::stream;
use serde::Deserialize;
use serde::Serialize;

use super::App;
use super::feed::Entry;
use super::feed::Feed;
use crate::core::event::Sound;

const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Someone who was away hears no beeps of what happened meanwhile.
const STILL_HEARD: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
pub struct Ask {
    sounds: Option<String>,
}

pub async fn events(Extract(app): App, Query(ask): Query<Ask>, headers: HeaderMap) -> Response {
    let known = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.trim().parse().ok());
    let reader = Reader::start(app.feed.clone(), known, ask.sounds.is_some()).await;
    let events = stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((Ok::<_, Infallible>(event), reader))
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

struct Reader {
    feed: Feed,
    seen: u64,
    sound: (u64, Option<Sound>),
    hears: bool,
    waiting: VecDeque<Event>,
}

impl Reader {
    /// Goes on behind the state that is `known`, else begins with the present one.
    async fn start(feed: Feed, known: Option<u64>, hears: bool) -> Self {
        let present = feed.present().await;
        let newest = present.as_ref().map_or(0, |entry| entry.seq());
        let (seen, last) = match known.filter(|known| *known <= newest) {
            Some(known) => (known, feed.at(known)),
            None => (newest.saturating_sub(1), None),
        };
        let sound = last.or(present).map_or((0, None), |entry| entry.sound);
        Self { feed, seen, sound, hears, waiting: VecDeque::new() }
    }

    /// The next event; `None` when there will be no more.
    async fn next(&mut self) -> Option<Event> {
        while self.waiting.is_empty() {
            match self.feed.next_after(self.seen) {
                Some(entry) => self.take(&entry),
                None => {
                    if !self.feed.past(self.seen).await {
                        return None;
                    }
                }
            }
        }
        self.waiting.pop_front()
    }

    fn take(&mut self, entry: &Entry) {
        self.seen = entry.seq();
        let state = Event::default().id(self.seen.to_string()).json_data(entry.state());
        self.waiting.push_back(state.expect("a state is always JSON"));
        if let (n, Some(sound)) = entry.sound
            && self.hears
            && self.sound != entry.sound
            && entry.age() < STILL_HEARD
        {
            let sounded = Sounded { n, name: name(sound) };
            let event = Event::default().event("sound").json_data(sounded);
            self.waiting.push_back(event.expect("a sound is always JSON"));
        }
        self.sound = entry.sound;
    }
}

#[derive(Serialize)]
struct Sounded {
    n: u64,
    name: &'static str,
}

fn name(sound: Sound) -> &'static str {
    match sound {
        Sound::KeyRefused => "key_refused",
        Sound::Identify => "identify",
        Sound::Paid => "paid",
        Sound::Ended => "ended",
        Sound::Attention => "attention",
    }
}
