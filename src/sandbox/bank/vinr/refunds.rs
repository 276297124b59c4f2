//! `/refunds`.

use serde_json::Value;

use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::json::Fields;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Refund;
use crate::sandbox::bank::refund::NotRefunded;
use crate::sandbox::bank::vinr;
use crate::sandbox::bank::vinr::fail::Fail;
use crate::sandbox::bank::vinr::list::Paging;
use crate::sandbox::bank::vinr::objects;
use crate::sandbox::bank::vinr::payments;

const REASONS: [&str; 4] = ["requested_by_customer", "duplicate", "fraudulent", "product_not_received"];
const PAIRS_MOST: usize = 40;

pub fn create(desk: &mut Desk<'_>, mut body: Fields) -> Result<Value, Fail> {
    let payment = body.text("payment")?.ok_or_else(|| body.missing("payment"))?;
    let amount = body.integer("amount")?;
    let reason = body.text("reason")?;
    let metadata = body.words("metadata")?.unwrap_or_default();
    body.done()?;
    if reason.as_ref().is_some_and(|reason| !REASONS.contains(&reason.as_str())) {
        return Err(Fail::invalid(format!("reason is one of {}", REASONS.join(", "))).param("reason"));
    }
    if metadata.len() > PAIRS_MOST {
        return Err(Fail::invalid("metadata has at most 40 pairs").param("metadata"));
    }
    payments::found(desk, &payment)?;
    let refund = desk.world.refund(&payment, amount, reason, metadata, desk.now_ms);
    refund.map(|refund| objects::refund(&refund)).map_err(|why| refused(&payment, &why))
}

pub fn list(desk: &Desk<'_>, mut query: Form) -> Result<Value, Fail> {
    let paging = Paging::take(&mut query)?;
    let payment = query.take("payment");
    vinr::done(&query)?;
    let all = desk.world.refunds.iter().rev().filter(|refund| {
        is_ours(desk, refund) && payment.as_ref().is_none_or(|payment| refund.payment == *payment)
    });
    paging.cut(all, |refund| &refund.id, |refund| objects::refund(refund))
}

pub fn get(desk: &Desk<'_>, id: &str, query: &Form) -> Result<Value, Fail> {
    vinr::done(query)?;
    let refund = desk.world.refunds.get(id).filter(|refund| is_ours(desk, refund));
    refund.map(objects::refund).ok_or_else(|| Fail::no_such("refund", id))
}

/// A refund is of the face of its payment.
fn is_ours(desk: &Desk<'_>, refund: &Refund) -> bool {
    desk.world.payments.get(&refund.payment).is_some_and(|payment| payment.face == Face::Vinr)
}

fn refused(payment: &str, why: &NotRefunded) -> Fail {
    match why {
        NotRefunded::UnknownPayment => Fail::no_such("payment", payment),
        NotRefunded::NothingReceived => {
            Fail::impossible("payment_not_refundable", format!("{payment} has brought no money."))
                .param("payment")
        }
        NotRefunded::AllReturned { .. } => {
            Fail::impossible("amount_too_large", format!("All of {payment} was given back.")).param("amount")
        }
        NotRefunded::TooMuch { left, asked } => {
            let message = format!("The refund of {asked} is larger than what is left, {left}.");
            Fail::impossible("amount_too_large", message).param("amount")
        }
        NotRefunded::NotPositive => Fail::invalid("amount must be above 0").param("amount"),
    }
}
