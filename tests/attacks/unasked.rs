//! Decisions that a rule is about, but that reach Persona without the rule being applied.
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::desk::{Desk, Visitor};
use crate::filled::Filled;
use crate::flow;

async fn add_rule(admin: &Visitor, fields: &[(&str, &str)]) {
    let version = admin.call("rules", json!({})).await.json()["current"]["version"].to_string();
    let mut all = vec![("version", version.as_str()), ("template", ""), ("signal", ""), ("share", "")];
    all.extend(fields);
    let reply = admin.submit("rule-add", &all).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

fn wanted(made: &Value) -> Vec<&str> {
    made["wanted_by"].as_array().unwrap().iter().map(|rule| rule.as_str().unwrap()).collect()
}

flow! {
    async fn an_account_that_was_declined_itself_counts(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        let account = desk.inquiry(&analyst, &id).await["inquiry"]["account_id"].as_str().unwrap().to_owned();
        let near = async |desk: &Desk| {
            let mut conn = desk.app.read().await.unwrap();
            countersign::server::db::relation::near(&mut conn, &account.parse().unwrap(), None).await.unwrap().declined
        };
        let before = near(&desk).await;
        assert_eq!(desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await.status, StatusCode::OK);
        desk.settle().await;
        assert_eq!(near(&desk).await, before + 1);
        // An approval in the same account does not end it, however long that inquiry waited.
        let other = desk.queue(&analyst, "needs_review").await.remove(0);
        let sql = format!("UPDATE inquiries SET account_id = '{account}', status = 'approved', waiting_since = (SELECT MAX(waiting_since) FROM inquiries) WHERE id = '{other}'");
        desk.by_hand(&sql, &sql).await;
        assert_eq!(near(&desk).await, before + 1);
    }

    async fn whose_account_is_not_known_has_no_neighbours_that_are(desk: Filled) {
        let mut desk = desk;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        add_rule(&admin, &[("name", "Near"), ("verdict", "decline"), ("declined_relation", "on")]).await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        let sql = format!("UPDATE inquiries SET account_id = NULL WHERE id = '{id}'");
        desk.by_hand(&sql, &sql).await;
        let made = desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await.json();
        assert_eq!(wanted(&made), ["Near"], "{made}");
    }

    async fn a_reason_of_ones_own_claims_nothing_that_the_desk_checks(desk: Desk) {
        let mut desk = desk;
        let admin = desk.admin().await;
        for (label, taken) in [
            ("All checks passed", false),
            ("ALL  CHECKS passed.", false),
            ("Аll checks passed", false),
            ("Fine: all checks passed", false),
            ("Hit is another person", false),
            ("Source of funds is known", true),
        ] {
            let fields = [("version", "0"), ("code", "checks-ok"), ("label", label), ("approve", "on")];
            let reply = admin.submit("reason-add", &fields).await;
            assert_eq!(reply.status == StatusCode::OK, taken, "{label}: {}", reply.text());
        }
    }

    async fn a_rule_on_the_status_of_a_case_looks_at_what_the_case_holds(desk: Filled) {
        let mut desk = desk;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        add_rule(&admin, &[("name", "Hit"), ("verdict", "set-status"), ("hit", "on")]).await;
        let list = analyst.call("cases", json!({"filter": {"status": "all"}})).await.json();
        let (mut hits, mut others) = (0, 0);
        for row in list["page"]["rows"].as_array().unwrap().iter().filter(|row| row["status"] == "Open") {
            let id = row["id"].as_str().unwrap();
            let page = analyst.call("case", json!({"id": id})).await.json();
            let mut hit = page["case"]["evidence"]["reports"].as_array().is_some_and(|all| all.iter().any(|one| one["has_match"] == true));
            for inquiry in page["case"]["inquiries"].as_array().unwrap() {
                let evidence = desk.inquiry(&analyst, inquiry.as_str().unwrap()).await["evidence"].clone();
                hit |= evidence["reports"].as_array().unwrap().iter().any(|one| one["has_match"] == true && one["kind"] == "watchlist");
            }
            let warned = page["forecast"].to_string().contains("Hit");
            let version = page["version"].to_string();
            let fields = [("case", id), ("version", version.as_str()), ("status", "Escalated"), ("other", ""), ("reason", "new-information"), ("comment", "")];
            let made = analyst.submit("set-status", &fields).await;
            assert_eq!(made.status, StatusCode::OK, "{}", made.text());
            let made = made.json();
            if hit {
                assert_eq!((wanted(&made), warned), (vec!["Hit"], true), "{id}");
                hits += 1;
            } else {
                assert_eq!(!wanted(&made).is_empty(), warned, "{id}: what is said in advance is what is asked");
                others += 1;
            }
        }
        assert!(hits > 0 && others > 0, "{hits} with a hit, {others} without: the test shows nothing");
    }

    async fn the_head_of_a_page_is_no_look_at_it(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        for path in [format!("/inquiries/{id}"), format!("/inquiries/{id}/case-file?purpose=audit")] {
            let request = Request::head(&path).header(header::COOKIE, &analyst.cookie).body(Body::empty()).unwrap();
            let reply = analyst.router.clone().oneshot(request).await.unwrap();
            assert_eq!(reply.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        }
        for action in ["inquiry.viewed", "case_file.exported"] {
            assert!(desk.entries(action, &id).await.is_empty(), "{action}");
        }
    }
}
