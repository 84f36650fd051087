use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;

use crate::filled::Filled;
use crate::flow;

flow! {
    async fn a_claim_keeps_colleagues_from_deciding_until_it_lapses(desk: Filled) {
        let mut desk = desk;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        assert_eq!(maya.submit("claim", &[("inquiry", &id)]).await.status, StatusCode::OK);
        let reply = desk.decide(&jo, &id, "decline", "document-expired", "Expired in May").await;
        assert_eq!(reply.status, StatusCode::CONFLICT);
        assert!(reply.text().contains("Claimed") && reply.text().contains("Maya Okafor"), "{}", reply.text());
        let page = desk.inquiry(&jo, &id).await;
        assert_eq!(page["claim"]["by_name"], "Maya Okafor");
        assert_eq!(page["draft"]["comment"], "Expired in May", "nothing typed is lost");
        let queue = jo.call("queue", json!({"filter": {}})).await.json();
        assert!(queue["page"]["rows"].as_array().unwrap().iter().any(|row| row["claimed_by"] == "Maya Okafor"));
        let html = jo.get(&format!("/inquiries/{id}")).await.text();
        assert!(html.contains("Reason for taking over"), "the page says whose it is");
        assert!(!html.contains("id=\"approve\""), "and offers no verdict");

        desk.clock.advance(Duration::from_secs(100));
        assert_eq!(maya.call("claim-renew", json!({"inquiry": id})).await.json(), json!(true));
        desk.clock.advance(Duration::from_secs(100));
        assert!(!desk.inquiry(&jo, &id).await["claim"].is_null(), "renewed");
        desk.clock.advance(Duration::from_secs(81));
        assert!(desk.inquiry(&jo, &id).await["claim"].is_null(), "lapsed");
        assert_eq!(maya.call("claim-renew", json!({"inquiry": id})).await.json(), json!(false), "a lapsed claim is nobody's");
        assert_eq!(desk.decide(&jo, &id, "decline", "document-expired", "Expired in May").await.status, StatusCode::OK);
    }

    async fn a_claim_is_taken_over_with_a_reason_that_stands_in_the_log(desk: Filled) {
        let mut desk = desk;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        assert_eq!(maya.submit("claim", &[("inquiry", &id)]).await.status, StatusCode::OK);
        assert_eq!(jo.submit("claim", &[("inquiry", &id)]).await.status, StatusCode::CONFLICT);
        assert_eq!(jo.submit("claim", &[("inquiry", &id), ("reason", "  ")]).await.status, StatusCode::CONFLICT);
        assert_eq!(jo.submit("claim", &[("inquiry", &id), ("reason", &"x".repeat(501))]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let taken = jo.submit("claim", &[("inquiry", &id), ("reason", "Maya went home")]).await;
        assert_eq!(taken.status, StatusCode::OK, "{}", taken.text());
        let entries = desk.entries("claim.taken_over", &id).await;
        assert_eq!((entries[0].actor_name.as_str(), entries[0].fact("from").as_deref()), ("Jo Lindqvist", Some("Maya Okafor")));
        assert_eq!(entries[0].personal.get("reason").map(String::as_str), Some("Maya went home"));
        let late = desk.decide(&maya, &id, "approve", "discrepancy-explained", "").await;
        assert_eq!(late.status, StatusCode::CONFLICT, "whose claim was taken over is told so");
        assert_eq!(maya.call("claim-renew", json!({"inquiry": id})).await.json(), json!(false));
        assert_eq!(jo.submit("claim-release", &[("inquiry", &id)]).await.status, StatusCode::OK);
        assert_eq!(desk.decide(&maya, &id, "approve", "discrepancy-explained", "").await.status, StatusCode::OK);
        assert_eq!(desk.entries("claim.released", &id).await.len(), 1);
    }

    async fn of_many_who_claim_at_once_one_has_it(desk: Filled) {
        let mut desk = desk;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        for id in desk.queue(&maya, "needs_review").await.into_iter().take(5) {
            let fields = [("inquiry", id.as_str())];
            let (a, b) = tokio::join!(maya.submit("claim", &fields), jo.submit("claim", &fields));
            let mut statuses = [a.status, b.status];
            statuses.sort();
            assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
            assert_eq!(desk.entries("claim.taken", &id).await.len(), 1);
        }
    }
}
