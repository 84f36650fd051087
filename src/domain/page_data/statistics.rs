//! The page of statistics.
use serde::{Deserialize, Serialize};

use crate::domain::blind::Agreement;
use crate::domain::statistics::Figures;
use crate::domain::time::Timestamp;

/// Figures of the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiguresPage {
    pub figures: Figures,
    /// Inquiries that need review, by how long they have waited.
    pub ageing: Vec<(String, i64)>,
    pub overdue: i64,
    /// How often blind second reviewers agree with the first verdict.
    pub agreement: Agreement,
    /// Whether there are more decisions than were counted.
    pub cut: bool,
    pub now: Timestamp,
}
