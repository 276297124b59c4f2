//! What VINR's answer to a question means. What it tells of is each file's: links, payments or refunds.

mod links;
mod payments;
mod refunds;

use super::trouble::trouble;
use super::wire::List;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Page;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::provider::list;
use crate::provider::list::Raw;
use crate::provider::owner::Owner;
use crate::provider::rest;
use crate::provider::rest::unsure;

/// Where an object says its mode.
const LIVE_AT: &[&str] = &["/livemode"];

/// `trusted`: the list of payments is known to obey its question.
pub fn answer(ask: &Ask, response: &Response, owner: Owner<'_>, trusted: bool) -> Result<Answer, Trouble> {
    if !(200..300).contains(&response.status) {
        return Err(trouble(response));
    }
    let body = response.body.as_slice();
    match ask {
        Ask::CreateLink(order) => links::ordered(order, body, owner).map(Answer::Link),
        Ask::GetLink { link } => links::one(link, body, owner).map(|(_, found)| Answer::Link(found)),
        Ask::UpdateLink { link, change } => links::changed(link, change, body, owner).map(Answer::Link),
        Ask::SetActive { link, active } => links::switched(link, *active, body, owner).map(Answer::Link),
        Ask::ListLinks { active, cursor } => {
            page(body, cursor.as_ref(), |raw| links::all(raw, *active, owner)).map(Answer::Links)
        }
        Ask::ListPayments { link, cursor } => {
            page(body, cursor.as_ref(), |raw| payments::of_link(link, raw, owner, trusted))
                .map(Answer::Payments)
        }
        Ask::GetPayment { payment } => payments::one(payment, body, owner).map(Answer::Payment),
        Ask::Refund { payment, amount, .. } => {
            refunds::ordered(payment, *amount, body, owner).map(Answer::Refund)
        }
        Ask::ListRefunds { payment, cursor } => {
            page(body, cursor.as_ref(), |raw| refunds::of_payment(payment, raw, owner)).map(Answer::Refunds)
        }
        Ask::CreateLinkFrom { .. }
        | Ask::OpenCheckouts { .. }
        | Ask::ExpireCheckout { .. }
        | Ask::Connection
        | Ask::Connect(_)
        | Ask::PaymentMethods => Err(unsure("a question that VINR is never asked".to_owned())),
    }
}

/// One page. It goes on from the cursor that it names, or else from its last object.
fn page<U>(
    body: &[u8],
    from: Option<&String>,
    read: impl FnOnce(&[Raw]) -> Result<Vec<U>, Trouble>,
) -> Result<Page<U>, Trouble> {
    let list: List = rest::parse(body)?;
    if list.object.as_deref().is_some_and(|word| word != "list") {
        return Err(unsure("an answer that is not the list asked for".to_owned()));
    }
    let items = read(&list.data)?;
    if !list.page.has_more {
        return Ok(Page { items, next: None });
    }
    let last = || list.data.last().and_then(list::id);
    let next = list.page.next_cursor.filter(|cursor| !cursor.is_empty()).or_else(last);
    if next.is_none() || next.as_ref() == from {
        return Err(unsure("a list that says there is more, and not where".to_owned()));
    }
    Ok(Page { items, next })
}

#[cfg(test)]
mod tests;
