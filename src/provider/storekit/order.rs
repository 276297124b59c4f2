//! A link as it is ordered. What storekit's form has no field for is refused with advice, never left away.

use std::collections::BTreeMap;

use super::NAME;
use super::wire::CustomerDetails;
use super::wire::NewLink;
use crate::core::money::Currency;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::port::provider::After;
use crate::port::provider::CustomerField;
use crate::port::provider::LinkOrder;
use crate::port::provider::Need;
use crate::port::provider::Purpose;
use crate::port::provider::Terms;
use crate::port::provider::Unsupported;
use crate::provider::rest;

pub fn body(
    order: &LinkOrder,
    venue: Option<u64>,
    store: Option<Currency>,
) -> Result<NewLink<'_>, Unsupported> {
    let terms = &order.terms;
    offered(terms)?;
    if order.title.trim().is_empty() {
        return Err(unsupported("its links need a title; write what customers read on the page"));
    }
    let (kind, max_payments) = match order.kind {
        LinkKind::OneOff => ("one_off", None),
        LinkKind::Reusable { max_payments } => ("reusable", max_payments),
    };
    let asked = amount(&order.amount, store)?;
    let (redirect_url, thank_you_message) = match &terms.after {
        Some(After::Redirect(url)) => (Some(url.as_str()), None),
        Some(After::Thanks(text)) => (None, Some(text.as_str())),
        None => (None, None),
    };
    Ok(NewLink {
        title: &order.title,
        description: terms.description.as_deref(),
        reference: order.reference.as_ref().map(|reference| reference.as_str()),
        kind,
        amount_type: asked.kind,
        amount: asked.amount,
        min_amount: asked.min,
        max_amount: asked.max,
        max_payments,
        expires_at: terms.ends.map(|ends| rest::iso(ends.at_unix_ms)),
        venue_id: venue,
        redirect_url,
        thank_you_message,
        customer_details: details(&terms.customer)?,
    })
}

/// An amount in storekit's fields.
struct Asked {
    kind: &'static str,
    amount: Option<i64>,
    min: Option<i64>,
    max: Option<i64>,
}

fn amount(kind: &AmountKind, store: Option<Currency>) -> Result<Asked, Unsupported> {
    let currency = match kind {
        AmountKind::Fixed(money) => money.currency,
        AmountKind::Open { currency, .. } => *currency,
    };
    in_currency(currency, store)?;
    match *kind {
        AmountKind::Fixed(money) => {
            Ok(Asked { kind: "fixed", amount: Some(positive(money.minor)?), min: None, max: None })
        }
        AmountKind::Open { preset: Some(_), .. } => {
            Err(unsupported("its page proposes no amount; leave the preset away"))
        }
        AmountKind::Open { min, max, preset: None, .. } => {
            let (min, max) = (min.map(positive).transpose()?, max.map(positive).transpose()?);
            Ok(Asked { kind: "variable", amount: None, min, max })
        }
    }
}

/// An order names no currency: storekit takes the store's.
pub fn in_currency(currency: Currency, store: Option<Currency>) -> Result<(), Unsupported> {
    if store.is_some_and(|store| store != currency) {
        return Err(unsupported("its links are in the store's own currency; charge in that one"));
    }
    Ok(())
}

pub fn positive(minor: i64) -> Result<i64, Unsupported> {
    if minor > 0 { Ok(minor) } else { Err(unsupported("charge an amount above zero")) }
}

fn offered(terms: &Terms) -> Result<(), Unsupported> {
    let Terms { purpose, lines, suggestions, metadata, options, .. } = terms;
    if *purpose != Purpose::Payment {
        Err(unsupported("its links are for plain payments; leave the purpose away"))
    } else if !lines.is_empty() {
        Err(unsupported("its links hold no items; order the sum, with a description"))
    } else if !suggestions.is_empty() {
        Err(unsupported("its page proposes no amounts; leave the suggestions away"))
    } else if !metadata.is_empty() {
        Err(unsupported("its links hold no metadata; use the reference"))
    } else if !options.is_empty() {
        Err(unsupported("it has no option of that name; see `qrtill link capabilities`"))
    } else {
        Ok(())
    }
}

/// All four fields in their modes, or none where nothing is asked: every mode is `disabled` by itself.
fn details(customer: &BTreeMap<CustomerField, Need>) -> Result<Option<CustomerDetails>, Unsupported> {
    if customer.is_empty() {
        return Ok(None);
    }
    let mut details = CustomerDetails {
        business_name: "disabled",
        customer_name: "disabled",
        email: "disabled",
        phone: "disabled",
    };
    for (field, need) in customer {
        let mode = match need {
            Need::Optional => "optional",
            Need::Required => "required",
        };
        match field {
            CustomerField::BusinessName => details.business_name = mode,
            CustomerField::Name => details.customer_name = mode,
            CustomerField::Email => details.email = mode,
            CustomerField::Phone => details.phone = mode,
            CustomerField::BillingAddress | CustomerField::ShippingAddress => {
                return Err(unsupported("its page asks for business name, name, email and phone only"));
            }
        }
    }
    Ok(Some(details))
}

pub fn unsupported(advice: &'static str) -> Unsupported {
    Unsupported { provider: NAME, advice }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::REFERENCE;
    use super::super::subject::money;
    use super::super::subject::sale;
    use super::*;
    use crate::port::provider::Ends;
    use crate::port::provider::Line;

    const ORDERS: &str = include_str!("../../../tests/fixtures/storekit/orders.json");

    fn written(order: &LinkOrder) -> Value {
        serde_json::to_value(body(order, Some(1234), None).expect("a body")).expect("JSON")
    }

    fn expected(name: &str) -> Value {
        let mut all: Value = serde_json::from_str(ORDERS).expect("JSON");
        all[name].take()
    }

    #[test]
    fn a_sale_is_a_one_off_link_of_a_fixed_amount() {
        let order = sale();
        let expected = expected("sale");
        assert_eq!(expected["reference"], REFERENCE);
        assert_eq!(written(&order), expected);
    }

    #[test]
    fn everything_a_link_may_have_is_written() {
        let currency = money(1, "GBP").currency;
        let order = LinkOrder {
            kind: LinkKind::Reusable { max_payments: Some(40) },
            amount: AmountKind::Open { currency, min: Some(500), max: Some(5000), preset: None },
            reference: None,
            terms: Terms {
                description: Some("For the band".to_owned()),
                ends: Some(Ends { at_unix_ms: 1_795_176_000_250, after_s: 600 }),
                customer: [(CustomerField::Email, Need::Required), (CustomerField::Name, Need::Optional)]
                    .into(),
                after: Some(After::Redirect("https://shop.example/thanks".to_owned())),
                ..Terms::default()
            },
            ..sale()
        };
        assert_eq!(written(&order), expected("everything"));
        let terms = Terms { after: Some(After::Thanks("Cheers!".to_owned())), ..Terms::default() };
        let thanks = written(&LinkOrder { terms, ..sale() });
        assert_eq!((&thanks["thankYouMessage"], thanks.get("redirectUrl")), (&json!("Cheers!"), None));
    }

    #[test]
    fn what_its_form_has_no_field_for_is_refused_with_advice() {
        let line = Line { title: "Tea".to_owned(), quantity: 1, unit: 1250, vat_bp: 0 };
        let word = || [("a".to_owned(), "b".to_owned())].into();
        let currency = money(1, "GBP").currency;
        for terms in [
            Terms { purpose: Purpose::Subscription, ..Terms::default() },
            Terms { lines: vec![line], ..Terms::default() },
            Terms { suggestions: vec![500], ..Terms::default() },
            Terms { metadata: word(), ..Terms::default() },
            Terms { options: word(), ..Terms::default() },
            Terms { customer: [(CustomerField::BillingAddress, Need::Optional)].into(), ..Terms::default() },
        ] {
            let order = LinkOrder { terms, ..sale() };
            let no = body(&order, None, None).expect_err("not offered");
            assert!(!no.advice.is_empty() && no.provider == NAME, "{order:?}");
        }
        let preset = AmountKind::Open { currency, min: None, max: None, preset: Some(500) };
        let zero = AmountKind::Open { currency, min: Some(0), max: None, preset: None };
        for order in [
            LinkOrder { amount: preset, ..sale() },
            LinkOrder { amount: zero, ..sale() },
            LinkOrder { title: " ".to_owned(), ..sale() },
        ] {
            assert!(body(&order, None, None).is_err(), "{order:?}");
        }
    }

    #[test]
    fn another_currency_than_the_stores_is_never_ordered() {
        let store = Some(money(1, "EUR").currency);
        assert!(body(&sale(), None, store).is_err(), "a sale in pounds");
        assert!(
            body(&LinkOrder { amount: AmountKind::Fixed(money(5, "EUR")), ..sale() }, None, store).is_ok()
        );
    }
}
