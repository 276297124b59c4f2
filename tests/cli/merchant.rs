//! A merchant with a shop's files and the sandbox's bank behind them.

use std::fs;
use std::time::Duration;

use qrtill::sandbox::bank::Bank;
use qrtill::sandbox::bank::BankOptions;
use qrtill::sandbox::bank::model::Face;
use serde_json::Value;

use crate::support::Said;
use crate::support::Shop;
use crate::support::path;
use crate::support::qrtill;

/// Nothing here takes this long unless it is broken.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Merchant {
    pub shop: Shop,
    pub bank: Bank,
    /// Serves the bank until the test ends.
    pub runtime: tokio::runtime::Runtime,
}

impl Merchant {
    pub fn new() -> Self {
        Self::with(Face::Stripe)
    }

    pub fn with(face: Face) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let public_url = format!("http://{}", listener.local_addr().expect("bound"));
        let bank = Bank::open(BankOptions { public_url, ..BankOptions::default() }).expect("a bank");
        runtime.spawn(axum::serve(listener, bank.router()).into_future());
        let (shop, info) = (Shop::new(), bank.face(face));
        fs::write(shop.file("stripe.key"), info.api_key).expect("written");
        fs::write(shop.file("stripe.webhook"), info.webhook_secret).expect("written");
        shop.change("relay.toml", "system = \"stripe\"", &format!("system = \"{}\"", info.system));
        let mut options = format!("base_url = \"{}\"\n", info.base_url);
        for (name, value) in info.options.iter().filter(|(name, _)| *name != "base_url") {
            options += &format!("{name} = {value}\n");
        }
        shop.change("relay.toml", "#base_url = \"https://api.stripe.com\"", &options);
        Self { shop, bank, runtime }
    }

    pub fn link(&self, line: &[&str]) -> Said {
        let config = self.shop.file("relay.toml");
        qrtill(&[&["link", "--config", path(&config)], line].concat())
    }

    pub fn json(&self, line: &[&str]) -> Value {
        let said = self.link(&[line, &["--json"]].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        serde_json::from_str(&said.out).expect("JSON")
    }

    pub fn pay(&self, url: &str, form: &str) {
        let request = browser()
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        self.send(request);
    }

    /// Looks at the page, and goes.
    pub fn open(&self, url: &str) {
        self.send(browser().get(url));
    }

    /// What the system itself has, as its API tells.
    pub fn get(&self, face: Face, path: &str) -> Value {
        let info = self.bank.face(face);
        let request = browser().get(format!("{}{path}", info.base_url)).bearer_auth(info.api_key);
        serde_json::from_str(&self.send(request)).expect("JSON")
    }

    fn send(&self, request: reqwest::RequestBuilder) -> String {
        let answer = self.runtime.block_on(async { request.send().await }).expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        self.runtime.block_on(answer.text()).expect("text")
    }
}

fn browser() -> reqwest::Client {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(PATIENCE).build().expect("a browser")
}
