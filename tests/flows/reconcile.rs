use std::time::Duration;

use axum::http::StatusCode;
use countersign::server::jobs;
use countersign::server::usecase::session::sweep;
use serde_json::{Value, json};

use crate::desk::On;
use crate::filled::Filled;
use crate::standin::{World, case};
use crate::{flow, world_flow};

flow! {
    async fn what_no_webhook_brought_is_found_in_the_list_of_events(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        assert_eq!(jobs::reconcile::run(&desk.app).await.unwrap(), 0, "the first comparison only notes where it stands");
        let ids = desk.queue(&analyst, "needs_review").await;
        // No webhook is set up here, so the desk receives no events.
        desk.persona("POST", &format!("/inquiries/{}/approve", ids[0]), Value::Null).await;
        desk.persona("POST", &format!("/inquiries/{}/decline", ids[1]), json!({"meta": {"comment": "by hand"}})).await;
        desk.persona("DELETE", &format!("/inquiries/{}", ids[2]), Value::Null).await;
        assert_eq!(desk.inquiry(&analyst, &ids[0]).await["inquiry"]["status"], "needs_review");
        assert!(jobs::reconcile::run(&desk.app).await.unwrap() >= 3);
        desk.settle().await;
        assert_eq!(desk.inquiry(&analyst, &ids[0]).await["inquiry"]["status"], "approved");
        assert_eq!(desk.inquiry(&analyst, &ids[1]).await["inquiry"]["status"], "declined");
        let gone = desk.inquiry(&analyst, &ids[2]).await;
        assert!(!gone["inquiry"]["redacted_at"].is_null() && gone["evidence"].is_null(), "redacted there and here");
        assert_eq!(jobs::reconcile::run(&desk.app).await.unwrap(), 0, "found once");
        let page = admin.call("connection", json!({})).await.json();
        assert!(page["gaps"][0].as_i64().unwrap() >= 3, "{page}");
        let html = admin.get("/admin/persona").await.text();
        assert!(html.contains("found in Persona’s list of events"), "and said to whoever looks after the connection");
    }

    async fn a_comparison_that_breaks_off_is_taken_up_again_and_said_meanwhile(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        assert!(analyst.get("/queue").await.text().contains("may be out of date"), "never compared yet");
        jobs::reconcile::run(&desk.app).await.unwrap();
        assert!(!analyst.get("/queue").await.text().contains("may be out of date"));
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        desk.persona("POST", &format!("/inquiries/{id}/approve"), Value::Null).await;
        desk.fault(json!({"match": "/events", "kind": "status", "status": 503, "times": 1})).await;
        assert_eq!(jobs::reconcile::run(&desk.app).await.unwrap(), 0);
        desk.clock.advance(Duration::from_secs(14 * 60));
        let analyst = desk.sign_in("analyst@desk.example").await;
        desk.clock.advance(Duration::from_secs(2 * 60));
        let html = analyst.get("/queue").await.text();
        assert!(html.contains("may be out of date") || html.contains("does not answer"), "a quarter of an hour without one");
        assert!(jobs::reconcile::run(&desk.app).await.unwrap() >= 1);
        desk.settle().await;
        assert_eq!(desk.inquiry(&analyst, &id).await["inquiry"]["status"], "approved");
    }

    async fn what_only_the_list_brought_is_no_webhook(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        jobs::reconcile::run(&desk.app).await.unwrap();
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        desk.persona("POST", &format!("/inquiries/{id}/approve"), Value::Null).await;
        assert!(jobs::reconcile::run(&desk.app).await.unwrap() >= 1);
        let html = admin.get("/admin/persona").await.text();
        assert!(html.contains("none yet: is the webhook enabled"), "{html}");
        assert_eq!(admin.call("frame", json!({})).await.json()["last_event_at"], Value::Null);
        let body = json!({"data": {"type": "event", "id": "evt_brought", "attributes": {"name": "inquiry.created",
            "created-at": desk.app.now().to_millis_text(), "payload": {"data": {"type": "inquiry", "id": id, "attributes": {}}}}}});
        assert_eq!(desk.signed_webhook(body.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
        assert!(!admin.get("/admin/persona").await.text().contains("none yet: is the webhook enabled"));
        assert_ne!(admin.call("frame", json!({})).await.json()["last_event_at"], Value::Null);
    }

    async fn what_was_forgotten_is_not_missed(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        desk.persona("POST", &format!("/inquiries/{id}/approve"), Value::Null).await;
        assert!(jobs::reconcile::run(&desk.app).await.unwrap() >= 1);
        desk.settle().await;
        let kept = async || countersign::server::db::webhook::counts(&mut desk.app.read().await.unwrap()).await.unwrap().len();
        desk.clock.advance(Duration::from_secs(91 * 24 * 3600));
        sweep(&desk.app).await.unwrap();
        assert_eq!(kept().await, 1, "Persona has told of nothing since: its list may be read so far back");
        // As if the lists had been compared a day ago.
        let (now, before) = (desk.app.now(), desk.app.now().minus(Duration::from_secs(92 * 24 * 3600)));
        desk.app.write(move |tx| Box::pin(async move {
            let span = format!("{} to {}", before.to_text(), now.to_text());
            Ok(countersign::server::db::sync::set(tx, "events", now, &span).await?)
        })).await.unwrap();
        sweep(&desk.app).await.unwrap();
        assert_eq!(kept().await, 0);
        assert_eq!(jobs::reconcile::run(&desk.app).await.unwrap(), 0, "the same page of the list lists it again");
        assert_eq!(kept().await, 0);
    }

    async fn lists_are_read_again_when_an_admin_asks_and_not_at_each_start(desk: Filled) {
        let mut desk = desk;
        let admin = desk.admin().await;
        assert_eq!(jobs::sync::due(&desk.app).await.unwrap(), 0, "read a moment ago");
        desk.clock.advance(Duration::from_secs(60));
        assert_eq!(admin.submit("sync", &[]).await.status, StatusCode::OK);
        assert!(jobs::sync::due(&desk.app).await.unwrap() > 0);
        desk.clock.advance(Duration::from_secs(25 * 3600));
        assert!(jobs::sync::due(&desk.app).await.unwrap() > 0, "and once a day");
    }
}

/// An event in Persona's list about a part of an inquiry.
fn told(name: &str, part: &Value, at: &str) -> Value {
    json!({"type": "event", "id": format!("evt_{}", name.replace(['.', '/'], "_")), "attributes":
        {"name": name, "created-at": at, "payload": {"data": part}}})
}

world_flow! {
    async fn what_happened_to_a_part_is_found_in_the_list_whatever_its_name(on: On) {
        let whole = case("world-inverted.json");
        let related = whole["objects"]["inq_good"]["relationships"].to_string();
        let part = |kind: &str| {
            let found = whole["objects"].as_object().unwrap().values().find(|&object| {
                object["type"].as_str().unwrap().starts_with(kind) && related.contains(object["id"].as_str().unwrap())
            });
            found.cloned().unwrap_or_else(|| panic!("{kind} of inq_good"))
        };
        for (kind, name, change) in [
            ("verification/", "verification.failed", json!({"status": "failed"})),
            ("report/watchlist", "report/sec-action-lookup.matched", json!({"has-match": true})),
        ] {
            let (desk, world) = World::of(&whole).watched(on).await;
            let mut desk = desk.filled().await;
            world.put(told("transaction.created", &json!({"type": "transaction", "id": "txn_1", "attributes": {}}), "2026-11-28T09:00:00.000Z"));
            jobs::reconcile::run(&desk.app).await.unwrap();
            let analyst = desk.analyst().await;
            let before = desk.inquiry(&analyst, "inq_good").await["version"].clone();
            let mut part = part(kind);
            part["relationships"]["inquiry"] = json!({"data": {"type": "inquiry", "id": "inq_good"}});
            part["attributes"].as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            world.put(part.clone());
            let now = desk.app.now().to_millis_text();
            world.put(told(name, &part, &now));
            world.put(told("transaction.redacted", &json!({"type": "transaction", "id": "txn_2", "attributes": {}}), &now));
            world.put(told("transaction.labeled", &json!({"type": "transaction", "id": "txn_2", "attributes": {}}), &now));
            assert_eq!(jobs::reconcile::run(&desk.app).await.unwrap(), 2, "{name}: the part and what was redacted");
            jobs::apply_webhooks::run(&desk.app).await.unwrap();
            desk.clock.advance(Duration::from_secs(3));
            desk.settle().await;
            let page = desk.inquiry(&analyst, "inq_good").await;
            assert_ne!(page["version"], before, "{name}: read again");
            assert!(!page["signals"].to_string().contains("All checks passed"), "{name}: {}", page["signals"]);
        }
    }

    async fn what_lists_do_not_tell_of_is_read_anew_with_them(on: On) {
        let whole = case("world-inverted.json");
        let (desk, world) = World::of(&whole).watched(on).await;
        let mut desk = desk.filled().await;
        let analyst = desk.analyst().await;
        let mut objects = whole["objects"].as_object().unwrap().values();
        let mut changed = objects.find(|object| object["type"] == "report/watchlist").unwrap().clone();
        changed["attributes"]["has-match"] = json!(true);
        world.put(changed);
        countersign::server::usecase::sync::read_anew(&desk.app).await.unwrap();
        desk.settle().await;
        let signals = desk.inquiry(&analyst, "inq_good").await["signals"].to_string();
        assert!(signals.contains("Watchlist hit"), "{signals}");
    }
}
