//! VINR's payments and refunds as ours. What is missing or contradicts itself is an error with a sentence,
//! never a guess.

use super::REFERENCE;
use super::status;
use super::wire;
use super::wire::Metadata;
use super::wire::Object;
use super::wire::When;
use crate::core::money::Money;
use crate::core::payment::PaymentStatus;
use crate::port::provider::Payment;
use crate::port::provider::Refund;
use crate::provider::mode;
use crate::provider::owner::Owner;
use crate::provider::rest;
use crate::provider::rest::Unreadable;

/// `told_at`: when the event that told it happened, in milliseconds. A failed payment is `declined` as
/// well: its link stays open, and the next try is another payment.
pub fn payment(found: &wire::Payment, told_at: Option<i64>, owner: Owner<'_>) -> Result<Payment, Unreadable> {
    is_named(found)?;
    let amount = money(found.amount, &found.currency)?;
    let status = status::payment(&found.status);
    let refunded = given_back(found, &status, amount)?;
    let status = status::after_refunds(status, amount.minor, refunded)
        .map_err(|why| format!("payment {}: {why}", found.id))?;
    let made = || found.created.as_ref().or(found.created_at.as_ref()).map(millis).transpose();
    let at_unix_ms = match told_at {
        Some(at) => Some(at),
        None => made()?,
    };
    Ok(Payment {
        key: owner.key(&found.id),
        declined: status == PaymentStatus::Failed,
        status,
        amount,
        refunded,
        reference: reference(found.metadata.as_ref()),
        link: found.payment_link.clone(),
        at_unix_ms: at_unix_ms.ok_or_else(|| format!("payment {} has no time", found.id))?,
    })
}

/// An object that does not say its mode is of the key's: VINR keeps the modes on two hosts.
pub fn is_mine(found: &impl Object, owner: Owner<'_>) -> Result<(), Unreadable> {
    let said = found.livemode().map_or(Ok(()), |live| mode::same(live, owner.mode));
    said.map_err(|why| format!("`{}`: {why}", found.id()))
}

/// Minor units given back so far. A payment that says only in part that it was is not guessed at.
fn given_back(found: &wire::Payment, status: &PaymentStatus, amount: Money) -> Result<i64, Unreadable> {
    let id = &found.id;
    match (found.amount_refunded, status) {
        (Some(back), _) if (0..=amount.minor).contains(&back) => Ok(back),
        (Some(back), _) => Err(format!("{back} of {amount} given back of payment {id}")),
        (None, PaymentStatus::Refunded) => Ok(amount.minor),
        (None, PaymentStatus::PartiallyRefunded) => {
            Err(format!("payment {id} does not say how much was given back"))
        }
        (None, _) => Ok(0),
    }
}

/// `reason` at VINR is why money is given back, not why that failed: it is not repeated.
pub fn refund(found: &wire::Refund) -> Result<Refund, Unreadable> {
    is_named(found)?;
    if !rest::is_safe(&found.payment) {
        return Err(format!("refund {} names no payment", found.id));
    }
    Ok(Refund {
        id: found.id.clone(),
        payment: found.payment.clone(),
        amount: money(found.amount, &found.currency)?,
        status: status::refund(&found.status),
        reason: None,
    })
}

/// The right kind of object, if it says its kind, with an id that can be asked for.
pub fn is_named<T: Object>(found: &T) -> Result<(), Unreadable> {
    if found.object().is_some_and(|word| word != T::OBJECT) {
        return Err(format!("`{}` where a {} should be", found.object().unwrap_or_default(), T::OBJECT));
    }
    if !rest::is_safe(found.id()) {
        return Err(format!("a {} with the id `{}`, which is none", T::OBJECT, found.id()));
    }
    Ok(())
}

pub fn money(units: i64, code: &str) -> Result<Money, Unreadable> {
    let currency = rest::currency(code)?;
    if units < 0 {
        return Err(format!("{units} is no amount of {currency}"));
    }
    Ok(Money::new(units, currency))
}

pub fn reference(metadata: Option<&Metadata>) -> Option<String> {
    metadata?.get(REFERENCE)?.as_str().map(str::to_owned)
}

pub fn millis(when: &When) -> Result<i64, Unreadable> {
    match when {
        When::Unix(seconds) => {
            seconds.checked_mul(1_000).ok_or_else(|| format!("{seconds} s is beyond all time"))
        }
        When::Iso(text) => rest::millis(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::OWNER;
    use super::super::subject::REFERENCE as SALE;
    use super::super::subject::money as amount;
    use super::*;

    const PAYMENTS: &str = include_str!("../../../tests/fixtures/vinr/payments.json");

    fn fixture(name: &str) -> Value {
        let mut all: Value = serde_json::from_str(PAYMENTS).expect("JSON");
        all[name].take()
    }

    fn read(value: Value) -> Result<Payment, Unreadable> {
        let found: wire::Payment = serde_json::from_value(value).map_err(|error| error.to_string())?;
        payment(&found, None, OWNER)
    }

    fn changed(change: impl FnOnce(&mut Value)) -> Result<Payment, Unreadable> {
        let mut value = fixture("newer");
        change(&mut value);
        read(value)
    }

    #[test]
    fn payments_of_both_generations_are_read() {
        for (name, status, refunded) in [
            ("newer", PaymentStatus::Succeeded, 0),
            ("older", PaymentStatus::Succeeded, 0),
            ("partially_refunded", PaymentStatus::PartiallyRefunded, 250),
        ] {
            let payment = read(fixture(name)).expect(name);
            assert_eq!((payment.status, payment.refunded), (status, refunded), "{name}");
            assert_eq!(
                (payment.amount, payment.at_unix_ms),
                (amount(1250, "EUR"), 1_760_000_000_000),
                "{name}"
            );
            assert_eq!(payment.reference.as_deref(), Some(SALE), "{name}");
            assert_eq!((payment.key.account.as_str(), payment.declined), ("shop", false), "{name}");
        }
    }

    #[test]
    fn nothing_about_money_is_guessed() {
        for field in ["id", "amount", "currency", "status"] {
            assert!(changed(|value| drop(value.as_object_mut().expect("an object").remove(field))).is_err());
        }
        for (field, odd) in [
            ("id", json!("")),
            ("id", json!("pay/1")),
            ("object", json!("refund")),
            ("amount", json!(-1)),
            ("amount", json!(12.5)),
            ("amount", json!("1250")),
            ("currency", json!("EURO")),
            ("amountRefunded", json!(1251)),
            ("amountRefunded", json!(-1)),
            ("status", json!("partially_refunded")),
            ("created", json!("yesterday")),
            ("created", json!(i64::MAX)),
            ("created", Value::Null),
        ] {
            assert!(changed(|value| value[field] = odd.clone()).is_err(), "{field} {odd}");
        }
    }

    #[test]
    fn all_of_a_payment_that_is_refunded_was_given_back() {
        let payment = changed(|value| value["status"] = json!("refunded")).expect("readable");
        assert_eq!((payment.status, payment.refunded), (PaymentStatus::Refunded, 1250));
    }

    #[test]
    fn after_a_failed_payment_another_may_follow() {
        let declined =
            |word: &str| changed(|value| value["status"] = json!(word)).expect("readable").declined;
        assert!(declined("failed"));
        for word in ["pending", "cancelled", "succeeded", "sort_of_failed"] {
            assert!(!declined(word), "{word}");
        }
    }

    #[test]
    fn only_a_text_under_our_key_is_a_reference() {
        let found =
            |metadata: Value| changed(|value| value["metadata"] = metadata).expect("readable").reference;
        assert_eq!(found(json!({"reference": SALE, "inStore": true})).as_deref(), Some(SALE));
        assert_eq!(found(json!({"reference": true})), None);
        assert_eq!(found(json!({"saleId": SALE})), None);
        assert_eq!(found(Value::Null), None);
    }
}
