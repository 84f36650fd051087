//! By what an entry about a decision is found.
use super::export::Body;
use super::id::DecisionId;

/// Longest text that is looked for, in characters.
pub const LONGEST: usize = 200;

/// What stands in the index for one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    pub seq: i64,
    pub decision: DecisionId,
    pub object_id: String,
    /// Empty when the entry names none.
    pub verdict: String,
    pub reason: String,
    /// Persona's number for the call that the entry tells of.
    pub request: Option<String>,
}

/// As an index holds it and as it is looked for: not longer than an index takes, and without what PostgreSQL has no text for.
pub fn key(text: &str) -> String {
    text.chars().take(LONGEST).map(|letter| if letter == '\0' { char::REPLACEMENT_CHARACTER } else { letter }).collect()
}

impl Indexed {
    /// `None` when the entry is about no decision.
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
