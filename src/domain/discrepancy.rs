//! Differences between what was submitted and what the document says: where they lie, to the letter, and how each was resolved.
use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::evidence::{Comparison, Marks};
use super::mask::HIDDEN;
use super::time::Timestamp;

/// How a difference was resolved. Codes are never reused for another meaning.
pub const RESOLUTIONS: [(&str, &str); 6] = [
    ("typing-error", "Typing error of the person"),
    ("changed", "Changed since the document was issued"),
    ("spelling", "Another spelling, script or order of the same"),
    ("misread", "The document was misread; the picture says the same"),
    ("explained", "Explained by the person"),
    ("stands", "Cannot be explained"),
];

/// Longest comment, in characters.
pub const LONGEST: usize = 500;

pub fn resolution(code: &str) -> Option<&'static str> {
    RESOLUTIONS.iter().find(|(known, _)| *known == code).map(|(_, label)| *label)
}

/// What a reviewer said of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    pub field: String,
    pub resolution: String,
    pub comment: String,
    pub by: String,
    pub at: Timestamp,
    /// Hash of the values that differed.
    pub of: String,
}

/// Names values without telling them: with other values, what was said of these does not count.
pub fn values(line: &Comparison) -> String {
    let of = format!("{:?}", (&line.label, &line.submitted, &line.document, &line.database));
    hex::encode(Sha256::digest(of).get(..16).unwrap_or_default())
}

/// The word on each line that differs, as long as the values are those that it was said of.
pub fn resolve(lines: &mut [Comparison], said: &[Resolved]) {
    for line in lines.iter_mut().filter(|line| line.agrees == Some(false)) {
        let of = values(line);
        line.resolved = said.iter().find(|word| word.field == line.label && word.of == of).cloned();
    }
}

/// Marks where values differ that can be seen, once those that cannot are hidden. By the server: what finds it would be a tenth of
/// what browsers load of that page.
pub fn mark(lines: &mut [Comparison]) {
    for line in lines.iter_mut().filter(|line| line.agrees == Some(false)) {
        if let (Some(one), Some(other)) = (&line.submitted, &line.document)
            && ![one, other].iter().any(|value| value.contains(HIDDEN))
        {
            line.marks = differing(one, other);
        }
    }
}

/// Where two texts differ, in bytes of each; whole letters.
fn differing(one: &str, other: &str) -> Marks {
    let diff = similar::TextDiff::from_chars(one, other);
    let ends = |text: &str| -> Vec<usize> { text.char_indices().map(|(at, _)| at).chain([text.len()]).collect() };
    let (in_one, in_other) = (ends(one), ends(other));
    let place = |ends: &[usize], range: Range<usize>| {
        Some(*ends.get(range.start)?..*ends.get(range.end)?).filter(|range| !range.is_empty())
    };
    let mut found = Marks::default();
    for part in diff.ops().iter().filter(|part| part.tag() != similar::DiffTag::Equal) {
        found.submitted.extend(place(&in_one, part.old_range()));
        found.document.extend(place(&in_other, part.new_range()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(submitted: &str, document: &str) -> Comparison {
        Comparison {
            label: "Name".into(),
            submitted: Some(submitted.into()),
            document: Some(document.into()),
            database: None,
            agrees: Some(submitted == document),
            resolved: None,
            marks: Marks::default(),
        }
    }

    #[test]
    fn only_what_differs_and_can_be_seen_is_marked() {
        let mut lines =
            [line("1990-01-05", "1990-02-05"), line("same", "same"), line(&format!("{HIDDEN} 12"), "London")];
        mark(&mut lines);
        let Marks { submitted, document } = &lines[0].marks;
        assert_eq!((submitted.first(), document.first()), (Some(&(6..7)), Some(&(6..7))));
        assert!(lines[1..].iter().all(|line| line.marks == Marks::default()));
    }

    #[test]
    fn letters_that_differ_are_found_in_any_script() {
        let told = |one: &str, other: &str| {
            let Marks { submitted: a, document: b } = differing(one, other);
            let text = |of: &str, ranges: Vec<Range<usize>>| {
                ranges.into_iter().filter_map(|range| of.get(range).map(str::to_owned)).collect::<Vec<_>>()
            };
            (text(one, a), text(other, b))
        };
        assert_eq!(told("1990-01-05", "1990-02-05"), (vec!["1".into()], vec!["2".into()]));
        assert_eq!(told("Nadia Hale", "Maya Hale").0.concat(), "Ndi");
        assert_eq!(told("Jürgen", "Jurgen"), (vec!["ü".into()], vec!["u".into()]));
        assert_eq!(told("東京都", "東亰都"), (vec!["京".into()], vec!["亰".into()]));
        assert_eq!(told("same", "same"), (vec![], vec![]));
        assert_eq!(told("", "x"), (vec![], vec!["x".into()]));
    }

    #[test]
    fn a_word_counts_for_the_values_that_it_was_said_of() {
        let mut lines = [line("Nadia", "Maya")];
        let word = Resolved {
            field: "Name".into(),
            resolution: "spelling".into(),
            comment: String::new(),
            by: "Jo".into(),
            at: Timestamp::from_micros(0),
            of: values(&lines[0]),
        };
        resolve(&mut lines, std::slice::from_ref(&word));
        assert_eq!(lines[0].resolved, Some(word.clone()));
        let mut others = [line("Nadia", "Maja"), line("Maya", "Maya")];
        resolve(&mut others, &[word]);
        assert!(others.iter().all(|line| line.resolved.is_none()));
    }
}
