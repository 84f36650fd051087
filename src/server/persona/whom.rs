//! Whom a report was about: what it was asked for, and whom it found.
use serde_json::Value;

use super::hits::{items, text};
use super::report::kebab;
use super::wire::{Resource, get, scalar};
use crate::domain::identity::asked::ASKED;
use crate::domain::inquiry::Field;
use crate::domain::report::{Asked, Borne, Person};

/// Reports about one person that publish no names or birthdates of others: what their results name under any other member is that person
/// too, or somebody else.
const OF_ONE: &[&str] =
    &["phone-number", "email-address", "address-lookup", "social-media", "profile", "profile-non-authoritative"];
/// Members that are asked for, or taken by [`found`], or that Persona itself set aside.
const ELSEWHERE: &[&str] = &[
    "query",
    "name-first",
    "name-middle",
    "name-last",
    "name-full",
    "name",
    "birthdate",
    "addressee",
    "resolved-addressee",
    "identity-records",
    "omitted-identity-records",
    "report-template-version-name",
];
/// Words in a name that make its value the name of somebody.
const OF_SOMEBODY: &[&str] = &[
    "addressee",
    "aka",
    "alias",
    "aliases",
    "caller",
    "cnam",
    "holder",
    "name",
    "names",
    "occupant",
    "occupants",
    "owner",
    "owners",
    "registrant",
    "resident",
    "residents",
    "subscriber",
    "tenant",
    "tenants",
];
/// Words beside these that make it something else: `metadata-county-name`, `school-name`, `owner-type`.
const OF_SOMETHING: &[&str] = &[
    "bank",
    "brand",
    "building",
    "business",
    "carrier",
    "city",
    "company",
    "count",
    "country",
    "county",
    "date",
    "display",
    "district",
    "domain",
    "email",
    "employer",
    "file",
    "host",
    "id",
    "list",
    "locality",
    "match",
    "model",
    "network",
    "nick",
    "number",
    "organization",
    "phone",
    "plan",
    "platform",
    "provider",
    "province",
    "region",
    "school",
    "score",
    "since",
    "source",
    "state",
    "status",
    "street",
    "subdivision",
    "template",
    "title",
    "type",
    "user",
    "username",
    "version",
];
/// Values that name nobody.
const NOBODY: &[&str] = &["yes", "no", "true", "false", "none", "null", "n/a", "unknown", "match", "no-match"];

/// What a report was asked for, and whom it found.
pub fn asked(resource: &Resource) -> Asked {
    let query = get(&resource.attributes, "query").unwrap_or(&Value::Null);
    let said = |key: &str| resource.text(key).or_else(|| text(query, key)).filter(|text| !text.trim().is_empty());
    let about = ASKED.iter().filter_map(|key| Some(Field { key: (*key).to_owned(), value: said(key)? }));
    let mut names: Vec<String> = ["business-name", "name-full", "addressee"].into_iter().filter_map(said).collect();
    if names.is_empty() && said("term").is_none() {
        names.extend(said("name"));
    }
    Asked {
        term: said("term"),
        given: said("name-first"),
        middle: said("name-middle"),
        family: said("name-last"),
        // Of a year alone, month and day are unknown, as in a document.
        birthdate: said("birthdate").or_else(|| said("birthdate-year").map(|year| format!("{year}-00-00"))),
        names,
        people: items(query, "associated-people").iter().map(|one| person(std::slice::from_ref(one))).collect(),
        about: about.collect(),
        wallet: said("crypto-address"),
        found: found(resource),
        others: others(resource),
        of_one: OF_ONE.contains(&kind(resource)),
        countries: if searches_lists(resource) { countries(resource) } else { Vec::new() },
    }
}

/// Whom a lookup found. Who else belongs to a business, and records that Persona itself set aside, are not among them.
fn found(resource: &Resource) -> Vec<Person> {
    let kind = kind(resource);
    let result = get(&resource.attributes, "result").unwrap_or(&Value::Null);
    let births = |of: &Value| items(of, "birthdates").iter().filter_map(scalar).chain(text(of, "birthdate")).collect();
    let whole = |name: String| Borne::whole(name);
    let people: Vec<Person> = match kind {
        "profile" => {
            let records = resource.list("identity-records").iter();
            records.map(|one| Person { birthdates: births(one), ..person(items(one, "names")) }).collect()
        }
        "profile-non-authoritative" => {
            let names = text(result, "name").map(whole).into_iter().collect();
            vec![Person { names, birthdates: births(result) }]
        }
        "address-lookup" => {
            let names = resource.text("resolved-addressee").map(whole).into_iter().collect();
            vec![Person { names, birthdates: Vec::new() }]
        }
        // Where Persona compares the name itself, it says what came of it.
        "business-lookup" if resource.text("match-status-business-name").is_some() => Vec::new(),
        "business-lookup" => {
            // `Coffee Shop, LLC DBA Coffee Shop` is two names.
            let name = text(result, "name").unwrap_or_default();
            let own = name.split(" DBA ").map(str::to_owned);
            let names = own.chain(items(result, "aliases").iter().filter_map(scalar));
            vec![Person { names: names.filter(|name| !name.is_empty()).map(whole).collect(), birthdates: Vec::new() }]
        }
        "business-registrations-lookup" => {
            let records = items(result, "registry-records").iter().filter_map(|one| text(one, "registered-name"));
            let names = text(result, "business-name").into_iter().chain(records).map(whole).collect();
            vec![Person { names, birthdates: Vec::new() }]
        }
        _ => Vec::new(),
    };
    people.into_iter().filter(|one| !one.names.is_empty() || kind == "profile").collect()
}

/// Somebody by the names that are given of them, whole and in parts.
fn person(names: &[Value]) -> Person {
    let each = |one: &Value| {
        let parts =
            Borne { given: text(one, "name-first"), middle: text(one, "name-middle"), family: text(one, "name-last") };
        let whole = text(one, "name-full").or_else(|| scalar(one)).map(Borne::whole);
        whole.into_iter().chain((parts != Borne::default()).then_some(parts)).collect::<Vec<_>>()
    };
    Person { names: names.iter().flat_map(each).collect(), birthdates: Vec::new() }
}

fn kind(resource: &Resource) -> &str {
    resource.kind.strip_prefix("report/").unwrap_or(&resource.kind)
}

/// Whom the results of a report about one person name besides: each has to be that person.
fn others(resource: &Resource) -> Vec<Person> {
    let mut all = Vec::new();
    if OF_ONE.contains(&kind(resource)) {
        let members = resource.attributes.iter().map(|(key, value)| (kebab(key), value));
        for (key, value) in members.filter(|(key, _)| !ELSEWHERE.contains(&key.as_str())) {
            named(&key, value, &mut all);
        }
    }
    all
}

/// Collects names and birthdates, each as somebody of its own; `key` is the member under which the value stands.
fn named(key: &str, value: &Value, into: &mut Vec<Person>) {
    match value {
        Value::Object(map) => {
            // Somebody by parts of a name; of a name by parts the whole one says the same again.
            let parts = map.keys().any(|key| matches!(kebab(key).as_str(), "name-first" | "name-last" | "name-full"));
            if parts {
                into.extend(person(std::slice::from_ref(value)).names.into_iter().map(Person::of));
            }
            for (inner, value) in map {
                let inner = kebab(inner);
                if !(parts && inner.starts_with("name-")) {
                    named(&inner, value, into);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| named(key, item, into)),
        _ => {
            let Some(text) = scalar(value).filter(|text| text.chars().filter(|c| c.is_alphanumeric()).count() > 1)
            else {
                return;
            };
            if is_birth(key) {
                into.push(Person { names: Vec::new(), birthdates: vec![text] });
            } else if is_somebody(key) && value.is_string() && !NOBODY.contains(&text.trim().to_lowercase().as_str()) {
                into.push(Person::of(Borne::whole(text)));
            }
        }
    }
}

fn is_birth(key: &str) -> bool {
    let letters: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    ["birthdate", "birthdates", "dateofbirth", "dob"].iter().any(|end| letters.ends_with(end))
}

fn is_somebody(key: &str) -> bool {
    let any = |words: &[&str]| key.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word));
    any(OF_SOMEBODY) && !any(OF_SOMETHING)
}

fn searches_lists(resource: &Resource) -> bool {
    ["watchlist", "screening", "politically", "media"].iter().any(|word| resource.kind.contains(word))
}

/// Countries to which a search of lists was limited.
fn countries(resource: &Resource) -> Vec<String> {
    const KEYS: [&str; 4] = ["country-code", "country-codes", "countries", "country"];
    let query = get(&resource.attributes, "query").unwrap_or(&Value::Null);
    let said = KEYS.iter().flat_map(|key| [get(&resource.attributes, key), query.get(*key)]);
    let each = said.flatten().flat_map(|value| match value {
        Value::Array(items) => items.iter().filter_map(scalar).collect(),
        one => scalar(one).into_iter().collect::<Vec<_>>(),
    });
    each.filter(|text| !text.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::report::{Doubt, Known};

    fn resource(value: Value) -> Option<Resource> {
        serde_json::from_value(value).ok()
    }

    /// Persona's own examples: about whoever they were asked about, and about nobody else.
    #[test]
    fn published_reports_are_about_whom_they_were_asked_about() {
        let published = include_str!("../../../tests/contract/persona/objects-2025-12-08.json");
        let published: Vec<Value> = serde_json::from_str(published).unwrap_or_default();
        let field = |key: &str, value: &str| Field { key: key.into(), value: value.into() };
        let mallory = [
            ("name-first", "Mallory"),
            ("name-last", "Evil"),
            ("business-name", "Evil Holdings SA"),
            ("birthdate", "1950-05-05"),
            ("phone-number", "+442079460018"),
            ("email-address", "mallory@evil.example"),
            ("address-street-1", "99 Low Road"),
            ("address-city", "York"),
            ("address-postal-code", "YO1 7HH"),
            ("address-country-code", "GB"),
            ("social-security-number", "999-99-9999"),
            ("crypto-address", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
        ];
        let mallory = mallory.map(|(key, value)| field(key, value));
        let mut kinds = std::collections::BTreeSet::new();
        for object in published {
            let (kind, source) = (object["type"].as_str().unwrap_or_default(), object["source"].as_str());
            if !kind.starts_with("report/") || source.is_none_or(|source| source.starts_with("schema")) {
                continue;
            }
            let whole = json!({"type": kind, "id": "rep_1", "attributes": object["attributes"]});
            let Some(one) = resource(whole) else { panic!("{object}") };
            let of = |value: &Value| {
                let all = value.as_object().into_iter().flatten();
                all.filter_map(|(key, value)| Some(field(key, &scalar(value)?))).collect::<Vec<_>>()
            };
            let mut known = [of(&object["attributes"]), of(&object["attributes"]["query"])].concat();
            let named = [("term", "name-full"), ("addressee", "name-full")];
            let also = named.iter().filter_map(|(from, to)| {
                known.iter().find(|field| field.key == *from).map(|found| field(to, &found.value))
            });
            let mut also: Vec<Field> = also.collect();
            also.extend(
                object["attributes"]["result"]["business-name"].as_str().map(|name| field("business-name", name)),
            );
            known.extend(also);
            let doubts = |known: &[Field]| asked(&one).doubts(&Known { own: vec![known], ..Known::default() });
            assert_eq!(doubts(&known), [], "{object}");
            let told = asked(&one);
            if !told.nothing() || !told.found.is_empty() {
                assert_ne!(doubts(&mallory), [], "{object}");
                assert_ne!(doubts(&[]), [], "{object}");
                kinds.insert(kind.to_owned());
            }
        }
        assert!(kinds.len() > 12, "{kinds:?}");
    }

    #[test]
    fn what_a_line_or_an_address_is_said_to_be_is_assessed() {
        let own =
            json!({"phone-number": "+971501234567", "phone-risk-level": "low", "phone-risk-recommendation": "allow"});
        let green = |more: Value| {
            let mut attributes = own.clone();
            for (key, value) in more.as_object().into_iter().flatten() {
                attributes[key] = value.clone();
            }
            attributes["status"] = "ready".into();
            attributes["has-match"] = true.into();
            let whole = json!({"type": "report/phone-number", "id": "rep_1", "attributes": attributes});
            let report = resource(whole).and_then(|one| crate::server::persona::report::report(&one).ok());
            report.is_some_and(|report| report.assess().signals.is_empty())
        };
        assert!(green(json!({})));
        for more in [
            json!({"sim-swapped": true}),
            json!({"sim-swap-date": "2026-11-28"}),
            json!({"call-forwarding": true}),
            json!({"line-status": "disconnected"}),
            json!({"is-vacant": true}),
            json!({"ported": "yes"}),
            json!({"number-reassigned": "2026-11-01T00:00:00Z"}),
        ] {
            assert!(!green(more.clone()), "{more}");
        }
    }

    #[test]
    fn whoever_else_the_results_name_is_said() {
        let own = [
            ("name-first", "Layla"),
            ("name-last", "Al Mansoori"),
            ("birthdate", "1990-02-03"),
            ("phone-number", "+971501234567"),
            ("email-address", "layla@example.test"),
            ("address-street-1", "1 Palm Road"),
            ("address-city", "Dubai"),
            ("address-country-code", "AE"),
            ("nationality", "AE"),
        ]
        .map(|(key, value)| Field { key: key.into(), value: value.into() });
        let doubts = |kind: &str, attributes: Value| {
            let whole = json!({"type": format!("report/{kind}"), "id": "rep_1", "attributes": attributes});
            let Some(one) = resource(whole) else { panic!("{kind}") };
            asked(&one).doubts(&Known { own: vec![&own], ..Known::default() })
        };
        let record = |names: Value, births: Value| {
            json!({"name-first": "Layla", "name-last": "Al Mansoori", "birthdate": "1990-02-03",
            "identity-records": [{"names": names, "birthdates": births}]})
        };
        let layla = json!({"name-first": "Layla", "name-last": "Al Mansoori"});
        for (kind, attributes, expected) in [
            (
                "phone-number",
                json!({"phone-number": "+971501234567", "subscriber-name": "Kim Jong Un"}),
                vec![Doubt::AlsoNamed],
            ),
            ("phone-number", json!({"phone-number": "+971501234567", "subscriberName": "Layla Al Mansoori"}), vec![]),
            (
                "phone-number",
                json!({"phone-number": "+971501234567", "phone-carrier-name": "Etisalat", "owner-type": "Consumer"}),
                vec![],
            ),
            (
                "phone-number",
                json!({"phone-number": "+971501234567", "subscriber": {"name-first": "Kim", "name-last": "Jong Un"}}),
                vec![Doubt::AlsoNamed],
            ),
            (
                "phone-number",
                json!({"phone-number": "+971501234567", "subscriber-date-of-birth": "1984-01-08"}),
                vec![Doubt::AlsoBorn],
            ),
            (
                "social-media",
                json!({"email-address": "layla@example.test", "names": ["Kim Jong Un"]}),
                vec![Doubt::AlsoNamed],
            ),
            (
                "address-lookup",
                json!({"address-street-1": "1 Palm Road", "address-city": "Dubai", "address-country-code": "AE",
                "residents": [{"person": "x"}, "Kim Jong Un"], "metadata-county-name": "Dubai"}),
                vec![Doubt::AlsoNamed],
            ),
            ("profile", record(json!([layla]), json!(["1990-02-03"])), vec![]),
            (
                "profile",
                record(json!([layla, {"name-full": "Kim Jong Un"}]), json!(["1990-02-03"])),
                vec![Doubt::AlsoNamed],
            ),
            ("profile", record(json!([layla]), json!(["1990-02-03", "1984-01-08"])), vec![Doubt::AlsoBorn]),
            ("watchlist", json!({"term": "Layla Al Mansoori", "country-code": "US"}), vec![Doubt::Limited]),
            ("watchlist", json!({"query": {"term": "Layla Al Mansoori", "country-code": "US"}}), vec![Doubt::Limited]),
            ("watchlist", json!({"term": "Layla Al Mansoori", "country-code": "AE"}), vec![]),
        ] {
            assert_eq!(doubts(kind, attributes.clone()), expected, "{kind} {attributes}");
        }
    }
}
