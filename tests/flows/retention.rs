use std::time::Duration;

use axum::http::StatusCode;
use countersign::domain::retention::Day;
use countersign::domain::time::Timestamp;
use countersign::domain::verify::{Trust, verify};
use countersign::server::db::Db;
use countersign::server::db::erasure::standing;
use countersign::server::jobs;
use countersign::server::usecase::erasure::erase_due;
use countersign::server::usecase::log_check::{self, Scope};
use countersign::server::usecase::session::sweep;
use serde_json::json;
use sqlx::Connection;
use tlog::signed_note::SignerKey;

use crate::desk::{Desk, Reply, Visitor};
use crate::filled::Filled;
use crate::flow;
use crate::log::Held;

const CANARY: &str = "The hologram of this very passport is printed, says the desk in Utrecht";

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A declined inquiry and its account, which has no other open inquiry.
pub async fn declined(desk: &Desk, analyst: &Visitor) -> (String, String) {
    for id in desk.queue(analyst, "needs_review").await {
        let page = desk.inquiry(analyst, &id).await;
        let Some(account) = page["inquiry"]["account_id"].as_str() else { continue };
        desk.decide(analyst, &id, "decline", "document-not-genuine", CANARY).await;
        desk.settle().await;
        let mut conn = desk.app.read().await.unwrap();
        if standing(&mut conn, account, desk.app.now()).await.unwrap().open.is_none() {
            return (id.clone(), account.to_owned());
        }
    }
    panic!("no inquiry that waits has an account of its own");
}

/// A day after everything that was done so far.
pub fn tomorrow(desk: &Desk) -> String {
    Day::of(desk.app.now()).plus_days(1).to_string()
}

/// Advances the clock by ten years. All sessions expire.
pub fn years_pass(desk: &Desk) {
    desk.clock.advance(DAY * 3653);
}

/// The open proposal.
pub async fn waiting(by: &Visitor) -> String {
    let page = by.call("retention", json!({})).await.json();
    let proposals = page["proposals"].as_array().unwrap();
    let open = proposals.iter().find(|proposal| proposal["stage"] == "Proposed");
    open.unwrap_or_else(|| panic!("nothing is proposed: {page}"))["id"].as_str().unwrap().to_owned()
}

pub async fn propose(by: &Visitor, account: &str, ended_on: &str) -> Reply {
    by.submit("retention-end", &[("account", account), ("ended_on", ended_on), ("profile", "eu-amlr")]).await
}

/// Counts a text in all tables and, on SQLite, in the bytes of the file.
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
    async fn when_its_time_is_over_a_person_is_gone_and_the_log_still_verifies(desk: Filled) {
        let mut desk = desk;
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
        // The statements that erase also count what the second person is shown.
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
        assert_eq!(log_check::run(&desk.app, Scope::All).await.unwrap().unwrap().fault, None);
        // Persona still lists it, but the desk does not import it again.
        jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        assert_eq!(analyst.get(&format!("/inquiries/{inquiry}")).await.status, StatusCode::NOT_FOUND);
        let html = auditor.get("/admin/retention").await.text();
        assert!(html.contains(&account) && html.contains("certificate"));
    }

    async fn a_clock_that_starts_today_runs_out_by_itself(desk: Filled) {
        let mut desk = desk;
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

    async fn a_shorter_rule_is_proposed_and_a_longer_one_is_not(desk: Filled) {
        let mut desk = desk;
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
        // Until the time runs out, either of the two roles can cancel it.
        let id = page["proposals"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(auditor.submit("retention-cancel", &[("proposal", &id)]).await.status, StatusCode::OK);
        let page = auditor.call("retention", json!({})).await.json();
        assert_eq!(page["rows"][0]["clock"]["profile"], "eu-extended");
        assert_eq!(desk.entries("retention.cancelled", &account).await.len(), 1);
    }

    async fn the_page_works_without_javascript_and_says_what_is_missing(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        let (_, account) = declined(&desk, &analyst).await;
        let ended = tomorrow(&desk);
        years_pass(&desk);
        drop((analyst, admin));
        let admin = desk.sign_in("admin@desk.example").await;
        let empty = admin.get("/admin/retention").await.text();
        for part in ["No open proposals", "No retention periods", "there is only one admin or auditor"] {
            assert!(empty.contains(part), "{part}");
        }
        let looked = format!("/admin/retention?account={account}&ended_on={ended}&profile=eu-amlr");
        let page = admin.get(&looked).await.text();
        for part in ["What would be erased", "Decisions that lose their comment and name", "a second person has to confirm it", "Propose"] {
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

    async fn bad_days_and_accounts_are_named(desk: Filled) {
        let mut desk = desk;
        let admin = desk.admin().await;
        for (account, day, profile) in [("act_none", "2020-01-01", "eu-amlr"), ("", "2020-01-01", "eu-amlr"), ("act_none", "tomorrow", "eu-amlr"), ("act_none", "2020-01-01", "mars")] {
            let reply = admin.submit("retention-end", &[("account", account), ("ended_on", day), ("profile", profile)]).await;
            assert!(reply.status.is_client_error(), "{account} {day} {profile}: {}", reply.status);
        }
    }

    async fn inquiries_that_nobody_works_on_keep_nobody_for_ever(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        desk.admin().await;
        desk.auditor().await;
        let (_, account) = declined(&desk, &analyst).await;
        years_pass(&desk);
        let statuses = ["completed", "created", "pending", "expired"];
        for status in statuses {
            arrives(&desk, &account, status).await;
        }
        let ended = tomorrow(&desk);
        let admin = desk.sign_in("admin@desk.example").await;
        assert_eq!(propose(&admin, &account, &ended).await.status, StatusCode::OK);
        // The applicants may still continue these inquiries.
        let looked = format!("/admin/retention?account={account}");
        let page = admin.get(&looked).await.text();
        assert!(page.contains("while an inquiry of the account is open") && page.contains("counts as abandoned on"), "{page}");
        desk.clock.advance(DAY * (365 * 5 + 3));
        let admin = desk.sign_in("admin@desk.example").await;
        let page = admin.get(&looked).await.text();
        assert!(page.contains("They are abandoned"), "{page}");
        for status in ["completed", "created", "pending"] {
            assert!(page.contains(&format!("inq_{status}OfLongAgo")), "{status} is named");
        }
        assert!(!page.contains("counts as abandoned on"));
        assert_eq!(erase_due(&desk.app).await.unwrap(), 1);
        assert_eq!(desk.entries("personal.erased", &account).await[0].fact("inquiries").as_deref().and_then(|n| n.parse::<usize>().ok()).map(|n| n > 4), Some(true));
    }

    async fn what_can_still_be_decided_keeps_its_account(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        let (_, account) = declined(&desk, &analyst).await;
        arrives(&desk, &account, "needs_review").await;
        assert_eq!(propose(&admin, &account, &tomorrow(&desk)).await.status, StatusCode::OK);
        years_pass(&desk);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0, "it waits for a review, however long");
        assert!(desk.entries("retention.refused", &account).await[0].fact("why").unwrap().contains("Decide it first"));
    }

    async fn a_clock_that_one_person_started_before_two_were_asked_for_waits_for_a_second(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        desk.admin().await;
        desk.auditor().await;
        let (_, account) = declined(&desk, &analyst).await;
        let ended = tomorrow(&desk);
        let due = Day::parse(&ended).unwrap().plus_years(5);
        // The state that an earlier version left: due in more than thirty days when the desk was updated.
        let old = format!("INSERT INTO retention (account_id, profile, ended_on, due_on) VALUES ('{account}', 'eu-amlr', '{ended}', '{due}')");
        desk.by_hand(&old, &old).await;
        years_pass(&desk);
        let (admin, auditor) = (desk.sign_in("admin@desk.example").await, desk.sign_in("auditor@desk.example").await);
        let page = admin.get(&format!("/admin/retention?account={account}")).await.text();
        assert!(page.contains("a second person has to confirm it when the retention period is over"), "{page}");
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0, "one person had started it");
        let told = desk.entries("retention.proposed", &account).await.remove(0);
        assert_eq!(told.fact("proposed_by").as_deref(), Some("an earlier version of the desk"));
        let page = admin.call("retention", json!({})).await.json();
        assert_eq!((&page["rows"], &page["proposals"][0]["clock"]["due_on"]), (&json!([]), &json!(due.to_string())));
        assert_eq!(auditor.submit("retention-confirm", &[("proposal", &waiting(&auditor).await)]).await.status, StatusCode::OK);
        desk.clock.advance(DAY * 14);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 1);
    }

    async fn one_account_that_cannot_be_erased_does_not_keep_the_others(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        let ((_, one), (_, other)) = (declined(&desk, &analyst).await, declined(&desk, &analyst).await);
        let ended = tomorrow(&desk);
        for account in [&one, &other] {
            assert_eq!(propose(&admin, account, &ended).await.status, StatusCode::OK);
        }
        years_pass(&desk);
        let admin = desk.sign_in("admin@desk.example").await;
        // The account that is erased first.
        let first = std::cmp::min(&one, &other);
        desk.refuses("accounts", "DELETE", &format!("OLD.id = '{first}'")).await;
        assert_eq!(erase_due(&desk.app).await.unwrap(), 1, "the other one");
        let failed = desk.entries("erasure.failed", first).await;
        assert_eq!((failed.len(), failed[0].outcome.as_str()), (1, "failed"));
        assert!(admin.get("/admin/retention").await.text().contains("The erasure failed"), "and the page says so");
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0);
        assert_eq!(desk.entries("erasure.failed", first).await.len(), 1, "not tried again at once");
        desk.accepts("accounts").await;
        desk.clock.advance(Duration::from_secs(61));
        assert_eq!(erase_due(&desk.app).await.unwrap(), 1);
    }

    async fn a_refusal_and_a_lifted_hold_go_with_the_person(desk: Filled) {
        let mut desk = desk;
        let (maya, jo, admin, auditor) = (desk.analyst().await, desk.second_analyst().await, desk.admin().await, desk.auditor().await);
        desk.rule(&admin, "Approvals", "approve").await;
        let mut chosen = None;
        for id in desk.queue(&maya, "needs_review").await {
            let Some(account) = desk.inquiry(&maya, &id).await["inquiry"]["account_id"].as_str().map(str::to_owned) else { continue };
            let made = desk.decide(&maya, &id, "approve", "discrepancy-explained", "").await.json();
            let version = desk.inquiry(&jo, &id).await["version"].to_string();
            let fields = [("decision", made["id"].as_str().unwrap()), ("version", &version), ("said", "refuse"), ("why", CANARY)];
            assert_eq!(jo.submit("countersign", &fields).await.status, StatusCode::OK);
            let declined = desk.decide(&maya, &id, "decline", "document-not-genuine", "The hologram is printed.").await;
            assert_eq!(declined.status, StatusCode::OK, "{}", declined.text());
            desk.settle().await;
            let now = desk.app.now();
            let mut conn = desk.app.read().await.unwrap();
            if standing(&mut conn, &account, now).await.unwrap().open.is_none() {
                chosen = Some(account);
                break;
            }
        }
        let account = chosen.expect("an account without other open inquiries");
        let held = admin.submit("retention-hold", &[("account", &account), ("reason", "Letter of the court about the passport")]).await;
        assert_eq!(held.status, StatusCode::OK);
        assert_eq!(admin.submit("retention-release", &[("account", &account)]).await.status, StatusCode::OK);
        assert_eq!(auditor.submit("retention-confirm", &[("proposal", &waiting(&auditor).await)]).await.status, StatusCode::OK);
        assert_eq!(propose(&admin, &account, &tomorrow(&desk)).await.status, StatusCode::OK);
        assert!(found_in_rows(&desk, "SELECT COUNT(*) FROM decisions WHERE refusal <> ''").await > 0);
        years_pass(&desk);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 1);
        assert_eq!(found(&desk, CANARY).await, 0, "no refusal of it is left");
        let left = format!("SELECT COUNT(*) FROM retention_proposals WHERE account_id = '{account}' AND hold <> ''");
        assert_eq!(found_in_rows(&desk, &left).await, 0);
    }

    async fn what_could_not_be_read_goes_with_the_person_and_after_a_time(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (inquiry, account) = declined(&desk, &analyst).await;
        let at = desk.app.now().to_millis_text();
        let torn = |id: &str, name: &str| [b"\xff{\"account\":\"".as_slice(), id.as_bytes(), b"\",\"name\":\"", name.as_bytes()].concat();
        // Without a status: the event is stored, but cannot be applied.
        let failing = |event: &str, id: &str, name: &str| json!({"data": {"type": "event", "id": event, "attributes": {
            "name": "inquiry.created", "created-at": at, "payload": {"data": {"type": "inquiry", "id": id, "attributes": {"name": name}}}}}})
            .to_string().into_bytes();
        for body in [torn(&account, "Adaeze Torn"), torn(&inquiry, "Adaeze Torn"), torn("act_ofSomebodyElse", "Bo Torn"),
            failing("evt_hers", &inquiry, "Adaeze Torn"), failing("evt_his", "inq_ofSomebodyElse", "Bo Torn")] {
            assert_eq!(desk.signed_webhook(&body).await.status, StatusCode::ACCEPTED);
        }
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        let failed = "SELECT COUNT(*) FROM webhook_events WHERE state = 'failed'";
        assert_eq!(found_in_rows(&desk, failed).await, 2);
        assert_eq!(found_in_rows(&desk, "SELECT COUNT(*) FROM dead_letters").await, 3);
        let whose = account.clone();
        let erased = desk.app.write(move |tx| Box::pin(async move { Ok(countersign::server::db::erasure::erase(tx, &whose).await?) })).await.unwrap();
        assert!(erased.events >= 3, "{erased:?}");
        assert_eq!(found_in_rows(&desk, "SELECT COUNT(*) FROM dead_letters").await, 1);
        assert_eq!(found_in_rows(&desk, failed).await, 1, "that of somebody else stays");

        desk.clock.advance(DAY * 89);
        sweep(&desk.app).await.unwrap();
        assert_eq!(found_in_rows(&desk, "SELECT COUNT(*) FROM dead_letters").await, 1, "for whoever looks at it");
        desk.clock.advance(DAY * 2);
        sweep(&desk.app).await.unwrap();
        assert_eq!(found_in_rows(&desk, "SELECT COUNT(*) FROM dead_letters").await, 0);
        assert_eq!(found_in_rows(&desk, "SELECT COUNT(*) FROM webhook_events").await, 0);
        let told = desk.entries("webhook.failed", "evt_his").await.remove(0);
        assert!(!told.personal.contains_key("why"), "nor why it could not be applied");
    }

    async fn every_column_of_text_is_erased_or_says_why_not(desk: Desk) {
        let statements = countersign::server::db::erasure::statements(&desk.app.read().await.unwrap());
        let actual = text_columns(&desk).await;
        let mut classified = std::collections::BTreeSet::new();
        for (table, columns, class) in COLUMNS {
            for column in columns.split_whitespace() {
                assert!(classified.insert((table.to_string(), column.to_owned())), "{table}.{column} stands twice");
                let covered = match class {
                    Class::Goes => statements.iter().any(|one| one.starts_with(&format!("DELETE FROM {table} "))),
                    Class::GoesWith(parent) => statements.iter().any(|one| one.starts_with(&format!("DELETE FROM {parent} "))),
                    Class::Over => statements.iter().any(|one| one.starts_with(&format!("UPDATE {table} SET ")) && one.contains(&format!("{column} = "))),
                    Class::ByTheErasure => true,
                    Class::Stays(why) => !why.is_empty(),
                };
                assert!(covered, "no statement of an erasure covers {table}.{column}");
            }
        }
        let missing: Vec<_> = actual.difference(&classified).collect();
        assert!(missing.is_empty(), "say what becomes of them when a person is erased: {missing:?}");
        let gone: Vec<_> = classified.difference(&actual).collect();
        assert!(gone.is_empty(), "there are no such columns: {gone:?}");
    }
}

/// An inquiry of the account arrives.
async fn arrives(desk: &Desk, account: &str, status: &str) {
    let at = desk.app.now().to_millis_text();
    let id = format!("inq_{}OfLongAgo", status.replace('_', ""));
    let inquiry = json!({"data": {"type": "inquiry", "id": id, "attributes": {
        "status": status, "tags": [], "created-at": at, "updated-at": at, "fields": {}},
        "relationships": {"account": {"data": {"type": "account", "id": account}}}}, "included": []});
    let event = json!({"data": {"type": "event", "id": format!("evt_{id}"), "attributes": {
        "name": "inquiry.created", "created-at": at, "payload": inquiry}}});
    assert_eq!(desk.signed_webhook(event.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
    jobs::apply_webhooks::run(&desk.app).await.unwrap();
}

pub async fn found_in_rows(desk: &Desk, query: &str) -> i64 {
    match &desk.app.db {
        Db::Sqlite { write, .. } => {
            sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(write).await.unwrap()
        }
        Db::Postgres(pool) => sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(pool).await.unwrap(),
    }
}

pub async fn text_in_row(desk: &Desk, query: &str) -> String {
    match &desk.app.db {
        Db::Sqlite { write, .. } => {
            sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(write).await.unwrap()
        }
        Db::Postgres(pool) => sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(pool).await.unwrap(),
    }
}

/// Times are texts in SQLite only, and contain no personal data.
const TIMES: &str = "again_at alone_at as_of at blocked_until came_back_at checked_at confirmed_at crawled_at created_at disabled_at drawn_at due_at due_order \
    ended_at erased_at evidence_at evidence_wanted_at expires_at failed_at fault_at finished_at first_sent_at found_at given_at hold_until hour last_at last_sent_at \
    lease_until made_at not_before proposed_at read_at reads_since received_at redacted_at refused_at released_at requested_at resets resolved_at returned_until runs_at \
    saved_at seen_at settled_at since snoozed_until started_at struck_at taken_until until updated_at used_at waiting_since wanted_at was_admin_until";

/// Ids are stored as bytes in SQLite only.
const IDS: &str = "id actor_id assignee_id assignment_id author_id checker_id confirmer_id decision decision_id first_id link_id note_id owner_id \
    proposer_id reviewer_id taken_by";

/// Table and column of every text and every binary value in the schema.
async fn text_columns(desk: &Desk) -> std::collections::BTreeSet<(String, String)> {
    let of_sqlite = "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '_sqlx%' AND c.type IN ('TEXT', 'BLOB')";
    let of_postgres = "SELECT table_name::text, column_name::text FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'
            AND data_type IN ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea')";
    let all: Vec<(String, String)> = match &desk.app.db {
        Db::Sqlite { write, .. } => sqlx::query_as(of_sqlite).fetch_all(write).await.unwrap(),
        Db::Postgres(pool) => sqlx::query_as(of_postgres).fetch_all(pool).await.unwrap(),
    };
    // Ids of Persona's objects are texts, so they need an entry in `COLUMNS`.
    let texts = "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'TEXT'";
    let texts: Option<std::collections::BTreeSet<(String, String)>> = match &desk.app.db {
        Db::Sqlite { write, .. } => Some(sqlx::query_as(texts).fetch_all(write).await.unwrap().into_iter().collect()),
        Db::Postgres(_) => None,
    };
    let id = |one: &(String, String)| {
        IDS.split_whitespace().any(|id| id == one.1) && texts.as_ref().is_some_and(|texts| !texts.contains(one))
    };
    all.into_iter().filter(|one| !TIMES.split_whitespace().any(|time| time == one.1) && !id(one)).collect()
}

/// What happens to a text that may contain personal data, when the person is erased.
enum Class {
    /// The row is deleted.
    Goes,
    /// The row is deleted with a row of another table, by a foreign key.
    GoesWith(&'static str),
    /// The text is overwritten.
    Over,
    /// The transaction that erases rewrites the row.
    ByTheErasure,
    /// The text remains, because it contains no data of customers.
    Stays(&'static str),
}

const CODES: Class = Class::Stays("ids, codes and hashes of the desk and of Persona");
const REVIEWERS: Class = Class::Stays("names of reviewers: they stand under what they did, and in the log");
const SETTINGS: Class = Class::Stays("what an admin sets for all inquiries, or a reviewer for themselves");
const OF_THE_DESK: Class = Class::Stays("accounts, sessions and workings of the desk itself");

/// Every text of the schema. A new column has to be added here, with what happens to it.
const COLUMNS: &[(&str, &str, Class)] = &[
    ("account_attributes", "account_id kind digest label", Class::Goes),
    ("accounts", "id reference_id kind status name country body", Class::Goes),
    ("assignments", "error", Class::Over),
    ("assignments", "case_id state", CODES),
    ("assignments", "email reviewer_name", REVIEWERS),
    ("audit_check", "fault", OF_THE_DESK),
    ("audit_checkpoints", "note", OF_THE_DESK),
    ("audit_counts", "action actor", REVIEWERS),
    (
        "audit_entries",
        "action outcome object_kind object_id body",
        Class::Stays("what a person could type is a commitment in it, whose value and salt go"),
    ),
    ("audit_discontinuities", "note", OF_THE_DESK),
    ("audit_entries", "actor_name", REVIEWERS),
    ("audit_holders", "name kind note failure", OF_THE_DESK),
    (
        "audit_index",
        "object_id verdict reason request",
        Class::Stays("the same ids and codes as in the entries, which stay"),
    ),
    ("audit_outside", "kind name state note why", OF_THE_DESK),
    ("audit_personal", "name value", Class::Goes),
    ("audit_rotations", "note", OF_THE_DESK),
    ("blind_reviews", "comment", Class::Over),
    ("blind_reviews", "inquiry_id verdict reason", CODES),
    ("blind_reviews", "reviewer_name", REVIEWERS),
    ("case_objects", "case_id kind object_id", Class::Goes),
    ("case_parts", "case_id part_id", Class::Goes),
    ("case_tags", "case_id tag", Class::Goes),
    ("cases", "id name status template_id assignee as_of_event body wanted_error", Class::Goes),
    ("checklist_ticks", "inquiry_id item reviewer_name", Class::GoesWith("inquiries")),
    ("checklists", "body reviewer_name", SETTINGS),
    ("claims", "inquiry_id reviewer_name", Class::Goes),
    ("dead_letters", "digest why body", Class::Goes),
    ("audit_entries", "hash", CODES),
    ("audit_personal", "salt", Class::Goes),
    ("audit_tiles", "hashes root", CODES),
    ("draw_key", "key", OF_THE_DESK),
    ("digest_key", "key", OF_THE_DESK),
    ("decisions", "subject_name comment refusal case_status", Class::Over),
    ("decisions", "subject_kind subject_id verdict reason fingerprint state", CODES),
    ("decisions", "wanted_by", SETTINGS),
    ("decisions", "reviewer_name checker_name accounts hands released_by held_for", REVIEWERS),
    ("deliveries", "action answer", Class::Over),
    ("deliveries", "subject_id state request_id", CODES),
    ("devices", "token_hash", OF_THE_DESK),
    ("disclosures", "subject_id", Class::Goes),
    ("discrepancies", "inquiry_id field resolution comment of_values reviewer_name", Class::GoesWith("inquiries")),
    ("drafts", "subject_kind subject_id verdict reason comment", Class::Goes),
    (
        "inquiries",
        "id status account_id template_id subject country as_of_event body evidence fingerprint signals evidence_error tags assignee_name",
        Class::Goes,
    ),
    ("inquiry_counts", "status", CODES),
    ("inquiry_attributes", "inquiry_id kind digest", Class::GoesWith("inquiries")),
    ("inquiry_terms", "term inquiry_id", Class::GoesWith("inquiries")),
    ("installation", "rules", SETTINGS),
    ("invitations", "token_hash made_by hands confirms_by", OF_THE_DESK),
    ("links", "url error", Class::Over),
    ("links", "inquiry_id state", CODES),
    ("links", "reviewer_name", REVIEWERS),
    ("notes", "subject_kind subject_id author_name body", Class::Goes),
    ("preferences", "body", SETTINGS),
    ("queue_policies", "body reviewer_name", SETTINGS),
    ("queue_views", "name filter", SETTINGS),
    ("reasons", "body reviewer_name", SETTINGS),
    ("relation_crawls", "account_id error", Class::Goes),
    ("relations", "from_id key to_id", Class::Goes),
    ("repeated_acts", "subject action", OF_THE_DESK),
    ("retention", "hold held_by failure", Class::ByTheErasure),
    ("retention", "account_id profile ended_on due_on certificate", CODES),
    ("retention", "refused", Class::Stays("written by the desk, of ids, statuses and days")),
    ("retention_proposals", "hold", Class::Over),
    (
        "retention_proposals",
        "account_id kind state profile ended_on due_on before_profile before_ended_on before_due_on",
        CODES,
    ),
    ("retention_proposals", "hands held_by proposer_name confirmer_name ended_by", REVIEWERS),
    ("retention_proposals", "why", Class::Stays("written by the desk, of ids, statuses and days")),
    ("reveals", "subject_kind subject_id topic purpose", Class::Goes),
    (
        "reviewers",
        "email name role password_hash created_by reset_by confirmed_by name_key last_confirmed_by created_hands \
            reset_hands confirmed_hands",
        OF_THE_DESK,
    ),
    ("rule_proposals", "change state", SETTINGS),
    ("rule_proposals", "hands proposer_name ended_by agreed_by", REVIEWERS),
    ("rule_sets", "rules blocks reviewer_name", SETTINGS),
    ("runs", "host process", OF_THE_DESK),
    ("search_index", "after_id", CODES),
    ("searches", "words", Class::ByTheErasure),
    ("searches", "sign", OF_THE_DESK),
    ("sessions", "id_hash data", OF_THE_DESK),
    ("sheets", "object_id part why", CODES),
    ("sign_in_refusals", "subject", OF_THE_DESK),
    ("sign_in_tries", "subject", OF_THE_DESK),
    ("snapshots", "subject_kind subject_id fingerprint body", Class::Goes),
    ("sync_states", "name value", OF_THE_DESK),
    ("templates", "id name", SETTINGS),
    ("webhook_refusals", "why", OF_THE_DESK),
    ("redacted_objects", "object_id", CODES),
    ("unplaced_parts", "part_id kind", CODES),
    ("webhook_events", "id name body state error came_by", Class::Goes),
];
