//! The page of a case, and the list of cases.
use serde::{Deserialize, Serialize};

use super::inquiry::{DecisionDraft, InquiryRef};
use super::timeline::Timeline;
use crate::domain::case::{Assignment, Case};
use crate::domain::decision::Decision;
use crate::domain::decision::warning::Forecast;
use crate::domain::evidence::Tone;
use crate::domain::id::{AccountId, CaseId, DecisionId, InquiryId, ObjectId, ReviewerId};
use crate::domain::masking::Topic;
use crate::domain::note::Note;
use crate::domain::page::Page;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    pub id: CaseId,
    pub name: String,
    pub status: String,
    pub subject: Option<String>,
    pub assignee: Option<String>,
    /// Whether it is assigned to the reader.
    pub mine: bool,
    pub tags: Vec<String>,
    pub inquiries: i64,
    pub resolved: bool,
    pub created_at: Timestamp,
    pub due_at: Option<Timestamp>,
    /// The assignee of an assignment that is on its way to Persona.
    pub being_assigned: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasesPage {
    pub page: Page<CaseRow>,
    pub statuses: Vec<(String, i64)>,
    /// The number of unresolved cases.
    pub open: i64,
    /// Why Persona's list of cases cannot be read, when the API key may not read it.
    pub forbidden: Option<String>,
    pub assignees: Vec<(String, String)>,
    pub templates: Vec<String>,
    pub tags: Vec<String>,
    /// The reviewers to whom an admin can assign a case.
    pub analysts: Vec<(ReviewerId, String)>,
    /// The search, in words.
    pub searched: Option<String>,
    pub now: Timestamp,
}

/// A report of a case, as far as the evidence of its inquiries shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRef {
    pub id: ObjectId,
    pub inquiry: Option<InquiryId>,
    pub found: Option<ReportFound>,
}

/// The result of a report without its hits, which the inquiry shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFound {
    pub label: String,
    pub tone: Tone,
    pub result: String,
    pub completed_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasePage {
    /// Whether the reader has opened this version.
    pub opened: bool,
    pub case: Case,
    pub version: i64,
    pub as_of: Timestamp,
    pub statuses: Vec<String>,
    pub inquiries: Vec<InquiryRef>,
    /// Each account with its name; `None` when the desk does not know the account, and so has no page for it.
    pub accounts: Vec<(AccountId, Option<String>)>,
    pub reports: Vec<ReportRef>,
    /// Why not all of the case has been read; `None` when it has.
    pub reading: Option<String>,
    /// The assignee's name, as the desk knows it.
    pub assignee: Option<String>,
    pub mine: bool,
    pub assignment: Option<Assignment>,
    /// The next case in the order of the list.
    pub next: Option<CaseId>,
    pub decisions: Vec<Decision>,
    /// The refusals and rules that setting a status would meet.
    pub forecast: Forecast,
    /// A decision of the reader that a second reviewer refused.
    pub returned: Option<DecisionId>,
    pub hidden: Vec<Topic>,
    pub notes: Vec<Note>,
    pub draft: Option<DecisionDraft>,
    pub timeline: Timeline,
    pub persona_down: bool,
    pub now: Timestamp,
}
