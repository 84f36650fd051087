//! Saved views of the queue.
use serde::{Deserialize, Serialize};

/// A filter with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub id: String,
    pub name: String,
    /// As in the address bar, without `?`.
    pub filter: String,
    /// Made by an admin for all reviewers.
    pub shared: bool,
}

/// Views that every reviewer has from the start.
pub const VIEWS: [(&str, &str); 7] = [
    ("Mine", "assignee=me"),
    ("Due within 4 hours", "due=4&sort=due"),
    ("Overdue", "due=overdue&sort=due"),
    ("Watchlist hits", "signal=Watchlist+hit"),
    ("Hits after approval", "status=all&tag=later+hit"),
    ("Escalated", "tag=escalated"),
    ("Snoozed", "snoozed=yes"),
];

pub const LONGEST_VIEW_NAME: usize = 40;
pub const MOST_VIEWS: usize = 30;
