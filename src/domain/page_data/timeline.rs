//! What happened to an inquiry or a case.
use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;

/// Newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    pub moments: Vec<Moment>,
    /// Whether there are earlier moments.
    pub more: bool,
    /// The newest log entry that it was made from, so that reading on shows nothing twice.
    pub upto: i64,
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    pub at: Timestamp,
    pub who: String,
    pub what: String,
}
