//! Stripe's answers about links.

use serde_json::Value;

use super::LIVE_AT;
use super::same_mode;
use crate::core::payment::AmountKind;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Change;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::port::provider::Page;
use crate::port::provider::Trouble;
use crate::provider::judge;
use crate::provider::judge::same;
use crate::provider::list::Marks;
use crate::provider::owner::Owner;
use crate::provider::rest::unsure;
use crate::provider::stripe::change;
use crate::provider::stripe::link;
use crate::provider::stripe::order;
use crate::provider::stripe::page;
use crate::provider::stripe::page::object;
use crate::provider::stripe::wire::PaymentLink;
use crate::provider::stripe::wire::Price;

/// An open amount without a price of the shop's is a price first, and a link from that.
pub fn begun(order: &LinkOrder, body: &[u8], owner: Owner<'_>) -> Result<Answer, Trouble> {
    match order.amount {
        AmountKind::Open { .. } if !order::by_price(order) => {
            let price: Price = object(body)?;
            same_mode(Some(price.livemode), owner)?;
            let part = price.id;
            Ok(Answer::Then(Box::new(Ask::CreateLinkFrom { order: order.clone(), part })))
        }
        AmountKind::Open { .. } | AmountKind::Fixed(_) => ordered(order, body, owner).map(Answer::Link),
    }
}

/// A link is shown to a customer only if it is the one that was ordered.
pub fn ordered(order: &LinkOrder, body: &[u8], owner: Owner<'_>) -> Result<LinkState, Trouble> {
    let found = state(&object(body)?, owner)?;
    judge::carries_reference(order, &found)?;
    link::is_ordered(order, &found).map_err(unsure)?;
    Ok(found)
}

/// The link of that id, as it came and as it stands.
pub fn one(asked: &str, body: &[u8], owner: Owner<'_>) -> Result<(PaymentLink, LinkState), Trouble> {
    let wire: PaymentLink = object(body)?;
    let found = state(&wire, owner)?;
    same(asked, &found.id)?;
    Ok((wire, found))
}

pub fn changed(asked: &str, change: &Change, body: &[u8], owner: Owner<'_>) -> Result<LinkState, Trouble> {
    let (wire, found) = one(asked, body, owner)?;
    if change::shows(change, &wire) { Ok(found) } else { Err(unsure(format!("{asked} was not changed"))) }
}

pub fn switched(asked: &str, active: bool, body: &[u8], owner: Owner<'_>) -> Result<LinkState, Trouble> {
    let (_, found) = one(asked, body, owner)?;
    let switched = found.status.is_payable() == active;
    if switched { Ok(found) } else { Err(unsure(format!("{asked} was not switched"))) }
}

pub fn page(body: &[u8], owner: Owner<'_>) -> Result<Page<LinkState>, Trouble> {
    let others = |item: &Value| Marks::at(item, &[], LIVE_AT).are_of_other_mode(owner.mode);
    page::links(body, others, |found| state(found, owner))
}

fn state(found: &PaymentLink, owner: Owner<'_>) -> Result<LinkState, Trouble> {
    same_mode(Some(found.livemode), owner)?;
    link::state(found).map_err(unsure)
}
