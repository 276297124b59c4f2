//! What to change on a link, as the body of `PUT /v1/payment-links/{id}`: only the keys that are sent change,
//! and `null` clears one (`payment-link/create`, "Update a Link").

use super::REFERENCE;
use super::amount::Units;
use super::body::Body;
use super::order;
use super::unsupported;
use crate::core::payment::AmountKind;
use crate::port::provider::Change;
use crate::port::provider::Unsupported;
use crate::provider::rest;

/// Metadata is sent as the whole that it is afterwards: whether Yabetoo merges it is not said.
pub fn body(change: &Change, units: Units) -> Result<Body, Unsupported> {
    let mut body = Body::default();
    body.maybe("name", change.title.as_ref());
    body.maybe("description", change.description.as_ref());
    if let Some(amount) = change.amount {
        self::amount(amount, units, &mut body)?;
    }
    body.maybe("maxRedemptions", change.max_payments.as_ref());
    body.maybe("expiresAt", change.ends_unix_ms.map(rest::iso).as_ref());
    if change.metadata.contains_key(REFERENCE) {
        return Err(unsupported(order::REFERENCE_TAKEN));
    }
    if !change.metadata.is_empty() {
        body.set("metadata", &change.metadata);
    }
    order::after(change.after.as_ref(), &mut body)?;
    for (word, value) in &change.options {
        if ["priceId", "productId", "quantity", "adjustableQuantity"].contains(&word.as_str()) {
            return Err(unsupported("change a link's items in Yabetoo's dashboard, or make another link"));
        }
        order::option(word, value, &mut body)?;
    }
    Ok(body)
}

/// A fixed amount and bounds exclude each other, so each clears the other.
fn amount(amount: AmountKind, units: Units, body: &mut Body) -> Result<(), Unsupported> {
    for name in ["amount", "minAmount", "maxAmount"] {
        body.clear(name);
    }
    match amount {
        AmountKind::Fixed(money) => {
            body.set("amount", &units.to_wire(money)?);
            body.set("currency", money.currency.code());
            Ok(())
        }
        AmountKind::Open { preset: Some(_), .. } => {
            Err(unsupported("it fills in no amount; leave the preset away"))
        }
        AmountKind::Open { currency, min, max, preset: None } => {
            body.set("currency", currency.code());
            order::open_amount(currency, [min, max], units, body)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::subject::money;
    use super::*;

    fn text(change: &Change) -> String {
        let body = body(change, Units::WHOLE_ONLY).expect("a body");
        serde_json::to_string(&body).expect("JSON")
    }

    #[test]
    fn only_what_is_to_change_is_sent() {
        assert_eq!(text(&Change::default()), "{}");
        let title = Change { title: Some("Tips".into()), ..Change::default() };
        assert_eq!(text(&title), r#"{"name":"Tips"}"#);
        let change = Change {
            max_payments: Some(40),
            ends_unix_ms: Some(1_760_000_720_000),
            metadata: [("till".to_owned(), "3".to_owned())].into(),
            options: [("submitType".to_owned(), "pay".to_owned())].into(),
            ..Change::default()
        };
        let expected = json!({
            "maxRedemptions": 40, "expiresAt": "2025-10-09T09:05:20Z", "metadata": {"till": "3"},
            "submitType": "pay",
        });
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text(&change)).expect("JSON"), expected);
    }

    #[test]
    fn a_fixed_amount_and_bounds_clear_each_other() {
        let fixed = AmountKind::Fixed(money(1250, "XAF"));
        let change = Change { amount: Some(fixed), ..Change::default() };
        assert_eq!(text(&change), r#"{"amount":1250,"currency":"XAF","maxAmount":null,"minAmount":null}"#);
        let open =
            AmountKind::Open { currency: money(1, "XAF").currency, min: Some(5), max: None, preset: None };
        let change = Change { amount: Some(open), ..Change::default() };
        assert_eq!(text(&change), r#"{"amount":null,"currency":"XAF","maxAmount":null,"minAmount":5}"#);
    }

    #[test]
    fn what_cannot_be_changed_is_refused() {
        let of = |word: &str| [(word.to_owned(), "1".to_owned())].into();
        for change in [
            Change { metadata: of("reference"), ..Change::default() },
            Change { options: of("priceId"), ..Change::default() },
            Change { options: of("no_such_word"), ..Change::default() },
            Change { amount: Some(AmountKind::Fixed(money(1250, "EUR"))), ..Change::default() },
        ] {
            assert!(body(&change, Units::WHOLE_ONLY).is_err(), "{change:?}");
        }
    }
}
