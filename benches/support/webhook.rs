//! Webhooks as Stripe sends them: whole checkouts, signed, each with an event and a payment of its own.

use std::fmt::Write;

use qrtill::provider::signature;
use serde_json::Value;
use serde_json::json;

const OBJECTS: &str = include_str!("../../tests/fixtures/stripe/objects.json");
/// Below Stripe's own shortest ids; only that they differ matters.
const DIGITS: usize = 24;

/// Makes webhooks that differ in event and payment alone.
pub struct Webhooks {
    secret: String,
    /// Body with `EVENT`, `CHECKOUT` and `PAYMENT` where the ids go.
    template: String,
}

impl Webhooks {
    /// Of checkouts paid over the payment link of that id.
    pub fn new(secret: &str, link: &str, now_unix_s: i64) -> Self {
        let mut objects: Value = serde_json::from_str(OBJECTS).expect("JSON");
        let mut session = objects["checkout.session"].take();
        let paid = json!({
            "id": "CHECKOUT", "payment_intent": "PAYMENT", "payment_link": link, "amount_subtotal": 1250,
            "amount_total": 1250, "currency": "eur", "mode": "payment", "status": "complete",
            "payment_status": "paid", "created": now_unix_s, "livemode": false,
        });
        for (name, value) in paid.as_object().expect("an object") {
            session[name] = value.clone();
        }
        let event = json!({
            "id": "EVENT", "object": "event", "type": "checkout.session.completed", "created": now_unix_s,
            "livemode": false, "pending_webhooks": 1, "data": { "object": session },
        });
        Self { secret: secret.to_owned(), template: event.to_string() }
    }

    /// The `n`-th body with its header, signed at that time.
    pub fn make(&self, run: u64, n: u64, now_unix_s: i64) -> (String, String) {
        let id = format!("{run:06}{n:0digits$}", digits = DIGITS - 6);
        let body = self
            .template
            .replace("EVENT", &format!("evt_{id}"))
            .replace("CHECKOUT", &format!("cs_test_{id}"))
            .replace("PAYMENT", &format!("pi_{id}"));
        let time = now_unix_s.to_string();
        let tag = signature::tag(self.secret.as_bytes(), &[time.as_bytes(), b".", body.as_bytes()]);
        let mut header = format!("t={time},v1=");
        for byte in tag {
            let Ok(()) = write!(header, "{byte:02x}") else { unreachable!("text takes everything") };
        }
        (body, header)
    }

    pub fn length(&self) -> usize {
        self.make(0, 0, 0).0.len()
    }
}
