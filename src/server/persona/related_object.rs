//! The objects that an object names as related, and those that were included with it. Each is returned as a part of its
//! kind, or named as not read.
use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::inflection::kebab;
use super::record::{Odd, Resource, Single, get};
use crate::domain::document::Unread;
use crate::domain::id::ObjectId;
use crate::domain::text::clean;

/// An entry of a relation.
#[derive(Debug, PartialEq, Eq)]
struct RelationEntry {
    id: Option<String>,
    /// What is odd about it.
    why: Option<&'static str>,
}

impl RelationEntry {
    /// Returns the ID, if it can be requested.
    fn followed(&self) -> Option<String> {
        self.id.clone().filter(|id| self.why.is_none() && ObjectId::try_from(id.clone()).is_ok())
    }
}

/// Relations whose parts are evidence, with the name for one such part.
const RELATIONS: [(&str, &str); 5] = [
    ("verifications", "verification"),
    ("reports", "report"),
    ("sessions", "session"),
    ("documents", "document"),
    ("selfies", "selfie"),
];

/// Other relations of an inquiry, which are not evidence.
const OF_INQUIRY: &[&str] =
    &["account", "creator", "inquiry-template", "inquiry-template-version", "reviewer", "template"];

/// Other relations of a case, which are not evidence.
const OF_CASE: &[&str] = &["case-comments", "case-queue", "case-template", "creator", "reviewer"];

/// Relations to what a case is about, which the desk follows by ID, with the name for one such object.
const FOLLOWED: &[(&str, &str)] = &[("accounts", "account"), ("inquiries", "inquiry"), ("txns", "transaction")];

/// Included types that are not evidence.
const BESIDE: &[&str] = &[
    "account",
    "account-type",
    "case-comment",
    "case-queue",
    "case-template",
    "device",
    "inquiry",
    "inquiry-template",
    "inquiry-template-version",
    "network",
    "report-template",
    "reviewer",
    "template",
    "transaction",
    "txn",
    "user",
    "verification-template",
    "workflow",
    "workflow-run",
];

/// Returns the entries of a relation, of any shape.
fn entries(resource: &Resource, key: &str) -> Vec<RelationEntry> {
    get(&resource.relationships, key).map(related).unwrap_or_default()
}

fn related(relation: &Value) -> Vec<RelationEntry> {
    match relation {
        Value::Object(relation) => match relation.get("data") {
            Some(data) => all(data),
            // Absent relations are written as empty objects.
            None if relation.is_empty() => Vec::new(),
            None if relation.contains_key("id") => vec![one(&Value::Object(relation.clone()))],
            None => vec![RelationEntry { id: None, why: Some("named without saying which") }],
        },
        other => all(other),
    }
}

fn all(data: &Value) -> Vec<RelationEntry> {
    match data {
        Value::Null => Vec::new(),
        Value::Object(map) if map.is_empty() => Vec::new(),
        Value::Array(items) => items.iter().map(one).collect(),
        other => vec![one(other)],
    }
}

fn one(item: &Value) -> RelationEntry {
    match item.as_object().map_or(item, |item| item.get("id").unwrap_or(&Value::Null)) {
        Value::String(id) if !id.is_empty() => RelationEntry { id: Some(id.clone()), why: None },
        Value::Number(id) => RelationEntry { id: Some(id.to_string()), why: Some("named by an id that is no text") },
        _ => RelationEntry { id: None, why: Some("named without an id") },
    }
}

/// Returns the kind that a type names, however it is spelled.
fn of_type(kind: &str) -> Option<&'static str> {
    let first = kind.split('/').next().unwrap_or_default().trim().to_lowercase().replace('_', "-");
    let first = first.strip_prefix("inquiry-session").map_or(first.as_str(), |_| "session");
    RELATIONS.iter().find(|(many, one)| first == *many || first == *one).map(|(_, one)| *one)
}

/// Returns the part under the type that the readers of parts know.
fn spelled<'a>(part: &'a Resource, what: &str) -> Cow<'a, Resource> {
    let rest = match part.kind.split_once('/') {
        Some((_, rest)) if of_type(&part.kind) == Some(what) => rest.trim().to_lowercase(),
        _ if of_type(&part.kind) == Some(what) => return Cow::Borrowed(part),
        _ => part.kind.trim().to_lowercase(),
    };
    let kind = if what == "session" { "inquiry-session".to_owned() } else { format!("{what}/{rest}") };
    if kind == part.kind { Cow::Borrowed(part) } else { Cow::Owned(Resource { kind, ..part.clone() }) }
}

/// What was included with an object, each part once and under its kind.
#[derive(Debug, Default)]
pub struct Parts<'a> {
    /// By kind: `verification`, `report`, …
    pub evidence: Vec<(&'static str, Cow<'a, Resource>)>,
    /// Included objects that are not evidence.
    pub beside: Vec<&'a Resource>,
    /// What is named or was included, and cannot be read.
    pub unread: Vec<Unread>,
}

/// Sorts what was included with an object. Documents that an inquiry names and that were not included do not count as
/// unread, because they are read one by one. The same is true for objects that a case is about, if their IDs can be
/// followed.
pub fn parts(whole: &Single) -> Parts<'_> {
    let mut parts = Parts::default();
    let named: Vec<(&'static str, RelationEntry)> = RELATIONS
        .into_iter()
        .flat_map(|(key, what)| entries(&whole.data, key).into_iter().map(move |entry| (what, entry)))
        .collect();
    let by_relation = |id: &str| named.iter().find(|(_, entry)| entry.id.as_deref() == Some(id)).map(|(what, _)| *what);
    for odd in &whole.odd {
        let mut unread = Odd::unread(odd);
        let what = of_type(&odd.kind).or_else(|| by_relation(odd.id.as_deref()?));
        unread.what = what.map_or(unread.what, str::to_owned);
        parts.unread.push(unread);
    }
    let mut came: BTreeSet<(&str, &str)> = BTreeSet::new();
    for part in &whole.included {
        let Some(what) = of_type(&part.kind).or_else(|| by_relation(&part.id)) else {
            if BESIDE.contains(&part.kind.to_lowercase().as_str()) {
                parts.beside.push(part);
            } else {
                parts.unread.push(Odd::new(part, "of a type that is not known here").unread());
            }
            continue;
        };
        let related = named.iter().any(|(other, entry)| *other == what && entry.id.as_deref() == Some(&part.id));
        let own = part.one("inquiry").is_some_and(|inquiry| inquiry == whole.data.id);
        if !related && !own && what != "document" {
            parts.unread.push(named_as(what, Some(&part.id), Some("sent along, and not named as related to it")));
            continue;
        }
        if came.insert((what, &part.id)) {
            parts.evidence.push((what, spelled(part, what)));
        } else if !whole.included.iter().all(|other| other.id != part.id || other == part) {
            parts.unread.push(named_as(what, Some(&part.id), Some("sent twice, each time another")));
        }
    }
    let of_case = whole.data.kind == "case";
    for (what, RelationEntry { id, why }) in &named {
        let there = id.as_deref().is_some_and(|id| came.contains(&(*what, id)));
        let told = id.as_deref().is_some_and(|id| parts.unread.iter().any(|known| known.id == clean(id)));
        if !there && !told && (*what != "document" || of_case || id.is_none()) {
            parts.unread.push(named_as(what, id.as_deref(), *why));
        }
    }
    let beside = match whole.data.kind.as_str() {
        "inquiry" => Some(OF_INQUIRY),
        "case" => Some(OF_CASE),
        _ => None,
    };
    if let Some(beside) = beside {
        let told = |id: &Option<String>| id.is_some() && named.iter().any(|(_, entry)| entry.id == *id);
        parts.unread.extend(unknown(&whole.data, beside).filter(|(_, entry)| !told(&entry.id)).map(
            |(what, RelationEntry { id, why })| named_as(&what, id.as_deref(), why.or(Some("look at it in Persona"))),
        ));
    }
    parts
}

/// Returns what an object names under relations that the desk does not know or show, such as an inquiry's transaction,
/// whose reports may be why the inquiry waits. For what a case is about, it returns what cannot be followed.
fn unknown<'a>(object: &'a Resource, beside: &'a [&str]) -> impl Iterator<Item = (String, RelationEntry)> + 'a {
    let relations = object.relationships.iter().map(|(key, relation)| (kebab(key), relation));
    let unknown =
        relations.filter(|(key, _)| !beside.contains(&key.as_str()) && RELATIONS.iter().all(|(known, _)| known != key));
    unknown.flat_map(|(key, relation)| {
        let followed = FOLLOWED.iter().filter(|_| object.kind == "case").find(|(known, _)| *known == key);
        let what = followed.map_or_else(|| clean(key.strip_suffix('s').unwrap_or(&key)), |(_, one)| (*one).to_owned());
        let unread =
            related(relation).into_iter().filter(move |entry| followed.is_none() || entry.followed().is_none());
        unread.map(move |entry| (what.clone(), entry))
    })
}

/// Returns the IDs of what a case is about, under a relation of any shape.
pub fn followed<T: TryFrom<String>>(case: &Resource, key: &str) -> Vec<T> {
    entries(case, key).into_iter().filter_map(|entry| entry.followed()?.try_into().ok()).collect()
}

/// Returns the IDs that a relation names.
pub fn ids(resource: &Resource, key: &str) -> Vec<String> {
    entries(resource, key).into_iter().filter_map(|entry| entry.id).collect()
}

fn named_as(what: &str, id: Option<&str>, why: Option<&str>) -> Unread {
    let id = id.map_or_else(|| "without an id".to_owned(), clean);
    Unread { what: what.to_owned(), id, why: why.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn whole(reports: Value, included: Value) -> Single {
        let data = json!({"type": "inquiry", "id": "inq_1", "attributes": {}, "relationships": {"reports": reports}});
        serde_json::from_value(json!({"data": data, "included": included})).unwrap_or_else(|why| panic!("{why}"))
    }

    fn told(whole: &Single) -> (Vec<String>, Vec<(String, String)>) {
        let parts = parts(whole);
        let read = parts.evidence.iter().map(|(_, part)| part.kind.clone()).collect();
        (read, parts.unread.into_iter().map(|unread| (unread.what, unread.id)).collect())
    }

    #[test]
    fn an_entry_that_cannot_be_followed_is_named() {
        let report = json!({"type": "report/watchlist", "id": "rep_1"});
        let unread = |id: &str| vec![("report".to_owned(), id.to_owned())];
        for (relation, wanted) in [
            (json!(null), vec![]),
            (json!({}), vec![]),
            (json!({"data": null}), vec![]),
            (json!({"data": {}}), vec![]),
            (json!({"data": [report]}), unread("rep_1")),
            (json!({"data": report}), unread("rep_1")),
            (json!([report]), unread("rep_1")),
            (report.clone(), unread("rep_1")),
            (json!({"data": ["rep_1"]}), unread("rep_1")),
            (json!({"data": [{"type": "report/watchlist", "id": 12345}]}), unread("12345")),
            (json!({"data": [{"type": "report/watchlist", "id": null}]}), unread("without an id")),
            (json!({"data": [null]}), unread("without an id")),
            (json!({"links": {"related": "/x"}}), unread("without an id")),
        ] {
            assert_eq!(told(&whole(relation.clone(), json!([]))), (vec![], wanted), "{relation}");
        }
    }

    #[test]
    fn what_a_case_is_about_is_followed_or_named() {
        let of = |relations: Value| {
            let data = json!({"type": "case", "id": "case_1", "attributes": {}, "relationships": relations});
            let whole: Single = serde_json::from_value(json!({"data": data})).unwrap_or_else(|why| panic!("{why}"));
            let followed: Vec<ObjectId> = FOLLOWED.iter().flat_map(|(key, _)| followed(&whole.data, key)).collect();
            (followed.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>(), told(&whole).1)
        };
        let beside = json!({"case-comments": {"data": [{"type": "case-comment", "id": "csc_1"}]}, "case-queue": {"data": null},
            "case-template": {"data": {"type": "case-template", "id": "ctmpl_1"}}, "txns": {"data": []}});
        assert_eq!(of(beside), (vec![], vec![]));
        let account = json!({"type": "account", "id": "act_1"});
        for relation in
            [json!({"data": [account]}), json!({"data": account}), json!([account]), json!(["act_1"]), account]
        {
            assert_eq!(of(json!({"accounts": relation})), (vec!["act_1".to_owned()], vec![]), "{relation}");
        }
        for (relation, what, id) in [
            (json!({"inquiries": {"data": [{"type": "inquiry", "id": 12}]}}), "inquiry", "12"),
            (json!({"accounts": {"data": [{"type": "account", "id": "act 1"}]}}), "account", "act 1"),
            (json!({"txns": {"data": [{"type": "transaction", "id": null}]}}), "transaction", "without an id"),
            (json!({"inquiries": {"links": {"related": "/x"}}}), "inquiry", "without an id"),
            (json!({"transactions": {"data": [{"type": "transaction", "id": "txn_1"}]}}), "transaction", "txn_1"),
            (json!({"documents": {"data": [{"type": "document", "id": "doc_1"}]}}), "document", "doc_1"),
        ] {
            assert_eq!(of(relation.clone()), (vec![], vec![(what.to_owned(), id.to_owned())]), "{relation}");
        }
    }

    #[test]
    fn what_an_inquiry_names_under_a_relation_that_is_not_known_is_not_read() {
        let of = |relations: Value| {
            let data = json!({"type": "inquiry", "id": "inq_1", "attributes": {}, "relationships": relations});
            told(&serde_json::from_value(json!({"data": data})).unwrap_or_else(|why| panic!("{why}"))).1
        };
        let account = json!({"data": {"type": "account", "id": "act_1"}});
        for known in [
            json!({"account": account, "inquiryTemplate": account, "inquiry-template-version": account}),
            json!({"reviewer": account, "creator": account, "template": {"data": {}}}),
            json!({"transaction": {"data": null}, "pending-reports": {"data": []}, "odd": {}, "null": null}),
        ] {
            assert_eq!(of(known.clone()), vec![], "{known}");
        }
        for (relation, what, id) in [
            (json!({"transaction": {"data": {"type": "transaction", "id": "txn_1"}}}), "transaction", "txn_1"),
            (json!({"pending-reports": {"data": [{"type": "report", "id": "rep_1"}]}}), "pending-report", "rep_1"),
            (json!({"verificationFailures": ["ver_1"]}), "verification-failure", "ver_1"),
            (json!({"Case": {"data": {"type": "case", "id": null}}}), "case", "without an id"),
        ] {
            assert_eq!(of(relation.clone()), [(what.to_owned(), id.to_owned())], "{relation}");
        }
        let twice =
            json!({"reports": {"data": ["rep_1"]}, "latest-report": {"data": {"type": "report", "id": "rep_1"}}});
        assert_eq!(of(twice), [("report".to_owned(), "rep_1".to_owned())], "named once");
    }

    #[test]
    fn a_part_is_what_its_type_or_its_relation_says_and_counts_when_it_is_related() {
        for (kind, read) in [
            ("report/watchlist", "report/watchlist"),
            ("Report/watchlist", "report/watchlist"),
            ("reports/Watchlist", "report/watchlist"),
            ("watchlist-report", "report/watchlist-report"),
            ("monitoring/watchlist", "report/monitoring/watchlist"),
        ] {
            let part = json!({"type": kind, "id": "rep_1", "attributes": {}});
            let named = whole(json!({"data": [{"type": kind, "id": "rep_1"}]}), json!([part, part]));
            assert_eq!(told(&named), (vec![read.to_owned()], vec![]), "{kind}");
        }
        let stranger = json!([{"type": "report/watchlist", "id": "rep_2", "attributes": {}}, {"type": "thing/x", "id": "x_1"},
            {"type": "account", "id": "act_1"}]);
        let unread =
            [("report", "rep_2"), ("thing", "x_1")].map(|(what, id)| (what.to_owned(), id.to_owned())).to_vec();
        assert_eq!(told(&whole(json!({"data": []}), stranger)), (vec![], unread));
        let own = json!([{"type": "report/watchlist", "id": "rep_2", "attributes": {},
            "relationships": {"inquiry": {"data": {"type": "inquiry", "id": "inq_1"}}}}]);
        assert_eq!(told(&whole(json!({"data": []}), own)).0, ["report/watchlist"]);
        let twice = json!([{"type": "report/watchlist", "id": "rep_1", "attributes": {"has-match": false}},
            {"type": "report/watchlist", "id": "rep_1", "attributes": {"has-match": true}}]);
        let both = told(&whole(json!({"data": ["rep_1"]}), twice));
        assert_eq!((both.0.len(), both.1.len()), (1, 1), "{both:?}");
    }
}
