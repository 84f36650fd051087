//! Converts reports from Persona's shapes to the domain's. Each kind of report lists its hits elsewhere. What is not a
//! hit becomes a fact, so that nothing is dropped because the desk does not know its name.
use serde_json::Value;

use super::dismissal::judged;
use super::failure::Failure;
use super::hits::{business_lists, exposed, media, of_lists, record};
use super::inflection::kebab;
use super::json_api::{Resource, get, scalar};
use super::report_subject::asked;
use super::value::{MOST, bounded, is_odd};
use crate::domain::evidence::Evidence;
use crate::domain::redact::mark;
use crate::domain::report::assess::Meaning;
use crate::domain::report::report_query::is_asked;
use crate::domain::report::{Doubt, Match, Report};

/// Members about the report itself and not about its subject. The page shows status, match and times from other fields.
const ABOUT: &[&str] = &[
    "status",
    "has-match",
    "created-at",
    "completed-at",
    "redacted-at",
    "report-template-version-name",
    "is-continuous",
    "is-recurring",
    "tags",
];

/// Members that say what a screening was asked for. The term is shown.
const SEARCHED: &[&str] =
    &["name-first", "name-middle", "name-last", "term", "birthdate", "birthdate-year", "country-code", "query"];

/// Most values of one report that are assessed before they are cut: more than any real report has.
const READ: usize = 20_000;

/// Lists in a report besides those of its kind. If one of them is no list, it is named and stays among the facts.
const LISTS: &[&str] = &["ignore-list", "ignore-list-entity"];
pub fn report(resource: &Resource) -> Result<Report, Failure> {
    let kind = resource.kind.strip_prefix("report/").unwrap_or(&resource.kind).to_owned();
    let (matches, hits): (Vec<Match>, &[&str]) = match kind.as_str() {
        "watchlist" => (of_lists(resource, "matched-lists"), &["matched-lists"]),
        "business-watchlist" => business_lists(resource),
        "politically-exposed-person" => {
            let result = resource.list("result").iter();
            (result.map(|person| judged(resource, person, exposed(person))).collect(), &["result"])
        }
        "adverse-media" | "business-adverse-media" => media(resource),
        "crypto-address-watchlist" => (of_lists(resource, "result"), &["result"]),
        "screening" => (resource.list("matched-records").iter().map(record).collect(), &["matched-records"]),
        _ => (Vec::new(), &[]),
    };
    let ignored = LISTS.iter().map(|key| resource.list(key).len()).sum::<usize>();
    let mut odd: Vec<String> =
        hits.iter().chain(LISTS).filter(|key| is_odd(resource, key)).map(|key| (*key).to_owned()).collect();
    let query = get(&resource.attributes, "query").and_then(|query| query.get("term")).and_then(scalar);
    let has_match = get(&resource.attributes, "has-match").and_then(Value::as_bool);
    let mut report = Report {
        id: resource.object_id()?,
        kind,
        status: resource.text("status").unwrap_or_default(),
        has_match: has_match.unwrap_or_default(),
        term: resource.text("term").or(query),
        created_at: resource.time("created-at"),
        completed_at: resource.time("completed-at"),
        matches,
        dismissed: u32::try_from(ignored).unwrap_or(u32::MAX),
        facts: Vec::new(),
        match_unknown: has_match.is_none(),
        doubts: Vec::new(),
        beside: None,
    };
    // In a search by a term, the rest of the question says nothing more.
    let by_term = |key: &str| {
        if key == "query" {
            get(&resource.attributes, "query").is_some_and(|query| query.get("term").is_some())
        } else {
            report.term.is_some()
        }
    };
    let screening = report.meaning() == Meaning::Screening;
    let rest = resource.attributes.iter().map(|(key, value)| (kebab(key), value)).filter(|(key, _)| {
        let key = key.as_str();
        let asked = screening && SEARCHED.contains(&key) && (key == "term" || by_term(key));
        let hit = hits.contains(&key) && !odd.iter().any(|odd| odd == key);
        !ABOUT.contains(&key) && !hit && !asked
    });
    let mut facts = Vec::new();
    for (key, value) in rest {
        bounded(&key.replace("ignore-list", "dismissed"), value, READ, &mut facts);
    }
    // In a question with a term, everything besides the usual members is stored as facts.
    if screening && by_term("query") {
        let query = get(&resource.attributes, "query").and_then(Value::as_object);
        for (key, value) in query.into_iter().flatten().filter(|(key, value)| !is_asked(key) || !is_value(value)) {
            bounded(&format!("query.{}", kebab(key)), value, READ, &mut facts);
        }
    }
    facts.extend(resource.time("redacted-at").map(mark));
    report.facts = facts;
    if report.facts.len() > MOST {
        report.doubt(Doubt::Cut);
    }
    report.keep(MOST);
    if screening {
        odd.extend(unknown_lists(resource, hits));
        odd.extend(report.facts.iter().filter(|fact| fact.key.contains("error")).map(|fact| fact.key.clone()));
        report.doubts.extend(odd.drain(..).map(Doubt::NotUnderstood));
    }
    let asked = asked(resource);
    match report.meaning() {
        Meaning::Screening if says_whom(&report.kind) && asked.nobody() => report.doubt(Doubt::Nobody),
        Meaning::Risk | Meaning::Lookup if says_whom(&report.kind) && asked.nothing() => report.doubt(Doubt::Nothing),
        _ => {}
    }
    Ok(report)
}

/// Whether it is one value, or a list of single values.
fn is_value(value: &Value) -> bool {
    !value.is_object() && value.as_array().is_none_or(|items| items.iter().all(|item| !item.is_object()))
}

/// Returns lists of objects under names that Persona does not publish for this kind of report: they may be hits.
fn unknown_lists(resource: &Resource, hits: &[&str]) -> Vec<String> {
    let lists = resource
        .attributes
        .iter()
        .filter(|(_, value)| value.as_array().is_some_and(|all| all.iter().any(Value::is_object)));
    let names = lists.map(|(key, _)| kebab(key));
    names.filter(|key| !hits.contains(&key.as_str()) && !LISTS.contains(&key.as_str())).collect()
}

/// Whether Persona says whom this kind of report was about. It never does for a watchlist of businesses (CONTRACT.md
/// section 17), nor for scores of synthetic people. For two other kinds that look up businesses, Persona publishes a
/// country and nothing else.
fn says_whom(kind: &str) -> bool {
    const SILENT: [&str; 4] =
        ["business-watchlist", "synthetic", "business-registrations-lookup", "business-associated-persons"];
    !SILENT.contains(&kind)
}

/// Compares what reports were asked for with what the inquiry is about.
pub fn compare_asked<'a>(evidence: &mut Evidence, parts: impl Iterator<Item = &'a Resource>) {
    let mut all = Vec::new();
    for part in parts {
        let own = evidence.reports.iter().find(|one| one.id.as_str() == part.id).map(|one| one.id.clone());
        all.extend(own.map(|id| (id, asked(part))));
    }
    evidence.compare_asked(&all);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
    fn the_published_dismissal_is_known_by_the_run_that_it_was_made_in() {
        let list = json!({"name": "EU - EC - Programme PRK - North Korea", "url": "https://eur-lex.europa.eu/x", "list-type": "sanction",
            "list-types": ["sanction"], "slug": "eu-ec-programme-prk", "flag-code": "EU", "entities": []});
        let published = |completed: &str| {
            let whole = json!({"type": "report/watchlist", "id": "rep_1", "attributes": {"status": "ready", "has-match": true,
                "term": "Jane Doe", "completed-at": completed, "matched-lists": [list], "ignore-list": [{"match": list,
                    "ignored-at": "2024-02-16T10:00:00.000Z", "run-history-completed-at": "2024-02-15T23:48:17.000Z",
                    "user": "Jordan Lee", "ignore-reason": "false positive"}]}});
            resource(whole).and_then(|r| report(&r).ok()).map(|r| r.assess().text)
        };
        let by = "Dismissed in Persona by Jordan Lee: false positive";
        assert_eq!(published("2024-02-15T23:48:17.000Z").as_deref(), Some(by));
        // A later run may have found another person on the same list.
        assert_eq!(published("2024-03-15T23:48:17.000Z").as_deref(), Some("1 match"));
    }

    #[test]
    fn a_dismissed_record_that_grew_without_a_time_is_open_until_it_is_reviewed_again() {
        let read = |topics: Value, reviewed: &str| {
            let record = json!({"token": "scrre_1", "reviewed-at": reviewed, "review-status": "false_positive",
                "names": [{"name": "J"}], "topics": topics, "present-in-last-run": reviewed.len() > 2});
            let whole = json!({"type": "report/screening", "id": "rep_1", "attributes": {"status": "ready", "has-match": true,
                "matched-records": [record, {"token": "scrre_2", "reviewed-at": reviewed, "review-status": "false_positive"}]}});
            resource(whole).and_then(|r| report(&r).ok()).unwrap_or_else(|| panic!("a report"))
        };
        let after = |before: &Report, mut now: Report| {
            now.open_what_grew(std::slice::from_ref(before));
            now
        };
        let (once, again) = ("2026-06-16T10:00:00Z", "2026-06-18T10:00:00Z");
        let first = read(json!(["fraud"]), once);
        let same = after(&first, read(json!(["fraud"]), once));
        assert!(same.dismissal().is_some());
        let grown = after(&same, read(json!(["fraud", "terror"]), once));
        assert_eq!((grown.dismissal(), grown.matches[1].dismissed.is_some()), (None, true));
        let still = after(&grown, read(json!(["fraud", "terror"]), once));
        assert_eq!(still.dismissal(), None, "nobody has looked again");
        assert!(after(&still, read(json!(["fraud", "terror"]), again)).dismissal().is_some());
    }

    #[test]
    fn a_search_that_says_what_it_left_out_found_nothing_wholly() {
        let green = |more: Value| {
            let mut attributes = json!({"status": "ready", "has-match": false, "term": "A", "matched-lists": []});
            for (key, value) in more.as_object().into_iter().flatten() {
                attributes[key] = value.clone();
            }
            let whole = json!({"type": "report/watchlist", "id": "rep_1", "attributes": attributes});
            resource(whole).and_then(|r| report(&r).ok()).is_some_and(|report| report.assess().signals.is_empty())
        };
        for fine in [
            json!({}),
            json!({"query": {"term": "A", "nameFirst": null, "birthdate": "1990-01-01", "country_code": "AE"}}),
            json!({"query": {"name-first": "A", "name-last": "B"}}),
            json!({"suppressed": 0, "hidden": false, "expired-at": null}),
        ] {
            assert!(green(fine.clone()), "{fine}");
        }
        for odd in [
            json!({"query": {"term": "A", "lists": ["internal"]}}),
            json!({"query": {"term": "A", "types": ["pep"]}}),
            json!({"query": {"term": "A", "match": "exact"}}),
            json!({"query": {"term": "A", "gender": "male"}}),
            json!({"query": {"lists": "none"}}),
            json!({"query": {"term": "A", "country": {"code": "KP"}}}),
            json!({"query": "B"}),
            json!({"suppressed": 3}),
            json!({"hidden": "2 results"}),
            json!({"hidden": true}),
            json!({"expired-at": "2020-01-01T00:00:00Z"}),
            json!({"last-run-at": "2019-01-01T00:00:00Z"}),
        ] {
            assert!(!green(odd.clone()), "{odd}");
        }
    }

    #[test]
    fn what_is_not_understood_stays_among_the_facts() {
        let read = |kind: &str, attributes: Value| {
            let whole = json!({"type": format!("report/{kind}"), "id": "rep_1", "attributes": attributes});
            resource(whole).and_then(|r| report(&r).ok()).unwrap_or_else(|| panic!("{kind}"))
        };
        let list =
            read("watchlist", json!({"has-match": false, "term": "A", "matched-lists": {"0": {"name": "OFAC SDN"}}}));
        assert_eq!(list.fact("matched-lists.0.name"), Some("OFAC SDN"));
        assert_eq!(list.doubts, [Doubt::NotUnderstood("matched-lists".into())]);
        // A list of people that is not a list, in a list that is one.
        let inner = json!({"name": "OFAC SDN", "entities": {"0": {"name": "ANNA SMITH"}}});
        let hit = read("watchlist", json!({"has-match": true, "term": "A", "matched-lists": [inner]}));
        assert_eq!(
            hit.matches.iter().flat_map(|hit| hit.detail.clone()).collect::<Vec<_>>(),
            ["Entities 0 name: ANNA SMITH"]
        );
        let camel = read("phone-number", json!({"hasMatch": true, "phoneRiskLevel": "very-high"}));
        assert_eq!(camel.fact("phone-risk-level"), Some("very-high"));
        assert!(camel.has_match && camel.facts.len() == 1);
    }
}
