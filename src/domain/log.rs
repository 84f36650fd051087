//! The log as the audit page shows it: filter, entries found, integrity, and who can confirm it.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::audit::Entry;
use super::decision::State;
use super::export::Filter;
use super::id::DecisionId;
use super::reason::VERDICTS;
use super::time::Timestamp;

/// The filter in the address of the page, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    pub action: Option<String>,
    pub actor: Option<String>,
    /// An ID, or the number of an entry.
    pub object: Option<String>,
    pub outcome: Option<String>,
    /// Dates such as `2026-10-01`, both inclusive.
    pub from: Option<String>,
    pub to: Option<String>,
    pub before: Option<String>,
    /// The ID of a decision, as in Persona's comment.
    pub decision: Option<String>,
    /// The ID of an account, or its reference.
    pub customer: Option<String>,
    /// Persona's request ID of a call.
    pub request: Option<String>,
    pub verdict: Option<String>,
    pub reason: Option<String>,
    pub state: Option<String>,
}

/// A typed filter that cannot be searched for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistyped {
    #[error("{0} is not a date. Write it like 2026-10-31.")]
    Date(String),
    #[error(
        "{0} is not the ID of a decision. Copy it from Persona's comment, after “Countersign decision”: 36 letters, digits and hyphens."
    )]
    Decision(String),
    #[error("{0} is not a verdict. Use approve, decline, mark-for-review or set-status.")]
    Verdict(String),
    #[error("{0} is not a state of a decision. Use {states}.", states = State::ALL.map(State::as_str).join(", "))]
    State(String),
}

/// The ID of a decision in a copied text, with words before it or a full stop after it.
fn decision(text: &str) -> Option<DecisionId> {
    let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
    words.filter_map(|word| word.parse().ok()).next()
}

impl AuditFilter {
    /// The filter on the log. The caller looks up the accounts that `customer` names.
    pub fn filter(&self) -> Result<Filter, Mistyped> {
        let word = |text: &Option<String>| {
            let text: String = text.as_deref().unwrap_or_default().trim().chars().filter(|c| !c.is_control()).collect();
            (!text.is_empty()).then(|| text.chars().take(200).collect::<String>())
        };
        let date = |text: &Option<String>| match word(text) {
            None => Ok(None),
            Some(text) => format!("{text}T00:00:00Z").parse::<Timestamp>().map(Some).map_err(|_| Mistyped::Date(text)),
        };
        const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);
        let object = word(&self.object);
        let number = object.as_deref().and_then(|text| text.parse::<i64>().ok()).filter(|number| *number >= 0);
        let of_decision = match word(&self.decision) {
            None => None,
            Some(text) => Some(decision(&text).ok_or(Mistyped::Decision(text))?),
        };
        let verdict = word(&self.verdict);
        if let Some(text) = verdict.as_ref().filter(|text| !VERDICTS.contains(&text.as_str())) {
            return Err(Mistyped::Verdict(text.clone()));
        }
        let state = match word(&self.state) {
            None => None,
            Some(text) => Some(State::parse(&text).ok_or(Mistyped::State(text))?),
        };
        Ok(Filter {
            action: word(&self.action),
            actor: word(&self.actor),
            object: object.filter(|_| number.is_none()),
            decision: of_decision,
            request: word(&self.request),
            verdict,
            reason: word(&self.reason),
            state,
            customer: None,
            outcome: word(&self.outcome),
            from: date(&self.from)?,
            to: date(&self.to)?.map(|day| day.plus(DAY)),
            first: number,
            last: number,
        })
    }

    pub fn is_narrowed(&self) -> bool {
        *self != Self { before: self.before.clone(), ..Self::default() }
    }

    /// The filter as query parameters.
    pub fn pairs(&self) -> [(&'static str, Option<&str>); 12] {
        [
            ("action", self.action.as_deref()),
            ("actor", self.actor.as_deref()),
            ("object", self.object.as_deref()),
            ("outcome", self.outcome.as_deref()),
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
            ("decision", self.decision.as_deref()),
            ("customer", self.customer.as_deref()),
            ("request", self.request.as_deref()),
            ("verdict", self.verdict.as_deref()),
            ("reason", self.reason.as_deref()),
            ("state", self.state.as_deref()),
        ]
    }
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_looked_for_is_said() {
        let id = "01a2b3c4-0000-7000-8000-000000000001";
        for typed in [id.to_owned(), format!(" Countersign decision {id} by Maya Okafor."), id.to_uppercase()] {
            let filter = AuditFilter { decision: Some(typed), ..Default::default() }.filter().unwrap();
            assert_eq!(filter.decision.map(|id| id.to_string()).as_deref(), Some(id));
            assert_eq!(filter.text(), format!("decision=\"{id}\""));
        }
        let wrong = |set: fn(&mut AuditFilter)| {
            let mut filter = AuditFilter::default();
            set(&mut filter);
            filter.filter().unwrap_err().to_string()
        };
        assert!(wrong(|filter| filter.decision = Some("01a2b3c4".into())).contains("Persona's comment"));
        assert!(wrong(|filter| filter.verdict = Some("aprove".into())).contains("approve, decline"));
        assert!(wrong(|filter| filter.state = Some("done".into())).contains("awaiting_countersign"));
    }

    #[test]
    fn dates_are_days_and_both_are_included() {
        let typed =
            AuditFilter { from: Some("2026-10-01".into()), to: Some("2026-10-31".into()), ..Default::default() };
        let filter = typed.filter().unwrap();
        assert_eq!(filter.from.map(Timestamp::to_text).as_deref(), Some("2026-10-01T00:00:00.000000Z"));
        assert_eq!(filter.to.map(Timestamp::to_text).as_deref(), Some("2026-11-01T00:00:00.000000Z"));
        assert!(AuditFilter { from: Some("yesterday".into()), ..Default::default() }.filter().is_err());
        let number = AuditFilter { object: Some("48213".into()), ..Default::default() }.filter().unwrap();
        assert_eq!((number.first, number.last, number.object), (Some(48_213), Some(48_213), None));
        assert!(AuditFilter { object: Some("  ".into()), ..Default::default() }.filter().unwrap().is_all());
    }
}
