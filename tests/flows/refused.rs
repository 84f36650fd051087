//! A key that may read and not write, and an address that leads nowhere: the pages say that an admin has to act.
use std::time::Duration;

use axum::http::StatusCode;
use countersign::domain::id::ReviewerId;
use countersign::server::{db, jobs};
use serde_json::{Value, json};
use tracing::instrument::WithSubscriber;

use crate::desk::{Desk, On, Shared, Visitor};
use crate::filled::Filled;
use crate::standin::World;
use crate::{flow, world_flow};

const BANNER: &str = "Persona refuses the desk’s changes: decisions wait";
const READS: [&str; 6] =
    ["inquiry.read", "case.read", "account.read", "verification.read", "report.read", "document.read"];

/// Sets the permissions of the desk's key from now on; `Null` means all.
async fn key(desk: &Desk, permissions: Value) {
    desk.restrict(json!({"key": format!("persona_sandbox_{}", desk.key_ends()), "permissions": permissions})).await;
}

async fn text(by: &Visitor, path: &str) -> String {
    let reply = by.get(path).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
    reply.text()
}

async fn marked(desk: &Desk, by: &Visitor, id: &str) {
    let reply = desk.decide(by, id, "mark-for-review", "second-look", "").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

async fn state(desk: &Desk, by: &Visitor, id: &str) -> String {
    desk.inquiry(by, id).await["decisions"][0]["state"].as_str().unwrap().to_owned()
}

flow! {
    async fn a_key_that_may_not_write_is_said_so_and_what_waits_is_sent_once_it_may(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        let ids = desk.queue(&analyst, "completed").await;
        key(&desk, json!(READS)).await;
        marked(&desk, &analyst, &ids[0]).await;
        let told = Shared::default();
        let writer = told.clone();
        // Without a listener for all threads, another flow that warns at the same moment can switch the warning off.
        _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
        let listens = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        jobs::deliver::run(&desk.app).with_subscriber(listens).await.unwrap();
        assert_eq!(state(&desk, &analyst, &ids[0]).await, "queued");
        let told = String::from_utf8_lossy(&told.0.lock().unwrap()).into_owned();
        assert!(told.contains("Persona refuses what the desk sends") && told.contains("inquiry.write"), "{told}");

        assert!(text(&analyst, "/queue").await.contains(BANNER));
        let page = text(&admin, "/admin/persona").await;
        assert!(page.contains("Persona refuses some of the desk’s requests") && !page.contains("Persona answers"), "{page}");
        assert!(page.contains("Persona refuses what the desk sends: not permitted for this key") && page.contains("inquiry.write"), "{page}");
        assert!(page.contains("One change is waiting"), "{page}");
        // Another replica has received no refusal itself, and shows the same.
        let other = desk.another().await;
        let who = ReviewerId(desk.id_of("analyst@desk.example").await.parse().unwrap());
        let around = db::layout::layout_data(&mut other.read().await.unwrap(), who, "events").await.unwrap();
        assert_eq!(around.refused, 1);

        // The admin corrects the key and asks to try again: the desk sends at once, not minutes later.
        key(&desk, Value::Null).await;
        desk.clock.advance(Duration::from_secs(5));
        jobs::deliver::run(&desk.app).await.unwrap();
        assert_eq!(state(&desk, &analyst, &ids[0]).await, "queued", "its time has not come");
        let reply = admin.submit("sync", &[]).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        jobs::deliver::run(&desk.app).await.unwrap();
        assert_eq!(state(&desk, &analyst, &ids[0]).await, "confirmed");
        assert!(!text(&analyst, "/queue").await.contains(BANNER));
        let page = text(&admin, "/admin/persona").await;
        assert!(page.contains("Persona answers") && !page.contains("refuses"), "{page}");
        assert_eq!(desk.effects(&ids[0]).await.len(), 1);
    }

    async fn a_change_that_goes_through_wakes_those_that_were_refused(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let ids = desk.queue(&analyst, "completed").await;
        key(&desk, json!(READS)).await;
        marked(&desk, &analyst, &ids[0]).await;
        jobs::deliver::run(&desk.app).await.unwrap();
        key(&desk, Value::Null).await;
        desk.clock.advance(Duration::from_secs(5));
        marked(&desk, &analyst, &ids[1]).await;
        jobs::deliver::run(&desk.app).await.unwrap();
        assert_eq!(state(&desk, &analyst, &ids[1]).await, "confirmed");
        assert_eq!(state(&desk, &analyst, &ids[0]).await, "confirmed");
    }

    async fn an_expired_key_is_a_refusal_as_well(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        let ids = desk.queue(&analyst, "completed").await;
        desk.restrict(json!({"key": format!("persona_sandbox_{}", desk.key_ends()), "expired": true})).await;
        marked(&desk, &analyst, &ids[0]).await;
        jobs::deliver::run(&desk.app).await.unwrap();
        let page = text(&admin, "/admin/persona").await;
        assert!(page.contains("Persona refuses what the desk sends: the API key was refused (401)"), "{page}");
        assert!(text(&analyst, "/queue").await.contains("check PERSONA_API_KEY"));
    }
}

world_flow! {
    async fn an_address_that_leads_to_no_list_is_red(on: On) {
        let mut world = World::default();
        for list in ["/inquiries", "/accounts", "/cases", "/events"] {
            world.answer(list, 404, r#"{"errors":[{"title":"Record not found"}]}"#);
        }
        let mut desk = world.desk(on).await;
        jobs::reconcile::run(&desk.app).await.unwrap();
        let admin = desk.admin().await;
        let page = text(&admin, "/admin/persona").await;
        assert!(page.contains("Persona refuses some of the desk’s requests") && !page.contains("Persona answers"), "{page}");
        assert_eq!(page.matches("Refused</span>").count(), 5, "{page}");
        assert!(page.contains("not found at this address (404): check PERSONA_API_URL"), "{page}");
    }
}
