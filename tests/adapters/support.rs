//! One bank on a port of its own, the adapter as the relay reaches it, a customer and a receiver of webhooks.
#![allow(dead_code, reason = "each system has questions of its own")]

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::payment::AmountKind;
use qrtill::core::payment::LinkKind;
use qrtill::core::secret::Secret;
use qrtill::http::system::NotAnswered;
use qrtill::http::system::System;
use qrtill::port::provider::Answer;
use qrtill::port::provider::Ask;
use qrtill::port::provider::LinkOrder;
use qrtill::port::provider::LinkState;
use qrtill::port::provider::News;
use qrtill::port::provider::Payment;
use qrtill::port::provider::RawWebhook;
use qrtill::port::provider::Refusal;
use qrtill::port::provider::Terms;
use qrtill::port::provider::Trouble;
use qrtill::sandbox::bank::Bank;
use qrtill::sandbox::bank::BankOptions;
use qrtill::sandbox::bank::FaceInfo;
use qrtill::sandbox::bank::model::Face;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub const REFERENCE: &str = "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R";
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Shop {
    pub bank: Bank,
    pub info: FaceInfo,
    pub system: System,
    /// Where the adapter's access tokens are kept, if it has any.
    pub folder: tempfile::TempDir,
    browser: reqwest::Client,
    hooks: Mutex<mpsc::Receiver<RawWebhook>>,
}

pub fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, Currency::from_code(code).expect("a currency"))
}

/// One sale, under the key that a relay gives it.
pub fn sale(amount: Money) -> LinkOrder {
    LinkOrder {
        kind: LinkKind::OneOff,
        amount: AmountKind::Fixed(amount),
        title: "Café & Söhne".into(),
        reference: Some(REFERENCE.parse().expect("a reference")),
        key: format!("{REFERENCE}.1"),
        terms: Terms::default(),
    }
}

impl Shop {
    pub async fn open(system: &str) -> Self {
        Self::open_with(system, BankOptions::default(), serde_json::json!({})).await
    }

    /// `more` is laid over the options that the bank tells a relay.
    pub async fn open_with(name: &str, options: BankOptions, more: Value) -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let bank = Bank::open(BankOptions { public_url: url.clone(), ..options }).expect("a bank");
        let (told, hooks) = mpsc::channel(1024);
        let hook = post(async move |headers: HeaderMap, body: Bytes| {
            let headers = headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
            let hook = RawWebhook { headers: headers.collect(), body: body.to_vec() };
            told.send(hook).await.expect("the test takes webhooks");
        });
        let routes = bank.router().merge(Router::new().route("/hook", hook));
        tokio::spawn(axum::serve(listener, routes).into_future());
        let deliveries = bank.clone();
        tokio::spawn(async move { deliveries.run(CancellationToken::new()).await });
        let face = Face::named(name).expect("a face of that name");
        bank.main_endpoint(face, &format!("{url}/hook")).expect("an endpoint");
        let info = bank.face(face);
        let folder = tempfile::tempdir().expect("a folder");
        let system = system(&info, more).with_tokens(&folder.path().join("tokens"), qrtill::host::unix_ms);
        let system = system.expect("a keeper");
        qrtill::sandbox::connect(&system).await.expect("connected");
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let browser = browser.build().expect("a browser");
        Self { bank, info, system, folder, browser, hooks: Mutex::new(hooks) }
    }

    pub async fn ask(&self, ask: Ask) -> Result<Answer, Trouble> {
        match self.system.ask(ask).await {
            Ok(answer) => Ok(answer),
            Err(NotAnswered::Trouble(trouble)) => Err(trouble),
            Err(other) => panic!("{other}"),
        }
    }

    pub async fn link(&self, order: LinkOrder) -> LinkState {
        match self.ask(Ask::CreateLink(order)).await {
            Ok(Answer::Link(link)) => link,
            other => panic!("{other:?}"),
        }
    }

    pub async fn get(&self, link: &str) -> LinkState {
        match self.ask(Ask::GetLink { link: link.into() }).await {
            Ok(Answer::Link(link)) => link,
            other => panic!("{other:?}"),
        }
    }

    /// Every page of a link's payments.
    pub async fn payments(&self, link: &str) -> Vec<Payment> {
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            match self.ask(Ask::ListPayments { link: link.into(), cursor }).await {
                Ok(Answer::Payments(page)) => {
                    all.extend(page.items);
                    let Some(next) = page.next else { return all };
                    cursor = Some(next);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// What the customer does on the hosted page; the answer's status.
    pub async fn pay(&self, url: &str, outcome: &str, amount: Option<&str>) -> u16 {
        let amount = amount.map(|amount| format!("&amount={amount}")).unwrap_or_default();
        let request = self
            .browser
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("outcome={outcome}{amount}"));
        request.send().await.expect("the hosted page answers").status().as_u16()
    }

    /// The next webhook as it came.
    pub async fn hook(&self) -> RawWebhook {
        let mut hooks = self.hooks.lock().await;
        let next = tokio::time::timeout(PATIENCE, hooks.recv()).await;
        next.expect("a webhook in time").expect("the receiver runs")
    }

    pub fn verify(&self, hook: &RawWebhook) -> Result<News, Refusal> {
        let secrets = [Secret::new(self.info.webhook_secret.clone())];
        self.system.provider().verify(hook, &secrets, now_unix_s())
    }

    /// Webhooks one after the other, verified, until one is as wanted; all of them are given back.
    pub async fn news_until(&self, wanted: impl Fn(&News) -> bool) -> Vec<News> {
        let mut all = Vec::new();
        loop {
            let hook = self.hook().await;
            all.push(self.verify(&hook).expect("a genuine webhook"));
            if all.last().is_some_and(&wanted) {
                return all;
            }
        }
    }
}

/// The adapter with the bank's key, as a relay's configuration has it.
pub fn system(info: &FaceInfo, more: Value) -> System {
    let mut options = info.options.clone();
    options.insert("api_key".into(), info.api_key.clone().into());
    options.insert("base_url".into(), info.base_url.clone().into());
    if let Value::Object(more) = more {
        options.extend(more);
    }
    let entry = qrtill::provider::find(info.system).expect("in the table");
    let built = (entry.build)(options.into()).expect("good options");
    System::new(built.provider.into(), built.base_urls).expect("a client")
}

#[expect(clippy::disallowed_methods, reason = "the bank signs by this machine's clock")]
pub fn now_unix_s() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_secs()).expect("small")
}
