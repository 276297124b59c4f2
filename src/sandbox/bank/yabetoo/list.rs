//! Pages with numbers: 10 to a page, at most 100.

use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::paging;
use crate::sandbox::bank::yabetoo::fail::Fail;

#[derive(Clone, Copy, Debug)]
pub struct Paging {
    page: usize,
    limit: usize,
}

impl Paging {
    pub fn take(query: &mut Form) -> Result<Self, Fail> {
        let limit = number(query, "limit", 10)?;
        if limit > 100 {
            return Err(Fail::wrong("limit", "max", "must not be above 100"));
        }
        Ok(Self { page: number(query, "page", 1)?, limit })
    }

    /// `{data, meta}`.
    pub fn enveloped<T>(self, all: impl Iterator<Item = T>, show: impl FnMut(T) -> String) -> String {
        let sheet = paging::by_number(all, self.page, self.limit);
        let (total, pages) = (sheet.count, sheet.pages);
        let data: Vec<String> = sheet.items.into_iter().map(show).collect();
        let meta =
            serde_json::json!({ "total": total, "page": self.page, "limit": self.limit, "pages": pages });
        format!("{{\"data\":[{}],\"meta\":{meta}}}", data.join(","))
    }

    /// The bare array that the Python library reads.
    pub fn bare<T>(self, all: impl Iterator<Item = T>, show: impl FnMut(T) -> String) -> String {
        let sheet = paging::by_number(all, self.page, self.limit);
        let data: Vec<String> = sheet.items.into_iter().map(show).collect();
        format!("[{}]", data.join(","))
    }
}

fn number(query: &mut Form, name: &str, otherwise: usize) -> Result<usize, Fail> {
    let Some(text) = query.take(name) else { return Ok(otherwise) };
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Fail::wrong(name, "min", "must be a whole number from 1"))
}
