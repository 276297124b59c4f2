//! Stripe's payment link as ours: what it asks for, what it is called, and whether it is the one ordered.

use super::payment::money;
use super::payment::reference;
use super::status;
use super::wire::Item;
use super::wire::List;
use super::wire::PaymentLink;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::provider::rest;
use crate::provider::rest::Unreadable;

pub fn state(link: &PaymentLink) -> Result<LinkState, Unreadable> {
    if link.id.is_empty() || link.url.is_empty() {
        return Err("a link without an id or a URL".to_owned());
    }
    let items = link.line_items.as_ref().filter(|items| !items.has_more);
    Ok(LinkState {
        id: link.id.clone(),
        url: link.url.clone(),
        status: status::link(link),
        kind: status::link_kind(link),
        amount: items.map(asked_amount).transpose()?.flatten(),
        reference: reference(&link.metadata),
        payments: link.restrictions.as_ref().map(|r| r.completed_sessions.count),
        title: items.and_then(title),
        ends_unix_ms: None,
    })
}

/// What the link's items come to. A price that the customer chooses is always a link's only item.
fn asked_amount(items: &List<Item>) -> Result<Option<AmountKind>, Unreadable> {
    let Some(first) = items.data.first() else { return Ok(None) };
    let currency = rest::currency(&first.currency)?;
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

/// What a link's only item is called. With several the page shows theirs, and there is no title.
fn title(items: &List<Item>) -> Option<String> {
    let [only] = items.data.as_slice() else { return None };
    only.description.clone()
}

/// A link that is paid more or less often than was ordered may be somebody else's. One with another amount is
/// ours all the same: whoever ordered it compares, and withdraws it.
pub fn is_ordered(order: &LinkOrder, found: &LinkState) -> Result<(), Unreadable> {
    // Stripe knows a limit alone: one payment is one payment, whichever word ordered it.
    let limit = |kind| match kind {
        LinkKind::OneOff => Some(1),
        LinkKind::Reusable { max_payments } => max_payments,
    };
    if limit(order.kind) != limit(found.kind) {
        return Err(format!("link {} takes another number of payments than was ordered", found.id));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::money;
    use super::super::subject::sale;
    use super::*;

    const OBJECTS: &str = include_str!("../../../tests/fixtures/stripe/objects.json");

    /// Stripe's own examples of a link and an item, together.
    fn example(change: impl FnOnce(&mut Value, &mut Value)) -> LinkState {
        let mut objects: Value = serde_json::from_str(OBJECTS).expect("JSON");
        let (mut link, mut item) = (objects["payment_link"].take(), objects["item"].take());
        item["amount_total"] = json!(1250);
        item["price"]["custom_unit_amount"] = Value::Null;
        change(&mut link, &mut item);
        link["line_items"] = json!({"object": "list", "data": [item], "has_more": false, "url": "/v1/x"});
        state(&serde_json::from_value(link).expect("a link")).expect("readable")
    }

    #[test]
    fn a_link_is_read_with_what_it_asks_for_and_its_title() {
        let found = example(|_, _| ());
        assert_eq!(found.amount, Some(AmountKind::Fixed(money(1250, "USD"))));
        assert_eq!(found.title.as_deref(), Some("T-shirt"));
        let found = example(|_, item| {
            item["price"]["custom_unit_amount"] = json!({"minimum": 100, "maximum": null, "preset": 500});
        });
        let currency = money(1, "USD").currency;
        let open = AmountKind::Open { currency, min: Some(100), max: None, preset: Some(500) };
        assert_eq!(found.amount, Some(open));
    }

    #[test]
    fn several_items_have_a_sum_and_no_title_and_an_unfinished_list_has_neither() {
        let mut objects: Value = serde_json::from_str(OBJECTS).expect("JSON");
        let (mut link, mut item) = (objects["payment_link"].take(), objects["item"].take());
        item["amount_total"] = json!(1250);
        item["price"]["custom_unit_amount"] = Value::Null;
        for (has_more, amount) in [(false, Some(AmountKind::Fixed(money(2500, "USD")))), (true, None)] {
            link["line_items"] = json!({"data": [item, item], "has_more": has_more});
            let wire = serde_json::from_value(link.clone()).expect("a link");
            let found = state(&wire).expect("readable");
            assert_eq!((found.amount, found.title), (amount, None));
        }
        let mut other = item.clone();
        other["currency"] = json!("eur");
        link["line_items"] = json!({"data": [item, other], "has_more": false});
        assert!(state(&serde_json::from_value(link).expect("a link")).is_err());
    }

    #[test]
    fn a_link_that_is_not_as_ordered_is_not_ours() {
        let made = |units: i64, limit: u32| {
            example(|link, item| {
                link["metadata"] = json!({"reference": sale().reference});
                link["restrictions"] = json!({"completed_sessions": {"count": 0, "limit": limit}});
                item["currency"] = json!("eur");
                item["amount_total"] = json!(units);
            })
        };
        for (units, limit, good) in [(1250, 1, true), (1251, 1, true), (1250, 2, false)] {
            assert_eq!(is_ordered(&sale(), &made(units, limit)).is_ok(), good, "{units} {limit}");
        }
        let once = LinkOrder { kind: LinkKind::Reusable { max_payments: Some(1) }, ..sale() };
        assert_eq!(is_ordered(&once, &made(1250, 1)), Ok(()));
        let ever = LinkOrder { kind: LinkKind::Reusable { max_payments: None }, ..sale() };
        assert!(is_ordered(&ever, &made(1250, 1)).is_err());
    }
}
