//! What Stripe's answer to a question means.

use super::back;
use super::change;
use super::judge::is_others;
use super::judge::links;
use super::judge::object;
use super::judge::of_link;
use super::judge::page;
use super::judge::same_mode;
use super::link;
use super::order;
use super::payment::Owner;
use super::trouble::trouble;
use super::wire::PaymentIntent;
use super::wire::PaymentLink;
use super::wire::Price;
use super::wire::Refund as WireRefund;
use super::wire::Session;
use crate::core::payment::AmountKind;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::port::provider::Refund;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::provider::judge;
use crate::provider::judge::same;
use crate::provider::rest::unsure;

/// Where a checkout names its link, and a refund its payment.
const LINK_AT: &str = "/payment_link";
const PAYMENT_AT: &str = "/payment_intent";

pub fn answer(ask: &Ask, response: &Response, owner: Owner<'_>) -> Result<Answer, Trouble> {
    if !(200..300).contains(&response.status) {
        return Err(trouble(response));
    }
    let body = response.body.as_slice();
    match ask {
        Ask::CreateLink(order) => match order.amount {
            AmountKind::Open { .. } if !order::by_price(order) => {
                let price: Price = object(body)?;
                same_mode(Some(price.livemode), owner)?;
                let part = price.id;
                Ok(Answer::Then(Box::new(Ask::CreateLinkFrom { order: order.clone(), part })))
            }
            AmountKind::Open { .. } | AmountKind::Fixed(_) => ordered(order, body, owner),
        },
        Ask::CreateLinkFrom { order, .. } => ordered(order, body, owner),
        Ask::GetLink { link } => Ok(Answer::Link(the_link(link, body, owner)?.1)),
        Ask::UpdateLink { link, change } => {
            let (wire, found) = the_link(link, body, owner)?;
            let shows = change::shows(change, &wire);
            if shows { Ok(Answer::Link(found)) } else { Err(unsure(format!("{link} was not changed"))) }
        }
        Ask::SetActive { link, active } => {
            let found = the_link(link, body, owner)?.1;
            let switched = found.status.is_payable() == *active;
            if switched { Ok(Answer::Link(found)) } else { Err(unsure(format!("{link} was not switched"))) }
        }
        Ask::ListLinks { .. } => {
            let read = |found: &PaymentLink| {
                same_mode(Some(found.livemode), owner)?;
                link::state(found).map(Some).map_err(unsure)
            };
            links(body, owner, read).map(Answer::Links)
        }
        Ask::OpenCheckouts { link, .. } => {
            let open = |session: &Session| {
                of_link(link, session, owner)?;
                Ok((session.status.as_deref() == Some("open")).then(|| session.id.clone()))
            };
            page(body, |item| is_others(item, LINK_AT, link, owner), open).map(Answer::Checkouts)
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
            page(body, |item| is_others(item, LINK_AT, link, owner), read).map(Answer::Payments)
        }
        Ask::GetPayment { payment } => one_payment(payment, body, owner),
        Ask::Refund { payment, .. } => refund(payment, &object(body)?).map(Answer::Refund),
        Ask::ListRefunds { payment, .. } => {
            let read = |found: &WireRefund| refund(payment, found).map(Some);
            page(body, |item| is_others(item, PAYMENT_AT, payment, owner), read).map(Answer::Refunds)
        }
        Ask::Connection | Ask::Connect(_) | Ask::PaymentMethods => {
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

/// The link of that id, as it came and as it stands.
fn the_link(asked: &str, body: &[u8], owner: Owner<'_>) -> Result<(PaymentLink, LinkState), Trouble> {
    let found: PaymentLink = object(body)?;
    same_mode(Some(found.livemode), owner)?;
    same(asked, &found.id)?;
    let state = link::state(&found).map_err(unsure)?;
    Ok((found, state))
}

/// A link is shown to a customer only if it is the one that was ordered.
fn ordered(order: &LinkOrder, body: &[u8], owner: Owner<'_>) -> Result<Answer, Trouble> {
    let found: PaymentLink = object(body)?;
    same_mode(Some(found.livemode), owner)?;
    let found = link::state(&found).map_err(unsure)?;
    judge::carries_reference(order, &found)?;
    link::is_ordered(order, &found).map_err(unsure)?;
    Ok(Answer::Link(found))
}

fn refund(payment: &str, found: &WireRefund) -> Result<Refund, Trouble> {
    let found = back::refund(found).map_err(unsure)?;
    same(payment, &found.payment)?;
    Ok(found)
}

#[cfg(test)]
mod tests;
