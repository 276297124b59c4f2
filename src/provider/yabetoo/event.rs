//! What a genuine event says (`payment-link/create`, `developer-tools/webhook/events`). Fields stand flat under
//! `data`; the envelope is in snake case and the fields are not.

use super::REFERENCE;
use super::payment::Reading;
use super::payment::word;
use super::status;
use super::wire::Event;
use super::wire::EventData;
use super::wire::Wrapped;
use crate::core::payment::PaymentStatus;
use crate::port::provider::EventKind;
use crate::port::provider::News;
use crate::port::provider::Payment;
use crate::provider::mode;
use crate::provider::owner::Owner;
use crate::provider::rest;
use crate::provider::rest::Unreadable;

/// `sent_unix_s` is the signature's time, for events that do not say theirs.
pub fn read(body: &[u8], sent_unix_s: i64, reading: Reading<'_>) -> Result<News, Unreadable> {
    let Event { id, kind: raw_kind, data, created_at } = envelope(body)?;
    if id.is_empty() {
        return Err("an event without an id".to_owned());
    }
    let sent = || sent_unix_s.checked_mul(1_000).ok_or_else(|| "an event without a time".to_owned());
    let at_unix_ms = created_at.as_deref().map_or_else(sent, rest::millis)?;
    // Events do not say their mode; the endpoint is of the key's.
    let mode = data.as_ref().and_then(|data| data.live_mode).map_or(reading.owner.mode, mode::of_live);
    let reading = Reading { owner: Owner { mode, ..reading.owner }, ..reading };
    let told = Told { raw_kind: &raw_kind, data: data.as_ref(), at_unix_ms, reading };
    let Said { kind, payment, link } = told.said()?;
    Ok(News { event: id, raw_kind, kind, mode, at_unix_ms, payment, link, refund: None })
}

/// The event, out of the envelope in which Connect puts it.
fn envelope(body: &[u8]) -> Result<Event, Unreadable> {
    match serde_json::from_slice::<Event>(body) {
        Ok(event) => Ok(event),
        Err(error) => match serde_json::from_slice::<Wrapped>(body) {
            Ok(wrapped) => Ok(wrapped.event),
            Err(_) => Err(error.to_string()),
        },
    }
}

struct Said {
    kind: EventKind,
    payment: Option<Payment>,
    link: Option<String>,
}

impl Said {
    fn only(kind: EventKind) -> Self {
        Self { kind, payment: None, link: None }
    }
}

struct Told<'a> {
    raw_kind: &'a str,
    data: Option<&'a EventData>,
    at_unix_ms: i64,
    reading: Reading<'a>,
}

impl Told<'_> {
    /// Names of older versions, such as `payment_intent.succeeded`, and those of subscriptions, invoices and
    /// disbursements mean nothing here: what they tell that a counter must know is told by these as well, or
    /// is found by asking.
    fn said(&self) -> Result<Said, Unreadable> {
        match self.raw_kind {
            "payment_link.created" => {
                let link = self.data()?.payment_link_id.clone().or_else(|| self.data?.id.clone());
                let link = link.ok_or_else(|| self.lacks("a link"))?;
                Ok(Said { link: Some(link), ..Said::only(EventKind::LinkCreated) })
            }
            "payment_link.checkout.completed" => self.checkout(EventKind::PaymentSucceeded),
            // Not final: the customer may try again, or the money may come late. It names no amount and no
            // intent; the link's list says how the payment stands, `declined` and all.
            "payment_link.checkout.failed" => self.checkout(EventKind::PaymentFailed),
            // Of a web shop's own session. A payment over a link is told by the two above instead.
            "checkout.session.completed" => Ok(self.session(EventKind::PaymentSucceeded)),
            "checkout.session.payment_failed" => Ok(self.session(EventKind::PaymentFailed)),
            "intent.completed" => self.intent("succeeded"),
            "intent.expired" => self.intent("expired"),
            "connect.refund.blocked_insufficient_funds" => Ok(Said::only(EventKind::RefundFailed)),
            _ => Ok(Said::only(EventKind::Other)),
        }
    }

    /// A checkout's ids are the session's and the order's: neither is the payment's, and a notice under one
    /// of them would count the money again when `intent.completed` tells it. So there is no payment in this
    /// news, only the link to ask about.
    fn checkout(&self, kind: EventKind) -> Result<Said, Unreadable> {
        let link = self.data()?.payment_link_id.clone().filter(|id| rest::is_safe(id));
        let link = link.ok_or_else(|| self.lacks("a link"))?;
        Ok(Said { link: Some(link), ..Said::only(kind) })
    }

    fn session(&self, kind: EventKind) -> Said {
        let link = self.data.and_then(|data| data.payment_link_id.clone());
        Said { link: link.filter(|id| rest::is_safe(id)), ..Said::only(kind) }
    }

    /// The payment itself. `word` is what the event's name says of it; a status inside comes before that.
    fn intent(&self, word_of_name: &str) -> Result<Said, Unreadable> {
        let data = self.data()?;
        let status = status::intent(data.status.as_deref().unwrap_or(word_of_name));
        let (Some(amount), Some(currency)) = (&data.amount, &data.currency) else {
            return Err(self.lacks("an amount"));
        };
        let link = data.payment_link_id.clone().filter(|id| rest::is_safe(id));
        let payment = Payment {
            key: self.reading.key(self.intent_id(data)?)?,
            declined: status::declined(&status),
            status,
            amount: self.reading.units.of_intent(amount, currency)?,
            refunded: 0,
            reference: word(data.metadata.as_ref(), REFERENCE),
            link: link.clone(),
            at_unix_ms: self.at_unix_ms,
        };
        Ok(Said { kind: kind_of(&payment.status), payment: Some(payment), link })
    }

    /// Under which of the names the intent's id stands is not documented; if several do, they must agree.
    fn intent_id<'a>(&self, data: &'a EventData) -> Result<&'a str, Unreadable> {
        let names = [&data.payment_intent_id, &data.intent_id, &data.id];
        let mut ids = names.into_iter().flatten().filter(|id| id.starts_with("pi_"));
        let first = ids.next().ok_or_else(|| self.lacks("an intent"))?;
        match ids.find(|id| *id != first) {
            Some(other) => Err(format!("{} names both {first} and {other}", self.raw_kind)),
            None => Ok(first),
        }
    }

    fn data(&self) -> Result<&EventData, Unreadable> {
        self.data.ok_or_else(|| self.lacks("data"))
    }

    fn lacks(&self, what: &str) -> Unreadable {
        format!("{} without {what}", self.raw_kind)
    }
}

fn kind_of(status: &PaymentStatus) -> EventKind {
    match status {
        PaymentStatus::Succeeded | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => {
            EventKind::PaymentSucceeded
        }
        PaymentStatus::Pending | PaymentStatus::Authorized => EventKind::PaymentPending,
        PaymentStatus::Failed | PaymentStatus::Canceled => EventKind::PaymentFailed,
        PaymentStatus::Expired => EventKind::PaymentExpired,
        PaymentStatus::Open | PaymentStatus::RequiresAction | PaymentStatus::Unknown(_) => EventKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::READING;
    use super::super::subject::money;
    use super::*;
    use crate::core::payment::Mode;

    const EVENTS: &str = include_str!("../../../tests/fixtures/yabetoo/events.json");
    const NOW: i64 = 1_760_000_000;

    fn example(name: &str) -> Value {
        let mut all: Value = serde_json::from_str(EVENTS).expect("JSON");
        let found = all[name].take();
        assert!(found.is_object(), "no example {name}");
        found
    }

    fn told(event: &Value) -> Result<News, Unreadable> {
        read(event.to_string().as_bytes(), NOW, READING)
    }

    #[test]
    fn a_checkout_names_its_link_and_no_payment() {
        for (name, kind) in [
            ("payment_link.checkout.completed", EventKind::PaymentSucceeded),
            ("payment_link.checkout.failed", EventKind::PaymentFailed),
        ] {
            let news = told(&example(name)).expect("readable");
            assert_eq!((news.kind, news.raw_kind.as_str()), (kind, name));
            assert_eq!((news.payment, news.link.as_deref()), (None, Some("plink_abc123def456ghi789jkl012")));
            assert_eq!((news.event.as_str(), news.at_unix_ms), ("evt_abc123", 1_790_417_700_000));
        }
    }

    #[test]
    fn an_intent_is_the_payment() {
        let news = told(&example("intent.completed")).expect("readable");
        let payment = news.payment.expect("a payment");
        assert_eq!(payment.key.id, "pi_OYgGCdY1VaWvszwZcAY7VXvuXI70Ao9rsuMl");
        assert_eq!((payment.amount, payment.status), (money(25_000, "XAF"), PaymentStatus::Succeeded));
        assert_eq!((payment.link, payment.declined), (None, false));
        let expired = told(&example("intent.expired")).expect("readable");
        assert_eq!(expired.kind, EventKind::PaymentExpired);
        assert!(expired.payment.expect("a payment").declined, "another attempt may follow");
    }

    #[test]
    fn the_intents_id_may_stand_under_any_name_but_only_one_may_be_meant() {
        let with = |ids: &Value| {
            let mut event = example("intent.completed");
            let data = event["data"].as_object_mut().expect("data");
            data.remove("id");
            data.extend(ids.as_object().expect("an object").clone());
            told(&event).map(|news| news.payment.expect("a payment").key.id)
        };
        for ids in [
            json!({"id": "pi_1"}),
            json!({"intentId": "pi_1"}),
            json!({"paymentIntentId": "pi_1", "id": "pi_1"}),
            json!({"paymentIntentId": "pi_1", "id": "ord_1"}),
        ] {
            assert_eq!(with(&ids), Ok("pi_1".to_owned()), "{ids}");
        }
        for ids in [json!({}), json!({"id": "ord_1"}), json!({"id": "pi_1", "intentId": "pi_2"})] {
            assert!(with(&ids).is_err(), "{ids}");
        }
    }

    #[test]
    fn the_events_name_alone_makes_no_success_where_a_status_says_otherwise() {
        let mut event = example("intent.completed");
        for (word, status, kind) in [
            ("succeeded", PaymentStatus::Succeeded, EventKind::PaymentSucceeded),
            ("processing", PaymentStatus::Pending, EventKind::PaymentPending),
            ("failed", PaymentStatus::Failed, EventKind::PaymentFailed),
            ("settled", PaymentStatus::Unknown("settled".into()), EventKind::Other),
        ] {
            event["data"]["status"] = json!(word);
            let news = told(&event).expect("readable");
            assert_eq!((news.kind, news.payment.expect("a payment").status), (kind, status), "{word}");
        }
    }

    #[test]
    fn an_amount_or_a_link_that_is_missing_is_unreadable() {
        for (name, field) in [
            ("intent.completed", "amount"),
            ("intent.completed", "currency"),
            ("payment_link.checkout.completed", "paymentLinkId"),
            ("payment_link.checkout.failed", "paymentLinkId"),
        ] {
            let mut event = example(name);
            event["data"].as_object_mut().expect("data").remove(field);
            assert!(told(&event).is_err(), "{name} without {field}");
            event.as_object_mut().expect("an event").remove("data");
            assert!(told(&event).is_err(), "{name} without data");
        }
        let mut event = example("intent.completed");
        event["data"]["amount"] = json!(25.5);
        assert!(told(&event).is_err());
    }

    #[test]
    fn envelopes_times_and_modes_are_read() {
        let wrapped = json!({"event": example("payment_link.created")});
        let news = told(&wrapped).expect("readable");
        assert_eq!((news.kind, news.link.as_deref()), (EventKind::LinkCreated, Some("plink_1")));
        let mut event = example("intent.completed");
        event.as_object_mut().expect("an event").remove("created_at");
        assert_eq!(told(&event).expect("readable").at_unix_ms, NOW * 1_000);
        event["created_at"] = json!("noon");
        assert!(told(&event).is_err());
        event["created_at"] = json!("2026-09-26T10:15:00.000Z");
        event["data"]["liveMode"] = json!(true);
        let live = told(&event).expect("readable");
        assert_eq!((live.mode, live.payment.expect("a payment").key.mode), (Mode::Live, Mode::Live));
    }

    #[test]
    fn other_names_are_kept_and_mean_nothing() {
        for name in [
            "payment_intent.succeeded",
            "subscription.created",
            "invoice.paid",
            "payment.completed",
            "disbursement.completed",
            "payment_link.admired",
        ] {
            let news = told(&json!({"id": "evt_1", "type": name})).expect("readable");
            assert_eq!((news.kind, news.payment, news.link), (EventKind::Other, None, None), "{name}");
            assert_eq!(news.raw_kind, name);
        }
        let session = json!({"id": "evt_1", "type": "checkout.session.completed", "data": {"checkoutSessionId": "cs_1"}});
        let news = told(&session).expect("readable");
        assert_eq!((news.kind, news.payment, news.link), (EventKind::PaymentSucceeded, None, None));
    }
}
