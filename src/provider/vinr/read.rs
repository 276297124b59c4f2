//! What VINR's answer to a question means.

use serde::de::DeserializeOwned;

use super::link;
use super::payment;
use super::payment::Owner;
use super::trouble::trouble;
use super::wire;
use super::wire::List;
use super::wire::Object;
use super::wire::PaymentLink;
use crate::core::money::Money;
use crate::core::payment::LinkKind;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::LinkState;
use crate::port::provider::Page;
use crate::port::provider::Payment;
use crate::port::provider::Refund;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::provider::rest;
use crate::provider::rest::unsure;

pub fn answer(ask: &Ask, response: &Response, owner: Owner<'_>) -> Result<Answer, Trouble> {
    if !(200..300).contains(&response.status) {
        return Err(trouble(response));
    }
    let body = response.body.as_slice();
    match ask {
        Ask::CreateLink(order) => {
            let (_, found) = one_link(body, Some(order.kind), owner)?;
            link::is_ordered(order, &found).map_err(unsure)?;
            Ok(Answer::Link(found))
        }
        Ask::GetLink { link } => {
            let (_, found) = one_link(body, None, owner)?;
            same(link, &found.id)?;
            Ok(Answer::Link(found))
        }
        Ask::UpdateLink { link, change } => {
            let (wire, found) = one_link(body, None, owner)?;
            same(link, &found.id)?;
            link::is_changed(change, &wire, &found).map_err(unsure)?;
            Ok(Answer::Link(found))
        }
        Ask::SetActive { link, active } => switched(link, *active, body, owner),
        Ask::ListLinks { active, cursor } => {
            let read = |found: &PaymentLink| {
                let state = link_state(found, None, owner)?;
                Ok(active.is_none_or(|active| state.status.is_payable() == active).then_some(state))
            };
            page(body, cursor.as_ref(), read).map(Answer::Links)
        }
        Ask::ListPayments { link, cursor } => {
            let read = |found: &wire::Payment| of_link(link, found, owner).map(Some);
            page(body, cursor.as_ref(), read).map(Answer::Payments)
        }
        Ask::GetPayment { payment } => {
            let found = one_payment(&rest::parse(body)?, owner)?;
            same(payment, &found.key.id)?;
            Ok(Answer::Payment(found))
        }
        Ask::Refund { payment, amount, .. } => {
            let found = one_refund(payment, &rest::parse(body)?, owner)?;
            as_asked(*amount, &found)?;
            Ok(Answer::Refund(found))
        }
        Ask::ListRefunds { payment, cursor } => {
            let read = |found: &wire::Refund| one_refund(payment, found, owner).map(Some);
            page(body, cursor.as_ref(), read).map(Answer::Refunds)
        }
        Ask::CreateLinkFrom { .. }
        | Ask::OpenCheckouts { .. }
        | Ask::ExpireCheckout { .. }
        | Ask::Connection
        | Ask::Connect(_)
        | Ask::PaymentMethods => Err(unsure("a question that VINR is never asked".to_owned())),
    }
}

/// A link that does not say whether it is active was not seen to be switched.
fn switched(asked: &str, active: bool, body: &[u8], owner: Owner<'_>) -> Result<Answer, Trouble> {
    let (wire, found) = one_link(body, None, owner)?;
    same(asked, &found.id)?;
    let says = wire.status.is_some() || wire.active.is_some();
    if says && found.status.is_payable() == active {
        Ok(Answer::Link(found))
    } else {
        Err(unsure(format!("{} was not switched", found.id)))
    }
}

fn one_link(
    body: &[u8],
    ordered: Option<LinkKind>,
    owner: Owner<'_>,
) -> Result<(PaymentLink, LinkState), Trouble> {
    let found: PaymentLink = rest::parse(body)?;
    let state = link_state(&found, ordered, owner)?;
    Ok((found, state))
}

fn link_state(
    found: &PaymentLink,
    ordered: Option<LinkKind>,
    owner: Owner<'_>,
) -> Result<LinkState, Trouble> {
    owner.is_mine(found).map_err(unsure)?;
    link::state(found, ordered).map_err(unsure)
}

fn one_payment(found: &wire::Payment, owner: Owner<'_>) -> Result<Payment, Trouble> {
    owner.is_mine(found).map_err(unsure)?;
    owner.payment(found, None).map_err(unsure)
}

/// A payment of another link would be booked in somebody else's place; it shows that the list was not asked
/// for by the right name. One that names no link is told by its reference alone.
fn of_link(asked: &str, found: &wire::Payment, owner: Owner<'_>) -> Result<Payment, Trouble> {
    let payment = one_payment(found, owner)?;
    match payment.link.as_deref() {
        Some(other) if other != asked => {
            let id = &payment.key.id;
            Err(unsure(format!("{id} came over `{other}`, asked was {asked}; see the option `link_filter`")))
        }
        Some(_) | None => Ok(payment),
    }
}

fn one_refund(asked: &str, found: &wire::Refund, owner: Owner<'_>) -> Result<Refund, Trouble> {
    owner.is_mine(found).map_err(unsure)?;
    let refund = payment::refund(found).map_err(unsure)?;
    same(asked, &refund.payment)?;
    Ok(refund)
}

fn as_asked(amount: Option<Money>, found: &Refund) -> Result<(), Trouble> {
    match amount {
        Some(asked) if asked != found.amount => {
            Err(unsure(format!("refund {} is of {}, asked was {asked}", found.id, found.amount)))
        }
        Some(_) | None => Ok(()),
    }
}

fn same(asked: &str, found: &str) -> Result<(), Trouble> {
    if asked == found { Ok(()) } else { Err(unsure(format!("an answer about `{found}`, asked was {asked}"))) }
}

/// One page. It goes on from the cursor that it names, or else from its last object.
fn page<T: DeserializeOwned + Object, U>(
    body: &[u8],
    from: Option<&String>,
    read: impl Fn(&T) -> Result<Option<U>, Trouble>,
) -> Result<Page<U>, Trouble> {
    let list: List<T> = rest::parse(body)?;
    if list.object.as_deref().is_some_and(|word| word != "list") {
        return Err(unsure("an answer that is not the list asked for".to_owned()));
    }
    let mut items = Vec::with_capacity(list.data.len());
    for found in &list.data {
        items.extend(read(found)?);
    }
    if !list.page.has_more {
        return Ok(Page { items, next: None });
    }
    let last = || list.data.last().map(|found| found.id().to_owned());
    let next = list.page.next_cursor.filter(|cursor| !cursor.is_empty()).or_else(last);
    if next.is_none() || next.as_ref() == from {
        return Err(unsure("a list that says there is more, and not where".to_owned()));
    }
    Ok(Page { items, next })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::money;
    use super::super::subject::sale;
    use super::*;
    use crate::core::payment::AmountKind;
    use crate::core::payment::LinkStatus;
    use crate::core::payment::Mode;
    use crate::core::payment::PaymentStatus;
    use crate::core::payment::RefundStatus;
    use crate::port::provider::After;
    use crate::port::provider::Change;

    const OWNER: Owner<'_> = Owner { account: "", mode: Mode::Test };
    const LINKS: &str = include_str!("../../../tests/fixtures/vinr/links.json");
    const PAYMENTS: &str = include_str!("../../../tests/fixtures/vinr/payments.json");
    const REFUNDS: &str = include_str!("../../../tests/fixtures/vinr/refunds.json");

    fn fixture(file: &str, name: &str) -> Value {
        let mut all: Value = serde_json::from_str(file).expect("JSON");
        all[name].take()
    }

    fn read(ask: &Ask, body: &Value) -> Result<Answer, Trouble> {
        let response = Response { status: 200, headers: Vec::new(), body: body.to_string().into() };
        answer(ask, &response, OWNER)
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
    fn a_payment_of_another_link_or_mode_or_another_payment_is_unsure() {
        let ours = |change: &dyn Fn(&mut Value)| {
            let mut payment = fixture(PAYMENTS, "newer");
            change(&mut payment);
            read(
                &Ask::ListPayments { link: "plink_7Hd2k9Qa".into(), cursor: None },
                &list(json!([payment]), false, None),
            )
        };
        assert!(ours(&|_| ()).is_ok());
        let nameless = ours(&|payment| payment["paymentLink"] = Value::Null);
        let Ok(Answer::Payments(page)) = nameless else { panic!("{nameless:?}") };
        assert_eq!((&page.items[0].link, page.items[0].reference.is_some()), (&None, true));
        let Err(Trouble::Unsure { message }) = ours(&|payment| payment["paymentLink"] = json!("plink_2"))
        else {
            panic!("another link's")
        };
        assert!(message.contains("link_filter"), "{message}");
        assert!(is_unsure(&ours(&|payment| payment["livemode"] = json!(true))));
        let ask = |id: &str| Ask::GetPayment { payment: id.to_owned() };
        let Ok(Answer::Payment(found)) = read(&ask("pay_3Nf8x2a"), &fixture(PAYMENTS, "older")) else {
            panic!("a payment")
        };
        assert_eq!((found.status, found.link), (PaymentStatus::Succeeded, None));
        assert!(is_unsure(&read(&ask("pay_2"), &fixture(PAYMENTS, "older"))));
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
        assert!(is_unsure(&read(&Ask::ListRefunds { payment: "pay_2".into(), cursor: None }, &all)));
    }

    /// Whatever comes, a question is answered or in trouble; the same rounds every time.
    #[test]
    fn no_body_breaks_the_reader() {
        let mut random: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut below = |n: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            usize::try_from(random % n as u64).expect("below n")
        };
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
            believed += usize::from(answer(ask, &response, OWNER).is_ok());
        }
        assert!(believed > 1_000, "only {believed} rounds were whole: the mutations test nothing");
    }
}
