//! A counter on a loopback socket with a terminal that only counts in its place, and a reader of events.

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
use qrtill::sandbox::counter::Fault;
use qrtill::sandbox::counter::FaultBox;
use qrtill::sandbox::counter::InForce;
use qrtill::sandbox::fault::Deed;
use qrtill::sandbox::fault::Part;
use qrtill::terminal::Snapshot;
use qrtill::terminal::State;
use reqwest::StatusCode;
use serde_json::Value;
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
        shown: None,
        expires_in_s: Some(120),
        strip: None,
        panel_present: None,
        cashier_panel_present: None,
        keypad_present: None,
        last: None,
    };
    // The cashier's panel is there until the first key.
    let cashier = (amount == 0).then(|| Arc::new(Frame::new(3, 1, Rgb565::BLUE)));
    Snapshot { state, frame: Arc::new(Frame::new(4, 2, Rgb565::RED)), cashier, code_until: None, sound }
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

pub struct Shop {
    pub base: String,
    pub client: reqwest::Client,
    pub typed: Arc<Mutex<Vec<Key>>>,
    pub line: Arc<Mutex<mpsc::Sender<Press>>>,
}

impl Shop {
    /// A counter whose terminal shows the digits typed; `+` is refused with a sound.
    pub async fn open() -> Self {
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
                cashier_panel: None,
                currency: "EUR".to_owned(),
                panel: "tft-240x320".to_owned(),
                shop: "Corner <Bakery>".to_owned(),
                lang: "en".to_owned(),
                provider: "stripe".to_owned(),
                path: "/".into(),
                counters: Vec::new(),
            },
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = reqwest::Client::builder().timeout(PATIENCE).build().expect("a client");
        Self { base, client, typed, line }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).send().await.expect("an answer")
    }

    pub async fn post(&self, path: &str, body: &str) -> (StatusCode, String) {
        let sent = self.client.post(self.url(path)).body(body.to_owned()).send().await.expect("an answer");
        (sent.status(), sent.text().await.expect("a body"))
    }

    pub async fn state(&self, query: &str) -> Value {
        let got = self.get(&format!("/counter/state{query}")).await;
        assert_eq!(got.status(), 200);
        serde_json::from_str(&got.text().await.expect("a body")).expect("JSON")
    }

    pub async fn events(&self, last: Option<&str>) -> Events {
        self.events_at("/counter/events", last).await
    }

    pub async fn events_at(&self, path: &str, last: Option<&str>) -> Events {
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

pub struct Events {
    response: reqwest::Response,
    text: String,
}

#[derive(Debug, Default, PartialEq)]
pub struct Heard {
    pub id: Option<u64>,
    pub event: Option<String>,
    pub data: Value,
}

impl Events {
    /// The next event that is not a comment; `None` at the end.
    pub async fn next(&mut self) -> Option<Heard> {
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

    pub async fn amounts(&mut self, count: usize) -> Vec<(u64, i64)> {
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
