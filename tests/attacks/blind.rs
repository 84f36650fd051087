//! Blind second reviews: drawn, dealt to a colleague, judged without the first verdict, and compared.
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::Visitor;
use crate::filled::Filled;
use crate::flow;

/// The decision's number of the blind review that is dealt, from the address to which the form leads.
async fn dealt(by: &Visitor) -> Option<String> {
    let answer = by.post_plain("blind-next", "/decisions", &[]).await;
    let location = answer.header("location");
    location.strip_prefix("/decisions/")?.strip_suffix("/blind").map(str::to_owned)
}

async fn give(by: &Visitor, id: &str, verdict: &str, reason: &str, comment: &str) -> StatusCode {
    let fields = [("decision", id), ("verdict", verdict), ("reason", reason), ("comment", comment)];
    by.submit("blind-give", &fields).await.status
}

flow! {
    async fn a_sample_is_judged_once_more_by_somebody_who_does_not_know(desk: Filled) {
        let mut desk = desk;
        let (maya, jo, admin, auditor) = (desk.analyst().await, desk.second_analyst().await, desk.admin().await, desk.auditor().await);
        let ids = desk.queue(&maya, "needs_review").await;
        // Before the policy asks for a sample, none is drawn.
        assert_eq!(desk.decide(&maya, &ids[0], "approve", "discrepancy-explained", "").await.status, StatusCode::OK);
        let policy = |share: &'static str| [("version", "0"), ("hours", "24"), ("by_template", ""), ("deal", "oldest-due"), ("blind", share)];
        assert_eq!(admin.submit("policy-set", &policy("101")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(admin.submit("policy-set", &policy("100")).await.status, StatusCode::OK);
        assert_eq!(desk.decide(&maya, &ids[1], "approve", "discrepancy-explained", "All of it fits.").await.status, StatusCode::OK);
        assert_eq!(desk.decide(&maya, &ids[2], "decline", "document-expired", "Ended in May.").await.status, StatusCode::OK);
        // Persona has not confirmed the decision yet, so its verdict may still change.
        assert_eq!(dealt(&jo).await, None);
        desk.settle().await;

        // The maker gets none. A colleague gets one, and the same one until it is judged.
        assert_eq!(dealt(&maya).await, None);
        assert_eq!(maya.call("decisions", json!({})).await.json()["blind"], 0);
        assert_eq!(jo.call("decisions", json!({})).await.json()["blind"], 2);
        let first = dealt(&jo).await.expect("one waits");
        assert_eq!(dealt(&jo).await.as_deref(), Some(first.as_str()));
        let page = jo.call("blind", json!({"decision": first})).await.json();
        assert_eq!(page["inquiry"], ids[1].as_str());
        assert_eq!((&page["result"], &page["decided_at"]), (&Value::Null, &Value::Null));
        assert!(page["evidence"]["verifications"].as_array().is_some_and(|all| !all.is_empty()));
        let told = page.to_string();
        assert!(!told.contains("discrepancy-explained") && !told.contains("All of it fits") && !told.contains("Maya Okafor"), "told too much");
        let html = jo.get(&format!("/decisions/{first}/blind")).await.text();
        assert!(html.contains("Would approve") && !html.contains("All of it fits") && !html.contains("Maya Okafor"));
        assert_eq!(maya.call("blind", json!({"decision": first})).await.status, StatusCode::NOT_FOUND, "not hers to judge");
        assert_eq!(give(&maya, &first, "approve", "discrepancy-explained", "").await, StatusCode::UNPROCESSABLE_ENTITY);

        // A verdict that does not fit is refused; one that fits is compared.
        assert_eq!(give(&jo, &first, "decline", "document-expired", "").await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(give(&jo, &first, "set-status", "work-done", "").await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(give(&jo, &first, "approve", "discrepancy-explained", "Fine with me.").await, StatusCode::OK);
        assert_eq!(give(&jo, &first, "decline", "document-expired", "x").await, StatusCode::UNPROCESSABLE_ENTITY, "given once");
        let result = jo.call("blind", json!({"decision": first})).await.json()["result"].clone();
        assert_eq!(result["first"]["reviewer_name"], "Maya Okafor");
        assert_eq!(result["counts"], true);

        // While it is open, no page that the reviewer can read shows the first verdict.
        let account = desk.inquiry(&maya, &ids[2]).await["inquiry"]["account_id"].as_str().unwrap().to_owned();
        let second = dealt(&jo).await.expect("another one waits");
        assert_eq!(jo.call("inquiry", json!({"id": ids[2]})).await.status, StatusCode::CONFLICT);
        let earlier = json!({"kind": "inquiry", "id": ids[2], "upto": 1_000_000, "shown": 0});
        assert_eq!(jo.call("timeline", earlier).await.status, StatusCode::CONFLICT);
        assert_eq!(jo.get(&format!("/inquiries/{}/case-file?purpose=audit", ids[2])).await.status, StatusCode::CONFLICT);
        assert_eq!(jo.get(&format!("/accounts/{account}/access-request")).await.status, StatusCode::CONFLICT);
        let reads = [
            ("decisions", json!({})),
            ("queue", json!({"filter": {"status": "all"}})),
            ("queue", json!({"filter": {"status": "declined"}})),
            ("account-of", json!({"id": account})),
            ("relations", json!({"account": account, "hops": 2})),
            ("blind", json!({"decision": second})),
        ];
        for (name, arguments) in reads {
            let reply = jo.call(name, arguments).await;
            assert_eq!(reply.status, StatusCode::OK, "{name}: {}", reply.text());
            let text = reply.text();
            for told in ["Ended in May", "document-expired"] {
                assert!(!text.contains(told), "{name} tells {told}");
            }
            if name == "queue" || name == "decisions" || name == "account-of" {
                assert!(!text.contains(&format!("\"{}\"", ids[2])), "{name} lists it: {text}");
            }
        }
        // Counts do not reveal what lists leave out.
        for filter in [json!({"status": "declined"}), json!({"status": "all"}), json!({"status": "declined", "search": ids[2]})] {
            let page = jo.call("queue", json!({"filter": filter})).await.json();
            assert_eq!(page["total"].as_u64(), page["page"]["rows"].as_array().map(|rows| rows.len() as u64), "{filter}");
        }
        let counted = async |by: &Visitor, status: &str| {
            let page = by.call("queue", json!({"filter": {"status": "all"}})).await.json();
            let all = page["statuses"].as_array().unwrap().clone();
            all.iter().find(|one| one[0] == status).map_or(0, |one| one[1].as_i64().unwrap())
        };
        assert_eq!(counted(&jo, "declined").await + 1, counted(&maya, "declined").await);
        let saved = [("name", "Declined ones"), ("filter", "status=declined")];
        let mut views = Vec::new();
        for by in [&jo, &maya] {
            assert_eq!(by.submit("view-save", &saved).await.status, StatusCode::OK);
            let rows = by.call("views", json!({})).await.json();
            views.push(rows.as_array().unwrap().iter().find(|row| row["view"]["name"] == "Declined ones").unwrap()["found"].as_i64().unwrap());
        }
        assert_eq!(views[0] + 1, views[1], "a view counts what it shows");
        let nodes = jo.call("relations", json!({"account": account, "hops": 1})).await.json()["graph"]["nodes"].clone();
        assert_eq!((&nodes[0]["status"], &nodes[0]["declined"]), (&json!("hidden"), &json!(false)));
        assert_eq!(give(&jo, &second, "approve", "discrepancy-explained", "").await, StatusCode::OK);
        assert_eq!(desk.inquiry(&jo, &ids[2]).await["inquiry"]["status"], "declined", "open again");
        let found = auditor.call("figures", json!({})).await.json()["agreement"].clone();
        assert_eq!((&found["pairs"], &found["same"], &found["knew"]), (&json!(2), &json!(1), &json!(0)));

        // Nothing of it was sent to Persona, and the log says who judged what.
        assert_eq!(desk.effects(&ids[1]).await.len(), 1);
        let given = desk.entries("blind.given", &ids[1]).await.remove(0);
        assert_eq!(given.fact("agrees").as_deref(), Some("true"));
        assert_eq!(desk.entries("blind.viewed", &ids[1]).await.len(), 3);
        assert_eq!(dealt(&jo).await, None);
    }

    async fn whoever_reads_the_verdict_by_another_way_is_not_asked(desk: Filled) {
        let mut desk = desk;
        let (maya, jo, admin) = (desk.analyst().await, desk.second_analyst().await, desk.admin().await);
        let policy = [("version", "0"), ("hours", "24"), ("by_template", ""), ("deal", "oldest-due"), ("blind", "100")];
        assert_eq!(admin.submit("policy-set", &policy).await.status, StatusCode::OK);
        let ids = desk.queue(&maya, "needs_review").await;
        for id in ids.iter().take(6) {
            assert_eq!(desk.decide(&maya, id, "decline", "document-expired", "Ended in May.").await.status, StatusCode::OK);
        }
        desk.settle().await;
        let account = desk.inquiry(&maya, &ids[3]).await["inquiry"]["account_id"].as_str().unwrap().to_owned();
        let ways = [
            ("inquiry", json!({"id": ids[0], "again": true})),
            ("inquiry-news", json!({"id": ids[1]})),
            ("timeline", json!({"kind": "inquiry", "id": ids[2], "upto": 1_000_000, "shown": 0})),
        ];
        for (name, arguments) in ways {
            let reply = jo.call(name, arguments).await;
            assert_eq!(reply.status, StatusCode::OK, "{name}: {}", reply.text());
        }
        assert_eq!(jo.get(&format!("/accounts/{account}/access-request?comments=read")).await.status, StatusCode::OK);
        // The refusal of a second decision says how the inquiry was decided.
        let by_hand = [("inquiry", ids[4].as_str()), ("version", "1"), ("verdict", "approve"), ("reason", "other"), ("comment", "x")];
        assert!(jo.submit("decide", &by_hand).await.status.is_client_error());
        for id in ids.iter().take(5) {
            assert_eq!(desk.entries("verdict.shown", id).await.len(), 1, "{id}");
            assert!(desk.entries("inquiry.viewed", id).await.iter().all(|entry| entry.actor_name != "Jo Lindqvist"), "fetching is no view");
        }
        let asked = dealt(&jo).await.expect("the sixth");
        assert_eq!(jo.call("blind", json!({"decision": asked})).await.json()["inquiry"], ids[5].as_str());
        assert_eq!(give(&jo, &asked, "approve", "discrepancy-explained", "").await, StatusCode::OK);
        assert_eq!(dealt(&jo).await, None);
    }

    async fn two_accounts_of_one_maker_are_not_two_opinions(desk: Filled) {
        let mut desk = desk;
        let (maya, jo, admin) = (desk.analyst().await, desk.second_analyst().await, desk.admin().await);
        desk.reviewer("second-admin@desk.example", "Rosa Lind", countersign::domain::reviewer::Role::Admin).await;
        let by = format!("'{}'", desk.id_of("admin@desk.example").await);
        for email in ["analyst@desk.example", "jo@desk.example"] {
            let sql = format!("UPDATE reviewers SET created_by = {by} WHERE email = '{email}'");
            desk.by_hand(&sql, &sql).await;
        }
        let policy = [("version", "0"), ("hours", "24"), ("by_template", ""), ("deal", "oldest-due"), ("blind", "100")];
        assert_eq!(admin.submit("policy-set", &policy).await.status, StatusCode::OK);
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        assert_eq!(desk.decide(&maya, &id, "decline", "document-expired", "Ended in May.").await.status, StatusCode::OK);
        desk.settle().await;
        let asked = dealt(&jo).await.expect("it waits");
        assert_eq!(give(&jo, &asked, "decline", "document-expired", "Ended in May.").await, StatusCode::OK);
        assert_eq!(jo.call("blind", json!({"decision": asked})).await.json()["result"]["counts"], false);
    }

    async fn deciding_on_a_sibling_tells_no_verdict(desk: Filled) {
        let mut desk = desk;
        let (maya, jo, admin) = (desk.analyst().await, desk.second_analyst().await, desk.admin().await);
        let version = admin.call("rules", json!({})).await.json()["current"]["version"].to_string();
        let rule = [("version", version.as_str()), ("name", "Near"), ("verdict", "approve"), ("template", ""), ("signal", ""), ("share", ""), ("declined_relation", "on")];
        assert_eq!(admin.submit("rule-add", &rule).await.status, StatusCode::OK);
        let policy = [("version", "0"), ("hours", "24"), ("by_template", ""), ("deal", "oldest-due"), ("blind", "100")];
        assert_eq!(admin.submit("policy-set", &policy).await.status, StatusCode::OK);
        let ids = desk.queue(&maya, "needs_review").await;
        let sibling = ids.iter().rev().find(|id| **id != ids[0]).unwrap().clone();
        let account = desk.inquiry(&maya, &sibling).await["inquiry"]["account_id"].as_str().unwrap().to_owned();
        assert_eq!(desk.decide(&maya, &ids[0], "decline", "document-expired", "Ended in May.").await.status, StatusCode::OK);
        desk.settle().await;
        // The declined inquiry belongs to the same account.
        let sql = format!("UPDATE inquiries SET account_id = '{account}' WHERE id = '{}'", ids[0]);
        desk.by_hand(&sql, &sql).await;
        let wanted = async |desk: &crate::desk::Desk, by: &Visitor| {
            let made = desk.decide(by, &sibling, "approve", "other", "Looked at it").await.json();
            let id = made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
            assert_eq!(by.submit("withdraw", &[("decision", &id)]).await.status, StatusCode::OK, "{made}");
            made["wanted_by"].to_string()
        };
        let told = wanted(&desk, &jo).await;
        assert!(told.contains("Near (") && told != "[\"Near\"]", "a reviewer who may judge it blind learns that it is asked, and not why: {told}");
        assert_eq!(wanted(&desk, &maya).await, "[\"Near\"]", "whoever declined it knows");
    }
}
