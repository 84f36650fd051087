//! The person or business that a report was about: what it was asked for, and whom it found. One file, because the same
//! lists of words separate the question, the person found, and others who are named.
use serde_json::Value;

use super::inflection::kebab;
use super::json_api::{Resource, get, scalar};
use super::value::{items, text};
use crate::domain::identity::report_query::ASKED;
use crate::domain::inquiry::Field;
use crate::domain::report::report_query::{Borne, ReportQuery, ReportedPerson};

/// Reports about one person that publish no names or birth dates of others. If their results name a person under any
/// other member, it is that person too, or someone else.
const OF_ONE: &[&str] =
    &["phone-number", "email-address", "address-lookup", "social-media", "profile", "profile-non-authoritative"];
/// Members that are part of the question, that [`found`] reads, or that Persona itself set aside.
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
/// Words in the name of a member that make its value the name of a person.
const OF_SOMEBODY: &[&str] = &[
    "addressee",
    "aka",
    "akas",
    "alias",
    "aliases",
    "caller",
    "cnam",
    "contact",
    "contacts",
    "customer",
    "forename",
    "forenames",
    "holder",
    "holders",
    "individual",
    "individuals",
    "name",
    "names",
    "occupant",
    "occupants",
    "owner",
    "owners",
    "people",
    "person",
    "persons",
    "registrant",
    "resident",
    "residents",
    "subscriber",
    "subscribers",
    "surname",
    "surnames",
    "tenant",
    "tenants",
];
/// Those of them that name whatever comes before them: `phone-carrier-name`.
const NAMES: &[&str] = &["name", "names", "alias", "aliases", "aka", "akas"];
/// Words before a name, or before its owner, that make it the name of a thing: `metadata-county-name`.
const THINGS: &[&str] = &[
    "bank",
    "brand",
    "browser",
    "building",
    "business",
    "carrier",
    "city",
    "company",
    "country",
    "county",
    "device",
    "district",
    "domain",
    "employer",
    "file",
    "host",
    "isp",
    "list",
    "locality",
    "model",
    "network",
    "organization",
    "plan",
    "platform",
    "product",
    "provider",
    "province",
    "region",
    "school",
    "service",
    "source",
    "state",
    "street",
    "subdivision",
    "template",
    "title",
];
/// Words before a name that people choose for themselves. It counts as a person's name only if it has several words.
const CALLED: &[&str] = &["display", "nick", "screen", "user"];
/// Last words of members that describe a person and are no name: `owner-type`.
const TOLD: &[&str] = &[
    "age",
    "business",
    "city",
    "code",
    "count",
    "country",
    "date",
    "email",
    "id",
    "language",
    "level",
    "location",
    "match",
    "method",
    "number",
    "phone",
    "preference",
    "result",
    "score",
    "since",
    "state",
    "status",
    "street",
    "prefix",
    "suffix",
    "title",
    "type",
    "url",
    "username",
    "version",
];
/// Members with parts of a name, also as systems other than Persona call them.
const GIVEN: &[&str] =
    &["name-first", "first-name", "firstname", "first", "given-name", "givenname", "given", "forename"];
const FAMILY: &[&str] =
    &["name-last", "last-name", "lastname", "last", "family-name", "familyname", "family", "surname"];
const MIDDLE: &[&str] = &["name-middle", "middle-name", "middlename", "middle"];
/// Members of a person that are the name itself.
const ITSELF: &[&str] = &["full", "text", "value"];
/// Members about other people, whom the record of a person may name as well.
const RELATIVES: &[&str] = &["relative", "associat", "household", "neighbo", "relation"];
/// Values that are not the name of a person.
const NOBODY: &[&str] = &["yes", "no", "true", "false", "none", "null", "n/a", "unknown", "match", "no-match"];

/// Returns what a report was asked for, and whom it found.
pub fn asked(resource: &Resource) -> ReportQuery {
    let (own, question) = (put(resource, false), put(resource, true));
    ReportQuery {
        also: (own != question).then(|| Box::new(question)),
        found: found(resource),
        others: others(resource),
        of_one: OF_ONE.contains(&kind(resource)),
        countries: if searches_lists(resource) { countries(resource) } else { Vec::new() },
        ..own
    }
}

/// Returns what a report was asked for: first by what it repeats of the question, or first by the question itself. The
/// two may contradict each other.
fn put(resource: &Resource, question_first: bool) -> ReportQuery {
    let query = get(&resource.attributes, "query").unwrap_or(&Value::Null);
    let said = |key: &str| {
        let both = [resource.text(key), text(query, key)];
        let mut told = both.into_iter().flatten().filter(|text| !text.trim().is_empty());
        if question_first { told.next_back() } else { told.next() }
    };
    let about = ASKED.iter().filter_map(|key| Some(Field { key: (*key).to_owned(), value: said(key)? }));
    let mut names: Vec<String> = ["business-name", "name-full", "addressee"].into_iter().filter_map(said).collect();
    if names.is_empty() && said("term").is_none() {
        names.extend(said("name"));
    }
    let (own, question) = (birth(|key| resource.text(key)), birth(|key| text(query, key)));
    ReportQuery {
        term: said("term"),
        given: said("name-first"),
        middle: said("name-middle"),
        family: said("name-last"),
        birthdate: if question_first { question.or(own) } else { own.or(question) },
        names,
        people: items(query, "associated-people").iter().map(|one| person(std::slice::from_ref(one))).collect(),
        about: about.collect(),
        wallet: said("crypto-address"),
        ..ReportQuery::default()
    }
}

/// Returns a birth date. If only the year is given, month and day are unknown, as in a document. Persona's own example
/// has a different year next to the whole birth date.
fn birth(said: impl Fn(&str) -> Option<String>) -> Option<String> {
    let said = |key: &str| said(key).filter(|text| !text.trim().is_empty());
    said("birthdate").or_else(|| said("birthdate-year").map(|year| format!("{year}-00-00")))
}

/// Returns whom a lookup found. Other people of a business, and records that Persona itself set aside, are not
/// included.
fn found(resource: &Resource) -> Vec<ReportedPerson> {
    let kind = kind(resource);
    let result = get(&resource.attributes, "result").unwrap_or(&Value::Null);
    let births = |of: &Value| items(of, "birthdates").iter().filter_map(scalar).chain(text(of, "birthdate")).collect();
    let whole = |name: String| Borne::whole(name);
    let people: Vec<ReportedPerson> = match kind {
        "profile" => {
            let records = resource.list("identity-records").iter();
            records
                .map(|one| {
                    besides(
                        one,
                        ReportedPerson { birthdates: births(one), ..person(items(one, "names")) },
                        year_of(resource),
                    )
                })
                .collect()
        }
        "profile-non-authoritative" => {
            let names = text(result, "name").map(whole).into_iter().collect();
            vec![ReportedPerson { names, birthdates: births(result), ..ReportedPerson::default() }]
        }
        "address-lookup" => {
            let names = resource.text("resolved-addressee").map(whole).into_iter().collect();
            vec![ReportedPerson { names, ..ReportedPerson::default() }]
        }
        // If Persona compares the name itself, it reports the result.
        "business-lookup" if resource.text("match-status-business-name").is_some() => Vec::new(),
        "business-lookup" => {
            // `Coffee Shop, LLC DBA Coffee Shop` is two names.
            let name = text(result, "name").unwrap_or_default();
            let own = name.split(" DBA ").map(str::to_owned);
            let names = own.chain(items(result, "aliases").iter().filter_map(scalar));
            vec![ReportedPerson {
                names: names.filter(|name| !name.is_empty()).map(whole).collect(),
                ..ReportedPerson::default()
            }]
        }
        "business-registrations-lookup" => {
            let records = items(result, "registry-records").iter().filter_map(|one| text(one, "registered-name"));
            let names = text(result, "business-name").into_iter().chain(records).map(whole).collect();
            vec![ReportedPerson { names, ..ReportedPerson::default() }]
        }
        _ => Vec::new(),
    };
    people.into_iter().filter(|one| !one.names.is_empty() || kind == "profile").collect()
}

/// Returns a person with the names that are given for them, whole and in parts.
fn person(names: &[Value]) -> ReportedPerson {
    let each = |one: &Value| {
        let parts =
            Borne { given: text(one, "name-first"), middle: text(one, "name-middle"), family: text(one, "name-last") };
        let whole = text(one, "name-full").or_else(|| scalar(one)).map(Borne::whole);
        whole.into_iter().chain((parts != Borne::default()).then_some(parts)).collect::<Vec<_>>()
    };
    ReportedPerson { names: names.iter().flat_map(each).collect(), ..ReportedPerson::default() }
}

/// Adds the names, birth dates and ages that the person's record contains under other names.
fn besides(record: &Value, mut of: ReportedPerson, year: Option<u16>) -> ReportedPerson {
    let mut all = Vec::new();
    for (key, value) in record.as_object().into_iter().flatten() {
        let key = kebab(key);
        let taken = matches!(key.as_str(), "names" | "birthdate" | "birthdates");
        if !taken && !RELATIVES.iter().any(|word| key.contains(word)) {
            named(&[&key], value, year, &mut all);
        }
    }
    for one in all {
        of.names.extend(one.names);
        of.birthdates.extend(one.birthdates);
        of.years.extend(one.years);
    }
    of
}

fn kind(resource: &Resource) -> &str {
    resource.kind.strip_prefix("report/").unwrap_or(&resource.kind)
}

/// Returns whom else the results of a report about one person name: each has to be that person.
fn others(resource: &Resource) -> Vec<ReportedPerson> {
    let mut all = Vec::new();
    if OF_ONE.contains(&kind(resource)) {
        let members = resource.attributes.iter().map(|(key, value)| (kebab(key), value));
        for (key, value) in members.filter(|(key, _)| !ELSEWHERE.contains(&key.as_str())) {
            named(&[&key], value, year_of(resource), &mut all);
        }
    }
    all
}

/// Returns the year of a report.
fn year_of(resource: &Resource) -> Option<u16> {
    let text = resource.text("completed-at").or_else(|| resource.text("created-at"))?;
    text.get(..4)?.parse().ok()
}

/// Collects names, birth dates and ages, each as a person of its own. `way` lists the members above the value.
fn named(way: &[&str], value: &Value, year: Option<u16>, into: &mut Vec<ReportedPerson>) {
    let key = way.last().copied().unwrap_or_default();
    match value {
        Value::Object(map) => {
            let members: Vec<(String, &Value)> = map.iter().map(|(key, value)| (kebab(key), value)).collect();
            let part = |names: &[&str]| {
                let mut found = members.iter().filter(|(key, _)| names.contains(&key.as_str()));
                found.find_map(|(_, value)| value.as_str().map(str::to_owned)).filter(|text| !text.trim().is_empty())
            };
            let borne = Borne { given: part(GIVEN), middle: part(MIDDLE), family: part(FAMILY) };
            // A person by the parts of a name. The whole name next to its parts says the same again.
            let own = |key: &str| key.contains("name") || way.iter().any(|above| is_somebody(above));
            let is_part = |key: &str| [GIVEN, MIDDLE, FAMILY].iter().any(|names| names.contains(&key)) && own(key);
            let parts = borne != Borne::default() && members.iter().any(|(key, _)| is_part(key));
            if parts {
                into.push(ReportedPerson::of(borne));
            }
            for (inner, value) in &members {
                if !(parts && (is_part(inner) || inner.starts_with("name-") && inner != "name-full")) {
                    named(&[way, &[inner.as_str()]].concat(), value, year, into);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| named(way, item, year, into)),
        _ => {
            let Some(text) = scalar(value) else { return };
            if let Some(years) = born(way, text.trim(), year) {
                into.push(ReportedPerson { years: vec![years], ..ReportedPerson::default() });
                return;
            }
            if text.chars().filter(|c| c.is_alphanumeric()).count() < 2 {
                return;
            }
            if is_birth(key) {
                into.push(ReportedPerson { birthdates: vec![text], ..ReportedPerson::default() });
            } else if value.is_string() && names_somebody(way, &text) {
                into.push(ReportedPerson::of(Borne::whole(text)));
            }
        }
    }
}

fn letters(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn is_birth(key: &str) -> bool {
    let letters = letters(key);
    ["birthdate", "birthdates", "dateofbirth", "dob"].iter().any(|end| letters.ends_with(end))
}

/// Returns the first and last year in which a person may have been born, from an age in a certain year or from the year
/// of birth itself.
fn born(way: &[&str], value: &str, year: Option<u16>) -> Option<(u16, u16)> {
    /// Years by which an estimated age may be wrong.
    const ROUGHLY: u16 = 10;
    let key = way.last().copied().unwrap_or_default();
    let number: u16 = value.parse().ok()?;
    let own = letters(key);
    let under = way.len() > 1 && key == "year" && is_birth(way[way.len() - 2]);
    if under || ["birthyear", "birthdateyear", "yearofbirth", "yob"].iter().any(|end| own.ends_with(end)) {
        return Some((number, number));
    }
    let before = key.strip_suffix("age").or_else(|| key.strip_suffix("age-in-years"))?.trim_end_matches('-');
    let words = || before.split('-').filter(|word| !word.is_empty());
    let guessed = words().any(|word| word.starts_with("estimat"));
    let own = |word: &str| OF_SOMEBODY.contains(&word) || word.starts_with("estimat") || word == "current";
    let year = year.filter(|_| words().all(own))?;
    let wide = if guessed { ROUGHLY } else { 1 };
    Some((year.saturating_sub(number).saturating_sub(1 + wide), year.saturating_sub(number).saturating_add(wide)))
}

/// Whether a member, at any place, is about a person: not about a thing, and not a description of a person.
fn is_somebody(key: &str) -> bool {
    let words: Vec<&str> = key.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    // The person to whom something is registered, and the caller.
    if key.ends_with("registered-to") || key.ends_with("caller-id") {
        return true;
    }
    let thing = |at: usize| at > 0 && THINGS.contains(&words[at - 1]);
    let somebody = |(at, word): (usize, &&str)| OF_SOMEBODY.contains(word) && !thing(at);
    words.last().is_some_and(|last| !TOLD.contains(last)) && words.iter().enumerate().any(somebody)
}

/// Whether a text is the name of a person, by the members that contain it.
fn names_somebody(way: &[&str], text: &str) -> bool {
    let (key, above) = way.split_last().map_or(("", way), |(key, above)| (*key, above));
    let is_text = text.chars().any(char::is_alphabetic) && !text.contains('@') && !text.starts_with("http");
    if !is_text || NOBODY.contains(&text.trim().to_lowercase().as_str()) {
        return false;
    }
    let under = above.last().copied().unwrap_or_default();
    let called = |key: &str| key.split('-').any(|word| CALLED.contains(&word));
    if called(key) || called(under) && NAMES.contains(&key) {
        return is_somebody(key) && text.split_whitespace().count() > 1;
    }
    // The name of a thing is below the thing.
    let thing = !is_somebody(under) && under.split('-').any(|word| THINGS.contains(&word));
    let own = is_somebody(key) && !(thing && NAMES.contains(&key));
    own || is_somebody(under) && ITSELF.contains(&key)
}

fn searches_lists(resource: &Resource) -> bool {
    ["watchlist", "screening", "politically", "media"].iter().any(|word| resource.kind.contains(word))
}

/// Returns the countries to which a screening was limited.
fn countries(resource: &Resource) -> Vec<String> {
    const KEYS: [&str; 4] = ["country-code", "country-codes", "countries", "country"];
    let query = get(&resource.attributes, "query").and_then(Value::as_object);
    let said = KEYS.iter().flat_map(|key| [get(&resource.attributes, key), query.and_then(|query| get(query, key))]);
    let mut all = Vec::new();
    said.flatten().for_each(|value| texts(value, &mut all));
    all
}

/// Collects all texts in a value, at any depth.
fn texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(map) => map.values().for_each(|item| texts(item, into)),
        one => into.extend(scalar(one).filter(|text| !text.trim().is_empty())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::report::Doubt;
    use crate::domain::report::report_query::KnownPerson;

    fn resource(value: Value) -> Option<Resource> {
        serde_json::from_value(value).ok()
    }

    /// Persona's own examples are about the person they were asked about, and about no other.
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
            let doubts =
                |known: &[Field]| asked(&one).doubts(&KnownPerson { own: vec![known], ..KnownPerson::default() });
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
            asked(&one).doubts(&KnownPerson { own: vec![&own], ..KnownPerson::default() })
        };
        let record = |names: Value, births: Value| {
            json!({"name-first": "Layla", "name-last": "Al Mansoori", "birthdate": "1990-02-03",
            "identity-records": [{"names": names, "birthdates": births}]})
        };
        let layla = json!({"name-first": "Layla", "name-last": "Al Mansoori"});
        let more = |mut of: Value, more: Value| {
            let members = of.as_object_mut().into_iter();
            members.for_each(|of| of.extend(more.as_object().cloned().unwrap_or_default()));
            of
        };
        let at = "2026-11-28T09:05:00.000Z";
        let phone = |with: Value| more(json!({"phone-number": "+971501234567", "completed-at": at}), with);
        let mail = |with: Value| more(json!({"email-address": "layla@example.test", "completed-at": at}), with);
        let with = |with: Value| {
            let mut whole = record(json!([layla]), json!(["1990-02-03"]));
            whole["completed-at"] = at.into();
            whole["identity-records"][0] = more(whole["identity-records"][0].take(), with);
            whole
        };
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
            ("phone-number", phone(json!({"phone-subscriber-name": "Kim Jong Un"})), vec![Doubt::AlsoNamed]),
            ("phone-number", phone(json!({"phone-owner": "Kim Jong Un"})), vec![Doubt::AlsoNamed]),
            ("phone-number", phone(json!({"phone-line-holder": "Kim Jong Un"})), vec![Doubt::AlsoNamed]),
            ("phone-number", phone(json!({"caller-id-name": "Kim Jong Un"})), vec![Doubt::AlsoNamed]),
            ("phone-number", phone(json!({"carrier-registered-name": "Kim Jong Un"})), vec![Doubt::AlsoNamed]),
            ("phone-number", phone(json!({"registered-to": "Kim Jong Un"})), vec![Doubt::AlsoNamed]),
            ("phone-number", phone(json!({"contact": "Kim Jong Un"})), vec![Doubt::AlsoNamed]),
            ("phone-number", phone(json!({"person": "Kim Jong Un"})), vec![Doubt::AlsoNamed]),
            ("phone-number", phone(json!({"user-name": "Kim Jong Un"})), vec![Doubt::AlsoNamed]),
            (
                "phone-number",
                phone(json!({"subscriber": {"forename": "Kim", "lastname": "Jong Un"}})),
                vec![Doubt::AlsoNamed],
            ),
            ("phone-number", phone(json!({"owner": {"first": "Kim", "last": "Jong Un"}})), vec![Doubt::AlsoNamed]),
            ("phone-number", phone(json!({"owner": {"value": "Kim Jong Un"}})), vec![Doubt::AlsoNamed]),
            ("phone-number", phone(json!({"owner": {"name": "Kim Jong Un"}})), vec![Doubt::AlsoNamed]),
            ("email-address", mail(json!({"email-owner-name": "Kim Jong Un"})), vec![Doubt::AlsoNamed]),
            ("email-address", mail(json!({"email-owner": "Kim Jong Un"})), vec![Doubt::AlsoNamed]),
            ("email-address", mail(json!({"birth-year": 1984})), vec![Doubt::AlsoBorn]),
            ("email-address", mail(json!({"age": 14})), vec![Doubt::AlsoBorn]),
            ("email-address", mail(json!({"owner": {"age": "14"}})), vec![Doubt::AlsoBorn]),
            ("email-address", mail(json!({"birth-year": 1990, "age": 36})), vec![]),
            ("email-address", mail(json!({"age": 37, "email-domain-age-days": 14, "estimated-age": 44})), vec![]),
            (
                "phone-number",
                phone(
                    json!({"phone-owner-name": "Layla Al Mansoori", "phone-model-name": "Pixel", "user-name": "kimju",
                    "phone-carrier": {"name": "Etisalat"}, "caller-type": "Consumer", "contact": "hello@a.test"}),
                ),
                vec![],
            ),
            ("profile", record(json!([layla]), json!(["1990-02-03"])), vec![]),
            ("profile", with(json!({"aliases": ["Kim Jong Un"]})), vec![Doubt::AlsoNamed]),
            ("profile", with(json!({"akas": [{"name-full": "Kim Jong Un"}]})), vec![Doubt::AlsoNamed]),
            ("profile", with(json!({"age": 14})), vec![Doubt::AlsoBorn]),
            ("profile", with(json!({"aliases": ["LAYLA AL MANSOORI"], "relatives": [{"name": "Omar X"}]})), vec![]),
            (
                "profile",
                record(json!([layla, {"name-full": "Kim Jong Un"}]), json!(["1990-02-03"])),
                vec![Doubt::AlsoNamed],
            ),
            ("profile", record(json!([layla]), json!(["1990-02-03", "1984-01-08"])), vec![Doubt::AlsoBorn]),
            ("watchlist", json!({"term": "Layla Al Mansoori", "country-code": "US"}), vec![Doubt::Limited]),
            ("watchlist", json!({"query": {"term": "Layla Al Mansoori", "country-code": "US"}}), vec![Doubt::Limited]),
            ("watchlist", json!({"term": "Layla Al Mansoori", "country-code": "AE"}), vec![]),
            (
                "watchlist",
                json!({"term": "Layla Al Mansoori", "country-code": "AE", "query": {"countryCode": "KP"}}),
                vec![Doubt::Limited],
            ),
            ("watchlist", json!({"term": "Layla Al Mansoori", "country-codes": ["AE", "KP"]}), vec![Doubt::Limited]),
            ("watchlist", json!({"term": "Layla Al Mansoori", "country": {"code": "KP"}}), vec![Doubt::Limited]),
            (
                "watchlist",
                json!({"term": "Layla Al Mansoori", "birthdate": "1990-02-03", "query": {"birthdate": "1911-01-01"}}),
                vec![Doubt::OtherBirthdate],
            ),
            (
                "watchlist",
                json!({"term": "Layla Al Mansoori", "birthdate": "1990-02-03", "query": {"birthdate-year": 1911}}),
                vec![Doubt::OtherBirthdate],
            ),
            (
                "watchlist",
                json!({"term": "Layla Al Mansoori", "query": {"term": "Kim Jong Un"}}),
                vec![Doubt::OtherName],
            ),
            (
                "watchlist",
                json!({"term": "Layla Al Mansoori", "birthdate": "1990-02-03",
                    "query": {"term": "LAYLA AL MANSOORI", "birthdate-year": 1990, "country-code": "AE"}}),
                vec![],
            ),
        ] {
            assert_eq!(doubts(kind, attributes.clone()), expected, "{kind} {attributes}");
        }
    }
}
