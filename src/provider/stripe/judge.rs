//! Whether an answer is the one to what was asked: the kind of object, the id, the mode and the link.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::payment::Owner;
use super::wire::List;
use super::wire::Object;
use super::wire::Session;
use crate::port::provider::Page;
use crate::port::provider::Trouble;
use crate::provider::judge::same;
use crate::provider::list;
use crate::provider::list::Marks;
use crate::provider::list::Raw;
use crate::provider::mode;
use crate::provider::rest::parse;
use crate::provider::rest::unsure;

/// A checkout of another link would be booked, or closed, in somebody else's place.
pub fn of_link(asked: &str, session: &Session, owner: Owner<'_>) -> Result<(), Trouble> {
    same_mode(session.livemode, owner)?;
    same(asked, session.payment_link.as_ref().map_or("", |link| link.id()))
}

/// An object that does not say its mode is not believed either.
pub fn same_mode(livemode: Option<bool>, owner: Owner<'_>) -> Result<(), Trouble> {
    match livemode.map(mode::of_live) {
        Some(mode) if mode == owner.mode => Ok(()),
        mode => Err(unsure(format!("an answer in mode {mode:?} to a {:?} key", owner.mode))),
    }
}

/// Whether an item says that it is of another link, or refund of another payment, than was asked about.
/// `named_at`: where it names it, by id or as the whole object.
pub fn is_others(item: &Value, named_at: &str, asked: &str, owner: Owner<'_>) -> bool {
    let whole = format!("{named_at}/id");
    Marks::at(item, &[named_at, &whole], &["/livemode"]).are_of_another(asked, owner.mode)
}

/// One page of what was asked about. The cursor is the last object's id, also where that object itself is
/// passed over.
pub fn page<T: DeserializeOwned + Object, U>(
    body: &[u8],
    is_others: impl Fn(&Value) -> bool,
    read: impl Fn(&T) -> Result<Option<U>, Trouble>,
) -> Result<Page<U>, Trouble> {
    paged(body, |raw| list::items(raw, is_others, |found| is_named(found).and_then(|()| read(found))))
}

pub fn links<T: DeserializeOwned + Object, U>(
    body: &[u8],
    owner: Owner<'_>,
    read: impl Fn(&T) -> Result<Option<U>, Trouble>,
) -> Result<Page<U>, Trouble> {
    let others = |item: &Value| Marks::at(item, &[], &["/livemode"]).are_of_another("", owner.mode);
    paged(body, |raw| list::links(raw, others, |found| is_named(found).and_then(|()| read(found))))
}

fn paged<U>(body: &[u8], read: impl FnOnce(&[Raw]) -> Result<Vec<U>, Trouble>) -> Result<Page<U>, Trouble> {
    let list: List<Raw> = parse(body)?;
    let items = read(&list.data)?;
    let next = list.data.last().filter(|_| list.has_more).and_then(list::id);
    if list.has_more && next.is_none() {
        return Err(unsure("a page that says there is more, and not after what".to_owned()));
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
