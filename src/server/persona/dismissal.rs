//! Which hits of a report a person dismissed in Persona. A hit counts as dismissed only if each of its findings was
//! there when it was dismissed.
use serde_json::{Map, Value};

use super::inflection::kebab;
use super::json_api::{Resource, get, scalar};
use super::value::{items, text};
use crate::domain::report::{Match, dismissed_by};
use crate::domain::time::Timestamp;

/// Members of a hit that Persona's list of dismissed matches may leave out.
const NO_FINDINGS: &[&str] = &["topics", "images", "match-types", "akas", "aliases"];
/// Times that a row of that list has. Any other time may mean that the dismissal was withdrawn.
const TIMES: &[&str] = &["ignored-at", "run-history-completed-at"];
/// Times in a record of a screening that do not mean that something was added.
const NO_CHANGES: &[&str] = &["reviewed-at", "deactivated-at"];

/// Returns a hit, with the person who dismissed it if Persona's ignore list names it. A hit that is not certainly the
/// same is open.
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
    // The same list may name another person by now, unless the hit was dismissed in this very run.
    let named = items(hit, "entities").iter().any(|entity| text(entity, "name").is_some());
    let run: Option<Timestamp> = text(row, "run-history-completed-at").and_then(|at| at.parse().ok());
    let this_run = run.is_some() && run == resource.time("completed-at");
    text(hit, "name").is_some() && same("name") && same("url") && (named || this_run) && covers(ignored, hit)
}

/// Whether everything that a hit contains was in what was dismissed.
fn covers(ignored: &Value, hit: &Value) -> bool {
    match (ignored, hit) {
        (_, hit) if says_nothing(hit) => true,
        (Value::Object(ignored), Value::Object(hit)) => hit.iter().all(|(key, value)| {
            let plain = key.replace('_', "-");
            let left_out = NO_FINDINGS.contains(&plain.as_str()) || plain == "sources" && value.is_object();
            match get(ignored, &plain) {
                Some(ignored) => says_nothing(value) || covers(ignored, value),
                None => left_out || says_nothing(value),
            }
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

/// Whether something in a record of a screening was not there when the record was reviewed as a false positive, or was
/// itself reviewed otherwise. If the times do not show it, it counts as new: a dismissal covers what was known when it
/// was made.
pub fn is_new(record: &Value) -> bool {
    changed(record, None)
}

/// The same for a value within the record. The review of what contains it covers it up to the time `covered`.
fn changed(value: &Value, covered: Option<Timestamp>) -> bool {
    let map = match value {
        Value::Array(items) => return items.iter().any(|item| changed(item, covered)),
        Value::Object(map) => map,
        _ => return false,
    };
    let mut covered = covered;
    if let Some(said) = said(map, "review-status") {
        if scalar(said).is_none_or(|said| said.replace('-', "_") != "false_positive") {
            return true;
        }
        match said_at(map, "reviewed-at") {
            DismissalTime::At(at) => covered = covered.max(Some(at)),
            DismissalTime::Nothing => {}
            DismissalTime::Unknown => return true,
        }
    }
    map.iter().any(|(key, value)| {
        let key = kebab(key);
        let told = key.ends_with("-at") && !NO_CHANGES.contains(&key.as_str());
        let later = told
            && match time(value) {
                DismissalTime::Nothing => false,
                DismissalTime::At(at) => covered.is_none_or(|covered| at > covered),
                DismissalTime::Unknown => true,
            };
        later || changed(value, covered)
    })
}

/// A time from Persona.
enum DismissalTime {
    Nothing,
    At(Timestamp),
    /// A value that is no time.
    Unknown,
}

fn time(value: &Value) -> DismissalTime {
    match value {
        Value::Null => DismissalTime::Nothing,
        Value::String(text) => text.parse().map_or(DismissalTime::Unknown, DismissalTime::At),
        _ => DismissalTime::Unknown,
    }
}

/// Returns the value under a name, even if it is null.
fn said<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    map.iter().find(|(name, _)| kebab(name) == key).map(|(_, value)| value)
}

fn said_at(map: &Map<String, Value>, key: &str) -> DismissalTime {
    said(map, key).map_or(DismissalTime::Nothing, time)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_came_after_the_review_is_new_and_times_are_instants() {
        let new = |change: Value| {
            let mut record = json!({"review-status": "false_positive", "reviewed-at": "2026-06-16T09:00:00+02:00",
                "created-at": "2026-06-15T23:48:11.000Z", "names": [{"type": "primary_name", "name": "J"}], "topics": []});
            for (key, value) in change.as_object().into_iter().flatten() {
                record[key] = value.clone();
            }
            is_new(&record)
        };
        assert!(!new(json!({})));
        for (at, wanted) in [
            ("2026-06-16T06:59:00Z", false),
            ("2026-06-16T08:30:00+02:00", false),
            ("2026-06-16T07:01:00Z", true),
            ("2026-06-16T08:30:00Z", true),
            ("yesterday", true),
            ("2026-06-15", true),
        ] {
            for key in ["created-at", "updated-at", "matched-at", "updatedAt"] {
                for list in ["topics", "details", "pep-classes", "listings", "names", "new-things"] {
                    assert_eq!(new(json!({list: [{"name": "x", key: at}]})), wanted, "{list} {key} {at}");
                }
                assert_eq!(new(json!({"deep": {"deeper": [{key: at}]}})), wanted, "{key} {at}");
            }
            assert_eq!(new(json!({"updated-at": at})), wanted, "{at}");
            // What is taken from a list needs no new review.
            assert!(!new(json!({"listings": [{"name": "x", "deactivated-at": at}]})));
        }
        assert!(new(json!({"reviewed-at": "recently"})) && new(json!({"reviewed-at": null})));
        // What was itself reviewed later was there at that time.
        let listing = |status: &str| {
            json!({"listings": [{"created-at": "2026-07-01T00:00:00Z", "review-status": status,
            "reviewed-at": "2026-07-02T00:00:00Z"}]})
        };
        assert!(!new(listing("false_positive")) && new(listing("true_positive")) && new(listing("")));
    }
}
