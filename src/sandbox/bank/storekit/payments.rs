//! A link's Transactions tab, and refunds from it. Only money that came is shown.

use serde_json::Value;

use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::json::Fields;
use crate::sandbox::bank::refund::NotRefunded;
use crate::sandbox::bank::storekit::fail::Fail;
use crate::sandbox::bank::storekit::links;
use crate::sandbox::bank::storekit::list;
use crate::sandbox::bank::storekit::list::Paging;
use crate::sandbox::bank::storekit::objects;

pub fn list(desk: &Desk<'_>, link: &str, mut query: Form) -> Result<Value, Fail> {
    let link = links::found(desk, link)?;
    let paging = Paging::take(&mut query)?;
    list::done(&query)?;
    let all = desk.world.payments_of(&link.id).rev().filter(|payment| payment.received() > 0);
    paging.cut(all, |payment| &payment.id, |payment| objects::transaction(payment, link))
}

/// The gateway's answer comes later, as a webhook, so the refund is `created` here.
pub fn refund(desk: &mut Desk<'_>, link: &str, payment: &str, body: &[u8]) -> Result<Value, Fail> {
    let mut fields = Fields::parse(body)?;
    let amount = fields.integer("amount")?;
    fields.done()?;
    let link = links::found(desk, link)?.id.clone();
    let known = desk.world.payments.get(payment).filter(|one| one.link == link && one.received() > 0);
    let payment = known.ok_or_else(|| Fail::no_such("payment", payment))?.id.clone();
    let refund = desk.world.refund(&payment, amount, None, Default::default(), desk.now_ms);
    Ok(objects::refund(&refund.map_err(|why| refused(&payment, &why))?, &link, "created"))
}

fn refused(payment: &str, why: &NotRefunded) -> Fail {
    match why {
        NotRefunded::UnknownPayment | NotRefunded::NothingReceived => Fail::no_such("payment", payment),
        NotRefunded::AllReturned { .. } => {
            Fail::invalid("already_refunded", format!("Payment {payment} is fully refunded."))
        }
        NotRefunded::TooMuch { left, asked } => Fail::invalid(
            "amount_too_large",
            format!("{asked} is more than the {left} that can be refunded."),
        ),
        NotRefunded::NotPositive => Fail::invalid("field_invalid", "amount must be above zero."),
    }
}
