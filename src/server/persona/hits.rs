//! The hits of a report: where each kind of report lists them, and what is shown of a hit.
use serde_json::Value;

use super::dismissal::{is_new, judged};
use super::json_api::{Resource, get, scalar};
use super::value::{is_file, is_odd, items, leaves, text};
use crate::domain::inquiry::Field;
use crate::domain::report::{Match, ReportLink};
use crate::domain::text::words;

/// Members of a hit that are lists.
const INNER: &[&str] =
    &["entities", "birthdates", "positions", "associates", "media", "listings", "names", "locations", "list-types"];

/// Returns the hits of the lists under a key.
pub(super) fn of_lists(resource: &Resource, key: &str) -> Vec<Match> {
    let each = |list| listed(list).into_iter().map(move |found| judged(resource, list, found));
    resource.list(key).iter().flat_map(each).collect()
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    items(value, key).iter().filter_map(scalar).filter(|text| !text.is_empty()).collect()
}

fn link(label: &str, url: Option<String>) -> Option<ReportLink> {
    let url = url.filter(|url| (url.starts_with("https://") || url.starts_with("http://")) && !is_file(url))?;
    Some(ReportLink { label: label.to_owned(), url })
}

/// Adds an address: as a link, or as text if it may not be followed.
fn point(found: &mut Match, label: &str, url: Option<String>) {
    match (link(label, url.clone()), url.filter(|url| !url.trim().is_empty() && !is_file(url))) {
        (Some(link), _) => found.links.push(link),
        (None, Some(url)) => found.detail.push(format!("Page named as source: {url}")),
        (None, None) => {}
    }
}

/// Adds what an object contains under other names than these, or under these in another shape: links as links,
/// everything else as one line each.
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

/// Returns day, month and year, as far as they are known.
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

/// Returns the matches of a list. It names several entities, or none: each entity is a match, and so is a list without
/// one.
fn listed(list: &Value) -> Vec<Match> {
    // A list may be given by its name alone.
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
        // Repeating the only type says nothing new.
        let again = types.len() == 1 && types.first() == found.what.as_ref();
        rest(list, &[known, if again { &["list-types"] } else { &[] }].concat(), &mut found);
        found
    };
    let entities = items(list, "entities");
    if entities.is_empty() { vec![one(&Value::Null)] } else { entities.iter().map(one).collect() }
}

/// Returns lists by their purpose. `matched-lists` has their short names, which are used alone if no list is described.
pub(super) fn business_lists(resource: &Resource) -> (Vec<Match>, &'static [&'static str]) {
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

pub(super) fn exposed(person: &Value) -> Match {
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

pub(super) fn media(resource: &Resource) -> (Vec<Match>, &'static [&'static str]) {
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
    if is_odd(resource, "result") {
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

/// Reads one record of `report/screening`: its names, the lists that it is on, and how it was reviewed in Persona.
pub(super) fn record(record: &Value) -> Match {
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
        // The only value for it that Persona publishes.
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
