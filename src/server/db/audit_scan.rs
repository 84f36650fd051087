//! Reads the log from its beginning to its end, for exports and checks: millions of rows, in order, as of one moment,
//! without holding them in memory. One file, because entries and personal values are read in one transaction, as of the
//! same moment. On SQLite it uses rusqlite, which lends columns in place: sqlx copies each row between threads and
//! takes about twice as long. It blocks: use it on a thread that may wait.
use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection};
use tokio::runtime::Handle;

use super::reader::failed;
use super::{Conn, Db, Held, Result, Sql, corrupt};
use crate::domain::audit::is_restricted;
use crate::domain::export::{Filter, Opening};
use crate::domain::time::Timestamp;

/// A view of the log that does not change while it is read.
pub struct AuditScan {
    inner: Reader,
    /// Numbers of the entries to return, ascending; `None` for all.
    only: Option<Arc<Vec<i64>>>,
}

enum Reader {
    Sqlite(rusqlite::Connection),
    Postgres { runtime: Handle, conn: Conn },
}

impl std::fmt::Debug for AuditScan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scan")
    }
}

/// An entry, borrowed from the row.
#[derive(Debug, Clone, Copy)]
pub struct ScannedEntry<'a> {
    pub seq: i64,
    pub body: &'a str,
    pub hash: &'a [u8],
}

/// The columns next to a body. They repeat what it says, so that it can be found.
#[derive(Debug, Clone, Copy)]
pub struct ScannedRow<'a> {
    /// As stored, on SQLite letter by letter.
    pub at: &'a str,
    pub action: &'a str,
    pub outcome: &'a str,
    pub actor_id: Option<&'a [u8]>,
    pub actor_name: &'a str,
    pub object_kind: &'a str,
    pub object_id: &'a str,
}

/// Number of rows in one query on PostgreSQL.
const PART: i64 = 4000;

/// The body of an entry about a note, which says whether the note is restricted. The bodies of other entries need not
/// be read.
const NOTE: &str = "CASE e.action WHEN 'note.added' THEN e.body ELSE '' END";

const FILTER: &str = " e.seq < $1 AND e.seq > $2
     AND (CAST($3 AS TEXT) IS NULL OR e.action = $3 OR substr(e.action, 1, length($3) + 1) = $3 || '.')
     AND (CAST($4 AS TEXT) IS NULL OR e.actor_name = $4)
     AND (CAST($5 AS TEXT) IS NULL OR e.object_id = $5)
     AND (CAST($6 AS TEXT) IS NULL OR e.outcome = $6)";

/// The number below which to read, and the one after which to read. Each is bound once, because SQLite seeks by one of
/// two conditions and reads all rows that it lets through.
fn bounds(filter: &Filter, size: i64) -> (i64, i64) {
    let below = filter.last.map_or(size, |last| size.min(last.saturating_add(1)));
    (below, filter.first.map_or(-1, |first| first.saturating_sub(1).max(-1)))
}

/// The values of [`FILTER`] and of the times, for PostgreSQL.
fn bound(query: String, filter: &Filter, (below, after): (i64, i64)) -> Sql {
    Sql::new(AssertSqlSafe(query))
        .bind(below)
        .bind(after)
        .bind(&filter.action)
        .bind(&filter.actor)
        .bind(&filter.object)
        .bind(&filter.outcome)
        .bind(filter.from)
        .bind(filter.to)
}

/// Turns `$1` into `?1`: to SQLite `$1` is a name, numbered as it first appears, and `?1` is a number.
fn numbered(query: &str) -> String {
    query.replace('$', "?")
}

impl AuditScan {
    pub fn open(db: &Db, runtime: &Handle) -> Result<Self> {
        let inner = match db {
            Db::Sqlite { file, .. } => {
                let conn = rusqlite::Connection::open(file).map_err(failed)?;
                conn.execute_batch("PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; BEGIN").map_err(failed)?;
                // The first read fixes the view.
                conn.query_row("SELECT size FROM audit_head", [], |_| Ok(())).map_err(failed)?;
                Reader::Sqlite(conn)
            }
            Db::Postgres(pool) => {
                let options = pool.connect_options();
                let conn = runtime.block_on(async {
                    // A connection of its own: an export that takes an hour should not take one from reviewers at work.
                    let mut conn = sqlx::PgConnection::connect_with(&options).await?;
                    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; \
                                 SET LOCAL idle_in_transaction_session_timeout = 0";
                    sqlx::raw_sql(begin).execute(&mut conn).await?;
                    Ok::<_, super::Error>(conn)
                })?;
                Reader::Postgres { runtime: runtime.clone(), conn: Conn::Postgres(Held::Own(conn)) }
            }
        };
        Ok(Self { inner, only: None })
    }

    /// Restricts the scan to these entries, in addition to a filter.
    #[must_use]
    pub fn only(self, only: Option<Arc<Vec<i64>>>) -> Self {
        Self { only, ..self }
    }

    /// Calls `each` with the entries of a log of this size, oldest first, until it returns an error.
    pub fn entries<E: From<super::Error>>(
        &mut self,
        filter: &Filter,
        size: i64,
        mut each: impl FnMut(ScannedEntry<'_>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let only = self.only.clone();
        let mut each = |line: ScannedEntry<'_>| if told(only.as_deref(), line.seq) { each(line) } else { Ok(()) };
        match &mut self.inner {
            Reader::Sqlite(conn) => {
                let mut statement = conn
                    .prepare(&numbered(&format!(
                        "SELECT e.seq, e.body, e.hash FROM audit_entries e WHERE {FILTER}
                         AND (CAST($7 AS TEXT) IS NULL OR e.at >= $7) AND (CAST($8 AS TEXT) IS NULL OR e.at < $8)
                         ORDER BY e.seq"
                    )))
                    .map_err(failed)?;
                let mut rows = statement.query(sqlite_values(filter, size)).map_err(failed)?;
                while let Some(row) = rows.next().map_err(failed)? {
                    let seq = row.get(0).map_err(failed)?;
                    let body = text(row, 1)?;
                    let hash = row.get_ref(2).map_err(failed)?.as_blob().map_err(|_| corrupt("hash"))?;
                    each(ScannedEntry { seq, body, hash })?;
                }
                Ok(())
            }
            Reader::Postgres { runtime, conn } => {
                let (below, mut after) = bounds(filter, size);
                loop {
                    let rows: Vec<(i64, String, Vec<u8>)> = {
                        let query = format!(
                            "SELECT e.seq, e.body, e.hash FROM audit_entries e WHERE {FILTER}
                             AND (CAST($7 AS timestamptz) IS NULL OR e.at >= $7)
                             AND (CAST($8 AS timestamptz) IS NULL OR e.at < $8) ORDER BY e.seq LIMIT {PART}"
                        );
                        runtime.block_on(bound(query, filter, (below, after)).fetch_all(conn))?
                    };
                    let Some(last) = rows.last() else { return Ok(()) };
                    after = last.0;
                    for (seq, body, hash) in &rows {
                        each(ScannedEntry { seq: *seq, body, hash })?;
                    }
                }
            }
        }
    }

    /// Calls `each` with entries and the columns next to them, for a check of both, from a number on.
    pub fn rows<E: From<super::Error>>(
        &mut self,
        from: i64,
        below: i64,
        mut each: impl FnMut(ScannedEntry<'_>, ScannedRow<'_>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        const COLUMNS: &str = "SELECT e.seq, e.body, e.hash, e.at, e.action, e.outcome, e.actor_name, e.object_kind, e.object_id, e.actor_id
             FROM audit_entries e WHERE e.seq < $1 AND e.seq > $2 ORDER BY e.seq";
        match &mut self.inner {
            Reader::Sqlite(conn) => {
                let mut statement = conn.prepare(&numbered(COLUMNS)).map_err(failed)?;
                let mut rows = statement.query((below, from - 1)).map_err(failed)?;
                while let Some(row) = rows.next().map_err(failed)? {
                    let seq = row.get(0).map_err(failed)?;
                    let hash = row.get_ref(2).map_err(failed)?.as_blob().map_err(|_| corrupt("hash"))?;
                    // The check reports unreadable columns, entry by entry.
                    let word = |column| text(row, column).unwrap_or_default();
                    let columns = ScannedRow {
                        at: word(3),
                        action: word(4),
                        outcome: word(5),
                        actor_name: word(6),
                        object_kind: word(7),
                        object_id: word(8),
                        actor_id: row.get_ref(9).map_err(failed)?.as_blob_or_null().unwrap_or_default(),
                    };
                    each(ScannedEntry { seq, body: word(1), hash }, columns)?;
                }
                Ok(())
            }
            Reader::Postgres { runtime, conn } => {
                type Row =
                    (i64, String, Vec<u8>, Timestamp, String, String, String, String, String, Option<uuid::Uuid>);
                let mut after = from - 1;
                loop {
                    let rows: Vec<Row> = {
                        let sql = Sql::new(AssertSqlSafe(format!("{COLUMNS} LIMIT {PART}"))).bind(below).bind(after);
                        runtime.block_on(sql.fetch_all(conn))?
                    };
                    let Some(last) = rows.last() else { return Ok(()) };
                    after = last.0;
                    for (seq, body, hash, at, action, outcome, actor_name, object_kind, object_id, actor) in &rows {
                        let at = at.to_text();
                        let actor_id = actor.as_ref().map(|id| id.as_bytes().as_slice());
                        let columns =
                            ScannedRow { at: &at, action, outcome, actor_id, actor_name, object_kind, object_id };
                        each(ScannedEntry { seq: *seq, body, hash }, columns)?;
                    }
                }
            }
        }
    }

    /// Personal values of the matching entries that were not erased and that may leave the desk.
    pub fn leaving<E: From<super::Error>>(
        &mut self,
        filter: &Filter,
        size: i64,
        mut each: impl FnMut(Opening) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        self.personal(filter, size, |opening, restricted| if restricted { Ok(()) } else { each(opening) })
    }

    /// Personal values of the matching entries that were not erased, and whether each has to stay in the desk.
    pub fn personal<E: From<super::Error>>(
        &mut self,
        filter: &Filter,
        size: i64,
        mut each: impl FnMut(Opening, bool) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let only = self.only.clone();
        let mut each = |opening: Opening, restricted: bool| {
            if told(only.as_deref(), opening.seq) { each(opening, restricted) } else { Ok(()) }
        };
        match &mut self.inner {
            Reader::Sqlite(conn) => {
                let mut statement = conn
                    .prepare(&numbered(&format!(
                        "SELECT p.seq, p.name, p.salt, p.value, e.action, {NOTE} FROM audit_personal p
                         JOIN audit_entries e ON e.seq = p.seq WHERE p.seq < $1 AND p.seq > $2 AND {FILTER} AND (CAST($7 AS TEXT) IS NULL OR e.at >= $7)
                         AND (CAST($8 AS TEXT) IS NULL OR e.at < $8) ORDER BY p.seq, p.name"
                    )))
                    .map_err(failed)?;
                let mut rows = statement.query(sqlite_values(filter, size)).map_err(failed)?;
                while let Some(row) = rows.next().map_err(failed)? {
                    let salt = row.get_ref(2).map_err(failed)?.as_blob().map_err(|_| corrupt("salt"))?;
                    let restricted = is_restricted(text(row, 4)?, text(row, 5)?);
                    let opening = Opening {
                        seq: row.get(0).map_err(failed)?,
                        name: text(row, 1)?.to_owned(),
                        salt: hex::encode(salt),
                        value: text(row, 3)?.to_owned(),
                    };
                    each(opening, restricted)?;
                }
                Ok(())
            }
            Reader::Postgres { runtime, conn } => {
                let (below, mut after) = bounds(filter, size);
                loop {
                    // Whole entries only: the part ends after the last one of which it has all values.
                    let rows: Vec<(i64, String, Vec<u8>, String, String, String)> = {
                        let query = format!(
                            "SELECT p.seq, p.name, p.salt, p.value, e.action, {NOTE} FROM audit_personal p
                             JOIN (SELECT e.seq, e.action, e.body FROM audit_entries e WHERE {FILTER}
                                 AND (CAST($7 AS timestamptz) IS NULL OR e.at >= $7)
                                 AND (CAST($8 AS timestamptz) IS NULL OR e.at < $8)
                                 AND EXISTS (SELECT 1 FROM audit_personal q WHERE q.seq = e.seq)
                                 ORDER BY e.seq LIMIT {PART}) e ON e.seq = p.seq
                             ORDER BY p.seq, p.name COLLATE \"C\""
                        );
                        runtime.block_on(bound(query, filter, (below, after)).fetch_all(conn))?
                    };
                    let Some(last) = rows.last() else { return Ok(()) };
                    after = last.0;
                    for (seq, name, salt, value, action, body) in rows {
                        let restricted = is_restricted(&action, &body);
                        each(Opening { seq, name, salt: hex::encode(salt), value }, restricted)?;
                    }
                }
            }
        }
    }
}

fn told(only: Option<&Vec<i64>>, seq: i64) -> bool {
    only.is_none_or(|only| only.binary_search(&seq).is_ok())
}

fn text<'a>(row: &'a rusqlite::Row<'_>, column: usize) -> Result<&'a str> {
    row.get_ref(column).map_err(failed)?.as_str().map_err(|_| corrupt("text in the log"))
}

fn sqlite_values(filter: &Filter, size: i64) -> [rusqlite::types::Value; 8] {
    use rusqlite::types::Value;
    let (below, after) = bounds(filter, size);
    let word = |value: &Option<String>| value.clone().map_or(Value::Null, Value::Text);
    let time = |value: Option<Timestamp>| value.map_or(Value::Null, |at| Value::Text(at.to_text()));
    [
        Value::Integer(below),
        Value::Integer(after),
        word(&filter.action),
        word(&filter.actor),
        word(&filter.object),
        word(&filter.outcome),
        time(filter.from),
        time(filter.to),
    ]
}
