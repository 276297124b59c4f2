//! What storekit's answer to a question means.

use serde_json::Value;

use super::payment::LINK_PREFIX;
use super::payment::Reading;
use super::trouble::trouble;
use super::wire::List;
use super::wire::PaymentLink;
use super::wire::Refund as WireRefund;
use super::wire::Transaction;
use crate::core::money::Money;
use crate::core::payment::LinkKind;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::port::provider::Page;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::provider::judge;
use crate::provider::judge::same;
use crate::provider::list;
use crate::provider::list::Raw;
use crate::provider::rest::parse;
use crate::provider::rest::unsure;

pub fn answer(ask: &Ask, response: &Response, reading: Reading<'_>) -> Result<Answer, Trouble> {
    if !(200..300).contains(&response.status) {
        return Err(trouble(response));
    }
    let body = response.body.as_slice();
    match ask {
        Ask::CreateLink(order) => ordered(order, link(body, reading)?),
        Ask::GetLink { link: asked } => {
            let found = link(body, reading)?;
            same(asked, &found.id)?;
            Ok(Answer::Link(found))
        }
        Ask::ListLinks { active, .. } => {
            // Nothing in a link says its mode.
            let read = |found: &PaymentLink| reading.link(found).map_err(unsure);
            page(body, |raw| list::links(raw, *active, |_| false, read)).map(Answer::Links)
        }
        Ask::SetActive { link: asked, active } => {
            let found = link(body, reading)?;
            same(asked, &found.id)?;
            if found.status.is_payable() == *active {
                Ok(Answer::Link(found))
            } else {
                Err(unsure(format!("{} was not switched", found.id)))
            }
        }
        Ask::ListPayments { link, .. } => {
            // The list is the link's own, by its address: one that names nothing is the link's too.
            let read = |found: &Transaction| reading.payment(found, link).map(Some).map_err(unsure);
            page(body, |raw| list::items(raw, |item| names_another(item, link), read)).map(Answer::Payments)
        }
        Ask::Refund { payment, amount, .. } => refund(payment, *amount, body, reading),
        Ask::CreateLinkFrom { .. }
        | Ask::UpdateLink { .. }
        | Ask::OpenCheckouts { .. }
        | Ask::ExpireCheckout { .. }
        | Ask::GetPayment { .. }
        | Ask::ListRefunds { .. }
        | Ask::Connection
        | Ask::Connect(_)
        | Ask::PaymentMethods => Err(unsure("a question that storekit is never asked".to_owned())),
    }
}

/// A link is shown to a customer only if it is the one that was ordered: storekit fills in the currency, and
/// a one-off link that was taken for a reusable one could be paid twice.
fn ordered(order: &LinkOrder, found: LinkState) -> Result<Answer, Trouble> {
    judge::carries_reference(order, &found)?;
    let limited = match (order.kind, found.kind) {
        (LinkKind::OneOff, LinkKind::OneOff) => true,
        (LinkKind::Reusable { max_payments: asked }, LinkKind::Reusable { max_payments: got }) => {
            asked == got
        }
        (LinkKind::OneOff, LinkKind::Reusable { .. }) | (LinkKind::Reusable { .. }, LinkKind::OneOff) => {
            false
        }
    };
    if !limited {
        return Err(unsure(format!("link {} may be paid more or less often than was ordered", found.id)));
    }
    // One with another amount is ours all the same: whoever ordered it compares, and withdraws it.
    Ok(Answer::Link(found))
}

fn link(body: &[u8], reading: Reading<'_>) -> Result<LinkState, Trouble> {
    reading.link(&parse::<PaymentLink>(body)?).map_err(unsure)
}

fn refund(payment: &str, asked: Option<Money>, body: &[u8], reading: Reading<'_>) -> Result<Answer, Trouble> {
    let found = reading.refund(&parse::<WireRefund>(body)?).map_err(unsure)?;
    same(payment, &found.payment)?;
    judge::gives_back(asked, &found)?;
    Ok(Answer::Refund(found))
}

/// Whether an item of a link's list says that it is another's. The id of an item may be its link's.
fn names_another(item: &Value, asked: &str) -> bool {
    let names = ["/paymentLinkId", "/paymentLink", "/paymentLink/id", "/id"].map(|at| item.pointer(at));
    let mut links =
        names.into_iter().flatten().filter_map(Value::as_str).filter(|id| id.starts_with(LINK_PREFIX));
    let first = links.next();
    first.is_some_and(|first| first != asked && links.all(|id| id != asked))
}

fn page<U>(body: &[u8], read: impl FnOnce(&[Raw]) -> Result<Vec<U>, Trouble>) -> Result<Page<U>, Trouble> {
    let list: List = parse(body)?;
    if list.next_cursor.is_some() && list.data.is_empty() {
        return Err(unsure("an empty page that says there is more".to_owned()));
    }
    Ok(Page { items: read(&list.data)?, next: list.next_cursor })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::subject::LINK;
    use super::super::subject::READING;
    use super::super::subject::fixture;
    use super::super::subject::money;
    use super::super::subject::sale;
    use super::*;
    use crate::core::payment::AmountKind;
    use crate::core::payment::LinkStatus;
    use crate::core::payment::PaymentStatus;
    use crate::core::payment::RefundStatus;

    fn read(ask: &Ask, body: &Value) -> Result<Answer, Trouble> {
        let response = Response { status: 200, headers: Vec::new(), body: body.to_string().into() };
        answer(ask, &response, READING)
    }

    fn get() -> Ask {
        Ask::GetLink { link: LINK.to_owned() }
    }

    fn payments() -> Ask {
        Ask::ListPayments { link: LINK.to_owned(), cursor: None }
    }

    fn refund_of(payment: &str, amount: Option<Money>) -> Ask {
        let (payment, link) = (payment.to_owned(), Some(LINK.to_owned()));
        Ask::Refund { payment, link, amount, reason: None, key: "r.1".to_owned() }
    }

    fn is_unsure(said: &Result<Answer, Trouble>) -> bool {
        matches!(said, Err(Trouble::Unsure { .. }))
    }

    #[test]
    fn a_link_is_read_with_all_it_says() {
        let Ok(Answer::Link(link)) = read(&get(), &fixture("link")) else { panic!("a link") };
        assert_eq!(
            (link.id.as_str(), &link.status, link.kind),
            (LINK, &LinkStatus::Active, LinkKind::OneOff)
        );
        assert_eq!(link.amount, Some(AmountKind::Fixed(money(1250, "GBP"))));
        assert_eq!((link.payments, link.ends_unix_ms), (Some(0), Some(1_795_176_000_000)));
        assert_eq!(link.title.as_deref(), Some("Café Zwölf"));
        let mut open = fixture("link");
        open["amountType"] = json!("variable");
        open["amount"] = Value::Null;
        open["minAmount"] = json!(500);
        let Ok(Answer::Link(link)) = read(&get(), &open) else { panic!("a link") };
        let currency = money(1, "GBP").currency;
        let bounds = AmountKind::Open { currency, min: Some(500), max: None, preset: None };
        assert_eq!(link.amount, Some(bounds));
    }

    #[test]
    fn a_link_that_says_too_little_or_something_unknown_is_unsure() {
        for (field, value) in [
            ("id", json!("")),
            ("id", json!("../x")),
            ("url", json!("")),
            ("status", Value::Null),
            ("type", json!("subscription")),
            ("amountType", json!("tip")),
            ("amount", Value::Null),
            ("amount", json!(-1)),
            ("amount", json!(12.5)),
            ("amount", json!("1250")),
            ("currency", Value::Null),
            ("currency", json!("XYZ")),
            ("expiresAt", json!("soon")),
        ] {
            let mut link = fixture("link");
            link[field] = value;
            let said = read(&get(), &link);
            assert!(is_unsure(&said), "{field}: {said:?}");
        }
    }

    #[test]
    fn only_the_link_that_was_ordered_is_shown() {
        let said = |change: fn(&mut Value)| {
            let mut link = fixture("link");
            change(&mut link);
            read(&Ask::CreateLink(sale()), &link)
        };
        assert!(said(|_| ()).is_ok());
        for change in [
            (|link| link["type"] = json!("reusable")) as fn(&mut Value),
            |link| link["reference"] = Value::Null,
            |link| link["reference"] = json!("INV-7"),
        ] {
            assert!(is_unsure(&said(change)), "{:?}", said(change));
        }
        let kind = LinkKind::Reusable { max_payments: Some(2) };
        let mut link = fixture("link");
        link["type"] = json!("reusable");
        for (most, good) in [(json!(2), true), (json!(3), false), (Value::Null, false)] {
            link["maxPayments"] = most;
            assert_eq!(read(&Ask::CreateLink(LinkOrder { kind, ..sale() }), &link).is_ok(), good, "{link}");
        }
    }

    #[test]
    fn a_list_gives_the_links_that_were_asked_for_and_says_whether_it_goes_on() {
        let ids =
            |active: Option<bool>| match read(&Ask::ListLinks { active, cursor: None }, &fixture("links")) {
                Ok(Answer::Links(page)) => {
                    let ids: Vec<String> =
                        page.items.into_iter().map(|link| format!("{:?}", link.status)).collect();
                    (ids.join(" "), page.next)
                }
                other => panic!("{other:?}"),
            };
        let next = || Some("eyJhZnRlciI6M30=".to_owned());
        assert_eq!(ids(None), ("Active Completed Exhausted Expired Deactivated".to_owned(), next()));
        assert_eq!(ids(Some(true)), ("Active".to_owned(), next()));
        assert_eq!(ids(Some(false)), ("Completed Exhausted Expired Deactivated".to_owned(), next()));
    }

    #[test]
    fn a_list_that_does_not_say_whether_it_goes_on_is_unsure() {
        let mut list = fixture("transactions");
        assert!(read(&payments(), &list).is_ok());
        list.as_object_mut().expect("an object").remove("nextCursor");
        assert!(is_unsure(&read(&payments(), &list)));
        assert!(is_unsure(&read(&payments(), &json!({"data": [], "nextCursor": "x"}))));
        assert!(read(&payments(), &json!({"data": [], "nextCursor": null})).is_ok());
    }

    #[test]
    fn a_links_payments_are_read_with_what_was_given_back() {
        let Ok(Answer::Payments(page)) = read(&payments(), &fixture("transactions")) else { panic!("some") };
        let found: Vec<_> = page.items.iter().map(|payment| (&payment.status, payment.refunded)).collect();
        let expected = [
            (&PaymentStatus::Refunded, 400),
            (&PaymentStatus::PartiallyRefunded, 250),
            (&PaymentStatus::Succeeded, 0),
        ];
        assert_eq!(found, expected);
        assert_eq!(page.items[2].amount, money(1250, "GBP"));
        assert!(page.items.iter().all(|payment| payment.link.as_deref() == Some(LINK)));
    }

    #[test]
    fn deactivating_is_believed_only_when_it_shows() {
        let ask = Ask::SetActive { link: LINK.to_owned(), active: false };
        let mut link = fixture("link");
        assert!(is_unsure(&read(&ask, &link)));
        link["status"] = json!("inactive");
        assert!(
            matches!(read(&ask, &link), Ok(Answer::Link(found)) if found.status == LinkStatus::Deactivated)
        );
        let empty = Response { status: 204, headers: Vec::new(), body: Vec::new() };
        assert!(is_unsure(&answer(&ask, &empty, READING)), "nothing says that it is off");
    }

    #[test]
    fn a_refund_is_the_one_that_was_asked_for() {
        let body = fixture("refund");
        let Ok(Answer::Refund(refund)) = read(&refund_of("pay_1", Some(money(250, "GBP"))), &body) else {
            panic!("a refund")
        };
        assert_eq!((refund.status, refund.amount), (RefundStatus::Pending, money(250, "GBP")));
        assert!(read(&refund_of("pay_1", None), &body).is_ok());
        assert!(is_unsure(&read(&refund_of("pay_1", Some(money(251, "GBP"))), &body)));
        assert!(is_unsure(&read(&refund_of("pay_2", None), &body)));
    }

    #[test]
    fn an_answer_about_something_else_is_unsure() {
        let other = || "plink_2".to_owned();
        for (ask, body) in [
            (Ask::GetLink { link: other() }, fixture("link")),
            (Ask::SetActive { link: other(), active: true }, fixture("link")),
            (Ask::GetPayment { payment: "pay_1".to_owned() }, fixture("transactions")),
        ] {
            assert!(is_unsure(&read(&ask, &body)), "{ask:?}");
        }
    }

    #[test]
    fn a_payment_that_names_another_link_is_left_out() {
        let whole = fixture("transactions");
        let count = |list: &Value| match read(&payments(), list) {
            Ok(Answer::Payments(page)) => Some(page.items.len()),
            Err(Trouble::Unsure { .. }) => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(count(&whole), Some(3));
        let mut odd = whole.clone();
        odd["data"][0] = json!({"paymentLinkId": "plink_2", "amount": "much"});
        assert_eq!(count(&odd), Some(2));
        odd["data"][0] = json!({"id": "plink_2"});
        assert_eq!(count(&odd), Some(2));
        odd["data"][0] = json!({"id": LINK, "paymentLink": {"id": "plink_2"}});
        assert_eq!(count(&odd), None, "it names both");
        odd["data"][0] = json!({"id": "pay_7", "amount": "much"});
        assert_eq!(count(&odd), None, "it is in the link's own list");
    }
}
