//! Data that Persona has redacted is removed here too, wherever it was stored.
use std::time::Duration;

use axum::http::StatusCode;
use countersign::server::db;
use serde_json::{Value, json};

use crate::desk::{Desk, On};
use crate::standin::{World, case};
use crate::world_flow;

const CASE: &str = "case_monitor";

async fn event(desk: &Desk, name: &str, object: Value) {
    let id = format!("evt_{}_{}", name.replace(['.', '/', '-'], "_"), object["id"].as_str().unwrap());
    let body = json!({"data": {"type": "event", "id": id, "attributes": {"name": name,
        "created-at": desk.app.now().to_millis_text(), "payload": {"data": object}}}});
    assert_eq!(desk.signed_webhook(body.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
    countersign::server::jobs::apply_webhooks::run(&desk.app).await.unwrap();
}

async fn later(desk: &Desk) {
    desk.clock.advance(Duration::from_secs(30));
    desk.settle().await;
}

/// The stored case.
async fn kept(desk: &Desk) -> String {
    let mut conn = desk.app.read().await.unwrap();
    let row = db::case::by_id(&mut conn, &CASE.parse().unwrap()).await.unwrap().unwrap();
    serde_json::to_string(&row.case).unwrap()
}

async fn inquiry(desk: &Desk, id: &str) -> String {
    let mut conn = desk.app.read().await.unwrap();
    let row = db::inquiry::by_id(&mut conn, &id.parse().unwrap()).await.unwrap().unwrap();
    serde_json::to_string(&row.evidence).unwrap()
}

/// A case from monitoring, and two inquiries of its account. The first has a hit, which the second shows as well.
fn world() -> World {
    let mut world = World::of(&case("world-case.json"));
    for id in ["inq_first", "inq_second"] {
        let reports = match id {
            "inq_first" => json!([{"type": "report/watchlist", "id": "rep_first"}]),
            _ => json!([]),
        };
        world.add(json!({"type": "inquiry", "id": id, "attributes": {"status": "needs_review", "created-at": "2026-11-20T09:00:00.000Z"},
            "relationships": {"account": {"data": {"type": "account", "id": "act_biz"}}, "reports": {"data": reports}}}));
    }
    world.add(json!({"type": "report/watchlist", "id": "rep_first", "attributes": {"status": "ready", "has-match": true, "term": "MALLORY FIRST",
        "created-at": "2026-11-20T09:31:00.000Z", "completed-at": "2026-11-20T09:32:00.000Z",
        "matched-lists": [{"name": "US - OFAC - SDN", "list-type": "sanction", "entities": [{"name": "MALLORY LISTED"}]}]},
        "relationships": {"inquiry": {"data": {"type": "inquiry", "id": "inq_first"}}, "account": {"data": {"type": "account", "id": "act_biz"}}}}));
    world
}

async fn account(desk: &Desk) -> String {
    let mut conn = desk.app.read().await.unwrap();
    let (account, _) = db::account::by_id(&mut conn, &"act_biz".parse().unwrap()).await.unwrap().unwrap();
    serde_json::to_string(&account).unwrap()
}

world_flow! {
    async fn a_redacted_part_is_gone_from_the_case_that_holds_it(on: On) {
        let desk = World::of(&case("world-case.json")).desk(on).await;
        let before = kept(&desk).await;
        assert!(before.contains("Specially Designated") && before.contains("1995-09-08"), "{before}");
        event(&desk, "report/business-watchlist.redacted", json!({"type": "report/business-watchlist", "id": "rep_bw"})).await;
        event(&desk, "verification.redacted", json!({"type": "verification/database", "id": "ver_case"})).await;
        for read in ["at once", "and when Persona still gives it out"] {
            let after = kept(&desk).await;
            assert!(!after.contains("us-ofac-sdn") && !after.contains("1995-09-08"), "{read}: {after}");
            assert_eq!(after.matches("redacted-in-persona").count(), 2, "{read}");
            assert!(after.contains("\"has_match\":true"), "how it ended stays");
            later(&desk).await;
        }
    }

    async fn a_hit_that_an_inquiry_shares_with_another_goes_from_both_and_from_the_case(on: On) {
        for name in ["report/watchlist.redacted", "inquiry.redacted", "account.redacted"] {
            let desk = world().desk(on).await;
            assert!(inquiry(&desk, "inq_first").await.contains("MALLORY"), "{name}");
            assert!(inquiry(&desk, "inq_second").await.contains("MALLORY"), "{name}");
            assert!(kept(&desk).await.contains("MALLORY"), "{name}");
            let object = match name {
                // The event names its inquiry; the others are found nevertheless.
                "report/watchlist.redacted" => json!({"type": "report/watchlist", "id": "rep_first",
                    "relationships": {"inquiry": {"data": {"type": "inquiry", "id": "inq_first"}}}}),
                "inquiry.redacted" => json!({"type": "inquiry", "id": "inq_first"}),
                _ => json!({"type": "account", "id": "act_biz"}),
            };
            event(&desk, name, object).await;
            for read in ["at once", "and when it was read again"] {
                for held in [inquiry(&desk, "inq_first").await, inquiry(&desk, "inq_second").await] {
                    assert!(!held.contains("MALLORY"), "{name} {read}: {held}");
                }
                assert!(!kept(&desk).await.contains("MALLORY"), "{name} {read}");
                later(&desk).await;
            }
        }
    }

    async fn a_property_of_an_account_is_gone_and_the_account_read_again(on: On) {
        let mut world = world();
        let gone = json!({"data": {"type": "account", "id": "act_biz", "attributes": {"created-at": "2026-01-01T00:00:00.000Z",
            "updated-at": "2026-01-01T00:00:00.000Z", "account-type-name": "Business",
            "fields": {"business_name": {"type": "string", "value": null}, "country": {"type": "string", "value": "DE"}}}}});
        world.answer("/accounts/act_biz", 200, gone.to_string());
        let desk = world.desk(on).await;
        assert!(account(&desk).await.contains("Acme Trading Ltd"));
        let property = |id: &str, to: Value| json!({"type": "account-property", "id": id, "attributes": {}, "relationships": to});
        event(&desk, "account-property.redacted", property("acp_1", json!({"account": {"data": {"type": "account", "id": "act_biz"}}}))).await;
        assert!(!account(&desk).await.contains("Acme Trading Ltd"), "at once");
        later(&desk).await;
        let read = account(&desk).await;
        assert!(!read.contains("Acme Trading Ltd") && read.contains("\"DE\""), "{read}");
        assert!(desk.entries("webhook.failed", "evt_account_property_redacted_acp_1").await.is_empty());
    }

    async fn the_name_of_a_case_and_of_its_files_go_with_it(on: On) {
        let mut whole = case("world-case.json");
        whole["objects"][CASE]["attributes"]["name"] = "Case of Jane Doe".into();
        let mut desk = World::of(&whole).desk(on).await;
        let analyst = desk.analyst().await;
        let html = analyst.get("/cases/case_monitor").await.text();
        assert!(html.contains("Case of Jane Doe") && html.contains("letter.pdf"));
        event(&desk, "case.redacted", json!({"type": "case", "id": CASE})).await;
        later(&desk).await;
        for page in ["/cases/case_monitor", "/cases?status=all"] {
            let html = analyst.get(page).await.text();
            assert!(!html.contains("Case of Jane Doe") && !html.contains("letter.pdf"), "{page}");
        }
        assert!(!kept(&desk).await.contains("Case of Jane Doe"));
    }
}
