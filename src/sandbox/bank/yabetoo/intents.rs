//! `/v1/payment-intents`.

use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::yabetoo;
use crate::sandbox::bank::yabetoo::fail::Fail;
use crate::sandbox::bank::yabetoo::list::Paging;
use crate::sandbox::bank::yabetoo::objects;

pub fn get(desk: &Desk<'_>, id: &str, query: &Form) -> Result<String, Fail> {
    yabetoo::done(query)?;
    let payment = desk.world.payments.get(id).filter(|payment| payment.face == Face::Yabetoo);
    payment.map(objects::intent).ok_or_else(|| Fail::missing("Payment intent not found"))
}

/// Newest first, of one link or of all.
pub fn list(desk: &Desk<'_>, mut query: Form) -> Result<String, Fail> {
    let paging = Paging::take(&mut query)?;
    let (link, status) = (query.take("paymentLink"), query.take("status"));
    yabetoo::done(&query)?;
    let ours = desk.world.payments.iter().rev().filter(|payment| payment.face == Face::Yabetoo);
    let ours = ours.filter(|payment| link.as_ref().is_none_or(|link| payment.link == *link));
    let ours = ours.filter(|payment| status.as_ref().is_none_or(|word| objects::status(payment) == word));
    Ok(paging.bare(ours, objects::intent))
}
