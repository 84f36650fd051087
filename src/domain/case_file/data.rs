//! The content of a case file.
use crate::domain::audit::Entry;
use crate::domain::decision::Decision;
use crate::domain::discrepancy::Resolved;
use crate::domain::evidence::Evidence;
use crate::domain::inquiry::Inquiry;
use crate::domain::reason::Reasons;
use crate::domain::replay::Said;
use crate::domain::replay::compare::Difference;
use crate::domain::time::Timestamp;

/// The content of a case file.
#[derive(Debug, Clone)]
pub struct CaseFile {
    pub inquiry: Inquiry,
    pub template: Option<String>,
    /// The current evidence, and the time as of which it is true.
    pub evidence: Option<Evidence>,
    pub as_of: Timestamp,
    /// Fingerprint of the current evidence, as stored and as recomputed for this file, and the bytes that it is
    /// computed from.
    pub fingerprint: String,
    pub fingerprint_made: String,
    pub body: Option<String>,
    /// What the codes of reasons mean.
    pub reasons: Reasons,
    /// What reviewers said about differences in the evidence.
    pub resolved: Vec<Resolved>,
    /// For each field of those, where the audit log differs.
    pub resolved_otherwise: Vec<(String, Vec<Difference>)>,
    /// In the order in which they were made.
    pub decisions: Vec<Decided>,
    /// Decisions about the inquiry that are in the log, but that the table lacks or assigns to another object.
    pub lost: Vec<(String, Vec<Difference>)>,
    /// The number of decisions about the inquiry that are left out of this file because it would be too long.
    pub more_decisions: usize,
    /// Log entries about the inquiry, oldest first.
    pub entries: Vec<Proved>,
    /// Whether there are more entries than these.
    pub cut: bool,
    /// The newest signed checkpoint, and the key that signs the log.
    pub checkpoint: Option<String>,
    pub key: Option<String>,
    pub made_at: Timestamp,
    pub made_by: String,
    pub purpose: String,
    /// Whether the person may read the file.
    pub for_the_person: bool,
}

#[derive(Debug, Clone)]
pub struct Decided {
    pub decision: Decision,
    /// What the reviewer saw; `None` when it was erased.
    pub seen: Option<Evidence>,
    /// The decision as the log alone gives it; `None` when the log has no such decision.
    pub said: Option<Said>,
    /// The stored bytes of the evidence.
    pub body: Option<String>,
    /// Where table and evidence differ from the log.
    pub differences: Vec<Difference>,
}

#[derive(Debug, Clone)]
pub struct Proved {
    pub entry: Entry,
    /// `None` while no checkpoint covers it.
    pub proof: Option<String>,
    /// What is wrong with the entry, in words.
    pub wrong: Vec<String>,
}
