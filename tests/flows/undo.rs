use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;

use crate::desk::{Desk, On};
use crate::filled::Filled;
use crate::flow;

/// Sets an undo window of ten seconds.
async fn patient(desk: Desk) -> Desk {
    let on = if desk.database_url.starts_with("sqlite") { On::Sqlite } else { On::Postgres };
    Filled::configured(on, |config| config.undo = Duration::from_secs(10)).await
}

flow! {
    async fn a_decision_can_be_undone_before_it_is_sent_and_its_words_come_back(desk: Desk) {
        let mut desk = patient(desk).await;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        let made = desk.decide(&maya, &id, "decline", "document-expired", "Expired in May").await.json();
        assert_eq!(made["state"], "proposed");
        let decision = made["id"].as_str().unwrap();
        desk.clock.advance(Duration::from_secs(9));
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty(), "nothing is sent while it can be undone");
        assert_eq!(desk.decide(&jo, &id, "approve", "discrepancy-explained", "").await.status, StatusCode::CONFLICT, "it bars others all the same");
        assert_eq!(jo.submit("withdraw", &[("decision", decision)]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "not theirs");
        assert!(maya.get(&format!("/inquiries/{id}")).await.text().contains("id=\"undo\""));
        let undone = maya.submit("withdraw", &[("decision", decision)]).await;
        assert_eq!(undone.json()["state"], "withdrawn", "{}", undone.text());
        desk.clock.advance(Duration::from_secs(60));
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty());
        let page = desk.inquiry(&maya, &id).await;
        assert_eq!(page["draft"]["comment"], "Expired in May");
        assert_eq!(desk.entries("decision.withdrawn", &id).await.len(), 1);
        assert_eq!(desk.decide(&maya, &id, "approve", "discrepancy-explained", "").await.status, StatusCode::OK, "the same version, again");
        desk.clock.advance(Duration::from_secs(11));
        desk.settle().await;
        assert_eq!(desk.effects(&id).await.len(), 1);
    }

    async fn what_is_on_its_way_cannot_be_undone(desk: Desk) {
        let mut desk = patient(desk).await;
        let maya = desk.analyst().await;
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        let made = desk.decide(&maya, &id, "approve", "discrepancy-explained", "").await.json();
        let decision = made["id"].as_str().unwrap();
        desk.clock.advance(Duration::from_secs(10));
        // The clock alone decides: no job has run yet.
        let late = maya.submit("withdraw", &[("decision", decision)]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.text().contains("TooLate"), "{}", late.text());
        desk.fault(json!({"kind": "status", "status": 503, "times": 1000})).await;
        desk.settle().await;
        assert_eq!(desk.inquiry(&maya, &id).await["decisions"][0]["state"], "queued");
        assert_eq!(maya.submit("withdraw", &[("decision", decision)]).await.status, StatusCode::CONFLICT);
        desk.no_faults().await;
        desk.clock.advance(Duration::from_secs(600));
        desk.settle().await;
        assert_eq!(desk.effects(&id).await.len(), 1);
        assert!(desk.entries("decision.withdrawn", &id).await.is_empty());
    }

    async fn undoing_and_sending_at_once_end_one_way(desk: Desk) {
        let mut desk = patient(desk).await;
        let maya = desk.analyst().await;
        for id in desk.queue(&maya, "needs_review").await.into_iter().take(6) {
            let made = desk.decide(&maya, &id, "approve", "discrepancy-explained", "").await.json();
            let decision = made["id"].as_str().unwrap().to_owned();
            desk.clock.advance(Duration::from_millis(9_999));
            let app = desk.app.clone();
            let clock = desk.clock.clone();
            let sending = tokio::spawn(async move {
                clock.advance(Duration::from_millis(1));
                countersign::server::jobs::deliver::run(&app).await.unwrap();
            });
            let undone = maya.submit("withdraw", &[("decision", &decision)]).await;
            sending.await.unwrap();
            desk.clock.advance(Duration::from_secs(30));
            desk.settle().await;
            let expected = usize::from(undone.status != StatusCode::OK);
            assert_eq!(desk.effects(&id).await.len(), expected, "{}", undone.text());
            let state = desk.inquiry(&maya, &id).await["decisions"][0]["state"].clone();
            assert_eq!(state, if expected == 1 { "confirmed" } else { "withdrawn" });
        }
    }
}
