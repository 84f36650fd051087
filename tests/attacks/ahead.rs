//! Objects with a date in the future do not hide the changes after them.
use axum::http::StatusCode;
use countersign::domain::time::Timestamp;
use countersign::server::{db, jobs};
use serde_json::{Value, json};

use crate::desk::{Desk, On};
use crate::standin::{World, case};
use crate::world_flow;

/// Nine minutes ahead of the desk's clock: less than the ten minutes from which the desk rejects a time.
fn ahead(desk: &Desk) -> Timestamp {
    desk.app.now().plus(std::time::Duration::from_secs(540))
}

async fn told(desk: &Desk, id: &str, name: &str, object: &Value) {
    let body = json!({"data": {"type": "event", "id": id, "attributes": {"name": name,
        "created-at": desk.app.now().to_millis_text(), "payload": {"data": object}}}});
    assert_eq!(desk.signed_webhook(body.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
    jobs::apply_webhooks::run(&desk.app).await.unwrap();
    desk.clock.advance(std::time::Duration::from_secs(3));
    desk.settle().await;
}

world_flow! {
    async fn what_changes_after_an_object_that_is_dated_ahead_is_seen(on: On) {
        let mut whole = case("world-inverted.json");
        let account = json!({"data": {"type": "account", "id": "act_ahead"}});
        whole["objects"]["inq_good"]["relationships"]["account"] = account;
        let of_case = case("world-case.json");
        for (id, object) in of_case["objects"].as_object().unwrap() {
            whole["objects"][id] = object.clone();
        }
        let mut world = World::of(&whole);
        let mut of_account = json!({"type": "account", "id": "act_ahead", "attributes": {"created-at": "2026-11-20T09:00:00.000Z",
            "fields": {"name_first": {"type": "string", "value": "Mara"}}}, "relationships": {}});
        world.add(of_account.clone());
        let (desk, world) = world.watched(on).await;
        let desk = desk.filled().await;
        let names = async || {
            let mut conn = desk.app.read().await.unwrap();
            let inquiry = db::inquiry::by_id(&mut conn, &"inq_good".parse().unwrap()).await.unwrap().unwrap();
            let (account, _) = db::account::by_id(&mut conn, &"act_ahead".parse().unwrap()).await.unwrap().unwrap();
            let held = db::case::by_id(&mut conn, &"case_monitor".parse().unwrap()).await.unwrap().unwrap();
            [json!(inquiry.inquiry.fields).to_string(), json!(account.fields).to_string(), held.case.status]
        };
        // All of them seem to change in nine minutes.
        let mut inquiry = whole["objects"]["inq_good"].clone();
        let mut held = whole["objects"]["case_monitor"].clone();
        for (n, (name, object)) in [("inquiry.updated", &mut inquiry), ("account.updated-fields", &mut of_account), ("case.updated", &mut held)].into_iter().enumerate() {
            object["attributes"]["updated-at"] = ahead(&desk).to_millis_text().into();
            world.put(object.clone());
            told(&desk, &format!("evt_ahead{n}"), name, object).await;
        }
        let before = names().await;
        // Then they really change, now.
        inquiry["attributes"]["name-first"] = "Kim".into();
        inquiry["attributes"]["fields"]["name-first"] = json!({"type": "string", "value": "Kim"});
        of_account["attributes"]["fields"]["name_first"]["value"] = "Kim".into();
        held["attributes"]["status"] = "Escalated".into();
        for (n, (name, object)) in [("inquiry.updated", &mut inquiry), ("account.updated-fields", &mut of_account), ("case.updated", &mut held)].into_iter().enumerate() {
            object["attributes"]["updated-at"] = desk.app.now().to_millis_text().into();
            world.put(object.clone());
            told(&desk, &format!("evt_now{n}"), name, object).await;
        }
        let after = names().await;
        for (before, after) in before.iter().zip(&after) {
            assert_ne!(before, after, "what was dated ahead stands");
        }
        // The next change is not older than that.
        held["attributes"]["status"] = "Closed".into();
        held["attributes"]["updated-at"] = desk.app.now().to_millis_text().into();
        world.put(held.clone());
        told(&desk, "evt_next", "case.updated", &held).await;
        assert_eq!(names().await[2], "Closed");
    }
}
