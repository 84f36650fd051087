//! Reports, from Persona's shapes to the domain's. Each kind keeps its hits elsewhere; what is not a hit stands among the facts, so
//! that nothing that Persona says is dropped because nobody here knows its name.
use serde_json::{Map, Value};

use super::Failure;
use super::dismissed::{is_new, judged};
use super::wire::{Resource, get, scalar};
use crate::domain::evidence::Evidence;
use crate::domain::inquiry::Field;
use crate::domain::redact::mark;
use crate::domain::report::{Asked, Doubt, Link, Match, Report};
use crate::domain::text::{clean, words};

/// About the report itself and not about its subject; of these the page shows status, match and times by other means.
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

/// What a search of lists was asked for. The term is shown.
const ASKED: &[&str] =
    &["name-first", "name-middle", "name-last", "term", "birthdate", "birthdate-year", "country-code", "query"];

/// Values of one report, one match or one check at most; that there are more is said.
const MOST: usize = 400;
/// Values of one report that are judged before they are cut: more than any real one has.
const READ: usize = 20_000;

/// Lists in a report, besides those of its kind. One that is no list is named and stays among the facts.
const LISTS: &[&str] = &["ignore-list", "ignore-list-entity"];
/// Members of a hit that are lists.
const INNER: &[&str] =
    &["entities", "birthdates", "positions", "associates", "media", "listings", "names", "locations", "list-types"];

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
    };
    // Of a search by a term the rest of the question says nothing more.
    let by_term = |key: &str| {
        if key == "query" {
            get(&resource.attributes, "query").is_some_and(|query| query.get("term").is_some())
        } else {
            report.term.is_some()
        }
    };
    let screening = report.meaning() == crate::domain::report::assess::Meaning::Screening;
    let rest = resource.attributes.iter().map(|(key, value)| (kebab(key), value)).filter(|(key, _)| {
        let key = key.as_str();
        let asked = screening && ASKED.contains(&key) && (key == "term" || by_term(key));
        let hit = hits.contains(&key) && !odd.iter().any(|odd| odd == key);
        !ABOUT.contains(&key) && !hit && !asked
    });
    let mut facts = Vec::new();
    for (key, value) in rest {
        bounded(&key.replace("ignore-list", "dismissed"), value, READ, &mut facts);
    }
    facts.extend(resource.time("redacted-at").map(mark));
    report.facts = facts;
    if report.facts.len() > MOST {
        report.doubt(Doubt::Cut);
    }
    report.keep(MOST);
    if screening {
        report.doubts.extend(odd.drain(..).map(Doubt::NotUnderstood));
        if says_whom(&report.kind) && asked(resource).nobody() {
            report.doubt(Doubt::Nobody);
        }
    }
    Ok(report)
}

/// Whether something else than a list stands where the hits of a report are listed. News of a business are listed one level deeper.
fn is_odd(resource: &Resource, key: &str) -> bool {
    match get(&resource.attributes, key) {
        Some(Value::Object(inner)) if resource.kind.ends_with("adverse-media") && key == "result" => {
            get(inner, "adverse-media").is_some_and(|news| !news.is_array())
        }
        _ => resource.is_odd_list(key),
    }
}

/// A key as Persona writes it by default, from any inflection.
fn kebab(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    let mut before = None;
    for c in key.chars() {
        let inner = before.is_some_and(|before: char| before.is_ascii_lowercase() || before.is_ascii_digit());
        if inner && c.is_ascii_uppercase() {
            out.push('-');
        }
        out.push(if c == '_' { '-' } else { c.to_ascii_lowercase() });
        before = Some(c);
    }
    out
}

/// Searches of whom Persona tells whom they were about: a watchlist of businesses never says it (CONTRACT.md section 17).
fn says_whom(kind: &str) -> bool {
    !matches!(kind, "business-watchlist")
}

/// What a search of lists was asked for.
pub fn asked(resource: &Resource) -> Asked {
    let query = get(&resource.attributes, "query").unwrap_or(&Value::Null);
    let said = |key: &str| resource.text(key).or_else(|| text(query, key)).filter(|text| !text.trim().is_empty());
    let firm = || said("business-name").or_else(|| said("name")).or_else(|| said("crypto-address"));
    Asked {
        term: said("term").or_else(firm),
        given: said("name-first"),
        middle: said("name-middle"),
        family: said("name-last"),
        birthdate: said("birthdate"),
    }
}

/// Compares what the searches of lists were asked for with what the inquiry is about.
pub fn compare_searches(evidence: &mut Evidence, parts: &[Resource]) {
    let searches: Vec<_> =
        evidence.reports.iter().filter(|report| report.searches_names()).map(|one| one.id.clone()).collect();
    for id in searches {
        if let Some(part) = parts.iter().find(|part| part.id == id.as_str()) {
            evidence.compare_search(&id, &asked(part));
        }
    }
}

/// The hits of the lists under a key.
fn of_lists(resource: &Resource, key: &str) -> Vec<Match> {
    let each = |list| listed(list).into_iter().map(move |found| judged(resource, list, found));
    resource.list(key).iter().flat_map(each).collect()
}

/// Every value in it, by the way that leads there: `owners.1.roles.2.description`. Values of one list stand together.
pub fn leaves(key: &str, value: &Value, into: &mut Vec<Field>) {
    bounded(key, value, MOST, into);
}

fn bounded(key: &str, value: &Value, most: usize, into: &mut Vec<Field>) {
    if into.len() >= most {
        if into.len() == most {
            into.push(Field { key: "more".into(), value: "there are more values than are kept here".into() });
        }
        return;
    }
    match value {
        Value::Object(map) => {
            for (inner, value) in map {
                bounded(&format!("{key}.{}", inner.replace('_', "-")), value, most, into);
            }
        }
        // Links stand by themselves, so that each can be followed.
        Value::Array(items) if items.iter().any(|item| !plain(item)) => {
            for (n, value) in items.iter().enumerate() {
                bounded(&format!("{key}.{}", n + 1), value, most, into);
            }
        }
        Value::Array(items) => {
            let all: Vec<String> = items.iter().filter_map(shown).collect();
            if !all.is_empty() {
                into.push(Field { key: clean(key), value: all.join(", ") });
            }
        }
        other => into.extend(shown(other).map(|value| Field { key: clean(key), value })),
    }
}

fn plain(item: &Value) -> bool {
    !item.is_object() && !item.is_array() && !item.as_str().is_some_and(|text| text.starts_with("http"))
}

/// A value as it may be shown: a link to a file of Persona opens for whoever holds it.
fn shown(value: &Value) -> Option<String> {
    let text = scalar(value).filter(|text| !text.is_empty())?;
    Some(if is_file(&text) { "a file, kept by Persona and not shown here".to_owned() } else { text })
}

pub fn is_file(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.starts_with("http") && (text.contains("access_token=") || text.contains("files.withpersona.com"))
}

pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    let map = value.as_object()?;
    get(map, key).and_then(scalar).filter(|text| !text.is_empty())
}

pub(super) fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let found = value.as_object().and_then(|map| get(map, key)).and_then(Value::as_array);
    found.map_or(&[], Vec::as_slice)
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    items(value, key).iter().filter_map(scalar).filter(|text| !text.is_empty()).collect()
}

fn link(label: &str, url: Option<String>) -> Option<Link> {
    let url = url.filter(|url| (url.starts_with("https://") || url.starts_with("http://")) && !is_file(url))?;
    Some(Link { label: label.to_owned(), url })
}

/// Adds an address: as a link, and as text where it is none that may be followed.
fn point(found: &mut Match, label: &str, url: Option<String>) {
    match (link(label, url.clone()), url.filter(|url| !url.trim().is_empty() && !is_file(url))) {
        (Some(link), _) => found.links.push(link),
        (None, Some(url)) => found.detail.push(format!("Address of {label}: {url}")),
        (None, None) => {}
    }
}

/// What stands in an object under other names than these, or under these in another shape: links by themselves, all else a line each.
fn rest(value: &Value, known: &[&str], found: &mut Match) {
    let Some(map) = value.as_object() else { return };
    let read = |key: &str, value: &Value| match key {
        "sources" => value.is_object() || value.is_array(),
        list if INNER.contains(&list) => value.is_array(),
        _ => !value.is_object() && !value.is_array(),
    };
    let others = map.iter().filter(|(key, value)| {
        let key = key.replace('_', "-");
        !known.contains(&key.as_str()) || !read(&key, value)
    });
    let mut fields = Vec::new();
    for (key, value) in others {
        leaves(&key.replace('_', "-"), value, &mut fields);
    }
    for Field { key, value } in fields {
        let label = words(&key.replace('.', " "));
        match link(&label, Some(value.clone())) {
            Some(link) => found.links.push(link),
            None => found.detail.push(format!("{label}: {value}")),
        }
    }
}

fn empty(name: Option<String>, source: Option<String>) -> Match {
    Match {
        name: name.unwrap_or_else(|| "Not named".to_owned()),
        source: source.unwrap_or_else(|| "Source not named".to_owned()),
        what: None,
        birthdates: Vec::new(),
        countries: Vec::new(),
        detail: Vec::new(),
        links: Vec::new(),
        dismissed: None,
    }
}

/// Day, month and year in whatever detail they are known.
fn date(value: &Value) -> Option<String> {
    if let Some(text) = scalar(value) {
        return Some(text).filter(|text| !text.is_empty());
    }
    if let (Some(from), to) = (text(value, "start"), text(value, "end")) {
        return Some(to.filter(|to| *to != from).map_or_else(|| from.clone(), |to| format!("{from} to {to}")));
    }
    let parts: Vec<_> = ["year", "month", "day"].into_iter().filter_map(|part| text(value, part)).collect();
    (!parts.is_empty()).then(|| parts.join("-"))
}

/// One list names several entities, or none: each is a match, and so is a list without one.
fn listed(list: &Value) -> Vec<Match> {
    // A list may be named by a word alone.
    let source = scalar(list).or_else(|| text(list, "name")).unwrap_or_else(|| "Unnamed list".to_owned());
    let one = |entity: &Value| {
        let mut found = Match {
            what: text(list, "list-type"),
            birthdates: items(entity, "birthdates").iter().filter_map(date).collect(),
            countries: text(list, "flag-code").into_iter().collect(),
            detail: text(entity, "alias-type").into_iter().map(|alias| format!("listed as {alias}")).collect(),
            ..empty(text(entity, "name"), Some(source.clone()))
        };
        point(&mut found, &source, text(list, "url"));
        rest(entity, &["name", "alias-type", "birthdates"], &mut found);
        let types = texts(list, "list-types");
        let known: &[&str] = &["name", "url", "list-type", "flag-code", "entities"];
        // The one type again says nothing new.
        let again = types.len() == 1 && types.first() == found.what.as_ref();
        rest(list, &[known, if again { &["list-types"] } else { &[] }].concat(), &mut found);
        found
    };
    let entities = items(list, "entities");
    if entities.is_empty() { vec![one(&Value::Null)] } else { entities.iter().map(one).collect() }
}

/// Lists by what they are for; `matched-lists` has their short names, which stand alone when no list is described.
fn business_lists(resource: &Resource) -> (Vec<Match>, &'static [&'static str]) {
    let kinds =
        [("sanction-list", "sanction"), ("warning-list", "warning"), ("fitness-probity-list", "fitness_probity")];
    let described = kinds.iter().flat_map(|(key, what)| {
        of_lists(resource, key)
            .into_iter()
            .map(|found| Match { what: found.what.or(Some((*what).to_owned())), ..found })
    });
    let mut matches: Vec<Match> = described.collect();
    if matches.is_empty() {
        matches = of_lists(resource, "matched-lists");
        return (matches, &["matched-lists", "sanction-list", "warning-list", "fitness-probity-list"]);
    }
    (matches, &["sanction-list", "warning-list", "fitness-probity-list"])
}

fn exposed(person: &Value) -> Match {
    let sources = person.as_object().and_then(|person| get(person, "sources")).and_then(Value::as_object);
    let source = |key: &str| sources.and_then(|sources| text(sources.get(key)?, "name"));
    let positions = items(person, "positions");
    let first = positions.iter().find_map(|position| source(&text(position, "source-key")?));
    let mut found = Match {
        what: text(person, "pep-type"),
        birthdates: items(person, "birthdates").iter().filter_map(date).collect(),
        countries: text(person, "country").into_iter().collect(),
        ..empty(
            text(person, "name"),
            first.or_else(|| sources.and_then(|sources| sources.values().find_map(|source| text(source, "name")))),
        )
    };
    for position in positions {
        let name = text(position, "name").unwrap_or_else(|| "Position not named".to_owned());
        let part =
            |before: &str, key: &str| text(position, key).map(|value| format!("{before}{value}")).unwrap_or_default();
        let class = part(", class ", "pep-class");
        let by = text(position, "source-key")
            .map(|key| format!(", from {}", source(&key).unwrap_or(key)))
            .unwrap_or_default();
        let topics = texts(position, "topics");
        let topics = if topics.is_empty() { String::new() } else { format!(", topics {}", topics.join(", ")) };
        found.detail.push(format!(
            "{name}{}{}{class}{by}{topics}",
            part(" since ", "start-date"),
            part(" until ", "end-date")
        ));
    }
    for associate in items(person, "associates") {
        let name = text(associate, "name").unwrap_or_else(|| "not named".to_owned());
        let relationship = text(associate, "relationship").map(|how| format!(", {how}")).unwrap_or_default();
        let topics = texts(associate, "topics");
        let topics = if topics.is_empty() { String::new() } else { format!(", topics {}", topics.join(", ")) };
        found.detail.push(format!("Associate: {name}{relationship}{topics}"));
    }
    for (key, one) in sources.into_iter().flatten() {
        let name = text(one, "name").or_else(|| scalar(one)).unwrap_or_else(|| key.clone());
        let country = text(one, "flag-code").map(|code| format!(" ({code})")).unwrap_or_default();
        found.detail.push(format!("Source: {name}{country}"));
        point(&mut found, &name, text(one, "url"));
    }
    rest(person, &["name", "pep-type", "birthdates", "country", "positions", "associates", "sources"], &mut found);
    found
}

fn media(resource: &Resource) -> (Vec<Match>, &'static [&'static str]) {
    let sources = resource.list("related-sources").iter();
    let mut matches: Vec<Match> = sources.map(|source| judged(resource, source, in_media(source))).collect();
    let result = get(&resource.attributes, "result").filter(|result| !items(result, "adverse-media").is_empty());
    if let Some(result) = result {
        let mut found = empty(resource.text("term"), None);
        for article in items(result, "adverse-media") {
            told(article, &mut found);
        }
        matches.push(found);
        return (matches, &["related-sources", "result"]);
    }
    (matches, &["related-sources"])
}

fn in_media(subject: &Value) -> Match {
    let sources = items(subject, "sources");
    let all = |key: &str| {
        let mut all: Vec<String> = sources.iter().flat_map(|source| texts(source, key)).collect();
        all.dedup();
        all
    };
    let names: Vec<String> = sources.iter().filter_map(|source| text(source, "name")).collect();
    let mut found = Match {
        what: Some(all("types").join(", ")).filter(|types| !types.is_empty()),
        birthdates: items(subject, "birthdates").iter().filter_map(date).collect(),
        countries: all("country-codes"),
        ..empty(text(subject, "name"), Some(names.join(", ")).filter(|names| !names.is_empty()))
    };
    for article in items(subject, "media") {
        told(article, &mut found);
    }
    for source in sources {
        rest(source, &["name", "types", "country-codes"], &mut found);
    }
    rest(subject, &["name", "birthdates", "media", "sources"], &mut found);
    found
}

fn told(article: &Value, found: &mut Match) {
    let title = text(article, "title").unwrap_or_else(|| "Article without a title".to_owned());
    let when = text(article, "date").map(|date| format!("{date}: ")).unwrap_or_default();
    let snippet = text(article, "snippet").map(|snippet| format!(". {snippet}")).unwrap_or_default();
    found.detail.push(format!("{when}{title}{snippet}"));
    point(found, &title, text(article, "url"));
    rest(article, &["title", "date", "snippet", "url"], found);
}

/// One record of `report/screening`: names, the lists that it stands on, and what was said of it in Persona.
fn record(record: &Value) -> Match {
    let listings = items(record, "listings");
    let names: Vec<String> =
        items(record, "names").iter().filter_map(|name| scalar(name).or_else(|| text(name, "name"))).collect();
    let lists: Vec<String> = listings.iter().filter_map(|list| text(list, "name")).collect();
    let mut found = Match {
        what: listings.iter().find_map(|list| text(list, "type")).or_else(|| text(record, "risk-level")),
        birthdates: items(record, "birthdates").iter().filter_map(date).collect(),
        countries: items(record, "locations").iter().filter_map(|place| text(place, "address-country-code")).collect(),
        ..empty(
            Some(names.join("; ")).filter(|names| !names.is_empty()),
            Some(lists.join("; ")).filter(|lists| !lists.is_empty()),
        )
    };
    if let Some(status) = text(record, "review-status") {
        // The only word for it that is published.
        if status.replace('-', "_") == "false_positive" && !is_new(record) {
            found.dismissed = Some("Reviewed in Persona as false positive".to_owned());
        }
        found.detail.push(format!("Reviewed in Persona as {}", words(&status).to_lowercase()));
    }
    for list in listings {
        let name = text(list, "name").unwrap_or_else(|| "Unnamed list".to_owned());
        point(&mut found, &name, text(list, "url"));
    }
    rest(record, &["review-status", "birthdates"], &mut found);
    found
}

/// Signals as `{name, value}` in a list, or an object of them.
pub fn named_values(attributes: &Map<String, Value>, key: &str) -> Vec<Field> {
    let mut all = Vec::new();
    match get(attributes, key) {
        Some(Value::Array(items)) => {
            for item in items {
                let name = text(item, "name").unwrap_or_else(|| "not named".to_owned());
                let value = item.as_object().and_then(|item| get(item, "value"));
                leaves(&name.trim_start_matches("inquiry/").replace('_', "-"), value.unwrap_or(&Value::Null), &mut all);
            }
        }
        Some(Value::Object(map)) => {
            for (name, value) in map {
                leaves(&name.replace('_', "-"), value, &mut all);
            }
        }
        _ => {}
    }
    all
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
        // A later run may have found somebody else on the same list.
        assert_eq!(published("2024-03-15T23:48:17.000Z").as_deref(), Some("1 match"));
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
        // A list of people that is none, in a list that is one.
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
