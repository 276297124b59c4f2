//! VINR's answers about refunds.

use serde_json::Value;

use super::LIVE_AT;
use crate::core::money::Money;
use crate::port::provider::Refund;
use crate::port::provider::Trouble;
use crate::provider::judge;
use crate::provider::judge::same;
use crate::provider::list;
use crate::provider::list::Marks;
use crate::provider::list::Raw;
use crate::provider::owner::Owner;
use crate::provider::rest;
use crate::provider::rest::unsure;
use crate::provider::vinr::payment;
use crate::provider::vinr::wire;

pub fn ordered(asked: &str, amount: Option<Money>, body: &[u8], owner: Owner<'_>) -> Result<Refund, Trouble> {
    let found = refund(asked, &rest::parse(body)?, owner)?;
    judge::gives_back(amount, &found)?;
    Ok(found)
}

pub fn of_payment(asked: &str, raw: &[Raw], owner: Owner<'_>) -> Result<Vec<Refund>, Trouble> {
    let others = |item: &Value| Marks::at(item, &["/payment"], LIVE_AT).are_of_another(asked, owner.mode);
    list::items(raw, others, |found| refund(asked, found, owner).map(Some))
}

fn refund(asked: &str, found: &wire::Refund, owner: Owner<'_>) -> Result<Refund, Trouble> {
    payment::is_mine(found, owner).map_err(unsure)?;
    let refund = payment::refund(found).map_err(unsure)?;
    same(asked, &refund.payment)?;
    Ok(refund)
}
