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
mod tests {
    use super::super::VERSION;
    use super::super::request::build;
    use super::super::subject::REFERENCE;
    use super::super::subject::money;
    use super::super::subject::sale;
    use super::super::subject::sent;
    use super::*;
    use crate::port::provider::After;
    use crate::port::provider::Ask;
    use crate::port::provider::Ends;
    use crate::port::provider::Line;
    use crate::port::provider::Method;

    fn asked(ask: &Ask) -> Request {
        build(ask, "closed").expect("a request")
    }

    #[test]
    fn a_sale_is_one_request_for_a_link_that_takes_one_payment() {
        let request = asked(&Ask::CreateLink(sale()));
        assert_eq!((request.method, request.path.as_str()), (Method::Post, "/v1/payment_links"));
        let key = ("Idempotency-Key".to_owned(), format!("{REFERENCE}.1"));
        assert!(request.headers.contains(&key), "{:?}", request.headers);
        assert!(request.headers.contains(&("Stripe-Version".to_owned(), VERSION.to_owned())));
        let body = sent(&request);
        for field in [
            "line_items[0][price_data][currency]=eur".to_owned(),
            "line_items[0][price_data][unit_amount]=1250".to_owned(),
            "line_items[0][price_data][product_data][name]=Caf%C3%A9%20Zw%C3%B6lf".to_owned(),
            "line_items[0][quantity]=1".to_owned(),
            "restrictions[completed_sessions][limit]=1".to_owned(),
            "payment_method_types[0]=card".to_owned(),
            format!("metadata[reference]={REFERENCE}"),
            format!("payment_intent_data[metadata][reference]={REFERENCE}"),
            "inactive_message=closed".to_owned(),
        ] {
            assert!(body.split('&').any(|found| found == field), "{field} in {body}");
        }
    }

    #[test]
    fn a_reusable_link_has_only_the_limit_it_was_ordered_with() {
        for (max_payments, limit) in [(None, None), (Some(40), Some("limit]=40"))] {
            let kind = LinkKind::Reusable { max_payments };
            let body = sent(&asked(&Ask::CreateLink(LinkOrder { kind, reference: None, ..sale() })));
            assert_eq!(body.contains("restrictions"), limit.is_some());
            assert!(limit.is_none_or(|limit| body.contains(limit)), "{body}");
            assert!(!body.contains("metadata"), "{body}");
        }
    }

    #[test]
    fn an_open_amount_is_a_price_first_and_then_a_link_under_another_key() {
        let currency = money(1, "EUR").currency;
        let amount = AmountKind::Open { currency, min: Some(100), max: None, preset: Some(500) };
        let order = LinkOrder { amount, ..sale() };
        let price = asked(&Ask::CreateLink(order.clone()));
        assert_eq!(price.path, "/v1/prices");
        assert_eq!(
            sent(&price),
            "currency=eur&custom_unit_amount[enabled]=true&custom_unit_amount[minimum]=100&\
             custom_unit_amount[preset]=500&product_data[name]=Caf%C3%A9%20Zw%C3%B6lf"
        );
        let link = asked(&Ask::CreateLinkFrom { order, part: "price_1".to_owned() });
        assert!(sent(&link).starts_with("line_items[0][price]=price_1&line_items[0][quantity]=1&"));
        assert_ne!(price.headers, link.headers);
    }

    fn with(change: impl FnOnce(&mut LinkOrder)) -> Result<String, Unsupported> {
        let mut order = sale();
        change(&mut order);
        create(&order, "closed").map(|request| sent(&request))
    }

    fn line(title: &str, quantity: u32, unit: i64) -> Line {
        Line { title: title.to_owned(), quantity, unit, vat_bp: 0 }
    }

    #[test]
    fn items_are_sent_as_items_that_come_to_the_amount() {
        let body = with(|order| order.terms.lines = vec![line("Tea", 3, 250), line("Cake", 1, 500)]);
        let body = body.expect("an order");
        for field in [
            "line_items[0][price_data][unit_amount]=250",
            "line_items[0][price_data][product_data][name]=Tea",
            "line_items[0][quantity]=3",
            "line_items[1][price_data][unit_amount]=500",
            "line_items[1][price_data][product_data][name]=Cake",
            "line_items[1][quantity]=1",
        ] {
            assert!(body.split('&').any(|found| found == field), "{field} in {body}");
        }
        assert!(!body.contains("Caf"), "{body}");
        let taxed = Line { vat_bp: 1900, ..line("Tea", 5, 250) };
        for lines in [
            vec![line("Tea", 4, 250)],
            vec![line("Tea", 0, 250), line("Cake", 1, 1250)],
            vec![line("Tea", 1, i64::MAX), line("Cake", 1, i64::MAX)],
            vec![line("Tea", 2, i64::MAX)],
            vec![taxed],
            vec![line("Tea", 1, 50); 25],
        ] {
            assert!(with(|order| order.terms.lines = lines.clone()).is_err(), "{lines:?}");
        }
    }

    #[test]
    fn words_about_a_link_go_where_a_customer_or_the_shop_finds_them() {
        let body = with(|order| {
            order.terms.description = Some("Table 5".to_owned());
            order.terms.metadata = [("shift".to_owned(), "late".to_owned())].into();
            order.terms.after =
                Some(After::Redirect("https://shop.example/?id={CHECKOUT_SESSION_ID}".into()));
        });
        let body = body.expect("an order");
        for field in [
            "line_items[0][price_data][product_data][description]=Table%205",
            "metadata[shift]=late",
            "after_completion[type]=redirect",
            "after_completion[redirect][url]=https%3A%2F%2Fshop.example%2F%3Fid%3D%7BCHECKOUT_SESSION_ID%7D",
        ] {
            assert!(body.split('&').any(|found| found == field), "{field} in {body}");
        }
        let body = with(|order| order.terms.after = Some(After::Thanks("Bye".into()))).expect("an order");
        let thanks = "type]=hosted_confirmation&after_completion[hosted_confirmation][custom_message]=Bye&";
        assert!(body.contains(thanks), "{body}");
    }

    #[test]
    fn what_a_link_cannot_have_is_refused_before_a_price_is_made_for_it() {
        let open =
            AmountKind::Open { currency: money(1, "EUR").currency, min: None, max: None, preset: None };
        let entry = |key: &str, value: &str| [(key.to_owned(), value.to_owned())].into();
        let long = "x".repeat(501);
        for refused in [
            Terms { ends: Some(Ends { at_unix_ms: 1, after_s: 1 }), ..Terms::default() },
            Terms { suggestions: vec![500], ..Terms::default() },
            Terms { metadata: entry(super::REFERENCE, "counter-2"), ..Terms::default() },
            Terms { metadata: entry("a[b]", "1"), ..Terms::default() },
            Terms { metadata: entry("", "1"), ..Terms::default() },
            Terms { metadata: entry("shift", ""), ..Terms::default() },
            Terms { metadata: entry("shift", &long), ..Terms::default() },
            Terms { options: entry("colour", "red"), ..Terms::default() },
            Terms { purpose: Purpose::Invoice, ..Terms::default() },
        ] {
            assert!(with(|order| order.terms = refused.clone()).is_err(), "{refused:?}");
            let said = with(|order| (order.terms, order.amount) = (refused.clone(), open));
            assert!(said.is_err_and(|no| !no.advice.is_empty()), "{refused:?}");
        }
        let described = Terms { description: Some("Table 5".into()), ..Terms::default() };
        assert!(with(|order| (order.terms, order.amount) = (described, open)).is_err());
        let none = LinkKind::Reusable { max_payments: Some(0) };
        assert!(with(|order| order.kind = none).is_err());
    }

    #[test]
    fn a_price_that_stands_is_taken_as_it_is() {
        let open =
            AmountKind::Open { currency: money(1, "EUR").currency, min: None, max: None, preset: None };
        for amount in [AmountKind::Fixed(money(1250, "EUR")), open] {
            let body = with(|order| {
                order.amount = amount;
                order.terms.purpose = Purpose::Product;
                order.terms.options = [("price".to_owned(), "price_9".to_owned())].into();
            });
            let body = body.expect("an order");
            assert!(body.contains("line_items[0][price]=price_9&"), "{body}");
            assert!(body.contains("line_items[0][quantity]=1&") && !body.contains("price_data"), "{body}");
        }
    }
}
