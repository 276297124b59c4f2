//! A shop at the sandbox's bank, and Stripe's own description as the judge of every object it is given.

use std::collections::BTreeSet;

use qrtill::sandbox::bank::BankOptions;
use serde_json::Value;

use crate::openapi::Spec;
use crate::support::Shop;
use crate::support::coffee;
use crate::support::quick;
use crate::support::text;

/// The shop, and the judge of what its bank says.
pub struct Court {
    pub shop: Shop,
    pub spec: Spec,
    pub seen: BTreeSet<String>,
}

impl Court {
    pub async fn open() -> Self {
        Self::with(quick()).await
    }

    pub async fn with(options: BankOptions) -> Self {
        Self { shop: Shop::open(options).await, spec: Spec::load(), seen: BTreeSet::new() }
    }

    /// Judges an object, with its kind and its state kept as seen.
    pub fn judge(&mut self, object: &Value) {
        let kind = text(object, "object").to_owned();
        let problems = self.spec.check_object(&kind, object);
        assert!(problems.is_empty(), "{problems:#?} in {object:#}");
        for item in object["data"].as_array().into_iter().flatten() {
            self.note(item);
        }
        self.note(object);
    }

    pub fn note(&mut self, object: &Value) {
        let kind = object["object"].as_str().unwrap_or_default();
        let state = ["status", "active", "type"].iter().map(|field| &object[*field]);
        let state: Vec<String> = state.filter(|value| !value.is_null()).map(Value::to_string).collect();
        self.seen.insert(format!("{kind} {}", state.join(" ").replace('"', "")));
    }

    pub async fn get(&mut self, path: &str) -> Value {
        let got = self.shop.get(path).await;
        assert_eq!(got.status, 200, "{path}: {}", got.text);
        self.judge(&got.json());
        got.json()
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Value {
        let got = self.shop.call(path, form).await;
        assert_eq!(got.status, 200, "{path}: {}", got.text);
        self.judge(&got.json());
        got.json()
    }

    /// A link that a customer has gone through to this outcome, with its only session.
    pub async fn gone_through(&mut self, outcome: &str) -> (Value, Value) {
        let link = self.post("payment_links", &coffee()).await;
        assert_eq!(self.shop.submit(text(&link, "url"), &[("outcome", outcome)]).await.status, 303);
        let expand = "expand[]=data.payment_intent.latest_charge&expand[]=data.line_items";
        let path = format!("checkout/sessions?payment_link={}&{expand}", text(&link, "id"));
        let session = self.get(&path).await["data"][0].clone();
        for part in [&session["payment_intent"], &session["payment_intent"]["latest_charge"]] {
            if part.is_object() {
                self.judge(part);
            }
        }
        (link, session)
    }

    /// Every list, and every object of it by its own address.
    pub async fn walk(&mut self) {
        for (list, each) in [
            ("payment_links", "payment_links"),
            ("prices", "prices"),
            ("checkout/sessions", "checkout/sessions"),
            ("payment_intents", "payment_intents"),
            ("refunds", "refunds"),
            ("events", "events"),
        ] {
            let mut after = String::new();
            loop {
                let page = self.get(&format!("{list}?limit=3{after}")).await;
                let items = page["data"].as_array().expect("data").clone();
                for item in &items {
                    let one = self.get(&format!("{each}/{}", text(item, "id"))).await;
                    assert_eq!(one["id"], item["id"]);
                }
                if page["has_more"] == false {
                    break;
                }
                after = format!("&starting_after={}", text(items.last().expect("an item"), "id"));
            }
        }
    }
}
