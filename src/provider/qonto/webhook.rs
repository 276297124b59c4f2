//! Qonto's webhooks (docs.qonto.com/api-reference/business-api/webhooks): the signature over the raw bytes
//! first, and only then what they say. They name a link, never a payment.

use super::wire::ConnectionEvent;
use super::wire::Event;
use super::wire::LinkEvent;
use crate::core::payment::Mode;
use crate::core::secret::Secret;
use crate::port::provider::EventKind;
use crate::port::provider::News;
use crate::port::provider::RawWebhook;
use crate::port::provider::Refusal;
use crate::provider::rest;
use crate::provider::rest::Unreadable;
use crate::provider::signature;
use crate::provider::signature::Stamped;

pub const SIGNATURE: &str = "X-Qonto-Signature";

const LINKS: &str = "v1/payment-links";
const CONNECTIONS: &str = "v1/payment-links-connections";

/// The signed bytes are the time, a point and the body; the subscription's secret is the key as it stands.
pub fn verify(hook: &RawWebhook, secrets: &[Secret], now_unix_s: i64, mode: Mode) -> Result<News, Refusal> {
    let header = signature::only_header(hook, SIGNATURE)?;
    let stamped = Stamped::parse(header).ok_or(Refusal::UnreadableSignature { header: SIGNATURE })?;
    let signed = [stamped.time.as_bytes(), b".", hook.body.as_slice()];
    signature::check(secrets, &signed, &stamped.tags, stamped.unix_s, now_unix_s)?;
    read(&hook.body, mode).map_err(Refusal::Unreadable)
}

fn read(body: &[u8], mode: Mode) -> Result<News, Unreadable> {
    let event: Event = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if event.id.is_empty() || event.kind.is_empty() {
        return Err("an event without an id or a type".to_owned());
    }
    let (kind, word, link) = match event.kind.as_str() {
        LINKS => {
            let about: LinkEvent = data(&event)?;
            if !rest::is_safe(&about.payment_link_id) {
                return Err(format!("an event about link `{}`", about.payment_link_id));
            }
            (link_kind(&about), format!("{} {}", about.event, about.status), Some(about.payment_link_id))
        }
        CONNECTIONS => (EventKind::ConnectionChanged, data::<ConnectionEvent>(&event)?.event, None),
        _ => (EventKind::Other, String::new(), None),
    };
    Ok(News {
        at_unix_ms: rest::millis(&event.created_at)?,
        raw_kind: format!("{} {word}", event.kind).trim_end().to_owned(),
        event: event.id,
        kind,
        mode,
        payment: None,
        link,
        refund: None,
    })
}

/// What the link's new state lets one expect; the link's payments decide.
fn link_kind(about: &LinkEvent) -> EventKind {
    match (about.event.as_str(), about.status.as_str()) {
        ("created", _) => EventKind::LinkCreated,
        ("updated", "paid") => EventKind::PaymentSucceeded,
        ("updated", "processing") => EventKind::PaymentPending,
        ("updated", "expired") => EventKind::PaymentExpired,
        ("updated", _) => EventKind::LinkChanged,
        (_, _) => EventKind::Other,
    }
}

fn data<T: serde::de::DeserializeOwned>(event: &Event) -> Result<T, Unreadable> {
    serde::Deserialize::deserialize(&event.data)
        .map_err(|error: serde_json::Error| format!("{}: {error}", event.kind))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::sign;
    use super::*;
    use crate::provider::dice::Dice;

    const VECTORS: &str = include_str!("../../../tests/fixtures/qonto/vectors.json");
    const UPDATED: &str = include_str!("../../../tests/fixtures/qonto/event_link_updated.json");
    const CONNECTED: &str = include_str!("../../../tests/fixtures/qonto/event_connection.json");
    const NOW: i64 = 1_760_000_000;
    const LINK: &str = "0199e1de-4fa1-7324-9aed-0b0f6a65243e";

    /// The official vector signs a body that is no event: then its signature was right and the rest is not.
    #[test]
    fn the_vectors_are_judged_as_expected() {
        let vectors: Value = serde_json::from_str(VECTORS).expect("JSON");
        let cases = vectors["cases"].as_array().expect("cases");
        assert_eq!(cases.len(), 2);
        for case in cases {
            let text = |key: &str| case[key].as_str().expect("a text").to_owned();
            let headers = vec![(text("header_name"), text("header").into())];
            let hook = RawWebhook { headers, body: text("body_utf8").into() };
            let secrets = [Secret::new(text("secret"))];
            let said = verify(&hook, &secrets, case["now"].as_i64().expect("a time"), Mode::Test);
            let genuine = matches!(said, Ok(_) | Err(Refusal::Unreadable(_)));
            assert_eq!(genuine, case["expect"] == "accept", "{}: {said:?}", text("name"));
        }
    }

    fn told(body: &Value) -> Result<News, Refusal> {
        verify(&sign(&body.to_string(), "s-1", NOW), &[Secret::new("s-1")], NOW, Mode::Test)
    }

    #[test]
    fn a_links_event_names_the_link_and_no_payment() {
        let mut body: Value = serde_json::from_str(UPDATED).expect("JSON");
        for (event, status, kind) in [
            ("created", "open", EventKind::LinkCreated),
            ("updated", "paid", EventKind::PaymentSucceeded),
            ("updated", "processing", EventKind::PaymentPending),
            ("updated", "expired", EventKind::PaymentExpired),
            ("updated", "open", EventKind::LinkChanged),
            ("updated", "canceled", EventKind::LinkChanged),
            ("updated", "PAID", EventKind::LinkChanged),
            ("admired", "paid", EventKind::Other),
        ] {
            body["data"]["event"] = json!(event);
            body["data"]["status"] = json!(status);
            let news = told(&body).expect("genuine");
            assert_eq!((news.kind, news.link.as_deref()), (kind, Some(LINK)), "{event} {status}");
            assert_eq!((news.payment, news.refund, news.mode), (None, None, Mode::Test));
            assert_eq!(news.raw_kind, format!("v1/payment-links {event} {status}"));
            assert_eq!(news.event, "0199e1df-0000-7000-8000-000000000001");
            assert_eq!(news.at_unix_ms, rest::millis("2026-10-09T08:53:20Z").expect("a time"));
        }
    }

    #[test]
    fn a_connections_event_concerns_no_link() {
        let news = told(&serde_json::from_str(CONNECTED).expect("JSON")).expect("genuine");
        assert_eq!((news.kind, news.link), (EventKind::ConnectionChanged, None));
        assert_eq!(news.raw_kind, "v1/payment-links-connections connection_enabled");
    }

    #[test]
    fn what_an_event_has_to_say_is_not_guessed() {
        let whole: Value = serde_json::from_str(UPDATED).expect("JSON");
        for (place, value) in [
            ("/id", json!("")),
            ("/created_at", json!("today")),
            ("/data/payment_link_id", json!("../x")),
            ("/data/status", Value::Null),
            ("/data", json!([])),
        ] {
            let mut body = whole.clone();
            *body.pointer_mut(place).expect("there") = value;
            assert!(matches!(told(&body), Err(Refusal::Unreadable(_))), "{place}");
        }
    }

    #[test]
    fn no_signed_body_whatever_its_bytes_breaks_the_reader() {
        let mut dice = Dice(0x9E37_79B9);
        let mut below = |n: usize| dice.below(n);
        for _ in 0..2_000 {
            let mut body = UPDATED.as_bytes().to_vec();
            let at = below(body.len());
            match below(3) {
                0 => body.truncate(at),
                1 => body[at] = u8::try_from(below(256)).expect("a byte"),
                _ => body.insert(at, u8::try_from(below(256)).expect("a byte")),
            }
            let hook = sign("", "s-1", NOW);
            let stamp = NOW.to_string();
            let tag = signature::tag(b"s-1", &[stamp.as_bytes(), b".", &body]);
            let header = format!("t={stamp},v1={}", signature::to_hex(&tag)).into_bytes();
            let headers = vec![(hook.headers[0].0.clone(), header)];
            let said = verify(&RawWebhook { headers, body }, &[Secret::new("s-1")], NOW, Mode::Test);
            assert!(matches!(said, Ok(_) | Err(Refusal::Unreadable(_))), "{said:?}");
        }
    }
}
