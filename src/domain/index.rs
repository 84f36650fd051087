//! The keys by which an entry about a decision is found.
use super::export::Body;
use super::id::DecisionId;

/// Longest text that is indexed and searched for, in characters.
pub const LONGEST: usize = 200;

/// The index row of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    pub seq: i64,
    pub decision: DecisionId,
    pub object_id: String,
    /// Empty if the entry names none.
    pub verdict: String,
    pub reason: String,
    /// Persona's request ID of the call that the entry is about.
    pub request: Option<String>,
}

/// A text as it is indexed and searched for: cut to the longest length, and without NUL, which PostgreSQL text cannot
/// hold.
pub fn key(text: &str) -> String {
    text.chars().take(LONGEST).map(|letter| if letter == '\0' { char::REPLACEMENT_CHARACTER } else { letter }).collect()
}

impl Indexed {
    /// `None` if the entry is not about a decision.
    pub fn of(body: &Body<'_>) -> Option<Self> {
        let facts = &body.facts;
        let named = if body.object.kind == "decision" { body.object.id.parse() } else { facts.decision.text().parse() };
        let request = facts.persona_request.text();
        Some(Self {
            seq: body.seq,
            decision: named.ok()?,
            object_id: key(&body.object.id),
            verdict: key(&facts.verdict.text()),
            reason: key(&facts.reason.text()),
            request: (!request.is_empty()).then(|| key(&request)),
        })
    }
}
