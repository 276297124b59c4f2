//! VINR's answers about links.

use serde_json::Value;

use super::LIVE_AT;
use crate::core::payment::LinkKind;
use crate::port::provider::Change;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::port::provider::Trouble;
use crate::provider::judge;
use crate::provider::judge::same;
use crate::provider::list;
use crate::provider::list::Marks;
use crate::provider::list::Raw;
use crate::provider::owner::Owner;
use crate::provider::rest;
use crate::provider::rest::unsure;
use crate::provider::vinr::link;
use crate::provider::vinr::payment;
use crate::provider::vinr::wire::PaymentLink;

pub fn ordered(order: &LinkOrder, body: &[u8], owner: Owner<'_>) -> Result<LinkState, Trouble> {
    let found = state(&rest::parse(body)?, Some(order.kind), owner)?;
    judge::carries_reference(order, &found)?;
    link::is_ordered(order, &found).map_err(unsure)?;
    Ok(found)
}

/// The link of that id, as it came and as it stands.
pub fn one(asked: &str, body: &[u8], owner: Owner<'_>) -> Result<(PaymentLink, LinkState), Trouble> {
    let wire: PaymentLink = rest::parse(body)?;
    let found = state(&wire, None, owner)?;
    same(asked, &found.id)?;
    Ok((wire, found))
}

pub fn changed(asked: &str, change: &Change, body: &[u8], owner: Owner<'_>) -> Result<LinkState, Trouble> {
    let (wire, found) = one(asked, body, owner)?;
    link::is_changed(change, &wire, &found).map_err(unsure)?;
    Ok(found)
}

/// A link that does not say whether it is active was not seen to be switched.
pub fn switched(asked: &str, active: bool, body: &[u8], owner: Owner<'_>) -> Result<LinkState, Trouble> {
    let (wire, found) = one(asked, body, owner)?;
    let says = wire.status.is_some() || wire.active.is_some();
    if says && found.status.is_payable() == active {
        Ok(found)
    } else {
        Err(unsure(format!("{} was not switched", found.id)))
    }
}

/// Those of a page that are `active`, or not, where that was asked.
pub fn all(raw: &[Raw], active: Option<bool>, owner: Owner<'_>) -> Result<Vec<LinkState>, Trouble> {
    let others = |item: &Value| Marks::at(item, &[], LIVE_AT).are_of_other_mode(owner.mode);
    list::links(raw, active, others, |found| state(found, None, owner))
}

/// `ordered`: what the link was ordered as, where it has just been.
fn state(found: &PaymentLink, ordered: Option<LinkKind>, owner: Owner<'_>) -> Result<LinkState, Trouble> {
    payment::is_mine(found, owner).map_err(unsure)?;
    link::state(found, ordered).map_err(unsure)
}
