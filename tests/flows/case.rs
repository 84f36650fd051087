use axum::http::StatusCode;
use serde_json::json;

use crate::desk::Desk;
use crate::flow;

flow! {
    async fn a_case_takes_a_status_of_its_template(desk: Desk) {
        let mut desk = desk.filled().await;
        let analyst = desk.analyst().await;
        let list = analyst.call("cases", json!({})).await.json();
        let row = list["page"]["rows"].as_array().unwrap().iter().find(|row| row["status"] == "Open").unwrap().clone();
        let id = row["id"].as_str().unwrap();
        let page = analyst.call("case", json!({"id": id})).await.json();
        assert!(page["statuses"].as_array().unwrap().contains(&json!("Escalated")), "seen on other cases: {}", page["statuses"]);
        let version = page["version"].to_string();
        let fields = [("case", id), ("version", version.as_str()), ("status", "Escalated"), ("other", ""), ("reason", "new-information"), ("comment", "")];
        let reply = analyst.submit("set-status", &fields).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        desk.settle().await;
        let page = analyst.call("case", json!({"id": id})).await.json();
        assert_eq!(page["case"]["status"], "Escalated");
        assert_eq!(page["decisions"][0]["state"], "confirmed");
        let effects = desk.effects(id).await;
        assert_eq!(effects.len(), 1);
        assert_eq!(effects[0]["action"], "set-status");
        assert_eq!(desk.entries("decision.made", id).await[0].fact("status").as_deref(), Some("Escalated"));
        let stale = analyst.submit("set-status", &fields).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
    }

    async fn a_status_that_the_template_lacks_is_refused_by_persona_and_said_so(desk: Desk) {
        let mut desk = desk.filled().await;
        let analyst = desk.analyst().await;
        let list = analyst.call("cases", json!({})).await.json();
        let id = list["page"]["rows"][0]["id"].as_str().unwrap().to_owned();
        let version = analyst.call("case", json!({"id": id})).await.json()["version"].to_string();
        let fields = [("case", id.as_str()), ("version", &version), ("status", "Open"), ("other", "Nonsense"), ("reason", "other"), ("comment", "Try")];
        assert_eq!(analyst.submit("set-status", &fields).await.status, StatusCode::OK);
        desk.settle().await;
        let page = analyst.call("case", json!({"id": id})).await.json();
        assert_eq!(page["decisions"][0]["state"], "rejected");
        assert_eq!(analyst.call("case", json!({"id": "case_none"})).await.status, StatusCode::NOT_FOUND);
    }
}
