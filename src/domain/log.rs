//! The log as the audit page shows it: filter, entries found, integrity, and who can confirm it.
pub mod filter;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::audit::Entry;
use super::decision::state::State;
use super::id::DecisionId;
use super::time::Timestamp;

/// The ID of a decision in a copied text, with words before it or a full stop after it.
fn decision(text: &str) -> Option<DecisionId> {
    let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
    words.filter_map(|word| word.parse().ok()).next()
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub entries: Vec<Entry>,
    pub next: Option<i64>,
    pub size: i64,
    /// Number of entries of each action in the whole log.
    pub actions: Vec<(String, i64)>,
    pub actors: Vec<String>,
    /// State of each decision named in `entries`, by decision id.
    pub deliveries: BTreeMap<String, State>,
    /// Names of the objects that the entries are about, by object id. Only while the mirror has them.
    pub names: BTreeMap<String, String>,
    /// Number of entries at the newest checkpoint.
    pub signed: Option<i64>,
}

/// The state of the log as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Integrity {
    pub size: i64,
    /// Number of entries that matched what had been signed, when they were last checked.
    pub through: i64,
    pub checked_at: Option<Timestamp>,
    pub fault: Option<LogFault>,
    pub running: Option<Checking>,
    pub checkpoint: Option<Signed>,
    pub targets: Vec<PublishedCheckpoint>,
    /// Set if no checkpoint target has a checkpoint younger than a day although entries came after it.
    pub alarm: Option<String>,
    pub suspension: Option<Suspension>,
    /// What checkpoint targets answered when they were last asked what they have.
    pub asked: Vec<TargetAnswer>,
    pub resumed: Vec<Resumed>,
    pub now: Timestamp,
}

/// What a checkpoint target answered when it was last asked what it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetAnswer {
    pub name: String,
    pub kind: String,
    /// `agrees`, `empty`, `contradicts`, `unknown` or `mute`.
    pub state: String,
    /// Number of entries of the largest checkpoint that it has.
    pub size: i64,
    pub why: Option<String>,
    pub at: Timestamp,
}

impl TargetAnswer {
    pub fn contradicts(&self) -> bool {
        self.state == "contradicts"
    }
}

/// The log is not signed, nothing is decided and nothing is sent, because a checkpoint target holds a checkpoint that
/// the log does not continue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    pub size: i64,
    pub asked: Vec<TargetAnswer>,
    pub missing: Vec<MissingDecision>,
    /// Whether there are more of them than are listed.
    pub more: bool,
}

/// A decision that a comment in Persona names and that this database does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingDecision {
    pub decision: String,
    pub inquiry: String,
    /// The inquiry's status at Persona.
    pub status: String,
}

/// A discontinuity after which the log was resumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    pub lost_key: bool,
    pub at: Timestamp,
    pub published: u64,
    pub kept: u64,
    pub size: u64,
    /// `name+hash` of the keys before and after.
    pub old: String,
    pub new: String,
}

/// The first fault that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFault {
    pub at: String,
    pub why: String,
    pub found_at: Timestamp,
}

/// A running check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checking {
    pub done: i64,
    pub of: i64,
}

/// The newest checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    pub size: i64,
    /// Hex.
    pub root: String,
    pub at: Timestamp,
    /// `name+hash`.
    pub key: String,
    /// The whole key, for the letter to the auditor.
    pub verifier: String,
}

/// A checkpoint target outside the machine, and the checkpoint that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedCheckpoint {
    pub name: String,
    pub kind: String,
    pub size: i64,
    pub at: Option<Timestamp>,
    pub failure: Option<String>,
}

/// One entry with everything that is known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPage {
    pub entry: Entry,
    /// Names of personal values that the entry commits to and that were erased.
    pub erased: Vec<String>,
    /// Facts with the value before and after.
    pub changes: Vec<(String, String, String)>,
    /// c2sp.org/tlog-proof; missing until the next checkpoint.
    pub proof: Option<String>,
    /// Number of hashes in the proof.
    pub hashes: usize,
    pub size: i64,
    pub previous: Option<i64>,
    pub following: Option<i64>,
}
