//! The mirror of Persona's cases.
use sqlx::types::Json;

use super::{Conn, Result, Tx, on_db};
use crate::domain::case::Case;
use crate::domain::id::CaseId;
use crate::domain::page::{Cursor, Page};
use crate::domain::time::Timestamp;

#[derive(Debug, Clone)]
pub struct Mirrored {
    pub case: Case,
    pub as_of: Timestamp,
    pub as_of_event: String,
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    body: Json<Case>,
    as_of: Timestamp,
    as_of_event: String,
    version: i64,
}

impl From<Row> for Mirrored {
    fn from(Row { body, as_of, as_of_event, version }: Row) -> Self {
        Self { case: body.0, as_of, as_of_event, version }
    }
}

const COLUMNS: &str = "SELECT body, as_of, as_of_event, version FROM cases WHERE id = $1";

pub async fn by_id(conn: &mut Conn, id: &CaseId) -> Result<Option<Mirrored>> {
    let row: Option<Row> = on_db!(conn, |db| sqlx::query_as(COLUMNS).bind(id.as_str()).fetch_optional(db).await)?;
    Ok(row.map(Mirrored::from))
}

/// Locks the row until the transaction ends. False when there is none.
pub async fn lock(tx: &mut Tx, id: &CaseId) -> Result<bool> {
    on_db!(&mut **tx, |db| sqlx::query("UPDATE cases SET version = version WHERE id = $1")
        .bind(id.as_str())
        .execute(db)
        .await
        .map(|done| done.rows_affected() == 1))
}

/// Writes the whole row and what the case holds. The caller has decided that it is newer, inside this transaction.
pub async fn put(tx: &mut Tx, row: &Mirrored) -> Result<()> {
    let case = &row.case;
    on_db!(&mut **tx, |db| {
        sqlx::query(
        "INSERT INTO cases (id, name, status, template_id, assignee, created_at, due_at, as_of, as_of_event, version, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, status = excluded.status, template_id = excluded.template_id,
             assignee = excluded.assignee, created_at = excluded.created_at, due_at = excluded.due_at, as_of = excluded.as_of,
             as_of_event = excluded.as_of_event, version = excluded.version, body = excluded.body"
    )
    .bind(case.id.as_str())
    .bind(&case.name)
    .bind(&case.status)
    .bind(case.template_id.as_ref().map(ToString::to_string))
    .bind(&case.assignee)
    .bind(case.created_at)
    .bind(case.due_at)
    .bind(row.as_of)
    .bind(&row.as_of_event)
    .bind(row.version)
    .bind(Json(case))
    .execute(db)
    .await
        .map(|_| ())
    })?;
    on_db!(&mut **tx, |db| sqlx::query("DELETE FROM case_objects WHERE case_id = $1")
        .bind(case.id.as_str())
        .execute(db)
        .await
        .map(|_| ()))?;
    let inquiries = case.inquiries.iter().map(|id| ("inquiry", id.as_str()));
    let accounts = case.accounts.iter().map(|id| ("account", id.as_str()));
    for (kind, id) in inquiries.chain(accounts) {
        on_db!(&mut **tx, |db| sqlx::query(
            "INSERT INTO case_objects (case_id, kind, object_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        )
        .bind(case.id.as_str())
        .bind(kind)
        .bind(id)
        .execute(db)
        .await
        .map(|_| ()))?;
    }
    Ok(())
}

/// One line of the list of cases.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Line {
    pub id: String,
    pub name: String,
    pub status: String,
    pub assignee: Option<String>,
    pub created_at: Timestamp,
    pub due_at: Option<Timestamp>,
    pub inquiries: i64,
    pub subject: Option<String>,
}

/// Oldest first.
pub async fn page(conn: &mut Conn, status: Option<&str>, after: Option<&Cursor>, size: usize) -> Result<Page<Line>> {
    let at = after.and_then(|cursor| cursor.key.parse::<Timestamp>().ok());
    let id = after.map(|cursor| cursor.id.clone()).unwrap_or_default();
    let lines: Vec<Line> = on_db!(conn, |db| sqlx::query_as(
        "SELECT c.id, c.name, c.status, c.assignee, c.created_at, c.due_at,
             (SELECT COUNT(*) FROM case_objects o WHERE o.case_id = c.id AND o.kind = 'inquiry') AS inquiries,
             (SELECT i.subject FROM case_objects o JOIN inquiries i ON i.id = o.object_id
                 WHERE o.case_id = c.id AND o.kind = 'inquiry' ORDER BY i.created_at, i.id LIMIT 1) AS subject
         FROM cases c
         WHERE (CAST($1 AS TEXT) IS NULL OR LOWER(c.status) = LOWER($1))
             AND (CAST($2 AS TEXT) IS NULL OR (c.created_at, c.id) > ($3, $4))
         ORDER BY c.created_at, c.id LIMIT $5"
    )
    .bind(status)
    .bind(at.map(Timestamp::to_text))
    .bind(at.unwrap_or(Timestamp::from_micros(0)))
    .bind(id)
    .bind(i64::try_from(size + 1).unwrap_or(i64::MAX))
    .fetch_all(db)
    .await)?;
    Ok(Page::cut(lines, size, |line| Cursor { key: line.created_at.to_text(), id: line.id.clone() }))
}

pub async fn status_counts(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    on_db!(conn, |db| sqlx::query_as("SELECT status, COUNT(*) FROM cases GROUP BY status ORDER BY 2 DESC, 1")
        .fetch_all(db)
        .await)
}

/// Every status seen on a case of this template.
pub async fn statuses_seen(conn: &mut Conn, template_id: Option<&str>) -> Result<Vec<String>> {
    on_db!(conn, |db| sqlx::query_scalar(
        "SELECT DISTINCT status FROM cases WHERE CAST($1 AS TEXT) IS NULL OR template_id = $1 ORDER BY status LIMIT 50"
    )
    .bind(template_id)
    .fetch_all(db)
    .await)
}

/// Cases that hold an object: id, name, status.
pub async fn holding(conn: &mut Conn, kind: &str, object_id: &str) -> Result<Vec<(String, String, String)>> {
    on_db!(conn, |db| sqlx::query_as(
        "SELECT c.id, c.name, c.status FROM case_objects o JOIN cases c ON c.id = o.case_id
         WHERE o.kind = $1 AND o.object_id = $2 ORDER BY c.created_at DESC, c.id LIMIT 50"
    )
    .bind(kind)
    .bind(object_id)
    .fetch_all(db)
    .await)
}
