//! A decision that is made while the evidence is clean, and whose delivery is delayed until it no longer is.
use std::time::Duration;

use axum::http::StatusCode;
use countersign::server::jobs;
use serde_json::{Value, json};

use super::leaver::{on, with_undo};
use crate::desk::{Desk, Visitor};
use crate::filled::Filled;
use crate::flow;

/// Changes the address country at Persona, and has the desk read it.
async fn changes(desk: &Desk, id: &str) {
    let fields = json!({"address-country-code": "KP"});
    desk.persona("PATCH", &format!("/inquiries/{id}"), json!({"data": {"attributes": {"fields": fields}}})).await;
    jobs::sync::run(&desk.app).await.unwrap();
    jobs::evidence::run(&desk.app).await.unwrap();
}

async fn newest(desk: &Desk, by: &Visitor, id: &str) -> Value {
    desk.inquiry(by, id).await["decisions"][0].clone()
}

/// Persona refuses the first attempt before it stores anything, and the evidence changes before the next.
async fn refused_once(mut desk: Desk, status: u16) {
    let analyst = desk.analyst().await;
    let id = desk.queue(&analyst, "needs_review").await.remove(0);
    desk.fault(json!({"match": "decline", "kind": "status", "status": status, "times": 1})).await;
    let made = desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await;
    assert_eq!(made.status, StatusCode::OK);
    jobs::deliver::run(&desk.app).await.unwrap();
    assert_eq!(newest(&desk, &analyst, &id).await["state"], "queued", "{status}");
    // The desk does not use a refused key for a while, not even for reading.
    desk.clock.advance(Duration::from_secs(90));
    changes(&desk, &id).await;
    for _ in 0..4 {
        desk.clock.advance(Duration::from_secs(60));
        jobs::evidence::run(&desk.app).await.unwrap();
        jobs::deliver::run(&desk.app).await.unwrap();
    }
    assert!(desk.effects(&id).await.is_empty(), "{status}");
    assert_eq!(newest(&desk, &analyst, &id).await["state"], "withdrawn", "{status}");
}

flow! {
    async fn what_changed_before_it_was_sent_comes_back_to_its_maker(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        assert_eq!(desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await.status, StatusCode::OK);
        changes(&desk, &id).await;
        desk.clock.advance(Duration::from_secs(11));
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty(), "nothing reaches Persona");
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "withdrawn");
        let told = desk.entries("decision.withdrawn", &id).await;
        assert!(told[0].fact("evidence_changed_to").is_some());
        let page = analyst.get("/returned").await.text();
        assert!(page.contains(&id) && page.contains("the evidence changed after you decided"), "{page}");
        assert!(analyst.get(&format!("/inquiries/{id}")).await.text().contains("Returned to you"));
        // The comment is a draft again, and the next decision ends the return.
        let again = desk.inquiry(&analyst, &id).await;
        assert_eq!(again["draft"]["comment"], "Expired in May");
        assert_eq!(desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await.status, StatusCode::OK);
        assert!(!analyst.get("/returned").await.text().contains(&id));
        desk.clock.advance(Duration::from_secs(11));
        desk.settle().await;
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "confirmed");
        assert_eq!(desk.effects(&id).await.len(), 1);
        let wrong = countersign::server::usecase::log_check::run(&desk.app, countersign::server::usecase::log_check::Scope::All).await.unwrap().unwrap();
        assert_eq!(wrong.fault, None, "table and log agree");
    }

    async fn it_waits_while_a_change_is_being_read(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        assert_eq!(desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await.status, StatusCode::OK);
        desk.persona("PATCH", &format!("/inquiries/{id}"), json!({"data": {"attributes": {"fields": {"address-country-code": "KP"}}}})).await;
        let wanted: countersign::domain::id::InquiryId = id.parse().unwrap();
        desk.clock.advance(Duration::from_secs(11));
        let at = desk.app.now();
        desk.app
            .write(move |tx| Box::pin(async move { Ok(countersign::server::db::inquiry::backlog::want_evidence(tx, &wanted, at).await?) }))
            .await
            .unwrap();
        jobs::deliver::run(&desk.app).await.unwrap();
        assert!(desk.effects(&id).await.is_empty(), "not before it is read");
        jobs::evidence::run(&desk.app).await.unwrap();
        desk.clock.advance(Duration::from_secs(2));
        jobs::deliver::run(&desk.app).await.unwrap();
        assert!(desk.effects(&id).await.is_empty(), "and then not at all");
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "withdrawn");
    }

    async fn an_outage_does_not_carry_it_over_a_change(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        // Persona stored this answer under the key: the next attempt needs a new key, and nothing has arrived.
        desk.fault(json!({"match": "decline", "kind": "stored-500", "times": 1, "applied": false})).await;
        assert_eq!(desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await.status, StatusCode::OK);
        jobs::deliver::run(&desk.app).await.unwrap();
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "queued");
        changes(&desk, &id).await;
        desk.clock.advance(Duration::from_secs(60));
        jobs::deliver::run(&desk.app).await.unwrap();
        assert!(desk.effects(&id).await.is_empty());
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "withdrawn");
        assert!(analyst.get("/returned").await.text().contains(&id));
    }

    async fn after_an_outage_it_waits_for_a_change_that_is_being_read(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        desk.fault(json!({"match": "decline", "kind": "cut-before", "times": 0})).await;
        assert_eq!(desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await.status, StatusCode::OK);
        for _ in 0..4 {
            desk.clock.advance(Duration::from_secs(90));
            jobs::deliver::run(&desk.app).await.unwrap();
        }
        desk.persona("PATCH", &format!("/inquiries/{id}"), json!({"data": {"attributes": {"fields": {"address-country-code": "KP"}}}})).await;
        let wanted: countersign::domain::id::InquiryId = id.parse().unwrap();
        let at = desk.app.now();
        desk.app
            .write(move |tx| Box::pin(async move { Ok(countersign::server::db::inquiry::backlog::want_evidence(tx, &wanted, at).await?) }))
            .await
            .unwrap();
        // Persona accepts decisions again, but the evidence has not been read. After more than five minutes the desk
        // reads it before sending.
        desk.no_faults().await;
        for _ in 0..6 {
            desk.clock.advance(Duration::from_secs(120));
            jobs::deliver::run(&desk.app).await.unwrap();
            assert!(desk.effects(&id).await.iter().all(|effect| effect["action"] != "decline"), "not before it is read");
        }
        jobs::evidence::run(&desk.app).await.unwrap();
        desk.clock.advance(Duration::from_secs(600));
        jobs::deliver::run(&desk.app).await.unwrap();
        assert!(desk.effects(&id).await.iter().all(|effect| effect["action"] != "decline"));
        let analyst = desk.sign_in("analyst@desk.example").await;
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "withdrawn");
    }

    async fn a_change_that_cannot_be_read_is_not_sent(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        assert_eq!(desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await.status, StatusCode::OK);
        desk.persona("PATCH", &format!("/inquiries/{id}"), json!({"data": {"attributes": {"fields": {"address-country-code": "KP"}}}})).await;
        desk.fault(json!({"match": &id, "kind": "status", "status": 500, "times": 2})).await;
        let wanted: countersign::domain::id::InquiryId = id.parse().unwrap();
        desk.clock.advance(Duration::from_secs(11));
        let at = desk.app.now();
        desk.app
            .write(move |tx| Box::pin(async move { Ok(countersign::server::db::inquiry::backlog::want_evidence(tx, &wanted, at).await?) }))
            .await
            .unwrap();
        for _ in 0..4 {
            jobs::evidence::run(&desk.app).await.unwrap();
            jobs::deliver::run(&desk.app).await.unwrap();
            assert!(desk.effects(&id).await.is_empty(), "not before it is read");
            desk.clock.advance(Duration::from_secs(30));
        }
        desk.no_faults().await;
        jobs::evidence::run(&desk.app).await.unwrap();
        jobs::deliver::run(&desk.app).await.unwrap();
        assert!(desk.effects(&id).await.is_empty());
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "withdrawn");
    }

    async fn what_persona_limited_comes_back_when_the_evidence_changes(desk: Desk) {
        refused_once(desk.filled().await, 429).await;
    }

    async fn what_persona_did_not_authorise_comes_back_when_the_evidence_changes(desk: Desk) {
        refused_once(desk.filled().await, 401).await;
    }

    async fn what_persona_has_not_taken_yet_is_held_when_its_maker_leaves(desk: Filled) {
        let mut desk = desk;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        desk.fault(json!({"match": "decline", "kind": "status", "status": 429, "times": 1})).await;
        assert_eq!(desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await.status, StatusCode::OK);
        jobs::deliver::run(&desk.app).await.unwrap();
        let who = desk.id_of("analyst@desk.example").await;
        assert_eq!(admin.submit("reviewer-disable", &[("id", &who)]).await.status, StatusCode::OK);
        desk.clock.advance(Duration::from_secs(120));
        jobs::deliver::run(&desk.app).await.unwrap();
        assert!(desk.effects(&id).await.is_empty(), "an admin says whether it is sent");
    }

    async fn what_persona_refuses_comes_back_to_its_maker(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        desk.fault(json!({"match": "decline", "kind": "status", "status": 422, "times": 1})).await;
        assert_eq!(desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await.status, StatusCode::OK);
        desk.settle().await;
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "rejected");
        let page = analyst.get("/returned").await.text();
        assert!(page.contains(&id) && page.contains("Persona rejected"), "{page}");
        assert_eq!(analyst.submit("return-end", &[("decision", newest(&desk, &analyst, &id).await["id"].as_str().unwrap()), ("how", "dismiss")]).await.status, StatusCode::OK);
        assert!(!analyst.get("/returned").await.text().contains(&id));
    }
}
