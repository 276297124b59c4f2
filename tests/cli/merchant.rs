//! A merchant with a shop's files and the sandbox's bank behind them.

use std::fs;

use qrtill::sandbox::bank::Bank;
use qrtill::sandbox::bank::BankOptions;
use qrtill::sandbox::bank::model::Face;
use serde_json::Value;

use crate::support::Said;
use crate::support::Shop;
use crate::support::path;
use crate::support::qrtill;

pub struct Merchant {
    pub shop: Shop,
    pub bank: Bank,
    /// Serves the bank until the test ends.
    runtime: tokio::runtime::Runtime,
}

impl Merchant {
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let public_url = format!("http://{}", listener.local_addr().expect("bound"));
        let bank = Bank::open(BankOptions { public_url, ..BankOptions::default() }).expect("a bank");
        runtime.spawn(axum::serve(listener, bank.router()).into_future());
        let (shop, info) = (Shop::new(), bank.face(Face::ALL[0]));
        fs::write(shop.file("stripe.key"), info.api_key).expect("written");
        let base_url = format!("base_url = \"{}\"", info.base_url);
        shop.change("relay.toml", "#base_url = \"https://api.stripe.com\"", &base_url);
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
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let request = reqwest::Client::new()
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        let answer = self.runtime.block_on(request.send()).expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
    }
}
