//! Notes that call somebody, and differences that are resolved.
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::{Desk, Visitor};
use crate::flow;

async fn unread(by: &Visitor) -> i64 {
    by.call("frame", json!({})).await.json()["mentions"].as_i64().unwrap()
}

flow! {
    async fn who_is_called_by_a_note_is_told_and_reads_it_where_it_stands(desk: Desk) {
        let mut desk = desk.filled().await;
        let (maya, jo, admin) = (desk.analyst().await, desk.second_analyst().await, desk.admin().await);
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        let note = |body: &'static str| [("kind", "inquiry"), ("subject", id.as_str()), ("body", body)];
        assert_eq!(maya.submit("note-add", &note("@Jo Lindqvist have you seen this face? @maya too")).await.status, StatusCode::OK);
        assert_eq!((unread(&jo).await, unread(&maya).await), (1, 0), "one's own name calls nobody");
        let found = jo.call("mentions", json!({})).await.json();
        assert_eq!(found[0].as_array().unwrap().len(), 1);
        assert_eq!((&found[0][0]["subject"], &found[0][0]["read_at"]), (&json!(id), &Value::Null));
        assert!(found[0][0]["name"].as_str().is_some_and(|name| !name.is_empty()));
        assert!(jo.get("/mentions").await.text().contains("have you seen this face?"));
        // Listed is not read; opened where it stands is.
        assert_eq!(unread(&jo).await, 1);
        desk.inquiry(&jo, &id).await;
        assert_eq!(unread(&jo).await, 0);
        assert_eq!(maya.submit("note-add", &note("@jo once more")).await.status, StatusCode::OK);
        assert_eq!(maya.submit("note-add", &note("@jo and again")).await.status, StatusCode::OK);
        assert_eq!(unread(&jo).await, 2);
        assert_eq!(jo.submit("mentions-read", &[]).await.status, StatusCode::OK);
        assert_eq!(unread(&jo).await, 0);
        assert_eq!(jo.call("mentions", json!({})).await.json()[0].as_array().unwrap().len(), 3);
        // Whoever may not see evidence is not led there.
        assert_eq!(maya.submit("note-add", &note("@admin look")).await.status, StatusCode::OK);
        assert_eq!(unread(&admin).await, 0);
    }

    async fn a_difference_is_resolved_for_the_values_that_differ(desk: Desk) {
        let mut desk = desk.filled().await;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let differing = |page: &Value| page["comparisons"].as_array().unwrap().iter().find(|line| line["agrees"] == false).cloned();
        let mut found = None;
        for id in desk.queue(&maya, "needs_review").await {
            let page = desk.inquiry(&maya, &id).await;
            if let Some(line) = differing(&page) {
                found = Some((id, page, line));
                break;
            }
        }
        let (id, page, line) = found.expect("the seed has an inquiry whose document says something else");
        let (version, field) = (page["version"].to_string(), line["label"].as_str().unwrap());
        let say = |field: &str, how: &str, why: &str| {
            let fields = [("inquiry", id.as_str()), ("version", version.as_str()), ("field", field), ("resolution", how), ("comment", why)];
            fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let submit = async |by: &Visitor, fields: [(String, String); 5]| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            by.submit("discrepancy-resolve", &fields).await.status
        };
        assert_eq!(submit(&maya, say(field, "never-heard", "")).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(submit(&maya, say(field, "explained", " ")).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(submit(&maya, say("Country", "spelling", "")).await, StatusCode::NOT_FOUND, "that does not differ");
        assert_eq!(submit(&maya, say(field, "spelling", "")).await, StatusCode::OK);
        assert_eq!(submit(&jo, say(field, "explained", "She married in May.")).await, StatusCode::OK);
        let again = differing(&desk.inquiry(&maya, &id).await).unwrap();
        assert_eq!((&again["resolved"]["resolution"], &again["resolved"]["by"]), (&json!("explained"), &json!("Jo Lindqvist")));
        assert!(maya.get(&format!("/inquiries/{id}")).await.text().contains("She married in May."));
        let entries = desk.entries("discrepancy.resolved", &id).await;
        assert_eq!(entries.len(), 2, "what was said before stands in the log");

        // Other values: what was said of these does not count.
        desk.persona("PATCH", &format!("/inquiries/{id}"), json!({"data": {"attributes": {"fields": {"name-first": "Ottilie", "birthdate": "1950-01-01"}}}})).await;
        countersign::server::jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        let changed = desk.inquiry(&maya, &id).await;
        assert_ne!(changed["version"].to_string(), version);
        let still = changed["comparisons"].as_array().unwrap().iter().find(|line| line["label"] == field).unwrap();
        assert_eq!(still["resolved"], Value::Null, "{field}");
        assert_eq!(submit(&maya, say(field, "spelling", "")).await, StatusCode::CONFLICT, "on evidence that is gone");
    }
}
