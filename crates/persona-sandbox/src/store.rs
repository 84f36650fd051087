//! All state of the sandbox: one SQLite database, one writer, a few readers. Objects are stored as the JSON that is
//! served, next to the few columns that lists filter by.

pub use super::object::{id, kind, related};
use super::{answer::Fail, clock, error::Error};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde_json::Value;
use std::{
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// "csbx": distinguishes a sandbox file from other SQLite files.
const APPLICATION_ID: i64 = 0x6373_6278;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resource (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, created INTEGER NOT NULL, status TEXT, reference TEXT, note TEXT,
    account TEXT, inquiry TEXT, template TEXT, expires INTEGER, body TEXT NOT NULL, private TEXT
);
CREATE INDEX IF NOT EXISTS resource_kind ON resource (kind, created DESC, id DESC);
CREATE INDEX IF NOT EXISTS resource_status ON resource (kind, status, created DESC, id DESC);
CREATE INDEX IF NOT EXISTS resource_account ON resource (account, kind) WHERE account IS NOT NULL;
CREATE INDEX IF NOT EXISTS resource_inquiry ON resource (inquiry, kind) WHERE inquiry IS NOT NULL;
CREATE INDEX IF NOT EXISTS resource_reference ON resource (reference, kind) WHERE reference IS NOT NULL;
CREATE INDEX IF NOT EXISTS resource_note ON resource (note) WHERE note IS NOT NULL;
CREATE INDEX IF NOT EXISTS resource_inquiry_updated ON resource (coalesce(json_extract(body, '$.attributes.\"updated-at\"'), ''), id)
    WHERE kind = 'inquiry';
CREATE INDEX IF NOT EXISTS resource_expires ON resource (expires) WHERE expires IS NOT NULL;
CREATE TABLE IF NOT EXISTS link (owner TEXT NOT NULL, target TEXT NOT NULL, PRIMARY KEY (owner, target)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS link_target ON link (target, owner);
CREATE TABLE IF NOT EXISTS relation (
    account TEXT NOT NULL, key TEXT NOT NULL, target TEXT NOT NULL, created INTEGER NOT NULL,
    PRIMARY KEY (account, key, target)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, object TEXT NOT NULL, created INTEGER NOT NULL, context TEXT, payload TEXT
);
CREATE INDEX IF NOT EXISTS event_created ON event (created DESC, id DESC);
CREATE INDEX IF NOT EXISTS event_object ON event (object, created DESC);
CREATE INDEX IF NOT EXISTS event_name ON event (name, created DESC);
CREATE TABLE IF NOT EXISTS delivery (
    seq INTEGER PRIMARY KEY, webhook TEXT NOT NULL, event TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0, first INTEGER, next INTEGER NOT NULL, last INTEGER, status INTEGER, error TEXT,
    fault TEXT
);
CREATE INDEX IF NOT EXISTS delivery_webhook ON delivery (webhook, next, seq) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (next, seq) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, print TEXT NOT NULL, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    created INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS effect (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL, request TEXT NOT NULL,
    key TEXT, comment TEXT
);
CREATE INDEX IF NOT EXISTS effect_object ON effect (object, seq);
CREATE TABLE IF NOT EXISTS once (
    code TEXT PRIMARY KEY, inquiry TEXT NOT NULL, session TEXT NOT NULL, expires INTEGER NOT NULL, used INTEGER
);
CREATE INDEX IF NOT EXISTS once_inquiry ON once (inquiry, expires);
CREATE TABLE IF NOT EXISTS upload (name TEXT PRIMARY KEY, bytes BLOB NOT NULL);
";

pub struct Store {
    writer: Mutex<Connection>,
    /// Empty when in memory: the writer then reads as well.
    readers: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
    /// Offset of the sandbox's clock, in milliseconds.
    pub off: AtomicI64,
}

impl Store {
    pub fn open(file: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = file else {
            let writer = Connection::open_in_memory()?;
            writer.execute_batch(SCHEMA)?;
            return Ok(Self::of(writer, Vec::new()));
        };
        let shown = || path.display().to_string();
        let cannot = |source| Error::File { path: shown(), source };
        let writer = Connection::open(path).map_err(cannot)?;
        writer.busy_timeout(Duration::from_secs(5)).map_err(cannot)?;
        let foreign = |_| Error::Foreign { path: shown() };
        let tables: i64 =
            writer.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(foreign)?;
        let ours: i64 = writer.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(foreign)?;
        if tables > 0 && ours != APPLICATION_ID {
            return Err(Error::Foreign { path: shown() });
        }
        writer
            .execute_batch(&format!(
                "PRAGMA application_id = {APPLICATION_ID}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 PRAGMA temp_store = MEMORY; {SCHEMA}"
            ))
            .map_err(cannot)?;
        // A file of an earlier version has no such column.
        if writer.prepare("SELECT fault FROM delivery").is_err() {
            writer.execute_batch("ALTER TABLE delivery ADD COLUMN fault TEXT").map_err(cannot)?;
        }
        let readers = (0..4)
            .map(|_| {
                let reader = Connection::open(path)?;
                reader.busy_timeout(Duration::from_secs(5))?;
                reader.execute_batch("PRAGMA query_only = ON")?;
                Ok(Mutex::new(reader))
            })
            .collect::<Result<_, rusqlite::Error>>()
            .map_err(cannot)?;
        Ok(Self::of(writer, readers))
    }

    fn of(writer: Connection, readers: Vec<Mutex<Connection>>) -> Self {
        Self { writer: Mutex::new(writer), readers, turn: AtomicUsize::new(0), off: AtomicI64::new(0) }
    }

    /// Milliseconds since 1970, by this sandbox's clock.
    pub fn now(&self) -> i64 {
        clock::real().saturating_add(self.off.load(Ordering::SeqCst))
    }

    /// Seeding a new file needs no durability: an incomplete file is seeded again at the next start.
    pub fn relaxed(&self, relaxed: bool) -> Result<(), rusqlite::Error> {
        let pragma = if relaxed { "PRAGMA synchronous = OFF" } else { "PRAGMA synchronous = FULL" };
        hold(&self.writer).execute_batch(pragma)
    }

    pub fn read<T, E: From<rusqlite::Error>>(&self, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        clock::off_by(self.off.load(Ordering::SeqCst), || self.look(work))
    }

    fn look<T, E: From<rusqlite::Error>>(&self, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        if self.readers.is_empty() {
            return work(&hold(&self.writer));
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        for step in 0..self.readers.len() {
            if let Some(Ok(mut reader)) = self.readers.get((turn + step) % self.readers.len()).map(Mutex::try_lock) {
                return snapshot(&mut reader, work);
            }
        }
        match self.readers.get(turn % self.readers.len()) {
            Some(reader) => snapshot(&mut hold(reader), work),
            None => work(&hold(&self.writer)),
        }
    }

    /// Runs `work` in one transaction, which is rolled back if `work` fails.
    pub fn write<T, E: From<rusqlite::Error>>(&self, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        clock::off_by(self.off.load(Ordering::SeqCst), || {
            let mut writer = hold(&self.writer);
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
    }
}

fn hold(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn snapshot<T, E: From<rusqlite::Error>>(
    reader: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = reader.transaction()?;
    work(&transaction)
}

pub fn meta(db: &Connection, key: &str) -> Result<Option<String>, rusqlite::Error> {
    db.prepare_cached("SELECT value FROM meta WHERE key = ?")?.query_row([key], |row| row.get(0)).optional()
}

pub fn set_meta(db: &Connection, key: &str, value: &str) -> Result<(), rusqlite::Error> {
    db.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)")?.execute([key, value]).map(drop)
}

/// Returns the next number of a counter, starting with `first`.
pub fn number(db: &Connection, key: &str, first: u64) -> Result<u64, rusqlite::Error> {
    let number = meta(db, key)?.and_then(|text| text.parse().ok()).unwrap_or(first);
    set_meta(db, key, &(number + 1).to_string())?;
    Ok(number)
}

pub fn save(db: &Connection, body: &Value, private: Option<&Value>) -> Result<(), rusqlite::Error> {
    let attributes = &body["attributes"];
    let kind = kind(body);
    let time = |key: &str| attributes[key].as_str().and_then(clock::parse);
    let expires = match (kind, attributes["status"].as_str()) {
        ("inquiry", Some("created" | "pending")) if attributes["redacted-at"].is_null() => time("expires-at"),
        // A deadline that has passed is not announced again.
        ("case", _) if attributes["resolved-at"].is_null() => time("sla-expires-at").filter(|at| *at > clock::now()),
        _ => None,
    };
    db.prepare_cached(
        "INSERT INTO resource (id, kind, created, status, reference, note, account, inquiry, template, expires, body, private)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, reference = excluded.reference, note = excluded.note,
            account = excluded.account, expires = excluded.expires, body = excluded.body,
            private = coalesce(excluded.private, resource.private)",
    )?
    .execute(params![
        id(body),
        kind,
        time("created-at").unwrap_or(0),
        attributes["status"].as_str(),
        attributes["reference-id"].as_str(),
        attributes["note"].as_str(),
        related(body, "account"),
        related(body, "inquiry"),
        related(body, "inquiry-template").or_else(|| related(body, "case-template")),
        expires,
        body.to_string(),
        private.map(Value::to_string),
    ])?;
    if kind == "case" {
        relink(db, body)?;
    }
    Ok(())
}

fn relink(db: &Connection, case: &Value) -> Result<(), rusqlite::Error> {
    db.prepare_cached("DELETE FROM link WHERE owner = ?")?.execute([id(case)])?;
    for name in ["accounts", "inquiries", "reports", "verifications", "txns"] {
        for target in case["relationships"][name]["data"].as_array().into_iter().flatten() {
            db.prepare_cached("INSERT OR IGNORE INTO link (owner, target) VALUES (?, ?)")?
                .execute([id(case), id(target)])?;
        }
    }
    Ok(())
}

pub fn find(db: &Connection, id: &str) -> Result<Option<Value>, Fail> {
    let text: Option<String> =
        db.prepare_cached("SELECT body FROM resource WHERE id = ?")?.query_row([id], |row| row.get(0)).optional()?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

pub fn private(db: &Connection, id: &str) -> Result<Value, Fail> {
    let text: Option<Option<String>> =
        db.prepare_cached("SELECT private FROM resource WHERE id = ?")?.query_row([id], |row| row.get(0)).optional()?;
    Ok(text.flatten().map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or(Value::Null))
}

/// Removes an object's earlier data from events, stored answers and the list of effects.
pub fn forget(db: &Connection, object: &Value) -> Result<(), Fail> {
    db.prepare_cached("UPDATE event SET payload = NULL WHERE object = ?")?.execute([id(object)])?;
    let mut kept = db.prepare_cached(
        "SELECT key, body FROM idempotency WHERE status < 300 AND key IN (SELECT key FROM effect WHERE object = ?)",
    )?;
    let kept = kept
        .query_map([id(object)], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    for (key, body) in kept {
        // Keeps the shape and replaces the content, so that a repeated call still gets a valid answer.
        let mut body: Value = serde_json::from_str(&body)?;
        body["data"] = object.clone();
        if let Some(included) = body.get_mut("included") {
            *included = serde_json::json!([]);
        }
        if let Some(meta) = body.get_mut("meta").and_then(Value::as_object_mut) {
            meta.values_mut().for_each(|value| *value = Value::Null);
        }
        db.prepare_cached("UPDATE idempotency SET body = ? WHERE key = ?")?.execute([body.to_string(), key])?;
    }
    db.prepare_cached("UPDATE effect SET comment = NULL WHERE object = ?")?.execute([id(object)])?;
    Ok(())
}

/// All objects of one kind that belong to an inquiry, oldest first.
pub fn of_inquiry(db: &Connection, kind: &str, inquiry: &str) -> Result<Vec<Value>, Fail> {
    let mut rows =
        db.prepare_cached("SELECT body FROM resource WHERE inquiry = ? AND kind = ? ORDER BY created, id")?;
    let texts = rows.query_map([inquiry, kind], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    texts.iter().map(|text| Ok(serde_json::from_str(text)?)).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_failed_write_leaves_nothing() {
        let store = Store::open(None).unwrap();
        let failed: Result<(), Fail> = store.write(|db| {
            save(db, &json!({ "type": "device", "id": "dev_1", "attributes": {} }), None)?;
            Err(Fail::not_found())
        });
        assert!(failed.is_err());
        assert!(store.read(|db| find(db, "dev_1")).unwrap().is_none());
    }

    #[test]
    fn another_programs_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        assert!(matches!(Store::open(Some(&path)), Err(Error::Foreign { .. })));
        std::fs::write(&path, "not a database at all, but long enough to be read as one").unwrap();
        assert!(matches!(Store::open(Some(&path)), Err(Error::Foreign { .. })));
    }
}
