//! Yabetoo's examples, read; and answers that are not believed.

use serde_json::Value;
use serde_json::json;

use super::super::subject::READING;
use super::super::subject::REFERENCE;
use super::super::subject::money;
use super::super::subject::sale;
use super::*;
use crate::core::payment::LinkKind;
use crate::core::payment::LinkStatus;
use crate::core::payment::PaymentStatus;
use crate::port::provider::Change;

const LINKS: &str = include_str!("../../../../tests/fixtures/yabetoo/links.json");
const INTENTS: &str = include_str!("../../../../tests/fixtures/yabetoo/intents.json");

fn example(of: &str, name: &str) -> Value {
    let mut all: Value = serde_json::from_str(of).expect("JSON");
    let found = all[name].take();
    assert!(found.is_object() || found.is_array(), "no example {name}");
    found
}

fn read(ask: &Ask, body: &Value) -> Result<Answer, Trouble> {
    let response = Response { status: 200, headers: Vec::new(), body: body.to_string().into() };
    answer(ask, &response, READING, false)
}

fn is_unsure(said: &Result<Answer, Trouble>) -> bool {
    matches!(said, Err(Trouble::Unsure { .. }))
}

const LINK: &str = "plink_abc123def456ghi789jkl012";

fn get_link() -> Ask {
    Ask::GetLink { link: LINK.to_owned() }
}

fn list_payments() -> Ask {
    Ask::ListPayments { link: LINK.to_owned(), cursor: None }
}

#[test]
fn the_documented_examples_are_read() {
    let Ok(Answer::Link(link)) = read(&get_link(), &example(LINKS, "product")) else { panic!("a link") };
    assert_eq!((link.status, link.payments, link.amount), (LinkStatus::Active, Some(0), None));
    assert_eq!(link.kind, LinkKind::Reusable { max_payments: Some(500) });
    assert_eq!(link.url, "https://pay.yabetoo.com/p/training");
    let id = "pi_OYgGCdY1VaWvszwZcAY7VXvuXI70Ao9rsuMl";
    let ask = Ask::GetPayment { payment: id.to_owned() };
    let Ok(Answer::Payment(payment)) = read(&ask, &example(INTENTS, "single")) else { panic!("one") };
    assert_eq!((payment.amount, payment.status), (money(10_000, "XAF"), PaymentStatus::Succeeded));
    assert_eq!((payment.link, payment.key.id.as_str()), (None, id));
}

#[test]
fn payments_are_read_in_every_shape_of_list_with_the_link_that_they_name() {
    for shape in ["array", "data", "has_more", "meta"] {
        let said = read(&list_payments(), &example(INTENTS, shape));
        let Ok(Answer::Payments(page)) = said else { panic!("{shape}: {said:?}") };
        let told: Vec<_> = page.items.iter().map(|one| (one.status.clone(), one.declined)).collect();
        assert_eq!(told, [(PaymentStatus::Succeeded, false), (PaymentStatus::Failed, true)], "{shape}");
        assert!(page.items.iter().all(|one| one.link.as_deref() == Some(LINK)), "{shape}");
        assert!(page.items[0].at_unix_ms > page.items[1].at_unix_ms, "{shape}");
    }
}

#[test]
fn links_are_read_in_every_shape_of_list() {
    let ask = Ask::ListLinks { active: Some(true), cursor: None };
    for shape in ["array", "data", "has_more", "meta"] {
        let said = read(&ask, &example(LINKS, shape));
        let Ok(Answer::Links(page)) = said else { panic!("{shape}: {said:?}") };
        assert_eq!(page.items.len(), 2, "{shape}");
        assert_eq!(page.items[0].reference.as_deref(), Some("counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R"));
        assert_eq!(page.next.is_some(), shape == "meta", "{shape}");
    }
}

#[test]
fn a_link_that_is_not_what_was_ordered_is_not_ours() {
    let good = || {
        let mut link = example(LINKS, "sale");
        link["metadata"] = json!({"reference": sale().reference});
        link
    };
    let ask = Ask::CreateLink(sale());
    assert!(matches!(read(&ask, &good()), Ok(Answer::Link(_))));
    for (field, value) in [
        ("type", json!("product")),
        ("maxRedemptions", Value::Null),
        ("maxRedemptions", json!(2)),
        ("metadata", json!({})),
        ("liveMode", json!(true)),
    ] {
        let mut other = good();
        other[field] = value;
        let said = read(&ask, &other);
        assert!(is_unsure(&said), "{field}: {said:?}");
    }
}

#[test]
fn switching_is_believed_only_when_it_shows() {
    let ask = |active| Ask::SetActive { link: LINK.to_owned(), active };
    let mut link = example(LINKS, "sale");
    assert!(read(&ask(true), &link).is_ok() && is_unsure(&read(&ask(false), &link)));
    link["isActive"] = json!(false);
    assert!(read(&ask(false), &link).is_ok() && is_unsure(&read(&ask(true), &link)));
    link["redemptionCount"] = json!(1);
    let Ok(Answer::Link(paid)) = read(&ask(false), &link) else { panic!("a link") };
    assert_eq!(paid.status, LinkStatus::Completed);
    link["isActive"] = Value::Null;
    link["status"] = json!("inactive");
    assert!(is_unsure(&read(&ask(false), &link)));
}

#[test]
fn an_update_shows_in_its_answer() {
    let change = |title: &str| Change { title: Some(title.to_owned()), ..Change::default() };
    let ask = |title| Ask::UpdateLink { link: LINK.to_owned(), change: change(title) };
    assert!(read(&ask("Café Zwölf"), &example(LINKS, "sale")).is_ok());
    assert!(is_unsure(&read(&ask("Another"), &example(LINKS, "sale"))));
}

#[test]
fn an_answer_about_something_else_is_unsure() {
    let other = || "other_1".to_owned();
    for (ask, body) in [
        (Ask::GetLink { link: other() }, example(LINKS, "sale")),
        (Ask::SetActive { link: other(), active: true }, example(LINKS, "sale")),
        (Ask::UpdateLink { link: other(), change: Change::default() }, example(LINKS, "sale")),
        (Ask::GetPayment { payment: "pi_other".into() }, example(INTENTS, "single")),
    ] {
        assert!(is_unsure(&read(&ask, &body)), "{ask:?}");
    }
}

#[test]
fn another_links_intents_are_left_out_and_nobodys_are_in_doubt() {
    let list = example(INTENTS, "array");
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut list = list.clone();
        change(&mut list);
        match read(&list_payments(), &list) {
            Ok(Answer::Payments(page)) => Ok(page.items),
            Ok(other) => panic!("{other:?}"),
            Err(Trouble::Unsure { message }) => Err(message),
            Err(other) => panic!("{other:?}"),
        }
    };
    for odd in [json!(1250), json!("much"), Value::Null] {
        let other = changed(&|list| {
            list[0]["paymentLink"] = json!("plink_other");
            list[0]["amount"] = odd.clone();
        });
        assert_eq!(other.map(|items| items.len()), Ok(1), "{odd}");
    }
    let by_reference = changed(&|list| {
        list[0]["paymentLink"] = Value::Null;
        list[0]["metadata"] = json!({"reference": REFERENCE});
    });
    let payment = by_reference.expect("a sale's").pop().expect("the older one");
    assert_eq!((payment.link, payment.reference.as_deref()), (None, Some(REFERENCE)));
    let nobodys = changed(&|list| list[0]["paymentLink"] = Value::Null);
    assert!(nobodys.is_err_and(|message| message.contains("`trust_link_filter`")));
    assert!(changed(&|list| list[0]["amount"] = json!("much")).is_err(), "it is this link's");
    assert!(changed(&|list| list[0]["liveMode"] = json!(true)).is_err(), "it contradicts itself");
}

#[test]
fn a_list_that_is_known_to_obey_is_taken_at_its_word() {
    let body = example(INTENTS, "nameless");
    let response = Response { status: 200, headers: Vec::new(), body: body.to_string().into() };
    assert!(is_unsure(&read(&list_payments(), &body)));
    let said = answer(&list_payments(), &response, READING, true);
    let Ok(Answer::Payments(page)) = said else { panic!("{said:?}") };
    assert_eq!(page.items.len(), 2);
    assert!(page.items.iter().all(|one| one.link.as_deref() == Some(LINK)));
}
