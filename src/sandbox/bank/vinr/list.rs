//! Cuts a list into pages as VINR does: newest first, continued by the id of an object already seen, with
//! what there is besides under `page`.

use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::paging;
use crate::sandbox::bank::paging::Cursor;
use crate::sandbox::bank::vinr::fail::Fail;

/// Which page is asked for.
#[derive(Clone, Debug)]
pub struct Paging {
    limit: usize,
    after: Option<String>,
    before: Option<String>,
}

impl Paging {
    pub fn take(query: &mut Form) -> Result<Self, Fail> {
        let limit = query.take("limit").map_or(Ok(10), |text| text.parse());
        let limit = limit.ok().filter(|limit| (1..=100).contains(limit));
        let limit = limit.ok_or_else(|| Fail::invalid("limit must be from 1 to 100").param("limit"))?;
        let (after, before) = (query.take("starting_after"), query.take("ending_before"));
        if after.is_some() && before.is_some() {
            let message = "starting_after and ending_before exclude each other";
            return Err(Fail::invalid(message).param("ending_before"));
        }
        Ok(Self { limit, after, before })
    }

    /// The page out of `all`, which is newest first and already filtered.
    pub fn cut<T>(
        &self,
        all: impl Iterator<Item = T>,
        id: impl Fn(&T) -> &str,
        show: impl FnMut(&T) -> Value,
    ) -> Result<Value, Fail> {
        let all: Vec<T> = all.collect();
        let (count, (cursor, param)) = (all.len(), self.cursor());
        let page = paging::by_cursor(all.into_iter(), self.limit, cursor, &id);
        let page = page.ok_or_else(|| Fail::invalid("the cursor is not in this list").param(param))?;
        let next = page.items.last().filter(|_| page.has_more).map(|last| id(last).to_owned());
        let data: Vec<Value> = page.items.iter().map(show).collect();
        let page = json!({ "has_more": page.has_more, "next_cursor": next, "total_estimate": count });
        Ok(json!({ "object": "list", "data": data, "page": page }))
    }

    fn cursor(&self) -> (Cursor<'_>, &'static str) {
        match (&self.after, &self.before) {
            (_, Some(before)) => (Cursor::Before(before), "ending_before"),
            (Some(after), None) => (Cursor::After(after), "starting_after"),
            (None, None) => (Cursor::Start, ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_cursors_are_judged() {
        for query in ["limit=0", "limit=101", "limit=x", "starting_after=a&ending_before=b"] {
            assert!(Paging::take(&mut Form::parse(query)).is_err(), "{query}");
        }
    }

    #[test]
    fn a_page_names_where_the_next_begins() {
        let cut = |query: &str| {
            let paging = Paging::take(&mut Form::parse(query)).expect("a page");
            paging.cut(["c", "b", "a"].into_iter(), |one| one, |one| json!(one))
        };
        let first = cut("limit=2").expect("a page");
        assert_eq!(first["data"], json!(["c", "b"]));
        assert_eq!(first["page"], json!({ "has_more": true, "next_cursor": "b", "total_estimate": 3 }));
        let last = cut("limit=2&starting_after=b").expect("a page");
        assert_eq!(last["page"], json!({ "has_more": false, "next_cursor": null, "total_estimate": 3 }));
        assert!(cut("starting_after=x").is_err());
    }
}
