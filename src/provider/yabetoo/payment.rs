//! Yabetoo's payment intents as our payments. What is missing or contradicts itself is an error with a
//! sentence, never a guess.

use serde_json::Value;

use super::REFERENCE;
use super::amount::Units;
use super::status;
use super::wire::PaymentIntent;
use crate::core::money::Money;
use crate::core::payment::PaymentKey;
use crate::core::payment::PaymentStatus;
use crate::port::provider::Payment;
use crate::provider::mode;
use crate::provider::owner::Owner;
use crate::provider::refunded;
use crate::provider::rest;
use crate::provider::rest::Unreadable;

/// Whose payments these are, and how their amounts are read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub owner: Owner<'a>,
    pub units: Units,
}

impl Reading<'_> {
    /// A payment is its intent. Another id, of a session, an order or a charge, would make it two.
    pub fn key(&self, id: &str) -> Result<PaymentKey, Unreadable> {
        if !id.starts_with("pi_") || !rest::is_safe(id) {
            return Err(format!("`{id}` is not the id of an intent"));
        }
        Ok(self.owner.key(id))
    }

    /// An object that says nothing of its mode came from the host of our key's mode, which knows no other.
    pub fn same_mode(&self, live: Option<bool>) -> Result<(), Unreadable> {
        live.map_or(Ok(()), |live| mode::same(live, self.owner.mode))
    }

    /// The link is there only if the intent names it.
    pub fn intent(&self, intent: &PaymentIntent) -> Result<Payment, Unreadable> {
        self.same_mode(intent.live_mode)?;
        let key = self.key(&intent.id)?;
        let amount = self.units.of_intent(&intent.amount, &intent.currency)?;
        let refunded = self.given_back(intent, amount)?;
        let status = status::intent(&intent.status);
        let at = intent.updated_at.as_deref().or(intent.created_at.as_deref());
        let at = at.ok_or_else(|| format!("{} has no time", intent.id))?;
        Ok(Payment {
            key,
            declined: status::declined(&status),
            status: refunded::status(status, amount.minor, refunded),
            amount,
            refunded,
            reference: word(intent.metadata.as_ref(), REFERENCE),
            link: intent.payment_link.clone(),
            at_unix_ms: rest::millis(at)?,
        })
    }

    /// Older answers list the charges, each with a flag that all of it was given back.
    fn given_back(&self, intent: &PaymentIntent, amount: Money) -> Result<i64, Unreadable> {
        let charges = intent.event.as_ref().and_then(|event| event.charges.as_ref());
        let mut minor: i64 = 0;
        for charge in charges.into_iter().flatten() {
            let paid = status::intent(&charge.status) == PaymentStatus::Succeeded;
            if !paid || charge.refunded != Some(true) {
                continue;
            }
            let given = self.units.of_intent(&charge.amount, &charge.currency)?;
            if given.currency != amount.currency {
                return Err(format!(
                    "{} was paid in {} and given back in {}",
                    intent.id, amount.currency, given.currency
                ));
            }
            minor = minor.checked_add(given.minor).ok_or("charges come to too much")?;
        }
        if minor > amount.minor {
            return Err(format!("{} gave back more than it took", intent.id));
        }
        Ok(minor)
    }
}

/// A text among the merchant's own data; metadata is any object.
pub fn word(metadata: Option<&Value>, name: &str) -> Option<String> {
    metadata?.get(name)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::subject::READING;
    use super::super::subject::money;
    use super::*;

    fn read(change: &Value) -> Result<Payment, Unreadable> {
        let mut value = json!({
            "id": "pi_1", "amount": 1250, "currency": "xaf", "status": "succeeded", "liveMode": false,
            "createdAt": "2026-11-20T12:00:00.000+00:00", "updatedAt": "2026-11-20T12:00:01.000+00:00",
        });
        let fields = change.as_object().expect("an object").clone();
        value.as_object_mut().expect("an object").extend(fields);
        READING.intent(&serde_json::from_value(value).expect("an intent"))
    }

    #[test]
    fn an_intent_is_a_payment_over_the_link_that_it_names() {
        let payment = read(&json!({})).expect("readable");
        assert_eq!((payment.key.id.as_str(), payment.key.account.as_str()), ("pi_1", "shop"));
        assert_eq!((payment.amount, payment.status), (money(1250, "XAF"), PaymentStatus::Succeeded));
        assert_eq!((payment.link, payment.at_unix_ms), (None, 1_795_176_001_000));
        for name in ["paymentLink", "paymentLinkId", "payment_link"] {
            let own = read(&json!({name: "plink_2"})).expect("readable");
            assert_eq!(own.link.as_deref(), Some("plink_2"), "{name}");
        }
    }

    #[test]
    fn older_answers_in_snake_case_are_read_too() {
        let charge = |amount: i64, status: &str, refunded: bool| json!({"amount": amount, "currency": "XAF", "status": status, "refunded": refunded});
        let back = |charges: Vec<Value>| {
            let fields = json!({
                "createdAt": null, "updatedAt": null, "liveMode": null, "amount": "1250.00",
                "event": {"charges": charges},
            });
            read(&fields)
        };
        let mut old = json!({"id": "pi_1", "amount": "1250.00", "currency": "xaf", "status": "succeeded"});
        old["created_at"] = json!("2026-11-20T12:00:00Z");
        old["live_mode"] = json!(false);
        let payment = READING.intent(&serde_json::from_value(old).expect("an intent")).expect("readable");
        assert_eq!((payment.amount.minor, payment.at_unix_ms), (1250, 1_795_176_000_000));
        assert!(back(vec![]).is_err(), "no time at all");
        let status = |charges: Vec<Value>| {
            let payment = read(&json!({"event": {"charges": charges}})).expect("readable");
            (payment.status, payment.refunded)
        };
        let all = vec![charge(1250, "failed", false), charge(1250, "succeeded", true)];
        assert_eq!(status(all), (PaymentStatus::Refunded, 1250));
        let part = vec![charge(1000, "succeeded", false), charge(250, "succeeded", true)];
        assert_eq!(status(part), (PaymentStatus::PartiallyRefunded, 250));
        assert!(read(&json!({"event": {"charges": [charge(1251, "succeeded", true)]}})).is_err());
    }

    #[test]
    fn what_is_missing_or_of_the_other_mode_is_not_guessed() {
        for change in [
            json!({"id": "cs_1"}),
            json!({"id": ""}),
            json!({"id": "pi_/1"}),
            json!({"amount": 12.5}),
            json!({"amount": "much"}),
            json!({"currency": "EUR"}),
            json!({"currency": "coins"}),
            json!({"liveMode": true}),
            json!({"createdAt": null, "updatedAt": null}),
            json!({"updatedAt": "noon"}),
        ] {
            assert!(read(&change).is_err(), "{change}");
        }
    }
}
