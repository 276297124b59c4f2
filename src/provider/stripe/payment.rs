//! Stripe's checkouts and intents as our payments. What is missing or contradicts itself is an error
//! with a sentence, never a guess.

use super::REFERENCE;
use super::amount;
use super::status;
use super::wire::Charge;
use super::wire::Expandable;
use super::wire::Metadata;
use super::wire::PaymentIntent;
use super::wire::Session;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::PaymentKey;
use crate::port::provider::Payment;
use crate::provider::owner::Owner;
use crate::provider::refunded;
use crate::provider::rest;
use crate::provider::rest::Unreadable;

/// The checkout's payment. `None` where there is none: a checkout that only stores a card, one at which
/// nobody has paid yet, and one that ended before the customer typed an amount. `told_at` is the time of
/// the event that told it.
pub fn session(
    session: &Session,
    told_at: Option<i64>,
    owner: Owner<'_>,
) -> Result<Option<Payment>, Unreadable> {
    let unpaid = session.payment_status == "unpaid";
    let idle = matches!(session.status.as_deref(), Some("open" | "expired"));
    let Some(units) = session.amount_total else {
        return if session.mode.as_deref() == Some("setup") || (unpaid && idle) {
            Ok(None)
        } else {
            Err(format!("checkout {} has no amount", session.id))
        };
    };
    let currency = session.currency.as_deref().ok_or_else(|| format!("{} has no currency", session.id))?;
    let amount = money(units, currency)?;
    let Some(id) = payment_id(session)? else { return Ok(None) };
    let whole = session.payment_intent.as_ref().and_then(Expandable::whole);
    let charge = whole.and_then(charge_of);
    let refunded = charge.map_or(Ok(0), |charge| given_back(charge, amount.currency))?;
    let at = told_at.or(charge.map(|charge| charge.created)).or(session.created);
    Ok(Some(Payment {
        key: key(id, owner)?,
        status: refunded::status(status::session(session), amount.minor, refunded),
        amount,
        refunded,
        reference: reference(&session.metadata).or_else(|| session.client_reference_id.clone()),
        link: session.payment_link.as_ref().map(|link| link.id().to_owned()),
        at_unix_ms: millis(at, &session.id)?,
        declined: session.status.as_deref() == Some("open") && whole.is_some_and(status::declined),
    }))
}

/// A payment intent by itself knows neither its link nor a reference that came in the link's URL.
pub fn intent(intent: &PaymentIntent, told_at: Option<i64>, owner: Owner<'_>) -> Result<Payment, Unreadable> {
    let status = status::intent(intent);
    let units = if status.is_money() { intent.amount_received } else { None };
    let amount = money(units.unwrap_or(intent.amount), &intent.currency)?;
    let charge = charge_of(intent);
    let refunded = charge.map_or(Ok(0), |charge| given_back(charge, amount.currency))?;
    let at = told_at.or(charge.map(|charge| charge.created)).or(intent.created);
    Ok(Payment {
        key: key(&intent.id, owner)?,
        status: refunded::status(status, amount.minor, refunded),
        amount,
        refunded,
        reference: reference(&intent.metadata),
        link: None,
        at_unix_ms: millis(at, &intent.id)?,
        declined: status::declined(intent),
    })
}

pub fn key(id: &str, owner: Owner<'_>) -> Result<PaymentKey, Unreadable> {
    if id.is_empty() { Err("a payment without an id".to_owned()) } else { Ok(owner.key(id)) }
}

/// The id that a checkout's payment has for good. With an intent it is the intent's, as all other news of
/// that payment has it; Stripe makes the intent when the customer pays, so an open page without one has no
/// payment yet. The checkout's own id serves where no intent follows: it ended unpaid, there was nothing to
/// pay, or a subscription's invoice takes the money. The intent of such an invoice names neither link nor
/// reference, so it is nobody's and is not counted a second time.
fn payment_id(session: &Session) -> Result<Option<&str>, Unreadable> {
    if let Some(intent) = &session.payment_intent {
        return Ok(Some(intent.id()));
    }
    let intent_is_due = session.mode.as_deref() == Some("payment");
    match (session.status.as_deref(), session.payment_status.as_str()) {
        (Some("open"), "unpaid") => Ok(None),
        (Some("expired"), "unpaid") | (Some("complete"), "no_payment_required") => Ok(Some(&session.id)),
        (Some("complete"), _) if !intent_is_due => Ok(Some(&session.id)),
        (status, paid) => {
            Err(format!("checkout {} is {}, {paid} and names no payment", session.id, status.unwrap_or("?")))
        }
    }
}

fn charge_of(intent: &PaymentIntent) -> Option<&Charge> {
    intent.latest_charge.as_ref().and_then(Expandable::whole)
}

pub fn given_back(charge: &Charge, currency: Currency) -> Result<i64, Unreadable> {
    let given = money(charge.amount_refunded, &charge.currency)?;
    if given.currency != currency && given.minor != 0 {
        return Err(format!("{} was paid in {currency} and given back in {}", charge.id, given.currency));
    }
    Ok(given.minor)
}

pub fn money(units: i64, code: &str) -> Result<Money, Unreadable> {
    let currency = rest::currency(code)?;
    amount::from_stripe(units, currency)
        .map_err(|_| format!("{units} of Stripe's units of {currency} are no amount of ours"))
}

pub fn reference(metadata: &Metadata) -> Option<String> {
    metadata.as_ref().and_then(|entries| entries.get(REFERENCE)).cloned()
}

pub fn millis(unix_s: Option<i64>, id: &str) -> Result<i64, Unreadable> {
    unix_s.and_then(|s| s.checked_mul(1_000)).ok_or_else(|| format!("{id} has no time"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::OWNER;
    use super::*;
    use crate::core::payment::PaymentStatus;

    fn session(change: impl FnOnce(&mut Value)) -> Result<Option<Payment>, Unreadable> {
        let mut value = json!({
            "id": "cs_test_1", "object": "checkout.session", "amount_total": 1250, "currency": "eur",
            "created": 1_760_000_000, "mode": "payment", "payment_status": "paid", "status": "complete",
            "payment_link": "plink_1", "payment_intent": "pi_1", "metadata": {},
        });
        change(&mut value);
        super::session(&serde_json::from_value(value).expect("a session"), None, OWNER)
    }

    #[test]
    fn a_checkout_and_its_intent_are_one_payment() {
        let payment = session(|_| ()).expect("readable").expect("a payment");
        assert_eq!(payment.key.id, "pi_1");
    }

    #[test]
    fn a_checkout_without_an_intent_is_a_payment_only_where_none_follows() {
        let told = |mode: &str, status: &str, paid: &str| {
            session(|value| {
                value["payment_intent"] = Value::Null;
                value["mode"] = json!(mode);
                value["status"] = json!(status);
                value["payment_status"] = json!(paid);
            })
        };
        for mode in ["payment", "subscription"] {
            assert_eq!(told(mode, "open", "unpaid"), Ok(None), "{mode}");
        }
        for (mode, status, paid, expected) in [
            ("payment", "expired", "unpaid", PaymentStatus::Expired),
            ("payment", "complete", "no_payment_required", PaymentStatus::Succeeded),
            ("subscription", "complete", "paid", PaymentStatus::Succeeded),
            ("subscription", "complete", "unpaid", PaymentStatus::Pending),
        ] {
            let payment = told(mode, status, paid).expect("readable").expect("a payment");
            assert_eq!(
                (payment.key.id.as_str(), &payment.status),
                ("cs_test_1", &expected),
                "{mode} {status}"
            );
        }
        for (status, paid) in
            [("complete", "paid"), ("complete", "unpaid"), ("open", "paid"), ("expired", "paid")]
        {
            assert!(told("payment", status, paid).is_err(), "{status} {paid}");
        }
    }

    #[test]
    fn our_metadata_comes_before_what_the_url_carried() {
        let url = |value: &mut Value| value["client_reference_id"] = json!("from-url");
        let found = session(url).expect("readable").expect("a payment");
        assert_eq!(found.reference.as_deref(), Some("from-url"));
        let both = session(|value| {
            url(value);
            value["metadata"] = json!({"reference": "ours"});
        });
        assert_eq!(both.expect("readable").expect("a payment").reference.as_deref(), Some("ours"));
    }

    #[test]
    fn an_amount_that_is_missing_is_never_guessed() {
        assert!(session(|value| value["amount_total"] = Value::Null).is_err());
        assert!(session(|value| value["currency"] = Value::Null).is_err());
        assert!(session(|value| value["currency"] = json!("xyz")).is_err());
        assert!(session(|value| value["amount_total"] = json!(-1)).is_err());
        assert!(session(|value| value["created"] = Value::Null).is_err());
    }

    #[test]
    fn a_customer_who_typed_no_amount_yet_is_no_payment() {
        for status in ["open", "expired"] {
            let found = session(|value| {
                value["amount_total"] = Value::Null;
                value["payment_status"] = json!("unpaid");
                value["status"] = json!(status);
            });
            assert_eq!(found, Ok(None), "{status}");
        }
    }

    #[test]
    fn only_at_an_open_page_may_another_attempt_follow() {
        for (status, declined) in [("open", true), ("expired", false), ("complete", false)] {
            let found = session(|value| {
                value["status"] = json!(status);
                value["payment_status"] = json!("unpaid");
                value["payment_intent"] = json!({
                    "id": "pi_1", "object": "payment_intent", "amount": 1250, "currency": "eur",
                    "status": "requires_payment_method", "last_payment_error": {"type": "card_error"},
                });
            });
            let payment = found.expect("readable").expect("a payment");
            assert_eq!(payment.declined, declined, "{status}");
        }
    }

    #[test]
    fn the_expanded_charge_says_what_was_given_back() {
        let found = session(|value| {
            value["payment_intent"] = json!({
                "id": "pi_1", "object": "payment_intent", "amount": 1250, "amount_received": 1250,
                "currency": "eur", "status": "succeeded",
                "latest_charge": {
                    "id": "ch_1", "object": "charge", "amount": 1250, "amount_refunded": 250,
                    "created": 1_760_000_100, "currency": "eur",
                },
            });
        });
        let payment = found.expect("readable").expect("a payment");
        assert_eq!(payment.status, PaymentStatus::PartiallyRefunded);
        assert_eq!((payment.refunded, payment.at_unix_ms), (250, 1_760_000_100_000));
    }
}
