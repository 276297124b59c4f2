//! Stripe's answers about refunds.

use super::is_others;
use crate::port::provider::Page;
use crate::port::provider::Refund;
use crate::port::provider::Trouble;
use crate::provider::judge::same;
use crate::provider::owner::Owner;
use crate::provider::rest::unsure;
use crate::provider::stripe::back;
use crate::provider::stripe::page::object;
use crate::provider::stripe::page::page;
use crate::provider::stripe::wire;

/// Where a refund names its payment.
const PAYMENT_AT: &str = "/payment_intent";

pub fn ordered(payment: &str, body: &[u8]) -> Result<Refund, Trouble> {
    refund(payment, &object(body)?)
}

pub fn of_payment(payment: &str, body: &[u8], owner: Owner<'_>) -> Result<Page<Refund>, Trouble> {
    let read = |found: &wire::Refund| refund(payment, found).map(Some);
    page(body, |item| is_others(item, PAYMENT_AT, payment, owner), read)
}

fn refund(payment: &str, found: &wire::Refund) -> Result<Refund, Trouble> {
    let found = back::refund(found).map_err(unsure)?;
    same(payment, &found.payment)?;
    Ok(found)
}
