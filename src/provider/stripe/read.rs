//! What Stripe's answer to a question means.

use serde::de::DeserializeOwned;

use super::payment;
use super::payment::Owner;
use super::trouble::trouble;
use super::wire::List;
use super::wire::Object;
use super::wire::PaymentIntent;
use super::wire::PaymentLink;
use super::wire::Price;
use super::wire::Refund as WireRefund;
use super::wire::Session;
use crate::core::payment::AmountKind;
use crate::core::payment::Mode;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::port::provider::Page;
use crate::port::provider::Refund;
use crate::port::provider::Response;
use crate::port::provider::Trouble;

pub fn answer(ask: &Ask, response: &Response, owner: Owner<'_>) -> Result<Answer, Trouble> {
    if !(200..300).contains(&response.status) {
        return Err(trouble(response));
    }
    let body = response.body.as_slice();
    match ask {
        Ask::CreateLink(order) => match order.amount {
            AmountKind::Fixed(_) => ordered(order, link(body, owner)?),
            AmountKind::Open { .. } => {
                let price: Price = object(body)?;
                same_mode(Some(price.livemode), owner)?;
                let part = price.id;
                Ok(Answer::Then(Box::new(Ask::CreateLinkFrom { order: order.clone(), part })))
            }
        },
        Ask::CreateLinkFrom { order, .. } => ordered(order, link(body, owner)?),
        Ask::GetLink { link: asked } => {
            let found = link(body, owner)?;
            same(asked, &found.id)?;
            Ok(Answer::Link(found))
        }
        Ask::SetActive { link: asked, active } => {
            let found = link(body, owner)?;
            same(asked, &found.id)?;
            if found.status.is_payable() == *active {
                Ok(Answer::Link(found))
            } else {
                Err(unsure(format!("{} was not switched", found.id)))
            }
        }
        Ask::ListLinks { .. } => {
            let list: List<PaymentLink> = parse(body)?;
            let read = |found: &PaymentLink| {
                same_mode(Some(found.livemode), owner)?;
                payment::link(found).map(Some).map_err(unsure)
            };
            page(&list, read).map(Answer::Links)
        }
        Ask::OpenCheckouts { link, .. } => {
            let open = |session: &Session| {
                of_link(link, session, owner)?;
                Ok((session.status.as_deref() == Some("open")).then(|| session.id.clone()))
            };
            page(&parse::<List<Session>>(body)?, open).map(Answer::Checkouts)
        }
        Ask::ExpireCheckout { checkout } => {
            let session: Session = object(body)?;
            same(checkout, &session.id)?;
            match session.status.as_deref() {
                Some("expired") => Ok(Answer::Done),
                Some(_) | None => Err(unsure(format!("checkout {} did not expire", session.id))),
            }
        }
        Ask::ListPayments { link, .. } => {
            let read = |session: &Session| {
                of_link(link, session, owner)?;
                owner.session(session, None).map_err(unsure)
            };
            page(&parse::<List<Session>>(body)?, read).map(Answer::Payments)
        }
        Ask::GetPayment { payment } => one_payment(payment, body, owner),
        Ask::Refund { payment, .. } => refund(payment, &object(body)?).map(Answer::Refund),
        Ask::ListRefunds { payment, .. } => {
            let read = |found: &WireRefund| refund(payment, found).map(Some);
            page(&parse::<List<WireRefund>>(body)?, read).map(Answer::Refunds)
        }
        Ask::UpdateLink { .. } | Ask::Connection | Ask::Connect(_) | Ask::PaymentMethods => {
            Err(unsure("a question that Stripe is never asked".to_owned()))
        }
    }
}

fn one_payment(asked: &str, body: &[u8], owner: Owner<'_>) -> Result<Answer, Trouble> {
    let found = if asked.starts_with("cs_") {
        let session: Session = object(body)?;
        same(asked, &session.id)?;
        same_mode(session.livemode, owner)?;
        owner.session(&session, None).map_err(unsure)?
    } else {
        let intent: PaymentIntent = object(body)?;
        same(asked, &intent.id)?;
        same_mode(intent.livemode, owner)?;
        Some(owner.intent(&intent, None).map_err(unsure)?)
    };
    found.map(Answer::Payment).ok_or_else(|| unsure(format!("{asked} has no amount yet")))
}

/// A link is shown to a customer only if it is the one that was ordered.
fn ordered(order: &LinkOrder, found: LinkState) -> Result<Answer, Trouble> {
    if order.reference.as_ref().is_some_and(|ours| found.reference.as_deref() != Some(ours.as_str())) {
        return Err(unsure(format!("link {} does not carry our reference", found.id)));
    }
    let other = match (order.amount, found.amount) {
        (AmountKind::Fixed(asked), Some(AmountKind::Fixed(got))) => asked != got,
        (AmountKind::Open { currency: asked, .. }, Some(AmountKind::Open { currency: got, .. })) => {
            asked != got
        }
        (_, Some(_)) => true,
        (_, None) => false,
    };
    if other {
        return Err(unsure(format!("link {} asks for another amount than was ordered", found.id)));
    }
    Ok(Answer::Link(found))
}

fn link(body: &[u8], owner: Owner<'_>) -> Result<LinkState, Trouble> {
    let found: PaymentLink = object(body)?;
    same_mode(Some(found.livemode), owner)?;
    payment::link(&found).map_err(unsure)
}

fn refund(payment: &str, found: &WireRefund) -> Result<Refund, Trouble> {
    let found = payment::refund(found).map_err(unsure)?;
    same(payment, &found.payment)?;
    Ok(found)
}

/// A checkout of another link would be booked, or closed, in somebody else's place.
fn of_link(asked: &str, session: &Session, owner: Owner<'_>) -> Result<(), Trouble> {
    same_mode(session.livemode, owner)?;
    same(asked, session.payment_link.as_ref().map_or("", |link| link.id()))
}

fn same(asked: &str, found: &str) -> Result<(), Trouble> {
    if asked == found { Ok(()) } else { Err(unsure(format!("an answer about `{found}`, asked was {asked}"))) }
}

/// An object that does not say its mode is not believed either.
fn same_mode(livemode: Option<bool>, owner: Owner<'_>) -> Result<(), Trouble> {
    match livemode.map(mode_of) {
        Some(mode) if mode == owner.mode => Ok(()),
        mode => Err(unsure(format!("an answer in mode {mode:?} to a {:?} key", owner.mode))),
    }
}

pub fn mode_of(livemode: bool) -> Mode {
    if livemode { Mode::Live } else { Mode::Test }
}

/// One page. The cursor is the last object's id, also where that object itself is passed over.
fn page<T: Object, U>(
    list: &List<T>,
    read: impl Fn(&T) -> Result<Option<U>, Trouble>,
) -> Result<Page<U>, Trouble> {
    let mut items = Vec::with_capacity(list.data.len());
    for object in &list.data {
        is_named(object)?;
        items.extend(read(object)?);
    }
    let next = list.data.last().filter(|_| list.has_more).map(|last| last.id().to_owned());
    if list.has_more && next.is_none() {
        return Err(unsure("an empty page that says there is more".to_owned()));
    }
    Ok(Page { items, next })
}

fn object<T: DeserializeOwned + Object>(body: &[u8]) -> Result<T, Trouble> {
    let found: T = parse(body)?;
    is_named(&found)?;
    Ok(found)
}

fn is_named<T: Object>(found: &T) -> Result<(), Trouble> {
    if found.object() != T::OBJECT || found.id().is_empty() {
        return Err(unsure(format!("`{}` where a {} should be", found.object(), T::OBJECT)));
    }
    Ok(())
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| unsure(format!("not readable: {error}")))
}

fn unsure(message: String) -> Trouble {
    Trouble::Unsure { message }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::money;
    use super::super::subject::sale;
    use super::*;
    use crate::core::payment::LinkKind;
    use crate::core::payment::LinkStatus;
    use crate::core::payment::PaymentStatus;

    const OWNER: Owner<'_> = Owner { account: "", mode: Mode::Test };
    const OBJECTS: &str = include_str!("../../../tests/fixtures/stripe/objects.json");

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
    fn a_link_is_read_with_what_it_asks_for() {
        let mut link = example("payment_link");
        let mut item = example("item");
        item["amount_total"] = json!(1250);
        item["price"]["custom_unit_amount"] = Value::Null;
        link["line_items"] = list(vec![item.clone()], false);
        let amount = |link: &Value| match read(&get_link(), link) {
            Ok(Answer::Link(found)) => found.amount,
            other => panic!("{other:?}"),
        };
        assert_eq!(amount(&link), Some(AmountKind::Fixed(money(1250, "USD"))));
        item["price"]["custom_unit_amount"] = json!({"minimum": 100, "maximum": null, "preset": 500});
        link["line_items"] = list(vec![item], false);
        let currency = money(1, "USD").currency;
        let open = AmountKind::Open { currency, min: Some(100), max: None, preset: Some(500) };
        assert_eq!(amount(&link), Some(open));
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
    fn a_link_that_asks_for_another_amount_is_not_ours() {
        let mut link = example("payment_link");
        link["metadata"] = json!({"reference": sale().reference});
        let mut item = example("item");
        item["price"]["custom_unit_amount"] = Value::Null;
        item["currency"] = json!("eur");
        for (units, good) in [(1250, true), (1251, false)] {
            item["amount_total"] = json!(units);
            link["line_items"] = list(vec![item.clone()], false);
            assert_eq!(read(&Ask::CreateLink(sale()), &link).is_ok(), good, "{units}");
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
            (Ask::OpenCheckouts { link: other(), cursor: None }, sessions.clone()),
            (Ask::ListPayments { link: other(), cursor: None }, sessions.clone()),
            (Ask::Refund { payment: other(), link: None, amount: None, key: "k".into() }, refund.clone()),
            (Ask::ListRefunds { payment: other(), cursor: None }, list(vec![refund], false)),
        ] {
            assert!(matches!(read(&ask, &body), Err(Trouble::Unsure { .. })), "{ask:?}");
        }
        let ours = Ask::ListPayments { link: LINK.to_owned(), cursor: None };
        assert!(matches!(read(&ours, &sessions), Ok(Answer::Payments(page)) if page.items.len() == 1));
    }
}
