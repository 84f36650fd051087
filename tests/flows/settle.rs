use std::time::Duration;

use axum::http::StatusCode;
use countersign::server::jobs;
use serde_json::{Value, json};

use crate::desk::{Desk, Visitor};
use crate::filled::Filled;
use crate::flow;

/// A decision whose call was cut, and whose inquiry had another status when Persona could be asked. It cannot be known
/// whether the decision was made and undone, or never made. Returns the inquiry and the decision.
async fn unknown(desk: &Desk, by: &Visitor) -> (String, String) {
    let id = desk.queue(by, "completed").await.remove(0);
    desk.fault(json!({"match": "mark-for-review", "kind": "cut-before"})).await;
    let reply = desk.decide(by, &id, "mark-for-review", "second-look", "").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    jobs::deliver::run(&desk.app).await.unwrap();
    desk.persona("POST", &format!("/inquiries/{id}/approve"), Value::Null).await;
    desk.clock.advance(Duration::from_secs(360));
    desk.settle().await;
    let page = desk.inquiry(by, &id).await;
    assert_eq!(page["decisions"][0]["state"], "unknown", "{page}");
    (id, reply.json()["id"].as_str().unwrap().to_owned())
}

flow! {
    async fn a_person_says_that_it_does_not_stand_and_the_inquiry_is_free_again(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (id, decision) = unknown(&desk, &analyst).await;
        let html = analyst.get(&format!("/inquiries/{id}")).await.text();
        assert!(html.contains("It is in Persona") && html.contains("the inquiry is approved at Persona"));
        let blocked = desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await;
        assert_eq!(blocked.status, StatusCode::CONFLICT);

        let empty = analyst.submit("settle", &[("decision", &decision), ("outcome", "not-there"), ("look", " ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        let vague = analyst.submit("settle", &[("decision", &decision), ("outcome", "perhaps"), ("look", "x")]).await;
        assert_eq!(vague.status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields = [("decision", decision.as_str()), ("outcome", "not-there"), ("look", "Approved there by Jo, no mark of ours")];
        let settled = analyst.submit("settle", &fields).await;
        assert_eq!(settled.status, StatusCode::OK, "{}", settled.text());
        assert_eq!(settled.json()["state"], "rejected");
        let again = analyst.submit("settle", &fields).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "settled once");

        let entries = desk.entries("decision.settled", &id).await;
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].actor_name.as_str(), entries[0].fact("outcome").as_deref()), ("Maya Okafor", Some("rejected")));
        assert!(!entries[0].body.contains("Approved there by Jo"), "what was seen is a commitment");
        assert!(desk.effects(&id).await.iter().all(|effect| effect["action"] == "approve"), "nothing more was sent");
        desk.settle().await;
        let next = desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await;
        // Another person approved it. The refusal is for that reason, no longer for a decision that is being delivered.
        assert!(next.text().contains("NotFrom"), "{}", next.text());
    }

    async fn whoever_decided_does_not_say_alone_that_it_stands_against_persona(desk: Filled) {
        let mut desk = desk;
        let (analyst, second) = (desk.analyst().await, desk.second_analyst().await);
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        desk.fault(json!({"match": "/approve", "kind": "cut-before"})).await;
        let made = desk.decide(&analyst, &id, "approve", "other", "Looked at by hand").await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text());
        jobs::deliver::run(&desk.app).await.unwrap();
        desk.persona("POST", &format!("/inquiries/{id}/decline"), Value::Null).await;
        desk.clock.advance(Duration::from_secs(360));
        desk.settle().await;
        assert_eq!(desk.inquiry(&analyst, &id).await["decisions"][0]["state"], "unknown");
        let decision = made.json()["id"].as_str().unwrap().to_owned();
        let there = [("decision", decision.as_str()), ("outcome", "there"), ("look", "It is approved there")];
        let own = analyst.submit("settle", &there).await;
        assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", own.text());
        assert!(own.text().contains("another reviewer has to check"), "{}", own.text());
        assert_eq!(desk.inquiry(&analyst, &id).await["decisions"][0]["state"], "unknown");
        let other = second.submit("settle", &there).await;
        assert_eq!(other.status, StatusCode::OK, "{}", other.text());
    }

    async fn a_person_says_that_it_stands_and_a_plain_form_does_as_well(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (id, decision) = unknown(&desk, &analyst).await;
        let page = format!("/inquiries/{id}");
        let fields = [("decision", decision.as_str()), ("outcome", "there"), ("look", "Marked at 10:02, then approved")];
        let reply = analyst.post_plain("settle", &page, &fields).await;
        assert_eq!(reply.status, StatusCode::FOUND);
        assert!(reply.header("location").contains(&page));
        assert_eq!(desk.inquiry(&analyst, &id).await["decisions"][0]["state"], "confirmed");
        assert_eq!(desk.entries("decision.settled", &id).await.len(), 1);
        let html = analyst.get(&page).await.text();
        assert!(html.contains("saw in Persona that it took effect") && !html.contains("It is in Persona"));
    }

    async fn two_settle_at_once_and_one_of_them_is_told(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (id, decision) = unknown(&desk, &analyst).await;
        let there = [("decision", decision.as_str()), ("outcome", "there"), ("look", "a")];
        let not = [("decision", decision.as_str()), ("outcome", "not-there"), ("look", "b")];
        let (one, two) = tokio::join!(analyst.submit("settle", &there), analyst.submit("settle", &not));
        let mut statuses = [one.status, two.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
        assert_eq!(desk.entries("decision.settled", &id).await.len(), 1);
    }
}
