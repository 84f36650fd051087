//! The page of the queue, and its views.
use serde::{Deserialize, Serialize};

use crate::domain::decision::state::State;
use crate::domain::evidence::Signal;
use crate::domain::id::{InquiryId, ReviewerId};
use crate::domain::inquiry::InquiryStatus;
use crate::domain::page::Page;
use crate::domain::queue::view::View;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    pub id: InquiryId,
    pub subject: Option<String>,
    pub status: InquiryStatus,
    pub redacted: bool,
    pub signals: Vec<Signal>,
    pub evidence_known: bool,
    pub template: Option<String>,
    pub country: Option<String>,
    pub linked: i64,
    pub risk: i64,
    /// The desk's own tags.
    pub tags: Vec<String>,
    pub version: i64,
    pub waiting_since: Timestamp,
    pub due_at: Timestamp,
    pub assignee: Option<String>,
    /// Whether it is assigned to the reader.
    pub mine: bool,
    /// End of the snooze, and whether a change ends it as well.
    pub snoozed: Option<(Timestamp, bool)>,
    /// Verdict, state and reviewer of a decision that is on its way.
    pub on_its_way: Option<(String, State, String)>,
    /// The reviewer who has claimed it.
    pub claimed_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePage {
    pub page: Page<QueueRow>,
    pub total: i64,
    /// Whether there are more than `total`, where counting stopped.
    pub more: bool,
    pub statuses: Vec<(InquiryStatus, i64)>,
    pub templates: Vec<(String, String)>,
    pub countries: Vec<String>,
    /// Tags in use, most used first.
    pub tags: Vec<String>,
    /// The reviewers to whom an inquiry can be assigned.
    pub analysts: Vec<(ReviewerId, String)>,
    /// Time and result of the last full sync of Persona's lists.
    pub synced: Option<(Timestamp, String)>,
    /// The search, in words.
    pub searched: Option<String>,
    pub now: Timestamp,
}

/// A view in the list of views of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewRow {
    pub view: View,
    /// A view of the desk's own, which cannot be removed.
    pub built_in: bool,
    pub found: i64,
    /// Whether there are more than `found`.
    pub more: bool,
}
