use std::time::Duration;

use axum::http::StatusCode;
use countersign::domain::audit::{Actor, Draft};
use countersign::server::config::leptos_options;
use countersign::server::db::{self, Db};
use countersign::server::{App, run, usecase};

use crate::desk::{Desk, On};
use crate::flow;

/// Reads, then writes. A transaction that began as a reader cannot do this if another one wrote in between.
async fn read_then_write(app: App, n: usize) {
    for _ in 0..n {
        let id = "inq_none".parse().unwrap();
        app.write(move |tx| {
            Box::pin(async move {
                db::inquiry::by_id(tx, &id).await?;
                tokio::task::yield_now().await;
                let draft = Draft::new("test.written", Actor::System { part: "test" }, "test", "one");
                let at = countersign::domain::time::Timestamp::from_micros(0);
                let seal = |seq| draft.clone().seal(seq, at, "0", &Default::default());
                Ok(db::audit::append(tx, seal, &Default::default()).await.map(|_| ())?)
            })
        })
        .await
        .unwrap();
    }
}

flow! {
    async fn two_programs_on_one_database_wait_for_one_another(desk: Desk) {
        let other = desk.another().await;
        let (one, two) = (tokio::spawn(read_then_write(desk.app.clone(), 60)), tokio::spawn(read_then_write(other, 60)));
        one.await.unwrap();
        two.await.unwrap();
        assert_eq!(desk.entries("test.written", "one").await.len(), 120);
        assert_eq!(usecase::layout::ready(&desk.app).await, Ok(()));
    }

    async fn two_writes_of_the_same_rows_in_another_order_both_happen(desk: Desk) {
        let at = desk.app.now();
        // On SQLite the second transaction begins after the first has ended, so there is nothing to synchronize.
        let both = matches!(desk.app.db, Db::Postgres(_)).then(|| std::sync::Arc::new(tokio::sync::Barrier::new(2)));
        let write = |first: &str, second: &str| {
            let (app, both) = (desk.app.clone(), both.clone());
            let (first, second) = (first.parse().unwrap(), second.parse().unwrap());
            let met = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
            tokio::spawn(async move {
                app.write(move |tx| Box::pin(async move {
                    db::relation::doubt(tx, &first, at).await?;
                    // Only the first time: a repeated transaction would wait for no one.
                    if let Some(both) = both.filter(|_| !met.swap(true, std::sync::atomic::Ordering::SeqCst)) {
                        both.wait().await;
                    }
                    Ok(db::relation::doubt(tx, &second, at).await?)
                })).await
            })
        };
        let (one, two) = (write("act_a", "act_b"), write("act_b", "act_a"));
        one.await.unwrap().unwrap();
        two.await.unwrap().unwrap();
        let mut conn = desk.app.read().await.unwrap();
        for id in ["act_a", "act_b"] {
            let wanted = db::relation::wanted_crawls(&mut conn, at, 10).await.unwrap();
            let changes: Vec<i64> = wanted.iter().filter(|one| one.account.as_str() == id).map(|one| one.changes).collect();
            assert_eq!(changes, [2], "{id}");
        }
    }

    async fn a_database_that_cannot_be_written_is_not_ready(desk: Desk) {
        let Db::Sqlite { write, .. } = &desk.app.db else { return };
        let nobody = desk.nobody();
        assert_eq!(nobody.get("/health/ready").await.status, StatusCode::OK);
        sqlx::query("PRAGMA query_only = ON").execute(write).await.unwrap();
        // The result of the last check is valid for one second.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let reply = nobody.get("/health/ready").await;
        assert_eq!((reply.status, reply.text().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be written\n"));
        sqlx::query("PRAGMA query_only = OFF").execute(write).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert_eq!(nobody.get("/health/ready").await.status, StatusCode::OK);
    }

    async fn a_database_that_is_away_is_not_ready_within_two_seconds(desk: Desk) {
        let Db::Postgres(pool) = &desk.app.db else { return };
        // No connection is free.
        let mut held = Vec::new();
        while let Ok(conn) = tokio::time::timeout(Duration::from_millis(500), pool.acquire()).await {
            held.push(conn.unwrap());
        }
        let began = std::time::Instant::now();
        assert_eq!(desk.nobody().get("/health/ready").await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }

    async fn a_commit_is_on_disk_before_it_is_told(desk: Desk) {
        let Db::Sqlite { write, .. } = &desk.app.db else {
            // The default of PostgreSQL itself, which the desk does not change.
            return;
        };
        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(write).await.unwrap();
        let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(write).await.unwrap();
        assert_eq!((synchronous, journal.as_str()), (2, "wal"), "FULL: NORMAL may lose what was acknowledged");
    }

    async fn a_write_goes_on_when_whoever_asked_is_gone(desk: Desk) {
        let now = desk.app.now();
        for n in 0..20 {
            let digest = format!("{n:064}");
            let write = desk.app.write(move |tx| {
                Box::pin(async move {
                    db::webhook::insert_dead_letter(tx, &digest, now, "for a test", b"x").await?;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    Ok(())
                })
            });
            // Dropped in the middle, like the future of a request whose browser disconnects.
            let _ = tokio::time::timeout(Duration::from_millis(n), write).await;
        }
        let mut kept = 0;
        for _ in 0..200 {
            let mut conn = desk.app.read().await.unwrap();
            kept = db::webhook::dead_letters(&mut conn, 50).await.unwrap().len();
            if kept == 20 {
                break;
            }
            drop(conn);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // A future that was never polled has requested nothing; the writes of all others are stored.
        assert!(kept >= 19, "{kept} of 20 writes were kept");
    }
}

/// Has the same name as the PostgreSQL flows, because it is one.
mod postgres {
    use super::*;

    /// With the grants that docs/audit.md recommends to operators, the desk works and cannot change recorded entries.
    #[tokio::test(flavor = "multi_thread")]
    async fn with_no_more_rights_than_the_docs_grant_the_desk_works_and_the_log_cannot_be_changed() {
        let mut desk = Desk::open(On::Postgres).await.filled().await;
        let analyst = desk.analyst().await;
        let Db::Postgres(owner) = &desk.app.db else { unreachable!() };
        let docs = include_str!("../../docs/audit.md");
        let grants = docs.split("```sql\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        // A cluster has one such role; another run may have created it.
        let _ = sqlx::raw_sql("CREATE ROLE countersign LOGIN").execute(owner).await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(grants)).execute(owner).await.unwrap();
        let mut url: url::Url = desk.database_url.parse().unwrap();
        url.set_username("countersign").unwrap();
        let config = run::sandbox_config(url.as_str(), desk.sandbox.addr, crate::desk::SECRET).unwrap();
        let app = run::open(config, desk.clock.clone()).await.unwrap();
        let router =
            countersign::server::http::router::router(&app, &leptos_options(std::path::Path::new("site")).unwrap())
                .unwrap();
        let visitor = crate::desk::Visitor { router, cookie: analyst.cookie.clone() };
        let id = desk.queue(&visitor, "needs_review").await.remove(0);
        let decided = desk.decide(&visitor, &id, "approve", "discrepancy-explained", "").await;
        assert_eq!(decided.status, 200, "{}", decided.text());
        countersign::server::jobs::checkpoint::run(&app).await.unwrap();
        let Db::Postgres(limited) = &app.db else { unreachable!() };
        for statement in [
            "UPDATE audit_entries SET outcome = 'ok' WHERE seq = 0",
            "DELETE FROM audit_entries WHERE seq = 0",
            "DELETE FROM audit_tiles",
            "TRUNCATE audit_entries CASCADE",
            "UPDATE audit_checkpoints SET note = ''",
            "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
            "DROP TABLE audit_rotations",
            "UPDATE audit_personal SET value = ''",
        ] {
            let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(limited).await.err();
            let code =
                refused.as_ref().and_then(|error| error.as_database_error()?.code().map(|code| code.into_owned()));
            assert_eq!(code.as_deref(), Some("42501"), "{statement}: {refused:?}");
        }
    }
}
