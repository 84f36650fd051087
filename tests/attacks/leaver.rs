//! Decisions of a reviewer who is no longer trusted, in the seconds before they are sent.
use std::time::Duration;

use axum::http::StatusCode;
use countersign::server::{db, jobs, usecase};
use serde_json::{Value, json};

use crate::desk::{Desk, On, Visitor};
use crate::filled::Filled;
use crate::flow;

/// A decision that can still be withdrawn, and an admin.
async fn undoable(desk: &mut Desk) -> (Visitor, Visitor, String, String) {
    let (analyst, admin) = (desk.analyst().await, desk.admin().await);
    let id = desk.queue(&analyst, "needs_review").await.remove(0);
    let made = desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    (analyst, admin, id, made.json()["id"].as_str().unwrap().to_owned())
}

async fn disable(desk: &Desk, admin: &Visitor, email: &str) {
    let id = desk.id_of(email).await;
    assert_eq!(admin.submit("reviewer-disable", &[("id", &id)]).await.status, StatusCode::OK);
}

async fn listed(by: &Visitor, decision: &str) -> Value {
    let page = by.call("decisions", json!({})).await.json();
    let all = page["decisions"].as_array().unwrap();
    all.iter().find(|each| each["id"] == decision).unwrap().clone()
}

/// The same desk with an undo window.
pub async fn with_undo(on: On) -> Desk {
    Filled::configured(on, |config| config.undo = Duration::from_secs(10)).await
}

pub fn on(desk: &Desk) -> On {
    if matches!(desk.app.db, db::Db::Sqlite { .. }) { On::Sqlite } else { On::Postgres }
}

flow! {
    async fn a_decision_of_a_disabled_reviewer_is_held_until_an_admin_says(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let (_, admin, id, decision) = undoable(&mut desk).await;
        disable(&desk, &admin, "analyst@desk.example").await;
        desk.clock.advance(Duration::from_secs(60));
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty(), "nothing reaches Persona");
        assert_eq!(listed(&admin, &decision).await["held_for"], "Maya Okafor");
        let page = admin.get("/decisions").await.text();
        assert!(page.contains("was disabled before this was sent") && page.contains("/api/held-release"));
        let reviewers = admin.get("/admin/reviewers").await.text();
        assert!(reviewers.contains("One decision is held") && reviewers.contains(&id), "and the open work is listed");
        let disabled = desk.entries("reviewer.disabled", &desk.id_of("analyst@desk.example").await).await.remove(0);
        assert_eq!(disabled.fact("open_work").as_deref(), Some(id.as_str()));
        let auditor = desk.auditor().await;
        assert_eq!(auditor.submit("held-release", &[("decision", &decision)]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(admin.post_plain("held-release", "/decisions", &[("decision", &decision)]).await.status, StatusCode::FOUND);
        desk.settle().await;
        assert_eq!(desk.effects(&id).await.len(), 1, "sent once");
        let released = desk.entries("decision.released", &id).await.remove(0);
        assert_eq!((released.actor_name.as_str(), released.fact("held_for").as_deref()), ("Jonas Silva", Some("Maya Okafor")));
        assert_eq!(admin.submit("held-withdraw", &[("decision", &decision)]).await.status, StatusCode::CONFLICT);
    }

    async fn enabling_the_account_again_sends_nothing(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let (_, admin, id, decision) = undoable(&mut desk).await;
        disable(&desk, &admin, "analyst@desk.example").await;
        desk.clock.advance(Duration::from_secs(60));
        desk.settle().await;
        let who = desk.id_of("analyst@desk.example").await;
        assert_eq!(admin.submit("reviewer-enable", &[("id", &who)]).await.status, StatusCode::OK);
        desk.clock.advance(Duration::from_secs(60));
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty(), "nobody has asked for it");
        assert_eq!(listed(&admin, &decision).await["held_for"], "Maya Okafor");
        assert!(admin.get("/admin/reviewers").await.text().contains("One decision is held"));
        assert_eq!(admin.submit("held-release", &[("decision", &decision)]).await.status, StatusCode::OK);
        desk.settle().await;
        assert_eq!(desk.effects(&id).await.len(), 1);
    }

    async fn a_held_decision_that_is_withdrawn_can_be_decided_anew(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let (_, admin, id, decision) = undoable(&mut desk).await;
        let jo = desk.second_analyst().await;
        disable(&desk, &admin, "analyst@desk.example").await;
        desk.clock.advance(Duration::from_secs(60));
        desk.settle().await;
        assert_eq!(admin.submit("held-withdraw", &[("decision", &decision)]).await.status, StatusCode::OK);
        assert_eq!(listed(&admin, &decision).await["state"], "withdrawn");
        assert_eq!(desk.entries("decision.withdrawn", &id).await[0].actor_name, "Jonas Silva");
        let made = desk.decide(&jo, &id, "approve", "other", "Looked at anew.").await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text());
        desk.clock.advance(Duration::from_secs(60));
        desk.settle().await;
        assert_eq!(desk.effects(&id).await.len(), 1);
    }

    async fn the_checkers_account_counts_as_well(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let admin = desk.admin().await;
        desk.rule(&admin, "Declines", "decline").await;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        let decision = desk.decide(&maya, &id, "decline", "document-expired", "Expired in May").await.json();
        let (decision, version) = (decision["id"].as_str().unwrap(), desk.inquiry(&jo, &id).await["version"].to_string());
        let fields = [("decision", decision), ("version", &version), ("said", "countersign"), ("why", "")];
        assert_eq!(jo.submit("countersign", &fields).await.status, StatusCode::OK);
        disable(&desk, &admin, "jo@desk.example").await;
        desk.clock.advance(Duration::from_secs(60));
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty());
        assert_eq!(listed(&admin, decision).await["held_for"], "Jo Lindqvist");
        // One admin withdraws what two people decided: the inquiry is its maker's work again.
        assert_eq!(admin.submit("held-withdraw", &[("decision", decision)]).await.status, StatusCode::OK);
        let mut tx = desk.app.db.begin().await.unwrap();
        let assignee = db::queue::assignee(&mut tx, &id.parse().unwrap()).await.unwrap();
        assert_eq!(assignee.map(|(_, name)| name).as_deref(), Some("Maya Okafor"));
    }

    async fn who_is_disabled_while_it_is_taken_to_be_sent_comes_before_or_after(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let (_, admin, id, decision) = undoable(&mut desk).await;
        desk.clock.advance(Duration::from_secs(60));
        let reviewer = desk.id_of("analyst@desk.example").await;
        let fields = [("id", reviewer.as_str())];
        let (claimed, disabled) = tokio::join!(usecase::delivery::claim(&desk.app), admin.submit("reviewer-disable", &fields));
        assert_eq!(disabled.status, StatusCode::OK, "{}", disabled.text());
        let taken = claimed.unwrap().is_some();
        let held = listed(&admin, &decision).await["held_for"] == "Maya Okafor";
        assert!(taken != held, "taken {taken}, held {held}");
        if held {
            jobs::deliver::run(&desk.app).await.unwrap();
            assert!(desk.effects(&id).await.is_empty());
        }
    }
}
