//! Which hits of a report a person dismissed in Persona: those alone of which every finding was there to be dismissed.
use serde_json::Value;

use super::hits::{items, text};
use super::wire::{Resource, get, scalar};
use crate::domain::report::{Match, dismissed_by};

/// Members of a hit that are no findings, or that Persona's list of dismissed matches does not have.
const NO_FINDINGS: &[&str] = &["topics", "images", "match-types", "akas", "aliases"];
/// Times that a row of that list has. Another one may tell that the dismissal was taken back.
const TIMES: &[&str] = &["ignored-at", "run-history-completed-at"];

/// A hit, with who dismissed it, when Persona's ignore list names it. One that is not surely the same is open.
pub fn judged(resource: &Resource, hit: &Value, found: Match) -> Match {
    let rows = ["ignore-list", "ignore-list-entity"].into_iter().flat_map(|key| resource.list(key));
    let row = rows.into_iter().find(|row| !taken_back(row) && dismisses(resource, row, hit));
    let how = row.map(|row| dismissed_by(text(row, "user").as_deref(), text(row, "ignore-reason").as_deref()));
    Match { dismissed: found.dismissed.clone().or(how), ..found }
}

fn taken_back(row: &Value) -> bool {
    let keys = row.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    keys.map(|(key, _)| key.replace('_', "-")).any(|key| key.ends_with("-at") && !TIMES.contains(&key.as_str()))
}

fn dismisses(resource: &Resource, row: &Value, hit: &Value) -> bool {
    let ignored = row.as_object().and_then(|row| get(row, "match")).unwrap_or(row);
    let same = |key: &str| text(hit, key) == text(ignored, key);
    if text(hit, "entity-id").is_some() {
        return same("entity-id") && covers(ignored, hit);
    }
    // The same list may name somebody else by now, unless it was dismissed in this very run.
    let named = items(hit, "entities").iter().any(|entity| text(entity, "name").is_some());
    let run = text(row, "run-history-completed-at");
    let this_run = run.is_some() && run == resource.text("completed-at");
    text(hit, "name").is_some() && same("name") && same("url") && (named || this_run) && covers(ignored, hit)
}

/// Whether everything that a hit says was in what was dismissed.
fn covers(ignored: &Value, hit: &Value) -> bool {
    match (ignored, hit) {
        (_, hit) if says_nothing(hit) => true,
        (Value::Object(ignored), Value::Object(hit)) => hit.iter().all(|(key, value)| {
            let plain = key.replace('_', "-");
            let passed_over = NO_FINDINGS.contains(&plain.as_str()) || plain == "sources" && value.is_object();
            passed_over || says_nothing(value) || get(ignored, &plain).is_some_and(|ignored| covers(ignored, value))
        }),
        (Value::Array(ignored), Value::Array(hit)) => {
            hit.iter().all(|one| ignored.iter().any(|other| covers(other, one)))
        }
        (ignored, hit) => scalar(ignored).is_some_and(|ignored| scalar(hit) == Some(ignored)),
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(says_nothing),
        Value::Object(map) => map.values().all(says_nothing),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether something in a record of a screening was not there when the record was reviewed as somebody else, or was itself reviewed
/// otherwise.
pub fn is_new(record: &Value) -> bool {
    let reviewed = text(record, "reviewed-at");
    let findings = ["listings", "positions", "articles", "pep-roles"].into_iter().flat_map(|key| items(record, key));
    findings.into_iter().filter_map(Value::as_object).any(|finding| {
        let said = finding.get("review-status").or_else(|| finding.get("review_status"));
        let otherwise =
            said.is_some_and(|said| scalar(said).is_none_or(|said| said.replace('-', "_") != "false_positive"));
        let later = get(finding, "created-at").and_then(scalar);
        let later = later.is_some_and(|at| reviewed.as_ref().is_some_and(|reviewed| at > *reviewed));
        otherwise || later
    })
}
