//! Where the reader was in a list, so that going back to it continues there: cursor, selection and scroll position. It is
//! stored for the tab, under the address of the list, and holds IDs of rows only.
use std::cell::Cell;

use leptos::ev;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use web_sys::PerformanceNavigation;

thread_local! {
    /// Whether the page is shown because the reader went back or forward.
    static CAME_BACK: Cell<bool> = const { Cell::new(false) };
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListPosition {
    /// ID of the row at the cursor.
    pub row: Option<String>,
    /// Its number, for when the row is gone.
    pub number: usize,
    pub selected: Vec<String>,
    /// Distance from the top of the page, in CSS pixels.
    pub scroll: u32,
}

/// Address of the page that is shown, with its query.
pub fn address() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

fn key(address: &str) -> String {
    format!("list {address}")
}

impl ListPosition {
    /// Stores the position. Without storage, as in some private windows, going back starts at the top.
    pub fn store(&self, address: &str) {
        let (Ok(Some(storage)), Ok(text)) = (window().session_storage(), serde_json::to_string(self)) else { return };
        let _ = storage.set_item(&key(address), &text);
    }

    /// Returns the position in this list if the reader came back to it; the second time, nothing.
    pub fn returned_to(address: &str) -> Option<Self> {
        if !CAME_BACK.replace(false) {
            return None;
        }
        let text = window().session_storage().ok()??.get_item(&key(address)).ok()??;
        serde_json::from_str(&text).ok()
    }

    /// Returns the number of the row to continue at: the row of then or, if it is gone, the one in its place.
    pub fn row_among<'a>(&self, ids: impl Iterator<Item = &'a str>) -> usize {
        let ids: Vec<&str> = ids.collect();
        let same = self.row.as_deref().and_then(|row| ids.iter().position(|id| *id == row));
        same.unwrap_or_else(|| self.number.min(ids.len().saturating_sub(1)))
    }
}

/// Observes whether the reader goes back or forward, or on by a click or a key.
pub fn watch() {
    Effect::new(|_| {
        let loaded = window().performance().map(|performance| performance.navigation().type_());
        CAME_BACK.set(loaded == Some(PerformanceNavigation::TYPE_BACK_FORWARD));
        let _ = window_event_listener(ev::popstate, |_| CAME_BACK.set(true));
        let _ = window_event_listener(ev::click, |_| CAME_BACK.set(false));
        let _ = window_event_listener(ev::keydown, |_| CAME_BACK.set(false));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_gone_leaves_its_place() {
        let position = ListPosition { row: Some("b".into()), number: 1, ..ListPosition::default() };
        let at = |ids: &[&str]| position.row_among(ids.iter().copied());
        assert_eq!(at(&["a", "b", "c"]), 1);
        assert_eq!(at(&["new", "a", "b"]), 2);
        assert_eq!(at(&["a", "c", "d"]), 1);
        assert_eq!(at(&["a"]), 0);
        assert_eq!(at(&[]), 0);
    }
}
