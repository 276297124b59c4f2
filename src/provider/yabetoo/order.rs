//! A link to be made, as the body of `POST /v1/payment-links` (`payment-link/create`).

use std::collections::BTreeMap;

use serde::Serialize;

use super::REFERENCE;
use super::amount::Units;
use super::body::Body;
use super::unsupported;
use crate::core::money::Currency;
use crate::core::money::Money;
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

/// The system's own words, and what they do.
pub const OPTIONS: &[(&str, &str)] = &[
    ("slug", "the end of the link's address, instead of its id; it stays taken for ever"),
    ("cancelUrl", "where the customer is led who gives up"),
    ("submitType", "the button's word: auto, pay, book or donate"),
    ("submitMessage", "a text below the button, 1 to 500 characters"),
    ("brandingId", "the look of the page, made in the dashboard"),
    ("allowPromotionCodes", "true: the page takes promotion codes"),
    ("priceId", "on product and subscription links: the catalogue's price; a subscription's must recur"),
    ("productId", "on product and subscription links: the catalogue's product"),
    ("quantity", "on product and subscription links: how many of it (1)"),
    ("adjustableQuantity", "true: the customer chooses how many"),
];

/// What the payment page shows at most below its button.
const MESSAGE_MOST: usize = 500;

pub fn body(order: &LinkOrder, units: Units) -> Result<Body, Unsupported> {
    let terms = &order.terms;
    let mut body = Body::default();
    body.set("name", &order.title);
    match terms.purpose {
        Purpose::Payment => plain_amount(order, units, &mut body)?,
        Purpose::Product => catalogue(order, "product", &mut body)?,
        Purpose::Subscription => catalogue(order, "subscription", &mut body)?,
        Purpose::Invoice => {
            return Err(unsupported("it has no invoice links; order a plain one of the amount"));
        }
    }
    if !terms.lines.is_empty() {
        let advice = "its items are priced in its catalogue; order the sum as one amount, or a product link \
                      with the option priceId";
        return Err(unsupported(advice));
    }
    body.maybe("description", terms.description.as_ref());
    body.maybe("expiresAt", terms.ends.map(|ends| rest::iso(ends.at_unix_ms)).as_ref());
    body.maybe("maxRedemptions", limit(order.kind).as_ref());
    metadata(order, &mut body)?;
    addresses(terms, &mut body)?;
    after(terms.after.as_ref(), &mut body)?;
    for (word, value) in &terms.options {
        option(word, value, &mut body)?;
    }
    Ok(body)
}

/// How often the link may be paid: one payment is what makes it one-off.
pub fn limit(kind: LinkKind) -> Option<u32> {
    match kind {
        LinkKind::OneOff => Some(1),
        LinkKind::Reusable { max_payments } => max_payments,
    }
}

fn plain_amount(order: &LinkOrder, units: Units, body: &mut Body) -> Result<(), Unsupported> {
    let item = ["priceId", "productId", "quantity", "adjustableQuantity"];
    if item.iter().any(|word| order.terms.options.contains_key(*word)) {
        return Err(unsupported("items of its catalogue are for product and subscription links"));
    }
    body.set("type", "amount");
    let suggestions = &order.terms.suggestions;
    match order.amount {
        AmountKind::Fixed(_) if !suggestions.is_empty() => {
            Err(unsupported("it proposes amounts only where the customer types one"))
        }
        AmountKind::Fixed(money) => {
            body.set("currency", money.currency.code());
            body.set("amount", &units.to_wire(money)?);
            Ok(())
        }
        AmountKind::Open { preset: Some(_), .. } => Err(unsupported(NO_PRESET)),
        AmountKind::Open { currency, min, max, preset: None } => {
            body.set("currency", currency.code());
            open_amount(currency, [min, max], units, body)?;
            suggested(currency, suggestions, units, body)
        }
    }
}

const NO_PRESET: &str = "it fills in no amount; give suggestions, of which the customer picks one";

/// An amount is the customer's to type if a bound is there, so there is always one.
pub fn open_amount(
    currency: Currency,
    [min, max]: [Option<i64>; 2],
    units: Units,
    body: &mut Body,
) -> Result<(), Unsupported> {
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(unsupported("the least amount must not be above the most"));
    }
    let least = min.or_else(|| max.is_none().then_some(1));
    for (name, minor) in [("minAmount", least), ("maxAmount", max)] {
        if let Some(minor) = minor {
            body.set(name, &units.to_wire(Money::new(minor, currency))?);
        }
    }
    Ok(())
}

/// Our reading: `suggestedAmounts` is among the fields that an update can clear, and not in the table of
/// those that an order can have.
fn suggested(currency: Currency, minors: &[i64], units: Units, body: &mut Body) -> Result<(), Unsupported> {
    if minors.is_empty() {
        return Ok(());
    }
    let amounts: Result<Vec<_>, _> =
        minors.iter().map(|minor| units.to_wire(Money::new(*minor, currency))).collect();
    body.set("suggestedAmounts", &amounts?);
    Ok(())
}

/// What a product or subscription costs is the catalogue's; an amount of ours would say nothing.
fn catalogue(order: &LinkOrder, kind: &'static str, body: &mut Body) -> Result<(), Unsupported> {
    let currency = match order.amount {
        AmountKind::Open { currency, min: None, max: None, preset: None } => currency,
        AmountKind::Open { .. } | AmountKind::Fixed(_) => {
            return Err(unsupported("its catalogue has the price; order this link with an open amount"));
        }
    };
    if order.reference.is_some() || !order.terms.suggestions.is_empty() {
        return Err(unsupported("a sale of its own amount is a plain link; leave the purpose away"));
    }
    body.set("type", kind);
    body.set("currency", currency.code());
    body.set("items", &[Item::of(&order.terms)?]);
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<&'a String>,
    price_id: &'a String,
    quantity: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjustable_quantity: Option<bool>,
}

impl<'a> Item<'a> {
    fn of(terms: &'a Terms) -> Result<Self, Unsupported> {
        let given = |word: &str| terms.options.get(word);
        let quantity = given("quantity").map_or(Ok(1), |text| text.parse().map_err(|_| ()));
        let quantity = quantity.ok().filter(|count| *count > 0);
        Ok(Self {
            product_id: given("productId"),
            price_id: given("priceId").ok_or_else(|| {
                unsupported("name the catalogue's price with the option priceId; a subscription's must recur")
            })?,
            quantity: quantity.ok_or_else(|| unsupported("quantity is a whole number from 1"))?,
            adjustable_quantity: given("adjustableQuantity").map(|text| truth(text)).transpose()?,
        })
    }
}

fn metadata(order: &LinkOrder, body: &mut Body) -> Result<(), Unsupported> {
    let mut entries: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, value) in &order.terms.metadata {
        entries.insert(name, value);
    }
    if let Some(reference) = &order.reference
        && entries.insert(REFERENCE, reference.as_str()).is_some()
    {
        return Err(unsupported(REFERENCE_TAKEN));
    }
    if !entries.is_empty() {
        body.set("metadata", &entries);
    }
    Ok(())
}

pub const REFERENCE_TAKEN: &str =
    "the metadata key `reference` carries the sale's name; choose another key for yours";

/// It asks for an address or does not; whether one may leave it empty is not said.
fn addresses(terms: &Terms, body: &mut Body) -> Result<(), Unsupported> {
    for (field, need) in &terms.customer {
        let name = match field {
            CustomerField::BillingAddress => "collectBillingAddress",
            CustomerField::ShippingAddress => "collectShippingAddress",
            CustomerField::BusinessName
            | CustomerField::Name
            | CustomerField::Email
            | CustomerField::Phone => {
                return Err(unsupported("its page can be told to ask for billing and shipping address only"));
            }
        };
        match need {
            Need::Required => body.set(name, &true),
            Need::Optional => {
                return Err(unsupported("it asks for an address or does not; make it required"));
            }
        }
    }
    Ok(())
}

/// `{PAYMENT_LINK_ID}` in the address is filled in by Yabetoo.
pub fn after(after: Option<&After>, body: &mut Body) -> Result<(), Unsupported> {
    match after {
        None => Ok(()),
        Some(After::Redirect(url)) => {
            body.set("successUrl", url);
            Ok(())
        }
        Some(After::Thanks(_)) => Err(unsupported(
            "it has no words of ours for after the payment; lead the customer to a page of yours",
        )),
    }
}

/// One of the system's own words; those of an item are in `Item`.
pub fn option(word: &str, value: &String, body: &mut Body) -> Result<(), Unsupported> {
    match word {
        "slug" => body.set("slug", value),
        "cancelUrl" => body.set("cancelUrl", value),
        "brandingId" => body.set("brandingId", value),
        "submitType" if ["auto", "pay", "book", "donate"].contains(&value.as_str()) => {
            body.set("submitType", value);
        }
        "submitType" => return Err(unsupported("submitType is auto, pay, book or donate")),
        "submitMessage" if value.trim().is_empty() || value.chars().count() > MESSAGE_MOST => {
            return Err(unsupported("submitMessage has 1 to 500 characters, and not only blanks"));
        }
        "submitMessage" => body.set("submitMessage", value),
        "allowPromotionCodes" => body.set("allowPromotionCodes", &truth(value)?),
        "priceId" | "productId" | "quantity" | "adjustableQuantity" => {}
        _ => return Err(unsupported("it has no option of that name; see `qrtill link capabilities`")),
    }
    Ok(())
}

fn truth(text: &str) -> Result<bool, Unsupported> {
    text.parse().map_err(|_| unsupported("this option is true or false"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::money;
    use super::super::subject::sale;
    use super::*;
    use crate::port::provider::Ends;
    use crate::port::provider::Line;

    const ALL: Units = Units { decimals: true, minor_intents: false };

    fn built(order: &LinkOrder) -> Result<Value, &'static str> {
        let body = body(order, ALL).map_err(|no| no.advice)?;
        Ok(serde_json::to_value(body).expect("JSON"))
    }

    fn reusable(amount: AmountKind) -> LinkOrder {
        let kind = LinkKind::Reusable { max_payments: None };
        LinkOrder { kind, amount, reference: None, ..sale() }
    }

    fn open(min: Option<i64>, max: Option<i64>, preset: Option<i64>) -> AmountKind {
        AmountKind::Open { currency: money(1, "XAF").currency, min, max, preset }
    }

    fn with(change: impl FnOnce(&mut Terms)) -> Result<Value, &'static str> {
        let mut order = reusable(AmountKind::Fixed(money(1250, "XAF")));
        change(&mut order.terms);
        built(&order)
    }

    fn option(word: &str, value: &str) -> Result<Value, &'static str> {
        with(|terms| terms.options = [(word.to_owned(), value.to_owned())].into())
    }

    #[test]
    fn a_sale_is_a_link_of_its_amount_for_one_payment() {
        let mut order = sale();
        order.terms.ends = Some(Ends { at_unix_ms: 1_760_000_720_000, after_s: 720 });
        order.terms.metadata = [("till".to_owned(), "3".to_owned())].into();
        let expected = json!({
            "type": "amount", "name": "Café Zwölf", "currency": "XAF", "amount": 1250, "maxRedemptions": 1,
            "expiresAt": "2025-10-09T09:05:20Z",
            "metadata": {"reference": order.reference, "till": "3"},
        });
        assert_eq!(built(&order), Ok(expected));
        order.terms.metadata = [("reference".to_owned(), "3".to_owned())].into();
        assert_eq!(built(&order), Err(REFERENCE_TAKEN));
    }

    #[test]
    fn an_open_amount_always_has_a_bound() {
        let bounds = |amount| {
            let body = built(&reusable(amount)).expect("a body");
            (body["minAmount"].clone(), body["maxAmount"].clone(), body["amount"].clone())
        };
        assert_eq!(bounds(open(None, None, None)), (json!(1), Value::Null, Value::Null));
        assert_eq!(bounds(open(None, Some(900), None)), (Value::Null, json!(900), Value::Null));
        assert_eq!(bounds(open(Some(5), Some(9), None)), (json!(5), json!(9), Value::Null));
        assert!(built(&reusable(open(Some(9), Some(5), None))).is_err());
        assert_eq!(built(&reusable(open(None, None, Some(5)))), Err(NO_PRESET));
        let mut order = reusable(open(Some(100), None, None));
        order.terms.suggestions = vec![500, 1000];
        assert_eq!(built(&order).expect("a body")["suggestedAmounts"], json!([500, 1000]));
    }

    #[test]
    fn products_and_subscriptions_are_priced_by_the_catalogue() {
        for (purpose, word) in [(Purpose::Product, "product"), (Purpose::Subscription, "subscription")] {
            let mut order = reusable(open(None, None, None));
            order.terms.purpose = purpose;
            assert!(built(&order).expect_err("no price").contains("priceId"));
            order.terms.options = [("priceId", "price_1"), ("quantity", "2"), ("adjustableQuantity", "true")]
                .map(|(word, value)| (word.to_owned(), value.to_owned()))
                .into();
            let body = built(&order).expect("a body");
            let items = json!([{"priceId": "price_1", "quantity": 2, "adjustableQuantity": true}]);
            assert_eq!((&body["type"], &body["items"]), (&json!(word), &items));
            assert_eq!((&body["amount"], &body["minAmount"]), (&Value::Null, &Value::Null));
            order.amount = AmountKind::Fixed(money(1250, "XAF"));
            assert!(built(&order).is_err(), "an amount of ours");
            order.amount = open(None, None, None);
            order.reference = sale().reference;
            assert!(built(&order).is_err(), "a sale");
        }
        assert!(option("priceId", "price_1").is_err(), "an item on a plain link");
    }

    #[test]
    fn options_are_the_systems_own_words_and_are_checked() {
        for (word, value, field) in [
            ("slug", "tips", json!("tips")),
            ("cancelUrl", "https://shop.example/no", json!("https://shop.example/no")),
            ("submitType", "donate", json!("donate")),
            ("submitMessage", "Thank you", json!("Thank you")),
            ("brandingId", "brand_1", json!("brand_1")),
            ("allowPromotionCodes", "true", json!(true)),
        ] {
            assert_eq!(option(word, value).expect("a body")[word], field);
            assert!(OPTIONS.iter().any(|(known, _)| *known == word), "{word} is not offered");
        }
        for (word, value) in [
            ("submitType", "buy"),
            ("submitMessage", " \n "),
            ("submitMessage", &"x".repeat(501)),
            ("allowPromotionCodes", "yes"),
            ("colour", "red"),
        ] {
            assert!(option(word, value).is_err(), "{word} {value}");
        }
    }

    #[test]
    fn what_it_does_not_have_is_refused_with_advice() {
        let line = Line { title: "Tea".into(), quantity: 1, unit: 1250, vat_bp: 0 };
        let thanks = After::Thanks("Thank you".into());
        for refused in [
            with(|terms| terms.lines = vec![line]),
            with(|terms| terms.after = Some(thanks)),
            with(|terms| terms.suggestions = vec![500]),
            with(|terms| terms.purpose = Purpose::Invoice),
            with(|terms| terms.customer = [(CustomerField::Email, Need::Required)].into()),
            with(|terms| terms.customer = [(CustomerField::BillingAddress, Need::Optional)].into()),
        ] {
            assert!(!refused.expect_err("not there").is_empty());
        }
        let asked = with(|terms| terms.customer = [(CustomerField::ShippingAddress, Need::Required)].into());
        assert_eq!(asked.expect("a body")["collectShippingAddress"], json!(true));
        let led = with(|terms| terms.after = Some(After::Redirect("https://shop.example/ok".into())));
        assert_eq!(led.expect("a body")["successUrl"], json!("https://shop.example/ok"));
    }
}
