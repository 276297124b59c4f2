//! What Qonto's answer to a question means. What it tells of is each file's: links, payments, or how the
//! merchant stands with Qonto.

mod links;
mod merchant;
mod payments;

use super::trouble::trouble;
use super::wire;
use crate::core::money::Money;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::provider::owner::Owner;
use crate::provider::rest;
use crate::provider::rest::Unreadable;
use crate::provider::rest::unsure;

pub fn answer(ask: &Ask, response: &Response, owner: Owner<'_>) -> Result<Answer, Trouble> {
    if !(200..300).contains(&response.status) {
        return Err(advised(ask, trouble(response)));
    }
    let body = response.body.as_slice();
    match ask {
        Ask::CreateLink(order) => links::ordered(order, body).map(Answer::Link),
        Ask::GetLink { link } => links::one(link, body).map(Answer::Link),
        Ask::SetActive { link, .. } => links::switched_off(link, body).map(Answer::Link),
        Ask::ListLinks { active, cursor } => links::page(*active, cursor.as_ref(), body).map(Answer::Links),
        Ask::ListPayments { link, cursor } => {
            payments::page(link, cursor.as_ref(), body, owner).map(Answer::Payments)
        }
        Ask::Connection | Ask::Connect(_) => merchant::connection(body).map(Answer::Connection),
        Ask::PaymentMethods => merchant::methods(body).map(Answer::PaymentMethods),
        Ask::CreateLinkFrom { .. }
        | Ask::UpdateLink { .. }
        | Ask::OpenCheckouts { .. }
        | Ask::ExpireCheckout { .. }
        | Ask::GetPayment { .. }
        | Ask::Refund { .. }
        | Ask::ListRefunds { .. } => Err(unsure("a question that Qonto is never asked".to_owned())),
    }
}

/// A 404 to a question that names nothing: the feature itself is not there.
fn advised(ask: &Ask, trouble: Trouble) -> Trouble {
    let names_nothing = matches!(
        ask,
        Ask::CreateLink(_) | Ask::ListLinks { .. } | Ask::Connection | Ask::Connect(_) | Ask::PaymentMethods
    );
    if let (Trouble::Missing { message }, true) = (&trouble, names_nothing) {
        let advice = "connect payment links in Qonto first, with `qrtill link connect`";
        return Trouble::Missing { message: format!("{message}; {advice}") };
    }
    trouble
}

fn money(amount: &wire::Amount) -> Result<Money, Unreadable> {
    rest::decimal(&amount.value, rest::currency(&amount.currency)?)
}

/// The page after this one, where there is one. A page out of its turn would be a gap in the list.
fn next(meta: &wire::Meta, cursor: Option<&String>, items: usize) -> Result<Option<String>, Trouble> {
    let asked = cursor.map_or("1", String::as_str);
    if meta.current_page.to_string() != asked {
        return Err(unsure(format!("page {} of a list, asked was {asked}", meta.current_page)));
    }
    let Some(next) = meta.next_page else { return Ok(None) };
    if items == 0 || next <= meta.current_page {
        return Err(unsure(format!("page {next} after page {asked} with {items} entries")));
    }
    Ok(Some(next.to_string()))
}

#[cfg(test)]
mod tests;
