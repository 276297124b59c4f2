//! `/payments`.

use serde_json::Value;

use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::vinr;
use crate::sandbox::bank::vinr::fail::Fail;
use crate::sandbox::bank::vinr::list::Paging;
use crate::sandbox::bank::vinr::objects;

pub fn list(desk: &Desk<'_>, mut query: Form) -> Result<Value, Fail> {
    let paging = Paging::take(&mut query)?;
    let link = query.take("paymentLink");
    vinr::done(&query)?;
    let all = desk.world.payments.iter().rev().filter(|payment| {
        payment.face == Face::Vinr && link.as_ref().is_none_or(|link| payment.link == *link)
    });
    paging.cut(all, |payment| &payment.id, |payment| shown(desk, payment))
}

pub fn get(desk: &Desk<'_>, id: &str, query: &Form) -> Result<Value, Fail> {
    vinr::done(query)?;
    Ok(shown(desk, found(desk, id)?))
}

pub fn found<'a>(desk: &'a Desk<'_>, id: &str) -> Result<&'a Payment, Fail> {
    let payment = desk.world.payments.get(id).filter(|payment| payment.face == Face::Vinr);
    payment.ok_or_else(|| Fail::no_such("payment", id))
}

/// Links are never taken away, so a payment's is always there.
fn shown(desk: &Desk<'_>, payment: &Payment) -> Value {
    let link = desk.world.links.get(&payment.link);
    link.map_or(Value::Null, |link| objects::payment(payment, link, desk.public_url))
}
