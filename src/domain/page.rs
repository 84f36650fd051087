//! Pages of results: keyset cursors, never offsets, so that page 10,000 costs what page 1 costs.
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// The cursor of the next page; `None` on the last one.
    pub next: Option<Cursor>,
    /// Whether the requested page had become empty, so that this is the last one that has rows.
    #[serde(default)]
    pub emptied: bool,
}

/// The sort key and id of the last row seen, as one opaque text for URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub key: String,
    pub id: String,
}

impl Cursor {
    pub fn to_text(&self) -> String {
        format!("{}~{}", self.key, self.id)
    }

    /// Parses a cursor. An unreadable one counts as none: the reader gets the first page rather than an error.
    pub fn from_text(text: &str) -> Option<Self> {
        let (key, id) = text.split_once('~')?;
        (text.len() <= 300 && !text.contains('\0')).then(|| Self { key: key.to_owned(), id: id.to_owned() })
    }
}

impl<T> Page<T> {
    /// Cuts a list that was fetched with one row too many.
    pub fn cut(mut rows: Vec<T>, size: usize, cursor: impl Fn(&T) -> Cursor) -> Self {
        let more = rows.len() > size;
        rows.truncate(size);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { rows, next, emptied: false }
    }

    /// The last page with rows, in order, in place of one that has become empty.
    pub const fn instead(rows: Vec<T>) -> Self {
        Self { rows, next: None, emptied: true }
    }

    /// Leaves out rows that cannot be shown.
    pub fn map_some<U>(self, with: impl FnMut(T) -> Option<U>) -> Page<U> {
        Page { rows: self.rows.into_iter().filter_map(with).collect(), next: self.next, emptied: self.emptied }
    }

    pub fn map<U>(self, with: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(with).collect(), next: self.next, emptied: self.emptied }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_next() {
        let cursor = |n: &i32| Cursor { key: n.to_string(), id: "x".into() };
        assert_eq!(Page::cut(vec![1, 2], 2, cursor).next, None);
        let cut = Page::cut(vec![1, 2, 3], 2, cursor);
        assert_eq!(cut.rows, [1, 2]);
        assert_eq!(cut.next.as_ref().map(Cursor::to_text), Some("2~x".into()));
    }
}
