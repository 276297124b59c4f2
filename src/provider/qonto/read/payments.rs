//! Qonto's answers about payments.

use crate::core::payment::PaymentStatus;
use crate::port::provider::Page;
use crate::port::provider::Payment;
use crate::port::provider::Trouble;
use crate::provider::list;
use crate::provider::owner::Owner;
use crate::provider::qonto::status;
use crate::provider::qonto::wire;
use crate::provider::rest;
use crate::provider::rest::Unreadable;
use crate::provider::rest::parse;
use crate::provider::rest::unsure;

/// The list is the link's own, by its address, and its items name nothing: all of them are the link's, and one
/// that cannot be read leaves the list in doubt.
pub fn page(
    link: &str,
    cursor: Option<&String>,
    body: &[u8],
    owner: Owner<'_>,
) -> Result<Page<Payment>, Trouble> {
    let list: wire::Payments = parse(body)?;
    let next = super::next(&list.meta, cursor, list.payments.len())?;
    let read = |found: &wire::Payment| payment(found, link, owner).map(Some).map_err(unsure);
    Ok(Page { items: list::items(&list.payments, |_| false, read)?, next })
}

/// After a payment that came to nothing the link is open again, for another one.
fn payment(found: &wire::Payment, link: &str, owner: Owner<'_>) -> Result<Payment, Unreadable> {
    if !rest::is_safe(&found.id) {
        return Err(format!("`{}` where a payment should be", found.id));
    }
    let status = status::payment(&found.status);
    let at = found.paid_at.as_ref().filter(|_| status.is_money()).unwrap_or(&found.created_at);
    Ok(Payment {
        key: owner.key(&found.id),
        amount: super::money(&found.amount)?,
        refunded: 0,
        reference: None,
        link: Some(link.to_owned()),
        at_unix_ms: rest::millis(at)?,
        declined: status == PaymentStatus::Failed,
        status,
    })
}
