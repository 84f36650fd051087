//! What counts as a view, and what is counted instead of recorded one by one.
use std::time::Duration;

use axum::http::StatusCode;
use countersign::domain::audit::{Actor, Draft};
use countersign::domain::log::filter::AuditFilter;
use countersign::server::db;
use countersign::server::usecase::session;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::filled::Filled;
use crate::flow;

async fn all(desk: &Desk, action: &str) -> Vec<countersign::domain::audit::Entry> {
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() }.filter().unwrap();
    db::audit::page(&mut desk.app.read().await.unwrap(), &filter, None, 1000).await.unwrap()
}

async fn newer_version(desk: &Desk, id: &str) {
    let text = sqlx::AssertSqlSafe(format!("UPDATE inquiries SET version = version + 1 WHERE id = '{id}'"));
    match &desk.app.db {
        db::Db::Sqlite { write, .. } => sqlx::raw_sql(text).execute(write).await.map(|_| ()),
        db::Db::Postgres(pool) => sqlx::raw_sql(text).execute(pool).await.map(|_| ()),
    }
    .unwrap();
}

flow! {
    async fn a_page_that_fetches_by_itself_opens_nothing(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        let first = desk.inquiry(&analyst, &id).await;
        assert_eq!(first["opened"], true);
        let views = desk.entries("inquiry.viewed", &id).await.len();
        // Longer than the interval of one view, and shorter than a session.
        desk.clock.advance(Duration::from_secs(700));
        for _ in 0..3 {
            let again = analyst.call("inquiry", json!({"id": id, "again": true})).await.json();
            assert_eq!(again["opened"], true, "the same version");
        }
        assert_eq!(desk.entries("inquiry.viewed", &id).await.len(), views, "nobody looked again");
        // Another version arrives while the page is open, and the page fetches it.
        newer_version(&desk, &id).await;
        let again = analyst.call("inquiry", json!({"id": id, "again": true})).await.json();
        assert_eq!((again["opened"].clone(), again["version"].as_i64()), (json!(false), first["version"].as_i64().map(|n| n + 1)));
        let version = again["version"].to_string();
        let fields = [("inquiry", id.as_str()), ("version", &version), ("verdict", "decline"), ("reason", "document-expired"), ("comment", "Expired")];
        let refused = analyst.submit("decide", &fields).await;
        assert!(refused.status == StatusCode::CONFLICT && refused.text().contains("NotOpened"), "{}", refused.text());
        // The reviewer presses "Show the change".
        let shown = analyst.call("inquiry", json!({"id": id, "seen": first["version"], "again": false})).await.json();
        assert_eq!(shown["opened"], true);
        assert_eq!(desk.entries("inquiry.viewed", &id).await.len(), views + 1);
        assert_eq!(analyst.submit("decide", &fields).await.status, StatusCode::OK);
    }

    async fn a_form_that_is_not_filled_in_is_no_attempt(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        for (verdict, reason, comment) in [("decline", "document-expired", ""), ("approve", "", "typed"), ("decline", "other", &"x".repeat(2001))] {
            let refused = desk.decide(&analyst, &id, verdict, reason, comment).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        }
        assert!(desk.entries("decision.refused", &id).await.is_empty());
        let page = desk.inquiry(&analyst, &id).await;
        assert_eq!(page["draft"]["comment"].as_str().map(str::len), Some(2001), "and nothing that was typed is lost");
        assert!(!page["timeline"].to_string().contains("tried to decide"));
    }

    async fn pictures_of_one_visit_are_one_line_and_stay_entries(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        let see = async |desk: &Desk, size: &str| {
            let (now, id, size) = (desk.app.now(), id.clone(), size.to_owned());
            desk.app.write(move |tx| Box::pin(async move {
                let actor = Actor::Reviewer { id: "00000000-0000-4000-8000-000000000001".into(), name: "Maya Okafor".into(), role: "analyst".into(), session: None, request: None };
                let draft = Draft::new("picture.viewed", actor, "inquiry", id).fact("size", size);
                let none = std::collections::BTreeMap::new();
                db::audit::append(tx, |seq| draft.clone().seal(seq, now, "0.1.0", &none), &none).await?;
                Ok(())
            })).await.unwrap();
            desk.clock.advance(Duration::from_secs(60));
        };
        for size in ["small", "small", "small", "whole"] {
            see(&desk, size).await;
        }
        desk.clock.advance(Duration::from_secs(3600));
        see(&desk, "whole").await;
        let analyst = desk.sign_in("analyst@desk.example").await;
        let page = desk.inquiry(&analyst, &id).await;
        let lines: Vec<&str> = page["timeline"]["moments"].as_array().unwrap().iter().filter_map(|line| line["what"].as_str())
            .filter(|what| what.contains("picture")).collect();
        assert_eq!(lines, ["opened a picture", "opened a picture, and viewed 3 pictures at thumbnail size"]);
        assert_eq!(desk.entries("picture.viewed", &id).await.len(), 5);
    }

    async fn refused_webhooks_are_counted_by_the_hour_where_an_admin_sees_them(desk: Filled) {
        let mut desk = desk;
        let admin = desk.admin().await;
        let large = vec![b' '; (1 << 20) + 1];
        for _ in 0..3 {
            assert_eq!(desk.webhook(None, b"{}").await.status, StatusCode::UNAUTHORIZED);
            assert_eq!(desk.signed_webhook(&large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        }
        desk.webhook(Some(&crate::desk::sign("another secret", desk.app.now().seconds(), b"{}")), b"{}").await;
        desk.webhook(Some(&crate::desk::sign(crate::desk::SECRET, desk.app.now().seconds() - 4000, b"{}")), b"{}").await;
        let page = admin.call("connection", json!({})).await.json();
        let counted = |page: &Value| {
            let rows = page["refused"].as_array().unwrap().clone();
            rows.into_iter().map(|row| (row["why"].as_str().unwrap().to_owned(), row["number"].as_i64().unwrap())).collect::<Vec<_>>()
        };
        let expected = [("mismatch", 1), ("missing", 3), ("size", 3), ("stale", 1)].map(|(why, n)| (why.to_owned(), n));
        assert_eq!(counted(&page), expected);
        desk.webhook(None, b"{}").await;
        let html = admin.get("/admin/persona").await.text();
        assert!(html.contains("too large") && html.contains("PERSONA_WEBHOOK_SECRET"), "{html}");
        assert_eq!(counted(&admin.call("connection", json!({})).await.json())[1].1, 4, "added to the same hour");
        desk.clock.advance(Duration::from_secs(2 * 86_400));
        assert!(counted(&desk.sign_in("admin@desk.example").await.call("connection", json!({})).await.json()).is_empty(), "of the last day");
    }

    async fn what_one_person_is_denied_again_and_again_is_counted(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        for _ in 0..80 {
            assert_eq!(analyst.call("reviewers", json!({})).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(all(&desk, "access.denied").await.len(), 30, "each, up to a limit");
        let other = desk.second_analyst().await;
        other.call("reviewers", json!({})).await;
        assert_eq!(all(&desk, "access.denied").await.len(), 31, "of each person");
        session::sweep(&desk.app).await.unwrap();
        assert!(all(&desk, "log.counted").await.is_empty(), "the window is not over");
        desk.clock.advance(Duration::from_secs(601));
        session::sweep(&desk.app).await.unwrap();
        let counted = all(&desk, "log.counted").await;
        assert_eq!(counted.len(), 1);
        assert_eq!((counted[0].fact("action").as_deref(), counted[0].fact("count").as_deref()), (Some("access.denied"), Some("50")));
        session::sweep(&desk.app).await.unwrap();
        assert_eq!(all(&desk, "log.counted").await.len(), 1, "told once");
    }
}
