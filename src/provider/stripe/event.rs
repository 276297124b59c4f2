//! What Stripe's events say.

use serde::de::DeserializeOwned;

use super::NAME;
use super::back;
use super::payment;
use super::wire::Charge;
use super::wire::Dispute;
use super::wire::Event;
use super::wire::Object;
use super::wire::PaymentIntent;
use super::wire::PaymentLink;
use super::wire::Refund as WireRefund;
use super::wire::Session;
use crate::core::payment::PaymentStatus;
use crate::core::payment::RefundStatus;
use crate::port::provider::EventKind;
use crate::port::provider::News;
use crate::port::provider::Payment;
use crate::port::provider::Refund;
use crate::provider::mode;
use crate::provider::owner::Owner;
use crate::provider::rest::Unreadable;

/// What an event says, before it is put into words of ours.
#[derive(Default)]
struct Said {
    payment: Option<Payment>,
    link: Option<String>,
    refund: Option<Refund>,
}

pub fn read(body: &[u8], account: &str) -> Result<News, Unreadable> {
    let event: Event = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if event.object != Event::OBJECT || event.id.is_empty() {
        return Err(format!("`{}` where an event should be", event.object));
    }
    let owner = Owner { provider: NAME, account, mode: mode::of_live(event.livemode) };
    let (kind, said) = match event.kind.as_str() {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "checkout.session.expired" => session(&event, owner)?,
        "payment_intent.succeeded"
        | "payment_intent.payment_failed"
        | "payment_intent.processing"
        | "payment_intent.canceled"
        | "payment_intent.requires_action"
        | "payment_intent.amount_capturable_updated" => intent(&event, owner)?,
        "payment_link.created" => (EventKind::LinkCreated, link(&event)?),
        "payment_link.updated" => (EventKind::LinkChanged, link(&event)?),
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => refund(&event)?,
        "charge.refunded" => {
            let payment = back::refunded_charge(&object::<Charge>(&event)?, event.created, owner)?;
            (EventKind::RefundSucceeded, Said { payment, ..Said::default() })
        }
        "charge.dispute.created" => {
            let payment = back::disputed(&object::<Dispute>(&event)?, event.created, owner)?;
            (EventKind::DisputeOpened, Said { payment, ..Said::default() })
        }
        _ => (EventKind::Other, Said::default()),
    };
    Ok(News {
        at_unix_ms: event.created.checked_mul(1_000).ok_or("an event without a time")?,
        event: event.id,
        raw_kind: event.kind,
        kind,
        mode: owner.mode,
        payment: said.payment,
        link: said.link,
        refund: said.refund,
    })
}

/// The event's name alone never makes a success: the checkout inside has to say that it is paid.
fn session(event: &Event, owner: Owner<'_>) -> Result<(EventKind, Said), Unreadable> {
    let session: Session = object(event)?;
    let mut payment = payment::session(&session, Some(event.created), owner)?;
    if event.kind == "checkout.session.async_payment_failed"
        && let Some(payment) = &mut payment
    {
        payment.status = if matches!(payment.status, PaymentStatus::Pending | PaymentStatus::Failed) {
            PaymentStatus::Failed
        } else {
            PaymentStatus::Unknown(format!("async_payment_failed, {}", session.payment_status))
        };
    }
    let link = session.payment_link.as_ref().map(|link| link.id().to_owned());
    let kind = match &payment {
        Some(payment) => kind_of(payment),
        None if event.kind == "checkout.session.expired" => EventKind::PaymentExpired,
        None => EventKind::Other,
    };
    Ok((kind, Said { payment, link, refund: None }))
}

/// A hint beside the checkout's own events: it names no link.
fn intent(event: &Event, owner: Owner<'_>) -> Result<(EventKind, Said), Unreadable> {
    let payment = payment::intent(&object::<PaymentIntent>(event)?, Some(event.created), owner)?;
    Ok((kind_of(&payment), Said { payment: Some(payment), ..Said::default() }))
}

fn kind_of(payment: &Payment) -> EventKind {
    match payment.status {
        PaymentStatus::Succeeded | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => {
            EventKind::PaymentSucceeded
        }
        PaymentStatus::Pending | PaymentStatus::Authorized => EventKind::PaymentPending,
        PaymentStatus::Failed | PaymentStatus::Canceled => EventKind::PaymentFailed,
        PaymentStatus::Expired => EventKind::PaymentExpired,
        PaymentStatus::Open | PaymentStatus::RequiresAction | PaymentStatus::Unknown(_) => EventKind::Other,
    }
}

fn link(event: &Event) -> Result<Said, Unreadable> {
    Ok(Said { link: Some(object::<PaymentLink>(event)?.id), ..Said::default() })
}

fn refund(event: &Event) -> Result<(EventKind, Said), Unreadable> {
    let refund = back::refund(&object::<WireRefund>(event)?)?;
    let kind = match refund.status {
        _ if event.kind == "refund.created" => EventKind::RefundCreated,
        RefundStatus::Succeeded => EventKind::RefundSucceeded,
        RefundStatus::Failed => EventKind::RefundFailed,
        RefundStatus::Pending
        | RefundStatus::RequiresAction
        | RefundStatus::Canceled
        | RefundStatus::Unknown(_) => EventKind::Other,
    };
    Ok((kind, Said { refund: Some(refund), ..Said::default() }))
}

fn object<T: DeserializeOwned + Object>(event: &Event) -> Result<T, Unreadable> {
    let found: T = serde::Deserialize::deserialize(&event.data.object)
        .map_err(|error: serde_json::Error| format!("{}: {error}", event.kind))?;
    if found.object() != T::OBJECT || found.id().is_empty() {
        return Err(format!("{} about a `{}`", event.kind, found.object()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::money;
    use super::super::subject::sign;
    use super::super::webhook::verify;
    use super::*;
    use crate::core::payment::Mode;
    use crate::core::secret::Secret;
    use crate::port::provider::Refusal;

    const OBJECTS: &str = include_str!("../../../tests/fixtures/stripe/objects.json");
    const NOW: i64 = 1_760_000_000;

    fn example(object: &str) -> Value {
        let mut objects: Value = serde_json::from_str(OBJECTS).expect("JSON");
        objects[object].take()
    }

    fn told(kind: &str, object: &Value) -> Result<News, Refusal> {
        let event = json!({
            "id": "evt_1", "object": "event", "type": kind, "created": NOW, "livemode": false,
            "data": {"object": object},
        });
        verify(&sign(&event.to_string(), "whsec_1", NOW), &[Secret::new("whsec_1")], NOW, "shop")
    }

    fn checkout(status: &str, payment_status: &str) -> Value {
        let mut session = example("checkout.session");
        session["amount_total"] = json!(1250);
        session["currency"] = json!("eur");
        session["payment_link"] = json!("plink_1");
        session["status"] = json!(status);
        session["payment_status"] = json!(payment_status);
        session
    }

    #[test]
    fn checkout_events_tell_what_the_checkout_says() {
        use EventKind::*;
        for (event, status, payment_status, kind, payment) in [
            ("completed", "complete", "paid", PaymentSucceeded, PaymentStatus::Succeeded),
            ("completed", "complete", "no_payment_required", PaymentSucceeded, PaymentStatus::Succeeded),
            ("completed", "complete", "unpaid", PaymentPending, PaymentStatus::Pending),
            ("async_payment_succeeded", "complete", "paid", PaymentSucceeded, PaymentStatus::Succeeded),
            ("async_payment_succeeded", "complete", "unpaid", PaymentPending, PaymentStatus::Pending),
            ("async_payment_failed", "complete", "unpaid", PaymentFailed, PaymentStatus::Failed),
            ("expired", "expired", "unpaid", PaymentExpired, PaymentStatus::Expired),
            (
                "async_payment_failed",
                "complete",
                "paid",
                Other,
                PaymentStatus::Unknown("async_payment_failed, paid".into()),
            ),
            ("completed", "complete", "paid?", Other, PaymentStatus::Unknown("complete, paid?".into())),
        ] {
            let kind_word = format!("checkout.session.{event}");
            let news = told(&kind_word, &checkout(status, payment_status)).expect("genuine");
            let found = news.payment.expect("a payment");
            assert_eq!((news.kind, &found.status), (kind, &payment), "{event} {payment_status}");
            assert_eq!((found.amount, found.at_unix_ms), (money(1250, "EUR"), NOW * 1_000));
            assert_eq!((found.key.account.as_str(), found.key.mode), ("shop", Mode::Test));
            assert_eq!((news.link.as_deref(), news.raw_kind), (Some("plink_1"), kind_word));
        }
    }

    #[test]
    fn a_checkout_of_a_web_shop_that_charges_nothing_is_nobodys_business() {
        let mut session = example("checkout.session");
        session["mode"] = json!("setup");
        session["status"] = json!("complete");
        session["payment_status"] = json!("no_payment_required");
        let news = told("checkout.session.completed", &session).expect("genuine");
        assert_eq!((news.kind, news.payment), (EventKind::Other, None));
    }

    #[test]
    fn intents_and_checkouts_of_one_payment_meet() {
        let mut intent = example("payment_intent");
        intent["status"] = json!("succeeded");
        intent["amount_received"] = json!(1099);
        let of_intent = told("payment_intent.succeeded", &intent).expect("genuine");
        let of_checkout = told("checkout.session.completed", &checkout("complete", "paid")).expect("genuine");
        assert_eq!(of_intent.kind, EventKind::PaymentSucceeded);
        assert_eq!(of_intent.payment.map(|p| p.key), of_checkout.payment.map(|p| p.key));
    }

    #[test]
    fn a_declined_attempt_says_that_another_may_follow() {
        let news = told("payment_intent.payment_failed", &example("payment_intent")).expect("genuine");
        assert_eq!(news.kind, EventKind::PaymentFailed);
        assert!(news.payment.expect("a payment").declined);
    }

    #[test]
    fn refunds_links_and_disputes_are_told() {
        let mut refund = example("refund");
        refund["payment_intent"] = json!("pi_1");
        for (event, status, kind) in [
            ("refund.created", "pending", EventKind::RefundCreated),
            ("refund.updated", "succeeded", EventKind::RefundSucceeded),
            ("refund.updated", "pending", EventKind::Other),
            ("charge.refund.updated", "failed", EventKind::RefundFailed),
            ("refund.failed", "failed", EventKind::RefundFailed),
        ] {
            refund["status"] = json!(status);
            let news = told(event, &refund).expect("genuine");
            assert_eq!(news.kind, kind, "{event} {status}");
            assert_eq!(news.refund.expect("a refund").payment, "pi_1");
        }
        let mut charge = example("charge");
        charge["payment_intent"] = json!("pi_1");
        charge["amount_refunded"] = json!(40);
        charge["amount_captured"] = json!(100);
        let news = told("charge.refunded", &charge).expect("genuine");
        let payment = news.payment.expect("a payment");
        assert_eq!((payment.key.id.as_str(), payment.refunded), ("pi_1", 40));
        assert_eq!(payment.status, PaymentStatus::PartiallyRefunded);
        let mut dispute = example("dispute");
        dispute["payment_intent"] = json!("pi_1");
        let news = told("charge.dispute.created", &dispute).expect("genuine");
        assert_eq!(news.kind, EventKind::DisputeOpened);
        assert!(!news.payment.expect("a payment").status.is_money());
        let news = told("payment_link.updated", &example("payment_link")).expect("genuine");
        assert_eq!(news.kind, EventKind::LinkChanged);
        assert_eq!(news.link.as_deref(), Some("plink_1Pgc78B7WZ01zgkWC75kX0jg"));
    }

    #[test]
    fn an_event_about_another_kind_of_object_is_unreadable() {
        let said = told("checkout.session.completed", &example("payment_intent"));
        assert!(matches!(said, Err(Refusal::Unreadable(_))), "{said:?}");
    }
}
