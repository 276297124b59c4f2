//! Yabetoo's payment links as ours.

use serde_json::value::RawValue;

use super::REFERENCE;
use super::amount::Units;
use super::payment::word;
use super::status;
use super::wire::PaymentLink;
use crate::core::money::Currency;
use crate::core::payment::AmountKind;
use crate::port::provider::LinkState;
use crate::provider::rest;
use crate::provider::rest::Unreadable;

pub fn state(link: &PaymentLink, units: Units) -> Result<LinkState, Unreadable> {
    if !rest::is_safe(&link.id) || link.url.is_empty() {
        return Err("a link without an id or a URL".to_owned());
    }
    Ok(LinkState {
        status: status::link(link).ok_or_else(|| format!("{} does not say whether it is active", link.id))?,
        kind: status::link_kind(link),
        amount: amount(link, units).map_err(|why| format!("{}: {why}", link.id))?,
        reference: word(link.metadata.as_ref(), REFERENCE),
        payments: link.redemption_count,
        title: link.name.clone(),
        ends_unix_ms: link.expires_at.as_deref().map(rest::millis).transpose()?,
        id: link.id.clone(),
        url: link.url.clone(),
    })
}

/// What is asked of the customer. `None` where the catalogue has the price, and where the currency's unit is
/// not certain here: one link in euros must not make an account's whole list unreadable.
fn amount(link: &PaymentLink, units: Units) -> Result<Option<AmountKind>, Unreadable> {
    let currency = rest::currency(&link.currency)?;
    let priced_elsewhere = matches!(link.kind.as_deref(), Some("product" | "subscription"));
    if priced_elsewhere || !units.certain(currency) {
        return Ok(None);
    }
    if let Some(fixed) = &link.amount {
        return units.of_major(fixed, currency.code()).map(AmountKind::Fixed).map(Some);
    }
    let (min, max) = (
        bound(link.min_amount.as_deref(), currency, units)?,
        bound(link.max_amount.as_deref(), currency, units)?,
    );
    if min.is_none() && max.is_none() && link.kind.as_deref() != Some("amount") {
        return Ok(None);
    }
    Ok(Some(AmountKind::Open { currency, min, max, preset: None }))
}

fn bound(number: Option<&RawValue>, currency: Currency, units: Units) -> Result<Option<i64>, Unreadable> {
    number.map(|number| units.of_major(number, currency.code()).map(|money| money.minor)).transpose()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::money;
    use super::*;

    fn read(change: &Value, units: Units) -> Result<LinkState, Unreadable> {
        let mut value = json!({
            "id": "plink_1", "type": "amount", "name": "Tea", "url": "https://pay.yabetoo.com/p/plink_1",
            "currency": "XAF", "amount": 1250, "isActive": true, "maxRedemptions": 1, "redemptionCount": 0,
            "expiresAt": "2026-11-20T12:00:00.250Z", "metadata": {"reference": "r-1", "n": 3},
        });
        let fields = change.as_object().expect("an object").clone();
        value.as_object_mut().expect("an object").extend(fields);
        state(&serde_json::from_value(value).expect("a link"), units)
    }

    fn whole(change: &Value) -> Result<LinkState, Unreadable> {
        read(change, Units::WHOLE_ONLY)
    }

    #[test]
    fn a_link_is_read_with_all_it_says() {
        let link = whole(&json!({})).expect("readable");
        assert_eq!(link.amount, Some(AmountKind::Fixed(money(1250, "XAF"))));
        assert_eq!((link.reference.as_deref(), link.title.as_deref()), (Some("r-1"), Some("Tea")));
        assert_eq!((link.payments, link.ends_unix_ms), (Some(0), Some(1_795_176_000_250)));
    }

    #[test]
    fn amounts_are_fixed_open_or_the_catalogues() {
        let amount = |change: &Value| whole(change).expect("readable").amount;
        let currency = money(1, "XAF").currency;
        let open = |min, max| Some(AmountKind::Open { currency, min, max, preset: None });
        assert_eq!(amount(&json!({"amount": null, "minAmount": 5})), open(Some(5), None));
        assert_eq!(
            amount(&json!({"amount": null, "minAmount": 5, "maxAmount": "90"})),
            open(Some(5), Some(90))
        );
        assert_eq!(amount(&json!({"amount": null})), open(None, None));
        assert_eq!(amount(&json!({"amount": null, "type": "product"})), None);
        assert_eq!(amount(&json!({"amount": null, "type": null})), None);
    }

    #[test]
    fn an_uncertain_unit_is_no_amount_and_no_obstacle() {
        let euros = json!({"currency": "EUR", "amount": 12.5});
        assert_eq!(whole(&euros).expect("readable").amount, None);
        let all = Units { decimals: true, minor_intents: false };
        assert_eq!(read(&euros, all).expect("readable").amount, Some(AmountKind::Fixed(money(1250, "EUR"))));
    }

    #[test]
    fn what_is_missing_or_odd_is_not_guessed() {
        for change in [
            json!({"id": ""}),
            json!({"id": "../x"}),
            json!({"url": ""}),
            json!({"isActive": null}),
            json!({"amount": 12.5}),
            json!({"amount": "1 250"}),
            json!({"currency": "francs"}),
            json!({"expiresAt": "tomorrow"}),
        ] {
            assert!(whole(&change).is_err(), "{change}");
        }
    }
}
