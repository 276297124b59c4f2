//! Cuts a list into pages as Stripe does: newest first, continued by the id of an object already seen.

use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::paging;
use crate::sandbox::bank::paging::Cursor;
use crate::sandbox::bank::stripe::fail::Fail;
use crate::sandbox::bank::stripe::read;

/// Which page is asked for.
#[derive(Clone, Debug)]
pub struct Paging {
    limit: usize,
    after: Option<String>,
    before: Option<String>,
}

impl Paging {
    pub fn take(form: &mut Form) -> Result<Self, Fail> {
        let limit = read::integer::<i64>(form, "limit")?.unwrap_or(10);
        let limit = usize::try_from(limit).ok().filter(|limit| (1..=100).contains(limit));
        let limit = limit.ok_or_else(|| {
            let message = "Invalid limit: must be between 1 and 100";
            Fail::invalid(message).code("parameter_invalid_integer").param("limit")
        })?;
        let (after, before) = (form.take("starting_after"), form.take("ending_before"));
        if after.is_some() && before.is_some() {
            return Err(
                Fail::invalid("Pass only one of starting_after and ending_before.").param("ending_before")
            );
        }
        Ok(Self { limit, after, before })
    }

    /// The page out of `all`, which is newest first and already filtered.
    pub fn cut<T>(
        &self,
        url: &str,
        all: impl Iterator<Item = T>,
        id: impl Fn(&T) -> &str,
        mut show: impl FnMut(&T) -> Value,
    ) -> Result<Value, Fail> {
        let (cursor, param) = match (&self.after, &self.before) {
            (_, Some(before)) => (Cursor::Before(before), "ending_before"),
            (Some(after), None) => (Cursor::After(after), "starting_after"),
            (None, None) => (Cursor::Start, ""),
        };
        let page = paging::by_cursor(all, self.limit, cursor, id);
        let wanted = self.before.as_ref().or(self.after.as_ref()).map_or("", String::as_str);
        let page = page.ok_or_else(|| Fail { status: 400, ..Fail::no_such("object", wanted, param) })?;
        let data: Vec<Value> = page.items.iter().map(&mut show).collect();
        Ok(json!({ "object": "list", "url": url, "has_more": page.has_more, "data": data }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_beyond_a_hundred_are_refused() {
        for query in ["limit=0", "limit=101", "limit=x", "starting_after=a&ending_before=b"] {
            assert!(Paging::take(&mut Form::parse(query)).is_err(), "{query}");
        }
    }
}
