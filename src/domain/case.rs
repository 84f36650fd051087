//! A case: a piece of review work in Persona, with a status of the organisation's own.
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
    /// Other objects of the case, by ID only. Empty lists are left out, so that the fingerprints of other cases stay
    /// the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verifications: Vec<ObjectId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transactions: Vec<ObjectId>,
    /// File names of the attachments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
    /// The reports and verifications themselves; `None` before they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<CaseEvidence>,
}

/// The content of a case, read from Persona together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseEvidence {
    pub reports: Vec<Report>,
    pub verifications: Vec<Verification>,
    /// Accounts that the case names and that were screened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub screened: Vec<AccountId>,
    /// Parts that Persona names and that were not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
}

impl Case {
    /// Whether Persona's answer for the case leaves something out: the content of its reports and verifications, and
    /// the reports of the accounts and inquiries that it is about.
    pub fn holds_more(&self) -> bool {
        let parts = !self.reports.is_empty() || !self.verifications.is_empty();
        parts || !self.accounts.is_empty() || !self.inquiries.is_empty()
    }

    /// The case as a reviewer decides on it: without fields that change while the case stays the same.
    pub fn seen(&self) -> Self {
        Self { updated_at: None, tags: vec![], assignee: None, assigned_at: None, ..self.clone() }
    }

    /// The canonical JSON of what a reviewer decides on. Its SHA-256 hash is the fingerprint.
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

/// The assignment of a case, on its way to Persona or ended there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub id: AssignmentId,
    /// The assignee's e-mail address at Persona.
    pub email: String,
    pub by: String,
    pub requested_at: Timestamp,
    pub end: Option<AssignmentEnd>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssignmentEnd {
    Done,
    /// The reason in Persona's words.
    Failed(String),
}

/// The filters of the list of cases, as in the address of the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CaseFilter {
    /// A status. `None` means unresolved cases, `all` means all cases.
    pub status: Option<String>,
    /// `me`, `nobody` or an e-mail address as Persona has it.
    pub assignee: Option<String>,
    pub template: Option<String>,
    pub tag: Option<String>,
    /// `overdue`, or due within this many hours. Applies only to unresolved cases.
    pub due: Option<String>,
    pub search: Option<String>,
    pub sort: Option<String>,
    pub after: Option<String>,
}

impl CaseFilter {
    /// Reads the filters by their names in an address. Other names are ignored.
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

    /// Whether there is a filter besides status and order.
    pub fn narrowed(&self) -> bool {
        self.pairs().iter().any(|(name, value)| value.is_some() && !matches!(*name, "status" | "sort" | "after"))
    }

    pub fn by_due(&self) -> bool {
        self.sort.as_deref() == Some("due")
    }
}

/// Statuses of a new template. Persona has no call that lists a template's statuses (CONTRACT.md 12.1), so the desk
/// offers these and every status that it has seen on a case of that template.
pub const DEFAULT_STATUSES: [&str; 4] = ["Open", "Pending", "Approved", "Declined"];

/// The default statuses, then those seen on cases. Spellings that differ only in upper and lower case count once.
pub fn statuses(seen: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    // The organisation's spelling replaces that of our default.
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
