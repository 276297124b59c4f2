//! Cuts a list into pages as Stripe does: newest first, continued by the id of an object already seen.

use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::form::Form;
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
        let all: Vec<T> = all.collect();
        let place = |wanted: &str, param: &str| {
            let found = all.iter().position(|one| id(one) == wanted);
            found.ok_or_else(|| Fail { status: 400, ..Fail::no_such("object", wanted, param) })
        };
        let (page, has_more) = match (&self.after, &self.before) {
            (_, Some(before)) => {
                let end = place(before, "ending_before")?;
                let start = end.saturating_sub(self.limit);
                (&all[start..end], start > 0)
            }
            (after, None) => {
                let start = match after {
                    Some(after) => place(after, "starting_after")? + 1,
                    None => 0,
                };
                let end = all.len().min(start + self.limit);
                (&all[start..end], end < all.len())
            }
        };
        let data: Vec<Value> = page.iter().map(&mut show).collect();
        Ok(json!({ "object": "list", "url": url, "has_more": has_more, "data": data }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(query: &str) -> (Vec<String>, bool) {
        let all = ["e", "d", "c", "b", "a"];
        let paging = Paging::take(&mut Form::parse(query)).expect("a page");
        let page = paging.cut("/v1/x", all.iter(), |one| one, |one| json!(one)).expect("a list");
        let data = page["data"].as_array().expect("data").iter();
        (data.map(|one| one.as_str().expect("text").to_owned()).collect(), page["has_more"] == true)
    }

    #[test]
    fn pages_join_without_gap_or_overlap_in_both_directions() {
        assert_eq!(ids("limit=2"), (vec!["e".into(), "d".into()], true));
        assert_eq!(ids("limit=2&starting_after=d"), (vec!["c".into(), "b".into()], true));
        assert_eq!(ids("limit=2&starting_after=b"), (vec!["a".into()], false));
        assert_eq!(ids("limit=2&ending_before=b"), (vec!["d".into(), "c".into()], true));
        assert_eq!(ids("limit=2&ending_before=d"), (vec!["e".into()], false));
    }

    #[test]
    fn limits_beyond_a_hundred_are_refused() {
        for query in ["limit=0", "limit=101", "limit=x", "starting_after=a&ending_before=b"] {
            assert!(Paging::take(&mut Form::parse(query)).is_err(), "{query}");
        }
    }
}
