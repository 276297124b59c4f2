//! Pages: `{"data": […], "nextCursor"}`, newest first. The cursor is opaque to clients: the base64 of the
//! last id that was shown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::paging;
use crate::sandbox::bank::paging::Cursor;
use crate::sandbox::bank::storekit::fail::Fail;

const USUAL: usize = 20;
const MOST: usize = 100;

pub struct Paging {
    limit: usize,
    after: Option<String>,
}

impl Paging {
    pub fn take(query: &mut Form) -> Result<Self, Fail> {
        let limit = query.take("limit").map_or(Some(USUAL), |text| text.parse().ok());
        let limit = limit.filter(|limit| (1..=MOST).contains(limit));
        let limit = limit.ok_or_else(|| Fail::invalid("field_invalid", "limit must be 1 to 100."))?;
        let after = query.take("cursor").map(|text| id(&text).ok_or_else(no_cursor)).transpose()?;
        Ok(Self { limit, after })
    }

    /// The page out of `all`, which is newest first and already filtered.
    pub fn cut<T>(
        &self,
        all: impl Iterator<Item = T>,
        id: impl Fn(&T) -> &str,
        show: impl Fn(&T) -> Value,
    ) -> Result<Value, Fail> {
        let cursor = self.after.as_deref().map_or(Cursor::Start, Cursor::After);
        let page = paging::by_cursor(all, self.limit, cursor, &id).ok_or_else(no_cursor)?;
        let next = page.items.last().filter(|_| page.has_more).map(|last| STANDARD.encode(id(last)));
        let data: Vec<Value> = page.items.iter().map(show).collect();
        Ok(json!({ "data": data, "nextCursor": next }))
    }
}

/// Refuses what was not taken out of the query.
pub fn done(query: &Form) -> Result<(), Fail> {
    match query.left_over() {
        None => Ok(()),
        Some(name) => Err(Fail::invalid("field_unknown", format!("{name} is not known here."))),
    }
}

fn id(cursor: &str) -> Option<String> {
    STANDARD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok())
}

fn no_cursor() -> Fail {
    Fail::invalid("field_invalid", "cursor must be a nextCursor of this list.")
}
