//! The list of decisions, and those that a second reviewer refused.
use serde::{Deserialize, Serialize};

use crate::domain::decision::Decision;
use crate::domain::decision::state::State;
use crate::domain::id::ReviewerId;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionsPage {
    pub me: ReviewerId,
    pub decisions: Vec<Decision>,
    pub counts: Vec<(State, i64)>,
    /// Blind reviews that wait for this reviewer.
    pub blind: i64,
    pub backlog: i64,
    pub oldest_waiting: Option<Timestamp>,
    pub persona_down: Option<String>,
    pub now: Timestamp,
}

/// Decisions of the reader that a second reviewer refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedPage {
    pub decisions: Vec<Decision>,
    pub now: Timestamp,
}
