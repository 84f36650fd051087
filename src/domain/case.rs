//! A case: a piece of review work in Persona, with a status whose names are the customer's own.
use serde::{Deserialize, Serialize};

use super::id::{AccountId, CaseId, InquiryId, ObjectId};
use super::inquiry::Field;
use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub name: String,
    pub status: String,
    pub resolution: Option<String>,
    pub template_id: Option<ObjectId>,
    pub assignee: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    pub assigned_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub redacted_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
    pub tags: Vec<String>,
    pub fields: Vec<Field>,
    pub inquiries: Vec<InquiryId>,
    pub accounts: Vec<AccountId>,
    pub reports: Vec<ObjectId>,
    pub comments: Vec<Comment>,
}

impl Case {
    /// What a reviewer decides on: without what changes while the case stays the same.
    pub fn seen(&self) -> Self {
        Self { updated_at: None, tags: vec![], assignee: None, assigned_at: None, ..self.clone() }
    }

    /// The same as bytes whose SHA-256 is the fingerprint.
    pub fn canonical(&self) -> String {
        serde_json::to_value(self.seen()).map(|value| value.to_string()).unwrap_or_default()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    pub message: String,
    pub by: Option<String>,
    pub at: Option<Timestamp>,
}

/// What a new template starts with. Persona has no call that lists a template's statuses (CONTRACT.md 12.1), so the desk
/// offers these and every one it has seen on a case of that template.
pub const DEFAULT_STATUSES: [&str; 4] = ["Open", "Pending", "Approved", "Declined"];

/// Defaults first, then those seen; spellings that differ only by case count once, as first given.
pub fn statuses(seen: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    // A spelling that the organisation uses wins over our default.
    for status in DEFAULT_STATUSES.iter().map(|s| (*s).to_owned()).chain(seen.iter().cloned()) {
        match all.iter_mut().find(|known| known.eq_ignore_ascii_case(&status)) {
            Some(known) => *known = status,
            None => all.push(status),
        }
    }
    all
}

/// Longest status name that the desk sends, in characters.
pub const LONGEST_STATUS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_defaults_and_those_seen_without_doubles() {
        let seen = ["open".to_owned(), "Escalated".to_owned()];
        assert_eq!(statuses(&seen), ["open", "Pending", "Approved", "Declined", "Escalated"]);
    }
}
