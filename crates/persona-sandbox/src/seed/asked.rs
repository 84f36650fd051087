//! Verifications and reports requested through the API, about the person that the caller names.

use super::{
    super::{clock, store},
    lookups,
    papers::{self, Docs},
    people,
    plan::{self, Status, Times, Twist},
    reports,
    rng::Rng,
};
use serde_json::{Value, json};

/// The person whom a report requested through the API screens.
pub struct Screened<'a> {
    pub first: Option<&'a str>,
    pub middle: Option<&'a str>,
    pub last: Option<&'a str>,
    pub term: Option<&'a str>,
    pub birth: Option<&'a str>,
    pub country: Option<&'a str>,
    pub account: Option<&'a str>,
}

/// Names that Persona's own sandbox finds: Kim Jong Un on lists and in the news, Boris Johnson as an office holder.
fn found(kind: &str, who: &Screened) -> bool {
    let whole = match who.term {
        Some(term) => term.to_owned(),
        None => [who.first, who.middle, who.last].into_iter().flatten().collect::<Vec<_>>().join(" "),
    };
    let mut words: Vec<String> = whole.to_lowercase().split_whitespace().map(str::to_owned).collect();
    words.sort();
    match kind {
        "politically-exposed-person" => words == ["boris", "johnson"],
        _ => words == ["jong", "kim", "un"],
    }
}

/// A finished report of one kind.
pub fn screened(kind: &str, who: &Screened, now: i64) -> Value {
    let twist = match (found(kind, who), kind) {
        (false, _) => Twist::None,
        (true, "watchlist") => Twist::Watchlist,
        (true, "adverse-media") => Twist::AdverseMedia,
        (true, _) => Twist::Pep,
    };
    let slot = plan::Slot {
        status: Status::Completed,
        template: plan::Template::Enhanced,
        twist,
        share: plan::Share::Nothing,
    };
    let mut rng = Rng::new(&[clock::random()]);
    let mut subject = people::subject_as(rng.next(), 1 << 50, now, slot);
    let (mut first, mut last) = (who.first.unwrap_or_default(), who.last.unwrap_or_default());
    if let (Some(term), true) = (who.term, first.is_empty() && last.is_empty()) {
        (first, last) = term.rsplit_once(' ').unwrap_or(("", term));
    }
    first.clone_into(&mut subject.first);
    last.clone_into(&mut subject.last);
    subject.middle = who.middle.map(str::to_owned);
    who.birth.unwrap_or_default().clone_into(&mut subject.birth);
    subject.native = None;
    let mut report = reports::one(kind, &subject, &Times::at(now), &mut rng);
    let attributes = &mut report["attributes"];
    let term = who.term.map_or_else(|| subject.shown(), str::to_owned);
    let asked = [
        ("name-first", Value::from(who.first)),
        ("name-middle", who.middle.into()),
        ("name-last", who.last.into()),
        ("term", term.trim().into()),
        ("birthdate", who.birth.into()),
        ("country-code", who.country.into()),
    ];
    for (key, value) in asked {
        if attributes["query"].is_object() {
            attributes["query"][key] = if key == "birthdate" { who.birth.unwrap_or_default().into() } else { value };
        } else {
            attributes[key] = value;
        }
    }
    if attributes["query"].is_null()
        && let Some(members) = attributes.as_object_mut()
    {
        members.remove("query");
    }
    attributes["is-recurring"] = false.into();
    for key in ["created-at", "completed-at"] {
        attributes[key] = clock::iso(now).into();
    }
    report["relationships"]["inquiry"] = json!({ "data": null });
    report["relationships"]["account"] =
        json!({ "data": who.account.map(|id| json!({ "type": "account", "id": id })) });
    report
}

/// A finished verification of one kind for an inquiry created through the API.
pub fn simulated(inquiry: &Value, kind: &str, passed: bool, now: i64) -> Docs {
    let mut rng = Rng::new(&[clock::random()]);
    let slot = plan::Slot {
        status: Status::Completed,
        template: if kind == "database-business" { plan::Template::Business } else { plan::Template::Standard },
        twist: if passed {
            Twist::None
        } else if kind == "selfie" {
            Twist::LowSimilarity
        } else if kind == "database" {
            Twist::Name
        } else {
            Twist::Tampered
        },
        share: plan::Share::Nothing,
    };
    let mut subject = people::subject_as(rng.next(), 1 << 50, now, slot);
    let field = |key: &str| inquiry["attributes"]["fields"][key]["value"].as_str();
    field("name-first").unwrap_or("Alexander").clone_into(&mut subject.first);
    field("name-last").unwrap_or("Sample").clone_into(&mut subject.last);
    field("birthdate").unwrap_or("1977-07-17").clone_into(&mut subject.birth);
    store::id(inquiry).clone_into(&mut subject.inquiry);
    store::related(inquiry, "account").unwrap_or_default().clone_into(&mut subject.account);
    subject.native = None;
    let times = Times::at(now);
    let twist = slot.twist;
    let mut docs = match kind {
        "government-id" => papers::government_id(&subject, &times, &mut rng, twist),
        "selfie" => papers::selfie(&subject, &times, &mut rng, twist),
        "document" => papers::bill(&subject, &times, &mut rng),
        "email-address" | "phone-number" => lookups::contact(&subject, &times, &mut rng, kind == "phone-number"),
        _ => lookups::database(&subject, &times, &mut rng, twist),
    };
    for (doc, _) in &mut docs {
        for name in ["inquiry-template", "inquiry-template-version"] {
            if doc["relationships"].get(name).is_some() {
                doc["relationships"][name] = inquiry["relationships"][name].clone();
            }
        }
        if store::kind(doc) == "verification" {
            doc["attributes"]["status"] = if passed { "passed" } else { "failed" }.into();
            let checks = doc["attributes"]["checks"].as_array_mut();
            // A verification fails only if a required check fails.
            if let (false, Some(checks)) = (passed, checks)
                && !checks.iter().any(|check| check["requirement"] == "required" && check["status"] == "failed")
                && let Some(check) = checks.iter_mut().find(|check| check["requirement"] == "required")
            {
                check["status"] = "failed".into();
                check["reasons"] = json!(["simulated_failure"]);
            }
            if subject.account.is_empty() {
                doc["relationships"]["accounts"] = json!({ "data": [] });
            }
        }
    }
    docs
}
