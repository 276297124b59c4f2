//! Stripe's own examples, read; and answers that are not believed.

use serde_json::Value;
use serde_json::json;

use super::super::subject::OWNER;
use super::super::subject::money;
use super::super::subject::sale;
use super::*;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::core::payment::LinkStatus;
use crate::core::payment::PaymentStatus;
use crate::port::provider::Change;
use crate::port::provider::LinkOrder;
use crate::port::provider::Page;
use crate::provider::dice::Dice;

const OBJECTS: &str = include_str!("../../../../tests/fixtures/stripe/objects.json");

/// Stripe's own example of an object.
fn example(object: &str) -> Value {
    let mut objects: Value = serde_json::from_str(OBJECTS).expect("JSON");
    objects[object].take()
}

fn read(ask: &Ask, body: &Value) -> Result<Answer, Trouble> {
    let response = Response { status: 200, headers: Vec::new(), body: body.to_string().into() };
    answer(ask, &response, OWNER)
}

const LINK: &str = "plink_1Pgc78B7WZ01zgkWC75kX0jg";
const INTENT: &str = "pi_1PgafyB7WZ01zgkWSjxsAJo3";
const CHECKOUT: &str = "cs_test_a1YS1URlnyQCN5fUUduORoQ7Pw41PJqDWkIVQCpJPqkfIhd6tVY8XB1OLY";

fn get_link() -> Ask {
    Ask::GetLink { link: LINK.to_owned() }
}

fn list(of: Vec<Value>, has_more: bool) -> Value {
    json!({"object": "list", "data": of, "has_more": has_more, "url": "/v1/x"})
}

#[test]
fn the_official_examples_are_read() {
    let Ok(Answer::Link(link)) = read(&get_link(), &example("payment_link")) else { panic!("a link") };
    assert_eq!((link.status, link.payments), (LinkStatus::Active, Some(94_851_343)));
    assert_eq!(link.kind, LinkKind::Reusable { max_payments: Some(102_976_443) });
    let ask = Ask::GetPayment { payment: INTENT.to_owned() };
    let Ok(Answer::Payment(payment)) = read(&ask, &example("payment_intent")) else { panic!("one") };
    assert_eq!((payment.amount, payment.declined), (money(1099, "USD"), true));
    assert_eq!(payment.status, PaymentStatus::Failed);
    let ask = Ask::ListRefunds { payment: "pi_1".to_owned(), cursor: None };
    let mut refund = example("refund");
    refund["payment_intent"] = json!("pi_1");
    let Ok(Answer::Refunds(page)) = read(&ask, &list(vec![refund], false)) else { panic!("refunds") };
    assert_eq!((page.items[0].amount, page.items[0].reason.as_ref()), (money(100, "USD"), None));
}

#[test]
fn an_open_amount_goes_on_from_the_price() {
    let currency = money(1, "USD").currency;
    let amount = AmountKind::Open { currency, min: None, max: None, preset: None };
    let order = LinkOrder { amount, ..sale() };
    let part = "price_1PgafmB7WZ01zgkW6dKueIc5".to_owned();
    let next = Ask::CreateLinkFrom { order: order.clone(), part };
    assert_eq!(read(&Ask::CreateLink(order), &example("price")), Ok(Answer::Then(Box::new(next))));
}

#[test]
fn an_answer_of_the_other_mode_is_unsure() {
    let mut link = example("payment_link");
    link["livemode"] = json!(true);
    assert!(matches!(read(&get_link(), &link), Err(Trouble::Unsure { .. })));
    let ask = Ask::GetPayment { payment: INTENT.to_owned() };
    let mut intent = example("payment_intent");
    for livemode in [json!(true), Value::Null] {
        intent["livemode"] = livemode;
        assert!(matches!(read(&ask, &intent), Err(Trouble::Unsure { .. })));
    }
}

#[test]
fn pages_follow_the_last_id_and_open_checkouts_are_only_open_ones() {
    let mut open = example("checkout.session");
    open["id"] = json!("cs_1");
    open["payment_link"] = json!(LINK);
    let mut done = open.clone();
    done["id"] = json!("cs_2");
    done["status"] = json!("complete");
    let ask = Ask::OpenCheckouts { link: LINK.to_owned(), cursor: None };
    let page = |items: Vec<&str>, next: Option<&str>| {
        let items = items.into_iter().map(str::to_owned).collect();
        Ok(Answer::Checkouts(Page { items, next: next.map(str::to_owned) }))
    };
    assert_eq!(read(&ask, &list(vec![open.clone(), done], true)), page(vec!["cs_1"], Some("cs_2")));
    assert_eq!(read(&ask, &list(vec![open], false)), page(vec!["cs_1"], None));
    assert!(read(&ask, &list(vec![], true)).is_err());
}

#[test]
fn switching_and_expiring_are_believed_only_when_they_show() {
    let ask = |active| Ask::SetActive { link: LINK.to_owned(), active };
    assert!(read(&ask(true), &example("payment_link")).is_ok());
    assert!(matches!(read(&ask(false), &example("payment_link")), Err(Trouble::Unsure { .. })));
    let expire = Ask::ExpireCheckout { checkout: CHECKOUT.to_owned() };
    let mut session = example("checkout.session");
    assert!(matches!(read(&expire, &session), Err(Trouble::Unsure { .. })));
    session["status"] = json!("expired");
    assert_eq!(read(&expire, &session), Ok(Answer::Done));
}

#[test]
fn an_answer_about_something_else_is_unsure() {
    let other = || "other_1".to_owned();
    let mut session = example("checkout.session");
    session["amount_total"] = json!(1250);
    session["currency"] = json!("eur");
    session["payment_link"] = json!(LINK);
    session["status"] = json!("expired");
    let mut refund = example("refund");
    refund["payment_intent"] = json!("pi_1");
    let sessions = list(vec![session.clone()], false);
    for (ask, body) in [
        (Ask::GetLink { link: other() }, example("payment_link")),
        (Ask::SetActive { link: other(), active: true }, example("payment_link")),
        (Ask::GetPayment { payment: other() }, example("payment_intent")),
        (Ask::ExpireCheckout { checkout: other() }, session),
        (
            Ask::Refund { payment: other(), link: None, amount: None, reason: None, key: "k".into() },
            refund.clone(),
        ),
    ] {
        assert!(matches!(read(&ask, &body), Err(Trouble::Unsure { .. })), "{ask:?}");
    }
    let payments = |link: String| read(&Ask::ListPayments { link, cursor: None }, &sessions);
    assert!(matches!(payments(LINK.to_owned()), Ok(Answer::Payments(page)) if page.items.len() == 1));
    assert!(matches!(payments(other()), Ok(Answer::Payments(page)) if page.items.is_empty()));
    let checkouts = read(&Ask::OpenCheckouts { link: other(), cursor: None }, &sessions);
    assert!(matches!(checkouts, Ok(Answer::Checkouts(page)) if page.items.is_empty()));
    let refunds = Ask::ListRefunds { payment: other(), cursor: None };
    let refunds = read(&refunds, &list(vec![refund], false));
    assert!(matches!(refunds, Ok(Answer::Refunds(page)) if page.items.is_empty()));
}

#[test]
fn a_checkout_that_may_be_the_links_is_in_doubt() {
    let mut session = example("checkout.session");
    session["payment_link"] = json!(LINK);
    session["currency"] = json!("coins");
    session["amount_total"] = json!(1250);
    session["payment_status"] = json!("paid");
    let ask = Ask::ListPayments { link: LINK.to_owned(), cursor: None };
    let said = |session: &Value| read(&ask, &list(vec![session.clone()], false));
    assert!(matches!(said(&session), Err(Trouble::Unsure { .. })));
    session["payment_link"] = Value::Null;
    assert!(matches!(said(&session), Err(Trouble::Unsure { .. })), "it names none");
    session["livemode"] = json!(true);
    assert!(matches!(said(&session), Ok(Answer::Payments(page)) if page.items.is_empty()));
    session["livemode"] = json!(false);
    session["payment_link"] = json!({"id": "plink_2", "object": "payment_link"});
    assert!(matches!(said(&session), Ok(Answer::Payments(page)) if page.items.is_empty()));
}

#[test]
fn a_change_that_shows_is_the_link_and_one_that_does_not_is_unsure() {
    let ask = |limit| Ask::UpdateLink {
        link: LINK.to_owned(),
        change: Change { max_payments: Some(limit), ..Change::default() },
    };
    let said = read(&ask(102_976_443), &example("payment_link"));
    assert!(matches!(said, Ok(Answer::Link(link)) if link.id == LINK));
    assert!(matches!(read(&ask(5), &example("payment_link")), Err(Trouble::Unsure { .. })));
}

/// Every question, with answers that were cut, flipped and filled with anything: the same ones each time.
#[test]
fn no_answer_makes_a_reader_fall() {
    let link = || LINK.to_owned();
    let asks = [
        Ask::CreateLink(sale()),
        get_link(),
        Ask::UpdateLink { link: link(), change: Change::default() },
        Ask::SetActive { link: link(), active: true },
        Ask::ListLinks { active: None, cursor: None },
        Ask::OpenCheckouts { link: link(), cursor: None },
        Ask::ExpireCheckout { checkout: CHECKOUT.to_owned() },
        Ask::ListPayments { link: link(), cursor: None },
        Ask::GetPayment { payment: INTENT.to_owned() },
        Ask::Refund { payment: INTENT.to_owned(), link: None, amount: None, reason: None, key: "k".into() },
        Ask::ListRefunds { payment: INTENT.to_owned(), cursor: None },
    ];
    let kinds = ["payment_link", "checkout.session", "payment_intent", "refund", "price"];
    let bodies = kinds.map(|kind| example(kind).to_string());
    let lists = kinds.map(|kind| list(vec![example(kind)], true).to_string());
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut below = |n: usize| dice.below(n);
    for round in 0..600 {
        let texts = if round % 2 == 0 { &bodies } else { &lists };
        let mut body = texts[below(texts.len())].clone().into_bytes();
        for _ in 0..below(4) {
            let at = below(body.len());
            match below(4) {
                0 => body.truncate(at.max(1)),
                1 => body[at] = u8::try_from(below(256)).expect("a byte"),
                2 => body.insert(at, b"0123456789\"{}[],:-enul"[below(22)]),
                _ => drop(body.drain(at..(at + 1 + below(8)).min(body.len()))),
            }
            if body.is_empty() {
                body.push(b'0');
            }
        }
        for ask in &asks {
            let status = [200, 201, 400, 429, 500][below(5)];
            let response = Response { status, headers: Vec::new(), body: body.clone() };
            let said = answer(ask, &response, OWNER);
            assert!(said.is_err() || (200..300).contains(&status), "{ask:?}: {said:?}");
        }
    }
}
