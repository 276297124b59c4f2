//! Stripe's objects as our payments, links and refunds. What is missing or contradicts itself is an error
//! with a sentence, never a guess.

use super::REFERENCE;
use super::amount;
use super::status;
use super::wire::Charge;
use super::wire::Dispute;
use super::wire::Expandable;
use super::wire::List;
use super::wire::Metadata;
use super::wire::PaymentIntent;
use super::wire::PaymentLink;
use super::wire::Refund as WireRefund;
use super::wire::Session;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::Mode;
use crate::core::payment::PaymentKey;
use crate::core::payment::PaymentStatus;
use crate::port::provider::LinkState;
use crate::port::provider::Payment;
use crate::port::provider::Refund;

/// Whose payments these are.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    pub account: &'a str,
    pub mode: Mode,
}

/// What cannot be read, as a sentence for the log.
pub type Unreadable = String;

impl Owner<'_> {
    fn key(&self, id: &str) -> Result<PaymentKey, Unreadable> {
        if id.is_empty() {
            return Err("a payment without an id".to_owned());
        }
        Ok(PaymentKey {
            provider: super::NAME.to_owned(),
            account: self.account.to_owned(),
            mode: self.mode,
            id: id.to_owned(),
        })
    }

    /// The checkout's payment. `None` where there is none: a checkout that only stores a card, and one that
    /// waits or ended before the customer typed an amount. `told_at` is the time of the event that told it.
    pub fn session(&self, session: &Session, told_at: Option<i64>) -> Result<Option<Payment>, Unreadable> {
        let unpaid = session.payment_status == "unpaid";
        let idle = matches!(session.status.as_deref(), Some("open" | "expired"));
        let Some(units) = session.amount_total else {
            return if session.mode.as_deref() == Some("setup") || (unpaid && idle) {
                Ok(None)
            } else {
                Err(format!("checkout {} has no amount", session.id))
            };
        };
        let currency =
            session.currency.as_deref().ok_or_else(|| format!("{} has no currency", session.id))?;
        let amount = money(units, currency)?;
        let intent = session.payment_intent.as_ref();
        let whole = intent.and_then(Expandable::whole);
        let charge = whole.and_then(charge_of);
        let refunded = charge.map_or(Ok(0), |charge| given_back(charge, amount.currency))?;
        let at = told_at.or(charge.map(|charge| charge.created)).or(session.created);
        Ok(Some(Payment {
            key: self.key(intent.map_or(session.id.as_str(), Expandable::id))?,
            status: status::after_refunds(status::session(session), amount.minor, refunded),
            amount,
            refunded,
            reference: reference(&session.metadata).or_else(|| session.client_reference_id.clone()),
            link: session.payment_link.as_ref().map(|link| link.id().to_owned()),
            at_unix_ms: millis(at, &session.id)?,
            declined: session.status.as_deref() == Some("open") && whole.is_some_and(status::declined),
        }))
    }

    /// A payment intent by itself knows neither its link nor a reference that came in the link's URL.
    pub fn intent(&self, intent: &PaymentIntent, told_at: Option<i64>) -> Result<Payment, Unreadable> {
        let status = status::intent(intent);
        let units = if status.is_money() { intent.amount_received } else { None };
        let amount = money(units.unwrap_or(intent.amount), &intent.currency)?;
        let charge = charge_of(intent);
        let refunded = charge.map_or(Ok(0), |charge| given_back(charge, amount.currency))?;
        let at = told_at.or(charge.map(|charge| charge.created)).or(intent.created);
        Ok(Payment {
            key: self.key(&intent.id)?,
            status: status::after_refunds(status, amount.minor, refunded),
            amount,
            refunded,
            reference: reference(&intent.metadata),
            link: None,
            at_unix_ms: millis(at, &intent.id)?,
            declined: status::declined(intent),
        })
    }

    /// A charge that money was given back of. `None` for one that belongs to no payment intent: such a charge
    /// did not come over a link.
    pub fn refunded_charge(&self, charge: &Charge, told_at: i64) -> Result<Option<Payment>, Unreadable> {
        let Some(intent) = &charge.payment_intent else { return Ok(None) };
        let amount = money(charge.amount_captured.unwrap_or(charge.amount), &charge.currency)?;
        let refunded = given_back(charge, amount.currency)?;
        Ok(Some(Payment {
            key: self.key(intent.id())?,
            status: status::after_refunds(PaymentStatus::Succeeded, amount.minor, refunded),
            amount,
            refunded,
            reference: reference(&charge.metadata),
            link: None,
            at_unix_ms: millis(Some(told_at), &charge.id)?,
            declined: false,
        }))
    }

    /// The payment in dispute. A dispute says nothing of its status: it is `Unknown`, which changes nothing
    /// that is known, and the amount is the one in dispute.
    pub fn disputed(&self, dispute: &Dispute, told_at: i64) -> Result<Option<Payment>, Unreadable> {
        let Some(intent) = &dispute.payment_intent else { return Ok(None) };
        Ok(Some(Payment {
            key: self.key(intent.id())?,
            status: PaymentStatus::Unknown(format!("dispute {}", dispute.status)),
            amount: money(dispute.amount, &dispute.currency)?,
            refunded: 0,
            reference: None,
            link: None,
            at_unix_ms: millis(Some(told_at), &dispute.id)?,
            declined: false,
        }))
    }
}

pub fn refund(refund: &WireRefund) -> Result<Refund, Unreadable> {
    let of = refund.payment_intent.as_ref().or(refund.charge.as_ref());
    Ok(Refund {
        id: refund.id.clone(),
        payment: of.map(|of| of.id().to_owned()).ok_or_else(|| format!("{} names no payment", refund.id))?,
        amount: money(refund.amount, &refund.currency)?,
        status: status::refund(refund.status.as_deref()),
        reason: refund.failure_reason.clone(),
    })
}

pub fn link(link: &PaymentLink) -> Result<LinkState, Unreadable> {
    if link.id.is_empty() || link.url.is_empty() {
        return Err("a link without an id or a URL".to_owned());
    }
    Ok(LinkState {
        id: link.id.clone(),
        url: link.url.clone(),
        status: status::link(link),
        kind: status::link_kind(link),
        amount: link
            .line_items
            .as_ref()
            .map_or(Ok(None), |items| if items.has_more { Ok(None) } else { asked_amount(items) })?,
        reference: reference(&link.metadata),
        payments: link.restrictions.as_ref().map(|r| r.completed_sessions.count),
        title: None,
        ends_unix_ms: None,
    })
}

/// What the link's items come to. A price that the customer chooses is always a link's only item.
fn asked_amount(items: &List<super::wire::Item>) -> Result<Option<AmountKind>, Unreadable> {
    let Some(first) = items.data.first() else { return Ok(None) };
    let currency = known(&first.currency)?;
    if let Some(open) = first.price.as_ref().and_then(|price| price.custom_unit_amount.as_ref()) {
        let bound = |units: Option<i64>| {
            units.map(|units| money(units, &first.currency).map(|money| money.minor)).transpose()
        };
        return Ok(Some(AmountKind::Open {
            currency,
            min: bound(open.minimum)?,
            max: bound(open.maximum)?,
            preset: bound(open.preset)?,
        }));
    }
    let mut units: i64 = 0;
    for item in &items.data {
        if item.currency != first.currency {
            return Err(format!("a link in {} and {}", first.currency, item.currency));
        }
        units = units.checked_add(item.amount_total).ok_or("a link's items come to too much")?;
    }
    Ok(Some(AmountKind::Fixed(money(units, &first.currency)?)))
}

fn charge_of(intent: &PaymentIntent) -> Option<&Charge> {
    intent.latest_charge.as_ref().and_then(Expandable::whole)
}

fn given_back(charge: &Charge, currency: Currency) -> Result<i64, Unreadable> {
    let given = money(charge.amount_refunded, &charge.currency)?;
    if given.currency != currency && given.minor != 0 {
        return Err(format!("{} was paid in {currency} and given back in {}", charge.id, given.currency));
    }
    Ok(given.minor)
}

fn known(code: &str) -> Result<Currency, Unreadable> {
    Currency::from_code(code)
        .ok_or_else(|| format!("an amount in `{code}`, which is no currency of ISO 4217"))
}

fn money(units: i64, code: &str) -> Result<Money, Unreadable> {
    let currency = known(code)?;
    amount::from_stripe(units, currency)
        .map_err(|_| format!("{units} of Stripe's units of {currency} are no amount of ours"))
}

fn reference(metadata: &Metadata) -> Option<String> {
    metadata.as_ref().and_then(|entries| entries.get(REFERENCE)).cloned()
}

fn millis(unix_s: Option<i64>, id: &str) -> Result<i64, Unreadable> {
    unix_s.and_then(|s| s.checked_mul(1_000)).ok_or_else(|| format!("{id} has no time"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;

    const OWNER: Owner<'_> = Owner { account: "", mode: Mode::Test };

    fn session(change: impl FnOnce(&mut Value)) -> Result<Option<Payment>, Unreadable> {
        let mut value = json!({
            "id": "cs_test_1", "object": "checkout.session", "amount_total": 1250, "currency": "eur",
            "created": 1_760_000_000, "mode": "payment", "payment_status": "paid", "status": "complete",
            "payment_link": "plink_1", "payment_intent": "pi_1", "metadata": {},
        });
        change(&mut value);
        OWNER.session(&serde_json::from_value(value).expect("a session"), None)
    }

    #[test]
    fn a_checkout_and_its_intent_are_one_payment() {
        let payment = session(|_| ()).expect("readable").expect("a payment");
        assert_eq!(payment.key.id, "pi_1");
        let payment = session(|value| value["payment_intent"] = Value::Null).expect("readable");
        assert_eq!(payment.expect("a payment").key.id, "cs_test_1");
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
