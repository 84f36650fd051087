//! A case: a piece of review work in Persona, with a status whose names are the customer's own.
use serde::{Deserialize, Serialize};

use super::document::Unread;
use super::id::{AccountId, AssignmentId, CaseId, InquiryId, ObjectId};
use super::inquiry::Field;
use super::report::Report;
use super::time::Timestamp;
use super::verification::Verification;

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
    /// What else it holds is named only, and left out where there is none, so that other cases stay the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verifications: Vec<ObjectId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transactions: Vec<ObjectId>,
    /// By the names of their files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
    /// Its reports and verifications themselves; nothing before they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<CaseEvidence>,
}

/// What a case holds, as fetched from Persona in one go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseEvidence {
    pub reports: Vec<Report>,
    pub verifications: Vec<Verification>,
    /// Accounts that the case names and of which a screening was run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub screened: Vec<AccountId>,
    /// What is named as part of it and was not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
}

impl Case {
    /// Holds something that its own answer does not tell: what its reports and verifications say, and the reports of those whom it is
    /// about.
    pub fn holds_more(&self) -> bool {
        let parts = !self.reports.is_empty() || !self.verifications.is_empty();
        parts || !self.accounts.is_empty() || !self.inquiries.is_empty()
    }

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

/// Giving a case to somebody, on its way to Persona or ended there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub id: AssignmentId,
    /// The address that Persona knows them by.
    pub email: String,
    pub by: String,
    pub requested_at: Timestamp,
    pub end: Option<AssignmentEnd>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssignmentEnd {
    Done,
    /// In Persona's words.
    Failed(String),
}

/// What the list of cases is narrowed down by; stands in the address bar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CaseFilter {
    /// A status; nothing is what is not resolved, `all` is all.
    pub status: Option<String>,
    /// `me`, `nobody` or an address as Persona has it.
    pub assignee: Option<String>,
    pub template: Option<String>,
    pub tag: Option<String>,
    /// `overdue`, or due within so many hours; only of what is not resolved.
    pub due: Option<String>,
    pub search: Option<String>,
    pub sort: Option<String>,
    pub after: Option<String>,
}

impl CaseFilter {
    /// By the name that stands in an address; unknown names are left alone.
    pub fn from_pairs(get: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        Self {
            status: get("status"),
            assignee: get("assignee"),
            template: get("template"),
            tag: get("tag"),
            due: get("due"),
            search: get("search"),
            sort: get("sort"),
            after: get("after"),
        }
    }

    pub fn pairs(&self) -> [(&'static str, Option<&str>); 8] {
        [
            ("status", self.status.as_deref()),
            ("assignee", self.assignee.as_deref()),
            ("template", self.template.as_deref()),
            ("tag", self.tag.as_deref()),
            ("due", self.due.as_deref()),
            ("search", self.search.as_deref()),
            ("sort", self.sort.as_deref()),
            ("after", self.after.as_deref()),
        ]
    }

    /// Anything besides status and order.
    pub fn narrowed(&self) -> bool {
        self.pairs().iter().any(|(name, value)| value.is_some() && !matches!(*name, "status" | "sort" | "after"))
    }

    pub fn by_due(&self) -> bool {
        self.sort.as_deref() == Some("due")
    }
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
