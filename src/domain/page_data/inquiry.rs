//! The page of an inquiry, and the short forms in which pages name other objects.
use serde::{Deserialize, Serialize};

use super::timeline::Timeline;
use crate::domain::account::attribute::AttributeKind;
use crate::domain::checklist::ChecklistLine;
use crate::domain::claim::Claim;
use crate::domain::decision::Decision;
use crate::domain::decision::warning::Forecast;
use crate::domain::evidence::{Evidence, Signal};
use crate::domain::evidence_diff::Changes;
use crate::domain::id::{AccountId, CaseId, DecisionId, InquiryId};
use crate::domain::identity::Comparison;
use crate::domain::inquiry::{Inquiry, InquiryStatus};
use crate::domain::masking::Topic;
use crate::domain::note::Note;
use crate::domain::picture::Sheets;
use crate::domain::relation::{NodeState, RelationsRead};
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    pub requested_by: String,
    pub requested_at: Timestamp,
    pub life_seconds: i64,
    /// `requested`, `ready` or `failed`
    pub state: String,
    pub url: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRef {
    pub id: CaseId,
    pub name: String,
    pub status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InquiryRef {
    pub id: InquiryId,
    pub subject: Option<String>,
    pub status: InquiryStatus,
    pub template: Option<String>,
    pub waiting_since: Timestamp,
    pub signals: Vec<Signal>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationRef {
    pub account: AccountId,
    pub name: String,
    pub label: String,
    pub declined: bool,
    pub status: Option<String>,
    #[serde(default)]
    pub state: NodeState,
}

/// What a reviewer had typed when the desk refused the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionDraft {
    pub verdict: String,
    pub reason: String,
    pub comment: String,
    pub saved_at: Timestamp,
    /// Version of the evidence that it was written on.
    pub seen_version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InquiryPage {
    /// Whether the reader has opened this version. A page that fetched it by itself shows it, but the reader cannot
    /// decide on it yet.
    pub opened: bool,
    pub inquiry: Inquiry,
    pub template: Option<String>,
    pub evidence: Option<Evidence>,
    /// The time as of which Persona's data is shown.
    pub as_of: Timestamp,
    /// Why “All checks passed” would not be true. Computed from all values, including those that the page hides.
    pub not_passed: Vec<String>,
    /// Whether the evidence is being read now.
    pub evidence_pending: bool,
    pub evidence_error: Option<String>,
    pub document_label: Option<String>,
    /// What is known of the pages of its PDFs.
    pub sheets: Vec<Sheets>,
    pub comparisons: Vec<Comparison>,
    pub signals: Vec<Signal>,
    pub version: i64,
    pub fingerprint: String,
    pub decisions: Vec<Decision>,
    pub checklist: Vec<ChecklistLine>,
    /// The desk's own tags.
    pub tags: Vec<String>,
    pub due_at: Timestamp,
    pub assignee: Option<String>,
    /// End of the snooze, and whether a change ends it as well.
    pub snoozed: Option<(Timestamp, bool)>,
    /// Topics that are hidden on this page.
    pub hidden: Vec<Topic>,
    /// Newest first.
    pub notes: Vec<Note>,
    pub links: Vec<LinkRow>,
    pub cases: Vec<CaseRef>,
    pub relations: Vec<RelationRef>,
    pub relations_read: RelationsRead,
    pub shared: Vec<(AttributeKind, u32)>,
    pub timeline: Timeline,
    pub draft: Option<DecisionDraft>,
    /// What changed since the version that the reader saw, or wrote a draft on; `None` when nothing did.
    pub changes: Option<Changes>,
    /// The current claim. After its end the inquiry is unclaimed.
    pub claim: Option<Claim>,
    /// The refusals and rules that each verdict would meet.
    pub forecast: Forecast,
    /// A decision of the reader that a second reviewer refused.
    pub returned: Option<DecisionId>,
    pub next: Option<InquiryId>,
    pub persona_down: bool,
    pub now: Timestamp,
}
