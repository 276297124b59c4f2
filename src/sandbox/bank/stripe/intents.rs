//! `/v1/payment_intents`, to read only: here they are made by customers on hosted pages.

use serde_json::Value;

use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::stripe::expand::Expand;
use crate::sandbox::bank::stripe::fail::Fail;
use crate::sandbox::bank::stripe::list::Paging;
use crate::sandbox::bank::stripe::objects;
use crate::sandbox::bank::stripe::read;

const EXPANDABLE: [&str; 1] = ["latest_charge"];

pub fn list(desk: &mut Desk<'_>, mut form: Form) -> Result<Value, Fail> {
    let paging = Paging::take(&mut form)?;
    let created = read::created(&mut form)?;
    let expand = Expand::take_for_list(&mut form, &EXPANDABLE)?;
    read::done(&mut form)?;
    let ours = desk.world.payments.iter().rev().filter(|payment| payment.face == Face::Stripe);
    let all = ours.filter(|payment| created.contains(&(payment.created_ms / 1000)));
    paging.cut("/v1/payment_intents", all, |payment| &payment.id, |payment| shown(payment, &expand))
}

pub fn get(desk: &mut Desk<'_>, id: &str, mut form: Form) -> Result<Value, Fail> {
    let expand = Expand::take(&mut form, &EXPANDABLE)?;
    read::done(&mut form)?;
    let payment = desk.world.payments.get(id).filter(|payment| payment.face == Face::Stripe);
    let payment = payment.ok_or_else(|| Fail::no_such("payment_intent", id, "intent"))?;
    Ok(shown(payment, &expand))
}

pub fn shown(payment: &Payment, expand: &Expand) -> Value {
    let mut object = objects::intent(payment);
    if let Some(attempt) = payment.last_attempt().filter(|_| expand.wants("latest_charge")) {
        object["latest_charge"] = objects::charge(payment, attempt);
    }
    object
}
