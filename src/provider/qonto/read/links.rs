//! Qonto's answers about links.

use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::port::provider::Page;
use crate::port::provider::Trouble;
use crate::provider::judge;
use crate::provider::judge::same;
use crate::provider::list;
use crate::provider::qonto::order;
use crate::provider::qonto::status;
use crate::provider::qonto::wire;
use crate::provider::qonto::wire::Wrapped;
use crate::provider::rest;
use crate::provider::rest::Unreadable;
use crate::provider::rest::parse;
use crate::provider::rest::unsure;

/// A link is a sale's only if it carries its reference. One with another amount is given back as it is: the
/// caller compares, and withdraws it.
pub fn ordered(order: &LinkOrder, body: &[u8]) -> Result<LinkState, Trouble> {
    let found = read(body)?;
    judge::carries_reference(order, &found)?;
    if found.kind != order.kind {
        return Err(unsure(format!("link {} is not of the kind that was ordered", found.id)));
    }
    Ok(found)
}

pub fn one(asked: &str, body: &[u8]) -> Result<LinkState, Trouble> {
    let found = read(body)?;
    same(asked, &found.id)?;
    Ok(found)
}

pub fn switched_off(asked: &str, body: &[u8]) -> Result<LinkState, Trouble> {
    let found = one(asked, body)?;
    if found.status.is_payable() {
        return Err(unsure(format!("link {} was not switched off", found.id)));
    }
    Ok(found)
}

/// Nothing in a link says its mode.
pub fn page(active: Option<bool>, cursor: Option<&String>, body: &[u8]) -> Result<Page<LinkState>, Trouble> {
    let list: wire::PaymentLinks = parse(body)?;
    let next = super::next(&list.meta, cursor, list.payment_links.len())?;
    let read = |found: &wire::PaymentLink| state(found).map_err(unsure);
    Ok(Page { items: list::links(&list.payment_links, active, |_| false, read)?, next })
}

fn read(body: &[u8]) -> Result<LinkState, Trouble> {
    state(&parse::<Wrapped<wire::PaymentLink>>(body)?.payment_link).map_err(unsure)
}

fn state(found: &wire::PaymentLink) -> Result<LinkState, Unreadable> {
    if !rest::is_safe(&found.id) || found.url.is_empty() {
        return Err(format!("`{}` where a link with an address should be", found.id));
    }
    let reusable = match (found.resource_type.as_deref(), found.reusable) {
        (Some("Invoice"), None | Some(false)) => false,
        (_, Some(reusable)) => reusable,
        (kind, None) => {
            return Err(format!("a link of kind {kind:?} that does not say how often it is paid"));
        }
    };
    let amount = super::money(&found.amount)?;
    let title = found.items.as_deref().unwrap_or_default().first().map(|item| item.title.as_str());
    let (words, reference) = title.map(order::untitled).unzip();
    Ok(LinkState {
        status: status::link(&found.status, reusable),
        kind: if reusable { LinkKind::Reusable { max_payments: None } } else { LinkKind::OneOff },
        amount: Some(AmountKind::Fixed(amount)),
        reference: reference.flatten().map(str::to_owned),
        payments: None,
        title: words.map(str::to_owned),
        // A day without a time is for people; the status says when it is over.
        ends_unix_ms: found.expiration_date.as_deref().and_then(|text| rest::millis(text).ok()),
        id: found.id.clone(),
        url: found.url.clone(),
    })
}
