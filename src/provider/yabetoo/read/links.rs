//! Yabetoo's answers about links.

use serde_json::Value;

use super::LIVE_AT;
use crate::core::payment::AmountKind;
use crate::port::provider::Change;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::port::provider::Page;
use crate::port::provider::Trouble;
use crate::provider::judge;
use crate::provider::judge::same;
use crate::provider::list;
use crate::provider::list::Marks;
use crate::provider::rest;
use crate::provider::rest::unsure;
use crate::provider::yabetoo::link;
use crate::provider::yabetoo::order;
use crate::provider::yabetoo::page;
use crate::provider::yabetoo::payment::Reading;
use crate::provider::yabetoo::wire::PaymentLink;

/// A link is shown to a customer only if it is the one that was ordered.
pub fn ordered(order: &LinkOrder, body: &[u8], reading: Reading<'_>) -> Result<LinkState, Trouble> {
    let found = state(&rest::parse(body)?, reading)?;
    let wrong = |what: &str| Err(unsure(format!("link {} {what}", found.id)));
    judge::carries_reference(order, &found)?;
    if order::limit(order.kind) != order::limit(found.kind) {
        return wrong("can be paid another number of times than was ordered");
    }
    // One with another amount is ours all the same: whoever ordered it compares, and withdraws it.
    if matches!(order.amount, AmountKind::Fixed(_)) && found.amount.is_none() {
        return wrong("does not say what it asks for");
    }
    Ok(found)
}

/// The link of that id, as it came and as it stands.
pub fn one(asked: &str, body: &[u8], reading: Reading<'_>) -> Result<(PaymentLink, LinkState), Trouble> {
    let wire: PaymentLink = rest::parse(body)?;
    let found = state(&wire, reading)?;
    same(asked, &found.id)?;
    Ok((wire, found))
}

pub fn changed(
    asked: &str,
    change: &Change,
    body: &[u8],
    reading: Reading<'_>,
) -> Result<LinkState, Trouble> {
    let (_, found) = one(asked, body, reading)?;
    let named = change.title.is_none() || change.title == found.title;
    let priced = found.amount.is_none() || change.amount.is_none_or(|asked| is_of(asked, found.amount));
    if named && priced { Ok(found) } else { Err(unsure(format!("{asked} was not changed as asked"))) }
}

/// Not by what a customer may do with it: a link that is switched on again may be used up.
pub fn switched(asked: &str, active: bool, body: &[u8], reading: Reading<'_>) -> Result<LinkState, Trouble> {
    let (wire, found) = one(asked, body, reading)?;
    let switched = wire.is_active == Some(active);
    if switched { Ok(found) } else { Err(unsure(format!("{asked} was not switched"))) }
}

/// One page of the account's links. Yabetoo obeys the question for those that are active.
pub fn all(cursor: Option<&str>, body: &[u8], reading: Reading<'_>) -> Result<Page<LinkState>, Trouble> {
    let (raw, next) = page::page(body, cursor)?;
    let others = |item: &Value| Marks::at(item, &[], LIVE_AT).are_of_other_mode(reading.owner.mode);
    Ok(Page { items: list::links(&raw, None, others, |found| state(found, reading))?, next })
}

fn state(found: &PaymentLink, reading: Reading<'_>) -> Result<LinkState, Trouble> {
    reading.same_mode(found.live_mode).and_then(|()| link::state(found, reading.units)).map_err(unsure)
}

/// Whether a link asks for what it should. An open amount without bounds was sent with one, and a catalogue's
/// price is not in the link.
fn is_of(asked: AmountKind, found: Option<AmountKind>) -> bool {
    match (asked, found) {
        (AmountKind::Fixed(asked), Some(AmountKind::Fixed(got))) => asked == got,
        (AmountKind::Fixed(_), Some(AmountKind::Open { .. }) | None)
        | (AmountKind::Open { .. }, Some(AmountKind::Fixed(_))) => false,
        (
            AmountKind::Open { currency: asked, min, max, .. },
            Some(AmountKind::Open { currency: got, min: least, max: most, .. }),
        ) => asked == got && max == most && (min.is_none() || min == least),
        (AmountKind::Open { .. }, None) => true,
    }
}
