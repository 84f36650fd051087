//! The audit log: appended to, read, never changed.
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use sqlx::types::Json;
use sqlx::{PgConnection, SqliteConnection};
use uuid::Uuid;

use super::log_search::{narrowed, order, source};
use super::{Conn, Error, Result, Tx, on_db};
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
    let next = tx.1.clone();
    let seq = match &mut **tx {
        Conn::Sqlite(held) => {
            let next = next.unwrap_or_default();
            let mut seq = next.load(Ordering::SeqCst);
            let written = insert_sqlite(held, &seal(seq), salts).await;
            // Nothing else is retried: after a disk error the transaction is gone, and the entry would be written
            // without the change that it records.
            if written
                .as_ref()
                .err()
                .and_then(Error::as_database_error)
                .is_some_and(|error| error.code().as_deref() == Some(OUT_OF_ORDER))
            {
                seq = sqlx::query_scalar("SELECT size FROM audit_head").fetch_one(&mut **held).await?;
                insert_sqlite(held, &seal(seq), salts).await?;
            } else {
                written?;
            }
            next.store(seq + 1, Ordering::SeqCst);
            seq
        }
        Conn::Postgres(held) => {
            let text = "UPDATE audit_head SET size = size + 1 WHERE one = 1 RETURNING size - 1";
            let seq: i64 = sqlx::query_scalar(text).fetch_one(&mut **held).await?;
            insert_postgres(held, &seal(seq), salts).await?;
            seq
        }
    };
    Ok(seq)
}

/// Remembers what was appended, for the code that commits.
pub fn appended(tx: &mut Tx, seq: i64, draft: &Draft) {
    let request = match &draft.actor {
        Actor::Reviewer { request, .. } | Actor::Anonymous { request } => request.clone(),
        Actor::System { .. } => None,
    };
    tx.2.appended.push(super::Appended { seq, action: draft.action, request });
}

/// SQLite's error code SQLITE_CONSTRAINT_TRIGGER.
const OUT_OF_ORDER: &str = "1811";
const ENTRY: &str =
    "INSERT INTO audit_entries (seq, at, action, outcome, actor_id, actor_name, object_kind, object_id, body, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

macro_rules! entry {
    ($text:expr, $entry:expr) => {{
        let entry: &Sealed = $entry;
        let actor_id = match &entry.actor {
            Actor::Reviewer { id, .. } => id.parse::<Uuid>().ok(),
            Actor::System { .. } | Actor::Anonymous { .. } => None,
        };
        sqlx::query(sqlx::AssertSqlSafe($text))
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
    }};
}

/// Inserts an entry and its personal values in one call: several statements that share their parameters.
async fn insert_sqlite(held: &mut SqliteConnection, entry: &Sealed, salts: &BTreeMap<String, [u8; 32]>) -> Result<()> {
    let personal = || entry.personal.iter().filter_map(|(name, value)| Some((name, salts.get(name)?, value)));
    let mut text = ENTRY.to_owned();
    for n in (0..personal().count()).map(|n| 11 + 3 * n) {
        text.push_str(&format!(
            "; INSERT INTO audit_personal (seq, name, salt, value) VALUES ($1, ${n}, ${}, ${})",
            n + 1,
            n + 2
        ));
    }
    let mut query = entry!(text, entry);
    for (name, salt, value) in personal() {
        query = query.bind(name).bind(salt.as_slice()).bind(value);
    }
    query.execute(held).await.map(|_| ())
}

async fn insert_postgres(held: &mut PgConnection, entry: &Sealed, salts: &BTreeMap<String, [u8; 32]>) -> Result<()> {
    entry!(ENTRY.to_owned(), entry).execute(&mut *held).await?;
    for (name, value) in &entry.personal {
        let Some(salt) = salts.get(name) else { continue };
        sqlx::query("INSERT INTO audit_personal (seq, name, salt, value) VALUES ($1, $2, $3, $4)")
            .bind(entry.seq)
            .bind(name)
            .bind(salt.as_slice())
            .bind(value)
            .execute(&mut *held)
            .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
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

macro_rules! select {
    ($conn:expr, $from:expr, |$query:ident| $tail:expr) => {
        match $conn {
            Conn::Sqlite(held) => {
                let mut $query = sqlx::QueryBuilder::<sqlx::Sqlite>::new("SELECT e.*, ");
                $query.push(PERSONAL_SQLITE).push($from);
                $tail;
                $query.build_query_as::<Row>().fetch_all(&mut **held).await
            }
            Conn::Postgres(held) => {
                let mut $query = sqlx::QueryBuilder::<sqlx::Postgres>::new("SELECT e.*, ");
                $query.push(PERSONAL_POSTGRES).push($from);
                $tail;
                $query.build_query_as::<Row>().fetch_all(&mut **held).await
            }
        }
    };
}

/// Entries older than `before`, newest first.
pub async fn page(conn: &mut Conn, filter: &Filter, before: Option<i64>, limit: i64) -> Result<Vec<Entry>> {
    let rows = select!(conn, source(filter), |query| {
        narrowed!(query, filter, before);
        query.push(format!(" ORDER BY {} DESC LIMIT ", order(filter))).push_bind(limit)
    })?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// Entries about one object, newest first. `upto` leaves out the entries after that number.
pub async fn about(conn: &mut Conn, kind: &str, id: &str, upto: Option<i64>, limit: i64) -> Result<Vec<Entry>> {
    let rows = select!(conn, " FROM audit_entries e WHERE e.object_kind = ", |query| {
        query.push_bind(kind.to_owned()).push(" AND e.object_id = ").push_bind(id.to_owned());
        if let Some(upto) = upto {
            query.push(" AND e.seq <= ").push_bind(upto);
        }
        query.push(" ORDER BY e.seq DESC LIMIT ").push_bind(limit)
    })?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

pub async fn by_seq(conn: &mut Conn, seq: i64) -> Result<Option<Entry>> {
    let rows = select!(conn, " FROM audit_entries e WHERE e.seq = ", |query| { query.push_bind(seq) })?;
    Ok(rows.into_iter().next().map(Entry::from))
}

/// Erases the personal values of an entry and their salts, so that no one can guess any more what the entry commits to.
/// Returns how many.
pub async fn erase(tx: &mut Tx, seq: i64) -> Result<u64> {
    on_db!(&mut **tx, |db| sqlx::query("DELETE FROM audit_personal WHERE seq = $1")
        .bind(seq)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))
}

/// Number of entries.
pub async fn size(conn: &mut Conn) -> Result<i64> {
    on_db!(conn, |db| sqlx::query_scalar("SELECT size FROM audit_head WHERE one = 1").fetch_one(db).await)
}

/// Whether a reviewer has opened an inquiry after a time.
pub async fn viewed_after(
    conn: &mut Conn,
    reviewer: crate::domain::id::ReviewerId,
    inquiry: &str,
    after: Timestamp,
) -> Result<bool> {
    let found: Option<i64> = on_db!(conn, |db| sqlx::query_scalar(
        "SELECT seq FROM audit_entries WHERE object_kind = 'inquiry' AND object_id = $1 AND actor_id = $2
             AND action IN ('inquiry.viewed', 'case_file.exported', 'verdict.shown') AND at > $3 LIMIT 1"
    )
    .bind(inquiry)
    .bind(reviewer.0)
    .bind(after)
    .fetch_optional(db)
    .await)?;
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
    let body: Option<String> = on_db!(conn, |db| sqlx::query_scalar(
        "SELECT body FROM audit_entries WHERE object_kind = $4 AND object_id = $1 AND actor_id = $2
             AND action = $4 || '.viewed' AND at >= $3 ORDER BY seq DESC LIMIT 1"
    )
    .bind(subject.id())
    .bind(reviewer.0)
    .bind(since)
    .bind(subject.kind())
    .fetch_optional(db)
    .await)?;
    let seen = body.and_then(|body| serde_json::from_str::<serde_json::Value>(&body).ok());
    Ok(seen.and_then(|body| body.get("facts")?.get("version")?.as_i64()) == Some(version))
}
