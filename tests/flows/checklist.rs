//! Checklists: an unticked item, for the current evidence, blocks a verdict.
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::Visitor;
use crate::filled::Filled;
use crate::flow;

async fn tick(by: &Visitor, id: &str, page: &Value, n: usize, done: &str) -> StatusCode {
    let item = page["checklist"][n]["item"]["id"].as_str().unwrap();
    let version = page["version"].to_string();
    by.submit("checklist-tick", &[("inquiry", id), ("item", item), ("version", &version), ("done", done)]).await.status
}

flow! {
    async fn what_is_not_ticked_keeps_a_verdict_back(desk: Filled) {
        let mut desk = desk;
        let (maya, jo, admin) = (desk.analyst().await, desk.second_analyst().await, desk.admin().await);
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        let text = "approve: The face is the one on the document\nThe back was read";
        for bad in ["approve:", "x\nx"] {
            assert_eq!(admin.submit("checklist-set", &[("version", "0"), ("template", ""), ("items", bad)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(admin.submit("checklist-set", &[("version", "0"), ("template", ""), ("items", text)]).await.status, StatusCode::OK);
        assert_eq!(admin.submit("checklist-set", &[("version", "0"), ("template", ""), ("items", "x")]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "not the version that counts");
        let page = desk.inquiry(&maya, &id).await;
        assert_eq!(page["checklist"].as_array().unwrap().len(), 2);
        assert!(maya.get(&format!("/inquiries/{id}")).await.text().contains("required to approve"));

        let refused = desk.decide(&maya, &id, "approve", "discrepancy-explained", "looks fine").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains("The face is the one on the document"), "{}", refused.text());
        assert_eq!(desk.inquiry(&maya, &id).await["draft"]["comment"], "looks fine", "the words are kept");

        assert_eq!(tick(&maya, &id, &page, 0, "yes").await, StatusCode::OK);
        assert_eq!(tick(&jo, &id, &page, 0, "yes").await, StatusCode::OK, "it is ticked already");
        assert_eq!(tick(&jo, &id, &page, 0, "no").await, StatusCode::OK);
        assert_eq!(desk.decide(&maya, &id, "approve", "discrepancy-explained", "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(tick(&jo, &id, &page, 0, "yes").await, StatusCode::OK);
        assert_eq!(desk.entries("checklist.ticked", &id).await.len(), 2);

        // An old tick does not count for new evidence.
        desk.persona("PATCH", &format!("/inquiries/{id}"), json!({"data": {"attributes": {"fields": {"birthdate": "1950-01-01"}}}})).await;
        countersign::server::jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        let again = desk.inquiry(&maya, &id).await;
        assert!(again["version"] != page["version"]);
        assert_eq!(again["checklist"][0]["counts"], false);
        assert_eq!(tick(&maya, &id, &page, 0, "yes").await, StatusCode::CONFLICT, "on evidence that is gone");
        assert_eq!(tick(&maya, &id, &again, 0, "yes").await, StatusCode::OK);
        assert_eq!(desk.decide(&maya, &id, "approve", "discrepancy-explained", "").await.status, StatusCode::OK);
        let made = desk.entries("decision.made", &id).await.remove(0);
        assert_eq!(made.fact("checklist").as_deref(), Some("1"));
        let other = desk.queue(&maya, "needs_review").await.remove(1);
        let none = [("inquiry", other.as_str()), ("item", "none"), ("version", "1"), ("done", "yes")];
        assert_eq!(maya.submit("checklist-tick", &none).await.status, StatusCode::NOT_FOUND);
        // An item that only an approval needs does not block a decline, and an empty list removes the whole checklist.
        assert_eq!(desk.decide(&maya, &other, "decline", "face-mismatch", "Not the same person").await.status, StatusCode::OK);
        assert_eq!(admin.submit("checklist-set", &[("version", "1"), ("template", ""), ("items", "")]).await.status, StatusCode::OK);
        let third = desk.queue(&maya, "needs_review").await.remove(2);
        assert_eq!(desk.inquiry(&maya, &third).await["checklist"], json!([]));
    }
}
