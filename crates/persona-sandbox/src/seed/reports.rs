//! Reports: a watchlist report for everyone; politically exposed persons and adverse media too, unless the template is
//! the standard one.

use super::{
    super::clock,
    org,
    people::Subject,
    plan::{Template, Times, Twist},
    rng::Rng,
};
use serde_json::{Value, json};

pub fn all(seed: u64, subject: &Subject, times: &Times) -> Vec<(Value, Value)> {
    let mut rng = Rng::new(&[seed, 40, subject.index]);
    if !subject.slot.status.finished() {
        return Vec::new();
    }
    let mut reports = vec![watchlist(subject, times, &mut rng)];
    if subject.slot.template != Template::Standard {
        reports.push(pep(subject, times, &mut rng));
        reports.push(media(subject, times, &mut rng));
    }
    reports.into_iter().map(|report| (report, Value::Null)).collect()
}

/// One report of a kind about a person who is not the subject of an inquiry.
pub fn one(kind: &str, subject: &Subject, times: &Times, rng: &mut Rng) -> Value {
    match kind {
        "watchlist" => watchlist(subject, times, rng),
        "adverse-media" => media(subject, times, rng),
        _ => pep(subject, times, rng),
    }
}

fn shell(kind: &str, subject: &Subject, times: &Times, rng: &mut Rng, hit: bool) -> Value {
    json!({
        "type": format!("report/{kind}"), "id": rng.id("rep"),
        "attributes": {
            "status": "ready", "created-at": clock::iso(times.ended - 60_000), "completed-at": clock::iso(times.ended - 52_000),
            "redacted-at": null, "report-template-version-name": "v3", "has-match": hit, "is-continuous": false,
            "is-recurring": subject.slot.template == Template::Enhanced, "tags": [],
        },
        "relationships": {
            "inquiry": { "data": { "type": "inquiry", "id": subject.inquiry } },
            "account": { "data": { "type": "account", "id": subject.account } }, "transaction": { "data": null },
            "report-template": { "data": { "type": org::report_template(kind)["type"], "id": org::report_template(kind)["id"] } },
        },
    })
}

fn merge(report: &mut Value, more: Value) {
    if let (Some(members), Value::Object(more)) = (report["attributes"].as_object_mut(), more) {
        members.extend(more);
    }
}

fn names(subject: &Subject) -> Value {
    match &subject.firm {
        Some(firm) => {
            json!({ "name-first": null, "name-middle": null, "name-last": null, "term": firm.name, "birthdate": null, "country-code": subject.land.code })
        }
        None => json!({
            "name-first": subject.first, "name-middle": subject.middle, "name-last": subject.last, "term": subject.shown(),
            "birthdate": subject.birth, "country-code": subject.land.code,
        }),
    }
}

fn watchlist(subject: &Subject, times: &Times, rng: &mut Rng) -> Value {
    let hit = matches!(subject.slot.twist, Twist::BirthdateAndWatchlist | Twist::Watchlist);
    let mut report = shell("watchlist", subject, times, rng, hit);
    let mut lists = Vec::new();
    if hit {
        let mut birth = subject.birth.split('-');
        let mut part = || birth.next().unwrap_or_default().to_owned();
        let (year, month, day) = (part(), part(), part());
        let birthdates = if subject.firm.is_some() {
            json!([])
        } else {
            json!([{ "day": day, "month": month, "year": year, "granularity": "day" }])
        };
        lists.push(json!({
            "name": "Example Sanctions Register", "url": "https://sanctions.example.test/list", "list-type": "sanction",
            "list-types": ["sanction"], "slug": "example-sanctions-register", "flag-code": "EU",
            "entities": [{ "name": subject.shown().to_uppercase(), "alias-type": "aka", "birthdates": birthdates }],
        }));
        if rng.chance(40) {
            lists.push(json!({
                "name": "Example Fitness and Probity Register", "url": "https://probity.example.test/register", "list-type": "fitness_probity",
                "list-types": ["fitness_probity"], "slug": "example-probity", "flag-code": subject.land.code,
                "entities": [{ "name": subject.shown(), "alias-type": "primary", "birthdates": [] }],
            }));
        }
    }
    merge(&mut report, names(subject));
    merge(&mut report, json!({ "matched-lists": lists, "ignore-list": [] }));
    report
}

fn pep(subject: &Subject, times: &Times, rng: &mut Rng) -> Value {
    let hit = subject.slot.twist == Twist::Pep || (subject.index == 0 && subject.firm.is_some());
    let mut report = shell("politically-exposed-person", subject, times, rng, hit);
    let full = format!("{} {}", subject.first, subject.last);
    let key = format!("{}-council", subject.land.code.to_lowercase());
    let mut sources = serde_json::Map::new();
    sources.insert(
        key.clone(),
        json!({ "url": "https://council.example.test", "name": "Council register", "flag-code": subject.land.code }),
    );
    let births = if subject.birth.is_empty() { json!([]) } else { json!([subject.birth]) };
    let result = json!([{
        "entity-id": format!("pep-{}", rng.digits("####")), "name": full, "birthdates": births, "death-dates": [],
        "locations": [format!("{}, {}", subject.address.city, subject.land.code)], "country": subject.land.code,
        "sex": if subject.woman { "F" } else { "M" }, "topics": ["role.pep"],
        "positions": [{
            "pep-class": "pep-class-3", "source-key": key, "name": "City councillor", "topics": ["gov.muni"],
            "start-date": "2021-01-04", "end-date": null,
        }],
        "associates": [{ "name": format!("{} {}", if subject.woman { "Anton" } else { "Marina" }, subject.last), "relationship": "spouse", "topics": ["role.rca"] }],
        "affiliations": [], "related-urls": [], "images": [], "sources": sources, "match-types": ["name_exact"], "pep-type": "pep-class-3",
    }]);
    merge(
        &mut report,
        json!({
            "query": {
                "name-first": subject.first, "name-middle": subject.middle, "name-last": subject.last, "term": full,
                "birthdate": subject.birth, "country-code": subject.land.code,
            },
            "result": if hit { result } else { json!([]) }, "ignore-list": [],
        }),
    );
    report
}

fn media(subject: &Subject, times: &Times, rng: &mut Rng) -> Value {
    let hit = subject.slot.twist == Twist::AdverseMedia;
    let mut report = shell("adverse-media", subject, times, rng, hit);
    let shown = subject.shown();
    let year = clock::year(times.created);
    let story = |rng: &mut Rng, title: String, snippet: String, number: i64| {
        let date = format!("{}-{:02}-{:02}", year - rng.between(0, 3), rng.between(1, 9), rng.between(1, 28));
        json!({ "date": date, "title": title, "snippet": snippet, "url": format!("https://news.example.test/a/{}", 4000 + number) })
    };
    let first = story(
        rng,
        format!("Port contract inquiry opens around {shown}"),
        format!(
            "Prosecutors confirmed on Tuesday that they are looking into payments made by {shown} between two tenders."
        ),
        rng_number(subject),
    );
    let second = story(
        rng,
        "Customs seizes undeclared shipment".to_owned(),
        format!("The consignment was booked through {shown}, court papers say. The company did not answer questions."),
        rng_number(subject) + 1,
    );
    let year_of_birth = subject.birth.get(..4).and_then(|year| year.parse::<i64>().ok());
    let person = subject.firm.is_none();
    let sources = json!([{
        "entity-id": format!("am-{}", rng.digits("####")), "name": shown, "akas": [], "match-types": ["name_exact"],
        "birthdates": if person { json!([year_of_birth.map(|year| year.to_string())]) } else { json!([]) }, "media": [first, second],
        "sources": [{ "name": "Example adverse media v2", "country-codes": [subject.land.code], "types": ["adverse-media-v2-fraud-linked"] }],
    }]);
    merge(&mut report, names(subject));
    merge(
        &mut report,
        json!({
            "birthdate-year": if person { year_of_birth } else { None }, "related-sources": if hit { sources } else { json!([]) },
            "ignore-list-media": {}, "ignore-list-entity": [],
        }),
    );
    report
}

fn rng_number(subject: &Subject) -> i64 {
    i64::try_from(subject.index % 5000).unwrap_or(0) * 2
}
