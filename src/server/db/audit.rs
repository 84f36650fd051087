//! The audit log: appended to, read, never changed.
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::log_search::{order, push_where, source};
use super::{Conn, Error, Json, Result, Sql, Tx};
use crate::domain::audit::{Actor, Draft, Entry, Sealed};
use crate::domain::decision::Subject;
use crate::domain::export::Filter;
use crate::domain::time::Timestamp;

/// Appends an entry under the next number, which is passed to `seal`, and returns that number.
///
/// SQLite has one writer, so the number is usually known, and everything goes into one statement. A trigger refuses a
/// number that does not follow the last one, as after a rollback or when another program wrote; then the number is
/// looked up. On PostgreSQL the head stays locked until the commit, so that numbers follow commits without a gap.
pub async fn append(tx: &mut Tx, seal: impl Fn(i64) -> Sealed, salts: &BTreeMap<String, [u8; 32]>) -> Result<i64> {
    if matches!(&**tx, Conn::Postgres(_)) {
        let head = Sql::new("UPDATE audit_head SET size = size + 1 WHERE one = 1 RETURNING size - 1");
        let seq = head.value(tx).await?;
        insert_one_by_one(tx, &seal(seq), salts).await?;
        return Ok(seq);
    }
    let next = tx.next.clone().unwrap_or_default();
    let mut seq = next.load(Ordering::SeqCst);
    let written = insert_at_once(tx, &seal(seq), salts).await;
    // Nothing else is retried: after a disk error the transaction is gone, and the entry would be written without the
    // change that it records.
    if written
        .as_ref()
        .err()
        .and_then(Error::as_database_error)
        .is_some_and(|error| error.code().as_deref() == Some(OUT_OF_ORDER))
    {
        seq = Sql::new("SELECT size FROM audit_head").value(tx).await?;
        insert_at_once(tx, &seal(seq), salts).await?;
    } else {
        written?;
    }
    next.store(seq + 1, Ordering::SeqCst);
    Ok(seq)
}

/// Remembers what was appended, for the code that commits.
pub fn appended(tx: &mut Tx, seq: i64, draft: &Draft) {
    let request = match &draft.actor {
        Actor::Reviewer { request, .. } | Actor::Anonymous { request } => request.clone(),
        Actor::System { .. } => None,
    };
    tx.done.appended.push(super::Appended { seq, action: draft.action, request });
}

/// SQLite's error code SQLITE_CONSTRAINT_TRIGGER.
const OUT_OF_ORDER: &str = "1811";
const ENTRY: &str =
    "INSERT INTO audit_entries (seq, at, action, outcome, actor_id, actor_name, object_kind, object_id, body, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

fn entry(entry: &Sealed) -> Sql {
    let actor_id = match &entry.actor {
        Actor::Reviewer { id, .. } => id.parse::<Uuid>().ok(),
        Actor::System { .. } | Actor::Anonymous { .. } => None,
    };
    Sql::new(ENTRY)
        .bind(entry.seq)
        .bind(entry.at)
        .bind(entry.action)
        .bind(entry.outcome.as_str())
        .bind(actor_id)
        .bind(&entry.actor_name)
        .bind(entry.object_kind)
        .bind(&entry.object_id)
        .bind(&entry.body)
        .bind(entry.hash.as_slice())
}

/// The personal values of an entry, with their salts.
fn personal<'a>(
    entry: &'a Sealed,
    salts: &'a BTreeMap<String, [u8; 32]>,
) -> impl Iterator<Item = (&'a String, &'a [u8], &'a String)> {
    entry.personal.iter().filter_map(|(name, value)| Some((name, salts.get(name)?.as_slice(), value)))
}

/// Inserts an entry and its personal values in one call, which only SQLite takes: several statements that share their
/// parameters.
async fn insert_at_once(tx: &mut Tx, sealed: &Sealed, salts: &BTreeMap<String, [u8; 32]>) -> Result<()> {
    let mut sql = entry(sealed);
    for (name, salt, value) in personal(sealed, salts) {
        sql.push("; INSERT INTO audit_personal (seq, name, salt, value) VALUES ($1, ").push_bind(name);
        sql.push(", ").push_bind(salt).push(", ").push_bind(value).push(")");
    }
    sql.execute(tx).await
}

async fn insert_one_by_one(tx: &mut Tx, sealed: &Sealed, salts: &BTreeMap<String, [u8; 32]>) -> Result<()> {
    entry(sealed).execute(tx).await?;
    for (name, salt, value) in personal(sealed, salts) {
        Sql::new("INSERT INTO audit_personal (seq, name, salt, value) VALUES ($1, $2, $3, $4)")
            .bind(sealed.seq)
            .bind(name)
            .bind(salt)
            .bind(value)
            .execute(tx)
            .await?;
    }
    Ok(())
}

#[derive(serde::Deserialize)]
struct Row {
    seq: i64,
    at: Timestamp,
    action: String,
    outcome: String,
    actor_name: String,
    object_kind: String,
    object_id: String,
    body: String,
    hash: Vec<u8>,
    personal: Option<Json<BTreeMap<String, String>>>,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        let Row { seq, at, action, outcome, actor_name, object_kind, object_id, body, hash, personal } = row;
        let personal = personal.map(|Json(map)| map).unwrap_or_default();
        Self { seq, at, actor_name, action, outcome, object_kind, object_id, body, hash: hex::encode(hash), personal }
    }
}

const PERSONAL_SQLITE: &str =
    "(SELECT json_group_object(p.name, p.value) FROM audit_personal p WHERE p.seq = e.seq) AS personal";
const PERSONAL_POSTGRES: &str =
    "(SELECT jsonb_object_agg(p.name, p.value) FROM audit_personal p WHERE p.seq = e.seq) AS personal";

/// The beginning of a query of entries.
fn select(conn: &Conn) -> Sql {
    let personal = if matches!(conn, Conn::Postgres(_)) { PERSONAL_POSTGRES } else { PERSONAL_SQLITE };
    Sql::new("SELECT e.*, ").then(personal)
}

async fn entries(sql: Sql, conn: &mut Conn) -> Result<Vec<Entry>> {
    let rows: Vec<Row> = sql.fetch_all(conn).await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// Entries older than `before`, newest first.
pub async fn page(conn: &mut Conn, filter: &Filter, before: Option<i64>, limit: i64) -> Result<Vec<Entry>> {
    let mut sql = select(conn);
    sql.push(AssertSqlSafe(source(filter)));
    push_where(&mut sql, filter, before);
    sql.push(" ORDER BY ").push(order(filter)).push(" DESC LIMIT ").push_bind(limit);
    entries(sql, conn).await
}

/// Entries about one object, newest first. `upto` leaves out the entries after that number.
pub async fn about(conn: &mut Conn, kind: &str, id: &str, upto: Option<i64>, limit: i64) -> Result<Vec<Entry>> {
    let mut sql = select(conn);
    sql.push(" FROM audit_entries e WHERE e.object_kind = ").push_bind(kind);
    sql.push(" AND e.object_id = ").push_bind(id);
    if let Some(upto) = upto {
        sql.push(" AND e.seq <= ").push_bind(upto);
    }
    sql.push(" ORDER BY e.seq DESC LIMIT ").push_bind(limit);
    entries(sql, conn).await
}

pub async fn by_seq(conn: &mut Conn, seq: i64) -> Result<Option<Entry>> {
    let mut sql = select(conn);
    sql.push(" FROM audit_entries e WHERE e.seq = ").push_bind(seq);
    Ok(entries(sql, conn).await?.pop())
}

/// Erases the personal values of an entry and their salts, so that no one can guess any more what the entry commits to.
/// Returns how many.
pub async fn erase(tx: &mut Tx, seq: i64) -> Result<u64> {
    Sql::new("DELETE FROM audit_personal WHERE seq = $1").bind(seq).affected(tx).await
}

/// Number of entries.
pub async fn size(conn: &mut Conn) -> Result<i64> {
    Sql::new("SELECT size FROM audit_head WHERE one = 1").value(conn).await
}

/// Whether a reviewer has opened an inquiry after a time.
pub async fn viewed_after(
    conn: &mut Conn,
    reviewer: crate::domain::id::ReviewerId,
    inquiry: &str,
    after: Timestamp,
) -> Result<bool> {
    let found: Option<i64> = Sql::new(
        "SELECT seq FROM audit_entries WHERE object_kind = 'inquiry' AND object_id = $1
         AND actor_id = $2
             AND action IN ('inquiry.viewed', 'case_file.exported', 'verdict.shown') AND at > $3 LIMIT 1",
    )
    .bind(inquiry)
    .bind(reviewer.0)
    .bind(after)
    .optional_value(conn)
    .await?;
    Ok(found.is_some())
}

/// Whether a reviewer has opened this version of an inquiry or a case since a time. Versions only grow, so the
/// reviewer's newest view is the one to check.
pub async fn viewed_since(
    conn: &mut Conn,
    reviewer: crate::domain::id::ReviewerId,
    subject: &Subject,
    version: i64,
    since: Timestamp,
) -> Result<bool> {
    let body: Option<String> = Sql::new(
        "SELECT body FROM audit_entries WHERE object_kind = $4 AND object_id = $1 AND actor_id = $2
         AND action = $4 || '.viewed' AND at >= $3 ORDER BY seq DESC LIMIT 1",
    )
    .bind(subject.id())
    .bind(reviewer.0)
    .bind(since)
    .bind(subject.kind())
    .optional_value(conn)
    .await?;
    let seen = body.and_then(|body| serde_json::from_str::<serde_json::Value>(&body).ok());
    Ok(seen.and_then(|body| body.get("facts")?.get("version")?.as_i64()) == Some(version))
}
