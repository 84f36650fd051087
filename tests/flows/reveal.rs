//! Values that are masked until a reviewer gives a purpose; notes; drafts that are saved while the reviewer types.
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::{Desk, Visitor};
use crate::filled::Filled;
use crate::flow;

/// An inquiry with a birthdate, an e-mail address and a phone number, and the three as Persona has them.
async fn one(desk: &Desk, by: &Visitor) -> (String, Vec<String>) {
    for id in desk.queue(by, "needs_review").await {
        let inquiry = desk.persona("GET", &format!("/inquiries/{id}"), Value::Null).await;
        let fields = &inquiry["data"]["attributes"]["fields"];
        let value = |name: &str| fields[name]["value"].as_str().map(str::to_owned);
        if let (Some(born), Some(email), Some(phone)) =
            (value("birthdate"), value("email-address"), value("phone-number"))
        {
            return (id, vec![born, email, phone]);
        }
    }
    panic!("no inquiry with these fields waits");
}

flow! {
    async fn values_are_hidden_everywhere_until_they_are_asked_for(desk: Filled) {
        let mut desk = desk;
        let (analyst, jo, auditor) = (desk.analyst().await, desk.second_analyst().await, desk.auditor().await);
        let (id, values) = one(&desk, &analyst).await;
        let account = desk.inquiry(&analyst, &id).await["inquiry"]["account_id"].as_str().map(str::to_owned);
        let page = format!("/inquiries/{id}");
        for visitor in [&analyst, &auditor] {
            let (html, json) = (visitor.get(&page).await.text(), desk.inquiry(visitor, &id).await);
            assert_eq!(json["hidden"].as_array().map(Vec::len).map(|n| n >= 4), Some(true), "{}", json["hidden"]);
            for value in &values {
                assert!(!html.contains(value.as_str()) && !json.to_string().contains(value.as_str()), "{value} is shown");
            }
        }
        for (topics, purpose) in [("all", ""), ("all", "curiosity"), ("shoe-size", "review"), ("", "review")] {
            let form = [("kind", "inquiry"), ("subject", id.as_str()), ("topics", topics), ("purpose", purpose)];
            assert_eq!(analyst.submit("reveal", &form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{topics} {purpose}");
        }
        assert!(desk.entries("field.revealed", &id).await.is_empty());

        let form = |topics: &'static str| [("kind", "inquiry"), ("subject", id.as_str()), ("topics", topics), ("purpose", "review")];
        assert_eq!(analyst.submit("reveal", &form("birthdate")).await.status, StatusCode::OK);
        let text = desk.inquiry(&analyst, &id).await.to_string();
        assert_eq!(values.iter().map(|value| text.contains(value.as_str())).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(analyst.submit("reveal", &form("all")).await.status, StatusCode::OK);
        let json = desk.inquiry(&analyst, &id).await;
        assert!(values.iter().all(|value| json.to_string().contains(value.as_str())));
        assert_eq!(json["hidden"], json!([]));
        // Revealed only to the reviewer who asked, for half an hour, and for this object only.
        assert!(!desk.inquiry(&jo, &id).await.to_string().contains(&values[1]));
        if let Some(account) = account {
            assert!(!analyst.call("account-of", json!({"id": account})).await.text().contains(&values[1]));
        }
        let entries = desk.entries("field.revealed", &id).await;
        assert_eq!(entries.len(), 2);
        assert!(entries.iter().any(|entry| entry.fact("topics").as_deref() == Some("birthdate") && entry.fact("purpose").as_deref() == Some("review")));
        desk.clock.advance(Duration::from_secs(14 * 60));
        analyst.get("/queue").await;
        desk.clock.advance(Duration::from_secs(14 * 60));
        analyst.get("/queue").await;
        assert!(desk.inquiry(&analyst, &id).await.to_string().contains(&values[1]));
        desk.clock.advance(Duration::from_secs(3 * 60));
        assert!(!desk.inquiry(&analyst, &id).await.to_string().contains(&values[1]));
    }

    async fn a_note_is_for_colleagues_and_can_be_struck_out_by_its_author(desk: Filled) {
        let mut desk = desk;
        let (maya, jo, auditor) = (desk.analyst().await, desk.second_analyst().await, desk.auditor().await);
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        let add = |body: &'static str| [("kind", "inquiry"), ("subject", id.as_str()), ("body", body)];
        assert_eq!(maya.submit("note-add", &add("  ")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let none = [("kind", "inquiry"), ("subject", "inq_none"), ("body", "x")];
        assert_eq!(maya.submit("note-add", &none).await.status, StatusCode::NOT_FOUND);
        let note = maya.submit("note-add", &add("@jo the father signed for her")).await.json();
        let restricted = [("kind", "inquiry"), ("subject", id.as_str()), ("body", "reported today"), ("restricted", "on")];
        assert_eq!(jo.submit("note-add", &restricted).await.status, StatusCode::OK);
        for visitor in [&jo, &auditor] {
            let notes = desk.inquiry(visitor, &id).await["notes"].clone();
            assert_eq!((notes[0]["restricted"].as_bool(), notes[1]["author_name"].as_str()), (Some(true), Some("Maya Okafor")));
        }
        let note_id = note["id"].as_str().unwrap();
        assert_eq!(jo.submit("note-strike", &[("note", note_id)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        for _ in 0..2 {
            assert_eq!(maya.submit("note-strike", &[("note", note_id)]).await.status, StatusCode::OK);
        }
        let notes = desk.inquiry(&jo, &id).await["notes"].clone();
        assert!(notes[1]["struck_at"].is_string() && notes[1]["body"] == "@jo the father signed for her");
        let entries = desk.entries("note.added", &id).await;
        assert_eq!(entries.len(), 2);
        assert!(entries.iter().any(|entry| entry.fact("mentions").is_some()));
        assert!(entries.iter().all(|entry| !entry.body.contains("father")), "the words are a commitment");
        assert_eq!(desk.entries("note.struck", &id).await.len(), 1);
    }

    async fn what_is_typed_is_kept_and_comes_back_in_another_session(desk: Filled) {
        let mut desk = desk;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        let save = |comment: &'static str| json!({"kind": "inquiry", "id": id, "version": 1, "reason": "name-mismatch", "comment": comment});
        assert_eq!(maya.call("draft-save", save("half a sen")).await.status, StatusCode::OK);
        assert!(desk.inquiry(&jo, &id).await["draft"].is_null(), "nobody else's");
        let again = desk.sign_in("analyst@desk.example").await;
        assert_eq!(desk.inquiry(&again, &id).await["draft"]["comment"], "half a sen");
        assert!(again.get(&format!("/inquiries/{id}")).await.text().contains("half a sen"));
        let nothing = json!({"kind": "inquiry", "id": id, "version": 1, "reason": "", "comment": " "});
        assert_eq!(maya.call("draft-save", nothing).await.status, StatusCode::OK);
        assert!(desk.inquiry(&maya, &id).await["draft"].is_null());
        // After the decision, a draft that arrives late is not saved.
        desk.decide(&maya, &id, "decline", "name-mismatch", "half a sentence").await;
        assert_eq!(maya.call("draft-save", save("half a sentence")).await.status, StatusCode::OK);
        assert!(desk.inquiry(&maya, &id).await["draft"].is_null());
    }
}
