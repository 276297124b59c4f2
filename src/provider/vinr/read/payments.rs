//! VINR's answers about payments.

use serde_json::Value;

use super::LIVE_AT;
use crate::port::provider::Payment;
use crate::port::provider::Trouble;
use crate::provider::judge::same;
use crate::provider::list;
use crate::provider::list::Marks;
use crate::provider::list::Raw;
use crate::provider::owner::Owner;
use crate::provider::rest;
use crate::provider::rest::unsure;
use crate::provider::vinr::payment;
use crate::provider::vinr::wire;

/// Where a payment names its link. Our reading.
const LINK_AT: &[&str] = &["/paymentLink", "/paymentLink/id", "/payment_link", "/payment_link/id"];

pub fn one(asked: &str, body: &[u8], owner: Owner<'_>) -> Result<Payment, Trouble> {
    let found = payment(&rest::parse(body)?, owner)?;
    same(asked, &found.key.id)?;
    Ok(found)
}

pub fn of_link(asked: &str, raw: &[Raw], owner: Owner<'_>, trusted: bool) -> Result<Vec<Payment>, Trouble> {
    let others = |item: &Value| Marks::at(item, LINK_AT, LIVE_AT).are_of_another(asked, owner.mode);
    list::payments(raw, asked, trusted, others, |found| payment(found, owner))
}

fn payment(found: &wire::Payment, owner: Owner<'_>) -> Result<Payment, Trouble> {
    payment::is_mine(found, owner).map_err(unsure)?;
    payment::payment(found, None, owner).map_err(unsure)
}
