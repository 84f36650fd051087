//! One row for each decision, from the log alone: who made it, who checked it, its outcome, and the times.
use super::super::replay::{Said, Stage};
use super::super::time::Timestamp;
use super::state::State;

pub const COLUMNS: [&str; 22] = [
    "decision_id",
    "object_type",
    "object_id",
    "verdict",
    "status",
    "reason_code",
    "reason",
    "state",
    "maker",
    "made_utc",
    "second_reviewer_wanted_by",
    "checker",
    "second_review",
    "checked_utc",
    "sent_utc",
    "confirmed_utc",
    "ended_utc",
    "persona_request_id",
    "attempts",
    "evidence_version",
    "evidence_sha256",
    "log_entries",
];

/// The cells of a row. `reason` is the text of the reason code. `sent` is when the decision was first sent under the
/// key that reached Persona; the log does not record that time, so it comes from the table of deliveries.
pub fn cells(said: &Said, reason: &str, sent: Option<Timestamp>) -> [String; 22] {
    let time = |at: Option<Timestamp>| at.map(Timestamp::to_text).unwrap_or_default();
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let checker = said.checker.clone().unwrap_or_default();
    let second = match (&said.checker, &said.refusal) {
        (None, _) => "",
        (Some(_), None) => "countersigned",
        (Some(_), Some(_)) => "refused",
    };
    let entries: Vec<String> = said.entries.iter().map(ToString::to_string).collect();
    let confirmed = (said.state == Stage::At(State::Confirmed)).then_some(said.settled_at).flatten();
    [
        said.decision.clone(),
        said.subject_kind.clone(),
        said.subject_id.clone(),
        said.verdict.clone(),
        said.status.clone().unwrap_or_default(),
        said.reason.clone(),
        reason.to_owned(),
        said.state.as_str().to_owned(),
        said.maker.name.clone(),
        time(said.maker.at),
        said.wanted_by.clone().unwrap_or_default(),
        checker.name,
        second.to_owned(),
        time(checker.at),
        time(sent),
        time(confirmed),
        time(said.settled_at),
        said.persona_request.clone().unwrap_or_default(),
        number(said.attempts),
        number(said.version),
        said.evidence.clone(),
        entries.join(" "),
    ]
}
