use axum::http::{Request, StatusCode, header};
use countersign::domain::export::parse_proof;
use countersign::domain::verify::{CheckReport, Level, Trust, verify};
use countersign::server::config::Config;
use countersign::server::db::{self, Db};
use countersign::server::usecase::checkpoint;
use countersign::server::usecase::log::begin;
use countersign::server::usecase::log_check::{self, Scope};
use countersign::server::{App, jobs, run};
use serde_json::json;
use tlog::merkle::{included, leaf};
use tlog::signed_note::{Checkpoint, Note, SignerKey};
use tlog::zip::Bytes;

use crate::desk::{Desk, Reply, Visitor, send};
use crate::flow;

pub struct Held(pub Vec<u8>);

impl Bytes for Held {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
    async fn read(&self, at: u64, len: usize) -> Result<Vec<u8>, String> {
        let from = usize::try_from(at).unwrap();
        Ok(self.0[from..(from + len).min(self.0.len())].to_vec())
    }
}

fn key() -> SignerKey {
    SignerKey::of_log("test.example/log", &[7; 32])
}

async fn judged(bytes: &[u8], earlier: &[Note]) -> Result<CheckReport, String> {
    let trust = Trust { key: Some(key().verifier()), earlier: earlier.to_vec(), witnesses: Vec::new() };
    verify(Held(bytes.to_vec()), &trust, |_| {}).await.map_err(|fault| fault.to_string())
}

/// Runs a statement with full access to the database.
pub async fn tamper(desk: &Desk, statement: &str) {
    match &desk.app.db {
        Db::Sqlite { write, .. } => {
            let triggers: Vec<(String, String)> =
                sqlx::query_as("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                    .fetch_all(write)
                    .await
                    .unwrap();
            for (name, _) in &triggers {
                sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP TRIGGER {name}"))).execute(write).await.unwrap();
            }
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(write).await.unwrap();
            for (_, sql) in triggers {
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(write).await.unwrap();
            }
        }
        Db::Postgres(pool) => {
            let all =
                format!("SET session_replication_role = replica; {statement}; SET session_replication_role = origin");
            sqlx::raw_sql(sqlx::AssertSqlSafe(all)).execute(pool).await.unwrap();
        }
    }
}

async fn ranged(by: &Visitor, path: &str, from: usize, tag: &str) -> Reply {
    let request = Request::get(path)
        .header(header::COOKIE, &by.cookie)
        .header(header::RANGE, format!("bytes={from}-"))
        .header(header::IF_RANGE, tag);
    send(&by.router, request.body(axum::body::Body::empty()).unwrap()).await
}

/// A desk on which reviewers have decided inquiries.
async fn worked(desk: Desk) -> (Desk, Visitor, Visitor) {
    let mut desk = desk.filled().await;
    let (analyst, auditor) = (desk.analyst().await, desk.auditor().await);
    let ids = desk.queue(&analyst, "needs_review").await;
    desk.decide(&analyst, &ids[0], "decline", "document-not-genuine", "The hologram is printed").await;
    desk.decide(&analyst, &ids[1], "approve", "discrepancy-explained", "").await;
    desk.settle().await;
    (desk, analyst, auditor)
}

/// The same database with another key.
async fn with_keys(desk: &Desk, signing: Vec<SignerKey>) -> Result<App, String> {
    let config = run::sandbox_config(&desk.database_url, desk.sandbox.addr, crate::desk::SECRET).unwrap();
    let app = run::open(Config { signing, ..config }, desk.clock.clone()).await.unwrap();
    begin(&app).await.map_err(|error| error.to_string())?;
    Ok(app)
}

flow! {
    async fn each_checkpoint_goes_on_from_the_one_before(desk: Desk) {
        let (desk, analyst, _) = worked(desk).await;
        begin(&desk.app).await.unwrap();
        let first = checkpoint::sign(&desk.app).await.unwrap().unwrap();
        assert_eq!(checkpoint::sign(&desk.app).await.unwrap(), Some(first.clone()), "not grown, not signed again");
        let ids = desk.queue(&analyst, "needs_review").await;
        desk.decide(&analyst, &ids[2], "approve", "discrepancy-explained", "").await;
        let second = checkpoint::sign(&desk.app).await.unwrap().unwrap();
        assert!(second.size > first.size);
        for kept in [&first, &second] {
            let note: Note = kept.note.parse().unwrap();
            assert!(note.is_signed_by(&key().verifier()));
            let said = Checkpoint::parse(&note.text).unwrap();
            assert_eq!((said.origin.as_str(), i64::try_from(said.size).unwrap()), ("test.example/log", kept.size));
        }
    }

    async fn an_entry_has_a_proof_that_holds_by_itself(desk: Desk) {
        let (desk, _, auditor) = worked(desk).await;
        let size = checkpoint::sign(&desk.app).await.unwrap().unwrap().size;
        for seq in [0, size / 2, size - 1] {
            let page = auditor.call("audit-entry", json!({"seq": seq})).await.json();
            let proof = page["proof"].as_str().unwrap();
            let (index, hashes, note) = parse_proof(proof).unwrap();
            let note: Note = note.parse().unwrap();
            let said = Checkpoint::parse(&note.text).unwrap();
            assert!(note.is_signed_by(&key().verifier()));
            assert_eq!(index, u64::try_from(seq).unwrap());
            assert!(included(index, said.size, leaf(page["entry"]["body"].as_str().unwrap().as_bytes()), &hashes, &said.root));
        }
        let newest = auditor.call("audit-entry", json!({"seq": size})).await.json();
        assert!(newest["proof"].is_null(), "not signed yet");
        assert_eq!(auditor.call("audit-entry", json!({"seq": 1_000_000})).await.status, StatusCode::NOT_FOUND);
        let html = auditor.get(&format!("/audit/entries/{}", size - 1)).await.text();
        assert!(html.contains("hashes lead from this entry to the signed root"));
    }

    async fn an_export_is_intact_and_the_same_again_and_goes_on_after_a_break(desk: Desk) {
        let (_desk, _, auditor) = worked(desk).await;
        let first = auditor.get("/audit/export").await;
        assert_eq!((first.status, first.header("content-type").as_str()), (StatusCode::OK, "application/zip"));
        let report = judged(&first.body, &[]).await.unwrap();
        assert_eq!((report.level, report.filter.as_str(), report.without_gap), (Level::PinnedKey, "all", true));
        assert_eq!((report.entries, report.rows), (report.size, 4));
        assert!(report.opened >= 2, "the comment and an address at least");
        // For the same checkpoint the file is the same byte for byte, also if a download resumes in the middle.
        let path = format!("/audit/export?through={}", report.size);
        let (again, once_more) = (auditor.get(&path).await, auditor.get(&path).await);
        assert_eq!(again.body, first.body);
        assert_eq!(again.header("etag"), once_more.header("etag"));
        let rest = ranged(&auditor, &path, 5000, &again.header("etag")).await;
        assert_eq!(rest.status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(rest.body, first.body[5000..]);
        assert_eq!(rest.header("content-range"), format!("bytes 5000-{}/{}", first.body.len() - 1, first.body.len()));
        let whole = ranged(&auditor, &path, 5000, "\"another\"").await;
        assert_eq!((whole.status, whole.body.len()), (StatusCode::OK, first.body.len()));
        assert_eq!(ranged(&auditor, &path, 1 << 40, &again.header("etag")).await.status, StatusCode::RANGE_NOT_SATISFIABLE);
        for bad in ["/audit/export?through=1000000", "/audit/export?from=yesterday", "/audit/export?first=-3", "/audit/export?format=exe"] {
            assert!(auditor.get(bad).await.status.is_client_error(), "{bad}");
        }
    }

    async fn a_part_of_the_log_is_proved_by_itself(desk: Desk) {
        let (_desk, _, auditor) = worked(desk).await;
        let older: Note = {
            let file = auditor.get("/audit/export?format=zip").await;
            let report = judged(&file.body, &[]).await.unwrap();
            let mut conn = _desk.app.read().await.unwrap();
            db::checkpoint::at(&mut conn, i64::try_from(report.size).unwrap()).await.unwrap().unwrap().note.parse().unwrap()
        };
        let size = Checkpoint::parse(&older.text).unwrap().size;
        let part = auditor.get(&format!("/audit/export?action=decision&since={size}")).await;
        let report = judged(&part.body, std::slice::from_ref(&older)).await.unwrap();
        assert_eq!((report.entries, report.proofs, report.earlier.clone()), (4, 4, vec![size]));
        assert!(!report.without_gap);
        assert!(report.not_proved().iter().any(|line| line.contains("outside the filter")));
        let nothing = auditor.get("/audit/export?actor=Nobody").await;
        assert_eq!(judged(&nothing.body, &[]).await.unwrap().entries, 0);
        // Another desk with the same key and a different history.
        let note = Note::signed(Checkpoint { origin: "test.example/log".into(), size, root: [5; 32] }.text(), &[key()]);
        let forked = judged(&part.body, &[note]).await.unwrap_err();
        assert!(forked.contains("not the first ones of this log"), "{forked}");
    }

    async fn exports_are_logged_with_the_hash_of_the_file(desk: Desk) {
        use sha2::Digest;
        let (desk, _, auditor) = worked(desk).await;
        let file = auditor.get("/audit/export?format=jsonl&action=decision").await;
        let sum = hex::encode(sha2::Sha256::digest(&file.body));
        let ended = desk.entries("audit.export_ended", "log").await;
        assert_eq!(ended[0].fact("sha256"), Some(sum));
        assert_eq!(ended[0].fact("entries").as_deref(), Some("4"));
        let begun = desk.entries("audit.exported", "log").await;
        assert_eq!(begun[0].fact("filter").as_deref(), Some("action=\"decision\""));
    }

    async fn a_changed_database_is_found_named_and_stops_decisions(desk: Desk) {
        let (desk, analyst, auditor) = worked(desk).await;
        jobs::checkpoint::run(&desk.app).await.unwrap();
        let sound = log_check::run(&desk.app, Scope::All).await.unwrap().unwrap();
        assert_eq!(sound.fault, None);
        let made = auditor.call("audit", json!({"filter": {"action": "decision.made"}})).await.json();
        let victim = made["entries"][0]["seq"].as_i64().unwrap();
        tamper(&desk, &format!("UPDATE audit_entries SET body = replace(body, 'approve', 'decline') WHERE seq = {}", victim)).await;
        let found = log_check::run(&desk.app, Scope::All).await.unwrap().unwrap();
        assert_eq!(found.fault_at, Some(format!("entry {}", victim)));
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        let refused = desk.decide(&analyst, &id, "approve", "discrepancy-explained", "").await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        assert!(refused.text().contains(&format!("entry {}", victim)));
        let html = auditor.get("/audit").await.text();
        assert!(html.contains(&format!("Damaged at entry {}", victim)) && html.contains("Decisions are stopped"));
        // Restored from the backup and verified again: work continues.
        tamper(&desk, &format!("UPDATE audit_entries SET body = replace(body, 'decline', 'approve') WHERE seq = {}", victim)).await;
        let healed = log_check::run(&desk.app, Scope::All).await.unwrap().unwrap();
        assert_eq!(healed.fault, None);
        assert_eq!(desk.decide(&analyst, &id, "approve", "discrepancy-explained", "").await.status, StatusCode::OK);
        assert_eq!(desk.entries("log.damaged", &format!("entry {}", victim)).await.len(), 1);
        assert!(auditor.get("/audit").await.text().contains("Intact through entry"));
    }

    async fn whatever_is_changed_is_what_is_named(desk: Desk) {
        let (desk, _, _) = worked(desk).await;
        // More than one tile, so that tiles are stored.
        desk.app.write(|tx| Box::pin(async move {
            for n in 0..600_i64 {
                let draft = countersign::domain::audit::Draft::new("inquiry.viewed", countersign::domain::audit::Actor::System { part: "test" }, "inquiry", format!("inq_{n}"));
                let now = countersign::domain::time::Timestamp::from_micros(1_795_000_000_000_000);
                db::audit::append(tx, |seq| draft.clone().seal(seq, now, "0.1.0", &Default::default()), &Default::default()).await?;
            }
            Ok(())
        })).await.unwrap();
        jobs::checkpoint::run(&desk.app).await.unwrap();
        assert_eq!(log_check::run(&desk.app, Scope::All).await.unwrap().unwrap().fault, None);
        let hash = if matches!(desk.app.db, Db::Sqlite { .. }) { ("zeroblob(32)", "zeroblob(8192)") } else { ("decode(repeat('00', 32), 'hex')", "decode(repeat('00', 8192), 'hex')") };
        for table in ["audit_entries", "audit_tiles", "audit_checkpoints"] {
            tamper(&desk, &format!("CREATE TABLE saved_{table} AS SELECT * FROM {table}")).await;
        }
        let column = |table: &str, column: &str, key: &str| {
            let level = if table == "audit_tiles" { " AND s.level = audit_tiles.level" } else { "" };
            format!(
                "UPDATE {table} SET {column} = (SELECT s.{column} FROM saved_{table} s WHERE s.{key} = {table}.{key}{level})
                 WHERE {key} IN (SELECT s.{key} FROM saved_{table} s)"
            )
        };
        let cures = [
            column("audit_entries", "action", "seq"),
            column("audit_entries", "object_id", "seq"),
            column("audit_tiles", "root", "number"),
            column("audit_entries", "hash", "seq"),
            column("audit_checkpoints", "note", "size"),
        ];
        let cases = [
            ("UPDATE audit_entries SET action = 'inquiry.closed' WHERE seq = 300".to_owned(), "entry 300", "action"),
            ("UPDATE audit_entries SET object_id = 'inq_x' WHERE seq = 301".to_owned(), "entry 301", "object"),
            (format!("UPDATE audit_tiles SET root = {} WHERE level = 0 AND number = 1", hash.0), "tile/0/001", "do not belong together"),
            (format!("UPDATE audit_entries SET hash = {} WHERE seq = 20", hash.0), "entry 20", "not those that were hashed"),
            ("UPDATE audit_checkpoints SET note = replace(note, 'test.example', 'best.example')".to_owned(), "checkpoint of", "signed"),
            ("DELETE FROM audit_personal WHERE seq = 7; DELETE FROM audit_entries WHERE seq = 7".to_owned(), "entry 7", "missing"),
        ];
        for (harm, at, why) in cases {
            tamper(&desk, &harm).await;
            let found = log_check::run(&desk.app, Scope::All).await.unwrap().unwrap();
            assert!(found.fault_at.as_deref().is_some_and(|found| found.starts_with(at)), "{harm}: {found:?}");
            assert!(found.fault.as_deref().is_some_and(|found| found.contains(why)), "{harm}: {found:?}");
            if harm.starts_with("DELETE") {
                continue;
            }
            for cure in &cures {
                tamper(&desk, cure).await;
            }
        }
    }

    async fn a_key_is_handed_over_and_never_replaced(desk: Desk) {
        let (desk, _, auditor) = worked(desk).await;
        begin(&desk.app).await.unwrap();
        checkpoint::sign(&desk.app).await.unwrap();
        let (old, new) = (key(), SignerKey::of_log("test.example/log", &[8; 32]));
        let refused = with_keys(&desk, vec![new.clone()]).await.err().unwrap();
        assert!(refused.contains("COUNTERSIGN_SIGNING_KEY=new.key,old.key"), "{refused}");
        with_keys(&desk, vec![new.clone(), old.clone()]).await.unwrap();
        // From then on only the new key.
        let app = with_keys(&desk, vec![new.clone()]).await.unwrap();
        auditor.get("/queue").await;
        checkpoint::sign(&app).await.unwrap();
        assert_eq!(desk.entries("key.changed", "test.example/log").await.len(), 1);
        let shared = crate::desk::Shared::default();
        use countersign::server::usecase::export::{Exporter, Format, plan, write};
        let planned = plan(&app, &Exporter::Shell, Format::Zip, Default::default(), None, None).await.unwrap();
        write(&app, planned, shared.clone()).await.unwrap();
        let file = shared.0.lock().unwrap().clone();
        let report = judged(&file, &[]).await.unwrap();
        assert_eq!((report.level, report.key), (Level::PinnedKey, new.verifier().short()));
        let stranger = Trust { key: Some(SignerKey::of_log("test.example/log", &[9; 32]).verifier()), ..Trust::default() };
        assert!(verify(Held(file), &stranger, |_| {}).await.is_err());
        assert_eq!(log_check::run(&app, Scope::All).await.unwrap().unwrap().fault, None);
    }
}
