//! `/v1/refunds`.

use serde_json::Value;

use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::model::Refund;
use crate::sandbox::bank::refund::NotRefunded;
use crate::sandbox::bank::stripe::amounts;
use crate::sandbox::bank::stripe::expand::Expand;
use crate::sandbox::bank::stripe::fail::Fail;
use crate::sandbox::bank::stripe::intents;
use crate::sandbox::bank::stripe::list::Paging;
use crate::sandbox::bank::stripe::objects;
use crate::sandbox::bank::stripe::read;

const EXPANDABLE: [&str; 3] = ["payment_intent", "payment_intent.latest_charge", "charge"];
const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

pub fn create(desk: &mut Desk<'_>, mut form: Form) -> Result<Value, Fail> {
    let expand = Expand::take(&mut form, &EXPANDABLE)?;
    let wire = read::integer::<i64>(&mut form, "amount")?;
    let reason = read::one_of(&mut form, "reason", &REASONS)?;
    let metadata = read::metadata(&mut form, "metadata")?;
    let (intent, charge) = (form.take("payment_intent"), form.take("charge"));
    read::done(&mut form)?;
    let payment = payment(desk, intent.as_deref(), charge.as_deref())?;
    let currency = payment.amount.currency;
    let amount = wire.map(|wire| amounts::from_wire(wire, currency, "amount")).transpose()?;
    let payment = payment.id.clone();
    let refund = desk
        .world
        .refund(&payment, amount.map(|money| money.minor), reason, metadata, desk.now_ms)
        .map_err(|why| refused(&payment, why))?;
    Ok(shown(desk, &refund, &expand))
}

pub fn list(desk: &mut Desk<'_>, mut form: Form) -> Result<Value, Fail> {
    let paging = Paging::take(&mut form)?;
    let (intent, charge) = (form.take("payment_intent"), form.take("charge"));
    let created = read::created(&mut form)?;
    let expand = Expand::take_for_list(&mut form, &EXPANDABLE)?;
    read::done(&mut form)?;
    let all = desk.world.refunds.iter().rev().filter(|refund| {
        is_ours(desk, refund)
            && intent.as_ref().is_none_or(|intent| refund.payment == *intent)
            && charge.as_ref().is_none_or(|charge| refund.charge == *charge)
            && created.contains(&(refund.created_ms / 1000))
    });
    paging.cut("/v1/refunds", all, |refund| &refund.id, |refund| shown(desk, refund, &expand))
}

pub fn get(desk: &mut Desk<'_>, id: &str, mut form: Form) -> Result<Value, Fail> {
    let expand = Expand::take(&mut form, &EXPANDABLE)?;
    read::done(&mut form)?;
    let refund = desk.world.refunds.get(id).filter(|refund| is_ours(desk, refund));
    let refund = refund.ok_or_else(|| Fail::no_such("refund", id, "refund"))?;
    Ok(shown(desk, refund, &expand))
}

/// A refund is of the face of its payment.
fn is_ours(desk: &Desk<'_>, refund: &Refund) -> bool {
    desk.world.payments.get(&refund.payment).is_some_and(|payment| payment.face == Face::Stripe)
}

fn payment<'a>(desk: &'a Desk<'_>, intent: Option<&str>, charge: Option<&str>) -> Result<&'a Payment, Fail> {
    match (intent, charge) {
        (Some(id), None) => {
            let payment = desk.world.payments.get(id).filter(|payment| payment.face == Face::Stripe);
            payment.ok_or_else(|| Fail::no_such("payment_intent", id, "payment_intent"))
        }
        (None, Some(id)) => {
            let charged = |payment: &&Payment| payment.attempts.iter().any(|attempt| attempt.id == id);
            let mut ours = desk.world.payments.iter().filter(|payment| payment.face == Face::Stripe);
            ours.find(charged).ok_or_else(|| Fail::no_such("charge", id, "charge"))
        }
        (Some(_), Some(_)) => {
            Err(Fail::invalid("Pass only one of charge and payment_intent.").param("charge"))
        }
        (None, None) => Err(Fail::missing("payment_intent")),
    }
}

fn refused(payment: &str, why: NotRefunded) -> Fail {
    match why {
        NotRefunded::UnknownPayment => Fail::no_such("payment_intent", payment, "payment_intent"),
        NotRefunded::NothingReceived => {
            Fail::invalid(format!("The PaymentIntent {payment} has no successful charge to refund."))
                .param("payment_intent")
                .executed()
        }
        NotRefunded::AllReturned { charge } => {
            Fail::invalid(format!("Charge {charge} has already been refunded."))
                .code("charge_already_refunded")
                .executed()
        }
        NotRefunded::TooMuch { left, asked } => {
            let message =
                format!("Refund amount ({asked}) is greater than unrefunded amount on charge ({left})");
            Fail::invalid(message).param("amount").executed()
        }
        NotRefunded::NotPositive => {
            let message = "Invalid positive integer";
            Fail::invalid(message).code("parameter_invalid_integer").param("amount")
        }
    }
}

fn shown(desk: &Desk<'_>, refund: &Refund, expand: &Expand) -> Value {
    let mut object = objects::refund(refund);
    let Some(payment) = desk.world.payments.get(&refund.payment) else { return object };
    if expand.wants("payment_intent") {
        object["payment_intent"] = intents::shown(payment, &expand.inside("payment_intent"));
    }
    let attempt = payment.attempts.iter().find(|attempt| attempt.id == refund.charge);
    if let Some(attempt) = attempt.filter(|_| expand.wants("charge")) {
        object["charge"] = objects::charge(payment, attempt);
    }
    object
}
