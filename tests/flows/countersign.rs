use std::time::Duration;

use axum::http::StatusCode;
use countersign::server::{db, jobs};
use serde_json::{Value, json};

use crate::desk::{Desk, Visitor};
use crate::filled::Filled;
use crate::flow;

/// A decline that waits for a second reviewer.
async fn awaiting(desk: &mut Desk) -> (Visitor, Visitor, String, String) {
    let admin = desk.admin().await;
    desk.rule(&admin, "Declines", "decline").await;
    let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
    let id = desk.queue(&maya, "needs_review").await.remove(0);
    let made = desk.decide(&maya, &id, "decline", "document-expired", "Expired in May").await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let made = made.json();
    assert_eq!((&made["state"], &made["wanted_by"]), (&json!("awaiting_countersign"), &json!(["Declines"])));
    (maya, jo, id, made["id"].as_str().unwrap().to_owned())
}

async fn say(desk: &Desk, by: &Visitor, id: &str, decision: &str, said: &str, why: &str) -> crate::desk::Reply {
    let version = desk.inquiry(by, id).await["version"].to_string();
    by.submit("countersign", &[("decision", decision), ("version", &version), ("said", said), ("why", why)]).await
}

flow! {
    async fn a_countersigned_decision_reaches_persona_and_both_names_stand_in_the_log(desk: Filled) {
        let mut desk = desk;
        let (_, _, id, decision) = awaiting(&mut desk).await;
        desk.clock.advance(Duration::from_secs(3600));
        desk.settle().await;
        // An hour is longer than an idle session lasts, so both sign in again.
        let (maya, jo) = (desk.sign_in("analyst@desk.example").await, desk.sign_in("jo@desk.example").await);
        assert!(desk.effects(&id).await.is_empty(), "nothing is sent without it");
        let own = say(&desk, &maya, &id, &decision, "countersign", "").await;
        assert!(own.status.is_client_error() && own.text().contains("Own"), "{}", own.text());
        let page = format!("/inquiries/{id}");
        assert!(!maya.get(&page).await.text().contains("id=\"countersign\""), "not offered to its maker");
        assert!(jo.get(&page).await.text().contains("id=\"countersign\""));
        let given = say(&desk, &jo, &id, &decision, "countersign", "").await;
        assert_eq!(given.status, StatusCode::OK, "{}", given.text());
        assert_eq!(given.json()["checker_name"], "Jo Lindqvist");
        desk.settle().await;
        assert_eq!(desk.inquiry(&jo, &id).await["inquiry"]["status"], "declined");
        let effects = desk.effects(&id).await;
        assert_eq!(effects.len(), 1);
        let line = format!("Countersign decision {decision} by Maya Okafor, countersigned by Jo Lindqvist");
        assert!(effects[0]["comment"].as_str().unwrap().ends_with(&line), "{effects:?}");
        let entries = desk.entries("countersign.given", &id).await;
        assert_eq!((entries[0].actor_name.as_str(), entries[0].fact("maker").as_deref()), ("Jo Lindqvist", Some("Maya Okafor")));
        assert_eq!(desk.entries("decision.made", &id).await[0].fact("countersign").as_deref(), Some("Declines"));
        let again = say(&desk, &jo, &id, &decision, "countersign", "").await;
        assert_eq!(again.status, StatusCode::CONFLICT);
    }

    async fn a_refusal_needs_a_reason_and_gives_the_draft_back(desk: Filled) {
        let mut desk = desk;
        let (maya, jo, id, decision) = awaiting(&mut desk).await;
        assert_eq!(say(&desk, &jo, &id, &decision, "refuse", "  ").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(say(&desk, &jo, &id, &decision, "perhaps", "x").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let refused = say(&desk, &jo, &id, &decision, "refuse", "It expires in May of next year").await;
        assert_eq!(refused.json()["state"], "refused", "{}", refused.text());
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty());
        let page = desk.inquiry(&maya, &id).await;
        assert_eq!(page["draft"]["comment"], "Expired in May");
        assert_eq!(page["decisions"][0]["refusal"], "It expires in May of next year");
        assert!(maya.get(&format!("/inquiries/{id}")).await.text().contains("It expires in May of next year"));
        let entry = &desk.entries("countersign.refused", &id).await[0];
        assert!(!entry.body.contains("May of next year"), "reasons are commitments");
        // The same version can be decided again, and an approval needs no second reviewer here.
        assert_eq!(desk.decide(&maya, &id, "approve", "discrepancy-explained", "Read it wrongly").await.json()["state"], "queued");
    }

    async fn evidence_that_changed_since_is_not_countersigned(desk: Filled) {
        let mut desk = desk;
        let (_, jo, id, decision) = awaiting(&mut desk).await;
        desk.persona("PATCH", &format!("/inquiries/{id}"), json!({"data": {"attributes": {"fields": {"birthdate": "1950-01-01"}}}})).await;
        jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        let reply = say(&desk, &jo, &id, &decision, "countersign", "").await;
        assert_eq!(reply.status, StatusCode::CONFLICT);
        assert!(reply.text().contains("MadeOnOther"), "{}", reply.text());
        let page = jo.get(&format!("/inquiries/{id}")).await.text();
        assert!(page.contains("The evidence changed since Maya Okafor decided"));
        assert_eq!(say(&desk, &jo, &id, &decision, "refuse", "The evidence changed").await.status, StatusCode::OK);
    }

    async fn two_countersign_at_once_and_one_refuses_at_once(desk: Filled) {
        let mut desk = desk;
        let (_, jo, id, decision) = awaiting(&mut desk).await;
        let third = desk.reviewer("sam@desk.example", "Sam Berg", countersign::domain::reviewer::Role::Analyst).await;
        let (a, b) = tokio::join!(say(&desk, &jo, &id, &decision, "countersign", ""), say(&desk, &third, &id, &decision, "refuse", "No"));
        let mut statuses = [a.status, b.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT], "{} {}", a.text(), b.text());
        desk.settle().await;
        assert_eq!(desk.effects(&id).await.len(), usize::from(a.status == StatusCode::OK));
    }

    async fn the_database_refuses_a_checker_who_is_the_maker(desk: Filled) {
        let mut desk = desk;
        let (_, _, _, decision) = awaiting(&mut desk).await;
        let id = decision.parse().unwrap();
        let now = desk.app.now();
        let maker = {
            let mut conn = desk.app.read().await.unwrap();
            db::decision::by_id(&mut conn, id).await.unwrap().unwrap().reviewer_id
        };
        let mut tx = desk.app.db.begin().await.unwrap();
        let checked = db::decision::Checked { checker: maker, name: "x", at: now, to: countersign::domain::decision::state::State::Queued, hold_until: None, refusal: None, accounts: None };
        assert!(db::decision::checked(&mut tx, id, &checked).await.is_err());
        drop(tx);
        let mut tx = desk.app.db.begin().await.unwrap();
        let skipped = db::decision::advance(&mut tx, id, &[countersign::domain::decision::state::State::AwaitingCountersign], countersign::domain::decision::state::State::Queued, None).await;
        assert!(skipped.is_err(), "and one that goes without");
    }

    async fn a_decision_that_persona_overtook_waits_no_longer(desk: Filled) {
        let mut desk = desk;
        let (maya, _, id, _) = awaiting(&mut desk).await;
        desk.persona("POST", &format!("/inquiries/{id}/approve"), Value::Null).await;
        jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        countersign::server::usecase::decision::countersign::overtaken(&desk.app).await.unwrap();
        let page = desk.inquiry(&maya, &id).await;
        assert_eq!(page["decisions"][0]["state"], "superseded");
        assert_eq!(desk.effects(&id).await.len(), 1, "the one by another hand");
        assert_eq!(desk.entries("decision.superseded", &id).await.len(), 1);
    }

    async fn rules_are_versioned_and_an_old_page_changes_nothing(desk: Desk) {
        let mut desk = desk;
        let admin = desk.admin().await;
        desk.rule(&admin, "Declines", "decline").await;
        let old = [("version", "2"), ("name", "All"), ("verdict", ""), ("template", ""), ("signal", ""), ("share", "100")];
        let reply = admin.submit("rule-add", &old).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(reply.text().contains("The rules have changed"));
        let twice = [("version", "3"), ("name", "declines"), ("verdict", "decline"), ("template", ""), ("signal", ""), ("share", "")];
        assert_eq!(admin.submit("rule-add", &twice).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let empty = [("version", "3"), ("name", "x"), ("verdict", ""), ("template", ""), ("signal", ""), ("share", "")];
        assert!(admin.submit("rule-add", &empty).await.text().contains("at least one condition"));
        let share = [("version", "3"), ("name", "x"), ("verdict", ""), ("template", ""), ("signal", ""), ("share", "101")];
        assert_eq!(admin.submit("rule-add", &share).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(admin.submit("rule-remove", &[("version", "3"), ("name", "none")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(admin.submit("rule-remove", &[("version", "3"), ("name", "Declines")]).await.status, StatusCode::OK);
        desk.confirm_changes().await;
        let page = admin.call("rules", json!({})).await.json();
        assert_eq!((&page["current"]["version"], page["earlier"].as_array().unwrap().len()), (&json!(4), 3));
        assert_eq!(desk.entries("rule.added", "3").await.len(), 1);
        assert_eq!(desk.entries("rule.removed", "4").await.len(), 1);
    }
}
