//! The browser counter over real sockets, with a terminal that only counts in its place.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::Once;
use std::time::Duration;

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::RgbColor;
use qrtill::core::event::Sound;
use qrtill::core::key::Key;
use qrtill::port::keys;
use qrtill::port::keys::Press;
use qrtill::port::panel::Frame;
use qrtill::sandbox::counter;
use qrtill::sandbox::counter::About;
use qrtill::sandbox::counter::Counter;
use qrtill::sandbox::counter::Deed;
use qrtill::sandbox::counter::Fault;
use qrtill::sandbox::counter::FaultBox;
use qrtill::sandbox::counter::InForce;
use qrtill::sandbox::counter::Part;
use qrtill::terminal::Snapshot;
use qrtill::terminal::State;
use reqwest::StatusCode;
use serde_json::Value;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::sync::watch;

/// Long enough for the slowest machine; reached only when something is broken.
const PATIENCE: Duration = Duration::from_secs(30);

fn snapshot(seq: u64, amount: i64, sound: (u64, Option<Sound>)) -> Snapshot {
    let state = State {
        seq,
        scene: "entering",
        amount: Some(amount),
        currency: "EUR".to_owned(),
        reference: None,
        url: None,
        result: None,
        received: None,
        armed: true,
        deaf: None,
        declined: false,
        expires_in_s: Some(120),
        strip: None,
        last: None,
    };
    Snapshot { state, frame: Arc::new(Frame::new(4, 2, Rgb565::RED)), code_until: None, sound }
}

#[derive(Default)]
struct Switches(Mutex<BTreeMap<Part, Deed>>);

impl FaultBox for Switches {
    fn set(&self, fault: Fault) -> InForce<'_> {
        Box::pin(async move {
            if fault.seed == 13 {
                return Err("the port is taken".to_owned());
            }
            let mut standing = self.0.lock().expect("no panic before");
            match fault.deed {
                Deed::Start => standing.remove(&fault.part),
                Deed::Stop | Deed::Kill | Deed::Drop | Deed::Delay | Deed::Double => {
                    standing.insert(fault.part, fault.deed)
                }
            };
            Ok(())
        })
    }

    fn standing(&self) -> BTreeMap<Part, Deed> {
        self.0.lock().expect("no panic before").clone()
    }
}

struct Shop {
    base: String,
    client: reqwest::Client,
    typed: Arc<Mutex<Vec<Key>>>,
    line: Arc<Mutex<mpsc::Sender<Press>>>,
}

impl Shop {
    /// A counter whose terminal shows the digits typed; `+` is refused with a sound.
    async fn open() -> Self {
        static TLS: Once = Once::new();
        TLS.call_once(|| {
            rustls::crypto::ring::default_provider().install_default().ok();
        });
        let (shown, snapshots) = watch::channel(Some(snapshot(7, 0, (0, None))));
        let (press, presses) = keys::channel();
        let typed = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(type_along(presses, shown, Arc::clone(&typed)));
        let line = Arc::new(Mutex::new(press));
        let now = Arc::clone(&line);
        let router = counter::router(Counter {
            snapshots,
            keys: Arc::new(move || now.lock().expect("no panic before").clone()),
            faults: Arc::new(Switches::default()),
            pty: "/dev/pts/9".to_owned(),
            about: About {
                currency: "EUR".to_owned(),
                panel: "tft-240x320".to_owned(),
                shop: "Corner <Bakery>".to_owned(),
                lang: "en".to_owned(),
                provider: "stripe".to_owned(),
            },
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = reqwest::Client::builder().timeout(PATIENCE).build().expect("a client");
        Self { base, client, typed, line }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).send().await.expect("an answer")
    }

    async fn post(&self, path: &str, body: &str) -> (StatusCode, String) {
        let sent = self.client.post(self.url(path)).body(body.to_owned()).send().await.expect("an answer");
        (sent.status(), sent.text().await.expect("a body"))
    }

    async fn state(&self, query: &str) -> Value {
        let got = self.get(&format!("/counter/state{query}")).await;
        assert_eq!(got.status(), 200);
        serde_json::from_str(&got.text().await.expect("a body")).expect("JSON")
    }

    async fn events(&self, last: Option<&str>) -> Events {
        self.events_at("/counter/events", last).await
    }

    async fn events_at(&self, path: &str, last: Option<&str>) -> Events {
        let mut request = self.client.get(self.url(path));
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events { response, text: String::new() }
    }
}

async fn type_along(
    mut presses: mpsc::Receiver<Press>,
    shown: watch::Sender<Option<Snapshot>>,
    typed: Arc<Mutex<Vec<Key>>>,
) {
    while let Some(press) = presses.recv().await {
        typed.lock().expect("no panic before").push(press.key);
        shown.send_modify(|present| {
            let before = present.as_ref().expect("a state from the start");
            let (amount, seq) = (before.state.amount.unwrap_or(0), before.state.seq + 1);
            *present = Some(if let Key::Digit(digit) = press.key {
                snapshot(seq, amount * 10 + i64::from(digit), before.sound)
            } else {
                snapshot(seq, amount, (before.sound.0 + 1, Some(Sound::KeyRefused)))
            });
        });
        if let Some(handled) = press.handled {
            handled.send(()).ok();
        }
    }
}

struct Events {
    response: reqwest::Response,
    text: String,
}

#[derive(Debug, Default, PartialEq)]
struct Heard {
    id: Option<u64>,
    event: Option<String>,
    data: Value,
}

impl Events {
    /// The next event that is not a comment; `None` at the end.
    async fn next(&mut self) -> Option<Heard> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let mut heard = Heard::default();
                for line in block.lines() {
                    match line.split_once(": ") {
                        Some(("id", id)) => heard.id = Some(id.parse().expect("a number")),
                        Some(("event", event)) => heard.event = Some(event.to_owned()),
                        Some(("data", data)) => heard.data = serde_json::from_str(data).expect("JSON"),
                        _ => {}
                    }
                }
                if heard != Heard::default() {
                    return Some(heard);
                }
            }
            let chunk = self.response.chunk().await.expect("a clean end")?;
            self.text.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }

    async fn amounts(&mut self, count: usize) -> Vec<(u64, i64)> {
        let mut amounts = Vec::new();
        while amounts.len() < count {
            let heard = self.next().await.expect("an event");
            if heard.event.is_none() {
                let amount = heard.data["amount"].as_i64().expect("an amount");
                assert_eq!(heard.data["seq"].as_u64(), heard.id);
                amounts.push((heard.id.expect("an id"), amount));
            }
        }
        amounts
    }
}

#[tokio::test]
async fn keys_are_handled_before_the_answer_which_is_the_new_state() {
    let shop = Shop::open().await;
    let (status, body) = shop.post("/counter/keys", "1250\r").await;
    assert_eq!(status, 200, "{body}");
    let state: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((&state["seq"], &state["amount"]), (&json!(12), &json!(1250)));
    let typed = shop.typed.lock().expect("no panic before").clone();
    assert_eq!(typed, [Key::Digit(1), Key::Digit(2), Key::Digit(5), Key::Digit(0), Key::Enter]);
}

#[tokio::test]
async fn an_unknown_key_presses_nothing_at_all() {
    let shop = Shop::open().await;
    let (status, why) = shop.post("/counter/keys", "12x\r").await;
    assert_eq!(status, 422);
    assert!(why.starts_with("`x` is not on the keypad"), "{why}");
    assert_eq!(shop.post("/counter/keys", &"1".repeat(257)).await.0, 422);
    assert!(shop.typed.lock().expect("no panic before").is_empty());
    assert_eq!(shop.state("").await["seq"], 7);
}

#[tokio::test]
async fn keys_for_a_terminal_that_is_off_are_refused_and_work_again_when_it_is_on() {
    let shop = Shop::open().await;
    let (dead, _) = keys::channel();
    let alive = std::mem::replace(&mut *shop.line.lock().expect("no panic before"), dead);
    let (status, why) = shop.post("/counter/keys", "12").await;
    assert_eq!(status, 503);
    assert!(why.starts_with("the terminal is not running, 0 of 2 keys were handled"), "{why}");
    *shop.line.lock().expect("no panic before") = alive;
    assert_eq!(shop.post("/counter/keys", "12").await.0, 200);
}

#[tokio::test]
async fn two_texts_of_keys_never_mix() {
    let shop = Shop::open().await;
    let (ones, twos) = ("1".repeat(8), "2".repeat(8));
    let (first, second) = tokio::join!(shop.post("/counter/keys", &ones), shop.post("/counter/keys", &twos));
    assert_eq!((first.0, second.0), (StatusCode::OK, StatusCode::OK));
    let typed = shop.typed.lock().expect("no panic before").clone();
    let turns = typed.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert_eq!((typed.len(), turns), (16, 1), "{typed:?}");
}

#[tokio::test]
async fn a_long_poll_answers_at_once_when_it_is_behind_and_else_on_the_change() {
    let shop = Shop::open().await;
    assert_eq!(shop.state("?after=6&wait_s=60").await["seq"], 7);
    let (state, (status, _)) =
        tokio::join!(shop.state("?after=7&wait_s=60"), shop.post("/counter/keys", "5"));
    assert_eq!((status, &state["seq"], &state["amount"]), (StatusCode::OK, &json!(8), &json!(5)));
}

#[tokio::test]
async fn a_long_poll_without_news_answers_the_present_state() {
    let shop = Shop::open().await;
    let state = shop.state("?after=7&wait_s=1").await;
    assert_eq!(state["seq"], 7);
    assert_eq!(shop.get("/counter/state?after=x").await.status(), 422);
}

#[tokio::test]
async fn the_time_that_is_left_goes_down_between_changes() {
    let shop = Shop::open().await;
    let before = shop.state("").await["expires_in_s"].as_u64().expect("a time");
    let after = shop.state("?after=7&wait_s=2").await;
    assert_eq!(after["seq"], 7);
    assert!(after["expires_in_s"].as_u64().expect("a time") < before);
}

#[tokio::test]
async fn the_picture_is_of_the_state_that_its_header_names() {
    let shop = Shop::open().await;
    shop.post("/counter/keys", "1").await;
    let got = shop.get("/counter/frame.png").await;
    assert_eq!(got.headers()["x-seq"], "8");
    assert_eq!(got.headers()["cache-control"], "no-store");
    let bytes = got.bytes().await.expect("a body");
    let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
    assert_eq!((reader.info().width, reader.info().height), (4, 2));
}

#[tokio::test]
async fn events_begin_with_the_present_state_and_miss_no_key() {
    let shop = Shop::open().await;
    let mut events = shop.events(None).await;
    assert_eq!(events.amounts(1).await, [(7, 0)]);
    shop.post("/counter/keys", "125").await;
    assert_eq!(events.amounts(3).await, [(8, 1), (9, 12), (10, 125)]);
}

#[tokio::test]
async fn events_resume_behind_the_last_one_seen() {
    let shop = Shop::open().await;
    shop.post("/counter/keys", "125").await;
    let mut behind = shop.events(Some("8")).await;
    assert_eq!(behind.amounts(2).await, [(9, 12), (10, 125)]);
    let mut current = shop.events(Some("10")).await;
    let mut ahead = shop.events(Some("4000")).await;
    assert_eq!(ahead.amounts(1).await, [(10, 125)]);
    shop.post("/counter/keys", "0").await;
    assert_eq!(current.amounts(1).await, [(11, 1250)]);
}

#[tokio::test]
async fn a_reader_left_far_behind_goes_on_with_the_oldest_state_kept() {
    let shop = Shop::open().await;
    shop.post("/counter/keys", &"0".repeat(256)).await;
    shop.post("/counter/keys", "00").await;
    let mut events = shop.events(Some("7")).await;
    assert_eq!(events.amounts(1).await, [(10, 0)]);
}

#[tokio::test]
async fn a_sound_is_told_once_to_those_who_were_there_and_asked_for_it() {
    let shop = Shop::open().await;
    let mut events = shop.events_at("/counter/events?sounds", None).await;
    let mut deaf = shop.events(None).await;
    assert_eq!(events.amounts(1).await, [(7, 0)]);
    shop.post("/counter/keys", "+1").await;
    let mut kinds = Vec::new();
    for _ in 0..3 {
        let heard = events.next().await.expect("an event");
        kinds.push((heard.event.clone(), heard.id));
        if heard.event.is_some() {
            assert_eq!(heard.data, json!({ "n": 1, "name": "key_refused" }));
        }
    }
    assert_eq!(kinds, [(None, Some(8)), (Some("sound".to_owned()), None), (None, Some(9))]);
    for id in [7, 8, 9] {
        assert_eq!(deaf.next().await.and_then(|heard| heard.id), Some(id));
    }
    let mut later = shop.events_at("/counter/events?sounds", None).await;
    assert_eq!(later.next().await.and_then(|heard| heard.id), Some(9));
    shop.post("/counter/keys", "1").await;
    assert_eq!(later.next().await.and_then(|heard| heard.id), Some(10));
}

#[tokio::test]
async fn events_and_polls_end_when_the_terminal_is_gone_for_good() {
    let shop = Shop::open().await;
    let mut events = shop.events(None).await;
    assert_eq!(events.amounts(1).await, [(7, 0)]);
    let (dead, _) = keys::channel();
    *shop.line.lock().expect("no panic before") = dead;
    let base = shop.base.clone();
    let client = shop.client.clone();
    drop(shop);
    assert_eq!(events.next().await, None);
    let got = client.get(format!("{base}/counter/state?after=7&wait_s=60")).send().await.expect("an answer");
    assert_eq!(got.status(), 200);
}

#[tokio::test]
async fn another_web_site_presses_no_key_and_reads_nothing() {
    let shop = Shop::open().await;
    for origin in ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"] {
        for path in ["/counter/keys", "/sandbox/fault"] {
            let request = shop.client.post(shop.url(path)).header("Origin", origin).body("1");
            assert_eq!(request.send().await.expect("an answer").status(), 403, "{origin}");
        }
    }
    for path in ["/", "/counter/state", "/counter/frame.png", "/counter/events"] {
        let request = shop.client.get(shop.url(path)).header("Host", "evil.example:8460");
        assert_eq!(request.send().await.expect("an answer").status(), 403, "{path}");
    }
    assert!(shop.typed.lock().expect("no panic before").is_empty());
    let own = shop.client.post(shop.url("/counter/keys")).header("Origin", &shop.base).body("1");
    assert_eq!(own.send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn faults_are_in_force_when_the_answer_comes() {
    let shop = Shop::open().await;
    let (status, body) = shop.post("/sandbox/fault", r#"{"part":"webhooks","do":"drop","seed":5}"#).await;
    assert_eq!(status, 200, "{body}");
    let standing: Value =
        serde_json::from_str(&shop.get("/sandbox/fault").await.text().await.expect("a body")).expect("JSON");
    let expected =
        json!({ "broker": null, "relay": null, "terminal": null, "webhooks": "drop", "provider": null });
    assert_eq!(standing, expected);
    assert_eq!(shop.post("/sandbox/fault", r#"{"part":"broker","do":"double"}"#).await.0, 422);
    assert_eq!(shop.post("/sandbox/fault", r#"{"part":"moon","do":"stop"}"#).await.0, 422);
    let (status, why) = shop.post("/sandbox/fault", r#"{"part":"broker","do":"start","seed":13}"#).await;
    assert_eq!((status, why.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "the port is taken"));
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere_and_believes_no_name() {
    let shop = Shop::open().await;
    let page = shop.get("/").await;
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    let html = page.text().await.expect("a body");
    assert!(html.contains("Corner &lt;Bakery&gt;") && !html.contains("{{"));
    for path in ["/counter/page.css", "/counter/page.js", "/counter/words.js", "/favicon.ico"] {
        assert_eq!(shop.get(path).await.status(), 200, "{path}");
    }
    assert_eq!(shop.get("/sandbox/pty").await.text().await.expect("a body"), "/dev/pts/9");
}
