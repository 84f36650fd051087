//! The page of the reader's own account.
use serde::{Deserialize, Serialize};

use super::layout::Me;
use crate::domain::time::Timestamp;

/// A session of the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSession {
    /// The beginning of its hash: it identifies the session, and gives no access to it.
    pub mark: String,
    pub began_at: Timestamp,
    /// The address from which it was last used, as far as the log still has it.
    pub address: Option<String>,
    pub agent: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    pub at: Timestamp,
    pub address: Option<String>,
    pub agent: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnAccount {
    pub me: Me,
    /// The first is the current one.
    pub sessions: Vec<OwnSession>,
    /// The last sign-in before that of this session.
    pub before: Option<SignedIn>,
    pub now: Timestamp,
}
