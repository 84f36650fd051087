//! Differences between the submitted data and the document: where they are, to the letter, and how each was resolved.
use serde::{Deserialize, Serialize};

use super::time::Timestamp;

pub mod comparison;

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
