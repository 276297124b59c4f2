//! VINR's webhooks: the signature over the raw bytes first, and only then what they say. The two headers are
//! documented (docs/integration/webhooks); what is signed and how is our reading, so whatever they tell is
//! confirmed by asking.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::payment;
use super::status;
use super::wire;
use super::wire::Event;
use super::wire::Object;
use crate::core::payment::PaymentStatus;
use crate::core::secret::Secret;
use crate::port::provider::EventKind;
use crate::port::provider::News;
use crate::port::provider::Payment;
use crate::port::provider::RawWebhook;
use crate::port::provider::Refund;
use crate::port::provider::Refusal;
use crate::provider::mode;
use crate::provider::owner::Owner;
use crate::provider::rest::Unreadable;
use crate::provider::signature;

pub const SIGNATURE: &str = "X-Vinr-Signature";
pub const TIMESTAMP: &str = "X-Vinr-Timestamp";

/// The whole secret is the key; the signed bytes are the time as it was written, a point and the body. Before
/// the signature `sha256=` or `v1=` may stand.
pub fn verify(
    hook: &RawWebhook,
    secrets: &[Secret],
    now_unix_s: i64,
    owner: Owner<'_>,
) -> Result<News, Refusal> {
    let text = signature::only_header(hook, SIGNATURE)?;
    let time = signature::only_header(hook, TIMESTAMP)?;
    let bare = text.strip_prefix("sha256=").or_else(|| text.strip_prefix("v1=")).unwrap_or(text);
    let tag = signature::hex_tag(bare).ok_or(Refusal::UnreadableSignature { header: SIGNATURE })?;
    let unix_s = seconds(time).ok_or(Refusal::UnreadableSignature { header: TIMESTAMP })?;
    let signed = [time.as_bytes(), b".", hook.body.as_slice()];
    signature::check(secrets, &signed, &[tag], unix_s, now_unix_s)?;
    read(&hook.body, owner).map_err(Refusal::Unreadable)
}

fn seconds(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// What an event says, before it is put into words of ours.
#[derive(Default)]
struct Said {
    payment: Option<Payment>,
    refund: Option<Refund>,
}

fn read(body: &[u8], owner: Owner<'_>) -> Result<News, Unreadable> {
    let event: Event = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if event.id.is_empty() || event.kind.is_empty() {
        return Err("an event without an id or a type".to_owned());
    }
    let at_unix_ms = payment::millis(&event.created)?;
    let livemode = event.livemode.or_else(|| snapshot(&event)?.get("livemode")?.as_bool());
    let owner = Owner { mode: livemode.map_or(owner.mode, mode::of_live), ..owner };
    let (kind, said) = match event.kind.as_str() {
        "payment.created" | "payment.completed" | "payment.succeeded" | "payment.failed"
        | "payment.expired" => about_payment(&event, at_unix_ms, owner)?,
        "refund.created" | "refund.updated" | "refund.completed" => about_refund(&event, owner)?,
        // The pages do not show what is in it.
        "dispute.opened" => (EventKind::DisputeOpened, Said::default()),
        _ => (EventKind::Other, Said::default()),
    };
    Ok(News {
        event: event.id,
        raw_kind: event.kind,
        kind,
        mode: owner.mode,
        at_unix_ms,
        link: said.payment.as_ref().and_then(|payment| payment.link.clone()),
        payment: said.payment,
        refund: said.refund,
    })
}

/// The event's name alone never makes a success: the payment inside has to say so. It can make an end without
/// money, which the payment may not have a word for.
fn about_payment(event: &Event, at_unix_ms: i64, owner: Owner<'_>) -> Result<(EventKind, Said), Unreadable> {
    let mut payment = payment::payment(&object::<wire::Payment>(event, owner)?, Some(at_unix_ms), owner)?;
    let without_money = match payment.status {
        PaymentStatus::Open
        | PaymentStatus::RequiresAction
        | PaymentStatus::Pending
        | PaymentStatus::Authorized
        | PaymentStatus::Failed
        | PaymentStatus::Canceled
        | PaymentStatus::Expired => true,
        PaymentStatus::Succeeded
        | PaymentStatus::PartiallyRefunded
        | PaymentStatus::Refunded
        | PaymentStatus::Unknown(_) => false,
    };
    let kind = match event.kind.as_str() {
        "payment.expired" if without_money => {
            payment.status = PaymentStatus::Expired;
            payment.declined = false;
            EventKind::PaymentExpired
        }
        // "Payment attempt failed": another attempt may follow, whatever became of this payment.
        "payment.failed" if without_money => {
            payment.declined = true;
            EventKind::PaymentFailed
        }
        _ => status::payment_event(&payment.status),
    };
    Ok((kind, Said { payment: Some(payment), refund: None }))
}

fn about_refund(event: &Event, owner: Owner<'_>) -> Result<(EventKind, Said), Unreadable> {
    let refund = payment::refund(&object::<wire::Refund>(event, owner)?)?;
    let kind = match event.kind.as_str() {
        "refund.created" => EventKind::RefundCreated,
        _ => status::refund_event(&refund.status),
    };
    Ok((kind, Said { payment: None, refund: Some(refund) }))
}

/// The object that the event is about: `data.object`, or `data` itself, whose own `object` is a word.
fn snapshot(event: &Event) -> Option<&Value> {
    let data = event.data.as_ref()?;
    Some(data.get("object").filter(|inner| inner.is_object()).unwrap_or(data))
}

fn object<T: DeserializeOwned + Object>(event: &Event, owner: Owner<'_>) -> Result<T, Unreadable> {
    let found = snapshot(event).ok_or_else(|| format!("{} about nothing", event.kind))?;
    let found = T::deserialize(found).map_err(|error| format!("{}: {error}", event.kind))?;
    payment::is_mine(&found, owner)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::subject::OWNER;
    use super::super::subject::REFERENCE;
    use super::super::subject::money;
    use super::super::subject::sign;
    use super::*;
    use crate::core::payment::Mode;
    use crate::core::payment::RefundStatus;
    use crate::provider::dice::Dice;

    const VECTORS: &str = include_str!("../../../tests/fixtures/vinr/vectors.json");
    const EVENTS: &str = include_str!("../../../tests/fixtures/vinr/events.json");
    const NOW: i64 = 1_760_000_000;

    #[test]
    fn the_vectors_are_judged_as_expected() {
        let vectors: Value = serde_json::from_str(VECTORS).expect("JSON");
        let cases = vectors["cases"].as_array().expect("cases");
        assert_eq!(cases.len(), 2);
        for case in cases {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let headers = case["headers"].as_object().expect("headers").iter();
            let headers = headers.map(|(name, value)| (name.clone(), text(value).into())).collect();
            let hook = RawWebhook { headers, body: text(&case["body_utf8"]).into() };
            let secrets = [Secret::new(text(&case["secret"]))];
            let said = verify(&hook, &secrets, case["now"].as_i64().expect("a time"), OWNER);
            assert_eq!(said.is_ok(), case["expect"] == "accept", "{}: {said:?}", case["name"]);
        }
    }

    fn heard(hook: &RawWebhook) -> Result<News, Refusal> {
        verify(hook, &[Secret::new("whsec_1")], NOW, OWNER)
    }

    fn told(event: &Value) -> Result<News, Refusal> {
        heard(&sign(&event.to_string(), "whsec_1", NOW))
    }

    fn example(name: &str) -> Value {
        let mut events: Value = serde_json::from_str(EVENTS).expect("JSON");
        events[name].take()
    }

    #[test]
    fn each_header_comes_once_and_is_read_strictly() {
        let good = sign(&example("completed").to_string(), "whsec_1", NOW);
        assert!(heard(&good).is_ok());
        for header in [SIGNATURE, TIMESTAMP] {
            let value = good.header(header).next().expect("there").to_vec();
            let mut without = good.clone();
            without.headers.retain(|(name, _)| name != header);
            assert_eq!(heard(&without), Err(Refusal::MissingSignature { header }));
            let mut twice = good.clone();
            twice.headers.push((header.to_ascii_lowercase(), value));
            assert_eq!(heard(&twice), Err(Refusal::DoubledSignature { header, count: 2 }));
        }
        let with = |header: &str, change: &dyn Fn(&str) -> String| {
            let mut hook = good.clone();
            for (_, value) in hook.headers.iter_mut().filter(|(name, _)| name == header) {
                *value = change(std::str::from_utf8(value).expect("text")).into();
            }
            heard(&hook)
        };
        for prefix in ["sha256=", "v1="] {
            assert!(with(SIGNATURE, &|tag| format!("{prefix}{tag}")).is_ok(), "{prefix}");
        }
        let unreadable: [&dyn Fn(&str) -> String; 5] = [
            &|tag| tag.to_ascii_uppercase(),
            &|tag| format!(" {tag}"),
            &|tag| format!("sha256=v1={tag}"),
            &|tag| format!("{tag},{tag}"),
            &|tag| tag[1..].to_owned(),
        ];
        for change in unreadable {
            assert_eq!(with(SIGNATURE, change), Err(Refusal::UnreadableSignature { header: SIGNATURE }));
        }
        for time in ["", "+1760000000", "1760000000.0", " 1760000000", "99999999999999999999", "now"] {
            let said = with(TIMESTAMP, &|_| time.to_owned());
            assert_eq!(said, Err(Refusal::UnreadableSignature { header: TIMESTAMP }), "{time}");
        }
        for time in ["1760000001", "01760000000"] {
            assert_eq!(with(TIMESTAMP, &|_| time.to_owned()), Err(Refusal::WrongSignature), "{time}");
        }
    }

    #[test]
    fn both_generations_tell_of_the_same_payment() {
        for name in ["completed", "succeeded"] {
            let news = told(&example(name)).expect("genuine");
            assert_eq!((news.kind, news.mode), (EventKind::PaymentSucceeded, Mode::Test), "{name}");
            assert_eq!(news.at_unix_ms, 1_760_000_000_000, "{name}");
            let payment = news.payment.expect("a payment");
            assert_eq!((payment.status, payment.amount), (PaymentStatus::Succeeded, money(1250, "EUR")));
            assert_eq!(payment.reference.as_deref(), Some(REFERENCE));
            assert_eq!((payment.key.id.as_str(), payment.key.account.as_str()), ("pay_3Nf8x2a", "shop"));
        }
        assert_eq!(told(&example("succeeded")).expect("genuine").link.as_deref(), Some("plink_7Hd2k9Qa"));
    }

    #[test]
    fn the_payment_inside_decides_and_not_the_events_name() {
        use EventKind::*;
        for (name, word, kind, status, declined) in [
            ("payment.completed", "pending", PaymentPending, PaymentStatus::Open, false),
            ("payment.succeeded", "processing", PaymentPending, PaymentStatus::Pending, false),
            ("payment.succeeded", "settled", Other, PaymentStatus::Unknown("settled".into()), false),
            ("payment.completed", "refunded", PaymentSucceeded, PaymentStatus::Refunded, false),
            ("payment.created", "pending", PaymentPending, PaymentStatus::Open, false),
            ("payment.created", "requires_capture", PaymentPending, PaymentStatus::Authorized, false),
            ("payment.created", "completed", PaymentSucceeded, PaymentStatus::Succeeded, false),
            ("payment.failed", "failed", PaymentFailed, PaymentStatus::Failed, true),
            ("payment.failed", "pending", PaymentFailed, PaymentStatus::Open, true),
            ("payment.failed", "succeeded", PaymentSucceeded, PaymentStatus::Succeeded, false),
            ("payment.expired", "pending", PaymentExpired, PaymentStatus::Expired, false),
            ("payment.expired", "failed", PaymentExpired, PaymentStatus::Expired, false),
            ("payment.expired", "completed", PaymentSucceeded, PaymentStatus::Succeeded, false),
            ("payment.expired", "odd", Other, PaymentStatus::Unknown("odd".into()), false),
        ] {
            let mut event = example("completed");
            event["type"] = json!(name);
            event["data"]["status"] = json!(word);
            let news = told(&event).expect("genuine");
            let payment = news.payment.expect("a payment");
            assert_eq!(
                (news.kind, payment.status, payment.declined),
                (kind, status, declined),
                "{name} {word}"
            );
        }
    }

    #[test]
    fn refunds_disputes_and_the_rest() {
        use EventKind::*;
        for (name, word, kind, status) in [
            ("refund.created", "pending", RefundCreated, RefundStatus::Pending),
            ("refund.updated", "succeeded", RefundSucceeded, RefundStatus::Succeeded),
            ("refund.completed", "succeeded", RefundSucceeded, RefundStatus::Succeeded),
            ("refund.completed", "pending", Other, RefundStatus::Pending),
            ("refund.updated", "failed", RefundFailed, RefundStatus::Failed),
            ("refund.updated", "cancelled", Other, RefundStatus::Canceled),
            ("refund.completed", "done", Other, RefundStatus::Unknown("done".into())),
        ] {
            let mut event = example("refund");
            event["type"] = json!(name);
            event["data"]["status"] = json!(word);
            let news = told(&event).expect("genuine");
            let refund = news.refund.expect("a refund");
            assert_eq!((news.kind, refund.status), (kind, status), "{name} {word}");
            assert_eq!((refund.payment.as_str(), refund.amount), ("pay_3Nf8x2a", money(250, "EUR")));
        }
        for (name, kind) in [
            ("dispute.opened", DisputeOpened),
            ("dispute.resolved", Other),
            ("settlement.completed", Other),
            ("invoice.paid", Other),
        ] {
            let event = json!({"id": "evt_1", "type": name, "created": NOW, "data": {"id": "x_1"}});
            let news = told(&event).expect("genuine");
            assert_eq!((news.kind, news.payment, news.refund), (kind, None, None), "{name}");
        }
    }

    #[test]
    fn what_says_that_it_is_live_is_not_news_for_a_test_key() {
        for place in ["/livemode", "/data/livemode"] {
            let mut event = example("completed");
            let (parent, name) = place.rsplit_once('/').expect("a place");
            event.pointer_mut(parent).expect("there")[name] = json!(true);
            let news = told(&event).expect("genuine");
            assert_eq!(news.mode, Mode::Live, "{place}");
            assert_eq!(news.payment.map(|payment| payment.key.mode), Some(Mode::Live), "{place}");
        }
        let mut both = example("completed");
        both["livemode"] = json!(false);
        both["data"]["livemode"] = json!(true);
        assert!(matches!(told(&both), Err(Refusal::Unreadable(_))));
    }

    #[test]
    fn half_an_event_is_unreadable() {
        for place in ["/id", "/type", "/created", "/data", "/data/id", "/data/amount", "/data/currency"] {
            let mut event = example("completed");
            let (parent, name) = place.rsplit_once('/').expect("a place");
            event.pointer_mut(parent).and_then(Value::as_object_mut).expect("there").remove(name);
            assert!(matches!(told(&event), Err(Refusal::Unreadable(_))), "{place}");
        }
        let mut other = example("completed");
        other["data"]["object"] = json!("refund");
        assert!(matches!(told(&other), Err(Refusal::Unreadable(_))));
    }

    /// Signed by the right secret, and yet whatever a sender's mistake makes of it; the same rounds every time.
    #[test]
    fn no_signed_body_breaks_the_parser() {
        let mut dice = Dice(0x2545_F491_4F6C_DD1D);
        let mut below = |n: usize| dice.below(n);
        let (mut read, mut refused) = (0, 0);
        for round in 0..8_000 {
            let name = ["completed", "succeeded", "refund"][round % 3];
            let mut body: Vec<char> = example(name).to_string().chars().collect();
            let at = below(body.len());
            match below(3) {
                0 => drop(body.remove(at)),
                1 => body[at] = char::from(u8::try_from(below(128)).expect("ASCII")),
                _ => body.truncate(at),
            }
            match heard(&sign(&body.into_iter().collect::<String>(), "whsec_1", NOW)) {
                Ok(_) => read += 1,
                Err(Refusal::Unreadable(_)) => refused += 1,
                Err(other) => panic!("round {round}: {other:?}"),
            }
        }
        assert!(read > 100 && refused > 100, "{read} read, {refused} refused");
    }
}
