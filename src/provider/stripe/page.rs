//! One object out of an answer, and one page of them, each of the kind that it should be.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::wire::List;
use super::wire::Object;
use crate::port::provider::LinkState;
use crate::port::provider::Page;
use crate::port::provider::Trouble;
use crate::provider::list;
use crate::provider::list::Raw;
use crate::provider::rest::parse;
use crate::provider::rest::unsure;

pub fn object<T: DeserializeOwned + Object>(body: &[u8]) -> Result<T, Trouble> {
    let found: T = parse(body)?;
    is_named(&found)?;
    Ok(found)
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

/// One page of the account's links. Stripe obeys the question for those that are active.
pub fn links<T: DeserializeOwned + Object>(
    body: &[u8],
    is_others: impl Fn(&Value) -> bool,
    read: impl Fn(&T) -> Result<LinkState, Trouble>,
) -> Result<Page<LinkState>, Trouble> {
    paged(body, |raw| list::links(raw, None, is_others, |found| is_named(found).and_then(|()| read(found))))
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

fn is_named<T: Object>(found: &T) -> Result<(), Trouble> {
    if found.object() != T::OBJECT || found.id().is_empty() {
        return Err(unsure(format!("`{}` where a {} should be", found.object(), T::OBJECT)));
    }
    Ok(())
}
