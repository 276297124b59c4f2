//! What Stripe's answer to a question means. What it tells of is each file's: links, checkouts, payments or
//! refunds.

mod checkouts;
mod links;
mod payments;
mod refunds;

use serde_json::Value;

use super::trouble::trouble;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::provider::list::Marks;
use crate::provider::mode;
use crate::provider::owner::Owner;
use crate::provider::rest::unsure;

/// Where an object says its mode.
const LIVE_AT: &[&str] = &["/livemode"];

pub fn answer(ask: &Ask, response: &Response, owner: Owner<'_>) -> Result<Answer, Trouble> {
    if !(200..300).contains(&response.status) {
        return Err(trouble(response));
    }
    let body = response.body.as_slice();
    match ask {
        Ask::CreateLink(order) => links::begun(order, body, owner),
        Ask::CreateLinkFrom { order, .. } => links::ordered(order, body, owner).map(Answer::Link),
        Ask::GetLink { link } => links::one(link, body, owner).map(|(_, found)| Answer::Link(found)),
        Ask::UpdateLink { link, change } => links::changed(link, change, body, owner).map(Answer::Link),
        Ask::SetActive { link, active } => links::switched(link, *active, body, owner).map(Answer::Link),
        Ask::ListLinks { .. } => links::page(body, owner).map(Answer::Links),
        Ask::OpenCheckouts { link, .. } => checkouts::open(link, body, owner).map(Answer::Checkouts),
        Ask::ExpireCheckout { checkout } => checkouts::expired(checkout, body).map(|()| Answer::Done),
        Ask::ListPayments { link, .. } => checkouts::payments(link, body, owner).map(Answer::Payments),
        Ask::GetPayment { payment } => payments::one(payment, body, owner).map(Answer::Payment),
        Ask::Refund { payment, .. } => refunds::ordered(payment, body).map(Answer::Refund),
        Ask::ListRefunds { payment, .. } => refunds::of_payment(payment, body, owner).map(Answer::Refunds),
        Ask::Connection | Ask::Connect(_) | Ask::PaymentMethods => {
            Err(unsure("a question that Stripe is never asked".to_owned()))
        }
    }
}

/// An object that does not say its mode is not believed either: one host answers for both.
fn same_mode(livemode: Option<bool>, owner: Owner<'_>) -> Result<(), Trouble> {
    let live = livemode.ok_or_else(|| unsure("an answer that does not say its mode".to_owned()))?;
    mode::same(live, owner.mode).map_err(unsure)
}

/// Whether an item says that it is of another link, or refund of another payment, than was asked about.
/// `named_at`: where it names it, by id or as the whole object.
fn is_others(item: &Value, named_at: &str, asked: &str, owner: Owner<'_>) -> bool {
    let whole = format!("{named_at}/id");
    Marks::at(item, &[named_at, &whole], LIVE_AT).are_of_another(asked, owner.mode)
}

#[cfg(test)]
mod tests;
