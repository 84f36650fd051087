//! The preferences of a reviewer: columns, density, keys, contrast, pictures. They apply in any browser.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Columns of the queue that can be hidden. The subject is always shown.
pub const COLUMNS: [(&str, &str); 9] = [
    ("signals", "Signals"),
    ("template", "Template"),
    ("country", "Country"),
    ("relations", "Relations"),
    ("tags", "Tags"),
    ("status", "Status"),
    ("assignee", "Assignee"),
    ("waiting", "Waiting"),
    ("due", "Due"),
];

/// What each key does: name, default key, text in the help, and where it works.
pub const KEYS: [(&str, &str, &str, &str); 48] = [
    ("help", "?", "All keys", "Everywhere"),
    ("next-row", "j", "Next row", "Lists"),
    ("previous-row", "k", "Previous row", "Lists"),
    ("search", "/", "Search", "Lists"),
    ("show", ".", "Show what changed", "Lists"),
    ("select", "x", "Select or deselect a row", "Queue"),
    ("select-all", "*", "Select all rows or none", "Queue"),
    ("claim-next", "n", "Claim and open the next inquiry", "Queue"),
    ("claim", "c", "Claim", "Queue"),
    ("release", "u", "Release", "Queue"),
    ("snooze", "s", "Snooze", "Queue"),
    ("tag", "t", "Tag", "Queue"),
    ("escalate", "e", "Escalate", "Queue"),
    ("mark-rows", "m", "Mark for review", "Queue"),
    ("save-view", "b", "Save these filters as a view", "Queue"),
    ("columns", "o", "Columns and density", "Queue"),
    ("cases-select", "x", "Select or deselect a row", "Cases"),
    ("cases-select-all", "*", "Select all rows or none", "Cases"),
    ("cases-assign", "a", "Assign to me (an admin: to a reviewer)", "Cases"),
    ("approve", "a", "Approve", "Inquiry"),
    ("decline", "d", "Decline", "Inquiry"),
    ("mark", "m", "Mark for review", "Inquiry"),
    ("undo", "u", "Withdraw a decision", "Inquiry"),
    ("countersign", "s", "Countersign", "Inquiry"),
    ("refuse", "r", "Refuse to countersign", "Inquiry"),
    ("hold", "x", "Claim or release", "Inquiry"),
    ("reason", "e", "Choose the reason", "Inquiry"),
    ("comment", "c", "Write the comment", "Inquiry"),
    ("note", "w", "Write a note", "Inquiry"),
    ("reveal", "v", "Show hidden values", "Inquiry"),
    ("link", "l", "Send a one-time link", "Inquiry"),
    ("graph", "g", "Relation graph", "Inquiry"),
    ("next", "n", "Next inquiry in the queue", "Inquiry"),
    ("change", ".", "Show what changed", "Inquiry"),
    ("picture", "p", "Open the picture viewer", "Inquiry"),
    ("put-off", "z", "Snooze, tag or escalate", "Inquiry"),
    ("case-take", "a", "Assign to me", "Case"),
    ("case-next", "n", "Next case in the list", "Case"),
    ("case-reason", "e", "Choose the reason", "Case"),
    ("case-comment", "c", "Write the comment", "Case"),
    ("case-note", "w", "Write a note", "Case"),
    ("case-reveal", "v", "Show hidden values", "Case"),
    ("case-change", ".", "Show what changed", "Case"),
    ("account-graph", "g", "Relation graph", "Account"),
    ("account-note", "w", "Write a note", "Account"),
    ("account-reveal", "v", "Show hidden values", "Account"),
    ("fit", "f", "Show the whole graph", "Graph"),
    ("verify", "v", "Verify the log now", "Audit log"),
];

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Columns of the queue that are hidden.
    pub hidden: BTreeSet<String>,
    /// Lower rows.
    pub dense: bool,
    /// The filter that `/queue` opens with, as query parameters.
    pub start: Option<String>,
    /// Single-key shortcuts are off.
    pub keys_off: bool,
    /// Keys that the reviewer chose, by the name of what they do.
    pub keys: BTreeMap<String, String>,
    pub contrast: bool,
    /// After a decision, the next inquiry is claimed and opened.
    pub onward: bool,
    /// Pictures are blurred until the reviewer looks at one.
    pub blur: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPreference {
    #[error("A key must be one letter, digit or symbol.")]
    Key,
    #[error("The key “{0}” already does something else on the same page. Choose another one.")]
    Twice(String),
    #[error("Unknown preference: {0}.")]
    Unknown(String),
}

impl Preferences {
    /// The key for an action, also when single keys are off.
    pub fn key(&self, name: &str) -> String {
        let usual = KEYS.iter().find(|(known, ..)| *known == name).map_or("", |(_, key, ..)| *key);
        self.keys.get(name).cloned().unwrap_or_else(|| usual.to_owned())
    }

    /// The default key of the action that a key has on a page with these places. `None` if the key has no meaning any
    /// more.
    pub fn meant(&self, key: &str, places: &[&str]) -> Option<String> {
        if self.keys_off && key.chars().count() == 1 {
            return None;
        }
        let mut here = KEYS.iter().filter(|(.., place)| places.contains(place));
        if let Some((_, usual, ..)) = here.clone().find(|(name, ..)| self.key(name) == key) {
            return Some((*usual).to_owned());
        }
        (!here.any(|(_, usual, ..)| *usual == key)).then(|| key.to_owned())
    }

    pub fn check(&self) -> Result<(), BadPreference> {
        for name in &self.hidden {
            if !COLUMNS.iter().any(|(known, _)| known == name) {
                return Err(BadPreference::Unknown(name.clone()));
            }
        }
        for (name, key) in &self.keys {
            if !KEYS.iter().any(|(known, ..)| known == name) {
                return Err(BadPreference::Unknown(name.clone()));
            }
            if key.chars().count() != 1 || key.chars().any(|c| c.is_whitespace() || c.is_control()) {
                return Err(BadPreference::Key);
            }
        }
        for (at, (one, _, _, here)) in KEYS.iter().enumerate() {
            for (other, _, _, there) in KEYS.iter().skip(at + 1) {
                if meet(here, there) && self.key(one) == self.key(other) {
                    return Err(BadPreference::Twice(self.key(one)));
                }
            }
        }
        Ok(())
    }
}

/// Whether two places can be on one page.
fn meet(here: &str, there: &str) -> bool {
    let one_is = |place| here == place || there == place;
    here == there
        || one_is("Everywhere")
        || (one_is("Lists") && (one_is("Queue") || one_is("Cases") || one_is("Audit log")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_keys_do_one_thing_each() {
        assert_eq!(Preferences::default().check(), Ok(()));
    }

    #[test]
    fn a_key_that_was_chosen_counts_and_the_usual_one_does_not() {
        let mine = Preferences { keys: BTreeMap::from([("approve".into(), "1".into())]), ..Preferences::default() };
        let meant = |key: &str, place: &str| mine.meant(key, &[place]);
        assert_eq!(mine.check(), Ok(()));
        assert_eq!((meant("1", "Inquiry"), meant("a", "Inquiry")), (Some("a".into()), None));
        assert_eq!((meant("1", "Queue"), meant("Enter", "Inquiry")), (Some("1".into()), Some("Enter".into())));
        let off = Preferences { keys_off: true, ..mine };
        assert_eq!((off.meant("1", &["Inquiry"]), off.meant("Enter", &["Queue"])), (None, Some("Enter".into())));
    }

    #[test]
    fn two_things_on_one_page_need_two_keys() {
        let with = |name: &str, key: &str| Preferences {
            keys: BTreeMap::from([(name.to_owned(), key.to_owned())]),
            ..Preferences::default()
        };
        assert_eq!(with("approve", "d").check(), Err(BadPreference::Twice("d".into())));
        assert_eq!(with("select", "j").check(), Err(BadPreference::Twice("j".into())));
        assert_eq!(with("select", "a").check(), Ok(()), "the queue has no approve");
        assert_eq!(with("approve", "ab").check(), Err(BadPreference::Key));
        assert_eq!(with("launch", "r").check(), Err(BadPreference::Unknown("launch".into())));
    }
}
