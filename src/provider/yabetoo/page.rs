//! Lists, whose shape the documentation does not settle. All three are read: a bare array, `{data}` with or
//! without `has_more`, and `{data, meta: {page, pages}}`. Pages have numbers.

use super::wire::List;
use super::wire::Meta;
use crate::port::provider::Trouble;
use crate::provider::list;
use crate::provider::list::Raw;
use crate::provider::rest;
use crate::provider::rest::unsure;

/// The smallest page that any version of the API gives by itself: a shorter one is the last, even if what we
/// asked for was not obeyed.
const PAGE_LEAST: usize = 10;

/// Which page: its number, and the first id of the page before, for a list that takes no heed of page numbers
/// and would go round for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor<'a> {
    pub page: u32,
    before: Option<&'a str>,
}

impl<'a> Cursor<'a> {
    /// `None` if it is none of ours.
    pub fn parse(text: Option<&'a str>) -> Option<Self> {
        let Some(text) = text else { return Some(Self { page: 1, before: None }) };
        let (page, before) = text.split_once(' ')?;
        let page = page.parse().ok().filter(|page| *page > 1)?;
        Some(Self { page, before: Some(before) })
    }

    fn after(self, first: &str) -> String {
        format!("{} {first}", self.page.saturating_add(1))
    }
}

/// The objects of one page as they came, and what to ask for the next with.
pub fn page(body: &[u8], cursor: Option<&str>) -> Result<(Vec<Raw>, Option<String>), Trouble> {
    let cursor = Cursor::parse(cursor).ok_or_else(|| unsure("a page that was never asked for".to_owned()))?;
    let list = parse(body)?;
    if list.data.is_empty() {
        return if list.has_more == Some(true) {
            Err(unsure("an empty page that says there is more".to_owned()))
        } else {
            Ok((list.data, None))
        };
    }
    let first = list.data.iter().find_map(list::id);
    let first = first.ok_or_else(|| unsure("a page of objects without an id".to_owned()))?;
    let more = match (list.meta, list.has_more) {
        (Some(Meta { page, .. }), _) if page != cursor.page => {
            return Err(unsure(format!("page {page}, asked was {}", cursor.page)));
        }
        (Some(Meta { page, pages }), _) => page < pages,
        (None, Some(more)) => more,
        (None, None) if cursor.before == Some(first.as_str()) => return Ok((Vec::new(), None)),
        (None, None) => list.data.len() >= PAGE_LEAST,
    };
    if cursor.before == Some(first.as_str()) {
        return Err(unsure(format!("page {} is the page before it once more", cursor.page)));
    }
    Ok((list.data, more.then(|| cursor.after(&first))))
}

fn parse(body: &[u8]) -> Result<List, Trouble> {
    if body.trim_ascii_start().starts_with(b"[") {
        return Ok(List { data: rest::parse(body)?, meta: None, has_more: None });
    }
    rest::parse(body)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;

    type Read = Result<(Vec<Value>, Option<String>), Trouble>;

    fn items(from: usize, count: usize) -> Vec<Value> {
        (from..from + count).map(|n| json!({"id": format!("x_{n}")})).collect()
    }

    fn read(body: &Value, cursor: Option<&str>) -> Read {
        let (raw, next) = page(body.to_string().as_bytes(), cursor)?;
        Ok((raw.iter().map(|one| serde_json::from_str(one.get()).expect("JSON")).collect(), next))
    }

    fn next(read: Read) -> Option<String> {
        read.expect("a page").1
    }

    #[test]
    fn all_three_shapes_are_read() {
        for body in [
            json!(items(0, 3)),
            json!({"data": items(0, 3)}),
            json!({"data": items(0, 3), "has_more": false, "total": 3}),
            json!({"data": items(0, 3), "meta": {"total": 3, "page": 1, "limit": 100, "pages": 1}}),
        ] {
            assert_eq!(read(&body, None), Ok((items(0, 3), None)), "{body}");
        }
        for empty in [json!([]), json!({"data": []}), json!({"data": [], "meta": {"page": 1, "pages": 0}})] {
            assert_eq!(read(&empty, None), Ok((Vec::new(), None)), "{empty}");
        }
    }

    #[test]
    fn the_next_page_is_asked_for_while_there_may_be_one() {
        let cursor = Some("2 x_0".to_owned());
        assert_eq!(next(read(&json!({"data": items(0, 3), "has_more": true}), None)), cursor);
        assert_eq!(next(read(&json!({"data": items(0, 3), "meta": {"page": 1, "pages": 2}}), None)), cursor);
        assert_eq!(next(read(&json!(items(0, 9)), None)), None);
        assert_eq!(next(read(&json!(items(0, 10)), None)), cursor);
        let second = read(&json!({"data": items(10, 10)}), cursor.as_deref());
        assert_eq!(next(second), Some("3 x_10".to_owned()));
    }

    #[test]
    fn a_list_without_pages_ends_and_one_that_repeats_itself_is_unsure() {
        let again = Some("2 x_0");
        assert_eq!(read(&json!(items(0, 100)), again), Ok((Vec::new(), None)));
        for body in [
            json!({"data": items(0, 10), "has_more": true}),
            json!({"data": items(0, 10), "meta": {"page": 2, "pages": 3}}),
            json!({"data": items(10, 10), "meta": {"page": 1, "pages": 3}}),
            json!({"data": [], "has_more": true}),
        ] {
            assert!(matches!(read(&body, again), Err(Trouble::Unsure { .. })), "{body}");
        }
    }

    #[test]
    fn a_cursor_that_is_not_ours_asks_nothing() {
        for text in ["", "2", "0 x", "1 x", "-2 x", "two x"] {
            assert_eq!(Cursor::parse(Some(text)), None, "{text:?}");
        }
        assert_eq!(Cursor::parse(None).map(|cursor| cursor.page), Some(1));
    }
}
