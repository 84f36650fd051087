//! The mirror of Persona's inquiries, their evidence, and the queue.
use sqlx::types::Json;

use super::{Conn, Result, Tx, corrupt, on_db};
use crate::domain::evidence::{Evidence, Signal};
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::inquiry::{Inquiry, InquiryStatus};
use crate::domain::page::{Cursor, Page};
use crate::domain::time::Timestamp;

/// An inquiry as the desk keeps it.
#[derive(Debug, Clone)]
pub struct Mirrored {
    pub inquiry: Inquiry,
    pub as_of: Timestamp,
    pub as_of_event: String,
    pub version: i64,
    pub evidence: Option<Evidence>,
    pub fingerprint: Option<String>,
    pub signals: Vec<Signal>,
    pub evidence_at: Option<Timestamp>,
    pub evidence_wanted_at: Option<Timestamp>,
    pub evidence_attempts: i64,
    pub evidence_error: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    as_of: Timestamp,
    as_of_event: String,
    version: i64,
    body: Json<Inquiry>,
    evidence: Option<Json<Evidence>>,
    fingerprint: Option<String>,
    signals: Json<Vec<Signal>>,
    evidence_at: Option<Timestamp>,
    evidence_wanted_at: Option<Timestamp>,
    evidence_attempts: i64,
    evidence_error: Option<String>,
}

impl From<Row> for Mirrored {
    fn from(row: Row) -> Self {
        Self {
            inquiry: row.body.0,
            as_of: row.as_of,
            as_of_event: row.as_of_event,
            version: row.version,
            evidence: row.evidence.map(|json| json.0),
            fingerprint: row.fingerprint,
            signals: row.signals.0,
            evidence_at: row.evidence_at,
            evidence_wanted_at: row.evidence_wanted_at,
            evidence_attempts: row.evidence_attempts,
            evidence_error: row.evidence_error,
        }
    }
}

impl Mirrored {
    /// What a reviewer sees of it.
    pub fn seen(&self) -> Evidence {
        self.evidence.clone().unwrap_or_else(|| Evidence {
            inquiry: self.inquiry.clone(),
            verifications: vec![],
            reports: vec![],
            sessions: vec![],
        })
    }
}

pub async fn by_id(conn: &mut Conn, id: &InquiryId) -> Result<Option<Mirrored>> {
    let row: Option<Row> = on_db!(conn, |db| sqlx::query_as("SELECT * FROM inquiries WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(db)
        .await)?;
    Ok(row.map(Mirrored::from))
}

/// Writes the whole row. The caller has decided that it is newer, inside this transaction.
pub async fn put(tx: &mut Tx, row: &Mirrored) -> Result<()> {
    let inquiry = &row.inquiry;
    on_db!(&mut **tx, |db| {
        sqlx::query(
        "INSERT INTO inquiries (id, status, account_id, template_id, subject, country, waiting_since, created_at, updated_at,
             redacted_at, as_of, as_of_event, version, body, evidence, fingerprint, signals, evidence_at,
             evidence_wanted_at, evidence_attempts, evidence_error)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, account_id = excluded.account_id,
             template_id = excluded.template_id, subject = excluded.subject, country = excluded.country,
             waiting_since = excluded.waiting_since, created_at = excluded.created_at, updated_at = excluded.updated_at,
             redacted_at = excluded.redacted_at, as_of = excluded.as_of, as_of_event = excluded.as_of_event,
             version = excluded.version, body = excluded.body, evidence = excluded.evidence,
             fingerprint = excluded.fingerprint, signals = excluded.signals, evidence_at = excluded.evidence_at,
             evidence_wanted_at = excluded.evidence_wanted_at, evidence_attempts = excluded.evidence_attempts,
             evidence_error = excluded.evidence_error"
    )
    .bind(inquiry.id.as_str())
    .bind(inquiry.status.as_str())
    .bind(inquiry.account_id.as_ref().map(AccountId::as_str))
    .bind(inquiry.template_id.as_ref().map(ToString::to_string))
    .bind(inquiry.subject())
    .bind(inquiry.country())
    .bind(inquiry.waiting_since())
    .bind(inquiry.created_at)
    .bind(inquiry.updated_at)
    .bind(inquiry.redacted_at)
    .bind(row.as_of)
    .bind(&row.as_of_event)
    .bind(row.version)
    .bind(Json(inquiry))
    .bind(row.evidence.as_ref().map(Json))
    .bind(&row.fingerprint)
    .bind(Json(&row.signals))
    .bind(row.evidence_at)
    .bind(row.evidence_wanted_at)
    .bind(row.evidence_attempts)
    .bind(&row.evidence_error)
    .execute(db)
    .await
    .map(|_| ())
    })
}

/// Whom an inquiry is about, for reading.
pub async fn subject(conn: &mut Conn, id: &str) -> Result<Option<String>> {
    let found: Option<Option<String>> =
        on_db!(conn, |db| sqlx::query_scalar("SELECT subject FROM inquiries WHERE id = $1")
            .bind(id)
            .fetch_optional(db)
            .await)?;
    Ok(found.flatten())
}

/// Locks the row until the transaction ends. False when there is none.
pub async fn lock(tx: &mut Tx, id: &InquiryId) -> Result<bool> {
    on_db!(&mut **tx, |db| sqlx::query("UPDATE inquiries SET version = version WHERE id = $1")
        .bind(id.as_str())
        .execute(db)
        .await
        .map(|done| done.rows_affected() == 1))
}

pub async fn want_evidence(tx: &mut Tx, id: &InquiryId, at: Timestamp) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query(
        "UPDATE inquiries SET evidence_wanted_at = $2, evidence_attempts = 0 WHERE id = $1"
    )
    .bind(id.as_str())
    .bind(at)
    .execute(db)
    .await
    .map(|_| ()))
}

/// Only the signals, whatever else has moved on since the row was read.
pub async fn set_signals(tx: &mut Tx, id: &InquiryId, signals: &[Signal]) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query("UPDATE inquiries SET signals = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(Json(signals))
        .execute(db)
        .await
        .map(|_| ()))
}

/// Somebody waits for the evidence: brings a wish forward, and makes one unless it failed a moment ago. What is known of
/// earlier failures stays, so that looking again and again does not hammer Persona.
pub async fn want_evidence_soon(tx: &mut Tx, id: &InquiryId, at: Timestamp, now: Timestamp) -> Result<bool> {
    on_db!(&mut **tx, |db| sqlx::query(
        "UPDATE inquiries SET evidence_wanted_at = $2 WHERE id = $1
             AND (evidence_wanted_at IS NULL OR evidence_attempts = 0 OR evidence_wanted_at <= $3)"
    )
    .bind(id.as_str())
    .bind(at)
    .bind(now)
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1))
}

/// Whose evidence is to be fetched, earliest wish first. A wish in the past is more urgent: readers wait for it.
pub async fn wanted(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<InquiryId>> {
    let ids: Vec<String> = on_db!(conn, |db| sqlx::query_scalar(
        "SELECT id FROM inquiries WHERE evidence_wanted_at <= $1 ORDER BY evidence_wanted_at, id LIMIT $2"
    )
    .bind(now)
    .bind(limit)
    .fetch_all(db)
    .await)?;
    ids.into_iter().map(|id| id.try_into().map_err(corrupt)).collect()
}

/// The evidence could not be fetched: again later, and say why meanwhile.
pub async fn evidence_failed(tx: &mut Tx, id: &InquiryId, again: Option<Timestamp>, why: &str) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query(
        "UPDATE inquiries SET evidence_wanted_at = $2, evidence_attempts = evidence_attempts + 1, evidence_error = $3
         WHERE id = $1"
    )
    .bind(id.as_str())
    .bind(again)
    .bind(why)
    .execute(db)
    .await
    .map(|_| ()))
}

/// One line of the queue.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Line {
    pub id: String,
    pub status: String,
    pub account_id: Option<String>,
    pub template_id: Option<String>,
    pub template_name: Option<String>,
    pub subject: Option<String>,
    pub country: Option<String>,
    pub waiting_since: Timestamp,
    pub redacted_at: Option<Timestamp>,
    pub signals: Json<Vec<Signal>>,
    pub evidence_at: Option<Timestamp>,
    pub linked: i64,
    pub decision_state: Option<String>,
    pub decision_verdict: Option<String>,
    pub decision_by: Option<String>,
    pub claimed_by: Option<String>,
    pub claimed_until: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub status: Option<String>,
    pub template_id: Option<String>,
    pub signal: Option<String>,
    pub country: Option<String>,
    /// Lower case; matches subject, id and reference.
    pub search: Option<String>,
}

const LINE: &str = "SELECT i.id, i.status, i.account_id, i.template_id, t.name AS template_name, i.subject, i.country,
        i.waiting_since, i.redacted_at, i.signals, i.evidence_at,
        CAST((SELECT COUNT(*) FROM relations r WHERE r.from_id = i.account_id) AS BIGINT) AS linked,
        d.state AS decision_state, d.verdict AS decision_verdict, d.reviewer_name AS decision_by,
        c.reviewer_name AS claimed_by, c.until AS claimed_until
    FROM inquiries i
    LEFT JOIN templates t ON t.id = i.template_id
    LEFT JOIN claims c ON c.inquiry_id = i.id
    LEFT JOIN decisions d ON d.subject_kind = 'inquiry' AND d.subject_id = i.id AND d.state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown')
    WHERE 1 = 1";

macro_rules! narrow {
    ($query:expr, $filter:expr, $signals_text:expr) => {{
        let query = $query;
        let filter = $filter;
        if let Some(status) = &filter.status {
            query.push(" AND i.status = ").push_bind(status.clone());
        }
        if let Some(template) = &filter.template_id {
            query.push(" AND i.template_id = ").push_bind(template.clone());
        }
        if let Some(country) = &filter.country {
            query.push(" AND i.country = ").push_bind(country.clone());
        }
        if let Some(signal) = &filter.signal {
            query.push(" AND ").push($signals_text).push(" LIKE ").push_bind(format!("%{}%", escaped(signal)));
            query.push(" ESCAPE '\\'");
        }
        if let Some(search) = &filter.search {
            let like = format!("%{}%", escaped(search));
            query.push(" AND (LOWER(i.subject) LIKE ").push_bind(like.clone()).push(" ESCAPE '\\'");
            query.push(" OR LOWER(i.id) LIKE ").push_bind(like.clone()).push(" ESCAPE '\\'");
            query.push(" OR LOWER(CAST(i.account_id AS TEXT)) LIKE ").push_bind(like).push(" ESCAPE '\\')");
        }
    }};
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The queue, who waits longest first.
pub async fn queue(conn: &mut Conn, filter: &Filter, after: Option<&Cursor>, size: usize) -> Result<Page<Line>> {
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let after = after.and_then(|cursor| cursor.key.parse::<Timestamp>().ok().map(|at| (at, cursor.id.clone())));
    macro_rules! run {
        ($held:expr, $kind:ty, $signals:literal) => {{
            let mut query = sqlx::QueryBuilder::<$kind>::new(LINE);
            narrow!(&mut query, filter, $signals);
            if let Some((at, id)) = after {
                query.push(" AND (i.waiting_since, i.id) > (").push_bind(at).push(", ").push_bind(id).push(")");
            }
            query.push(" ORDER BY i.waiting_since, i.id LIMIT ").push_bind(limit);
            query.build_query_as::<Line>().fetch_all(&mut **$held).await?
        }};
    }
    let lines = match conn {
        Conn::Sqlite(held) => run!(held, sqlx::Sqlite, "i.signals"),
        Conn::Postgres(held) => run!(held, sqlx::Postgres, "CAST(i.signals AS TEXT)"),
    };
    Ok(Page::cut(lines, size, |line| Cursor { key: line.waiting_since.to_text(), id: line.id.clone() }))
}

/// How many lines the filter finds.
pub async fn count(conn: &mut Conn, filter: &Filter) -> Result<i64> {
    macro_rules! run {
        ($held:expr, $kind:ty, $signals:literal) => {{
            let mut query = sqlx::QueryBuilder::<$kind>::new("SELECT COUNT(*) FROM inquiries i WHERE 1 = 1");
            narrow!(&mut query, filter, $signals);
            query.build_query_scalar::<i64>().fetch_one(&mut **$held).await
        }};
    }
    match conn {
        Conn::Sqlite(held) => run!(held, sqlx::Sqlite, "i.signals"),
        Conn::Postgres(held) => run!(held, sqlx::Postgres, "CAST(i.signals AS TEXT)"),
    }
}

pub async fn status_counts(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    on_db!(conn, |db| sqlx::query_as("SELECT status, COUNT(*) FROM inquiries GROUP BY status").fetch_all(db).await)
}

pub async fn countries(conn: &mut Conn) -> Result<Vec<String>> {
    on_db!(conn, |db| sqlx::query_scalar(
        "SELECT DISTINCT country FROM inquiries WHERE country IS NOT NULL ORDER BY country LIMIT 300"
    )
    .fetch_all(db)
    .await)
}

/// The next one in line after an inquiry: same status, waiting longer or since just after.
pub async fn next_waiting(conn: &mut Conn, status: &InquiryStatus, not: &InquiryId) -> Result<Option<String>> {
    on_db!(conn, |db| sqlx::query_scalar(
        "SELECT i.id FROM inquiries i WHERE i.status = $1 AND i.id <> $2 AND NOT EXISTS (
             SELECT 1 FROM decisions d WHERE d.subject_kind = 'inquiry' AND d.subject_id = i.id
                AND d.state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown'))
         ORDER BY i.waiting_since, i.id LIMIT 1"
    )
    .bind(status.as_str())
    .bind(not.as_str())
    .fetch_optional(db)
    .await)
}

/// Inquiries of an account, newest first.
pub async fn of_account(conn: &mut Conn, account: &AccountId) -> Result<Vec<Line>> {
    on_db!(conn, |db| {
        sqlx::query_as(
        "SELECT i.id, i.status, i.account_id, i.template_id, t.name AS template_name, i.subject, i.country, i.waiting_since,
             i.redacted_at, i.signals, i.evidence_at, CAST(0 AS BIGINT) AS linked, CAST(NULL AS TEXT) AS decision_state,
             CAST(NULL AS TEXT) AS decision_verdict, CAST(NULL AS TEXT) AS decision_by,
             CAST(NULL AS TEXT) AS claimed_by, c.until AS claimed_until
         FROM inquiries i LEFT JOIN templates t ON t.id = i.template_id LEFT JOIN claims c ON c.inquiry_id = i.id
         WHERE i.account_id = $1 ORDER BY i.created_at DESC, i.id LIMIT 100"
    )
    .bind(account.as_str())
    .fetch_all(db)
    .await
    })
}

pub async fn put_template(tx: &mut Tx, id: &str, name: &str) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query(
        "INSERT INTO templates (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name"
    )
    .bind(id)
    .bind(name)
    .execute(db)
    .await
    .map(|_| ()))
}

pub async fn templates(conn: &mut Conn) -> Result<Vec<(String, String)>> {
    on_db!(conn, |db| sqlx::query_as("SELECT id, name FROM templates ORDER BY name, id").fetch_all(db).await)
}
