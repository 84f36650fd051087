//! Cases from monitoring, a key that may not read everything, and hits that are found after an approval.
use std::time::Duration;

use axum::http::StatusCode;
use countersign::server::jobs;
use serde_json::{Value, json};

use crate::desk::{Desk, On, Visitor};
use crate::standin::{World, case};
use crate::world_flow;

const FORBIDDEN: &str = r#"{"errors":[{"title":"Forbidden","details":"API key is missing permission: case.read"}]}"#;

async fn text(by: &Visitor, path: &str) -> String {
    let reply = by.get(path).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}");
    reply.text()
}

/// Ids that the view "Hits after approval" shows.
async fn later(by: &Visitor) -> Vec<String> {
    let page = by.call("queue", json!({"filter": {"status": "all", "tag": "later hit"}})).await.json();
    page["page"]["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn forbidding() -> World {
    let mut world = World::of(&case("world-forbidden-and-later-hit.json"));
    world.answer("/cases", 403, FORBIDDEN);
    world
}

/// A report on an account, found by monitoring.
fn on_account(id: &str, account: &str, hit: bool) -> Value {
    json!({"type": "report/watchlist", "id": id, "attributes": {"status": "ready", "has-match": hit,
        "created-at": "2026-11-28T09:31:00.000Z", "completed-at": "2026-11-29T01:00:00.000Z",
        "matched-lists": if hit { json!([{"name": "US - OFAC - SDN", "list-type": "sanction", "entities": [{"name": "LATER HIT"}]}]) } else { json!([]) }},
        "relationships": {"inquiry": {"data": null}, "account": {"data": {"type": "account", "id": account}}}})
}

/// Evidence that no reviewer waits for is read a moment later.
async fn history(desk: &Desk) {
    desk.clock.advance(Duration::from_secs(30));
    desk.settle().await;
}

async fn event(desk: &Desk, id: &str, name: &str, object: &Value) {
    let body = json!({"data": {"type": "event", "id": id, "attributes": {"name": name, "created-at": "2026-11-29T01:00:05.000Z",
        "payload": {"data": object}}}});
    assert_eq!(desk.signed_webhook(body.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
    desk.settle().await;
    history(desk).await;
}

world_flow! {
    async fn what_a_check_of_a_case_compared_is_hidden(on: On) {
        let mut world = case("world-case.json");
        let mut checks = 0;
        for object in world["objects"].as_object_mut().unwrap().values_mut() {
            for check in object["attributes"]["checks"].as_array_mut().into_iter().flatten() {
                check["metadata"] = json!({"identification-number": "X99887766", "birthdate": "1995-09-08"});
                checks += 1;
            }
        }
        assert!(checks > 0);
        let mut desk = World::of(&world).desk(on).await;
        let analyst = desk.analyst().await;
        let page = analyst.call("case", json!({"id": "case_monitor"})).await;
        let evidence = page.json()["case"]["evidence"]["verifications"].to_string();
        assert!(evidence.contains("••••7766"), "the checks are there: {evidence}");
        for read in [page.text(), text(&analyst, "/cases/case_monitor").await] {
            assert!(!read.contains("X99887766") && !read.contains("1995-09-08"), "told without a purpose");
        }
    }

    async fn a_case_of_monitoring_shows_what_it_holds(on: On) {
        let mut desk = World::of(&case("world-case.json")).desk(on).await;
        let analyst = desk.analyst().await;
        let html = text(&analyst, "/cases/case_monitor").await;
        for wanted in ["US - OFAC - Specially Designated Nationals", "https://sanctionssearch.ofac.treas.gov/", "Jonathan Doe",
            "OFAC - Specially Designated Nationals (SDN) List", "Escalated by monitoring: see OFAC list", "Acme Trading Ltd",
            "Database", "Name last", "letter.pdf", "txn_1"] {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        assert!(!html.contains("belongs to no inquiry") && !html.contains("0 matches") && !html.contains("Not read"));
        // Personal values of a verification are masked as on an inquiry.
        assert!(!html.contains("1995-09-08"));
        // The case is read once, and not again while it does not change.
        jobs::sync::run(&desk.app).await.unwrap();
        assert_eq!(jobs::case::run(&desk.app).await.unwrap(), 0);
    }

    async fn the_account_that_comes_along_with_a_case_is_known(on: On) {
        let mut world = World::of(&case("world-case.json"));
        world.answer("/accounts", 200, r#"{"data":[],"links":{}}"#);
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        let html = text(&analyst, "/cases/case_monitor").await;
        assert!(html.contains("Acme Trading Ltd") && !html.contains("ot known here"), "{html}");
        assert!(text(&analyst, "/accounts/act_biz").await.contains("biz-1"));
    }

    async fn a_case_with_many_accounts_does_not_hold_up_the_others(on: On) {
        let mut world = World::default();
        let account = |n: usize| json!({"type": "account", "id": format!("act_many{n:02}")});
        for n in 0..90 {
            let mut whole = account(n);
            whole["attributes"] = json!({"created-at": "2026-11-28T09:00:00.000Z", "fields": {}});
            world.add(whole);
            world.add(json!({"type": "report/watchlist", "id": format!("rep_many{n:02}"), "attributes": {"status": "ready", "has-match": false,
                "term": "Anna", "created-at": "2026-11-28T09:31:00.000Z"},
                "relationships": {"inquiry": {"data": null}, "account": {"data": account(n)}}}));
        }
        // The first by id comes first, because both are wanted from the same moment.
        for (id, accounts) in [("case_1many", 0..90), ("case_2small", 0..1)] {
            world.add(json!({"type": "case", "id": id, "attributes": {"status": "Open", "name": id, "created-at": "2026-11-28T09:00:00.000Z"},
                "relationships": {"accounts": {"data": accounts.map(account).collect::<Vec<_>>()}, "inquiries": {"data": []},
                    "reports": {"data": []}}}));
        }
        let (desk, world) = world.watched(on).await;
        let desk = desk.filled().await;
        let before = world.asked_before("/reports", "/cases/case_2small");
        assert!((1..=10).contains(&before), "{before} calls for the other case first");
        for (id, wanted) in [("case_1many", 90), ("case_2small", 1)] {
            let mut conn = desk.app.read().await.unwrap();
            let row = countersign::server::db::case::by_id(&mut conn, &id.parse().unwrap()).await.unwrap().unwrap();
            assert_eq!(row.case.evidence.map(|evidence| evidence.reports.len()), Some(wanted), "{id}");
        }
        // Each account is read once for each case: the position in the list was stored.
        assert_eq!(world.asked("/cases/case_1many"), 1);
        assert_eq!(world.asked("/reports"), 91);
    }

    async fn what_of_a_case_does_not_come_is_named(on: On) {
        let whole = case("world-case.json");
        let mut world = World::of(&whole);
        let mut data = whole["objects"]["case_monitor"].clone();
        data["relationships"]["reports"]["data"].as_array_mut().unwrap().push(json!({"type": "report/watchlist", "id": "rep_gone"}));
        let included = json!([whole["objects"]["rep_bw"], {"type": "verification/database", "id": "ver_case", "attributes": null}]);
        world.answer("/cases/case_monitor", 200, json!({"data": data, "included": included}).to_string());
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        let html = text(&analyst, "/cases/case_monitor").await;
        assert!(html.contains("US - OFAC - Specially Designated Nationals"));
        assert!(html.contains("ver_case") && html.contains("not understood (no attributes)"), "{html}");
        assert!(html.contains("rep_gone") && html.contains("did not return it"), "{html}");
        // A webhook names the related objects without their contents, so what was read before remains.
        let mut named = data.clone();
        named["attributes"]["updated-at"] = "2026-11-28T11:00:00.000Z".into();
        event(&desk, "evt_case", "case.updated", &named).await;
        assert!(text(&analyst, "/cases/case_monitor").await.contains("US - OFAC - Specially Designated Nationals"));
    }

    async fn a_key_without_one_permission_reads_all_else(on: On) {
        let (desk, world) = forbidding().watched(on).await;
        let mut desk = desk.filled().await;
        let admin = desk.admin().await;
        let html = text(&admin, "/admin/persona").await;
        assert!(html.contains("Persona refuses some of the desk’s requests") && !html.contains("Persona does not answer"), "{html}");
        assert!(html.contains("not permitted for this key (Forbidden: API key is missing permission: case.read)"), "{html}");
        let analyst = desk.analyst().await;
        // The data after the forbidden list was read.
        assert!(text(&analyst, "/inquiries/inq_appr").await.contains("Later Hit"));
        let html = text(&analyst, "/cases").await;
        assert!(html.contains("not permitted for this key") && html.contains("case.read") && html.contains("Cases were not read"), "{html}");
        assert!(!html.contains("Persona does not answer"));
        // The list is not requested again before it is due.
        let asked = world.asked("/cases");
        for _ in 0..3 {
            assert_eq!(jobs::sync::due(&desk.app).await.unwrap(), 0);
        }
        assert_eq!(world.asked("/cases"), asked);
        assert_eq!(desk.inquiry(&analyst, "inq_appr").await["persona_down"], false);
    }

    async fn a_key_that_may_not_read_events_is_said_so(on: On) {
        let mut world = World::default();
        world.answer("/events", 403, FORBIDDEN.replace("case.read", "event.read"));
        let mut desk = world.desk(on).await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let admin = desk.admin().await;
        let html = text(&admin, "/admin/persona").await;
        assert!(html.contains("The list is not permitted for this key") && html.contains("event.read"), "{html}");
        assert!(!html.contains("still being read for the first time") && !html.contains("Persona does not answer"), "{html}");
    }

    async fn a_hit_after_the_approval_is_work_that_somebody_sees(on: On) {
        // Read as of the approval, before the hit.
        let whole = case("world-forbidden-and-later-hit.json");
        let mut before = whole.clone();
        before["objects"]["rep_later"]["attributes"]["has-match"] = false.into();
        before["objects"]["rep_later"]["attributes"]["matched-lists"] = json!([]);
        before["objects"]["rep_later"]["attributes"]["completed-at"] = "2026-11-28T09:40:00.000Z".into();
        let mut desk = World::of(&before).desk(on).await;
        history(&desk).await;
        let analyst = desk.analyst().await;
        assert!(desk.inquiry(&analyst, "inq_appr").await["evidence"]["reports"].as_array().is_some_and(|all| all.len() == 1));
        assert_eq!(later(&analyst).await, [] as [String; 0]);
        assert!(desk.entries("monitoring.hit", "inq_appr").await.is_empty());
        // The same customer with the hit, read for the first time; the report finished after the decision.
        let mut desk = World::of(&whole).desk(on).await;
        history(&desk).await;
        let analyst = desk.analyst().await;
        assert_eq!(later(&analyst).await, ["inq_appr"]);
        let entries = desk.entries("monitoring.hit", "inq_appr").await;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].fact("report").as_deref(), Some("rep_later"));
        let html = text(&analyst, "/queue").await;
        assert!(html.contains("Hits after approval"), "a view of its own beside the queue");
        // Read again with the same hit. A reviewer who has dealt with it has removed the tag, and it does not return.
        let reply = analyst.call("queue-act", json!({"inquiry": "inq_appr", "act": {"act": "untag", "tag": "later hit"}})).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        event(&desk, "evt_again", "report/watchlist.ready", &whole["objects"]["rep_later"]).await;
        assert_eq!(later(&analyst).await, [] as [String; 0]);
        assert_eq!(desk.entries("monitoring.hit", "inq_appr").await.len(), 1);
    }

    async fn a_hit_on_the_account_itself_marks_who_was_approved(on: On) {
        let whole = case("world-forbidden-and-later-hit.json");
        let mut before = whole.clone();
        before["objects"].as_object_mut().unwrap().remove("rep_later");
        let approved = &mut before["objects"]["inq_appr"]["relationships"];
        approved["reports"] = json!({"data": []});
        approved["account"] = json!({"data": {"type": "account", "id": "act_watched"}});
        let mut world = World::of(&before);
        world.add(json!({"type": "account", "id": "act_watched", "attributes": {"created-at": "2026-11-20T09:00:00.000Z"}, "relationships": {}}));
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        event(&desk, "evt_clean", "report/watchlist.ready", &on_account("rep_clean", "act_watched", false)).await;
        assert_eq!(later(&analyst).await, [] as [String; 0]);
        event(&desk, "evt_hit", "report/watchlist.matched", &on_account("rep_hit", "act_watched", true)).await;
        assert_eq!(later(&analyst).await, ["inq_appr"]);
        assert_eq!(desk.entries("monitoring.hit", "inq_appr").await.len(), 1);
        assert_eq!(desk.entries("monitoring.hit", "act_watched").await.len(), 1);
    }
}
