use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;

use crate::filled::Filled;
use crate::flow;
use countersign::server::jobs;

flow! {
    async fn a_case_takes_a_status_of_its_template(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let list = analyst.call("cases", json!({"filter": {"status": "all"}})).await.json();
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

    async fn a_status_that_the_template_lacks_is_refused_by_persona_and_said_so(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let list = analyst.call("cases", json!({"filter": {"status": "all"}})).await.json();
        let id = list["page"]["rows"][0]["id"].as_str().unwrap().to_owned();
        // The desk reads the contents of a resolved case when a reviewer opens it.
        analyst.call("case", json!({"id": id})).await;
        desk.settle().await;
        let version = analyst.call("case", json!({"id": id})).await.json()["version"].to_string();
        let fields = [("case", id.as_str()), ("version", &version), ("status", "Open"), ("other", "Nonsense"), ("reason", "other"), ("comment", "Try")];
        assert_eq!(analyst.submit("set-status", &fields).await.status, StatusCode::OK);
        desk.settle().await;
        let page = analyst.call("case", json!({"id": id})).await.json();
        assert_eq!(page["decisions"][0]["state"], "rejected");
        assert_eq!(analyst.call("case", json!({"id": "case_none"})).await.status, StatusCode::NOT_FOUND);
    }
    async fn cases_are_worked_through_by_what_is_due_and_whose_they_are(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let all = rows(&analyst, json!({"status": "all"})).await;
        let open = rows(&analyst, json!({})).await;
        assert!(!open.is_empty() && open.len() < all.len(), "{} of {}", open.len(), all.len());
        assert!(open.iter().all(|row| row["resolved"] == false));
        for row in all.iter().filter(|row| row["resolved"] == true) {
            assert!(!open.iter().any(|other| other["id"] == row["id"]));
        }
        // Sorted by due time, with cases without one at the end.
        let due = rows(&analyst, json!({"sort": "due"})).await;
        assert_eq!(due.len(), open.len());
        let times: Vec<&str> = due.iter().map(|row| row["due_at"].as_str().unwrap_or("9999")).collect();
        assert!(times.is_sorted(), "{times:?}");
        let now = analyst.call("cases", json!({"filter": {}})).await.json()["now"].as_str().unwrap().to_owned();
        let overdue = rows(&analyst, json!({"due": "overdue"})).await;
        let counted = open.iter().filter(|row| row["due_at"].as_str().is_some_and(|due| due <= now.as_str())).count();
        assert_eq!(overdue.len(), counted);
        // Filter by assignee.
        let nobodys = rows(&analyst, json!({"status": "all", "assignee": "nobody"})).await;
        assert!(!nobodys.is_empty() && nobodys.iter().all(|row| row["assignee"].is_null()));
        let page = analyst.call("cases", json!({"filter": {}})).await.json();
        let (email, name) = (page["assignees"][0][0].as_str().unwrap(), &page["assignees"][0][1]);
        let theirs = rows(&analyst, json!({"status": "all", "assignee": email})).await;
        assert!(!theirs.is_empty() && theirs.iter().all(|row| row["assignee"] == *name));
        assert_eq!(theirs.len() + nobodys.len(), all.len() - all.iter().filter(|row| !row["assignee"].is_null() && row["assignee"] != *name).count());
        // Search by the case's name and by its subject's name. The search text is recorded.
        let one = all.iter().find(|row| row["subject"].is_string()).unwrap();
        let whole = one["name"].as_str().unwrap();
        assert_eq!(rows(&analyst, json!({"status": "all", "search": whole.to_lowercase()})).await[0]["id"], one["id"]);
        let subject = one["subject"].as_str().unwrap();
        let found = rows(&analyst, json!({"status": "all", "search": subject})).await;
        assert!(found.iter().any(|row| row["id"] == one["id"]), "{subject}: {found:?}");
        assert!(rows(&analyst, json!({"status": "all", "search": "%"})).await.is_empty(), "a sign is no wildcard");
        assert_eq!(desk.entries("search.made", "cases").await.len(), 3);
        for odd in ["\u{0}", "~", "9999999999", "'"] {
            for name in ["status", "assignee", "template", "tag", "due", "search", "sort", "after"] {
                let reply = analyst.call("cases", json!({"filter": {name: odd}})).await;
                assert_eq!(reply.status, StatusCode::OK, "{name} {odd:?}");
            }
        }
    }

    async fn the_pages_of_cases_have_each_case_once(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let first = analyst.call("cases", json!({"filter": {"status": "all"}})).await.json();
        let id = first["page"]["rows"][0]["id"].as_str().unwrap();
        let case = desk.persona("GET", &format!("/cases/{id}"), json!(null)).await;
        let template = &case["data"]["relationships"]["case-template"]["data"]["id"];
        for _ in 0..120 {
            desk.persona("POST", "/cases", json!({"data": {"attributes": {"case-template-id": template}}})).await;
        }
        jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        for sort in ["oldest", "due"] {
            let mut seen = std::collections::BTreeSet::new();
            let (mut after, mut pages) = (None::<String>, 0);
            loop {
                let page = analyst.call("cases", json!({"filter": {"status": "all", "sort": sort, "after": after}})).await.json();
                for row in page["page"]["rows"].as_array().unwrap() {
                    assert!(seen.insert(row["id"].as_str().unwrap().to_owned()), "twice: {row}");
                }
                pages += 1;
                match page["page"]["next"].as_object() {
                    Some(next) => after = Some(format!("{}~{}", next["key"].as_str().unwrap(), next["id"].as_str().unwrap())),
                    None => break,
                }
            }
            assert!(pages >= 3, "{sort}: {pages}");
            let total: i64 = first["statuses"].as_array().unwrap().iter().map(|status| status[1].as_i64().unwrap()).sum();
            assert_eq!(seen.len(), usize::try_from(total).unwrap() + 120, "{sort}");
        }
    }

    async fn whoever_takes_a_case_on_is_told_to_persona(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = rows(&analyst, json!({"assignee": "nobody"})).await[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(analyst.submit("case-take", &[("case", &id)]).await.status, StatusCode::OK);
        let page = analyst.call("case", json!({"id": id})).await.json();
        assert_eq!(page["assignment"]["end"], serde_json::Value::Null, "on its way: {}", page["assignment"]);
        // Only one assignment at a time.
        let again = analyst.submit("case-take", &[("case", &id)]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", again.text());
        desk.settle().await;
        let page = analyst.call("case", json!({"id": id})).await.json();
        assert_eq!((&page["mine"], &page["assignment"]["end"]), (&json!(true), &json!("done")), "{page}");
        let effects = desk.effects(&id).await;
        assert_eq!(effects.len(), 1, "{effects:?}");
        assert_eq!(effects[0]["action"], "assign");
        assert_eq!(desk.entries("assignment.requested", &id).await.len(), 1);
        assert_eq!(desk.entries("assignment.confirmed", &id).await.len(), 1);
        // Persona is not asked again to assign a case that is already the reviewer's own.
        assert_eq!(analyst.submit("case-take", &[("case", &id)]).await.status, StatusCode::OK);
        desk.settle().await;
        assert_eq!(desk.effects(&id).await.len(), 1);
        assert!(rows(&analyst, json!({"assignee": "me"})).await.iter().any(|row| row["id"] == id.as_str() && row["mine"] == true));
    }

    async fn an_address_is_the_same_however_persona_writes_it(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = rows(&analyst, json!({"assignee": "nobody"})).await[0]["id"].as_str().unwrap().to_owned();
        desk.persona("POST", &format!("/cases/{id}/assign"), json!({"meta": {"user-email-address": "Analyst@Desk.example"}})).await;
        countersign::server::jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        let page = analyst.call("case", json!({"id": id})).await.json();
        assert_eq!((&page["mine"], &page["assignee"]), (&json!(true), &json!("Maya Okafor")), "{page}");
        assert!(rows(&analyst, json!({"assignee": "me"})).await.iter().any(|row| row["id"] == id.as_str() && row["mine"] == true));
    }

    async fn a_search_for_cases_records_how_many_were_found_and_not_how_many_fit_on_a_page(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let all = rows(&analyst, json!({"status": "all"})).await;
        let name = all[0]["name"].as_str().unwrap();
        let like = name.chars().take(1).collect::<String>();
        let found = rows(&analyst, json!({"status": "all", "search": like})).await.len();
        let entry = desk.entries("search.made", "cases").await.remove(0);
        let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap();
        assert_eq!(body["facts"]["found"], json!(found), "{}", entry.body);
    }

    async fn an_admin_gives_cases_to_those_who_decide_and_persona_may_refuse(desk: Filled) {
        let mut desk = desk;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        let page = admin.call("cases", json!({"filter": {}})).await.json();
        let ids: Vec<String> = page["page"]["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        let to = page["analysts"][0][0].as_str().unwrap().to_owned();
        assert_eq!(admin.submit("case-assign", &[("case", &ids[0]), ("reviewer", &to)]).await.status, StatusCode::OK);
        assert_eq!(analyst.submit("case-assign", &[("case", &ids[0]), ("reviewer", &to)]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(admin.submit("case-take", &[("case", &ids[0])]).await.status, StatusCode::FORBIDDEN);
        let me = admin.call("reviewers", json!({})).await.json()["me"].as_str().unwrap().to_owned();
        let reply = admin.submit("case-assign", &[("case", &ids[1]), ("reviewer", &me)]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text());
        assert_eq!(admin.submit("case-assign", &[("case", &ids[1]), ("reviewer", "nobody")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        desk.settle().await;
        assert_eq!(desk.effects(&ids[0]).await.len(), 1);
        assert!(desk.effects(&ids[1]).await.is_empty());
        // Persona may have no user with this e-mail address. The page then shows Persona's own message, and the
        // reviewer may try again.
        desk.fault(json!({"match": "assign", "kind": "status", "status": 422, "times": 1})).await;
        assert_eq!(analyst.submit("case-take", &[("case", &ids[1])]).await.status, StatusCode::OK);
        desk.settle().await;
        let page = analyst.call("case", json!({"id": ids[1]})).await.json();
        assert!(page["assignment"]["end"]["failed"].as_str().is_some_and(|why| !why.is_empty()), "{}", page["assignment"]);
        assert_eq!(desk.entries("assignment.failed", &ids[1]).await.len(), 1);
        assert_eq!(analyst.submit("case-take", &[("case", &ids[1])]).await.status, StatusCode::OK);
        desk.settle().await;
        assert_eq!(analyst.call("case", json!({"id": ids[1]})).await.json()["mine"], true);
    }

    async fn an_assignment_whose_answer_is_lost_is_made_once(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = rows(&analyst, json!({"assignee": "nobody"})).await[0]["id"].as_str().unwrap().to_owned();
        desk.fault(json!({"match": "assign", "kind": "cut-after", "times": 2})).await;
        assert_eq!(analyst.submit("case-take", &[("case", &id)]).await.status, StatusCode::OK);
        for _ in 0..4 {
            desk.settle().await;
            desk.clock.advance(Duration::from_secs(30));
        }
        assert_eq!(analyst.call("case", json!({"id": id})).await.json()["assignment"]["end"], "done");
        assert_eq!(desk.effects(&id).await.len(), 1);
    }
}

async fn rows(who: &crate::desk::Visitor, filter: serde_json::Value) -> Vec<serde_json::Value> {
    let reply = who.call("cases", json!({"filter": filter})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()["page"]["rows"].as_array().unwrap().clone()
}
