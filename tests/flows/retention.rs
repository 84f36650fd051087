use axum::http::StatusCode;
use countersign::domain::signed_note::SignerKey;
use countersign::domain::verify::{Trust, verify};
use countersign::server::db::Db;
use countersign::server::jobs;
use countersign::server::usecase::check::{self, Scope};
use countersign::server::usecase::retention::erase_due;
use serde_json::json;

use crate::desk::{Desk, Visitor};
use crate::flow;
use crate::log::Held;

const CANARY: &str = "The hologram of this very passport is printed, says the desk in Utrecht";

/// A declined inquiry, and its account.
async fn declined(desk: &Desk, analyst: &Visitor) -> (String, String) {
    for id in desk.queue(analyst, "needs_review").await {
        let page = desk.inquiry(analyst, &id).await;
        if let Some(account) = page["inquiry"]["account_id"].as_str() {
            desk.decide(analyst, &id, "decline", "document-not-genuine", CANARY).await;
            desk.settle().await;
            return (id.clone(), account.to_owned());
        }
    }
    panic!("no inquiry that waits has an account");
}

/// How often a text stands in all tables, and, on SQLite, in the bytes of the file.
async fn found(desk: &Desk, text: &str) -> usize {
    match &desk.app.db {
        Db::Sqlite { file, .. } => {
            let mut count = 0;
            for name in [file.clone(), format!("{}-wal", file.display()).into()] {
                let bytes = std::fs::read(name).unwrap_or_default();
                count += bytes.windows(text.len()).filter(|part| *part == text.as_bytes()).count();
            }
            count
        }
        Db::Postgres(pool) => {
            let tables: Vec<String> =
                sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
                    .fetch_all(pool)
                    .await
                    .unwrap();
            let mut count = 0;
            for table in tables {
                let query = format!("SELECT COUNT(*) FROM {table} t WHERE t::text LIKE '%' || $1 || '%'");
                let rows: i64 =
                    sqlx::query_scalar(sqlx::AssertSqlSafe(query)).bind(text).fetch_one(pool).await.unwrap();
                count += usize::try_from(rows).unwrap();
            }
            count
        }
    }
}

flow! {
    async fn when_its_time_is_over_a_person_is_gone_and_the_log_still_verifies(desk: Desk) {
        let mut desk = desk.filled().await;
        let (analyst, admin, auditor) = (desk.analyst().await, desk.admin().await, desk.auditor().await);
        let (inquiry, account) = declined(&desk, &analyst).await;
        jobs::checkpoint::run(&desk.app).await.unwrap();
        assert!(found(&desk, CANARY).await >= 2, "the log and the decision hold it");
        let form = [("account", account.as_str()), ("ended_on", "2015-03-01"), ("profile", "eu-amlr")];
        assert_eq!(admin.submit("retention-end", &form).await.status, StatusCode::OK);
        // Held: nothing is erased whatever the clock says.
        assert_eq!(admin.submit("retention-hold", &[("account", &account), ("reason", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(admin.submit("retention-hold", &[("account", &account), ("reason", "court order 12")]).await.status, StatusCode::OK);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0);
        assert_eq!(admin.submit("retention-release", &[("account", &account)]).await.status, StatusCode::OK);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 1);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0, "once");

        assert_eq!(found(&desk, CANARY).await, 0, "gone from the database");
        assert_eq!(analyst.get(&format!("/inquiries/{inquiry}")).await.status, StatusCode::NOT_FOUND);
        let made = desk.entries("decision.made", &inquiry).await.remove(0);
        assert!(made.body.contains("\"commit\":{\"comment\":"), "that there was a comment stays");
        assert!(!made.personal.contains_key("comment"));
        assert!(made.fact("evidence").is_some(), "and what it was decided on, as a hash");
        let page = auditor.call("audit-entry", json!({"seq": made.seq})).await.json();
        assert_eq!(page["erased"], json!(["comment"]));
        let certificate = desk.entries("personal.erased", &account).await.remove(0);
        assert_eq!(certificate.fact("profile").as_deref(), Some("eu-amlr"));
        assert!(certificate.fact("log_values").and_then(|n| n.parse::<i64>().ok()).unwrap() >= 1);

        let file = auditor.get("/audit/export").await;
        assert!(!file.body.windows(CANARY.len()).any(|part| part == CANARY.as_bytes()), "gone from exports");
        let trust = Trust { key: Some(SignerKey::of_log("test.example/log", &[7; 32]).verifier()), ..Trust::default() };
        let report = verify(Held(file.body), &trust, |_| {}).await.unwrap();
        assert!(report.erased >= 1);
        assert_eq!(check::run(&desk.app, Scope::All).await.unwrap().unwrap().fault, None);
        // Persona still lists it; the desk does not take it back.
        jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        assert_eq!(analyst.get(&format!("/inquiries/{inquiry}")).await.status, StatusCode::NOT_FOUND);
        let html = auditor.get("/admin/retention").await.text();
        assert!(html.contains(&account) && html.contains("certificate"));
    }

    async fn bad_days_and_accounts_are_named(desk: Desk) {
        let mut desk = desk.filled().await;
        let admin = desk.admin().await;
        for (account, day, profile) in [("act_none", "2020-01-01", "eu-amlr"), ("", "2020-01-01", "eu-amlr"), ("act_none", "tomorrow", "eu-amlr"), ("act_none", "2020-01-01", "mars")] {
            let reply = admin.submit("retention-end", &[("account", account), ("ended_on", day), ("profile", profile)]).await;
            assert!(reply.status.is_client_error(), "{account} {day} {profile}: {}", reply.status);
        }
    }
}
