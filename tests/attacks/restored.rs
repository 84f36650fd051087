//! A log that a checkpoint outside the desk contradicts, and how it is resumed.
use axum::http::StatusCode;
use countersign::domain::discontinuity::{Cause, Discontinuity};
use countersign::domain::log::filter::AuditFilter;
use countersign::server::config::CheckpointTarget;
use countersign::server::usecase::checkpoint::comparison::{Reach, compare};
use countersign::server::usecase::{log, resume};
use countersign::server::{App, db, jobs};
use serde_json::json;
use tlog::signed_note::{Checkpoint, Note, SignerKey};

use crate::desk::{Desk, On};
use crate::flow;

fn on(desk: &Desk) -> On {
    if desk.database_url.starts_with("sqlite") { On::Sqlite } else { On::Postgres }
}

/// A desk with a folder to which checkpoints are published.
async fn with_folder(desk: &Desk, folder: &std::path::Path) -> Desk {
    let options = persona_sandbox::Options { inquiries: 40, requests_per_minute: 100_000, ..Default::default() };
    Desk::configured(on(desk), options, |config| {
        config.checkpoint_targets = vec![CheckpointTarget::Folder(folder.to_owned())]
    })
    .await
    .filled()
    .await
}

/// A checkpoint with this log's key that the log does not extend.
fn foreign(size: u64) -> String {
    let key = SignerKey::of_log("test.example/log", &[7; 32]);
    Note::signed(Checkpoint { origin: key.name.clone(), size, root: [9; 32] }.text(), &[key]).to_string()
}

fn lay(folder: &std::path::Path, day: &str, size: u64, note: &str) {
    std::fs::create_dir_all(folder.join(day)).unwrap();
    std::fs::write(folder.join(day).join(format!("{size:012}")), note).unwrap();
}

async fn sql(desk: &Desk, text: &str) -> Result<(), sqlx::Error> {
    let text = sqlx::AssertSqlSafe(text.to_owned());
    match &desk.app.db {
        db::Db::Sqlite { write, .. } => sqlx::raw_sql(text).execute(write).await.map(|_| ()),
        db::Db::Postgres(pool) => sqlx::raw_sql(text).execute(pool).await.map(|_| ()),
    }
}

async fn newest(app: &App) -> i64 {
    db::checkpoint::newest(&mut app.read().await.unwrap()).await.unwrap().map_or(0, |newest| newest.size)
}

async fn all(desk: &Desk, action: &str) -> Vec<countersign::domain::audit::Entry> {
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() }.filter().unwrap();
    db::audit::page(&mut desk.app.read().await.unwrap(), &filter, None, 1000).await.unwrap()
}

flow! {
    async fn what_is_contradicted_is_neither_signed_nor_decided_nor_sent(desk: Desk) {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = with_folder(&desk, folder.path()).await;
        let (admin, analyst, auditor) = (desk.admin().await, desk.analyst().await, desk.auditor().await);
        let ids = desk.queue(&analyst, "needs_review").await;
        jobs::checkpoint::run(&desk.app).await.unwrap();
        let signed = newest(&desk.app).await;
        assert!(signed > 0, "an empty folder contradicts nothing");
        // In delivery when the contradiction is found.
        let waits = desk.decide(&analyst, &ids[0], "decline", "document-expired", "Expired in May").await;
        assert_eq!(waits.status, StatusCode::OK, "{}", waits.text());
        lay(folder.path(), "2099-01-01", 5000, &foreign(5000));
        jobs::checkpoint::run(&desk.app).await.unwrap();
        assert_eq!(newest(&desk.app).await, signed, "nothing is signed");
        desk.settle().await;
        assert!(desk.effects(&ids[0]).await.is_empty(), "nothing is sent");
        let refused = desk.decide(&analyst, &ids[1], "decline", "document-expired", "Expired in May").await;
        assert!(refused.status == StatusCode::CONFLICT && refused.text().contains("LogSuspended"), "{}", refused.text());
        assert_eq!(desk.inquiry(&analyst, &ids[1]).await["draft"]["comment"], "Expired in May", "nothing that was typed is lost");
        // A check of the log itself does not repair this.
        countersign::server::usecase::log_check::run(&desk.app, countersign::server::usecase::log_check::Scope::All).await.unwrap();
        let refused = desk.decide(&analyst, &ids[1], "decline", "document-expired", "Expired in May").await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        assert_eq!(all(&desk, "log.suspended").await.len(), 1, "once");
        for (who, path) in [(&admin, "/admin/persona"), (&auditor, "/audit")] {
            let page = who.get(path).await.text();
            assert!(page.contains("The audit log is suspended") && page.contains("countersign audit resume"), "{path}");
            assert!(!page.contains("✓ Intact"), "{path}");
        }
        assert!(analyst.get("/queue").await.text().contains("The audit log is suspended"));
        assert_eq!(desk.nobody().get("/health/log").await.status, StatusCode::SERVICE_UNAVAILABLE);
        // Removing the folder from the settings does not remove the contradiction.
        let other = desk.another().await;
        compare(&other, Reach::All).await.unwrap();
        assert!(db::checkpoint::comparison::contradicted(&mut other.read().await.unwrap()).await.unwrap());
    }

    async fn a_suspended_log_is_resumed_under_another_name(desk: Desk) {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = with_folder(&desk, folder.path()).await;
        let analyst = desk.analyst().await;
        desk.admin().await;
        let ids = desk.queue(&analyst, "needs_review").await;
        jobs::checkpoint::run(&desk.app).await.unwrap();
        let kept = newest(&desk.app).await;
        // A decision that Persona has, by the number in its comment, and that this database does not contain.
        let lost = "0198c0de-0000-7000-8000-000000000001";
        let comment = json!({"meta": {"comment": format!("Seen.\n\nCountersign decision {lost} by Maya Okafor")}});
        desk.persona("POST", &format!("/inquiries/{}/decline", ids[0]), comment).await;
        jobs::sync::run(&desk.app).await.unwrap();
        lay(folder.path(), "2099-01-01", 5000, &foreign(5000));
        jobs::checkpoint::run(&desk.app).await.unwrap();
        let admin = db::reviewer::by_email(&mut desk.app.read().await.unwrap(), "admin@desk.example").await.unwrap().unwrap().0;
        let same = resume::plan(&desk.app, SignerKey::of_log("test.example/log", &[8; 32]), false).await;
        assert!(same.is_err(), "entries are gone, so the name goes too");
        let new = SignerKey::of_log("test.example/log-2", &[8; 32]);
        // The tests' desk started without a key in its database.
        log::begin(&desk.app).await.unwrap();
        let plan = resume::plan(&desk.app, new.clone(), false).await.unwrap();
        assert_eq!((plan.cause, plan.published.0, plan.kept.size), (Cause::Restored, 5000, u64::try_from(kept).unwrap()));
        assert_eq!(plan.missing.iter().map(|missing| missing.decision.as_str()).collect::<Vec<_>>(), [lost]);
        assert!(resume::resume(&desk.app, &plan, &admin, "  ").await.is_err(), "a reason is wanted");
        let written = resume::resume(&desk.app, &plan, &admin, "The disk died on Sunday.").await.unwrap();
        assert!(resume::resume(&desk.app, &plan, &admin, "Again").await.is_err(), "once");
        let resumed = all(&desk, "log.resumed").await;
        assert_eq!(resumed.len(), 1);
        assert_eq!(resumed[0].fact("published").as_deref(), Some("5000"));
        assert_eq!(resumed[0].personal.get("reason").map(String::as_str), Some("The disk died on Sunday."));
        assert_eq!(desk.entries("decision.found", &ids[0]).await[0].fact("decision").as_deref(), Some(lost));
        let note: Note = resumed[0].fact("signed").unwrap().parse().unwrap();
        assert_eq!(Discontinuity::signed(&note), Some((written, true)), "by both keys");
        // This desk has the old key, so it signs nothing more.
        jobs::checkpoint::run(&desk.app).await.unwrap();
        assert_eq!(newest(&desk.app).await, kept);
        // The note cannot be changed.
        let changed = desk.app.write(|tx| Box::pin(async move {
            Ok(db::checkpoint::comparison::keep_discontinuity(tx, countersign::domain::time::Timestamp::from_micros(0), "x").await?)
        })).await;
        assert!(changed.is_ok(), "one can be added");
        for text in ["UPDATE audit_discontinuities SET note = 'y'", "DELETE FROM audit_discontinuities"] {
            assert!(sql(&desk, text).await.is_err(), "{text}");
        }
    }

    async fn what_cannot_be_read_is_not_known_and_waits(desk: Desk) {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = with_folder(&desk, folder.path()).await;
        desk.auditor().await;
        jobs::checkpoint::run(&desk.app).await.unwrap();
        let signed = newest(&desk.app).await;
        // Not mounted: there is an empty folder where a checkpoint should be.
        let (there, away) = (folder.path().join(desk.app.now().date()), tempfile::tempdir().unwrap());
        std::fs::rename(&there, away.path().join("day")).unwrap();
        desk.analyst().await;
        jobs::checkpoint::run(&desk.app).await.unwrap();
        assert_eq!(newest(&desk.app).await, signed, "nothing is signed while nobody outside can be asked");
        let said = db::checkpoint::comparison::all(&mut desk.app.read().await.unwrap()).await.unwrap().remove(0);
        assert!(said.state == "unknown" && said.why.as_deref().unwrap().contains("is it mounted"), "{said:?}");
        assert!(!db::checkpoint::comparison::contradicted(&mut desk.app.read().await.unwrap()).await.unwrap(), "and nothing is accused");
        std::fs::rename(away.path().join("day"), &there).unwrap();
        jobs::checkpoint::run(&desk.app).await.unwrap();
        assert!(newest(&desk.app).await > signed);
    }
}
