//! storekit's objects as our links, payments and refunds. What is missing or contradicts itself is an error
//! with a sentence, never a guess.

use super::status;
use super::wire::PaymentLink;
use super::wire::Refund as WireRefund;
use super::wire::Transaction;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::PaymentStatus;
use crate::port::provider::LinkState;
use crate::port::provider::Payment;
use crate::port::provider::Refund;
use crate::provider::owner::Owner;
use crate::provider::rest;
use crate::provider::rest::Unreadable;

/// How links' ids begin (storekit.com/docs/guides/payments/payment-links).
pub const LINK_PREFIX: &str = "plink_";

/// Whose payments these are, and the currency they are in where an answer does not say it.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub owner: Owner<'a>,
    pub currency: Option<Currency>,
}

impl Reading<'_> {
    pub fn link(&self, link: &PaymentLink) -> Result<LinkState, Unreadable> {
        if !rest::is_safe(&link.id) || link.url.is_empty() {
            return Err(format!("a link with the id `{}` and the URL `{}`", link.id, link.url));
        }
        let kind = status::link_kind(link)?;
        Ok(LinkState {
            id: link.id.clone(),
            url: link.url.clone(),
            status: status::link(link, kind),
            kind,
            amount: Some(self.asked_amount(link)?),
            reference: link.reference.clone(),
            payments: link.payments_count,
            title: link.title.clone(),
            ends_unix_ms: link.expires_at.as_deref().map(rest::millis).transpose()?,
        })
    }

    fn asked_amount(&self, link: &PaymentLink) -> Result<AmountKind, Unreadable> {
        let money = |minor| self.money(minor, link.currency.as_deref());
        match link.amount_type.as_str() {
            "fixed" => {
                let minor = link.amount.ok_or_else(|| format!("link {} has no amount", link.id))?;
                Ok(AmountKind::Fixed(money(minor)?))
            }
            "variable" => {
                let bound = |minor: Option<i64>| minor.map(|minor| money(minor).map(|m| m.minor)).transpose();
                let (min, max) = (bound(link.min_amount)?, bound(link.max_amount)?);
                Ok(AmountKind::Open { currency: money(0)?.currency, min, max, preset: None })
            }
            word => Err(format!("link {} has an amount that is `{word}`", link.id)),
        }
    }

    /// A payment in the list of the link `asked`.
    pub fn payment(&self, found: &Transaction, asked: &str) -> Result<Payment, Unreadable> {
        let of_link = |id: &&str| id.starts_with(LINK_PREFIX);
        let own = found.id.as_deref().filter(|id| !of_link(id));
        let id = found.payment_id.as_deref().or(own).filter(|id| rest::is_safe(id));
        let id = id.ok_or("a payment without an id that it can be asked for by")?;
        let named = found.payment_link_id.as_deref();
        let named = named.or(found.payment_link.as_ref().map(|link| link.id.as_str()));
        let named = named.or(found.id.as_deref().filter(of_link));
        if let Some(other) = named.filter(|named| *named != asked) {
            return Err(format!("payment {id} came over `{other}`, asked was {asked}"));
        }
        let amount = self.money(found.amount, found.currency.as_deref())?;
        let status = status::payment(&found.status);
        Ok(Payment {
            key: self.owner.key(id),
            refunded: given_back(id, &status, amount.minor, found.refunded_amount)?,
            status,
            amount,
            reference: found.reference.clone(),
            link: Some(asked.to_owned()),
            at_unix_ms: rest::millis(&found.created_at)?,
            declined: false,
        })
    }

    pub fn refund(&self, found: &WireRefund) -> Result<Refund, Unreadable> {
        if found.id.is_empty() || found.payment_id.is_empty() {
            return Err("a refund without an id, its own or its payment's".to_owned());
        }
        Ok(Refund {
            id: found.id.clone(),
            payment: found.payment_id.clone(),
            amount: self.money(found.amount, found.currency.as_deref())?,
            status: status::refund(&found.status),
            reason: found.reason.clone(),
        })
    }

    pub fn money(&self, minor: i64, code: Option<&str>) -> Result<Money, Unreadable> {
        if minor < 0 {
            return Err(format!("an amount of {minor}"));
        }
        let said = code.map(rest::currency).transpose()?;
        match (said, self.currency) {
            (Some(said), Some(ours)) if said != ours => {
                Err(format!("an amount in {said}, from a store whose currency is {ours}"))
            }
            (Some(currency), _) | (None, Some(currency)) => Ok(Money::new(minor, currency)),
            (None, None) => {
                Err("an amount without a currency; set `currency` among the system's options".to_owned())
            }
        }
    }
}

/// The sum that was given back, which has to fit the status: a payment said to be refunded in part, without
/// the part, is not understood.
fn given_back(
    id: &str,
    status: &PaymentStatus,
    amount: i64,
    refunded: Option<i64>,
) -> Result<i64, Unreadable> {
    let fits = match (status, refunded) {
        (PaymentStatus::PartiallyRefunded, Some(refunded)) => 0 < refunded && refunded < amount,
        (PaymentStatus::PartiallyRefunded, None) => false,
        (PaymentStatus::Refunded, refunded) => refunded.is_none_or(|refunded| refunded == amount),
        (PaymentStatus::Succeeded, refunded) => refunded.is_none_or(|refunded| refunded == 0),
        (_, refunded) => refunded.is_none_or(|refunded| (0..=amount).contains(&refunded)),
    };
    if !fits {
        return Err(format!("payment {id} of {amount} is {status:?}, and {refunded:?} of it was given back"));
    }
    let all = if *status == PaymentStatus::Refunded { amount } else { 0 };
    Ok(refunded.unwrap_or(all))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::LINK;
    use super::super::subject::READING;
    use super::super::subject::money;
    use super::*;

    fn payment(change: impl FnOnce(&mut Value)) -> Result<Payment, Unreadable> {
        let mut value = json!({
            "paymentId": "pay_1", "paymentLinkId": LINK, "amount": 1250, "refundedAmount": 0,
            "currency": "GBP", "reference": "INV-7", "status": "paid",
            "createdAt": "2026-11-20T12:00:00.250Z",
        });
        change(&mut value);
        READING.payment(&serde_json::from_value(value).expect("a transaction"), LINK)
    }

    #[test]
    fn a_payments_id_and_link_are_found_under_each_name() {
        let plain = payment(|_| ()).expect("readable");
        assert_eq!((plain.key.id.as_str(), plain.link.as_deref()), ("pay_1", Some(LINK)));
        assert_eq!((plain.amount, plain.at_unix_ms), (money(1250, "GBP"), 1_795_176_000_250));
        let by_id = payment(|value| {
            value["id"] = value["paymentId"].take();
            value["paymentLinkId"] = Value::Null;
            value["paymentLink"] = json!({"id": LINK});
        });
        assert_eq!(by_id.as_ref(), Ok(&plain));
        let links_id = payment(|value| value["id"] = value["paymentLinkId"].take());
        assert_eq!(links_id.as_ref(), Ok(&plain));
        let only_links = payment(|value| {
            value["paymentId"] = Value::Null;
            value["id"] = json!(LINK);
        });
        assert!(only_links.is_err(), "a link's id is no payment's");
    }

    #[test]
    fn a_payment_of_another_link_is_not_this_ones() {
        for change in [
            |value: &mut Value| value["paymentLinkId"] = json!("plink_2"),
            |value: &mut Value| {
                value["paymentLinkId"] = Value::Null;
                value["paymentLink"] = json!({"id": "plink_2"});
            },
            |value: &mut Value| {
                value["paymentLinkId"] = Value::Null;
                value["id"] = json!("plink_2");
            },
        ] {
            assert!(payment(change).is_err());
        }
    }

    #[test]
    fn an_amount_that_is_missing_or_contradicts_itself_is_never_guessed() {
        assert!(payment(|value| value["currency"] = json!("XXX")).is_err());
        assert!(payment(|value| value["currency"] = Value::Null).is_err(), "no store's currency either");
        assert!(payment(|value| value["amount"] = json!(-1)).is_err());
        assert!(payment(|value| value["createdAt"] = json!("yesterday")).is_err());
        assert!(payment(|value| value["paymentId"] = json!("a/b")).is_err());
        for (status, back, good) in [
            ("paid", json!(0), true),
            ("paid", Value::Null, true),
            ("paid", json!(1), false),
            ("partially_refunded", json!(1), true),
            ("partially_refunded", json!(1249), true),
            ("partially_refunded", Value::Null, false),
            ("partially_refunded", json!(0), false),
            ("partially_refunded", json!(1250), false),
            ("fully_refunded", json!(1250), true),
            ("fully_refunded", Value::Null, true),
            ("fully_refunded", json!(1249), false),
            ("disputed", json!(1251), false),
            ("disputed", json!(-1), false),
        ] {
            let found = payment(|value| {
                value["status"] = json!(status);
                value["refundedAmount"] = back.clone();
            });
            assert_eq!(found.is_ok(), good, "{status} {back}: {found:?}");
        }
        let whole = payment(|value| {
            value["status"] = json!("Fully refunded");
            value["refundedAmount"] = Value::Null;
        });
        assert_eq!(whole.map(|payment| payment.refunded), Ok(1250));
    }

    #[test]
    fn the_stores_currency_stands_in_where_none_is_said_and_beats_none() {
        let store = Reading { currency: Some(money(1, "GBP").currency), ..READING };
        assert_eq!(store.money(5, None), Ok(money(5, "GBP")));
        assert_eq!(store.money(5, Some("gbp")), Ok(money(5, "GBP")));
        assert!(store.money(5, Some("EUR")).is_err());
        assert!(READING.money(5, None).is_err_and(|why| why.contains("`currency`")));
    }
}
