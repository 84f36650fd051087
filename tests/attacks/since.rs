//! Facts outside the evidence that a decision depends on, and what happens to the decision if they change before it is
//! sent.
use std::time::Duration;

use axum::http::StatusCode;
use countersign::server::jobs;
use serde_json::{Value, json};

use super::alone::add_rule;
use super::leaver::{on, with_undo};
use crate::desk::{Desk, Visitor};
use crate::flow;

/// Two inquiries of one account, of which the first can be approved by one reviewer.
async fn siblings(desk: &mut Desk) -> (Visitor, String, String) {
    let admin = desk.admin().await;
    let rule =
        add_rule(&admin, &[("name", "Near declined"), ("verdict", "approve"), ("declined_relation", "on")]).await;
    assert_eq!(rule.status, StatusCode::OK, "{}", rule.text());
    let analyst = desk.analyst().await;
    let mut found = None;
    let waiting = desk.queue(&analyst, "needs_review").await;
    for id in &waiting {
        let page = desk.inquiry(&analyst, id).await;
        let forecast = page["forecast"]["verdicts"].to_string();
        if page["signals"].to_string().contains("All checks passed") && !forecast.contains("Near declined") {
            found = Some(id.clone());
            break;
        }
    }
    let id = found.expect("none can be approved alone: the test shows nothing");
    let other = waiting.into_iter().find(|one| *one != id).unwrap();
    moved(desk, &id, &other).await;
    (analyst, id, other)
}

/// Moves the other inquiry to the same account.
async fn moved(desk: &Desk, id: &str, other: &str) {
    let account = format!("(SELECT account_id FROM inquiries WHERE id = '{id}')");
    let moved = format!("UPDATE inquiries SET account_id = {account} WHERE id = '{other}'");
    desk.by_hand(&moved, &moved).await;
}

async fn newest(desk: &Desk, by: &Visitor, id: &str) -> Value {
    desk.inquiry(by, id).await["decisions"][0].clone()
}

flow! {
    async fn an_approval_does_not_go_once_the_account_is_being_declined(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let (analyst, id, other) = siblings(&mut desk).await;
        let made = desk.decide(&analyst, &id, "approve", "checks-passed", "").await.json();
        assert_eq!(made["state"], "proposed", "{made}");
        let declined = desk.decide(&analyst, &other, "decline", "document-not-genuine", "Forged").await;
        assert_eq!(declined.status, StatusCode::OK, "{}", declined.text());
        desk.clock.advance(Duration::from_secs(11));
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty(), "nobody else was asked");
        let decision = newest(&desk, &analyst, &id).await;
        assert_eq!(decision["state"], "withdrawn", "{decision}");
        let told = desk.entries("decision.withdrawn", &id).await;
        assert_eq!(told[0].fact("asked_now").as_deref(), Some("Near declined"));
        let page = analyst.get("/returned").await.text();
        assert!(page.contains("something that a rule asks about has changed"), "{page}");
        assert_eq!(desk.effects(&other).await.len(), 1);
        // Decided again, it needs a second reviewer. At Persona the sibling has its own account.
        moved(&desk, &id, &other).await;
        let again = desk.decide(&analyst, &id, "approve", "checks-passed", "").await.json();
        assert_eq!(again["state"], "awaiting_countersign", "{again}");
        let wrong = countersign::server::usecase::log_check::run(&desk.app, countersign::server::usecase::log_check::Scope::All).await.unwrap().unwrap();
        assert_eq!(wrong.fault, None, "table and log agree");
    }

    async fn an_approval_that_waits_for_persona_is_asked_again(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let (analyst, id, other) = siblings(&mut desk).await;
        desk.fault(json!({"match": format!("{id}/approve"), "kind": "status", "status": 429, "times": 1})).await;
        desk.decide(&analyst, &id, "approve", "checks-passed", "").await;
        desk.clock.advance(Duration::from_secs(11));
        desk.settle().await;
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "queued");
        desk.clock.advance(Duration::from_secs(90));
        let declined = "UPDATE inquiries SET status = 'declined' WHERE id = ";
        let declined = format!("{declined}'{other}'");
        desk.by_hand(&declined, &declined).await;
        desk.clock.advance(Duration::from_secs(60));
        jobs::deliver::run(&desk.app).await.unwrap();
        assert!(desk.effects(&id).await.is_empty());
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "withdrawn");
    }

    async fn an_attempt_that_nobody_answered_is_asked_again_before_the_next(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let (analyst, id, other) = siblings(&mut desk).await;
        desk.fault(json!({"match": format!("{id}/approve"), "kind": "cut-before", "times": 1})).await;
        desk.decide(&analyst, &id, "approve", "checks-passed", "").await;
        desk.clock.advance(Duration::from_secs(11));
        jobs::deliver::run(&desk.app).await.unwrap();
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "queued");
        let declined = format!("UPDATE inquiries SET status = 'declined' WHERE id = '{other}'");
        desk.by_hand(&declined, &declined).await;
        // It can still arrive, so the desk does not say yet that it was not sent.
        desk.clock.advance(Duration::from_secs(10));
        jobs::deliver::run(&desk.app).await.unwrap();
        let decision = newest(&desk, &analyst, &id).await;
        assert_eq!((&decision["state"], desk.effects(&id).await.len()), (&json!("queued"), 0), "{decision}");
        desk.clock.advance(Duration::from_secs(60));
        jobs::deliver::run(&desk.app).await.unwrap();
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "withdrawn");
        assert!(desk.effects(&id).await.is_empty());
    }

    async fn what_persona_decided_meanwhile_is_not_overwritten(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let analyst = desk.analyst().await;
        let waiting = desk.queue(&analyst, "needs_review").await;
        for (id, heard) in waiting.iter().zip([false, true]) {
            let made = desk.decide(&analyst, id, "approve", "other", "Looks fine").await.json();
            assert_eq!(made["state"], "proposed", "{made}");
            desk.persona("POST", &format!("/inquiries/{id}/decline"), json!({"meta": {"comment": "Bob: forged"}})).await;
            if heard {
                jobs::sync::run(&desk.app).await.unwrap();
                desk.settle().await;
            }
            desk.clock.advance(Duration::from_secs(11));
            desk.settle().await;
            assert_eq!(desk.effects(id).await.len(), 1, "Bob's alone");
            let decision = newest(&desk, &analyst, id).await;
            assert_eq!(decision["state"], "rejected", "heard {heard}: {decision}");
            assert_eq!(desk.inquiry(&analyst, id).await["inquiry"]["status"], "declined");
        }
    }

    async fn a_change_that_no_webhook_told_is_read_before_the_decision_goes(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        desk.decide(&analyst, &id, "approve", "other", "Looks fine").await;
        desk.clock.advance(Duration::from_secs(2));
        let other = json!({"data": {"attributes": {"fields": {"name-last": "Somebody-Else"}}}});
        desk.persona("PATCH", &format!("/inquiries/{id}"), other).await;
        desk.clock.advance(Duration::from_secs(11));
        desk.settle().await;
        desk.clock.advance(Duration::from_secs(6));
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty(), "{:?}", desk.effects(&id).await);
        assert_eq!(newest(&desk, &analyst, &id).await["state"], "withdrawn");
    }

    async fn nobody_writes_in_the_name_of_the_desk(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        let admin = desk.admin().await;
        let fields = [("email", "x@desk.example"), ("name", "Xia Lee, countersigned by Noor Haddad"), ("role", "analyst")];
        assert_eq!(admin.submit("reviewer-add", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        let comment = "Same face.\n\nCountersign  decision 01a22a4d by Noor Haddad, countersigned by Cy Audit";
        let made = desk.decide(&analyst, &id, "decline", "document-expired", comment).await;
        assert_eq!(made.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", made.text());
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty());
    }

    async fn a_success_that_shows_somebody_elses_comment_is_not_ours(desk: Desk) {
        let mut desk = with_undo(on(&desk)).await;
        desk.choose(json!({"repeated-decision": "200"})).await;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        let made = desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text());
        let theirs = json!({"meta": {"comment": "Bob: looked at it"}});
        desk.persona("POST", &format!("/inquiries/{id}/decline"), theirs).await;
        desk.clock.advance(Duration::from_secs(11));
        jobs::deliver::run(&desk.app).await.unwrap();
        let decision = newest(&desk, &analyst, &id).await;
        assert_ne!(decision["state"], "confirmed", "{decision}");
        assert_eq!(desk.effects(&id).await.len(), 1, "Bob's");
    }
}
