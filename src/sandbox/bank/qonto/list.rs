//! Numbered pages with their `meta`.

use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::paging;
use crate::sandbox::bank::qonto::fail::Fail;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    page: usize,
    per_page: usize,
}

impl Paging {
    /// The last of the query: what is left over is not known.
    pub fn take(form: &mut Form) -> Result<Self, Fail> {
        let page = number(form, "page", 1, 1..=usize::MAX)?;
        let per_page = number(form, "per_page", 100, 1..=100)?;
        match form.left_over() {
            None => Ok(Self { page, per_page }),
            Some(name) => Err(Fail::invalid(format!("the parameter {name} is not known here"))),
        }
    }

    /// The page's items as they are shown, and its `meta`.
    pub fn cut<T>(self, all: impl Iterator<Item = T>, show: impl Fn(&T) -> Value) -> (Vec<Value>, Value) {
        let sheet = paging::by_number(all, self.page, self.per_page);
        let meta = json!({
            "current_page": sheet.page, "next_page": sheet.next(), "prev_page": sheet.previous(),
            "total_pages": sheet.pages, "total_count": sheet.count, "per_page": self.per_page,
        });
        (sheet.items.iter().map(show).collect(), meta)
    }
}

fn number(
    form: &mut Form,
    name: &'static str,
    usual: usize,
    range: std::ops::RangeInclusive<usize>,
) -> Result<usize, Fail> {
    let Some(text) = form.take(name) else { return Ok(usual) };
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| Fail::parameter(name, "is not a number that is taken"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_numbers_and_bounds() {
        let taken = |query: &str| Paging::take(&mut Form::parse(query)).ok();
        assert_eq!(taken(""), Some(Paging { page: 1, per_page: 100 }));
        assert_eq!(taken("page=3&per_page=2"), Some(Paging { page: 3, per_page: 2 }));
        for query in ["page=0", "per_page=0", "per_page=101", "page=x", "current_page=2"] {
            assert_eq!(taken(query), None, "{query}");
        }
        let (items, meta) = Paging { page: 2, per_page: 2 }.cut(1..=5, |one| json!(one));
        assert_eq!(items, [json!(3), json!(4)]);
        let expected = json!({
            "current_page": 2, "next_page": 3, "prev_page": 1, "total_pages": 3, "total_count": 5,
            "per_page": 2,
        });
        assert_eq!(meta, expected);
    }
}
