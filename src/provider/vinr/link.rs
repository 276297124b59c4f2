//! VINR's link as ours, and whether it is the one that was ordered or changed. What is missing or contradicts
//! itself is an error with a sentence, never a guess.

use super::payment;
use super::status;
use super::wire::PaymentLink;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::port::provider::After;
use crate::port::provider::Change;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::provider::rest;
use crate::provider::rest::Unreadable;

/// `ordered`: what the link was ordered as, where it has just been; it may not repeat that.
pub fn state(found: &PaymentLink, ordered: Option<LinkKind>) -> Result<LinkState, Unreadable> {
    payment::is_named(found)?;
    if found.url.is_empty() {
        return Err(format!("link {} has no URL", found.id));
    }
    let kind = match (found.reusable, ordered) {
        (Some(false), _) => LinkKind::OneOff,
        (Some(true), _) => LinkKind::Reusable { max_payments: found.max_payments },
        (None, Some(kind)) => kind,
        (None, None) => return Err(format!("link {} does not say how often it can be paid", found.id)),
    };
    Ok(LinkState {
        id: found.id.clone(),
        url: found.url.clone(),
        status: status::link(found, kind)?,
        kind,
        amount: amount(found)?,
        reference: payment::reference(found.metadata.as_ref()),
        payments: found.payments_count,
        title: found.description.clone(),
        ends_unix_ms: found.expires_at.as_ref().map(payment::millis).transpose()?,
    })
}

/// An editable amount is a proposal. `None` where the link does not repeat what it asks for.
fn amount(found: &PaymentLink) -> Result<Option<AmountKind>, Unreadable> {
    let no_currency = || format!("link {} has an amount and no currency", found.id);
    let money = |units| payment::money(units, found.currency.as_deref().ok_or_else(no_currency)?);
    match (found.amount, found.amount_editable) {
        (Some(units), Some(true)) => {
            let proposed = money(units)?;
            let (currency, preset) = (proposed.currency, Some(proposed.minor));
            Ok(Some(AmountKind::Open { currency, min: None, max: None, preset }))
        }
        (None, Some(true)) => {
            let currency = rest::currency(found.currency.as_deref().ok_or_else(no_currency)?)?;
            Ok(Some(AmountKind::Open { currency, min: None, max: None, preset: None }))
        }
        (Some(units), Some(false) | None) => Ok(Some(AmountKind::Fixed(money(units)?))),
        (None, Some(false) | None) => Ok(None),
    }
}

/// Whether it may be paid as often as was ordered. One with another amount is ours all the same: whoever
/// ordered it compares, and withdraws it.
pub fn is_ordered(order: &LinkOrder, found: &LinkState) -> Result<(), Unreadable> {
    let other = match (order.kind, found.kind) {
        (LinkKind::OneOff, LinkKind::OneOff) => false,
        (LinkKind::Reusable { max_payments: asked }, LinkKind::Reusable { max_payments: got }) => {
            got.is_some() && asked != got
        }
        (LinkKind::OneOff, LinkKind::Reusable { .. }) | (LinkKind::Reusable { .. }, LinkKind::OneOff) => true,
    };
    if other {
        return Err(format!("link {} can be paid more or less often than was ordered", found.id));
    }
    Ok(())
}

/// That a link can be changed at all is our reading: each change has to show in the answer.
pub fn is_changed(change: &Change, wire: &PaymentLink, found: &LinkState) -> Result<(), Unreadable> {
    let Change { title, description: _, amount, max_payments, ends_unix_ms, metadata, after, options: _ } =
        change;
    let word = |key: &String| wire.metadata.as_ref().and_then(|words| words.get(key)?.as_str());
    let limit = match found.kind {
        LinkKind::OneOff => None,
        LinkKind::Reusable { max_payments } => max_payments,
    };
    let url = match after {
        Some(After::Redirect(url)) => Some(url),
        Some(After::Thanks(_)) | None => None,
    };
    for (what, done) in [
        ("text", title.is_none() || *title == found.title),
        ("amount", amount.is_none() || *amount == found.amount),
        ("number of payments", max_payments.is_none() || *max_payments == limit),
        ("end", ends_unix_ms.is_none_or(|ms| found.ends_unix_ms == Some(ms.div_euclid(1000) * 1000))),
        ("metadata", metadata.iter().all(|(key, value)| word(key) == Some(value))),
        ("page after the payment", url.is_none() || url == wire.return_url.as_ref()),
    ] {
        if !done {
            return Err(format!("the {what} of link {} is not as was asked", found.id));
        }
    }
    Ok(())
}
