use std::time::Duration;

use axum::http::StatusCode;
use countersign::server::jobs;
use serde_json::json;

use crate::desk::{Desk, Visitor};
use crate::filled::Filled;
use crate::flow;

async fn first_waiting(desk: &Desk, by: &Visitor) -> String {
    desk.queue(by, "needs_review").await.remove(0)
}

flow! {
    async fn an_expired_inquiry_is_not_offered_what_persona_refuses(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "expired").await.remove(0);
        let html = analyst.get(&format!("/inquiries/{id}")).await.text();
        assert!(html.contains("This inquiry is expired.") && !html.contains("Create a new link"), "{html}");
        let reply = desk.decide(&analyst, &id, "mark-for-review", "second-look", "").await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text());
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty());
    }

    async fn approving_reaches_persona_once_with_a_name_on_it(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = first_waiting(&desk, &analyst).await;
        let reply = desk.decide(&analyst, &id, "approve", "discrepancy-explained", "Face and document match").await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let decision = reply.json();
        assert_eq!(decision["state"], "queued");
        assert!(desk.effects(&id).await.is_empty(), "Persona is not called inside the request");
        desk.settle().await;

        let page = desk.inquiry(&analyst, &id).await;
        assert_eq!(page["decisions"][0]["state"], "confirmed");
        assert_eq!(page["inquiry"]["status"], "approved");
        let effects = desk.effects(&id).await;
        assert_eq!(effects.len(), 1);
        let comment = effects[0]["comment"].as_str().unwrap();
        assert!(comment.starts_with("Face and document match"));
        assert!(comment.contains("Maya Okafor") && comment.contains(decision["id"].as_str().unwrap()), "{comment}");

        let made = desk.entries("decision.made", &id).await;
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].actor_name, "Maya Okafor");
        assert_eq!(made[0].fact("reason").as_deref(), Some("discrepancy-explained"));
        assert_eq!(made[0].fact("evidence").as_deref(), decision["fingerprint"].as_str());
        assert!(!made[0].body.contains("Face and document match"), "comments are commitments");
        assert_eq!(made[0].personal.get("comment").map(String::as_str), Some("Face and document match"));
        assert_eq!(desk.entries("decision.confirmed", &id).await.len(), 1);
    }

    async fn all_checks_passed_is_a_reason_only_when_they_did(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let all = analyst.call("queue", json!({"filter": {"status": "needs_review"}})).await.json();
        let with = |label: &str| {
            let rows = all["page"]["rows"].as_array().unwrap().iter();
            let mut found = rows.filter(|row| row["signals"].as_array().unwrap().iter().any(|signal| signal["label"] == label));
            found.next().map(|row| row["id"].as_str().unwrap().to_owned()).unwrap_or_else(|| panic!("no {label}"))
        };
        let id = with("Expired document");
        let refused = desk.decide(&analyst, &id, "approve", "checks-passed", "Looks fine").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let why = refused.json()["Refused"]["NotPassed"]["why"].clone();
        assert!(why.as_array().unwrap().contains(&json!("Expired document")), "{why}");
        assert!(desk.inquiry(&analyst, &id).await["decisions"].as_array().unwrap().is_empty());
        let entries = desk.entries("decision.refused", &id).await;
        assert_eq!(entries.iter().map(|entry| entry.fact("why")).collect::<Vec<_>>(), [Some("not-passed".to_owned())]);
        let page = analyst.get(&format!("/inquiries/{id}")).await.text();
        assert!(page.contains("Not all checks passed: ") && !page.contains(">0 passed<"));
        assert_eq!(desk.decide(&analyst, &id, "approve", "discrepancy-explained", "").await.status, StatusCode::OK);
        let clean = with("All checks passed");
        assert!(!analyst.get(&format!("/inquiries/{clean}")).await.text().contains("Not all checks passed"));
        assert_eq!(desk.decide(&analyst, &clean, "approve", "checks-passed", "").await.status, StatusCode::OK);
    }

    async fn marking_for_review_and_declining_reach_persona(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "completed").await.remove(0);
        let reply = desk.decide(&analyst, &id, "mark-for-review", "second-look", "").await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        desk.settle().await;
        assert_eq!(desk.inquiry(&analyst, &id).await["inquiry"]["status"], "needs_review");
        let reply = desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        desk.settle().await;
        assert_eq!(desk.inquiry(&analyst, &id).await["inquiry"]["status"], "declined");
        let actions: Vec<_> = desk.effects(&id).await.iter().map(|effect| effect["action"].clone()).collect();
        assert_eq!(actions, ["mark-for-review", "decline"]);
    }

    async fn of_two_reviewers_at_once_one_wins_and_the_other_is_told(desk: Filled) {
        let mut desk = desk;
        let maya = desk.analyst().await;
        let jo = desk.reviewer("jo@desk.example", "Jo Lindqvist", countersign::domain::reviewer::Role::Analyst).await;
        for id in desk.queue(&maya, "needs_review").await.into_iter().take(5) {
            let version = desk.inquiry(&maya, &id).await["version"].to_string();
            desk.inquiry(&jo, &id).await;
            let approve = [("inquiry", id.as_str()), ("version", &version), ("verdict", "approve"), ("reason", "discrepancy-explained"), ("comment", "")];
            let decline = [("inquiry", id.as_str()), ("version", &version), ("verdict", "decline"), ("reason", "other"), ("comment", "Something is off")];
            let (a, b) = tokio::join!(maya.submit("decide", &approve), jo.submit("decide", &decline));
            let mut statuses = [a.status, b.status];
            statuses.sort();
            assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT], "{} {}", a.text(), b.text());
            let loser = if a.status == StatusCode::OK { (&b, "Maya Okafor") } else { (&a, "Jo Lindqvist") };
            assert!(loser.0.text().contains(loser.1), "{}", loser.0.text());
            desk.settle().await;
            assert_eq!(desk.effects(&id).await.len(), 1);
            assert_eq!(desk.entries("decision.made", &id).await.len(), 1);
            assert_eq!(desk.entries("decision.refused", &id).await.len(), 1);
        }
    }

    async fn whoever_saw_old_evidence_is_asked_again_and_keeps_the_draft(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = first_waiting(&desk, &analyst).await;
        let version: i64 = desk.inquiry(&analyst, &id).await["version"].as_i64().unwrap();
        desk.persona("PATCH", &format!("/inquiries/{id}"), json!({"data": {"attributes": {"fields": {"birthdate": "1950-01-01"}}}})).await;
        jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        let fields = [("inquiry", id.as_str()), ("version", &version.to_string()), ("verdict", "decline"), ("reason", "birthdate-mismatch"), ("comment", "Ten years apart")];
        let reply = analyst.submit("decide", &fields).await;
        assert_eq!(reply.status, StatusCode::CONFLICT);
        assert!(reply.text().contains("Stale"), "{}", reply.text());
        let page = desk.inquiry(&analyst, &id).await;
        assert!(page["version"].as_i64().unwrap() > version);
        assert_eq!(page["draft"]["comment"], "Ten years apart");
        assert_eq!(page["draft"]["reason"], "birthdate-mismatch");
        assert!(desk.effects(&id).await.is_empty());
        assert_eq!(desk.decide(&analyst, &id, "decline", "birthdate-mismatch", "Ten years apart").await.status, StatusCode::OK);
        assert!(desk.inquiry(&analyst, &id).await["draft"].is_null());
    }

    async fn persona_down_keeps_the_decision_and_delivers_it_later(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = first_waiting(&desk, &analyst).await;
        desk.fault(json!({"kind": "status", "status": 503, "times": 1000})).await;
        assert_eq!(desk.decide(&analyst, &id, "approve", "discrepancy-explained", "").await.status, StatusCode::OK);
        jobs::deliver::run(&desk.app).await.unwrap();
        let page = desk.inquiry(&analyst, &id).await;
        assert_eq!(page["decisions"][0]["state"], "queued");
        assert_eq!(page["persona_down"], true);
        assert!(page["decisions"][0]["next_attempt_at"].is_string());
        assert!(analyst.get("/queue").await.text().contains("Persona does not answer"), "reading goes on, and says so");
        desk.no_faults().await;
        desk.clock.advance(Duration::from_secs(600));
        desk.settle().await;
        assert_eq!(desk.inquiry(&analyst, &id).await["decisions"][0]["state"], "confirmed");
        assert_eq!(desk.effects(&id).await.len(), 1);
    }

    async fn a_lost_answer_is_sent_again_under_the_same_key(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = first_waiting(&desk, &analyst).await;
        desk.fault(json!({"match": "approve", "kind": "cut-after", "times": 2})).await;
        assert_eq!(desk.decide(&analyst, &id, "approve", "discrepancy-explained", "").await.status, StatusCode::OK);
        for _ in 0..4 {
            desk.settle().await;
            desk.clock.advance(Duration::from_secs(60));
        }
        assert_eq!(desk.inquiry(&analyst, &id).await["decisions"][0]["state"], "confirmed");
        assert_eq!(desk.effects(&id).await.len(), 1, "done once although sent three times");
    }

    async fn a_stored_failure_is_read_back_before_a_new_key(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let ids = desk.queue(&analyst, "needs_review").await;
        for (id, applied) in ids.iter().zip([true, false]) {
            desk.fault(json!({"match": "approve", "kind": "stored-500", "times": 1, "applied": applied})).await;
            assert_eq!(desk.decide(&analyst, id, "approve", "discrepancy-explained", "").await.status, StatusCode::OK);
            for _ in 0..3 {
                desk.settle().await;
                desk.clock.advance(Duration::from_secs(60));
            }
            assert_eq!(desk.inquiry(&analyst, id).await["decisions"][0]["state"], "confirmed", "applied: {applied}");
            assert_eq!(desk.effects(id).await.len(), 1, "applied: {applied}");
        }
    }

    async fn persona_saying_no_is_shown_with_its_reason(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = first_waiting(&desk, &analyst).await;
        assert_eq!(desk.decide(&analyst, &id, "approve", "discrepancy-explained", "").await.status, StatusCode::OK);
        desk.persona("DELETE", &format!("/inquiries/{id}"), json!(null)).await;
        desk.settle().await;
        let page = desk.inquiry(&analyst, &id).await;
        assert_eq!(page["decisions"][0]["state"], "rejected");
        assert!(page["decisions"][0]["answer"].as_str().unwrap().contains("redacted"), "{}", page["decisions"][0]["answer"]);
        assert_eq!(desk.entries("decision.rejected", &id).await.len(), 1);
    }

    async fn an_interrupted_delivery_is_taken_up_after_a_restart(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = first_waiting(&desk, &analyst).await;
        assert_eq!(desk.decide(&analyst, &id, "approve", "discrepancy-explained", "").await.status, StatusCode::OK);
        // Claimed and sent, but the program ended before it could record the outcome.
        let claimed = countersign::server::usecase::delivery::claim(&desk.app).await.unwrap().unwrap();
        let sent = desk.app.persona.send(&claimed.action, &claimed.subject_id, &claimed.idempotency_key(), claimed.lease_until).await;
        assert!(sent.result.is_ok());
        let after = desk.another().await;
        countersign::server::usecase::delivery::recover(&after).await.unwrap();
        // On PostgreSQL another replica might still be sending it, so its lease has to expire.
        desk.clock.advance(Duration::from_secs(61));
        jobs::deliver::run(&after).await.unwrap();
        assert_eq!(desk.inquiry(&analyst, &id).await["decisions"][0]["state"], "confirmed");
        assert_eq!(desk.effects(&id).await.len(), 1);
        // The first process, which was asleep, may not write any more.
        let late = countersign::server::usecase::delivery::settle(
            &desk.app,
            claimed,
            countersign::server::db::delivery::Fate::Failed,
            countersign::server::usecase::delivery::CallResult::default(),
        );
        assert!(!late.await.unwrap());
        assert_eq!(desk.inquiry(&analyst, &id).await["decisions"][0]["state"], "confirmed");
    }

    async fn a_form_without_javascript_decides_and_keeps_what_was_refused(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = first_waiting(&desk, &analyst).await;
        let page = format!("/inquiries/{id}");
        let version = desk.inquiry(&analyst, &id).await["version"].to_string();
        let fields = |comment| [("inquiry", id.as_str()), ("version", version.as_str()), ("verdict", "decline"), ("reason", "other"), ("comment", comment)];
        let refused = analyst.post_plain("decide", &page, &fields("")).await;
        assert_eq!(refused.status, StatusCode::FOUND);
        let back = refused.header("location");
        let path = back.strip_prefix("http://127.0.0.1:3000").unwrap_or(&back);
        let shown = analyst.get(path).await;
        assert!(shown.text().contains("Write a comment"), "{back}");
        let done = analyst.post_plain("decide", &page, &fields("Seen it all before")).await;
        assert_eq!(done.status, StatusCode::FOUND);
        assert!(!done.header("location").contains("__err"), "{}", done.header("location"));
        assert!(analyst.get(&page).await.text().contains("Seen it all before"));
        desk.settle().await;
        assert_eq!(desk.effects(&id).await.len(), 1);
    }

    async fn a_one_time_link_is_made_shown_and_forgotten(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "pending").await.remove(0);
        let worker = desk.app.clone();
        let delivering = tokio::spawn(async move {
            for _ in 0..40 {
                jobs::deliver::run(&worker).await.unwrap();
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        });
        let reply = analyst.submit("link", &[("inquiry", &id), ("life", "3600")]).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        delivering.await.unwrap();
        let link = desk.inquiry(&analyst, &id).await["links"][0].clone();
        assert_eq!(link["state"], "ready");
        let url = link["url"].as_str().unwrap().to_owned();
        assert!(url.contains("/verify?code="), "{url}");
        let entries = desk.entries("link", &id).await;
        assert_eq!(entries.len(), 2);
        assert!(entries.iter().all(|entry| !entry.body.contains(&url)), "whoever holds the link is let in: never in the log");
        desk.clock.advance(Duration::from_secs(3601));
        let analyst = desk.sign_in("analyst@desk.example").await;
        assert!(desk.inquiry(&analyst, &id).await["links"][0]["url"].is_null());
        countersign::server::usecase::session::sweep(&desk.app).await.unwrap();
        for bad in ["59", "0", "999999999"] {
            assert!(analyst.submit("link", &[("inquiry", &id), ("life", bad)]).await.status.is_client_error());
        }
    }
}
