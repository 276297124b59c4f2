//! What Yabetoo's answer to a question means. What it tells of is each file's: links or payments.

mod links;
mod payments;

use super::payment::Reading;
use super::trouble::trouble;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::provider::rest::unsure;

/// Where an object says its mode, under every name that the pages have had or may have.
const LIVE_AT: &[&str] = &["/liveMode", "/live_mode"];

/// `trusted`: the list of intents is known to obey its question.
pub fn answer(
    ask: &Ask,
    response: &Response,
    reading: Reading<'_>,
    trusted: bool,
) -> Result<Answer, Trouble> {
    if !(200..300).contains(&response.status) {
        return Err(trouble(response));
    }
    let body = response.body.as_slice();
    match ask {
        Ask::CreateLink(order) => links::ordered(order, body, reading).map(Answer::Link),
        Ask::GetLink { link } => links::one(link, body, reading).map(|(_, found)| Answer::Link(found)),
        Ask::UpdateLink { link, change } => links::changed(link, change, body, reading).map(Answer::Link),
        Ask::SetActive { link, active } => links::switched(link, *active, body, reading).map(Answer::Link),
        Ask::ListLinks { cursor, .. } => links::all(cursor.as_deref(), body, reading).map(Answer::Links),
        Ask::ListPayments { link, cursor } => {
            payments::of_link(link, cursor.as_deref(), body, reading, trusted).map(Answer::Payments)
        }
        Ask::GetPayment { payment } => payments::one(payment, body, reading).map(Answer::Payment),
        Ask::CreateLinkFrom { .. }
        | Ask::OpenCheckouts { .. }
        | Ask::ExpireCheckout { .. }
        | Ask::Refund { .. }
        | Ask::ListRefunds { .. }
        | Ask::Connection
        | Ask::Connect(_)
        | Ask::PaymentMethods => Err(unsure("a question that Yabetoo is never asked".to_owned())),
    }
}

#[cfg(test)]
mod tests;
