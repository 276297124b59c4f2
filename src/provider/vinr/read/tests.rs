//! VINR's examples, read; and answers that are not believed.

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
use crate::core::payment::RefundStatus;
use crate::port::provider::After;
use crate::port::provider::Change;
use crate::port::provider::LinkState;
use crate::provider::dice::Dice;

const LINKS: &str = include_str!("../../../../tests/fixtures/vinr/links.json");
const PAYMENTS: &str = include_str!("../../../../tests/fixtures/vinr/payments.json");
const REFUNDS: &str = include_str!("../../../../tests/fixtures/vinr/refunds.json");

fn fixture(file: &str, name: &str) -> Value {
    let mut all: Value = serde_json::from_str(file).expect("JSON");
    all[name].take()
}

fn read(ask: &Ask, body: &Value) -> Result<Answer, Trouble> {
    let response = Response { status: 200, headers: Vec::new(), body: body.to_string().into() };
    answer(ask, &response, OWNER, false)
}

fn link_of(said: Result<Answer, Trouble>) -> LinkState {
    match said {
        Ok(Answer::Link(link)) => link,
        other => panic!("{other:?}"),
    }
}

fn is_unsure(said: &Result<Answer, Trouble>) -> bool {
    matches!(said, Err(Trouble::Unsure { .. }))
}

fn list(data: Value, has_more: bool, cursor: Option<&str>) -> Value {
    let page = json!({"has_more": has_more, "next_cursor": cursor, "total_estimate": 9});
    json!({"object": "list", "data": data, "page": page})
}

#[test]
fn an_ordered_link_is_read() {
    let link = link_of(read(&Ask::CreateLink(sale()), &fixture(LINKS, "sale")));
    assert_eq!((link.id.as_str(), link.status), ("plink_7Hd2k9Qa", LinkStatus::Active));
    assert_eq!(link.amount, Some(AmountKind::Fixed(money(1250, "EUR"))));
    assert_eq!((link.ends_unix_ms, link.payments), (Some(1_760_000_600_000), Some(0)));
    let sparse = link_of(read(&Ask::CreateLink(sale()), &fixture(LINKS, "sparse")));
    assert_eq!((sparse.kind, sparse.amount), (LinkKind::OneOff, None));
}

#[test]
fn another_link_than_the_ordered_one_is_not_shown() {
    for (field, other) in [
        ("metadata", json!({"reference": "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1S"})),
        ("metadata", Value::Null),
        ("currency", Value::Null),
        ("reusable", json!(true)),
        ("livemode", json!(true)),
        ("object", json!("payment")),
        ("id", json!("plink/1")),
        ("url", json!("")),
        ("expiresAt", json!("soon")),
    ] {
        let mut body = fixture(LINKS, "sale");
        body[field] = other.clone();
        assert!(is_unsure(&read(&Ask::CreateLink(sale()), &body)), "{field} {other}");
    }
}

#[test]
fn a_counter_link_is_read_in_both_manners_of_writing() {
    let ask = Ask::GetLink { link: "plink_1".into() };
    let one = link_of(read(&ask, &fixture(LINKS, "counter")));
    let currency = money(1, "EUR").currency;
    assert_eq!(one.kind, LinkKind::Reusable { max_payments: Some(1000) });
    assert_eq!(one.amount, Some(AmountKind::Open { currency, min: None, max: None, preset: Some(500) }));
    assert_eq!(link_of(read(&ask, &fixture(LINKS, "counter_snake"))), one);
    let mut both = fixture(LINKS, "counter");
    both["max_payments"] = json!(7);
    assert!(is_unsure(&read(&ask, &both)));
    let other = Ask::GetLink { link: "plink_2".into() };
    assert!(is_unsure(&read(&other, &fixture(LINKS, "counter"))));
    assert!(is_unsure(&read(&Ask::GetLink { link: "plink_7Hd2k9Qa".into() }, &fixture(LINKS, "sparse"))));
}

#[test]
fn a_switch_has_to_show() {
    let said = |active: bool, status: Value| {
        let mut body = fixture(LINKS, "counter");
        body["status"] = status;
        read(&Ask::SetActive { link: "plink_1".into(), active }, &body)
    };
    assert_eq!(link_of(said(false, json!("inactive"))).status, LinkStatus::Deactivated);
    assert_eq!(link_of(said(true, json!("active"))).status, LinkStatus::Active);
    for (active, status) in
        [(false, json!("active")), (true, json!("inactive")), (true, Value::Null), (true, json!("odd"))]
    {
        assert!(is_unsure(&said(active, status.clone())), "{active} {status}");
    }
}

#[test]
fn a_change_has_to_show() {
    let change = Change {
        title: Some("Counter".into()),
        amount: Some(AmountKind::Open {
            currency: money(1, "EUR").currency,
            min: None,
            max: None,
            preset: Some(500),
        }),
        max_payments: Some(1000),
        ends_unix_ms: Some(1_760_000_600_999),
        metadata: [("till".to_owned(), "2".to_owned())].into(),
        after: Some(After::Redirect("https://shop.example/thanks".into())),
        ..Change::default()
    };
    let ask = Ask::UpdateLink { link: "plink_1".into(), change };
    assert!(read(&ask, &fixture(LINKS, "counter")).is_ok());
    for (field, other) in [
        ("description", json!("Till")),
        ("amount", Value::Null),
        ("maxPayments", json!(1)),
        ("expiresAt", Value::Null),
        ("metadata", json!({})),
        ("returnUrl", json!("https://shop.example/")),
    ] {
        let mut body = fixture(LINKS, "counter");
        body[field] = other;
        assert!(is_unsure(&read(&ask, &body)), "{field}");
    }
}

#[test]
fn lists_are_filtered_by_what_the_links_say() {
    let body = list(json!([fixture(LINKS, "sale"), fixture(LINKS, "closed")]), false, None);
    let ids = |active| match read(&Ask::ListLinks { active, cursor: None }, &body) {
        Ok(Answer::Links(page)) => page.items.into_iter().map(|link| link.id).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(ids(None), ["plink_7Hd2k9Qa", "plink_8closed"]);
    assert_eq!(ids(Some(true)), ["plink_7Hd2k9Qa"]);
    assert_eq!(ids(Some(false)), ["plink_8closed"]);
}

#[test]
fn a_page_says_where_the_next_one_begins() {
    let payment = fixture(PAYMENTS, "newer");
    let next = |body: Value, cursor: Option<&str>| {
        let cursor = cursor.map(str::to_owned);
        match read(&Ask::ListPayments { link: "plink_7Hd2k9Qa".into(), cursor }, &body) {
            Ok(Answer::Payments(page)) => Ok(page.next),
            Ok(other) => panic!("{other:?}"),
            Err(trouble) => Err(trouble),
        }
    };
    let data = json!([payment]);
    assert_eq!(next(list(data.clone(), false, Some("pay_x")), None), Ok(None));
    assert_eq!(next(list(data.clone(), true, Some("pay_x")), None), Ok(Some("pay_x".into())));
    assert_eq!(next(list(data.clone(), true, None), None), Ok(Some("pay_3Nf8x2a".into())));
    assert!(next(list(data.clone(), true, None), Some("pay_3Nf8x2a")).is_err());
    assert!(next(list(json!([]), true, None), None).is_err());
    assert!(next(json!({"object": "list", "data": data}), None).is_err());
    assert!(next(json!({"object": "search", "data": [], "page": {"has_more": false}}), None).is_err());
}

#[test]
fn a_payment_of_another_link_is_left_out_and_one_that_may_be_ours_is_in_doubt() {
    let listed = |change: &dyn Fn(&mut Value)| {
        let mut odd = fixture(PAYMENTS, "newer");
        odd["id"] = json!("pay_odd");
        change(&mut odd);
        let body = list(json!([odd, fixture(PAYMENTS, "newer")]), false, None);
        match read(&Ask::ListPayments { link: "plink_7Hd2k9Qa".into(), cursor: None }, &body) {
            Ok(Answer::Payments(page)) => Some(page.items),
            Err(Trouble::Unsure { .. }) => None,
            other => panic!("{other:?}"),
        }
    };
    let ids = |change: &dyn Fn(&mut Value)| {
        listed(change).map(|items| items.into_iter().map(|one| one.key.id).collect::<Vec<_>>())
    };
    let ours = || vec!["pay_3Nf8x2a".to_owned()];
    assert_eq!(ids(&|odd| odd["paymentLink"] = json!("plink_2")), Some(ours()));
    let unreadable = |odd: &mut Value| {
        odd["paymentLink"] = json!("plink_2");
        odd["currency"] = json!("COINS");
        odd["amount"] = json!({"value": 1});
    };
    assert_eq!(ids(&unreadable), Some(ours()));
    let other_mode = |odd: &mut Value| {
        odd["paymentLink"] = Value::Null;
        odd["livemode"] = json!(true);
    };
    assert_eq!(ids(&other_mode), Some(ours()));
    assert_eq!(ids(&|odd| odd["livemode"] = json!(true)), None, "it contradicts itself");
    assert_eq!(ids(&|odd| odd["currency"] = json!("COINS")), None);
    let nameless = listed(&|odd| odd["paymentLink"] = Value::Null).expect("its sale is named");
    assert_eq!((&nameless[0].link, nameless[0].reference.is_some()), (&None, true));
    let nobodys = |odd: &mut Value| {
        odd["paymentLink"] = Value::Null;
        odd["metadata"] = Value::Null;
    };
    assert_eq!(ids(&nobodys), None);
}

#[test]
fn one_payment_is_the_one_that_was_asked_for() {
    let ask = |id: &str| Ask::GetPayment { payment: id.to_owned() };
    let Ok(Answer::Payment(found)) = read(&ask("pay_3Nf8x2a"), &fixture(PAYMENTS, "older")) else {
        panic!("a payment")
    };
    assert_eq!((found.status, found.link), (PaymentStatus::Succeeded, None));
    assert!(is_unsure(&read(&ask("pay_2"), &fixture(PAYMENTS, "older"))));
    let mut live = fixture(PAYMENTS, "older");
    live["livemode"] = json!(true);
    assert!(is_unsure(&read(&ask("pay_3Nf8x2a"), &live)));
}

#[test]
fn refunds_are_those_asked_for() {
    let ask = |payment: &str, amount| Ask::Refund {
        payment: payment.to_owned(),
        link: None,
        amount,
        reason: None,
        key: "k".into(),
    };
    let part = fixture(REFUNDS, "part");
    let Ok(Answer::Refund(refund)) = read(&ask("pay_3Nf8x2a", Some(money(250, "EUR"))), &part) else {
        panic!("a refund")
    };
    assert_eq!((refund.status, refund.reason), (RefundStatus::Pending, None));
    assert!(read(&ask("pay_3Nf8x2a", None), &part).is_ok());
    assert!(is_unsure(&read(&ask("pay_3Nf8x2a", Some(money(251, "EUR"))), &part)));
    assert!(is_unsure(&read(&ask("pay_3Nf8x2a", Some(money(250, "USD"))), &part)));
    assert!(is_unsure(&read(&ask("pay_2", None), &part)));
    let all = list(json!([fixture(REFUNDS, "rest"), part]), false, None);
    let listed = Ask::ListRefunds { payment: "pay_3Nf8x2a".into(), cursor: None };
    let Ok(Answer::Refunds(page)) = read(&listed, &all) else { panic!("refunds") };
    assert_eq!(page.items.iter().map(|refund| refund.amount.minor).sum::<i64>(), 1250);
    let others = read(&Ask::ListRefunds { payment: "pay_2".into(), cursor: None }, &all);
    assert!(matches!(others, Ok(Answer::Refunds(page)) if page.items.is_empty()), "another payment's");
    let mut odd = all.clone();
    odd["data"][0]["currency"] = json!("COINS");
    assert!(is_unsure(&read(&listed, &odd)));
}

/// Whatever comes, a question is answered or in trouble; the same rounds every time.
#[test]
fn no_body_breaks_the_reader() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut below = |n: usize| dice.below(n);
    let link = || "plink_7Hd2k9Qa".to_owned();
    let payment = || "pay_3Nf8x2a".to_owned();
    let asks = [
        (Ask::CreateLink(sale()), fixture(LINKS, "sale")),
        (Ask::GetLink { link: link() }, fixture(LINKS, "sale")),
        (Ask::SetActive { link: link(), active: false }, fixture(LINKS, "sale")),
        (Ask::UpdateLink { link: link(), change: Change::default() }, fixture(LINKS, "sale")),
        (
            Ask::ListPayments { link: link(), cursor: None },
            list(json!([fixture(PAYMENTS, "newer")]), true, None),
        ),
        (Ask::GetPayment { payment: payment() }, fixture(PAYMENTS, "partially_refunded")),
        (
            Ask::ListRefunds { payment: payment(), cursor: None },
            list(json!([fixture(REFUNDS, "part")]), true, None),
        ),
    ];
    let mut believed = 0;
    for round in 0..20_000 {
        let (ask, whole) = &asks[round % asks.len()];
        let mut body = whole.to_string().into_bytes();
        for _ in 0..below(3) {
            let at = below(body.len());
            match below(4) {
                0 => drop(body.remove(at)),
                1 => body.insert(at, u8::try_from(below(256)).expect("a byte")),
                2 => body.truncate(at.max(1)),
                _ => body[at] ^= 1 << below(8),
            }
        }
        if below(50) == 0 {
            body = (0..below(64)).map(|_| u8::try_from(below(256)).expect("a byte")).collect();
        }
        let status = if below(5) == 0 { 400 + u16::try_from(below(200)).expect("small") } else { 200 };
        let response = Response { status, headers: Vec::new(), body };
        believed += usize::from(answer(ask, &response, OWNER, false).is_ok());
    }
    assert!(believed > 1_000, "only {believed} rounds were whole: the mutations test nothing");
}
