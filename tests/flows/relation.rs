use axum::http::StatusCode;
use serde_json::json;

use crate::desk::Desk;
use crate::flow;

async fn harbor(desk: &Desk, by: &crate::desk::Visitor) -> String {
    let found = by.call("accounts", json!({"search": "harbor trade"})).await.json();
    assert!(desk.app.persona.relation_keys().len() > 3);
    found[0]["id"].as_str().unwrap().to_owned()
}

flow! {
    async fn the_graph_of_a_business_reaches_its_owners_and_the_declined_one(desk: Desk) {
        let mut desk = desk.filled().await;
        let analyst = desk.analyst().await;
        let id = harbor(&desk, &analyst).await;
        for _ in 0..3 {
            analyst.call("relations", json!({"account": id, "hops": 3})).await;
            desk.settle().await;
        }
        let page = analyst.call("relations", json!({"account": id, "hops": 3})).await.json();
        let nodes = page["graph"]["nodes"].as_array().unwrap();
        let edges = page["graph"]["edges"].as_array().unwrap();
        assert!(nodes.len() > 10, "{} nodes", nodes.len());
        assert_eq!(nodes[0]["id"], json!(id));
        assert!(edges.iter().any(|edge| edge["label"] == "beneficial owners" && edge["declared"] == true), "{edges:?}");
        assert!(edges.iter().any(|edge| edge["declared"] == false), "shared attributes link as well");
        assert!(nodes.iter().any(|node| node["declined"] == true && node["hops"].as_u64().unwrap() <= 2));
        assert_eq!(page["pending"], false);
        let html = analyst.get(&format!("/accounts/{id}/relations?hops=3")).await.text();
        assert!(html.contains("<svg") && html.matches("class=\"node").count() >= nodes.len(), "the picture is in the server's HTML");
        assert!(html.contains("declined within 2 hops"));
        assert_eq!(desk.entries("relations.viewed", &id).await.len(), 5);
    }

    async fn relations_are_asked_for_by_key_and_follow_events(desk: Desk) {
        let mut desk = desk.filled().await;
        let analyst = desk.analyst().await;
        let id = harbor(&desk, &analyst).await;
        analyst.call("relations", json!({"account": id, "hops": 1})).await;
        desk.settle().await;
        let before = analyst.call("relations", json!({"account": id, "hops": 1})).await.json();
        let target = before["graph"]["edges"].as_array().unwrap().iter().find(|edge| edge["declared"] == true && edge["from"] == 0).unwrap()["to"].as_u64().unwrap();
        let other = before["graph"]["nodes"][usize::try_from(target).unwrap()]["id"].as_str().unwrap().to_owned();
        let removed = json!({"data": {"type": "event", "id": "evt_rel", "attributes": {"name": "account.removed-relation", "created-at": "2030-01-01T00:00:00.000Z",
            "payload": {"data": {"type": "account", "id": id, "attributes": {"account-type-name": "Business", "created-at": "2026-01-01T00:00:00.000Z", "fields": {}}}},
            "context": {"relation-schema-key": "beneficial_owners", "target-account-id": other, "target-txn-id": null}}}});
        assert_eq!(desk.signed_webhook(removed.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
        desk.settle().await;
        let mut conn = desk.app.read().await.unwrap();
        let left = countersign::server::db::relation::among(&mut conn, &[id.clone(), other.clone()]).await.unwrap();
        assert!(!left.iter().any(|relation| relation.from.as_str() == id && relation.key == "beneficial_owners"), "{left:?}");
    }

    async fn an_account_that_does_not_exist_is_not_found(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        assert_eq!(analyst.get("/accounts/act_none").await.status, StatusCode::NOT_FOUND);
        assert_eq!(analyst.get("/accounts/act_none/relations").await.status, StatusCode::NOT_FOUND);
    }
}
