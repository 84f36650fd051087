//! What is left of an object that Persona has redacted. That it is redacted, an event's name or a time in the object says; what else the
//! body holds is not kept.
use super::account::Account;
use super::case::Case;
use super::document::Document;
use super::evidence::Evidence;
use super::inquiry::{Field, Inquiry};
use super::report::Report;
use super::time::Timestamp;
use super::verification::Verification;

/// The name of the mark.
pub const REDACTED: &str = "redacted-in-persona";

/// Stands among the facts of what was redacted, in place of them. Persona empties what it gives out of it afterwards.
pub fn mark(at: Timestamp) -> Field {
    Field { key: REDACTED.into(), value: at.to_minute_text() }
}

impl Inquiry {
    /// Status and times stay. `at` counts when the object does not say itself.
    pub fn redact(&mut self, at: Timestamp) {
        self.redacted_at.get_or_insert(at);
        self.note = None;
        self.reviewer_comment = None;
        self.tags.clear();
        self.fields.clear();
    }
}

impl Account {
    pub fn redact(&mut self, at: Timestamp) {
        self.redacted_at.get_or_insert(at);
        self.reference_id = None;
        self.tags.clear();
        self.fields.clear();
    }
}

impl Case {
    /// What is attached to it stays: it is redacted by itself.
    pub fn redact(&mut self, at: Timestamp) {
        self.redacted_at.get_or_insert(at);
        self.tags.clear();
        self.fields.clear();
        for comment in &mut self.comments {
            comment.message.clear();
        }
    }
}

impl Verification {
    /// How it ended stays.
    pub fn redact(&mut self, at: Timestamp) {
        self.facts = vec![mark(at)];
        self.pictures.clear();
        for check in &mut self.checks {
            check.metadata.clear();
        }
    }
}

impl Report {
    /// How it ended stays.
    pub fn redact(&mut self, at: Timestamp) {
        self.facts = vec![mark(at)];
        self.term = None;
        self.matches.clear();
    }
}

impl Document {
    pub fn redact(&mut self, at: Timestamp) {
        self.facts = vec![mark(at)];
        self.pictures.clear();
    }
}

impl Evidence {
    /// Redacts one object of it. Says whether it was there.
    pub fn redact_part(&mut self, id: &str, at: Timestamp) -> bool {
        let mut found = false;
        for verification in self.verifications.iter_mut().filter(|one| one.id.as_str() == id) {
            verification.redact(at);
            found = true;
        }
        for report in self.reports.iter_mut().filter(|one| one.id.as_str() == id) {
            report.redact(at);
            found = true;
        }
        for document in self.documents.iter_mut().filter(|one| one.id.as_str() == id) {
            document.redact(at);
            found = true;
        }
        found
    }
}
