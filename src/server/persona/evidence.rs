//! Verifications, reports, sessions and their pictures, from Persona's shapes to the domain's.
use serde_json::Value;

use super::Failure;
use super::picture::pictures;
use super::report::{leaves, named_values, report};
use super::wire::{self, Odd, Resource, Single, scalar};
use crate::domain::case::{Case, CaseEvidence};
use crate::domain::document::{Document, Unread};
use crate::domain::inquiry::{Field, InquirySession};
use crate::domain::redact::mark;
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
        template: resource.one("verification-template"),
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
            // Those that are not pictures are what was found, as the address of a business.
            let link = key.ends_with("-url") && ["photo", "video", "image"].iter().any(|one| key.contains(one));
            let moment = key.ends_with("-at") || key.ends_with("-at-ts");
            !link && !moment && !NOT_FACTS.contains(&key.as_str())
        })
        .flat_map(|(key, value)| {
            let mut found = Vec::new();
            leaves(key, value, &mut found);
            found
        })
        .collect();
    facts.extend(resource.fields());
    facts.extend(resource.time("redacted-at").map(mark));
    for response in resource.list("extraction-responses") {
        extracted(response, &mut facts);
    }
    facts
}

/// What was read from the pages of a document for one field: each value with its page and how well it matched.
fn extracted(response: &Value, into: &mut Vec<Field>) {
    let text = |of: &Value, key: &str| of.get(key).and_then(scalar).filter(|text| !text.is_empty());
    let how = text(response, "extraction-type").map(|how| format!(", {how}")).unwrap_or_default();
    let name = text(response, "field-name").unwrap_or_else(|| "field not named".to_owned());
    let key = format!("read from the pages{how}: {name}");
    let before = into.len();
    for result in response.get("results").and_then(Value::as_array).into_iter().flatten() {
        let value = text(result, "value").unwrap_or_else(|| "nothing".to_owned());
        let page = text(result, "page").map(|page| format!(", page {page}")).unwrap_or_default();
        let level = text(result, "match-level").map(|level| format!(", match {level}")).unwrap_or_default();
        into.push(Field { key: key.clone(), value: format!("{value}{page}{level}") });
        leaves(&key, result.get("metadata").unwrap_or(&Value::Null), into);
    }
    leaves(&key, response.get("structured-results").unwrap_or(&Value::Null), into);
    if into.len() == before {
        into.push(Field { key, value: "nothing found".to_owned() });
    }
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
    let map = value.as_object()?;
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let mut metadata = Vec::new();
    // What kind of trouble a failure is, as newer versions say, and what was compared.
    for (key, value) in
        map.iter().filter(|(key, _)| !["name", "status", "requirement", "reasons"].contains(&key.as_str()))
    {
        match value {
            Value::Object(inner) if key == "metadata" => {
                for (key, value) in inner {
                    leaves(&key.replace('_', "-"), value, &mut metadata);
                }
            }
            other => leaves(&key.replace('_', "-"), other, &mut metadata),
        }
    }
    Some(Check {
        // One without name or status is shown as unknown, and not left out.
        name: clean(text("name").unwrap_or("unnamed check")),
        status: clean(text("status").unwrap_or_default()).into(),
        // Absent in some examples; then it must not decide anything by itself.
        required: text("requirement").is_some_and(|requirement| requirement != "not_required"),
        reasons: value.get("reasons").and_then(Value::as_array).into_iter().flatten().filter_map(scalar).collect(),
        metadata,
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
        signals: named_values(&resource.attributes, "signals"),
        device_fingerprint: device.and_then(|device| device.text("device-fingerprint")),
    })
}

/// A case that was read with all that can come along.
pub fn case(single: &Single) -> Result<Case, Failure> {
    let mut case = wire::case(&single.data, &single.included)?;
    if !case.holds_more() {
        return Ok(case);
    }
    let mut evidence = CaseEvidence::default();
    for part in &single.included {
        let read = match part.kind.split('/').next() {
            Some("report") => report(part).map(|report| evidence.reports.push(report)),
            Some("verification") => verification(part).map(|one| evidence.verifications.push(one)),
            _ => Ok(()),
        };
        if read.is_err() {
            evidence.unread.push(Odd::new(part, "of another shape").unread());
        }
    }
    evidence.unread.extend(single.odd.iter().map(Odd::unread));
    for (relation, what) in [("reports", "report"), ("verifications", "verification")] {
        for id in single.data.many(relation) {
            let came = single.included.iter().any(|part| part.id == id);
            if !came && !evidence.unread.iter().any(|known| known.id == id) {
                evidence.unread.push(Unread { what: what.to_owned(), id: clean(&id), why: None });
            }
        }
    }
    evidence.reports.sort_by(|a, b| a.id.cmp(&b.id));
    evidence.verifications.sort_by(|a, b| a.id.cmp(&b.id));
    evidence.unread.sort();
    case.evidence = Some(evidence);
    Ok(case)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn resource(value: Value) -> Option<Resource> {
        serde_json::from_value(value).ok()
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
