use std::time::Duration;

use countersign::domain::audit::{Actor, Draft};
use countersign::server::db::{self, Db};
use countersign::server::{App, usecase};

use crate::desk::Desk;
use crate::flow;

/// Reads, and then writes: what a transaction that began as a reader cannot do when another wrote meanwhile.
async fn read_then_write(app: App, n: usize) {
    for _ in 0..n {
        let id = "inq_none".parse().unwrap();
        app.write(move |tx| {
            Box::pin(async move {
                db::inquiry::by_id(tx, &id).await?;
                tokio::task::yield_now().await;
                let seq = db::audit::next_seq(tx).await?;
                let draft = Draft::new("test.written", Actor::System { part: "test" }, "test", "one");
                let sealed =
                    draft.seal(seq, countersign::domain::time::Timestamp::from_micros(0), "0", &Default::default());
                Ok(db::audit::insert(tx, &sealed, &Default::default()).await?)
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
        usecase::frame::ready(&desk.app).await.unwrap();
    }

    async fn a_commit_is_on_disk_before_it_is_told(desk: Desk) {
        let Db::Sqlite { write, .. } = &desk.app.db else {
            // PostgreSQL's own default, which the desk leaves as it is.
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
            // Dropped in the middle, as the future of a request whose browser hangs up.
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
        // A future that was never polled asked for nothing; each of the others is kept.
        assert!(kept >= 19, "{kept} of 20 writes were kept");
    }
}
