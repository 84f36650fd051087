//! Persona's published examples and schemas, as a page shows them: every value of every example and of every attribute
//! in a schema is shown, or listed here with the reason for leaving it out.
use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::On;
use crate::standin::{World, case};

/// Attributes that no page shows: type of object, end of the path to the attribute, reason.
const OMITTED: &[(&str, &str, &str)] = &[
    ("", "-at", "times of the object itself stand in the timeline and beside it"),
    ("", "-ts", "the same times as numbers"),
    ("", "redacted-at", "what was redacted is not shown at all"),
    ("", "status", "shown in words of its own"),
    ("report/", "has-match", "shown as the result"),
    ("", "tags", "an organisation's own labels, no evidence"),
    ("report/", "report-template-version-name", "how the organisation set the report up"),
    ("report/", "is-continuous", "about the runs of a report, not its subject"),
    ("report/", "is-recurring", "about the runs of a report, not its subject"),
    ("verification/", "confirmation-code", "a secret"),
    ("", "-photo-url", "links to files are secrets; the file is a figure or a named line"),
    ("", "-image-url", "links to files are secrets; the file is a figure or a named line"),
    ("", "video-url", "links to files are secrets; the file is a figure or a named line"),
    ("", "normalized-url", "links to files are secrets; the file is a figure or a named line"),
    ("", "original-urls", "what a picture was before Persona made it renderable"),
    ("", "url", "links to files are secrets; the file is a figure or a named line"),
    ("", "urls", "links to files are secrets; the file is a figure or a named line"),
    ("", "byte-size", "says nothing of a person"),
    ("", "filename", "of a file that is drawn; one that is not is named"),
    ("verification/", "page", "of a photo: shown as its label"),
    ("verification/", "capture-method", "how a picture was taken; asked for by nobody yet"),
    ("verification/", "from-reusable-persona", "about the product that was used"),
    ("verification/", "requirement", "shown by the colour of a failed check"),
    ("report/", "name-first", "what a search was asked for; its term is shown"),
    ("report/", "name-middle", "what a search was asked for; its term is shown"),
    ("report/", "name-last", "what a search was asked for; its term is shown"),
    ("report/", "birthdate", "what a search was asked for; its term is shown"),
    ("report/", "birthdate-year", "what a search was asked for; its term is shown"),
    ("report/", "country-code", "what a search was asked for; its term is shown"),
    ("report/", "granularity", "shown by how much of a date there is"),
    ("verification/", "center-photo-face-coordinates", "where in a picture a face stands"),
    ("verification/", "entity-confidence-reasons", "shown unless it says nothing: generic"),
    ("inquiry-session", "user-agent", "shown as device, system and browser"),
    ("inquiry-session", "device-handoff-method", "how a session was begun"),
    ("inquiry-session", "mobile-sdk-name", "about the product that was used"),
    ("inquiry-session", "mobile-sdk-full-version", "about the product that was used"),
    ("inquiry-session", "latitude", "finer than a decision needs; region and country are shown"),
    ("inquiry-session", "longitude", "finer than a decision needs; region and country are shown"),
    ("inquiry-session", "gps-latitude", "finer than a decision needs; region and country are shown"),
    ("inquiry-session", "gps-longitude", "finer than a decision needs; region and country are shown"),
    ("inquiry-session", "gps-precision", "finer than a decision needs; region and country are shown"),
    ("inquiry-session", "country-code", "shown by its name"),
    ("inquiry-session", "region-code", "shown by its name"),
    ("inquiry-session", "network-organization", "the provider is shown"),
    ("inquiry-session", "threat-level", "shown when it is more than low"),
    ("document/", "kind", "of a document: its label"),
    ("verification/", ".checks.name", "shown in words of its own"),
    ("inquiry-session", "is-vpn", "shown when it is so"),
    ("inquiry-session", "is-tor", "shown when it is so"),
    ("inquiry-session", "is-proxy", "shown when it is so"),
    ("inquiry-session", "is-datacenter", "shown when it is so"),
];

/// Normalizes a text, so that `no_match` is found as "No match", and decodes HTML entities.
fn plain(text: &str) -> String {
    let text = text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#39;", "'").replace("&#x27;", "'").replace(['_', '-', '/'], " ").to_lowercase()
}

/// Collects every value with its path.
fn leaves(path: &str, value: &Value, into: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| leaves(&format!("{path}.{key}"), value, into)),
        Value::Array(items) => items.iter().for_each(|item| leaves(path, item, into)),
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        other => into.push((path.to_owned(), other.clone())),
    }
}

fn is_shown(html: &str, path: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => html.contains(&plain(text)),
        Value::Bool(_) => html.contains(&plain(path.rsplit('.').next().unwrap())),
        other => html.contains(&other.to_string()),
    }
}

fn omitted(kind: &str, path: &str) -> bool {
    let key = path.rsplit('.').next().unwrap();
    OMITTED.iter().filter(|(of, ..)| kind.starts_with(of)).any(|(_, end, _)| {
        if end.starts_with(['-', '.']) {
            path.ends_with(end)
        } else {
            key == *end || path.contains(&format!(".{end}."))
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_published_attribute_is_shown_or_left_out_for_a_reason() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/persona/objects-2025-12-08.json");
    let objects: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert!(objects.len() > 140, "{}", objects.len());
    let mut world = World::default();
    let blank = case("document-three-files.json")["data"].clone();
    for (n, object) in objects.iter().enumerate() {
        let kind = object["type"].as_str().unwrap();
        let (id, relation) = match kind.split('/').next().unwrap() {
            "report" => (format!("rep_{n}"), "reports"),
            "verification" => (format!("ver_{n}"), "verifications"),
            "document" => (format!("doc_{n}"), "documents"),
            _ => (format!("iqse_{n}"), "sessions"),
        };
        let mut inquiry = blank.clone();
        inquiry["id"] = format!("inq_{n}").into();
        inquiry["relationships"]["verifications"] = json!({"data": []});
        inquiry["relationships"][relation] = json!({"data": [{"type": kind, "id": id}]});
        world.add(inquiry);
        world.add(json!({"type": kind, "id": id, "attributes": object["attributes"], "relationships": {}}));
    }
    let mut desk = world.desk(On::Sqlite).await;
    // Two reviewers, because each may reveal the values of only so many inquiries an hour.
    let readers = [desk.analyst().await, desk.second_analyst().await];
    let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (n, object) in objects.iter().enumerate() {
        let (id, analyst) = (format!("inq_{n}"), &readers[n % readers.len()]);
        let form = [("kind", "inquiry"), ("subject", id.as_str()), ("topics", "all"), ("purpose", "review")];
        assert_eq!(analyst.submit("reveal", &form).await.status, StatusCode::OK);
        let reply = analyst.get(&format!("/inquiries/{id}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{object}");
        let html = reply.text();
        assert!(!html.contains("access_token") && !html.contains("0 matches"), "{object}");
        // Removes the data for the browser's code, which a reader does not see.
        let parts = html.split("<script").map(|part| part.split_once("</script>").map_or(part, |(_, rest)| rest));
        let seen = plain(&parts.collect::<String>());
        let kind = object["type"].as_str().unwrap();
        let mut values = Vec::new();
        leaves("", &object["attributes"], &mut values);
        for (path, value) in values {
            if !omitted(kind, &path) && !is_shown(&seen, &path, &value) {
                let at = format!("{kind}{path}");
                missing.entry(at).or_default().push(format!("{}: {value}", object["source"].as_str().unwrap()));
            }
        }
    }
    let said: Vec<_> = missing.iter().map(|(path, who)| format!("{path}  ({})", who[0])).collect();
    assert!(missing.is_empty(), "neither shown nor left out for a reason:\n{}", said.join("\n"));
}
