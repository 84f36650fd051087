//! A short statement about evidence that a reviewer should look at, and what its colour means.
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::text::folded;

/// Former words of labels, and the present ones. Rules and stored signals can have the former words, and such a rule has
/// to apply as before.
const RENAMED: [(&str, &str); 11] = [
    ("Deceased by the profile report", "Deceased according to the profile report"),
    ("E-mail domain takes no mail", "E-mail domain does not accept mail"),
    ("issued after it was given", "issued after it was submitted"),
    ("to compare what was asked about with", "to compare the query with"),
    ("asked about cannot be compared", "of the query cannot be compared"),
    ("more values than are kept here", "more values than the desk stores"),
    ("name searched for cannot be compared", "name in the query cannot be compared"),
    ("birthdate searched with cannot be compared", "birthdate in the query cannot be compared"),
    ("is known to be of the same person", "is known to belong to the same person"),
    ("birthdate that is not known of the person", "birthdate that is not known for the person"),
    ("country that is not known of the person", "country that is not known for the person"),
];

/// A label, or a part of one, as labels are compared: folded, and in the present words.
pub fn label_key(label: &str) -> String {
    static FOLDED: LazyLock<Vec<(String, String)>> =
        LazyLock::new(|| RENAMED.iter().map(|(old, new)| (folded(old), folded(new))).collect());
    FOLDED.iter().fold(folded(label), |label, (old, new)| label.replace(old, new))
}

/// A reason to look closer. Ordered by tone, worst first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Signal {
    pub tone: Tone,
    pub label: String,
}

/// The meaning of a colour, the same on every page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Red: failed.
    Bad,
    /// Amber: look here.
    Warn,
    /// Violet: shared, or awaiting a colleague.
    Shared,
    /// Green: passed.
    Good,
    /// Blue: chosen, or settled by a person elsewhere.
    Info,
    /// Grey: neutral.
    Plain,
}

impl Tone {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Shared => "shared",
            Self::Good => "good",
            Self::Info => "info",
            Self::Plain => "plain",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::label_key;

    #[test]
    fn a_rule_with_the_old_words_of_a_label_still_applies() {
        let old = "Adverse media report: name searched for cannot be compared";
        let new = "Adverse media report: name in the query cannot be compared";
        assert_eq!(label_key(old), label_key(new));
        assert!(label_key(new).contains(&label_key("Name searched for cannot be compared")));
        assert_ne!(label_key("Adverse media report"), label_key(new));
    }
}
