//! Reports that say less than they seem to. With none of them a page may say that all checks passed.
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::{Desk, On, Visitor};
use crate::standin::World;
use crate::world_flow;

/// The fields that Anna Smith submitted.
const SUBMITTED: &[(&str, &str)] = &[
    ("name-first", "Anna"),
    ("name-last", "Smith"),
    ("birthdate", "1990-01-01"),
    ("phone-number", "+1 503 555 0147"),
    ("email-address", "anna@a.example"),
    ("address-street-1", "12 High Street"),
    ("address-city", "Portland"),
    ("address-subdivision", "Oregon"),
    ("address-postal-code", "97201"),
    ("address-country-code", "US"),
    ("business-name", "Acme Ltd"),
    ("social-security-number", "123-45-6789"),
    ("wallet-address", "1Fz"),
];

fn with_report(world: &mut World, id: &str, kind: &str, attributes: &Value) {
    with_report_of(world, id, SUBMITTED, kind, attributes);
}

/// An inquiry about Anna Smith, born 1990-01-01, with a matching passport and one report.
fn with_report_of(world: &mut World, id: &str, submitted: &[(&str, &str)], kind: &str, attributes: &Value) {
    let fields: serde_json::Map<String, Value> =
        submitted.iter().map(|(key, value)| ((*key).to_owned(), json!({"type": "string", "value": value}))).collect();
    let (ver, rep) = (format!("ver_{id}"), format!("rep_{id}"));
    world.add(json!({"type": "inquiry", "id": format!("inq_{id}"), "attributes": {"status": "needs_review",
        "created-at": "2026-11-28T09:00:00.000Z", "fields": fields},
        "relationships": {"verifications": {"data": [{"type": "verification/government-id", "id": ver}]},
            "reports": {"data": [{"type": format!("report/{kind}"), "id": rep}]}}}));
    world.add(json!({"type": "verification/government-id", "id": ver, "attributes": {"status": "passed",
        "created-at": "2026-11-28T09:02:00.000Z", "name-first": "ANNA", "name-last": "SMITH", "birthdate": "1990-01-01",
        "checks": [{"name": "id_entity_detection", "status": "passed", "reasons": [], "requirement": "required"}]},
        "relationships": {}}));
    let mut all = json!({"status": "ready", "has-match": false, "created-at": "2026-11-28T09:04:00.000Z",
        "completed-at": "2026-11-28T09:05:00.000Z", "redacted-at": null, "tags": []});
    let screening = matches!(
        kind,
        "watchlist" | "adverse-media" | "business-adverse-media" | "politically-exposed-person" | "screening"
    );
    if screening {
        all["term"] = "Anna Smith".into();
    }
    for (key, value) in attributes.as_object().unwrap() {
        all[key] = value.clone();
    }
    world.add(json!({"type": format!("report/{kind}"), "id": rep, "attributes": all, "relationships": {}}));
}

async fn signals(desk: &Desk, by: &Visitor, id: &str) -> Vec<(String, String)> {
    let page = desk.inquiry(by, &format!("inq_{id}")).await;
    let text = |of: &Value| of.as_str().unwrap().to_owned();
    let all = page["signals"].as_array().unwrap_or_else(|| panic!("{id}: {page}")).iter();
    all.map(|signal| (text(&signal["tone"]), text(&signal["label"]))).collect()
}

/// Kind, attributes, and the expected signal: its tone and the start of its label.
type Case = (&'static str, Value, &'static str, &'static str);

async fn none_is_green(on: On, cases: Vec<Case>) {
    let mut world = World::default();
    for (n, (kind, attributes, ..)) in cases.iter().enumerate() {
        with_report(&mut world, &format!("d{n}"), kind, attributes);
    }
    let mut desk = world.desk(on).await;
    let analyst = desk.analyst().await;
    let mut wrong = Vec::new();
    for (n, (kind, attributes, tone, label)) in cases.iter().enumerate() {
        let said = signals(&desk, &analyst, &format!("d{n}")).await;
        let there = said.iter().any(|(t, l)| t == tone && l.starts_with(label));
        if !there || said.iter().any(|(t, _)| t == "good") {
            wrong.push(format!(
                "{kind} {}: wanted {tone} “{label}”, was {said:?}",
                attributes.to_string().chars().take(160).collect::<String>()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn ofac() -> Value {
    json!({"name": "OFAC SDN", "url": "https://x.test", "list-type": "sanction", "entities": [{"name": "ANNA SMITH"}]})
}

/// A dismissal of a different hit.
fn other() -> Value {
    json!({"user": "Bob", "ignore-reason": "other person", "match": {"name": "EU list", "url": "https://eu.test",
        "entities": [{"name": "OTHER"}]}})
}

fn dismissed(hit: &Value) -> Value {
    json!({"user": "Bob", "ignore-reason": "fp", "ignored-at": "2026-11-01T00:00:00Z", "match": hit})
}

/// Relates an object to an inquiry, under this relation.
fn hang(world: &mut World, id: &str, relation: &str, object: &Value) {
    let named = json!({"type": object["type"], "id": object["id"]});
    let data = if relation == "account" { named } else { json!([named]) };
    world.change(&format!("inq_{id}"), |inquiry| inquiry["relationships"][relation] = json!({"data": data}));
    world.add(object.clone());
}

/// Checks that each inquiry has the signal with this start of a label, or is green if none is expected.
async fn each_says(world: World, on: On, wanted: &[Option<&str>]) {
    let mut desk = world.desk(on).await;
    let analyst = desk.analyst().await;
    let mut wrong = Vec::new();
    for (n, wanted) in wanted.iter().enumerate() {
        let said = signals(&desk, &analyst, &format!("b{n}")).await;
        // Values that inquiries of this world share are not tested here.
        let green = said.iter().all(|(tone, _)| matches!(tone.as_str(), "good" | "shared"));
        let fits = wanted.map_or(green, |wanted| !green && said.iter().any(|(_, label)| label.starts_with(wanted)));
        if !fits {
            wrong.push(format!("{n}: wanted {wanted:?}, was {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

world_flow! {
    async fn what_hangs_on_an_inquiry_and_is_of_somebody_else_is_said(on: On) {
        let mut world = World::default();
        let account = |n: usize, fields: Value, more: Value| {
            let mut one = json!({"type": "account", "id": format!("act_b{n}"), "attributes": {"account-type-name": "User",
                "account-status": "Default", "created-at": "2026-11-28T08:00:00.000Z", "fields": fields}, "relationships": {}});
            for (key, value) in more.as_object().unwrap() {
                one["attributes"][key] = value.clone();
            }
            ("account", one)
        };
        let name = |first: &str, last: &str| json!({"name": {"type": "hash", "value": {
            "first": {"type": "string", "value": first}, "last": {"type": "string", "value": last}}}});
        let document = |n: usize, kind: &str, attributes: Value| {
            let mut one = json!({"type": kind, "id": format!("doc_b{n}"), "attributes": attributes, "relationships": {}});
            one["attributes"]["status"] = "processed".into();
            (if kind.starts_with("selfie") { "selfies" } else { "documents" }, one)
        };
        let kim = json!({"name-first": "Kim", "name-last": "Jong Un", "birthdate": "1984-01-08"});
        let cases = [
            (account(0, name("Anna", "Smith"), json!({"reference-id": "r", "tags": ["vip"]})), None),
            (account(1, name("Kim", "Jong Un"), json!({})), Some("Account of another name")),
            (account(2, json!({}), kim.clone()), Some("Account of somebody with another birthdate")),
            (account(3, json!({"risk-rating": "high"}), json!({})), Some("Account: risk rating: high")),
            (account(4, json!({}), json!({"redacted-at": "2026-11-28T08:30:00.000Z"})), Some("Account redacted in Persona")),
            (document(5, "document/generic", json!({"fields": kim})), Some("Name mismatch")),
            (document(6, "document/bank-statement", json!({"account-holder-name": "Kim Jong Un"})), Some("Whole name mismatch")),
            (document(7, "document/never-heard-of", kim.clone()), Some("Name mismatch")),
            (document(8, "document/generic", json!({})), None),
            (document(9, "selfie/profile", json!({"is-spoof": true})), Some("Selfie: is spoof")),
            (document(10, "selfie/profile", json!({})), None),
        ];
        for (n, ((relation, object), _)) in cases.iter().enumerate() {
            let id = format!("b{n}");
            with_report(&mut world, &id, "watchlist", &json!({}));
            hang(&mut world, &id, relation, object);
        }
        each_says(world, on, &cases.map(|(_, wanted)| wanted)).await;
    }

    async fn what_the_inquiry_says_against_itself_is_said(on: On) {
        let mut world = World::default();
        let field = |key: &str, value: Value| json!({"fields": {key: {"type": "string", "value": value}}});
        let cases = [
            (json!({"preferred-language": "en", "tags": ["edd"], "behaviors": {"bot-score": 3}}), None),
            (field("are-you-a-politically-exposed-person", "True".into()), Some("Answered: are you a politically exposed")),
            (field("sanctioned", true.into()), Some("Answered: sanctioned: yes")),
            (field("on-behalf-of", "Kim Jong Un".into()), Some("Answered: on behalf of")),
            (field("consent-given", false.into()), Some("Answered: consent given: no")),
            (field("is-pep", false.into()), None),
            (json!({"fraud-score": 990}), Some("Inquiry: fraud score 990")),
            (json!({"decision": "declined"}), Some("Inquiry: decision declined")),
            (json!({"flags": ["SANCTIONED"]}), Some("Inquiry: flags")),
            (json!({"tags": ["SANCTIONED"]}), Some("Tag: SANCTIONED")),
            (json!({"reviewer-comment": "looked at it"}), None),
        ];
        for (n, (attributes, _)) in cases.iter().enumerate() {
            let id = format!("b{n}");
            with_report(&mut world, &id, "watchlist", &json!({}));
            world.change(&format!("inq_{id}"), |inquiry| {
                let own = &mut inquiry["attributes"];
                for (key, value) in attributes.as_object().unwrap() {
                    match (key.as_str(), value.as_object()) {
                        ("fields", Some(fields)) => own["fields"].as_object_mut().unwrap().extend(fields.clone()),
                        _ => own[key] = value.clone(),
                    }
                }
            });
        }
        let ahead = json!({"completed-at": "2031-01-01T00:00:00.000Z"});
        with_report(&mut world, "b11", "watchlist", &ahead);
        with_report(&mut world, "b12", "watchlist", &json!({}));
        world.change("ver_b12", |one| one["attributes"]["completed-at"] = ahead["completed-at"].clone());
        let later = [Some("Watchlist report dated in the future"), Some("Government ID dated in the future")];
        each_says(world, on, &cases.map(|(_, wanted)| wanted).into_iter().chain(later).collect::<Vec<_>>()).await;
    }

    async fn a_risk_that_is_not_told_is_no_low_risk(on: On) {
        let many: serde_json::Map<String, Value> = (0..450).map(|n| (format!("a-{n:03}"), n.into())).collect();
        let mut many = Value::Object(many);
        many["email-reputation"] = "high".into();
        let mut listed = many.clone();
        listed["email-is-blocklisted"] = true.into();
        none_is_green(on, vec![
            ("phone-number", json!({"phone-number": "+15035550147", "phone-risk-sim-swap": "N/A", "phone-risk-level": null, "phone-risk-recommendation": null}),
                "warn", "Phone number report not assessed"),
            ("phone-number", json!({"phone-risk-level": "N/A"}), "warn", "Phone risk: “N/A” not assessed"),
            ("phone-number", json!({"phone-risk-sim-swap": "low", "phone-risk-level": null, "phone-risk-score": 955}), "bad", "Phone risk score 955"),
            ("phone-number", json!({"phone-risk-level": "low", "phone-risk-score": 990}), "bad", "Phone risk score 990"),
            ("phone-number", json!({"phone-risk-level": "low", "phone-risk-score": "high"}), "warn", "Phone risk score: “high” not assessed"),
            ("phone-number", json!({"phone-risk-level": "low", "phone-type": "INVALID", "phone-risk-recommendation": "allow"}), "bad", "Phone number invalid"),
            ("phone-number", json!({"phone-risk-level": ["low", "high"]}), "warn", "Phone risk: “low, high” not assessed"),
            ("phone-number", json!({"phone-risk-level": {"value": "high"}, "phone-risk-recommendation": "allow"}), "warn", "Phone risk: “high” not assessed"),
            ("phone-number", json!({"phone_risk_level": "very-high", "phone-risk-level": "low"}), "bad", "Phone risk very high"),
            ("phone-number", json!({"phone-risk-level": "low", "phone-risk-insights": {"recommendation": "block"}}), "warn", "Phone number report: phone risk insights recommendation not"),
            ("phone-number", json!({"phone-risk-level": "low", "phone-is-blocklisted": true}), "warn", "Phone number report: phone is blocklisted not"),
            ("email-address", json!({"email-address": "anna@a.example", "email-reputation": null, "email-domain-reputation": "high"}), "warn", "E-mail address report not assessed"),
            ("email-address", json!({"email-reputation": "high", "email-credentials-leaked-recent": true}), "warn", "E-mail: credentials leaked recently"),
            ("email-address", json!({"email-reputation": "high", "email-is-blocklisted": "true"}), "warn", "E-mail on a blocklist: “true” not assessed"),
            ("email-address", json!({"email-reputation": "high", "email-is-disposable": 1}), "warn", "Disposable e-mail: “1” not assessed"),
            ("email-address", json!({"email-reputation": "high", "email-is-suspicious": "Y"}), "warn", "E-mail suspicious: “Y” not assessed"),
            ("email-address", json!({"email-reputation": "high", "email-is-deliverable": "unknown"}), "warn", "E-mail not deliverable: “unknown” not assessed"),
            ("email-address", json!({"email-reputation": "high", "errors": ["mailbox check failed"]}), "warn", "E-mail address report: errors not assessed"),
            ("email-address", many, "warn", "E-mail address report: more values than the desk stores"),
            ("email-address", listed, "bad", "E-mail on a blocklist"),
            ("integration/sentilink-scores", json!({"result": {"scores": [{"name": "abuse", "score": "N/A"}]}}), "warn", "SentiLink score: “N/A” not assessed"),
            ("synthetic", json!({"sentilink-abuse-score": 930.5}), "bad", "Synthetic identity score 930.5"),
        ]).await;
    }

    async fn a_lookup_that_is_not_sure_is_no_pass(on: On) {
        let people: Vec<Value> = (0..60).map(|n| json!({"names": [{"name-full": format!("P{n}"), "name-first": "P", "name-last": n}],
            "birthdates": ["1950-01-01"], "deceased": n == 59, "addresses": [{"street-1": "1 x", "city": "y"}, {"street-1": "2 x", "city": "y"}]})).collect();
        none_is_green(on, vec![
            ("business-lookup", json!({"has-match": true, "match-status-strength": "unknown"}), "warn", "Business lookup: strength unknown"),
            ("business-lookup", json!({"has-match": true, "match-status-business-name": "unavailable"}), "warn", "Business lookup: business name unavailable"),
            ("business-lookup", json!({"has-match": true, "match-status-address": "partial_match"}), "warn", "Business lookup: address partial match"),
            ("business-lookup", json!({"has-match": true, "result": {"name": "X", "legal-status": "Inactive - dissolved"}}), "warn", "Business status: Inactive - dissolved"),
            ("business-lookup", json!({"has-match": true, "result": {"name": "X", "legal-status": "unknown"}}), "warn", "Business status: “unknown” not assessed"),
            ("business-registrations-lookup", json!({"has-match": true, "result": {"registry-records": [{"status": {"raw": "Revoked", "standardized": "inactive"}}]}}),
                "warn", "Business status: inactive"),
            ("business-registrations-lookup", json!({"has-match": true, "result": [{"status": "dissolved", "name": "ACME"}]}), "warn", "Business status: dissolved"),
            ("address-lookup", json!({"has-match": true, "analysis-dpv-match-code": "D"}), "warn", "Address: flat or unit missing"),
            ("address-lookup", json!({"has-match": true, "analysis-dpv-match-code": "UNKNOWN"}), "warn", "Address not confirmed: “UNKNOWN” not assessed"),
            ("address-lookup", json!({"has-match": true, "analysis-dpv-match-code": "Y", "analysis-dpv-vacant": "yes"}), "warn", "Address vacant: “yes” not assessed"),
            ("address-lookup", json!({"has-match": true, "analysis-dpv-match-code": "Y", "metadata-ews-match": "true"}), "warn", "Address not yet served"),
            ("profile", json!({"has-match": true, "identity-records": [{"deceased": null, "deceased-date": "2019-01-01"}]}), "bad", "Deceased"),
            ("profile", json!({"has-match": true, "identity-records": [{"deceased": "true"}]}), "warn", "Deceased according to the profile report: “true”"),
            ("profile", json!({"has-match": true, "identity-records": people}), "bad", "Deceased"),
            ("profile", json!({"identity-records": []}), "warn", "Profile: no data found"),
            ("social-media", json!({}), "warn", "Social media: no data found"),
            ("business-associated-persons", json!({}), "warn", "Business associated persons: no data found"),
        ]).await;
    }

    async fn a_search_that_contradicts_itself_or_was_about_somebody_else_is_not_clean(on: On) {
        none_is_green(on, vec![
            // Lists in the wrong format.
            ("watchlist", json!({"matched-lists": {"0": ofac()}}), "warn", "Watchlist report: “matched lists” not understood"),
            ("watchlist", json!({"matched-lists": "OFAC SDN"}), "warn", "Watchlist report: “matched lists” not understood"),
            ("politically-exposed-person", json!({"result": {"name": "ANNA SMITH"}}), "warn", "Politically exposed person report: “result” not understood"),
            ("adverse-media", json!({"related-sources": {"x": {"name": "ANNA"}}}), "warn", "Adverse media report: “related sources” not understood"),
            ("screening", json!({"matched-records": {"1": {"names": ["ANNA SMITH"]}}}), "warn", "Screening report: “matched records” not understood"),
            ("business-watchlist", json!({"matched-lists": [], "sanction-list": {"name": "OFAC"}}), "warn", "Business watchlist report: “sanction list” not understood"),
            ("crypto-address-watchlist", json!({"query": {"crypto-address": "1Fz"}, "result": {"name": "OFAC"}}), "warn", "Crypto address watchlist report: “result” not"),
            ("business-adverse-media", json!({"result": {"adverse-media": {"0": {"title": "fraud"}}}}), "warn", "Business adverse media report: “result” not understood"),
            ("watchlist", json!({"has-match": "true", "matched-lists": [ofac()]}), "warn", "Watchlist report not assessed"),
            // Contents that contradict the result.
            ("watchlist", json!({"error-message": "list provider timed out"}), "warn", "Watchlist report: list provider timed out"),
            ("watchlist", json!({"errors": ["OFAC list not searched"]}), "warn", "Watchlist report: errors not assessed"),
            ("watchlist", json!({"matched-records": [{"names": ["ANNA SMITH"]}], "hits": 2}), "warn", "Watchlist report: hits not assessed"),
            ("screening", json!({"matched-records": [], "matched-screening-types": ["sanction"]}), "warn", "Screening report: matched screening types not assessed"),
            ("politically-exposed-person", json!({"result": [], "related-sources": [{"name": "x"}]}), "warn", "Politically exposed person report: related sources"),
            ("watchlist", json!({"redacted-at": "2026-11-01T00:00:00Z"}), "warn", "Watchlist report: redacted in Persona"),
            // The search was about another subject.
            ("watchlist", json!({"term": "JOHN DOE", "name-first": "JOHN", "name-last": "DOE"}), "warn", "Watchlist report: searched for another name"),
            ("watchlist", json!({"term": "Anna Maria Smith"}), "warn", "Watchlist report: searched with more names than are known"),
            ("watchlist", json!({"term": "Anna"}), "warn", "Watchlist report: searched for a part of the name that finds nobody"),
            ("watchlist", json!({"query": {"error": "timeout"}}), "warn", "Watchlist report: “query.error” not understood"),
            ("watchlist", json!({"people": [{"name": "ANNA SMITH"}]}), "warn", "Watchlist report: “people” not understood"),
            ("watchlist", json!({"birthdate": "1950-01-01"}), "warn", "Watchlist report: searched with another birthdate"),
            ("watchlist", json!({"birthdate": null, "birthdate-year": 1901}), "warn", "Watchlist report: searched with another birthdate"),
            ("watchlist", json!({"birthdate": null, "query": {"birthdate-year": "1901"}}), "warn", "Watchlist report: searched with another birthdate"),
            ("watchlist", json!({"term": "A", "name-first": null, "name-last": null}), "warn", "Watchlist report: searched for a part of the name that finds nobody"),
            ("watchlist", json!({"term": null, "query": {}}), "warn", "Watchlist report: does not say who was searched for"),
            ("politically-exposed-person", json!({"term": null, "query": {"term": "John Doe"}}), "warn", "Politically exposed person report: searched for another name"),
            ("screening", json!({"term": null, "query": {"name-first": "John", "name-last": "Doe"}}), "warn", "Screening report: searched for another name"),
            ("adverse-media", json!({"term": "王明"}), "warn", "Adverse media report: name in the query cannot be compared"),
            ("crypto-address-watchlist", json!({}), "warn", "Crypto address watchlist report: does not say"),
        ]).await;
    }

    async fn a_report_about_somebody_else_is_not_green(on: On) {
        let lives = |street: &str, city: &str| json!({"has-match": true, "address-street-1": street, "address-city": city, "analysis-dpv-match-code": "Y"});
        let profile = |more: Value| {
            let mut one = json!({"has-match": true, "name-first": "Anna", "name-last": "Smith"});
            one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            one
        };
        let sentilink = |key: &str, value: &str| json!({"has-match": true, "query": {"name-first": "Anna", "name-last": "Smith", key: value},
            "result": {"scores": [{"name": "abuse", "score": 100}]}});
        none_is_green(on, vec![
            ("phone-number", json!({"phone-number": "+15035559999", "phone-risk-level": "low"}), "warn", "Phone number report: asked about another phone number"),
            ("phone-number", json!({"phone-risk-level": "low"}), "warn", "Phone number report: does not say what it was asked about"),
            ("email-address", json!({"email-address": "other@evil.example", "email-reputation": "high"}), "warn", "E-mail address report: asked about another e-mail address"),
            ("address-lookup", lives("99 Low Rd", "Salem"), "warn", "Address lookup report: asked about another address"),
            ("address-lookup", lives("12 High Street", "Salem"), "warn", "Address lookup report: asked about another address"),
            ("address-lookup", json!({"has-match": true, "addressee": "Mallory Evil", "address-street-1": "12 High Street", "address-city": "Portland",
                "analysis-dpv-match-code": "Y"}), "warn", "Address lookup report: searched for another name"),
            ("profile", json!({"has-match": true, "name-first": "Bob", "name-last": "Other"}), "warn", "Profile report: searched for another name"),
            ("profile", profile(json!({"birthdate": "1950-01-01"})), "warn", "Profile report: searched with another birthdate"),
            ("profile", profile(json!({"social-security-number-last-4": "9999"})), "warn", "Profile report: asked about another number"),
            ("profile", profile(json!({"phone-number": "555-1234"})), "warn", "Profile report: asked about another phone number"),
            ("profile", profile(json!({"address-city": "Salem"})), "warn", "Profile report: asked about another address"),
            ("profile", profile(json!({"identity-records": [{"names": [{"name-full": "Mallory Evil"}], "birthdates": ["1950-01-01"]}]})),
                "warn", "Profile report: nothing that it found is known to belong to the same person"),
            ("profile", profile(json!({"identity-records": [{"names": [{"name-first": "Anna", "name-last": "Smith"}], "birthdates": ["1950-01-01"]}]})),
                "warn", "Profile report: nothing that it found"),
            ("profile-non-authoritative", json!({"has-match": true, "query": {"name-first": "Bob", "name-last": "Other"}}),
                "warn", "Profile non authoritative report: searched for another name"),
            ("profile-non-authoritative", json!({"has-match": true, "query": {"name-first": "Anna", "name-last": "Smith"}, "result": {"name": "Mallory Evil"}}),
                "warn", "Profile non authoritative report: nothing that it found"),
            ("social-media", json!({"has-match": true, "name-first": "Bob", "name-last": "Other"}), "warn", "Social media report: searched for another name"),
            ("social-media", json!({"has-match": true, "name-first": "Anna", "name-last": "Smith", "email-address": "bob@b.example"}),
                "warn", "Social media report: asked about another e-mail address"),
            ("business-lookup", json!({"has-match": true, "query": {"business-name": "Evil Corp"}}), "warn", "Business lookup report: searched for another name"),
            ("business-lookup", json!({"has-match": true, "query": {"business-name": "Acme Ltd", "associated-people": [{"name-full": "Mallory Evil"}]}}),
                "warn", "Business lookup report: searched for another name"),
            ("business-lookup", json!({"has-match": true, "query": {"business-name": "Acme Ltd", "ein": "12-3456789"}}), "warn", "Business lookup report: no number to compare"),
            ("business-lookup", json!({"has-match": true, "query": {"business-name": "Acme Ltd"}, "result": {"name": "Evil Corp", "aliases": ["Evil"]}}),
                "warn", "Business lookup report: nothing that it found"),
            ("business-registrations-lookup", json!({"has-match": true, "query": {"address-country-code": "US"}, "result": {"business-name": "Evil Corp"}}),
                "warn", "Business registrations lookup report: nothing that it found"),
            ("business-associated-persons", json!({"has-match": true, "query": {"address-country-code": "FR"}}), "warn", "Business associated persons report: asked about another country"),
            ("business-associated-persons", json!({"has-match": true, "query": {"business-name": "Evil Corp"}}), "warn", "Business associated persons report: searched for another name"),
            ("crypto-address-watchlist", json!({"query": {"crypto-address": "1Fy"}}), "warn", "Crypto address watchlist report: asked about another crypto address"),
            ("integration/sentilink-scores", sentilink("name-last", "Evil"), "warn", "SentiLink scores report: searched for another name"),
            ("integration/sentilink-scores", sentilink("social-security-number", "999-99-9999"), "warn", "SentiLink scores report: asked about another number"),
            ("screening", json!({"query": {"term": "Anna Smith", "email": "bob@b.example"}}), "warn", "Screening report: asked about another e-mail address"),
        ]).await;
    }

    async fn what_was_asked_about_and_is_not_known_is_said(on: On) {
        let mut world = World::default();
        let asked = [
            ("phone-number", json!({"phone-number": "+15035550147", "phone-risk-level": "low"}), "Phone number report: no phone number to compare the query with"),
            ("email-address", json!({"email-address": "anna@a.example", "email-reputation": "high"}), "E-mail address report: no e-mail address to compare the query with"),
            ("crypto-address-watchlist", json!({"query": {"crypto-address": "1Fz"}}), "Crypto address watchlist report: no crypto address to compare the query with"),
        ];
        for (n, (kind, attributes, _)) in asked.iter().enumerate() {
            with_report_of(&mut world, &format!("u{n}"), &SUBMITTED[..3], kind, attributes);
        }
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        for (n, (_, _, label)) in asked.iter().enumerate() {
            assert_eq!(signals(&desk, &analyst, &format!("u{n}")).await, [("warn".to_owned(), (*label).to_owned())]);
        }
    }

    async fn a_hit_is_dismissed_only_when_all_of_it_was(on: On) {
        let clerk = json!({"entity-id": "p1", "name": "ANNA", "positions": [{"name": "Clerk"}]});
        let mut later = clerk.clone();
        later["positions"] = json!([{"name": "Clerk"}, {"name": "President", "start-date": "2026-11-01"}]);
        let mut row = dismissed(&clerk);
        row["undone-at"] = "2026-01-01".into();
        let reviewed = |more: Value| {
            let mut record = json!({"names": ["A"], "review-status": "false_positive", "reviewed-at": "2026-06-16T10:00:00.000Z",
                "created-at": "2026-06-15T10:00:00.000Z"});
            for (key, value) in more.as_object().unwrap() {
                record[key] = value.clone();
            }
            json!({"has-match": true, "matched-records": [record]})
        };
        let mut told = other()["match"].clone();
        told["topics"] = json!(["sanction"]);
        let mut grown = told.clone();
        grown["topics"] = json!(["sanction", "crime"]);
        let eu = other()["match"].clone();
        let mut also = eu.clone();
        also["entities"] = json!([{"name": "OTHER"}, {"name": "ANNA SMITH"}]);
        let mut born = eu.clone();
        born["entities"] = json!([{"name": "OTHER", "birthdates": [{"year": "1990"}]}]);
        let bare = json!({"name": "EU list", "url": "https://eu.test", "entities": []});
        none_is_green(on, vec![
            ("watchlist", json!({"has-match": true, "matched-lists": [], "ignore-list": [other()]}), "bad", "Watchlist hit"),
            ("watchlist", json!({"has-match": true, "matched-lists": {"0": ofac()}, "ignore-list": [other()]}), "bad", "Watchlist hit"),
            ("watchlist", json!({"has-match": true, "ignore-list": [{"user": "B"}]}), "bad", "Watchlist hit"),
            ("business-watchlist", json!({"has-match": true, "matched-lists": "OFAC SDN", "ignore-list": [{"user": "Bob"}]}), "bad", "Watchlist hit"),
            ("politically-exposed-person", json!({"has-match": true, "result": null, "ignore-list": [{"user": "B"}]}), "bad", "PEP"),
            ("watchlist", json!({"has-match": true, "matched-lists": [also], "ignore-list": [other()]}), "bad", "Watchlist hit"),
            ("watchlist", json!({"has-match": true, "matched-lists": [born], "ignore-list": [other()]}), "bad", "Watchlist hit"),
            ("watchlist", json!({"has-match": true, "matched-lists": [bare], "ignore-list": [dismissed(&bare)]}), "bad", "Watchlist hit"),
            ("politically-exposed-person", json!({"has-match": true, "result": [later], "ignore-list": [dismissed(&clerk)]}), "bad", "PEP"),
            ("politically-exposed-person", json!({"has-match": true, "result": [clerk], "ignore-list": [row]}), "bad", "PEP"),
            ("adverse-media", json!({"has-match": true,
                "related-sources": [{"entity-id": "e1", "name": "ANNA", "media": [{"title": "old"}, {"title": "NEW: convicted of fraud"}]}],
                "ignore-list-entity": [dismissed(&json!({"entity-id": "e1", "name": "ANNA", "media": [{"title": "old"}]}))]}), "bad", "Adverse media"),
            ("screening", json!({"has-match": true, "matched-records": [{"names": ["A"], "review-status": "false_positive",
                "listings": [{"name": "OFAC", "review-status": "false_positive"}, {"name": "EU", "review-status": null}]}]}), "bad", "Screening hit"),
            ("screening", json!({"has-match": true, "matched-records": [{"names": ["A"], "review-status": "false_positive", "reviewed-at": "2026-06-16T10:00:00.000Z",
                "listings": [{"name": "OFAC", "created-at": "2026-07-01T00:00:00.000Z"}]}]}), "bad", "Screening hit"),
            // Data was added after the review, at any place in the record. Times are compared as times, not as text.
            ("screening", reviewed(json!({"topics": [{"name": "crime", "created-at": "2026-06-16T10:04:00.000Z"}]})), "bad", "Screening hit"),
            ("screening", reviewed(json!({"details": [{"text": "x", "created-at": "2026-06-16T11:30:00+01:00"}]})), "bad", "Screening hit"),
            ("screening", reviewed(json!({"pep-classes": [{"name": "1", "matched-at": "2026-06-17T00:00:00Z"}]})), "bad", "Screening hit"),
            ("screening", reviewed(json!({"updated-at": "2026-06-17T00:00:00Z"})), "bad", "Screening hit"),
            ("screening", reviewed(json!({"updated-at": "last week"})), "bad", "Screening hit"),
            ("screening", reviewed(json!({"reviewed-at": "2026", "created-at": "2025-01-01T00:00:00Z"})), "bad", "Screening hit"),
            ("watchlist", json!({"has-match": true, "matched-lists": [grown], "ignore-list": [dismissed(&told)]}), "bad", "Watchlist hit"),
            // Hits that were reviewed after all their data.
            ("screening", reviewed(json!({"topics": [{"name": "crime", "created-at": "2026-06-16T10:30:00+01:00"}]})), "info", "Screening hit dismissed in Persona"),
            ("watchlist", json!({"has-match": true, "matched-lists": [eu], "ignore-list": [other()]}), "info", "Watchlist hit dismissed in Persona"),
            ("politically-exposed-person", json!({"has-match": true, "result": [clerk], "ignore-list": [dismissed(&later)]}), "info", "PEP dismissed in Persona"),
        ]).await;
    }

    async fn a_selfie_that_was_tried_again_counts_by_what_persona_tells_of_the_order(on: On) {
        const FIRST: &str = "2026-11-28T09:03:00.000Z";
        // Start, end, status and template of each attempt, in the order in which the inquiry lists them, after its
        // passport.
        type Attempt = (&'static str, &'static str, &'static str, &'static str);
        let red = "Liveness";
        let cases: [(&str, &str, &[Attempt], bool); 9] = [
            ("later", "09:02", &[(FIRST, "", "failed", "a"), ("2026-11-28T09:04:00.000Z", "", "passed", "a")], true),
            ("other", "09:02", &[(FIRST, "", "failed", "a"), ("2026-11-28T09:04:00.000Z", "", "passed", "b")], false),
            ("sooner", "09:02", &[("2026-11-28T09:04:00.000Z", "", "failed", "a"), (FIRST, "", "passed", "a")], false),
            // Within the same second the order of the list decides; the passport shows whether the list ascends.
            ("same", "09:02", &[(FIRST, "", "failed", "a"), (FIRST, "", "passed", "a")], true),
            ("turned", "09:02", &[(FIRST, "", "passed", "a"), (FIRST, "", "failed", "a")], false),
            ("falling", "09:05", &[(FIRST, "", "passed", "a"), (FIRST, "", "failed", "a")], true),
            // Nothing shows the direction of the list.
            ("unknown", "09:03", &[(FIRST, "", "failed", "a"), (FIRST, "", "passed", "a")], false),
            ("ended", "09:03", &[(FIRST, "2026-11-28T09:03:20Z", "failed", "a"), (FIRST, "2026-11-28T09:03:40Z", "passed", "a")], true),
            ("contrary", "09:02", &[(FIRST, "2026-11-28T09:03:40Z", "failed", "a"), (FIRST, "2026-11-28T09:03:20Z", "passed", "a")], false),
        ];
        let mut world = World::default();
        for (id, passport, attempts, _) in &cases {
            with_report(&mut world, id, "watchlist", &json!({}));
            let ver = format!("ver_{id}");
            world.change(&ver, |one| one["attributes"]["created-at"] = format!("2026-11-28T{passport}:00.000Z").into());
            let mut named = vec![json!({"type": "verification/government-id", "id": ver})];
            for (n, (begun, ended, status, template)) in attempts.iter().enumerate() {
                // In the order of their ids, the later one comes first.
                let id = format!("ver_{id}_{}", 9 - n);
                let ended = if ended.is_empty() { Value::Null } else { (*ended).into() };
                world.add(json!({"type": "verification/selfie", "id": id, "attributes": {"status": status, "created-at": begun,
                    "completed-at": ended, "checks": [{"name": "selfie_liveness_detection", "status": status, "reasons": [],
                        "requirement": "required"}]},
                    "relationships": {"template": {"data": {"type": "verification-template/selfie", "id": format!("vtmpl_{template}")}}}}));
                named.push(json!({"type": "verification/selfie", "id": id}));
            }
            world.change(&format!("inq_{id}"), |one| one["relationships"]["verifications"]["data"] = named.into());
        }
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        for (id, _, _, passed) in cases {
            let said = signals(&desk, &analyst, id).await;
            assert_eq!(said.iter().any(|(tone, _)| tone == "good"), passed, "{id}: {said:?}");
            assert_eq!(said.iter().any(|(tone, label)| tone == "bad" && label == red), !passed, "{id}: {said:?}");
        }
    }

    async fn what_says_that_all_is_well_is_green(on: On) {
        let clean = [
            ("watchlist", json!({"matched-lists": [], "ignore-list": [], "birthdate": "1990-01-01", "name-first": "Anna", "name-last": "Smith"})),
            ("watchlist", json!({"term": "Anna Smith"})),
            ("screening", json!({"term": null, "query": {"term": "Smith Anna"}, "matched-records": [], "matched-screening-types": []})),
            ("business-watchlist", json!({"matched-lists": [], "sanction-list": []})),
            ("crypto-address-watchlist", json!({"query": {"crypto-address": "1Fz"}})),
            ("phone-number", json!({"phone-number": "15035550147", "phone-risk-level": "low", "phone-risk-sim-swap": "N/A", "phone-risk-score": 300, "phone-type": "MOBILE"})),
            ("email-address", json!({"email-address": "Anna@A.example", "email-reputation": "high", "email-is-deliverable": true, "email-is-spam": false, "email-credentials-leaked": true})),
            ("address-lookup", json!({"has-match": true, "addressee": "Anna Smith", "address-street-1": "12 HIGH ST", "address-city": "Portland",
                "address-subdivision": "OR", "address-postal-code": "97201", "analysis-dpv-match-code": "Y", "analysis-dpv-vacant": "N", "metadata-ews-match": null})),
            ("business-lookup", json!({"has-match": true, "query": {"business-name": "ACME LTD"}, "match-status-strength": "match", "match-status-ein": "not_applicable", "result": {"legal-status": "active"}})),
            ("profile", json!({"has-match": true, "name-first": "Anna", "name-last": "Smith", "social-security-number-last-4": "6789", "address-city": "Portland",
                "identity-records": [{"names": [{"name-full": "Mallory Evil"}]}, {"names": [{"name-full": "ANNA SMITH"}], "birthdates": ["1990-01-01"]}]})),
            ("profile-non-authoritative", json!({"has-match": true, "query": {"name-first": "Anna", "name-last": "Smith", "address-city": "Portland"}, "result": {"name": "anna smith"}})),
            ("social-media", json!({"has-match": true, "name-first": "Anna", "name-last": "Smith", "birthdate": "1990-01-01", "address-subdivision": "Oregon"})),
            ("business-registrations-lookup", json!({"has-match": true, "query": {"address-country-code": "US"}, "result": {"business-name": "Acme Ltd."}})),
        ];
        let mut world = World::default();
        for (n, (kind, attributes)) in clean.iter().enumerate() {
            with_report(&mut world, &format!("c{n}"), kind, attributes);
        }
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        for (n, (kind, attributes)) in clean.iter().enumerate() {
            let said = signals(&desk, &analyst, &format!("c{n}")).await;
            assert_eq!(said, [("good".to_owned(), "All checks passed".to_owned())], "{kind} {attributes}");
        }
    }

    async fn a_value_of_some_megabytes_is_cut_wherever_it_is_printed(on: On) {
        let long = "word ".repeat(800_000);
        let mut world = World::default();
        with_report(&mut world, "long", "watchlist", &json!({"has-match": true, "remark": long,
            "matched-lists": [{"name": "A list", "entities": [{"name": long, "programme": long}]}]}));
        world.change("ver_long", |one| one["attributes"]["issuing-authority"] = long.clone().into());
        world.change("inq_long", |one| one["attributes"]["fields"]["remark"] = json!({"type": "string", "value": long}));
        let mut desk = world.desk(on).await;
        let (analyst, auditor) = (desk.analyst().await, desk.auditor().await);
        let page = analyst.get("/inquiries/inq_long").await;
        assert_eq!(page.status, StatusCode::OK);
        let html = page.text();
        assert!(html.len() < 500_000 && html.contains("4000000 characters in all; SHA-256 of the whole"), "{}", html.len());
        let read = desk.inquiry(&analyst, "inq_long").await.to_string();
        assert!(read.len() < 500_000, "{}", read.len());
        for purpose in ["audit", "access"] {
            let file = auditor.get(&format!("/inquiries/inq_long/case-file?purpose={purpose}")).await;
            assert_eq!(file.status, StatusCode::OK, "{purpose}");
            assert!(file.body.starts_with(b"%PDF-1.7"));
        }
    }

    async fn a_member_that_stands_twice_says_nothing(on: On) {
        let mut world = World::default();
        with_report(&mut world, "twice", "watchlist", &json!({"has-match": "@@TWICE@@"}));
        world.instead("\"@@TWICE@@\"", "true, \"has-match\": false");
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        let said = signals(&desk, &analyst, "twice").await;
        assert_eq!(said, [("warn".to_owned(), "Report not read".to_owned())]);
        let reply = analyst.get("/inquiries/inq_twice").await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(reply.text().contains("a name stands twice, with different values"));
    }

    async fn an_address_that_is_no_link_is_shown_as_text(on: On) {
        let mut world = World::default();
        let list = |url: &str| json!({"name": "A list", "url": url, "entities": []});
        let odd = ["javascript:alert(1)", "HTTPS://upper.test/a", "data:text/html,x"];
        let lists: Vec<Value> = odd.iter().map(|url| list(url)).chain([list("HTTPS://files.withpersona.com/f?access_token=s")]).collect();
        with_report(&mut world, "links", "watchlist", &json!({"has-match": true, "matched-lists": lists}));
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        let html = analyst.get("/inquiries/inq_links").await.text();
        for url in odd {
            assert!(html.contains(url), "{url}");
            assert!(!html.contains(&format!("href=\"{url}")), "{url}");
        }
        assert!(!html.contains("access_token"));
    }

    async fn who_was_searched_for_in_the_sandbox_is_whom_the_inquiry_is_about(on: On) {
        let mut desk = Desk::open(on).await.filled().await;
        let analyst = desk.analyst().await;
        let page = analyst.call("queue", json!({"filter": {"status": "all"}})).await.json();
        let rows = page["page"]["rows"].as_array().unwrap();
        assert!(rows.len() > 20, "{}", rows.len());
        for row in rows {
            // Of a business, the sandbox searches for the firm and not for the applicant.
            let said = row["signals"].to_string().replace("not searched for each name and birthdate", "");
            assert!(!said.contains("search") && !said.contains("not understood"), "{row}");
        }
    }
}
