//! Hits that belong to what is decided: on the account of an inquiry, and in what a case holds.
use std::time::Duration;

use axum::http::StatusCode;
use countersign::server::jobs;
use serde_json::{Value, json};

use super::leaver::{on, with_undo};
use crate::desk::{Desk, On, Visitor};
use crate::filled::Filled;
use crate::standin::{World, case};
use crate::{flow, world_flow};

/// A green inquiry, and its account.
async fn green(desk: &Desk, by: &Visitor) -> (String, String) {
    for id in desk.queue(by, "needs_review").await {
        let page = desk.inquiry(by, &id).await;
        if page["signals"].to_string().contains("All checks passed") {
            return (id, page["inquiry"]["account_id"].as_str().unwrap().to_owned());
        }
    }
    panic!("no inquiry is green: the test shows nothing");
}

/// Persona screens the account itself, as its monitoring does.
async fn screened(desk: &Desk, account: &str, name: &str) -> String {
    let query = json!({"type": "report/watchlist", "attributes": {"account-id": account, "query": {"term": name}}});
    let made = desk.persona("POST", "/reports", json!({"data": query})).await;
    assert!(made["data"]["relationships"]["inquiry"]["data"].is_null());
    made["data"]["id"].as_str().unwrap().to_owned()
}

/// The desk receives what happened at Persona, and reads it.
async fn heard(desk: &Desk) {
    jobs::reconcile::run(&desk.app).await.unwrap();
    jobs::apply_webhooks::run(&desk.app).await.unwrap();
    desk.clock.advance(Duration::from_secs(2));
    desk.settle().await;
}

async fn signals(desk: &Desk, by: &Visitor, id: &str) -> String {
    desk.inquiry(by, id).await["signals"].to_string()
}

/// Sends the webhook of a hit that says what happened, but not to what it belongs.
async fn bare(desk: &Desk, mut report: Value) {
    report.as_object_mut().unwrap().remove("relationships");
    let event = json!({"data": {"type": "event", "id": "evt_bare", "attributes": {"name": "report/watchlist.matched",
        "created-at": report["attributes"]["completed-at"], "payload": {"data": report}}}});
    assert_eq!(desk.signed_webhook(event.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
    jobs::apply_webhooks::run(&desk.app).await.unwrap();
}

/// A case with these objects, which the desk has read.
async fn case_of(desk: &Desk, by: &Visitor, objects: Value) -> String {
    let list = by.call("cases", json!({"filter": {"status": "all"}})).await.json();
    let first = list["page"]["rows"][0]["id"].as_str().unwrap();
    let template = desk.persona("GET", &format!("/cases/{first}"), Value::Null).await;
    let template = &template["data"]["relationships"]["case-template"]["data"]["id"];
    let made = json!({"data": {"attributes": {"case-template-id": template}}, "meta": {"object-ids": objects}});
    let made = desk.persona("POST", "/cases", made).await;
    heard(desk).await;
    made["data"]["id"].as_str().unwrap().to_owned()
}

/// A case with one green inquiry and its account, and nothing else. Returns the case, the inquiry and the account.
async fn clean_case(desk: &Desk, by: &Visitor) -> (String, String, String) {
    let (inquiry, account) = green(desk, by).await;
    (case_of(desk, by, json!([inquiry, account])).await, inquiry, account)
}

async fn set(by: &Visitor, id: &str) -> (StatusCode, Value) {
    let version = by.call("case", json!({"id": id})).await.json()["version"].to_string();
    let fields = [
        ("case", id),
        ("version", &version),
        ("status", "Approved"),
        ("other", ""),
        ("reason", "new-information"),
        ("comment", ""),
    ];
    let reply = by.submit("set-status", &fields).await;
    (reply.status, reply.json())
}

async fn rule(admin: &Visitor, verdict: &str) {
    rule_on(admin, "Hit", verdict, ("hit", "on")).await;
}

/// A rule with one condition.
async fn rule_on(admin: &Visitor, name: &str, verdict: &str, condition: (&str, &str)) {
    let version = admin.call("rules", json!({})).await.json()["current"]["version"].to_string();
    let mut fields = vec![("version", version.as_str()), ("name", name), ("verdict", verdict), ("share", "")];
    fields.extend(["template", "signal"].into_iter().filter(|key| *key != condition.0).map(|key| (key, "")));
    fields.push(condition);
    let reply = admin.submit("rule-add", &fields).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

/// A desk with rules on signals, checks and countries of what a case holds. Each of these cases holds an inquiry that
/// no rule applies to, and the object that is given with its name: `[type, id]`. `objects` are added at Persona.
async fn deciding_by_cases(on: On, objects: &[Value], cases: &[(&str, Value)]) -> (Desk, Visitor, Visitor) {
    let mut world = World::of(&case("world-inverted.json"));
    for object in objects {
        world.add(object.clone());
    }
    for (id, holds) in cases {
        let mut whole = json!({"type": "case", "id": id, "attributes": {"status": "Open", "name": id, "created-at": "2026-11-28T09:40:00.000Z"},
            "relationships": {"inquiries": {"data": [{"type": "inquiry", "id": "inq_good"}]}}});
        for (relation, parts) in holds.as_object().unwrap() {
            let parts = parts.as_array().unwrap().iter().map(|part| json!({"type": part[0], "id": part[1]}));
            whole["relationships"][relation] = json!({"data": parts.collect::<Vec<_>>()});
        }
        world.add(whole);
    }
    let mut desk = world.desk(on).await;
    let (analyst, admin) = (desk.analyst().await, desk.admin().await);
    rule_on(&admin, "Signal", "set-status", ("signal", "Watchlist hit")).await;
    rule_on(&admin, "Failed", "set-status", ("failed_check", "on")).await;
    rule_on(&admin, "Country", "set-status", ("countries", "KP")).await;
    (desk, analyst, admin)
}

/// A verification that belongs to a case directly.
fn verified(id: &str, kind: &str, status: &str, country: Value) -> Value {
    json!({"type": format!("verification/{kind}"), "id": id, "attributes": {"status": status, "country-code": country,
        "created-at": "2026-11-28T09:31:00.000Z", "completed-at": "2026-11-28T09:32:00.000Z",
        "checks": [{"name": "id_entity_detection", "status": "passed", "reasons": [], "requirement": "required", "metadata": {}}]},
        "relationships": {"inquiry": {"data": null}}})
}

fn searched(id: &str, term: &str, hit: bool) -> Value {
    json!({"type": "report/watchlist", "id": id, "attributes": {"status": "ready", "has-match": hit, "term": term,
        "created-at": "2026-11-28T09:31:00.000Z", "completed-at": "2026-11-28T09:31:05.000Z",
        "matched-lists": if hit { json!([{"name": "US - OFAC - SDN", "list-type": "sanction", "entities": [{"name": "OTHER HIT"}]}]) } else { json!([]) }},
        "relationships": {"inquiry": {"data": null}, "account": {"data": null}}})
}

/// Rules that want a second reviewer for the status of a case.
async fn wanted(by: &Visitor, case: &str) -> Value {
    let (status, made) = set(by, case).await;
    assert_eq!(status, StatusCode::OK, "{case}: {made}");
    made["wanted_by"].clone()
}

flow! {
    async fn a_hit_on_the_account_itself_is_one_of_each_of_its_inquiries(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        rule(&admin, "approve").await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let (id, account) = green(&desk, &analyst).await;
        let seen = desk.inquiry(&analyst, &id).await["version"].as_i64().unwrap();
        assert_eq!(desk.decide(&analyst, &id, "approve", "checks-passed", "").await.status, StatusCode::OK);
        screened(&desk, &account, "Kim Jong Un").await;
        heard(&desk).await;
        desk.clock.advance(Duration::from_secs(11));
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty(), "decided before, and not sent");
        let page = desk.inquiry(&analyst, &id).await;
        assert!(page["version"].as_i64().unwrap() > seen, "whoever looked at it has not seen this");
        assert_eq!(page["decisions"][0]["state"], "withdrawn");
        assert!(page["signals"].to_string().contains("Watchlist hit") && !page["signals"].to_string().contains("All checks passed"));
        let html = analyst.get(&format!("/inquiries/{id}")).await.text();
        assert!(html.contains("Watchlist (of the account)"), "{html}");
        let refused = desk.decide(&analyst, &id, "approve", "checks-passed", "").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        let made = desk.decide(&analyst, &id, "approve", "other", "Another person").await.json();
        assert_eq!((&made["state"], made["wanted_by"].to_string().contains("Hit")), (&json!("awaiting_countersign"), true), "{made}");
        let file = analyst.get(&format!("/inquiries/{id}/case-file?purpose=audit&format=json")).await.text();
        assert!(file.contains("Kim Jong Un") || file.contains("of the account"), "{file}");
    }

    async fn a_hit_that_was_there_before_the_inquiry_counts_as_well(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (id, account) = green(&desk, &analyst).await;
        // No event reports it: the desk finds it together with the inquiry.
        let hit = screened(&desk, &account, "Kim Jong Un").await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let wanted: countersign::domain::id::InquiryId = id.parse().unwrap();
        let at = desk.app.now();
        desk.app.write(move |tx| Box::pin(async move { Ok(countersign::server::db::inquiry::backlog::want_evidence(tx, &wanted, at).await?) })).await.unwrap();
        desk.settle().await;
        assert!(signals(&desk, &analyst, &id).await.contains("Watchlist hit"));
        // A hit that is dismissed at Persona is dismissed here.
        desk.persona("POST", &format!("/reports/{hit}/dismiss"), json!({"data": {"attributes": {"reason": "false positive"}}})).await;
        heard(&desk).await;
        let signals = signals(&desk, &analyst, &id).await;
        assert!(!signals.contains("\"Watchlist hit\""), "{signals}");
    }

    async fn an_account_whose_reports_cannot_be_read_is_not_green(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        rule(&admin, "approve").await;
        let (id, _) = green(&desk, &analyst).await;
        desk.fault(json!({"match": "/reports", "kind": "status", "status": 403, "times": 0})).await;
        let wanted: countersign::domain::id::InquiryId = id.parse().unwrap();
        let at = desk.app.now();
        desk.app.write(move |tx| Box::pin(async move { Ok(countersign::server::db::inquiry::backlog::want_evidence(tx, &wanted, at).await?) })).await.unwrap();
        desk.settle().await;
        assert!(signals(&desk, &analyst, &id).await.contains("Reports of the account not read"), "{}", signals(&desk, &analyst, &id).await);
        let made = desk.decide(&analyst, &id, "approve", "other", "Nothing is known against them").await.json();
        assert!(made["wanted_by"][0].as_str().is_some_and(|rule| rule.starts_with("Hit (")), "{made}");
    }

    async fn a_case_is_not_what_it_was_when_a_hit_comes_to_what_it_holds(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        rule(&admin, "set-status").await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let (case, inquiry, account) = clean_case(&desk, &analyst).await;
        let (status, made) = set(&analyst, &case).await;
        let page = analyst.call("case", json!({"id": case})).await.json();
        assert_eq!((status, &made["wanted_by"]), (StatusCode::OK, &json!([])), "{made} {page}");
        screened(&desk, &account, "Kim Jong Un").await;
        heard(&desk).await;
        desk.clock.advance(Duration::from_secs(11));
        desk.settle().await;
        let status_sent = |effects: Vec<Value>| effects.iter().filter(|one| one["action"] == "set-status").count();
        assert_eq!(status_sent(desk.effects(&case).await), 0, "set before, and not sent");
        let page = analyst.call("case", json!({"id": case})).await.json();
        assert_eq!(page["decisions"][0]["state"], "withdrawn");
        assert!(page["forecast"].to_string().contains("Hit"), "{}", page["forecast"]);
        assert!(analyst.get(&format!("/cases/{case}")).await.text().contains("Watchlist (of the account)"));
        let (status, made) = set(&analyst, &case).await;
        assert_eq!((status, &made["state"], &made["wanted_by"]), (StatusCode::OK, &json!("awaiting_countersign"), &json!(["Hit"])), "{made}");
        // The evidence has changed since, so the countersignature is refused with that reason.
        desk.persona("PATCH", &format!("/inquiries/{inquiry}"), json!({"data": {"attributes": {"fields": {"address-country-code": "KP"}}}})).await;
        jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        let second = desk.second_analyst().await;
        let version = second.call("case", json!({"id": case})).await.json()["version"].to_string();
        let id = made["id"].as_str().unwrap();
        let reply = second.submit("countersign", &[("decision", id), ("version", &version), ("said", "countersign"), ("why", "")]).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text());
        assert!(reply.text().contains("MadeOnOther") || reply.text().contains("made-on-other"), "{}", reply.text());
    }

    async fn a_report_in_a_case_that_runs_again_is_read_again(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        rule(&admin, "set-status").await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let (case, inquiry, _) = clean_case(&desk, &analyst).await;
        let reports = desk.inquiry(&analyst, &inquiry).await["evidence"]["reports"].clone();
        let report = reports[0]["id"].as_str().unwrap();
        desk.persona("POST", &format!("/cases/{case}/add-objects"), json!({"meta": {"object-ids": [report]}})).await;
        // Persona has no event for it; the list shows it.
        jobs::sync::run(&desk.app).await.unwrap();
        heard(&desk).await;
        let seen = analyst.call("case", json!({"id": case})).await.json();
        assert!(!seen["case"]["evidence"].is_null());
        assert_eq!(set(&analyst, &case).await.0, StatusCode::OK);
        // The report is read again after it has run again; until then no one can decide.
        let again = desk.persona("POST", &format!("/reports/{report}/run"), Value::Null).await;
        let at = &again["data"]["attributes"]["completed-at"];
        let event = json!({"data": {"type": "event", "id": "evt_again", "attributes": {"name": "report/watchlist.ready",
            "created-at": at, "payload": {"data": again["data"]}}}});
        assert_eq!(desk.signed_webhook(event.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        desk.clock.advance(Duration::from_secs(11));
        jobs::deliver::run(&desk.app).await.unwrap();
        assert!(!desk.effects(&case).await.iter().any(|one| one["action"] == "set-status"), "not before it is read");
    }

    async fn a_case_that_was_not_read_is_not_set(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        desk.fault(json!({"match": "/cases/", "kind": "status", "status": 500, "times": 0})).await;
        let (inquiry, account) = green(&desk, &analyst).await;
        let list = analyst.call("cases", json!({"filter": {"status": "all"}})).await.json();
        let first = list["page"]["rows"][0]["id"].as_str().unwrap();
        desk.no_faults().await;
        let template = desk.persona("GET", &format!("/cases/{first}"), Value::Null).await;
        desk.fault(json!({"match": "/cases/", "kind": "status", "status": 500, "times": 0})).await;
        let template = &template["data"]["relationships"]["case-template"]["data"]["id"];
        let made = json!({"data": {"attributes": {"case-template-id": template}}, "meta": {"object-ids": [inquiry, account]}});
        let case = desk.persona("POST", "/cases", made).await["data"]["id"].as_str().unwrap().to_owned();
        heard(&desk).await;
        let page = analyst.call("case", json!({"id": case})).await.json();
        assert!(page["forecast"].to_string().contains("Unread") || page["forecast"].to_string().contains("unread"), "said in advance: {}", page["forecast"]);
        let (status, said) = set(&analyst, &case).await;
        assert_eq!(status, StatusCode::CONFLICT, "{said}");
        desk.no_faults().await;
        desk.clock.advance(Duration::from_secs(600));
        desk.settle().await;
        assert_eq!(set(&analyst, &case).await.0, StatusCode::OK);
    }

    async fn a_webhook_that_leaves_relations_out_is_asked_about(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (id, account) = green(&desk, &analyst).await;
        let hit = screened(&desk, &account, "Kim Jong Un").await;
        let whole = desk.persona("GET", &format!("/reports/{hit}"), Value::Null).await["data"].clone();
        bare(&desk, whole).await;
        // At first Persona does not answer.
        desk.fault(json!({"match": format!("/reports/{hit}"), "kind": "status", "status": 503, "times": 1})).await;
        for _ in 0..3 {
            desk.clock.advance(Duration::from_secs(20));
            desk.settle().await;
        }
        assert!(signals(&desk, &analyst, &id).await.contains("Watchlist hit"));
    }

    async fn a_decision_waits_while_nobody_knows_what_a_part_belongs_to(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (id, account) = green(&desk, &analyst).await;
        let hit = screened(&desk, &account, "Kim Jong Un").await;
        let whole = desk.persona("GET", &format!("/reports/{hit}"), Value::Null).await["data"].clone();
        desk.fault(json!({"match": format!("/reports/{hit}"), "kind": "status", "status": 500, "times": 0})).await;
        bare(&desk, whole).await;
        let made = desk.decide(&analyst, &id, "approve", "checks-passed", "").await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text());
        desk.settle().await;
        desk.clock.advance(Duration::from_secs(5));
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty(), "not sent before it is known");
        desk.no_faults().await;
        for _ in 0..3 {
            desk.clock.advance(Duration::from_secs(40));
            desk.settle().await;
        }
        assert!(signals(&desk, &analyst, &id).await.contains("Watchlist hit"));
        assert!(desk.effects(&id).await.is_empty(), "and given back with what is known now");
    }

    async fn a_decision_does_not_wait_for_parts_that_come_long_after_it(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (id, _) = green(&desk, &analyst).await;
        let insert = "INSERT INTO unplaced_parts (part_id, kind, wanted_at) VALUES ('rep_later', 'report', '2099-01-01T00:00:00.000000Z')";
        desk.by_hand(insert, insert).await;
        assert_eq!(desk.decide(&analyst, &id, "approve", "checks-passed", "").await.status, StatusCode::OK);
        desk.settle().await;
        assert_eq!(desk.effects(&id).await.len(), 1);
    }

    async fn a_case_knows_of_hits_on_the_accounts_of_its_inquiries(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        rule(&admin, "set-status").await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let (inquiry, account) = green(&desk, &analyst).await;
        assert_eq!(desk.decide(&analyst, &inquiry, "approve", "checks-passed", "").await.status, StatusCode::OK);
        desk.settle().await;
        let case = case_of(&desk, &analyst, json!([inquiry])).await;
        screened(&desk, &account, "Kim Jong Un").await;
        heard(&desk).await;
        let page = analyst.call("case", json!({"id": case})).await.json();
        assert!(page["forecast"].to_string().contains("Hit"), "{}", page["forecast"]);
        let (status, made) = set(&analyst, &case).await;
        assert_eq!((status, &made["wanted_by"]), (StatusCode::OK, &json!(["Hit"])), "{made}");
    }

    async fn a_search_for_somebody_else_screens_nobody_in_a_case(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        rule(&admin, "set-status").await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let (_, account) = green(&desk, &analyst).await;
        screened(&desk, &account, "Qqwx Zzyv").await;
        let case = case_of(&desk, &analyst, json!([account])).await;
        let (status, made) = set(&analyst, &case).await;
        assert_eq!(status, StatusCode::OK, "{made}");
        assert!(made["wanted_by"][0].as_str().is_some_and(|rule| rule.starts_with("Hit (")), "{made}");
    }

    async fn an_approved_customer_with_a_hit_on_the_account_is_no_longer_green(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let (id, account) = green(&desk, &analyst).await;
        assert_eq!(desk.decide(&analyst, &id, "approve", "checks-passed", "").await.status, StatusCode::OK);
        desk.settle().await;
        screened(&desk, &account, "Kim Jong Un").await;
        heard(&desk).await;
        desk.clock.advance(Duration::from_secs(2));
        desk.settle().await;
        let signals = signals(&desk, &analyst, &id).await;
        assert!(signals.contains("Watchlist hit") && !signals.contains("All checks passed"), "{signals}");
        assert!(analyst.get(&format!("/inquiries/{id}")).await.text().contains("Watchlist (of the account)"));
    }

    async fn a_decision_waits_for_events_that_were_received(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (id, account) = green(&desk, &analyst).await;
        let hit = screened(&desk, &account, "Kim Jong Un").await;
        let body = desk.persona("GET", &format!("/reports/{hit}"), Value::Null).await["data"].clone();
        let made = desk.decide(&analyst, &id, "approve", "checks-passed", "").await;
        assert_eq!(made.status, StatusCode::OK);
        let event = json!({"data": {"type": "event", "id": "evt_waits", "attributes": {"name": "report/watchlist.matched",
            "created-at": body["attributes"]["completed-at"], "payload": {"data": body}}}});
        assert_eq!(desk.signed_webhook(event.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
        jobs::deliver::run(&desk.app).await.unwrap();
        assert!(desk.effects(&id).await.is_empty(), "received, and not applied");
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        desk.clock.advance(Duration::from_secs(3));
        desk.settle().await;
        desk.clock.advance(Duration::from_secs(3));
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty());
        assert_eq!(desk.inquiry(&analyst, &id).await["decisions"][0]["state"], "withdrawn");
    }

    async fn merging_accounts_makes_nobody_clean(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let (id, account) = green(&desk, &analyst).await;
        let pages = desk.queue(&analyst, "needs_review").await;
        let mut other = None;
        for one in pages.into_iter().filter(|one| *one != id) {
            let of = desk.inquiry(&analyst, &one).await["inquiry"]["account_id"].as_str().unwrap().to_owned();
            if of != account {
                other = Some((one, of));
                break;
            }
        }
        let (declined, merged) = other.unwrap();
        assert_eq!(desk.decide(&analyst, &declined, "decline", "document-not-genuine", "Forged").await.status, StatusCode::OK);
        desk.settle().await;
        desk.persona("POST", &format!("/accounts/{account}/consolidate"), json!({"meta": {"source-account-ids": [merged]}})).await;
        heard(&desk).await;
        assert_eq!(desk.inquiry(&analyst, &declined).await["inquiry"]["account_id"], *account, "it is of the other account now");
        let mut conn = desk.app.read().await.unwrap();
        let near = countersign::server::db::relation::near(&mut conn, &account.parse().unwrap(), None).await.unwrap();
        assert!(near.declined > 0);
    }

    async fn merging_accounts_makes_nobody_clean_while_what_moved_cannot_be_read(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let (id, account) = green(&desk, &analyst).await;
        let mut declined = Vec::new();
        for one in desk.queue(&analyst, "needs_review").await.into_iter().filter(|one| *one != id) {
            let of = desk.inquiry(&analyst, &one).await["inquiry"]["account_id"].as_str().unwrap().to_owned();
            let alone = {
                let mut conn = desk.app.read().await.unwrap();
                let of = of.parse().unwrap();
                countersign::server::db::relation::reach(&mut conn, &of, 2).await.unwrap().len() == 1
            };
            if alone && of != account && declined.iter().all(|(_, known)| *known != of) && declined.len() < 2 {
                assert_eq!(desk.decide(&analyst, &one, "decline", "document-not-genuine", "Forged").await.status, StatusCode::OK);
                declined.push((one, of));
            }
        }
        desk.settle().await;
        let near = async || {
            let mut conn = desk.app.read().await.unwrap();
            countersign::server::db::relation::near(&mut conn, &account.parse().unwrap(), None).await.unwrap()
        };
        let before = near().await;
        assert_eq!((before.declined, before.merged), (0, 0), "{before:?}");
        // First no inquiry and no list of inquiries can be read, then only the moved inquiry.
        for (nth, (inquiry, merged)) in declined.iter().enumerate() {
            let unreadable = if nth == 0 { "/inquiries" } else { inquiry };
            desk.fault(json!({"kind": "status", "status": 500, "match": unreadable, "times": 0})).await;
            let body = json!({"meta": {"source-account-ids": [merged]}});
            desk.persona("POST", &format!("/accounts/{account}/consolidate"), body).await;
            heard(&desk).await;
            let after = near().await;
            if nth == 0 {
                assert_eq!((after.declined, after.merged), (0, 1), "{after:?}");
                let reply = desk.decide(&analyst, &id, "approve", "checks-passed", "").await;
                assert_eq!((reply.status, reply.text().as_str()), (StatusCode::CONFLICT, r#"{"Refused":"Changing"}"#));
            } else {
                assert_eq!(after.merged, 0, "{after:?}");
                assert_eq!(desk.inquiry(&analyst, inquiry).await["inquiry"]["account_id"], *account);
            }
            desk.no_faults().await;
            desk.clock.advance(Duration::from_secs(120));
            desk.settle().await;
            let after = near().await;
            assert_eq!((after.declined, after.merged), (1, 0), "{after:?}");
        }
    }

    async fn an_account_that_was_taken_in_is_declined_until_its_inquiries_have_moved(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let (id, account) = green(&desk, &analyst).await;
        let waiting = desk.queue(&analyst, "needs_review").await;
        let declined = waiting.into_iter().find(|one| *one != id).unwrap();
        let merged = desk.inquiry(&analyst, &declined).await["inquiry"]["account_id"].as_str().unwrap().to_owned();
        assert_eq!(desk.decide(&analyst, &declined, "decline", "document-not-genuine", "Forged").await.status, StatusCode::OK);
        desk.settle().await;
        let moving = async || {
            let mut conn = desk.app.read().await.unwrap();
            countersign::server::db::relation::near(&mut conn, &account.parse().unwrap(), None).await.unwrap().moving
        };
        assert_eq!(moving().await, 0);
        // The event of the other account is lost, and Persona moves the inquiry later.
        let object = desk.persona("GET", &format!("/accounts/{merged}"), Value::Null).await["data"].clone();
        let event = json!({"data": {"type": "event", "id": "evt_taken_in", "attributes": {"name": "account.consolidated",
            "created-at": desk.app.now().to_millis_text(), "payload": {"data": object}}}});
        assert_eq!(desk.signed_webhook(event.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
        for seconds in [2, 20, 60] {
            desk.clock.advance(Duration::from_secs(seconds));
            desk.settle().await;
            assert_eq!(moving().await, 1, "after {seconds} s more");
        }
        let body = json!({"meta": {"source-account-ids": [merged]}});
        desk.persona("POST", &format!("/accounts/{account}/consolidate"), body).await;
        for _ in 0..4 {
            desk.clock.advance(Duration::from_secs(120));
            desk.settle().await;
        }
        assert_eq!(moving().await, 0);
        assert_eq!(desk.inquiry(&analyst, &declined).await["inquiry"]["account_id"], *account);
    }
}

world_flow! {
    async fn a_part_that_cannot_be_read_by_itself_is_read_with_what_holds_it(on: On) {
        for status in [404, 403, 422] {
            let whole = case("world-inverted.json");
            let mut world = World::of(&whole);
            world.answer("/reports/rep_wl", status, "{}");
            let (desk, world) = world.watched(on).await;
            let mut desk = desk.filled().await;
            let analyst = desk.analyst().await;
            assert!(!signals(&desk, &analyst, "inq_good").await.contains("Watchlist hit"));
            let mut hit = whole["objects"]["rep_wl"].clone();
            hit["attributes"]["has-match"] = json!(true);
            world.put(hit.clone());
            bare(&desk, hit).await;
            for _ in 0..2 {
                desk.clock.advance(Duration::from_secs(3));
                desk.settle().await;
            }
            let after = signals(&desk, &analyst, "inq_good").await;
            assert!(after.contains("Watchlist hit"), "{status}: {after}");
        }
    }
}

world_flow! {
    async fn a_hit_in_one_inquiry_is_one_of_the_others_of_its_account(on: On) {
        let mut whole = case("world-inverted.json");
        let account = json!({"data": {"type": "account", "id": "act_shared"}});
        whole["objects"]["inq_good"]["relationships"]["account"] = account.clone();
        let mut world = World::of(&whole);
        world.add(json!({"type": "account", "id": "act_shared", "attributes": {"created-at": "2026-11-20T09:00:00.000Z"}, "relationships": {}}));
        for (id, hit, inquiry) in [("rep_of_other", true, "inq_other"), ("rep_clean", false, "inq_other")] {
            world.add(json!({"type": "report/watchlist", "id": id, "attributes": {"status": "ready", "has-match": hit, "term": "Mara Vos",
                "created-at": "2026-11-28T09:31:00.000Z", "completed-at": "2026-11-28T09:31:05.000Z",
                "matched-lists": if hit { json!([{"name": "US - OFAC - SDN", "list-type": "sanction", "entities": [{"name": "OTHER HIT"}]}]) } else { json!([]) }},
                "relationships": {"inquiry": {"data": {"type": "inquiry", "id": inquiry}}, "account": account}}));
        }
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        let page = desk.inquiry(&analyst, "inq_good").await;
        assert!(page["signals"].to_string().contains("Watchlist hit"), "{}", page["signals"]);
        let html = analyst.get("/inquiries/inq_good").await.text();
        assert!(html.contains("of the inquiry inq_other of the same account") && html.contains("OTHER HIT"), "{html}");
        let reports = page["evidence"]["reports"].to_string();
        assert!(!reports.contains("rep_clean"), "what found nobody there says nothing here");
    }
    async fn a_country_of_what_a_case_holds_itself_is_one_of_the_case(on: On) {
        let objects = [
            verified("ver_kp", "government-id", "passed", json!("KP")),
            verified("ver_us", "government-id", "passed", json!("US")),
            json!({"type": "account", "id": "act_kp", "attributes": {"created-at": "2026-11-20T09:00:00.000Z",
                "fields": {"nationality": {"type": "string", "value": "KP"}}}, "relationships": {}}),
        ];
        let cases = [
            ("case_clean", json!({})),
            ("case_us", json!({"verifications": [["verification/government-id", "ver_us"]]})),
            ("case_document", json!({"verifications": [["verification/government-id", "ver_kp"]]})),
            ("case_account", json!({"accounts": [["account", "act_kp"]]})),
        ];
        // One at a time, because what one case found counts for the others that hold the same inquiry.
        for (case, asked) in cases.iter().zip([json!([]), json!([]), json!(["Country"]), json!(["Country"])]) {
            let (_desk, analyst, _) = deciding_by_cases(on, &objects, std::slice::from_ref(case)).await;
            assert_eq!(wanted(&analyst, case.0).await, asked, "{}", case.0);
        }
        let (_desk, analyst, _) = deciding_by_cases(on, &objects, &cases).await;
        assert_eq!(wanted(&analyst, "case_clean").await, json!(["Country"]), "the others are asked about for what they hold besides");
    }

    async fn a_verification_of_a_case_without_an_understood_end_is_not_one_that_passed(on: On) {
        let objects = [
            verified("ver_again", "selfie", "requires_retry", Value::Null),
            verified("ver_odd", "selfie", "sleeping", Value::Null),
            verified("ver_failed", "selfie", "failed", Value::Null),
        ];
        let holds = |id| json!({"verifications": [["verification/selfie", id]]});
        let cases = [("case_again", holds("ver_again")), ("case_odd", holds("ver_odd")), ("case_failed", holds("ver_failed"))];
        let not_known = json!(["Failed (checks not finished or not understood)"]);
        for (case, asked) in cases.iter().zip([not_known.clone(), not_known, json!(["Failed"])]) {
            let (_desk, analyst, _) = deciding_by_cases(on, &objects, std::slice::from_ref(case)).await;
            assert_eq!(wanted(&analyst, case.0).await, asked, "{}", case.0);
        }
    }

    async fn a_hit_that_a_case_holds_itself_is_a_signal_of_the_case(on: On) {
        let objects = [searched("rep_hit", "Mara Good", true), searched("rep_clean", "Mara Good", false)];
        let holds = |id| json!({"reports": [["report/watchlist", id]]});
        let cases = [("case_hit", holds("rep_hit")), ("case_clean", holds("rep_clean"))];
        let (_desk, analyst, _) = deciding_by_cases(on, &objects, &cases).await;
        assert_eq!(wanted(&analyst, "case_hit").await, json!(["Signal"]));
        assert_eq!(wanted(&analyst, "case_clean").await, json!([]));
    }

    async fn what_of_a_case_is_not_read_may_be_anything(on: On) {
        let cases = [("case_gap", json!({"verifications": [["verification/selfie", "ver_gone"]]}))];
        let (_desk, analyst, _) = deciding_by_cases(on, &[], &cases).await;
        let not_known = json!(["Signal (evidence not finished)", "Failed (checks not finished or not understood)", "Country (country not known)"]);
        assert_eq!(wanted(&analyst, "case_gap").await, not_known);
    }

    async fn a_rule_on_a_template_is_one_on_cases_that_hold_an_inquiry_of_it(on: On) {
        let template = json!({"type": "inquiry-template", "id": "itmpl_p8ANAJy9iqadm2buF2xcVgqH", "attributes": {"name": "KYC"}});
        let cases = [("case_clean", json!({})), ("case_none", json!({"inquiries": []}))];
        let (_desk, analyst, admin) = deciding_by_cases(on, &[template], &cases).await;
        rule_on(&admin, "Template", "set-status", ("template", "itmpl_p8ANAJy9iqadm2buF2xcVgqH")).await;
        assert_eq!(wanted(&analyst, "case_clean").await, json!(["Template"]));
        let none = wanted(&analyst, "case_none").await;
        assert!(none.to_string().contains("Template (inquiry template not known)"), "{none}");
    }

    async fn a_report_of_the_case_itself_about_somebody_else_screens_nobody(on: On) {
        let objects = [searched("rep_else", "Qqwx Zzyv", false), searched("rep_own", "Mara Good", false)];
        let holds = |id| json!({"reports": [["report/watchlist", id]]});
        let cases = [("case_else", holds("rep_else")), ("case_own", holds("rep_own"))];
        let (_desk, analyst, admin) = deciding_by_cases(on, &objects, &cases).await;
        rule(&admin, "set-status").await;
        assert_eq!(wanted(&analyst, "case_own").await, json!([]));
        let asked = wanted(&analyst, "case_else").await;
        assert!(asked.to_string().contains("Hit (no screening, or not finished, or not assessed)"), "{asked}");
        let page = analyst.call("case", json!({"id": "case_else"})).await.json();
        assert!(page["case"]["evidence"]["reports"].to_string().contains("other_name"), "{}", page["case"]["evidence"]);
    }
}
