//! Orders as they leave for Stripe, and those that do not.

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
        order.terms.after = Some(After::Redirect("https://shop.example/?id={CHECKOUT_SESSION_ID}".into()));
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
    let open = AmountKind::Open { currency: money(1, "EUR").currency, min: None, max: None, preset: None };
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
    let open = AmountKind::Open { currency: money(1, "EUR").currency, min: None, max: None, preset: None };
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
