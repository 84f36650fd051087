use std::time::Duration;

use axum::http::StatusCode;
use countersign::domain::retention::Day;
use countersign::domain::signed_note::SignerKey;
use countersign::domain::time::Timestamp;
use countersign::domain::verify::{Trust, verify};
use countersign::server::db::Db;
use countersign::server::db::retention::standing;
use countersign::server::jobs;
use countersign::server::usecase::check::{self, Scope};
use countersign::server::usecase::retention::erase_due;
use serde_json::json;
use sqlx::Connection;

use crate::desk::{Desk, Reply, Visitor};
use crate::flow;
use crate::log::Held;

const CANARY: &str = "The hologram of this very passport is printed, says the desk in Utrecht";

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A declined inquiry, and its account, of which no other inquiry is open.
pub async fn declined(desk: &Desk, analyst: &Visitor) -> (String, String) {
    for id in desk.queue(analyst, "needs_review").await {
        let page = desk.inquiry(analyst, &id).await;
        let Some(account) = page["inquiry"]["account_id"].as_str() else { continue };
        desk.decide(analyst, &id, "decline", "document-not-genuine", CANARY).await;
        desk.settle().await;
        let mut conn = desk.app.read().await.unwrap();
        if standing(&mut conn, account).await.unwrap().open.is_none() {
            return (id.clone(), account.to_owned());
        }
    }
    panic!("no inquiry that waits has an account of its own");
}

/// A day that is after everything that was done so far.
pub fn tomorrow(desk: &Desk) -> String {
    Day::of(desk.app.now()).plus_days(1).to_string()
}

/// Ten years later; who was signed in is no more.
pub fn years_pass(desk: &Desk) {
    desk.clock.advance(DAY * 3653);
}

/// The proposal that waits.
pub async fn waiting(by: &Visitor) -> String {
    let page = by.call("retention", json!({})).await.json();
    let proposals = page["proposals"].as_array().unwrap();
    let open = proposals.iter().find(|proposal| proposal["stage"] == "Proposed");
    open.unwrap_or_else(|| panic!("nothing is proposed: {page}"))["id"].as_str().unwrap().to_owned()
}

pub async fn propose(by: &Visitor, account: &str, ended_on: &str) -> Reply {
    by.submit("retention-end", &[("account", account), ("ended_on", ended_on), ("profile", "eu-amlr")]).await
}

/// How often a text stands in all tables, and, on SQLite, in the bytes of the file.
pub async fn found(desk: &Desk, text: &str) -> usize {
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
        let analyst = desk.analyst().await;
        desk.admin().await;
        desk.auditor().await;
        let (inquiry, account) = declined(&desk, &analyst).await;
        jobs::checkpoint::run(&desk.app).await.unwrap();
        assert!(found(&desk, CANARY).await >= 2, "the log and the decision hold it");
        let ended = tomorrow(&desk);
        years_pass(&desk);
        let (admin, auditor) = (desk.sign_in("admin@desk.example").await, desk.sign_in("auditor@desk.example").await);
        assert_eq!(propose(&admin, &account, &ended).await.status, StatusCode::OK);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0, "proposed by one person");
        let proposal = waiting(&auditor).await;
        // What the second person is shown is counted by the statements that erase.
        let page = auditor.call("retention", json!({"account": account})).await.json();
        let preview = page["preview"]["takes"].clone();
        assert!(preview["inquiries"].as_i64().unwrap() >= 1 && preview["comments"].as_i64().unwrap() >= 1, "{page}");
        let html = auditor.get(&format!("/admin/retention?account={account}")).await.text();
        for part in ["What would be erased", "awaits confirmation", "Jonas Silva", "if confirmed now"] {
            assert!(html.contains(part), "{part}");
        }
        assert_eq!(auditor.submit("retention-confirm", &[("proposal", &proposal)]).await.status, StatusCode::OK);
        let runs_on = Day::of(desk.app.now()).plus_days(14).to_string();
        let page = admin.call("retention", json!({})).await.json();
        assert_eq!(page["proposals"][0]["runs_on"], json!(runs_on));
        assert!(auditor.get("/admin/retention").await.text().contains(&runs_on), "and the auditor sees it as a list");
        desk.clock.advance(DAY * 14 - Duration::from_secs(1));
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0, "the grace time is not over");
        desk.clock.advance(Duration::from_secs(1));
        assert_eq!(erase_due(&desk.app).await.unwrap(), 1);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0, "once");
        let (analyst, auditor) = (desk.sign_in("analyst@desk.example").await, desk.sign_in("auditor@desk.example").await);

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
        for (name, fact) in [("inquiries", "inquiries"), ("cases", "cases"), ("values", "log_values"), ("snapshots", "snapshots"), ("comments", "comments"), ("events", "events")] {
            assert_eq!(certificate.fact(fact), Some(preview[name].to_string()), "{name} as previewed");
        }
        assert_eq!(certificate.fact("proposed_by").as_deref(), Some("Jonas Silva"));
        assert_eq!(certificate.fact("confirmed_by").as_deref(), Some("Anna Larsen"));
        for action in ["retention.proposed", "retention.confirmed"] {
            assert_eq!(desk.entries(action, &account).await.len(), 1, "{action}");
        }
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

    async fn a_clock_that_starts_today_runs_out_by_itself(desk: Desk) {
        let mut desk = desk.filled().await;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        let (_, account) = declined(&desk, &analyst).await;
        assert_eq!(propose(&admin, &account, &tomorrow(&desk)).await.status, StatusCode::OK);
        assert_eq!(desk.entries("retention.set", &account).await.len(), 1);
        assert_eq!(desk.entries("retention.proposed", &account).await.len(), 0, "nothing is erased soon: one person may");
        desk.clock.advance(DAY * 365 * 4);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0);
        desk.clock.advance(DAY * 370);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 1);
    }

    async fn a_shorter_rule_is_proposed_and_a_longer_one_is_not(desk: Desk) {
        let mut desk = desk.filled().await;
        let (analyst, admin, auditor) = (desk.analyst().await, desk.admin().await, desk.auditor().await);
        let (_, account) = declined(&desk, &analyst).await;
        let day = tomorrow(&desk);
        let set = async |profile: &str| {
            let form = [("account", account.as_str()), ("ended_on", day.as_str()), ("profile", profile)];
            assert_eq!(admin.submit("retention-end", &form).await.status, StatusCode::OK, "{profile}");
            let page = auditor.call("retention", json!({})).await.json();
            (page["rows"][0]["clock"]["profile"].as_str().unwrap().to_owned(), page["proposals"].as_array().unwrap().len())
        };
        assert_eq!(set("eu-amlr").await, ("eu-amlr".into(), 0));
        assert_eq!(set("eu-extended").await, ("eu-extended".into(), 0));
        assert_eq!(set("us-cip").await, ("eu-extended".into(), 1), "ten years count until somebody confirms five");
        assert_eq!(auditor.submit("retention-confirm", &[("proposal", &waiting(&auditor).await)]).await.status, StatusCode::OK);
        let page = auditor.call("retention", json!({})).await.json();
        assert_eq!(page["rows"][0]["clock"]["profile"], "us-cip");
        // Until it has run, anybody of the two roles takes it back.
        let id = page["proposals"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(auditor.submit("retention-cancel", &[("proposal", &id)]).await.status, StatusCode::OK);
        let page = auditor.call("retention", json!({})).await.json();
        assert_eq!(page["rows"][0]["clock"]["profile"], "eu-extended");
        assert_eq!(desk.entries("retention.cancelled", &account).await.len(), 1);
    }

    async fn the_page_works_without_javascript_and_says_what_is_missing(desk: Desk) {
        let mut desk = desk.filled().await;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        let (_, account) = declined(&desk, &analyst).await;
        let ended = tomorrow(&desk);
        years_pass(&desk);
        drop((analyst, admin));
        let admin = desk.sign_in("admin@desk.example").await;
        let empty = admin.get("/admin/retention").await.text();
        for part in ["Nothing waits", "No clock runs", "there is only one admin or auditor"] {
            assert!(empty.contains(part), "{part}");
        }
        let looked = format!("/admin/retention?account={account}&ended_on={ended}&profile=eu-amlr");
        let page = admin.get(&looked).await.text();
        for part in ["What would be erased", "Decisions that lose comment and name", "a second person confirms it", "Propose"] {
            assert!(page.contains(part), "{part}");
        }
        let fields = [("account", account.as_str()), ("ended_on", ended.as_str()), ("profile", "eu-amlr")];
        assert_eq!(admin.post_plain("retention-end", &looked, &fields).await.status, StatusCode::FOUND);
        let page = admin.get("/admin/retention").await.text();
        assert!(page.contains("awaits confirmation") && page.contains("You proposed it"), "its own proposal has no button");
        let fault = admin.get("/admin/retention?account=act_none&ended_on=2020-01-01&profile=eu-amlr").await;
        assert_eq!(fault.status, StatusCode::OK);
        assert!(fault.text().contains("There is no such account"));
    }

    async fn clocks_from_before_wait_for_a_second_person_when_they_end_soon(desk: Desk) {
        let files = |folder: &str| {
            let mut files: Vec<_> = std::fs::read_dir(format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR")))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.file_name().unwrap().to_str().unwrap() < "0041")
                .collect();
            files.sort();
            files.into_iter().map(|path| std::fs::read_to_string(path).unwrap()).collect::<Vec<_>>()
        };
        let today = Day::of(Timestamp::from_offset(time::OffsetDateTime::now_utc()));
        let old = [
            ("act_due", today.plus_days(-1), "NULL"), ("act_soon", today.plus_days(29), "NULL"),
            ("act_late", today.plus_days(400), "NULL"), ("act_held", today.plus_days(-1), "'court'"),
        ]
        .map(|(account, due, hold)| format!("INSERT INTO retention (account_id, profile, ended_on, due_on, hold) VALUES ('{account}', 'eu-amlr', '2020-01-01', '{due}', {hold});"))
        .concat();
        let clocks = "SELECT account_id FROM retention WHERE due_on IS NOT NULL ORDER BY account_id";
        let waits = "SELECT account_id FROM retention_proposals WHERE state = 'proposed' AND due_on IS NOT NULL ORDER BY account_id";
        let (clocks, waits): (Vec<String>, Vec<String>) = match &desk.app.db {
            Db::Sqlite { .. } => {
                let mut conn = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
                let mut all = files("sqlite");
                let last = all.pop().unwrap();
                for text in all.into_iter().chain([old, last]) {
                    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut conn).await.unwrap();
                }
                (sqlx::query_scalar(clocks).fetch_all(&mut conn).await.unwrap(), sqlx::query_scalar(waits).fetch_all(&mut conn).await.unwrap())
            }
            Db::Postgres(pool) => {
                let mut conn = pool.acquire().await.unwrap();
                let mut all = files("postgres");
                let last = all.pop().unwrap();
                let schema = "CREATE SCHEMA earlier; SET search_path = earlier".to_owned();
                for text in [schema].into_iter().chain(all).chain([old, last]) {
                    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut *conn).await.unwrap();
                }
                (sqlx::query_scalar(clocks).fetch_all(&mut *conn).await.unwrap(), sqlx::query_scalar(waits).fetch_all(&mut *conn).await.unwrap())
            }
        };
        assert_eq!(clocks, ["act_held", "act_late"]);
        assert_eq!(waits, ["act_due", "act_soon"]);
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
