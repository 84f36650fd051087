//! Converts verifications, reports, sessions and their pictures from Persona's shapes to the domain's.
use serde_json::Value;

use super::check::checks;
use super::failure::Failure;
use super::inflection::kebab;
use super::json_api::{self, Odd, Resource, Single, get, scalar};
use super::picture::pictures;
use super::related_object::{Parts, parts};
use super::report::report;
use super::signal::{against, astray, behavior, flags, words_of};
use super::value::leaves;
use crate::domain::account::Account;
use crate::domain::case::{Case, CaseEvidence};
use crate::domain::comparison::country_code;
use crate::domain::document::{Document, Unread};
use crate::domain::inquiry::{DEVICE_NOT_READ, Field, InquirySession};
use crate::domain::picture::FileKind;
use crate::domain::redact::mark;
use crate::domain::text::{clean, counted};
use crate::domain::time::Timestamp;
use crate::domain::verification::Verification;

/// Attributes that are not facts read from a document or database.
const NOT_FACTS: &[&str] = &[
    "status",
    "tags",
    "checks",
    "country-code",
    "capture-method",
    "confirmation-code",
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
];
/// Times of the object itself, which are read separately. Other times say something about what was verified: until when
/// it is valid, or when it was revoked.
const OWN_TIMES: &[&str] =
    &["created-at", "started-at", "submitted-at", "completed-at", "processed-at", "updated-at", "redacted-at"];
/// Members of an account that are read separately.
const OF_ACCOUNT: &[&str] = &["reference-id", "account-type-name", "account-status", "tags", "fields"];
/// Members of an inquiry that are read separately.
const OF_INQUIRY: &[&str] = &[
    "status",
    "reference-id",
    "note",
    "tags",
    "creator",
    "reviewer-comment",
    "expires-at",
    "failed-at",
    "marked-for-review-at",
    "decisioned-at",
    "expired-at",
    "previous-step-name",
    "next-step-name",
    "fields",
];
/// Parts of the names of members about the applicant's behaviour, which are read separately.
const TELLS_BEHAVIOR: &[&str] = &["signal", "behavior", "behaviour"];
/// A reason for a confidence that says nothing. It is left out, so that evidence without another reason keeps its
/// fingerprint.
const NO_REASON: &str = "generic";

pub fn verification(resource: &Resource) -> Result<Verification, Failure> {
    let id = resource.object_id()?;
    let facts = facts(resource);
    let pictures = pictures(resource, &id);
    Ok(Verification {
        kind: resource.kind.strip_prefix("verification/").unwrap_or(&resource.kind).to_owned(),
        status: resource.text("status").unwrap_or_default(),
        // Persona publishes both names for it, as it does for the template of an inquiry.
        template: resource.one("verification-template").or_else(|| resource.one("template")),
        attempt: None,
        country: resource.text("country-code"),
        created_at: resource.time("created-at"),
        completed_at: resource.time("completed-at"),
        checks: checks(resource),
        facts,
        pictures,
        id,
    })
}

/// Reads an account with the members next to its fields: older versions of Persona give a name there.
pub fn account(resource: &Resource) -> Result<Account, Failure> {
    let mut account = json_api::account(resource)?;
    account.fields.extend(beside(resource, OF_ACCOUNT));
    Ok(account)
}

/// Returns the members of an inquiry that Persona does not publish, except for its signals and behaviours.
pub fn of_inquiry(resource: &Resource) -> Vec<Field> {
    let mut all = beside(resource, OF_INQUIRY);
    all.retain(|member| !TELLS_BEHAVIOR.iter().any(|name| kebab(&member.key).contains(name)));
    all
}

/// Returns the members of an object that have none of these names, and no name of the object's own times.
fn beside(resource: &Resource, known: &[&str]) -> Vec<Field> {
    let mut found = Vec::new();
    for (key, value) in &resource.attributes {
        let plain = kebab(key);
        if !OWN_TIMES.contains(&plain.strip_suffix("-ts").unwrap_or(&plain)) && !known.contains(&plain.as_str()) {
            leaves(key, value, &mut found);
        }
    }
    found
}

/// Numbers attempts that, according to Persona, began at the same time, by their order in the inquiry's list. The times
/// of the other attempts show which end of the list is the later one. If they do not, nothing is numbered.
pub fn number_attempts(verifications: &mut [Verification], listed: &[String]) {
    let made = |id: &String| verifications.iter().find(|one| one.id.as_str() == id).and_then(|one| one.created_at);
    let times: Vec<Timestamp> = listed.iter().filter_map(made).collect();
    let rising = times.windows(2).any(|pair| pair[0] < pair[1]);
    let falling = times.windows(2).any(|pair| pair[0] > pair[1]);
    if rising == falling {
        return;
    }
    let like = |one: &Verification, other: &Verification| {
        let same = one.kind == other.kind && one.template == other.template && one.created_at == other.created_at;
        same && one.template.is_some() && one.created_at.is_some() && one.id != other.id
    };
    let tied: Vec<bool> = verifications.iter().map(|one| verifications.iter().any(|other| like(one, other))).collect();
    for (one, _) in verifications.iter_mut().zip(tied).filter(|(_, tied)| *tied) {
        let mut places = listed.iter().enumerate().filter(|(_, id)| one.id.as_str() == id.as_str());
        // An attempt that is listed twice has no place.
        if let (Some((place, _)), None) = (places.next(), places.next()) {
            let place = if rising { place } else { listed.len() - place };
            one.attempt = u32::try_from(place).ok();
        }
    }
}

/// Returns what was read from a verification or document, by name.
fn facts(resource: &Resource) -> Vec<Field> {
    let mut facts: Vec<Field> = resource
        .attributes
        .iter()
        .filter(|(key, value)| {
            let key = kebab(key);
            // Links that do not lead to pictures are findings, such as the web address of a business.
            let link = (key.ends_with("-url") || key.ends_with("-urls"))
                && ["photo", "video", "image"].iter().any(|one| key.contains(one));
            let moment = OWN_TIMES.contains(&key.strip_suffix("-ts").unwrap_or(&key));
            let reasons = value.as_array().is_some_and(|all| all.iter().all(|one| *one == NO_REASON));
            let unsaid = reasons && key == "entity-confidence-reasons";
            !link && !moment && !unsaid && !NOT_FACTS.contains(&key.as_str())
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

/// Adds what was read from the pages of a document for one field: each value with its page and how well it matched.
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

/// Reads a selfie. Its files are only included and have no address of their own from which they could be read again, so
/// they are only named.
pub fn selfie(resource: &Resource) -> Result<Document, Failure> {
    let mut selfie = document(resource)?;
    for picture in &mut selfie.pictures {
        picture.kind = match picture.kind {
            FileKind::Picture | FileKind::Pdf | FileKind::Heic => FileKind::Other,
            other => other,
        };
    }
    Ok(selfie)
}

/// Returns how many values of `fields` there are beyond those that are stored.
pub fn beyond(resource: &Resource) -> usize {
    /// Counts values as they are flattened, without a limit.
    fn count(value: &Value) -> usize {
        match value {
            Value::Object(map) if map.contains_key("value") && map.contains_key("type") => count(&map["value"]),
            Value::Object(map) if map.contains_key("url") => {
                usize::from(map.get("filename").is_some_and(Value::is_string))
            }
            Value::Object(map) => map.values().map(count).sum(),
            Value::Array(items) => items.iter().map(count).sum(),
            other => usize::from(scalar(other).is_some_and(|text| !text.is_empty())),
        }
    }
    let all =
        get(&resource.attributes, "fields").and_then(Value::as_object).map_or(0, |map| map.values().map(count).sum());
    all.saturating_sub(resource.fields().len())
}

/// Names an object as not read if not all of its fields are stored.
pub fn cut(resource: &Resource, what: &str) -> Option<Unread> {
    let beyond = beyond(resource);
    let why = format!("too much to keep: {} of its {what} left out", counted(beyond, "field is", "fields are"));
    (beyond > 0).then(|| Unread { what: format!("part of the {what}"), id: clean(&resource.id), why: Some(why) })
}

/// Reads a session with its device and network, which are included.
pub fn session(resource: &Resource, included: &[Resource]) -> Result<InquirySession, Failure> {
    let related = |key: &str| {
        let id = resource.one(key)?;
        included.iter().find(|other| other.kind == key && other.id == id)
    };
    let device = related("device");
    let network = related("network");
    let mut network_flags = flags(resource);
    let mut also: Vec<String> = [network, device].into_iter().flatten().flat_map(flags).collect();
    also.extend([Some(resource), network, device].into_iter().flatten().flat_map(against));
    also.extend(astray(resource, network));
    for flag in also {
        if !network_flags.contains(&flag) {
            network_flags.push(flag);
        }
    }
    if network.is_none() && resource.one("network").is_some() {
        network_flags.push("Network not read".to_owned());
    }
    if device.is_none() && resource.one("device").is_some() {
        network_flags.push(DEVICE_NOT_READ.to_owned());
    }
    // What session and network say in the same words is listed once; what they say in different words, twice.
    let mut words = words_of(resource);
    for said in network.map(words_of).unwrap_or_default() {
        if !words.contains(&said) {
            words.push(said);
        }
    }
    let mut first = |key: &str| Some(words.remove(words.iter().position(|said| said.key == key)?).value);
    let (threat_level, connection) = (first("threat-level"), first("connection"));
    let mut signals = behavior(&resource.attributes);
    signals.extend([network, device].into_iter().flatten().flat_map(|part| behavior(&part.attributes)));
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
        // A name that is not in the list of countries says less than its code, so both are given.
        country: match (resource.text("country-name"), resource.text("country-code")) {
            (Some(name), Some(code)) if country_code(&name).is_none() => Some(format!("{name} ({code})")),
            (name, code) => name.or(code),
        },
        region: resource.text("region-name"),
        connection,
        provider: resource.text("ip-isp").or_else(|| network.and_then(|network| network.text("service-provider"))),
        threat_level,
        network_flags,
        network: words,
        signals,
        device_fingerprint: device.and_then(|device| device.text("device-fingerprint")),
    })
}

/// Reads a case that came with everything that can be included.
pub fn case(single: &Single) -> Result<Case, Failure> {
    let mut case = json_api::case(&single.data, &single.included)?;
    let Parts { evidence: came, unread, .. } = parts(single);
    // A report on a transaction may be the reason for a case, and the desk does not read transactions.
    let transactions = case.transactions.iter().map(|id| Unread {
        what: "transaction".to_owned(),
        id: id.to_string(),
        why: Some("look at it in Persona".to_owned()),
    });
    let unread: Vec<Unread> = unread.into_iter().chain(transactions).collect();
    if !case.holds_more() && came.is_empty() && unread.is_empty() {
        return Ok(case);
    }
    let mut evidence = CaseEvidence { unread, ..Default::default() };
    for (what, part) in came {
        let read = match what {
            "report" => report(&part).map(|report| evidence.reports.push(report)),
            "verification" => verification(&part).map(|one| evidence.verifications.push(one)),
            // Persona publishes no case that contains any of these, and the desk does not show them.
            _ => {
                evidence.unread.push(Odd::new(&part, "not looked at in a case").unread());
                Ok(())
            }
        };
        if read.is_err() {
            evidence.unread.push(Odd::new(&part, "of another shape").unread());
        }
        evidence.unread.extend(cut(&part, what));
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
    fn what_denies_a_document_is_among_the_facts_whatever_its_name_ends_with() {
        let id = json!({"type": "verification/government-id", "id": "ver_1", "attributes": {"status": "passed",
            "created-at": "2026-11-01T00:00:00Z", "completed-at-ts": 1, "revokedAt": "2026-01-01T00:00:00Z",
            "expires-at": "2015", "entity-confidence-reasons": ["barcode_mismatch", "tampered"]}});
        let keys = |value: Value| {
            let read = resource(value).and_then(|r| verification(&r).ok());
            let mut keys: Vec<String> = read.into_iter().flat_map(|one| one.facts).map(|fact| fact.key).collect();
            keys.sort();
            keys
        };
        assert_eq!(keys(id), ["entity-confidence-reasons", "expires-at", "revokedAt"]);
        let plain = json!({"type": "verification/government-id", "id": "ver_1", "attributes": {"status": "passed",
            "entity-confidence-reasons": ["generic"]}});
        assert_eq!(keys(plain), [] as [&str; 0], "it says nothing");
    }

    #[test]
    fn what_came_with_a_case_and_is_not_looked_at_there_is_not_read() {
        let whole = json!({"data": {"type": "case", "id": "case_1", "attributes": {"status": "Open", "created-at": "2026-11-20T09:14:02.000Z"},
                "relationships": {"txns": {"data": [{"type": "transaction", "id": "txn_1"}]}}},
            "included": [{"type": "document/generic", "id": "doc_1", "attributes": {"status": "processed"}}]});
        let read = serde_json::from_value::<Single>(whole).ok().and_then(|single| case(&single).ok());
        let unread = read.and_then(|case| case.evidence).unwrap_or_default().unread;
        assert_eq!(
            unread.iter().map(|one| (one.what.as_str(), one.id.as_str())).collect::<Vec<_>>(),
            [("document", "doc_1"), ("transaction", "txn_1")]
        );
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

    #[test]
    fn a_device_that_is_named_and_did_not_come_is_missed() {
        let of = |device: Value| {
            let whole = json!({"type": "inquiry-session", "id": "iqse_1", "attributes": {}, "relationships": {"device": {"data": device}}});
            resource(whole).and_then(|whole| session(&whole, &[]).ok()).map(|session| session.is_without_device())
        };
        assert_eq!(of(json!({"type": "device", "id": "dev_1"})), Some(true));
        assert_eq!(of(Value::Null), Some(false));
    }

    #[test]
    fn what_the_device_says_against_itself_counts() {
        let session_json = json!({"type": "inquiry-session", "id": "iqse_1", "attributes": {},
            "relationships": {"device": {"data": {"type": "device", "id": "dev_1"}}}});
        let device = json!({"type": "device", "id": "dev_1", "attributes": {"device-vendor-id": "x", "is-emulator": true,
            "fraud-score": 990}});
        let read = resource(session_json).zip(resource(device)).and_then(|(s, d)| session(&s, &[d]).ok());
        let said = read.map(|session| session.network_flags);
        assert_eq!(said, Some(vec!["is-emulator “yes” not assessed".into(), "Device: fraud score 990".into()]));
    }

    #[test]
    fn what_only_the_network_says_counts() {
        let of = |own: Value, network: Value| {
            let session_json = json!({"type": "inquiry-session", "id": "iqse_1", "attributes": own,
                "relationships": {"network": {"data": {"type": "network", "id": "net_1"}}}});
            let network = json!({"type": "network", "id": "net_1", "attributes": network});
            let read = resource(session_json).zip(resource(network)).and_then(|(s, n)| session(&s, &[n]).ok());
            let against = read.map(|session| session.against()).unwrap_or_default();
            against.into_iter().map(|signal| signal.label).collect::<Vec<_>>()
        };
        assert_eq!(of(json!({}), json!({"proxy-type": "tor", "threat-level": "high"})), ["Network threat high", "Tor"]);
        assert_eq!(of(json!({}), json!({"proxy-type": "vpn", "ip-connection-type": "vpn"})), ["VPN"]);
        assert_eq!(of(json!({"threat-level": "low"}), json!({"threat-level": "medium"})), ["Network threat medium"]);
        assert_eq!(of(json!({"is-vpn": true}), json!({"is-vpn": true, "proxy-type": "vpn"})), ["VPN"]);
        assert_eq!(
            of(json!({"threat-level": ["high"]}), json!({})),
            ["Network threat “of another shape” not assessed"]
        );
        let fine = json!({"proxy-type": null, "threat-level": "low", "service-type": "residential", "is-vpn": false});
        assert_eq!(of(json!({"threat-level": "low", "ip-connection-type": "mobile"}), fine), [] as [&str; 0]);
    }

    #[test]
    fn fields_that_are_not_kept_are_counted() {
        let of = |fields: Value| {
            let whole = json!({"type": "inquiry", "id": "inq_1", "attributes": {"fields": fields}});
            resource(whole).map(|resource| beyond(&resource))
        };
        let many = |n: usize| (0..n).map(|n| (format!("f{n}"), json!({"type": "string", "value": "x"}))).collect();
        assert_eq!(of(Value::Object(many(500))), Some(0));
        assert!(of(Value::Object(many(700))).is_some_and(|beyond| beyond > 100));
        assert_eq!(
            of(json!({"k".repeat(301): "x", "short": "x", "empty": "", "file": {"filename": "a", "url": "b"}})),
            Some(1)
        );
    }
}
