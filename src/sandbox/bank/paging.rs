//! Cuts a list into pages, by an id already seen or by number. How a page is written is the faces' own.

/// A page that goes on from an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub has_more: bool,
}

/// Where a page begins or ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cursor<'a> {
    #[default]
    Start,
    After(&'a str),
    Before(&'a str),
}

/// At most `limit` of `all`, next to the cursor. `None` if its id is not in the list.
pub fn by_cursor<T>(
    all: impl Iterator<Item = T>,
    limit: usize,
    cursor: Cursor<'_>,
    id: impl Fn(&T) -> &str,
) -> Option<Page<T>> {
    let mut all: Vec<T> = all.collect();
    let place = |wanted: &str| all.iter().position(|one| id(one) == wanted);
    let (start, end, has_more) = match cursor {
        Cursor::Before(before) => {
            let end = place(before)?;
            let start = end.saturating_sub(limit);
            (start, end, start > 0)
        }
        Cursor::After(_) | Cursor::Start => {
            let start = match cursor {
                Cursor::After(after) => place(after)? + 1,
                Cursor::Start | Cursor::Before(_) => 0,
            };
            let end = all.len().min(start + limit);
            (start, end, end < all.len())
        }
    };
    all.truncate(end);
    Some(Page { items: all.split_off(start), has_more })
}

/// A page with a number; the first is 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet<T> {
    pub items: Vec<T>,
    pub page: usize,
    /// How many things and pages there are in all.
    pub count: usize,
    pub pages: usize,
}

impl<T> Sheet<T> {
    #[must_use]
    pub fn next(&self) -> Option<usize> {
        (self.page < self.pages).then_some(self.page + 1)
    }

    #[must_use]
    pub fn previous(&self) -> Option<usize> {
        (self.page > 1).then(|| self.page - 1)
    }
}

/// Page number `page` of `all`; one beyond the last is empty.
pub fn by_number<T>(all: impl Iterator<Item = T>, page: usize, per_page: usize) -> Sheet<T> {
    let (page, per_page) = (page.max(1), per_page.max(1));
    let all: Vec<T> = all.collect();
    let (count, pages) = (all.len(), all.len().div_ceil(per_page));
    let items = all.into_iter().skip((page - 1).saturating_mul(per_page)).take(per_page).collect();
    Sheet { items, page, count, pages }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(limit: usize, cursor: Cursor<'_>) -> Option<(String, bool)> {
        let page = by_cursor(["e", "d", "c", "b", "a"].into_iter(), limit, cursor, |one| one)?;
        Some((page.items.concat(), page.has_more))
    }

    #[test]
    fn pages_join_without_gap_or_overlap_in_both_directions() {
        assert_eq!(cut(2, Cursor::Start), Some(("ed".into(), true)));
        assert_eq!(cut(2, Cursor::After("d")), Some(("cb".into(), true)));
        assert_eq!(cut(2, Cursor::After("b")), Some(("a".into(), false)));
        assert_eq!(cut(2, Cursor::Before("b")), Some(("dc".into(), true)));
        assert_eq!(cut(2, Cursor::Before("d")), Some(("e".into(), false)));
        assert_eq!(cut(2, Cursor::After("x")), None);
    }

    #[test]
    fn numbered_pages_know_their_neighbours() {
        let sheet = |page| by_number(1..=5, page, 2);
        assert_eq!((sheet(1).items, sheet(3).items, sheet(4).items), (vec![1, 2], vec![5], vec![]));
        assert_eq!((sheet(1).previous(), sheet(1).next()), (None, Some(2)));
        assert_eq!((sheet(3).previous(), sheet(3).next()), (Some(2), None));
        assert_eq!((sheet(1).count, sheet(1).pages), (5, 3));
        assert_eq!(by_number(0..0, 1, 2).next(), None);
    }
}
