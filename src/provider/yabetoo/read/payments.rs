//! Yabetoo's answers about payments.

use std::cmp::Reverse;

use serde_json::Value;

use super::LIVE_AT;
use crate::port::provider::Page;
use crate::port::provider::Payment;
use crate::port::provider::Trouble;
use crate::provider::judge::same;
use crate::provider::list;
use crate::provider::list::Marks;
use crate::provider::rest;
use crate::provider::rest::unsure;
use crate::provider::yabetoo::page;
use crate::provider::yabetoo::payment::Reading;
use crate::provider::yabetoo::wire::PaymentIntent;

/// Where an intent names its link, under every name that the pages have had or may have.
const LINK_AT: &[&str] = &["/paymentLink", "/paymentLink/id", "/paymentLinkId", "/payment_link"];

pub fn one(asked: &str, body: &[u8], reading: Reading<'_>) -> Result<Payment, Trouble> {
    let found: PaymentIntent = rest::parse(body)?;
    same(asked, &found.id)?;
    reading.intent(&found).map_err(unsure)
}

/// One page of a link's payments, newest first within the page.
pub fn of_link(
    asked: &str,
    cursor: Option<&str>,
    body: &[u8],
    reading: Reading<'_>,
    trusted: bool,
) -> Result<Page<Payment>, Trouble> {
    let (raw, next) = page::page(body, cursor)?;
    let others = |item: &Value| Marks::at(item, LINK_AT, LIVE_AT).are_of_another(asked, reading.owner.mode);
    let read = |found: &PaymentIntent| reading.intent(found).map_err(unsure);
    let mut items = list::payments(&raw, asked, trusted, others, read)?;
    items.sort_by_key(|payment| Reverse(payment.at_unix_ms));
    Ok(Page { items, next })
}
