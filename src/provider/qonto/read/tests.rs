//! Qonto's examples, read; and answers that are not believed.

use serde_json::Value;
use serde_json::json;

use super::super::NAME;
use super::super::subject::REFERENCE;
use super::super::subject::money as euros;
use super::super::subject::sale;
use super::*;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::core::payment::LinkStatus;
use crate::core::payment::Mode;
use crate::core::payment::PaymentStatus;
use crate::port::provider::LinkState;
use crate::provider::dice::Dice;

const OWNER: Owner<'_> = Owner { provider: NAME, account: "shop", mode: Mode::Test };
const LINK: &str = "0199e1de-4fa1-7324-9aed-0b0f6a65243e";

macro_rules! fixture {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../../tests/fixtures/qonto/", $name)))
            .expect("JSON")
    };
}

fn read(ask: &Ask, body: &Value) -> Result<Answer, Trouble> {
    let response = Response { status: 200, headers: Vec::new(), body: body.to_string().into() };
    answer(ask, &response, OWNER)
}

fn get() -> Ask {
    Ask::GetLink { link: LINK.to_owned() }
}

fn got(body: &Value) -> LinkState {
    match read(&get(), body) {
        Ok(Answer::Link(link)) => link,
        other => panic!("{other:?}"),
    }
}

fn is_unsure(said: &Result<Answer, Trouble>) -> bool {
    matches!(said, Err(Trouble::Unsure { .. }))
}

#[test]
fn a_basket_and_an_invoice_are_read() {
    let basket = got(&fixture!("link_basket.json"));
    assert_eq!(basket.amount, Some(AmountKind::Fixed(euros(1250, "EUR"))));
    assert_eq!((basket.kind, basket.status), (LinkKind::OneOff, LinkStatus::Active));
    assert_eq!(basket.reference.as_deref(), Some(REFERENCE));
    assert_eq!(basket.title.as_deref(), Some("Café Zwölf"));
    assert_eq!(basket.ends_unix_ms, rest::millis("2027-10-09T08:50:00Z").ok());
    let invoice = got(&fixture!("link_invoice.json"));
    assert_eq!((invoice.kind, invoice.title, invoice.reference), (LinkKind::OneOff, None, None));
}

#[test]
fn the_word_paid_never_ends_a_reusable_link() {
    let mut body = fixture!("link_basket.json");
    body["payment_link"]["status"] = json!("paid");
    assert_eq!(got(&body).status, LinkStatus::Completed);
    body["payment_link"]["reusable"] = json!(true);
    assert_eq!(got(&body).status, LinkStatus::Active);
}

#[test]
fn an_order_is_answered_with_its_own_link_whatever_it_asks_for() {
    let order = Ask::CreateLink(sale());
    let body = fixture!("link_basket.json");
    assert!(matches!(read(&order, &body), Ok(Answer::Link(_))));
    let mut dearer = body.clone();
    dearer["payment_link"]["amount"]["value"] = json!("12.51");
    let Ok(Answer::Link(link)) = read(&order, &dearer) else { panic!("a link to withdraw") };
    assert_eq!(link.amount, Some(AmountKind::Fixed(euros(1251, "EUR"))));
    let mut reusable = body.clone();
    reusable["payment_link"]["reusable"] = json!(true);
    assert!(is_unsure(&read(&order, &reusable)));
    let mut bare = body;
    bare["payment_link"]["items"][0]["title"] = json!("Café Zwölf");
    assert!(is_unsure(&read(&order, &bare)));
}

#[test]
fn what_is_missing_or_of_something_else_is_unsure() {
    let whole = fixture!("link_basket.json");
    assert!(is_unsure(&read(&Ask::GetLink { link: "other".into() }, &whole)));
    let off = Ask::SetActive { link: LINK.to_owned(), active: false };
    assert!(is_unsure(&read(&off, &whole)), "it is still open");
    let mut canceled = whole.clone();
    canceled["payment_link"]["status"] = json!("canceled");
    assert!(matches!(read(&off, &canceled), Ok(Answer::Link(_))));
    for (field, value) in [
        ("id", json!("")),
        ("id", json!("a/b")),
        ("url", json!("")),
        ("amount", Value::Null),
        ("amount", json!({"value": 12.5, "currency": "EUR"})),
        ("amount", json!({"value": "12.505", "currency": "EUR"})),
        ("amount", json!({"value": "12,50", "currency": "EUR"})),
        ("amount", json!({"value": "-1", "currency": "EUR"})),
        ("amount", json!({"value": "12.50", "currency": "XAU"})),
        ("status", Value::Null),
        ("reusable", Value::Null),
    ] {
        let mut body = whole.clone();
        body["payment_link"][field] = value.clone();
        assert!(is_unsure(&read(&get(), &body)), "{field}: {value}");
    }
    assert!(is_unsure(&read(&get(), &whole["payment_link"])), "not wrapped");
}

#[test]
fn payments_are_read_with_their_own_times() {
    let ask = Ask::ListPayments { link: LINK.to_owned(), cursor: None };
    let Ok(Answer::Payments(page)) = read(&ask, &fixture!("payments.json")) else { panic!("payments") };
    let found = page.items.iter().map(|one| (one.status.clone(), one.declined, one.at_unix_ms));
    let at = |text| rest::millis(text).expect("a time");
    let expected = [
        (PaymentStatus::Succeeded, false, at("2026-10-09T08:53:20Z")),
        (PaymentStatus::Failed, true, at("2026-10-09T08:51:10Z")),
    ];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(page.items[0].amount, euros(1250, "EUR"));
    assert_eq!(page.items[0].link.as_deref(), Some(LINK));
    let key = &page.items[0].key;
    assert_eq!((key.provider.as_str(), key.account.as_str(), key.mode), ("qonto", "shop", Mode::Test));
    assert_eq!(page.next, None);
}

#[test]
fn pages_follow_each_other_without_a_gap() {
    let page = |cursor: Option<&str>, current: u32, next: Option<u32>| {
        let ask = Ask::ListPayments { link: LINK.to_owned(), cursor: cursor.map(str::to_owned) };
        let mut body = fixture!("payments.json");
        body["meta"]["current_page"] = json!(current);
        body["meta"]["next_page"] = json!(next);
        match read(&ask, &body) {
            Ok(Answer::Payments(page)) => Some(page.next),
            _ => None,
        }
    };
    assert_eq!(page(None, 1, Some(2)), Some(Some("2".to_owned())));
    assert_eq!(page(Some("2"), 2, None), Some(None));
    assert_eq!(page(Some("2"), 1, Some(2)), None);
    assert_eq!(page(Some("2"), 2, Some(2)), None);
    let ask = Ask::ListPayments { link: LINK.to_owned(), cursor: None };
    let mut empty = fixture!("payments.json");
    empty["payments"] = json!([]);
    assert!(matches!(read(&ask, &empty), Ok(Answer::Payments(_))));
    empty["meta"]["next_page"] = json!(2);
    assert!(is_unsure(&read(&ask, &empty)));
}

#[test]
fn lists_hold_what_was_asked_for() {
    let listed = |active| match read(&Ask::ListLinks { active, cursor: None }, &fixture!("links.json")) {
        Ok(Answer::Links(page)) => page.items.into_iter().map(|link| link.status).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let (open, reusable, canceled) = (LinkStatus::Active, LinkStatus::Active, LinkStatus::Deactivated);
    assert_eq!(listed(None), [open.clone(), reusable.clone(), canceled.clone()]);
    assert_eq!(listed(Some(true)), [open, reusable]);
    assert_eq!(listed(Some(false)), [canceled]);
}

#[test]
fn the_merchants_connection_and_methods_are_read() {
    let Ok(Answer::Connection(found)) = read(&Ask::Connection, &fixture!("connection.json")) else {
        panic!("a connection")
    };
    assert_eq!((found.status.as_str(), found.enabled), ("pending", false));
    assert!(found.location.is_some_and(|url| url.starts_with("https://")));
    let enabled = json!({"status": "enabled", "connection_location": null});
    assert!(matches!(read(&Ask::Connection, &enabled), Ok(Answer::Connection(found)) if found.enabled));
    let Ok(Answer::PaymentMethods(all)) = read(&Ask::PaymentMethods, &fixture!("methods.json")) else {
        panic!("methods")
    };
    let all: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.enabled)).collect();
    assert_eq!(all[..2], [("credit_card", true), ("apple_pay", false)]);
}

#[test]
fn a_missing_feature_is_said() {
    let response = Response { status: 404, headers: Vec::new(), body: Vec::new() };
    let said = |ask: &Ask| answer(ask, &response, OWNER).expect_err("missing").to_string();
    assert!(said(&Ask::CreateLink(sale())).contains("qrtill link connect"));
    assert!(!said(&get()).contains("qrtill link connect"));
}

#[test]
fn amounts_go_there_and_back_and_too_many_digits_are_refused() {
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    for round in 0..3_000 {
        let code = ["EUR", "JPY", "KWD"][round % 3];
        let sum = euros(i64::try_from(dice.below(100_000_000)).expect("small"), code);
        let amount = wire::Amount { value: sum.decimal(), currency: code.to_owned() };
        assert_eq!(money(&amount), Ok(sum), "round {round}");
        let point = if sum.currency.exponent() == 0 { "." } else { "" };
        let longer = wire::Amount { value: format!("{}{point}1", amount.value), ..amount };
        assert!(money(&longer).is_err(), "round {round}: {}", longer.value);
    }
}

#[test]
fn no_answer_whatever_its_bytes_breaks_the_reader() {
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let texts = [
        fixture!("link_basket.json").to_string(),
        fixture!("links.json").to_string(),
        fixture!("payments.json").to_string(),
        fixture!("connection.json").to_string(),
        fixture!("methods.json").to_string(),
    ];
    let asks = [
        Ask::CreateLink(sale()),
        get(),
        Ask::ListLinks { active: Some(true), cursor: None },
        Ask::ListPayments { link: LINK.to_owned(), cursor: None },
        Ask::Connection,
        Ask::PaymentMethods,
    ];
    let mut at = |below: usize| dice.below(below);
    for _ in 0..4_000 {
        let mut body = texts[at(texts.len())].clone().into_bytes();
        for _ in 0..=at(3) {
            let place = at(body.len());
            match at(3) {
                0 => body.truncate(place.max(1)),
                1 => body[place] = u8::try_from(at(256)).expect("a byte"),
                _ => body.insert(place, u8::try_from(at(256)).expect("a byte")),
            }
        }
        let status = [200, 201, 404, 422, 500][at(5)];
        let response = Response { status, headers: Vec::new(), body };
        let said = answer(&asks[at(asks.len())], &response, OWNER);
        assert!(status < 300 || said.is_err());
    }
}
