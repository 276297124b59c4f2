//! Whether an answer is the one to what was asked: the kind of object, the id, the mode and the link.

use serde::de::DeserializeOwned;

use super::payment::Owner;
use super::wire::List;
use super::wire::Object;
use super::wire::Session;
use crate::core::payment::Mode;
use crate::port::provider::Page;
use crate::port::provider::Trouble;
use crate::provider::rest::parse;
use crate::provider::rest::unsure;

/// A checkout of another link would be booked, or closed, in somebody else's place.
pub fn of_link(asked: &str, session: &Session, owner: Owner<'_>) -> Result<(), Trouble> {
    same_mode(session.livemode, owner)?;
    same(asked, session.payment_link.as_ref().map_or("", |link| link.id()))
}

pub fn same(asked: &str, found: &str) -> Result<(), Trouble> {
    if asked == found { Ok(()) } else { Err(unsure(format!("an answer about `{found}`, asked was {asked}"))) }
}

/// An object that does not say its mode is not believed either.
pub fn same_mode(livemode: Option<bool>, owner: Owner<'_>) -> Result<(), Trouble> {
    match livemode.map(mode_of) {
        Some(mode) if mode == owner.mode => Ok(()),
        mode => Err(unsure(format!("an answer in mode {mode:?} to a {:?} key", owner.mode))),
    }
}

pub fn mode_of(livemode: bool) -> Mode {
    if livemode { Mode::Live } else { Mode::Test }
}

/// One page. The cursor is the last object's id, also where that object itself is passed over.
pub fn page<T: Object, U>(
    list: &List<T>,
    read: impl Fn(&T) -> Result<Option<U>, Trouble>,
) -> Result<Page<U>, Trouble> {
    let mut items = Vec::with_capacity(list.data.len());
    for object in &list.data {
        is_named(object)?;
        items.extend(read(object)?);
    }
    let next = list.data.last().filter(|_| list.has_more).map(|last| last.id().to_owned());
    if list.has_more && next.is_none() {
        return Err(unsure("an empty page that says there is more".to_owned()));
    }
    Ok(Page { items, next })
}

pub fn object<T: DeserializeOwned + Object>(body: &[u8]) -> Result<T, Trouble> {
    let found: T = parse(body)?;
    is_named(&found)?;
    Ok(found)
}

fn is_named<T: Object>(found: &T) -> Result<(), Trouble> {
    if found.object() != T::OBJECT || found.id().is_empty() {
        return Err(unsure(format!("`{}` where a {} should be", found.object(), T::OBJECT)));
    }
    Ok(())
}
