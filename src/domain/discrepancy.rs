//! Differences between the submitted data and the document: where they are, to the letter, and how each was resolved.
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::comparison::{Marks, Outcome};
use super::identity::Comparison;
use super::masking::HIDDEN;
use super::time::Timestamp;

/// The code for a difference that cannot be explained: it stays open.
pub const UNEXPLAINED: &str = "stands";

/// How a difference was resolved. Codes are never reused for another meaning.
pub const RESOLUTIONS: [(&str, &str); 6] = [
    ("typing-error", "Typing error by the person"),
    ("changed", "Changed since the document was issued"),
    ("spelling", "Another spelling, script or order of the same value"),
    ("misread", "The document was misread; its picture shows the submitted value"),
    ("explained", "Explained by the person"),
    (UNEXPLAINED, "Cannot be explained"),
];

/// Longest comment, in characters.
pub const LONGEST: usize = 500;

pub fn resolution(code: &str) -> Option<&'static str> {
    RESOLUTIONS.iter().find(|(known, _)| *known == code).map(|(_, label)| *label)
}

/// What a reviewer said about a difference.
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

/// Identifies values without revealing them: when the values change, what a reviewer said about them no longer counts.
pub fn values(line: &Comparison) -> String {
    let of = format!("{:?}", (&line.label, &line.submitted, &line.document, &line.database));
    hex::encode(Sha256::digest(of).get(..16).unwrap_or_default())
}

/// Attaches the resolution to each line that differs, if the compared values have not changed.
pub fn resolve(lines: &mut [Comparison], said: &[Resolved]) {
    for line in lines.iter_mut().filter(|line| line.resolvable()) {
        let of = values(line);
        line.resolved = said.iter().find(|word| word.field == line.label && word.of == of).cloned();
    }
}

/// Removes from lines with a hidden value what would reveal it: the marks, and all of the comparison except its kind.
pub fn hide(lines: &mut [Comparison]) {
    for line in lines.iter_mut() {
        let hidden = [&line.submitted, &line.document].into_iter().flatten().any(|value| value.contains(HIDDEN));
        if hidden {
            line.marks = Marks::default();
            line.outcome = line.outcome.take().map(Outcome::without_reasons);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_value_is_not_told_by_what_differs() {
        let line = |document: &str| Comparison {
            label: "Name".into(),
            submitted: Some("14 High Street".into()),
            document: Some(document.into()),
            outcome: Some(Outcome::Differs { reasons: vec!["the house number is 12".into()] }),
            marks: Marks { submitted: std::iter::once(0..2).collect(), document: std::iter::once(0..2).collect() },
            ..Comparison::default()
        };
        let mut lines = [line("12 High Street"), line(&format!("{HIDDEN} Street"))];
        hide(&mut lines);
        assert_eq!(lines[0], line("12 High Street"));
        assert_eq!(
            (&lines[1].marks, &lines[1].outcome),
            (&Marks::default(), &Some(Outcome::Differs { reasons: vec![] }))
        );
    }
}
