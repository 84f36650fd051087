//! Verifications, reports, sessions and their pictures, from Persona's shapes to the domain's.
use serde_json::Value;

use super::Failure;
use super::picture::pictures;
use super::wire::{Resource, get, scalar};
use crate::domain::document::Document;
use crate::domain::inquiry::{Field, InquirySession};
use crate::domain::report::{Match, Report};
use crate::domain::text::clean;
use crate::domain::verification::{Check, Verification};

/// Attributes that are not facts read from a document or database.
const NOT_FACTS: &[&str] = &[
    "status",
    "tags",
    "checks",
    "country-code",
    "capture-method",
    "confirmation-code",
    "entity-confidence-reasons",
    "center-photo-face-coordinates",
    "photo-urls",
    "front-photo",
    "back-photo",
    "selfie-photo",
    "fields",
    "files",
    "files-normalized",
    "metadata",
    "extraction-responses",
    "from-reusable-persona",
    "redacted-at",
];

pub fn verification(resource: &Resource) -> Result<Verification, Failure> {
    let id = resource.object_id()?;
    let facts = facts(resource);
    let pictures = pictures(resource, &id);
    Ok(Verification {
        kind: resource.kind.strip_prefix("verification/").unwrap_or(&resource.kind).to_owned(),
        status: resource.text("status").unwrap_or_default(),
        country: resource.text("country-code"),
        created_at: resource.time("created-at"),
        completed_at: resource.time("completed-at"),
        checks: resource.list("checks").iter().filter_map(check).collect(),
        facts,
        pictures,
        id,
    })
}

/// What was read from it, by name.
fn facts(resource: &Resource) -> Vec<Field> {
    let mut facts: Vec<Field> = resource
        .attributes
        .iter()
        .filter(|(key, _)| {
            let key = key.replace('_', "-");
            let link = key.ends_with("-url") || key.ends_with("-urls");
            let moment = key.ends_with("-at") || key.ends_with("-at-ts");
            !link && !moment && !NOT_FACTS.contains(&key.as_str())
        })
        .filter_map(|(key, value)| {
            let value = match value {
                Value::Array(items) => items.iter().filter_map(scalar).collect::<Vec<_>>().join(", "),
                other => scalar(other)?,
            };
            (!value.is_empty()).then(|| Field { key: clean(key), value })
        })
        .collect();
    facts.extend(resource.fields());
    facts
}

pub fn document(resource: &Resource) -> Result<Document, Failure> {
    let id = resource.object_id()?;
    Ok(Document {
        kind: resource.kind.strip_prefix("document/").unwrap_or(&resource.kind).to_owned(),
        status: resource.text("status").unwrap_or_default(),
        created_at: resource.time("created-at"),
        facts: facts(resource),
        pictures: pictures(resource, &id),
        id,
    })
}

fn check(value: &Value) -> Option<Check> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    value.is_object().then(|| Check {
        // One without name or status is shown as unknown, and not left out.
        name: clean(text("name").unwrap_or("unnamed check")),
        status: clean(text("status").unwrap_or_default()).into(),
        // Absent in some examples; then it must not decide anything by itself.
        required: text("requirement").is_some_and(|requirement| requirement != "not_required"),
        reasons: value.get("reasons").and_then(Value::as_array).into_iter().flatten().filter_map(scalar).collect(),
    })
}

pub fn report(resource: &Resource) -> Result<Report, Failure> {
    let kind = resource.kind.strip_prefix("report/").unwrap_or(&resource.kind).to_owned();
    let matches = match kind.as_str() {
        "watchlist" | "business-watchlist" => resource.list("matched-lists").iter().flat_map(listed).collect(),
        "politically-exposed-person" => resource.list("result").iter().filter_map(exposed).collect(),
        "adverse-media" | "business-adverse-media" => {
            resource.list("related-sources").iter().filter_map(in_media).collect()
        }
        // A kind we do not know yet: what its result names, and no more.
        _ => resource.list("result").iter().filter_map(exposed).collect(),
    };
    let dismissed = ["ignore-list", "ignore-list-entity"].iter().map(|key| resource.list(key).len()).sum::<usize>();
    let query = get(&resource.attributes, "query").and_then(|query| query.get("term")).and_then(scalar);
    Ok(Report {
        id: resource.object_id()?,
        kind,
        status: resource.text("status").unwrap_or_default(),
        has_match: resource.flag("has-match"),
        term: resource.text("term").or(query),
        created_at: resource.time("created-at"),
        completed_at: resource.time("completed-at"),
        matches,
        dismissed: u32::try_from(dismissed).unwrap_or(u32::MAX),
    })
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(scalar).collect()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(scalar).filter(|text| !text.is_empty())
}

/// One list names several entities; each is a match.
fn listed(list: &Value) -> Vec<Match> {
    let source = text(list, "name").unwrap_or_else(|| "Unnamed list".to_owned());
    let what = text(list, "list-type");
    let countries: Vec<String> = text(list, "flag-code").into_iter().collect();
    let entities = list.get("entities").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    entities
        .iter()
        .map(|entity| Match {
            name: text(entity, "name").unwrap_or_default(),
            source: source.clone(),
            what: what.clone(),
            birthdates: entity
                .get("birthdates")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|date| {
                    ["year", "month", "day"]
                        .into_iter()
                        .filter_map(|part| text(date, part))
                        .collect::<Vec<_>>()
                        .join("-")
                })
                .collect(),
            countries: countries.clone(),
            detail: text(entity, "alias-type").into_iter().map(|alias| format!("listed as {alias}")).collect(),
        })
        .collect()
}

fn exposed(person: &Value) -> Option<Match> {
    let positions = person.get("positions").and_then(Value::as_array);
    let detail = positions
        .into_iter()
        .flatten()
        .filter_map(|position| {
            let name = text(position, "name")?;
            let since = text(position, "start-date").map(|date| format!(" since {date}")).unwrap_or_default();
            let until = text(position, "end-date").map(|date| format!(" until {date}")).unwrap_or_default();
            Some(format!("{name}{since}{until}"))
        })
        .collect();
    let source = person.get("sources").and_then(Value::as_object).and_then(|sources| sources.values().next());
    Some(Match {
        name: text(person, "name")?,
        source: source.and_then(|source| text(source, "name")).unwrap_or_else(|| "Source not named".to_owned()),
        what: text(person, "pep-type"),
        birthdates: texts(person, "birthdates"),
        countries: text(person, "country").into_iter().collect(),
        detail,
    })
}

fn in_media(subject: &Value) -> Option<Match> {
    let articles = subject.get("media").and_then(Value::as_array);
    let first = subject.get("sources").and_then(Value::as_array).and_then(|sources| sources.first());
    Some(Match {
        name: text(subject, "name")?,
        source: first.and_then(|source| text(source, "name")).unwrap_or_else(|| "Source not named".to_owned()),
        what: first.map(|source| texts(source, "types").join(", ")).filter(|types| !types.is_empty()),
        birthdates: texts(subject, "birthdates"),
        countries: first.map(|source| texts(source, "country-codes")).unwrap_or_default(),
        detail: articles
            .into_iter()
            .flatten()
            .filter_map(|article| Some(format!("{}: {}", text(article, "date")?, text(article, "title")?)))
            .collect(),
    })
}

/// A session with its device and network, which come by include.
pub fn session(resource: &Resource, included: &[Resource]) -> Result<InquirySession, Failure> {
    let related = |key: &str| {
        let id = resource.one(key)?;
        included.iter().find(|other| other.kind == key && other.id == id)
    };
    let device = related("device");
    let network = related("network");
    let mut network_flags = Vec::new();
    for (key, label) in [("is-vpn", "VPN"), ("is-tor", "Tor"), ("is-proxy", "Proxy"), ("is-datacenter", "Data centre")]
    {
        if resource.flag(key) {
            network_flags.push(label.to_owned());
        }
    }
    let version = |name: Option<String>, version: &str| {
        name.map(|name| resource.text(version).map_or_else(|| name.clone(), |version| format!("{name} {version}")))
    };
    let kind = resource.text("device-type");
    Ok(InquirySession {
        id: resource.object_id()?,
        status: resource.text("status").unwrap_or_default(),
        started_at: resource.time("started-at"),
        expired_at: resource.time("expired-at"),
        ip_address: resource.text("ip-address"),
        device: match (resource.text("device-name"), kind) {
            (Some(name), Some(kind)) => Some(format!("{name} ({kind})")),
            (name, kind) => name.or(kind),
        },
        system: version(resource.text("os-name"), "os-full-version"),
        browser: version(resource.text("browser-name"), "browser-full-version"),
        country: resource.text("country-name").or_else(|| resource.text("country-code")),
        region: resource.text("region-name"),
        connection: resource
            .text("ip-connection-type")
            .or_else(|| network.and_then(|network| network.text("service-type"))),
        provider: resource.text("ip-isp").or_else(|| network.and_then(|network| network.text("service-provider"))),
        threat_level: resource.text("threat-level"),
        network_flags,
        device_fingerprint: device.and_then(|device| device.text("device-fingerprint")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn resource(value: Value) -> Option<Resource> {
        serde_json::from_value(value).ok()
    }

    #[test]
    fn hits_are_found_where_each_kind_of_report_keeps_them() {
        let watchlist = json!({"type": "report/watchlist", "id": "rep_1", "attributes": {"has-match": true, "matched-lists": [
            {"name": "Register", "list-type": "sanction", "entities": [
                {"name": "A", "birthdates": [{"day": "02", "month": "06", "year": "1991"}]}, {"name": "B"}]}]}});
        let pep = json!({"type": "report/politically-exposed-person", "id": "rep_2", "attributes": {"has-match": true,
            "result": [{"name": "A", "positions": [{"name": "Councillor", "start-date": "2021-01-04"}]}]}});
        let media = json!({"type": "report/adverse-media", "id": "rep_3", "attributes": {"has-match": true,
            "related-sources": [{"name": "A", "media": [{"date": "2025-03-11", "title": "Inquiry opens"}]}]}});
        let read = |value| resource(value).and_then(|r| report(&r).ok()).map(|r| r.matches).unwrap_or_default();
        assert_eq!(read(watchlist).iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(read(pep).first().map(|m| m.detail.clone()), Some(vec!["Councillor since 2021-01-04".into()]));
        assert_eq!(read(media).first().map(|m| m.detail.clone()), Some(vec!["2025-03-11: Inquiry opens".into()]));
    }

    #[test]
    fn no_link_survives_in_the_facts() {
        let id = json!({"type": "verification/government-id", "id": "ver_1", "attributes": {"status": "passed",
            "front-photo-url": "https://files.withpersona.com/f?access_token=s", "birthdate": "1991-06-02",
            "photo-urls": [{"url": "https://files.withpersona.com/f?access_token=s"}], "confirmation-code": "123456"}});
        let read = resource(id).and_then(|r| verification(&r).ok());
        let text = serde_json::to_string(&read).unwrap_or_default();
        assert!(text.contains("1991-06-02") && text.contains("front"), "{text}");
        assert!(!text.contains("access_token") && !text.contains("123456"), "{text}");
    }

    #[test]
    fn the_fingerprint_comes_from_the_related_device() {
        let session_json = json!({"type": "inquiry-session", "id": "iqse_1", "attributes": {"is-vpn": true},
            "relationships": {"device": {"data": {"type": "device", "id": "dev_1"}}}});
        let device = json!({"type": "device", "id": "dev_1", "attributes": {"device-fingerprint": "8d1f"}});
        let read = resource(session_json).zip(resource(device)).and_then(|(s, d)| session(&s, &[d]).ok());
        assert_eq!(read.as_ref().and_then(|s| s.device_fingerprint.as_deref()), Some("8d1f"));
        assert_eq!(read.map(|s| s.network_flags), Some(vec!["VPN".into()]));
    }
}
