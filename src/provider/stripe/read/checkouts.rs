//! Stripe's answers about checkouts: those that are still open, and what was paid at the others.

use super::is_others;
use super::same_mode;
use crate::port::provider::Page;
use crate::port::provider::Payment;
use crate::port::provider::Trouble;
use crate::provider::judge::same;
use crate::provider::owner::Owner;
use crate::provider::rest::unsure;
use crate::provider::stripe::page::object;
use crate::provider::stripe::page::page;
use crate::provider::stripe::payment;
use crate::provider::stripe::wire::Session;

/// Where a checkout names its link.
const LINK_AT: &str = "/payment_link";

pub fn open(link: &str, body: &[u8], owner: Owner<'_>) -> Result<Page<String>, Trouble> {
    let open = |session: &Session| {
        is_of_link(link, session, owner)?;
        Ok((session.status.as_deref() == Some("open")).then(|| session.id.clone()))
    };
    page(body, |item| is_others(item, LINK_AT, link, owner), open)
}

pub fn payments(link: &str, body: &[u8], owner: Owner<'_>) -> Result<Page<Payment>, Trouble> {
    let read = |session: &Session| {
        is_of_link(link, session, owner)?;
        payment::session(session, None, owner).map_err(unsure)
    };
    page(body, |item| is_others(item, LINK_AT, link, owner), read)
}

pub fn expired(asked: &str, body: &[u8]) -> Result<(), Trouble> {
    let session: Session = object(body)?;
    same(asked, &session.id)?;
    match session.status.as_deref() {
        Some("expired") => Ok(()),
        Some(_) | None => Err(unsure(format!("checkout {} did not expire", session.id))),
    }
}

/// A checkout of another link would be booked, or closed, in somebody else's place.
fn is_of_link(asked: &str, session: &Session, owner: Owner<'_>) -> Result<(), Trouble> {
    same_mode(session.livemode, owner)?;
    same(asked, session.payment_link.as_ref().map_or("", |link| link.id()))
}
