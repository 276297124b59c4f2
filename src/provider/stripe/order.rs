//! A new link, in the fields that Stripe makes it of.

use super::REFERENCE;
use super::fields::Fields;
use super::parameters;
use super::request::post;
use super::request::units;
use super::request::unsupported;
use super::terms;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::port::provider::LinkOrder;
use crate::port::provider::Purpose;
use crate::port::provider::Request;
use crate::port::provider::Terms;
use crate::port::provider::Unsupported;
use crate::provider::form::Form;

/// The most that a link has.
const LINES: usize = 20;

/// An amount that the customer types is a property of a price, and inline prices do not have it. So the
/// price is made first, under a key of its own, and the link from it. What the link could not be is found
/// before that price stands.
pub fn create(order: &LinkOrder, inactive_message: &str) -> Result<Request, Unsupported> {
    match order.amount {
        AmountKind::Open { currency, min, max, preset } if !by_price(order) => {
            create_from(order, "price", inactive_message)?;
            create_price(order, currency, [("minimum", min), ("maximum", max), ("preset", preset)])
        }
        AmountKind::Open { .. } | AmountKind::Fixed(_) => link(order, None, inactive_message),
    }
}

/// The link from a price that was made for it.
pub fn create_from(order: &LinkOrder, price: &str, inactive_message: &str) -> Result<Request, Unsupported> {
    link(order, Some(price), inactive_message)
}

/// Whether the order names a price that stands at Stripe already.
pub fn by_price(order: &LinkOrder) -> bool {
    order.terms.options.keys().any(|name| parameters::whole_name(name) == "line_items[0][price]")
}

fn create_price(
    order: &LinkOrder,
    currency: Currency,
    bounds: [(&str, Option<i64>); 3],
) -> Result<Request, Unsupported> {
    let mut form =
        Form::new().field("currency", currency.code_lower()).field("custom_unit_amount[enabled]", true);
    for (name, minor) in bounds {
        let bound = minor.map(|minor| units(Money::new(minor, currency))).transpose()?;
        form = form.maybe(&format!("custom_unit_amount[{name}]"), bound);
    }
    let form = form.field("product_data[name]", &order.title);
    Ok(post("/v1/prices", Some(form), Some(&format!("{}.price", order.key))))
}

/// Cards alone, wallets on the customer's phone among them, unless the order says otherwise: a customer at a
/// counter waits for the answer, and Stripe's other methods may take days to say whether the money came.
fn link(order: &LinkOrder, price: Option<&str>, inactive_message: &str) -> Result<Request, Unsupported> {
    let terms = &order.terms;
    if terms.ends.is_some() {
        return Err(unsupported("its links have no end; switch this one off when its time is over"));
    }
    if !terms.suggestions.is_empty() {
        return Err(unsupported("it proposes one amount at most; give a preset in place of suggestions"));
    }
    let mut fields = Fields::default();
    items(&mut fields, order, price)?;
    fields.limit(match order.kind {
        LinkKind::OneOff => Some(1),
        LinkKind::Reusable { max_payments } => max_payments,
    })?;
    reference(&mut fields, order);
    if terms.metadata.values().any(String::is_empty) {
        return Err(unsupported("it keeps no empty metadata; leave the key away"));
    }
    fields.metadata(&terms.metadata)?;
    terms::customer(&mut fields, terms)?;
    fields.after(terms.after.as_ref());
    terms::options(&mut fields, order, price.is_some() || by_price(order))?;
    fields.unless_said("payment_method_types", "[0]", "card");
    fields.unless_said("inactive_message", "", inactive_message);
    fields.put("expand[]", "line_items");
    Ok(post("/v1/payment_links", Some(fields.form()), Some(&order.key)))
}

fn items(fields: &mut Fields, order: &LinkOrder, price: Option<&str>) -> Result<(), Unsupported> {
    let terms = &order.terms;
    let standing = price.is_some() || by_price(order);
    if standing && !(terms.lines.is_empty() && terms.description.is_none()) {
        return Err(unsupported(
            "a price has its own items and description; for an open amount, say it with \
             --option custom_text[submit][message]",
        ));
    }
    match order.amount {
        AmountKind::Fixed(money) if !standing && !terms.lines.is_empty() => lines(fields, terms, money)?,
        AmountKind::Fixed(money) if !standing => {
            item(fields, 0, terms, money, &order.title)?;
            if let Some(text) = &terms.description {
                fields.put("line_items[0][price_data][product_data][description]", text);
            }
        }
        AmountKind::Fixed(_) | AmountKind::Open { .. } => {
            if let Some(price) = price {
                fields.put("line_items[0][price]", price);
            }
        }
    }
    if terms.lines.is_empty() {
        fields.put("line_items[0][quantity]", 1);
    }
    Ok(())
}

fn item(fields: &mut Fields, at: usize, terms: &Terms, money: Money, title: &str) -> Result<(), Unsupported> {
    let data = format!("line_items[{at}][price_data]");
    fields.put(&format!("{data}[currency]"), money.currency.code_lower());
    fields.put(&format!("{data}[unit_amount]"), units(money)?);
    if !terms.options.contains_key(&format!("{data}[product]")) {
        fields.put(&format!("{data}[product_data][name]"), title);
    }
    Ok(())
}

/// With items, the page shows theirs and not the link's title. A rate of tax belongs to the account's own
/// tax rates or to what Stripe reckons from the customer's place: neither is the one that was ordered.
fn lines(fields: &mut Fields, terms: &Terms, money: Money) -> Result<(), Unsupported> {
    if terms.description.is_some() {
        return Err(unsupported("a link with items has no description; name the items so that they say it"));
    }
    if terms.lines.len() > LINES {
        return Err(unsupported("a link has at most 20 items; sum some of them up"));
    }
    let mut sum = 0_i64;
    for (at, line) in terms.lines.iter().enumerate() {
        if line.vat_bp != 0 {
            return Err(unsupported(
                "its links take no rate of tax; give prices with tax in them, or let Stripe reckon it with \
                 --option automatic_tax[enabled]=true",
            ));
        }
        item(fields, at, terms, Money::new(line.unit, money.currency), &line.title)?;
        fields.put(&format!("line_items[{at}][quantity]"), line.quantity);
        let gross = line.unit.checked_mul(i64::from(line.quantity)).filter(|_| line.quantity > 0);
        let gross = gross.ok_or_else(|| unsupported("an item's quantity is at least 1"))?;
        sum = sum.checked_add(gross).ok_or_else(|| unsupported("the amount is too large"))?;
    }
    if sum != money.minor {
        return Err(unsupported("the items do not come to the link's amount; correct one of them"));
    }
    Ok(())
}

/// A subscription's checkout has no payment intent of its own to carry words.
fn reference(fields: &mut Fields, order: &LinkOrder) {
    let Some(reference) = &order.reference else { return };
    let carrier = match order.terms.purpose {
        Purpose::Subscription => "subscription_data",
        Purpose::Payment | Purpose::Product | Purpose::Invoice => "payment_intent_data",
    };
    fields.put(&format!("metadata[{REFERENCE}]"), reference);
    fields.put(&format!("{carrier}[metadata][{REFERENCE}]"), reference);
}

#[cfg(test)]
mod tests;
