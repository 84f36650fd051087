//! API versions: an object as a caller of an older version sees it.

use super::object;
use serde_json::{Map, Value, json};

/// Newest first. The first is the default for every key.
pub const ALL: &[&str] =
    &["2025-12-08", "2025-10-27", "2023-01-05", "2022-09-01", "2021-08-18", "2021-07-05", "2021-02-21", "2020-05-18"];
pub const NEWEST: &str = "2025-12-08";

/// From this version on, `included` is empty unless the caller asks for it, keys of `fields` stay as configured, the
/// copies of personal values at the top of the attributes are gone, and only `meta.status` sets a case's status.
pub const EXPLICIT: &str = "2025-10-27";
/// From this version on, a report has no `run-history`.
const NO_RUN_HISTORY: &str = "2025-12-08";

/// What an older version includes without being asked. The older documents say so for cases; for inquiries it is our
/// interpretation.
pub fn included_by_default(version: &str, kind: &str) -> &'static str {
    if version >= EXPLICIT {
        return "";
    }
    match kind {
        "inquiry" => "account,template,inquiry-template,inquiry-template-version,reports,verifications,sessions",
        "case" => "accounts,inquiries,reports,verifications,case-comments",
        _ => "",
    }
}

/// Changes an object to what a caller of `version` sees.
pub fn apply(version: &str, object: &mut Value) {
    if version < EXPLICIT {
        copy_up(object);
    }
    if version < NO_RUN_HISTORY && object::kind(object) == "report" {
        let attributes = &mut object["attributes"];
        let run = json!({ "completed-at": attributes["completed-at"], "status": attributes["status"] });
        attributes["run-history"] = json!([run]);
    }
}

fn copy_up(object: &mut Value) {
    let mut found = Map::new();
    match object::kind(object) {
        "inquiry" => {
            for (key, field) in object["attributes"]["fields"].as_object().into_iter().flatten() {
                if key.starts_with("name-") || key.starts_with("address-") || PERSONAL.contains(&key.as_str()) {
                    found.insert(key.clone(), field["value"].clone());
                }
            }
        }
        "account" => {
            let fields = &object["attributes"]["fields"];
            for group in ["name", "address"] {
                for (key, field) in fields[group]["value"].as_object().into_iter().flatten() {
                    let key = if key == "country_code" && group == "address" {
                        "country-code".to_owned()
                    } else {
                        format!("{group}-{}", key.replace('_', "-"))
                    };
                    found.insert(key, field["value"].clone());
                }
            }
            for key in PERSONAL {
                if let Some(field) = fields.get(key.replace('-', "_")) {
                    found.insert((*key).to_owned(), field["value"].clone());
                }
            }
        }
        _ => return,
    }
    if let Some(attributes) = object["attributes"].as_object_mut() {
        attributes.extend(found);
    }
}

const PERSONAL: &[&str] = &["birthdate", "email-address", "phone-number"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_version_has_the_name_at_the_top() {
        let inquiry = json!({ "type": "inquiry", "attributes": { "fields": { "name-first": { "value": "Mara" } } } });
        let mut old = inquiry.clone();
        apply("2023-01-05", &mut old);
        assert_eq!(old["attributes"]["name-first"], "Mara");
        let mut new = inquiry.clone();
        apply(NEWEST, &mut new);
        assert_eq!(new, inquiry);
    }

    #[test]
    fn run_history_ends_with_the_version_that_says_so() {
        let report = json!({ "type": "report/watchlist", "attributes": { "status": "ready", "completed-at": null } });
        let (mut old, mut new) = (report.clone(), report);
        apply("2025-10-27", &mut old);
        apply("2025-12-08", &mut new);
        assert!(old["attributes"].get("run-history").is_some());
        assert!(new["attributes"].get("run-history").is_none());
    }
}
