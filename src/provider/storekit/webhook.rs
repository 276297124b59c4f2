//! storekit's webhooks, which Svix delivers: the signature over the raw bytes first, and only then what they
//! say. The scheme is documented; what an event says of its payment is not, so no payment is read from it:
//! it names the link whose payments are to be asked for.
//!
//! Sources: storekit.com/docs/developers/webhooks/{payload-format,verifying-signatures,troubleshooting}, and
//! the official libraries of Svix and Standard Webhooks for what those pages leave to them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::payment::LINK_PREFIX;
use super::payment::Reading;
use super::status;
use super::wire::Event;
use crate::core::payment::RefundStatus;
use crate::core::secret::Secret;
use crate::port::provider::EventKind;
use crate::port::provider::News;
use crate::port::provider::RawWebhook;
use crate::port::provider::Refund;
use crate::port::provider::Refusal;
use crate::provider::rest;
use crate::provider::rest::Unreadable;
use crate::provider::signature;
use crate::provider::signature::Tag;

/// The message's id: the same however often it is sent (…/webhooks/advanced/idempotency).
pub const ID: &str = "svix-id";
/// Seconds since 1970 at which this attempt was signed.
pub const TIMESTAMP: &str = "svix-timestamp";
/// `v1,<base64>`, several of them with a space between.
pub const SIGNATURE: &str = "svix-signature";

const SECRET_PREFIX: &str = "whsec_";

pub fn verify(
    hook: &RawWebhook,
    secrets: &[Secret],
    now_unix_s: i64,
    reading: Reading<'_>,
) -> Result<News, Refusal> {
    let stamp = authentic(hook, secrets, now_unix_s)?;
    read(&hook.body, stamp, reading).map_err(Refusal::Unreadable)
}

/// The key that a secret stands for. An empty one is none: anybody could sign with it.
pub fn key(secret: &Secret) -> Result<Vec<u8>, Refusal> {
    let unusable = |reason| Refusal::UnusableSecret { reason };
    let text = secret.reveal().strip_prefix(SECRET_PREFIX).ok_or_else(|| {
        unusable("storekit's begin with `whsec_`; copy the signing secret from Settings > Webhooks")
    })?;
    let key = STANDARD.decode(text).map_err(|_| {
        unusable("what follows `whsec_` is not base64; copy the whole secret from Settings > Webhooks")
    })?;
    if key.is_empty() {
        return Err(unusable("nothing follows `whsec_`; copy the whole secret from Settings > Webhooks"));
    }
    Ok(key)
}

/// What a genuine message says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp<'a> {
    id: &'a str,
    unix_s: i64,
}

/// The signed bytes are id, time and body with points between. Neither id nor time may hold a point, or one
/// message could be read as another.
fn authentic<'a>(hook: &'a RawWebhook, secrets: &[Secret], now_unix_s: i64) -> Result<Stamp<'a>, Refusal> {
    let header = signature::only_header(hook, SIGNATURE)?;
    let (id, time) = (signature::only_header(hook, ID)?, signature::only_header(hook, TIMESTAMP)?);
    let tags = tags(header).ok_or(Refusal::UnreadableSignature { header: SIGNATURE })?;
    let digits = time.bytes().all(|byte| byte.is_ascii_digit());
    let unix_s = time.parse().ok().filter(|_| digits);
    let unix_s = unix_s.ok_or(Refusal::UnreadableSignature { header: TIMESTAMP })?;
    if id.is_empty() || id.contains('.') {
        return Err(Refusal::UnreadableSignature { header: ID });
    }
    let keys: Vec<Result<Vec<u8>, Refusal>> = secrets.iter().map(key).collect();
    let good = keys.iter().flatten().map(Vec::as_slice);
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", hook.body.as_slice()];
    match signature::check_keys(good, &signed, &tags, unix_s, now_unix_s) {
        Ok(()) => Ok(Stamp { id, unix_s }),
        // With a secret that is none, this is what has to be mended first.
        Err(Refusal::WrongSignature) => {
            Err(keys.into_iter().find_map(Result::err).unwrap_or(Refusal::WrongSignature))
        }
        Err(other) => Err(other),
    }
}

/// Nothing is trimmed. Signatures of other versions are passed over; a `v1` that is not the base64 of a tag
/// matches nothing.
fn tags(header: &str) -> Option<Vec<Tag>> {
    let mut signed = false;
    let mut tags = Vec::new();
    for part in header.split(' ') {
        let (version, value) = part.split_once(',')?;
        if version == "v1" {
            signed = true;
            tags.extend(STANDARD.decode(value).ok().and_then(|bytes| Tag::try_from(bytes).ok()));
        }
    }
    signed.then_some(tags)
}

fn read(body: &[u8], stamp: Stamp<'_>, reading: Reading<'_>) -> Result<News, Unreadable> {
    let event: Event = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if event.event.is_empty() {
        return Err("an event without a name".to_owned());
    }
    let kind = status::event(&event.event);
    let known = kind != EventKind::Other;
    let link = link_of(&event.data).filter(|_| known);
    if known && link.is_none() {
        return Err(format!("{} names no payment link", event.event));
    }
    Ok(News {
        event: stamp.id.to_owned(),
        raw_kind: event.event,
        kind,
        mode: reading.owner.mode,
        at_unix_ms: stamp.unix_s.checked_mul(1_000).ok_or("signed at an impossible time")?,
        payment: None,
        link: link.map(str::to_owned),
        refund: refund(kind, &event.data, reading),
    })
}

/// The link that an event is about: the first of these that is a link's id.
fn link_of(data: &Value) -> Option<&str> {
    let places = [&data["paymentLinkId"], &data["paymentLink"]["id"], &data["id"]];
    let ids = places.into_iter().filter_map(Value::as_str);
    ids.filter(|id| id.starts_with(LINK_PREFIX)).find(|id| rest::is_safe(id))
}

/// The refund, where the event says all of it. Its state is in the event's name, which is documented.
fn refund(kind: EventKind, data: &Value, reading: Reading<'_>) -> Option<Refund> {
    let status = match kind {
        EventKind::RefundCreated => RefundStatus::Pending,
        EventKind::RefundSucceeded => RefundStatus::Succeeded,
        EventKind::RefundFailed => RefundStatus::Failed,
        EventKind::LinkCreated
        | EventKind::LinkChanged
        | EventKind::PaymentSucceeded
        | EventKind::PaymentPending
        | EventKind::PaymentFailed
        | EventKind::PaymentExpired
        | EventKind::DisputeOpened
        | EventKind::ConnectionChanged
        | EventKind::Other => return None,
    };
    let text = |name: &str| data[name].as_str().filter(|text| !text.is_empty());
    let own = text("id").filter(|id| !id.starts_with(LINK_PREFIX));
    Some(Refund {
        id: text("refundId").or(own)?.to_owned(),
        payment: text("paymentId")?.to_owned(),
        amount: reading.money(data["amount"].as_i64()?, text("currency")).ok()?,
        status,
        reason: text("reason").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::subject::LINK;
    use super::super::subject::READING;
    use super::super::subject::fixture;
    use super::super::subject::money;
    use super::super::subject::sign;
    use super::*;

    const VECTORS: &str = include_str!("../../../tests/fixtures/storekit/vectors.json");
    const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    const NOW: i64 = 1_760_000_000;

    fn secret(text: &str) -> [Secret; 1] {
        [Secret::new(text)]
    }

    fn told(body: &Value) -> Result<News, Refusal> {
        verify(&sign(&body.to_string(), SECRET, NOW), &secret(SECRET), NOW, READING)
    }

    #[test]
    fn the_vectors_are_judged_as_expected() {
        let vectors: Value = serde_json::from_str(VECTORS).expect("JSON");
        let cases = vectors["cases"].as_array().expect("cases");
        assert_eq!(cases.len(), 4);
        for case in cases {
            let text = |key: &str| case[key].as_str().expect("a text");
            let headers = case["headers"].as_object().expect("headers");
            let headers =
                headers.iter().map(|(name, value)| (name.clone(), value.as_str().expect("text").into()));
            let hook = RawWebhook { headers: headers.collect(), body: text("body_utf8").into() };
            let now = case["now"].as_i64().expect("a time");
            let said = verify(&hook, &secret(text("secret")), now, READING);
            assert_eq!(said.is_ok(), text("expect") == "accept", "{}: {said:?}", text("name"));
        }
    }

    #[test]
    fn the_vector_of_a_payment_names_the_link_to_ask_about() {
        let vectors: Value = serde_json::from_str(VECTORS).expect("JSON");
        let body: Value =
            serde_json::from_str(vectors["cases"][0]["body_utf8"].as_str().expect("a body")).expect("JSON");
        let news = told(&body).expect("genuine");
        assert_eq!(
            (news.kind, news.link.as_deref(), news.payment),
            (EventKind::PaymentSucceeded, Some(LINK), None)
        );
    }

    #[test]
    fn a_secret_that_is_not_base64_is_named_and_never_an_empty_key() {
        let body = fixture("events")["paid"].to_string();
        for (text, word) in [
            ("", "whsec_"),
            ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "begin"),
            ("whsec_", "nothing follows"),
            ("whsec_contract_0001", "base64"),
            ("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY", "base64"),
        ] {
            // Signed with the key that a careless reader would have made of it.
            let mut hook = sign(&body, SECRET, NOW);
            let empty = signature::tag(b"", &[b"msg_1.1760000000.", body.as_bytes()]);
            hook.headers[0].1 = format!("v1,{}", STANDARD.encode(empty)).into();
            let said = verify(&hook, &secret(text), NOW, READING);
            let Err(Refusal::UnusableSecret { reason }) = said else { panic!("{text}: {said:?}") };
            assert!(reason.contains(word), "{text}: {reason}");
        }
        assert!(key(&Secret::new(SECRET)).is_ok());
    }

    #[test]
    fn a_good_secret_beside_a_bad_one_still_verifies() {
        let hook = sign(&fixture("events")["paid"].to_string(), SECRET, NOW);
        let both = ["whsec_not base64", SECRET].map(Secret::new);
        assert!(verify(&hook, &both, NOW, READING).is_ok());
    }

    #[test]
    fn any_signature_of_a_list_will_do_and_the_list_is_read_strictly() {
        let mut hook = sign(&fixture("events")["paid"].to_string(), SECRET, NOW);
        let good = String::from_utf8(hook.headers[0].1.clone()).expect("text");
        let other = format!("v1,{}", STANDARD.encode([7; 32]));
        let mut said = |header: String| {
            hook.headers[0].1 = header.into();
            verify(&hook, &secret(SECRET), NOW, READING)
        };
        assert!(said(format!("{other} {good}")).is_ok());
        assert!(said(format!("v1a,AAAA {good} v2,x")).is_ok());
        assert_eq!(said(other), Err(Refusal::WrongSignature));
        assert_eq!(said("v1,".to_owned()), Err(Refusal::WrongSignature));
        for bad in [
            String::new(),
            " ".into(),
            format!("{good} "),
            format!("{good}  {good}"),
            good.replace("v1", "v2"),
        ] {
            let unreadable = Refusal::UnreadableSignature { header: SIGNATURE };
            assert_eq!(said(bad.clone()), Err(unreadable), "{bad:?}");
        }
    }

    #[test]
    fn each_header_is_there_once_and_of_its_form() {
        let good = sign(&fixture("events")["paid"].to_string(), SECRET, NOW);
        for (at, header) in [(0, SIGNATURE), (1, ID), (2, TIMESTAMP)] {
            let mut hook = good.clone();
            let gone = hook.headers.remove(at);
            let said = verify(&hook, &secret(SECRET), NOW, READING);
            assert_eq!(said, Err(Refusal::MissingSignature { header }));
            hook.headers.extend([gone.clone(), (gone.0.to_ascii_uppercase(), gone.1)]);
            let said = verify(&hook, &secret(SECRET), NOW, READING);
            assert_eq!(said, Err(Refusal::DoubledSignature { header, count: 2 }));
        }
        for (at, value, header) in
            [(1, "", ID), (1, "msg.1", ID), (2, "", TIMESTAMP), (2, "+1760000000", TIMESTAMP)]
        {
            let mut hook = good.clone();
            hook.headers[at].1 = value.into();
            let said = verify(&hook, &secret(SECRET), NOW, READING);
            assert_eq!(said, Err(Refusal::UnreadableSignature { header }), "{value}");
        }
    }

    #[test]
    fn every_event_is_told_with_its_link() {
        let events = fixture("events");
        for (name, kind, refund) in [
            ("created", EventKind::LinkCreated, None),
            ("paid", EventKind::PaymentSucceeded, None),
            ("refund_created", EventKind::RefundCreated, Some(RefundStatus::Pending)),
            ("refund_succeeded", EventKind::RefundSucceeded, Some(RefundStatus::Succeeded)),
            ("refund_failed", EventKind::RefundFailed, Some(RefundStatus::Failed)),
        ] {
            let news = told(&events[name]).expect("genuine");
            assert_eq!((news.kind, news.link.as_deref(), news.payment), (kind, Some(LINK), None), "{name}");
            assert_eq!((news.event.as_str(), news.at_unix_ms), ("msg_1", NOW * 1_000), "{name}");
            assert_eq!(news.refund.as_ref().map(|refund| refund.status.clone()), refund, "{name}");
            if let Some(refund) = news.refund {
                assert_eq!((refund.payment.as_str(), refund.amount), ("pay_1", money(250, "GBP")));
            }
        }
        let failed = told(&events["refund_failed"]).expect("genuine").refund.expect("a refund");
        assert_eq!(failed.reason.as_deref(), Some("The card was closed."));
        let order = told(&events["order"]).expect("genuine");
        assert_eq!((order.kind, order.link), (EventKind::Other, None), "orders of the kitchen are not ours");
    }

    #[test]
    fn the_link_is_looked_for_in_three_places_in_their_order() {
        let (a, b, c) = ("plink_a", "plink_b", "plink_c");
        for (data, link) in [
            (json!({"paymentLinkId": a, "paymentLink": {"id": b}, "id": c}), Some(a)),
            (json!({"paymentLinkId": "pl_1", "paymentLink": {"id": b}, "id": c}), Some(b)),
            (json!({"paymentLink": b, "id": c}), Some(c)),
            (json!({"paymentLinkId": 7, "id": c}), Some(c)),
            (json!({"paymentLinkId": "plink_../x", "id": c}), Some(c)),
            (json!({"id": "pay_1"}), None),
            (json!([a]), None),
            (Value::Null, None),
        ] {
            let said = told(&json!({"event": "payment_link.paid", "data": data}));
            match link {
                Some(link) => assert_eq!(said.expect("genuine").link.as_deref(), Some(link), "{data}"),
                None => assert!(matches!(said, Err(Refusal::Unreadable(_))), "{data}: {said:?}"),
            }
        }
    }

    #[test]
    fn a_refund_of_which_something_is_missing_is_left_to_asking() {
        let whole = fixture("events")["refund_succeeded"].clone();
        for field in ["id", "paymentId", "amount", "currency"] {
            let mut event = whole.clone();
            event["data"][field] = Value::Null;
            let news = told(&event).expect("genuine");
            assert_eq!((news.refund, news.link.as_deref()), (None, Some(LINK)), "{field}");
        }
    }
}
