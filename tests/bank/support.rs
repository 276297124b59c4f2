//! A bank on a loopback socket, a client that knows nothing of the bank's insides, and an ear for webhooks.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::Once;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::routing::post;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use qrtill::sandbox::bank::Bank;
use qrtill::sandbox::bank::BankOptions;
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::sync::DropGuard;

/// Long enough for the slowest machine; reached only when something is broken.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Shop {
    pub bank: Bank,
    pub base: String,
    pub key: String,
    client: reqwest::Client,
    _stop: DropGuard,
}

/// What came back.
pub struct Got {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("a JSON body")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

pub fn quick() -> BankOptions {
    BankOptions { retry_base_ms: 5, ..BankOptions::default() }
}

pub fn kept(data: &Path) -> BankOptions {
    BankOptions { data: Some(data.to_owned()), ..quick() }
}

impl Shop {
    pub async fn open(options: BankOptions) -> Self {
        static TLS: Once = Once::new();
        TLS.call_once(|| {
            rustls::crypto::ring::default_provider().install_default().ok();
        });
        let bank = Bank::open(options).expect("a bank");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        bank.set_public_url(&base);
        let stop = CancellationToken::new();
        let router = bank.router();
        let ended = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(ended).await });
        let (runner, token) = (bank.clone(), stop.clone());
        tokio::spawn(async move { runner.run(token).await.expect("deliveries go on") });
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .expect("a client");
        let key = bank.faces()[0].api_key.clone();
        Self { bank, base, key, client, _stop: stop.drop_guard() }
    }

    /// Any request; what has no answer at all is an error.
    pub async fn try_send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Got, reqwest::Error> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.client.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Got { status, headers, text: response.text().await? })
    }

    pub async fn try_call(
        &self,
        path: &str,
        key: &str,
        form: &[(&str, &str)],
    ) -> Result<Got, reqwest::Error> {
        let url = format!("{}/bank/stripe/v1/{path}", self.base);
        let bearer = format!("Bearer {}", self.key);
        let mut headers = vec![("Authorization", bearer.as_str()), ("Content-Type", FORM)];
        if !key.is_empty() {
            headers.push(("Idempotency-Key", key));
        }
        self.try_send("POST", &url, &headers, Some(encoded(form))).await
    }

    pub async fn call(&self, path: &str, form: &[(&str, &str)]) -> Got {
        self.try_call(path, "", form).await.expect("an answer")
    }

    pub async fn get(&self, path: &str) -> Got {
        let url = format!("{}/bank/stripe/v1/{path}", self.base);
        let bearer = format!("Bearer {}", self.key);
        self.try_send("GET", &url, &[("Authorization", &bearer)], None).await.expect("an answer")
    }

    /// A fixed link over 12.50 EUR with these further parameters.
    pub async fn link(&self, more: &[(&str, &str)]) -> Value {
        let got = self.call("payment_links", &[&coffee(), more].concat()).await;
        assert_eq!(got.status, 200, "{}", got.text);
        got.json()
    }

    /// A link whose amount the customer chooses between 1 and 100 EUR.
    pub async fn open_link(&self) -> Value {
        let price = self
            .call(
                "prices",
                &[
                    ("currency", "eur"),
                    ("custom_unit_amount[enabled]", "true"),
                    ("custom_unit_amount[minimum]", "100"),
                    ("custom_unit_amount[maximum]", "10000"),
                    ("product_data[name]", "Counter"),
                ],
            )
            .await;
        assert_eq!(price.status, 200, "{}", price.text);
        let id = price.json()["id"].as_str().expect("an id").to_owned();
        let form = [("line_items[0][price]", id.as_str()), ("line_items[0][quantity]", "1")];
        self.call("payment_links", &form).await.json()
    }

    pub async fn page(&self, url: &str) -> Got {
        self.try_send("GET", url, &[], None).await.expect("a page")
    }

    pub async fn submit(&self, url: &str, form: &[(&str, &str)]) -> Got {
        let headers = [("Content-Type", FORM)];
        self.try_send("POST", url, &headers, Some(encoded(form))).await.expect("an answer")
    }

    /// The sessions of a link, newest first, with payment and charge.
    pub async fn sessions(&self, link: &Value) -> Vec<Value> {
        let id = text(link, "id");
        let expand = "expand[]=data.payment_intent&expand[]=data.payment_intent.latest_charge";
        let got = self.get(&format!("checkout/sessions?payment_link={id}&{expand}")).await;
        assert_eq!(got.status, 200, "{}", got.text);
        got.json()["data"].as_array().expect("data").clone()
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

pub fn coffee() -> Vec<(&'static str, &'static str)> {
    vec![
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "1250"),
        ("line_items[0][price_data][product_data][name]", "Coffee & cake <3"),
        ("line_items[0][quantity]", "1"),
    ]
}

pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no text {name} in {value}"))
}

/// The session id that a page's form carries.
pub fn session_in(html: &str) -> String {
    let start = html.find("name=\"session\" value=\"").expect("a session") + 22;
    html[start..].split('"').next().expect("a value").to_owned()
}

fn encoded(form: &[(&str, &str)]) -> String {
    let url = reqwest::Url::parse_with_params("http://localhost/", form).expect("a query");
    url.query().unwrap_or_default().to_owned()
}

/// A receiver that answers with the given statuses in turn, then 200.
pub struct Ear {
    pub url: String,
    heard: mpsc::Receiver<Heard>,
}

#[derive(Clone, Debug)]
pub struct Heard {
    pub signature: String,
    pub body: String,
}

type Mouth = (mpsc::Sender<Heard>, Arc<Mutex<VecDeque<u16>>>);

impl Ear {
    pub async fn open(statuses: &[u16]) -> Self {
        let (send, heard) = mpsc::channel(64);
        let mouth: Mouth = (send, Arc::new(Mutex::new(statuses.iter().copied().collect())));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let router = Router::new().route("/hook", post(hear)).with_state(mouth);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, heard }
    }

    pub async fn next(&mut self) -> Heard {
        let next = tokio::time::timeout(PATIENCE, self.heard.recv()).await;
        next.expect("a webhook in time").expect("an open ear")
    }

    pub fn is_silent(&mut self) -> bool {
        self.heard.try_recv().is_err()
    }

    /// The next webhook of this type; others are passed over.
    pub async fn next_of(&mut self, kind: &str) -> Heard {
        loop {
            let heard = self.next().await;
            if heard.event()["type"] == kind {
                return heard;
            }
        }
    }
}

async fn hear(State((send, statuses)): State<Mouth>, headers: HeaderMap, body: String) -> StatusCode {
    let signature = headers["stripe-signature"].to_str().expect("text").to_owned();
    send.send(Heard { signature, body }).await.ok();
    let status = statuses.lock().expect("a queue").pop_front().unwrap_or(200);
    StatusCode::from_u16(status).expect("a status")
}

impl Heard {
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("an event")
    }

    /// Whether one of the signatures was made with this secret.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let parts: Vec<(&str, &str)> =
            self.signature.split(',').filter_map(|part| part.split_once('=')).collect();
        let at = parts.iter().find(|(name, _)| *name == "t").expect("a time").1;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
        mac.update(format!("{at}.{}", self.body).as_bytes());
        let wanted: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        parts.iter().any(|(name, value)| *name == "v1" && *value == wanted)
    }
}
