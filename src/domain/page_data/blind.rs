//! The page of a blind review.
use serde::{Deserialize, Serialize};

use crate::domain::decision::Decision;
use crate::domain::evidence::Evidence;
use crate::domain::id::{DecisionId, InquiryId};
use crate::domain::identity::Comparison;
use crate::domain::masking::Topic;
use crate::domain::picture::Sheets;
use crate::domain::time::Timestamp;

/// The evidence of a decision, to be judged without knowing the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindPage {
    pub id: DecisionId,
    pub inquiry: InquiryId,
    pub name: Option<String>,
    pub version: i64,
    /// `None` until the second verdict is given.
    pub decided_at: Option<Timestamp>,
    pub evidence: Evidence,
    pub not_passed: Vec<String>,
    pub comparisons: Vec<Comparison>,
    pub document_label: Option<String>,
    /// What is known of the pages of its PDFs.
    pub sheets: Vec<Sheets>,
    pub hidden: Vec<Topic>,
    /// The result, as soon as this reviewer has given a verdict.
    pub result: Option<BlindResult>,
    pub now: Timestamp,
}

/// Both verdicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindResult {
    pub verdict: String,
    pub reason: String,
    pub comment: String,
    /// Whether the pair counts: the second reviewer had not opened the inquiry after it was decided.
    pub counts: bool,
    pub first: Decision,
}
