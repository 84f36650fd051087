//! The mirror of Persona's inquiries, their evidence, and their place in the queue.

pub mod backlog;

use super::{Conn, Json, Result, Sql, Tx, corrupt, id_pattern};
use crate::domain::condition::sibling::Sibling;
use crate::domain::evidence::{Evidence, Signal};
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::inquiry::Inquiry;
use crate::domain::time::Timestamp;

/// An inquiry as the desk stores it.
#[derive(Debug, Clone)]
pub struct MirroredInquiry {
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
    /// Tags of the desk, not of Persona.
    pub tags: Vec<String>,
}

#[derive(serde::Deserialize)]
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
    tags: Json<Vec<String>>,
}

impl From<Row> for MirroredInquiry {
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
            tags: row.tags.0,
        }
    }
}

impl MirroredInquiry {
    /// The evidence as a reviewer sees it. Until it is read, it is the inquiry alone.
    pub fn seen(&self) -> Evidence {
        self.evidence.clone().unwrap_or_else(|| Evidence::of(self.inquiry.clone()))
    }
}

pub async fn by_id(conn: &mut Conn, id: &InquiryId) -> Result<Option<MirroredInquiry>> {
    let row: Option<Row> =
        Sql::new("SELECT * FROM inquiries WHERE id = $1").bind(id.as_str()).fetch_optional(conn).await?;
    Ok(row.map(MirroredInquiry::from))
}

/// Place of an inquiry in the queue, and the version of the policy that it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Urgency {
    /// Lower comes first.
    pub rank: i64,
    pub due_at: Timestamp,
    pub policy: i64,
}

/// Writes the whole row. The caller has decided, inside this transaction, that it is newer.
pub async fn put(tx: &mut Tx, row: &MirroredInquiry, urgency: Urgency) -> Result<()> {
    let inquiry = &row.inquiry;
    Sql::new(
        "INSERT INTO inquiries (id, status, account_id, template_id, subject, country, waiting_since,
         created_at, updated_at,
             redacted_at, as_of, as_of_event, version, body, evidence, fingerprint, signals, evidence_at,
             evidence_wanted_at, evidence_attempts, evidence_error, rank, due_at, ranked_by,
             failed_check, parts_unread)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
             $20, $21, $22, $23, $24, $25,
             $26)
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, account_id = excluded.account_id,
             template_id = excluded.template_id, subject = excluded.subject, country = excluded.country,
             waiting_since = excluded.waiting_since, created_at = excluded.created_at,
                 updated_at = excluded.updated_at,
             redacted_at = excluded.redacted_at, as_of = excluded.as_of, as_of_event = excluded.as_of_event,
             version = excluded.version, body = excluded.body, evidence = excluded.evidence,
             fingerprint = excluded.fingerprint, signals = excluded.signals,
                 evidence_at = excluded.evidence_at,
             evidence_wanted_at = excluded.evidence_wanted_at,
                 evidence_attempts = excluded.evidence_attempts,
             evidence_error = excluded.evidence_error, rank = excluded.rank, due_at = excluded.due_at,
             ranked_by = excluded.ranked_by, failed_check = COALESCE(excluded.failed_check,
                 inquiries.failed_check),
             parts_unread = excluded.parts_unread,
             snoozed_until = CASE WHEN inquiries.snoozed_for_change = 1
                 AND inquiries.version <> excluded.version
                 THEN NULL ELSE inquiries.snoozed_until END",
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
    .bind(urgency.rank)
    .bind(urgency.due_at)
    .bind(urgency.policy)
    .bind(row.evidence.as_ref().map(|evidence| i64::from(evidence.is_failed())))
    .bind(row.evidence.as_ref().map_or(0, Evidence::parts_unread))
    .execute(tx)
    .await
}

/// Every inquiry of an account.
pub async fn of_account(conn: &mut Conn, account: &AccountId) -> Result<Vec<InquiryId>> {
    let ids: Vec<String> = Sql::new("SELECT id FROM inquiries WHERE account_id = $1 ORDER BY id")
        .bind(account.as_str())
        .values(conn)
        .await?;
    ids.into_iter().map(|id| id.try_into().map_err(corrupt)).collect()
}

#[derive(serde::Deserialize)]
struct SiblingRow {
    body: Json<Inquiry>,
    evidence: Option<Json<Evidence>>,
    signals: Json<Vec<Signal>>,
    wanted: bool,
    unreadable: bool,
    failed_check: Option<i64>,
}

/// The inquiries of an account except one.
pub async fn siblings(conn: &mut Conn, account: &AccountId, but: Option<&InquiryId>) -> Result<Vec<Sibling>> {
    let found: Vec<SiblingRow> = Sql::new(
        "SELECT i.body, i.evidence, i.signals, i.evidence_wanted_at IS NOT NULL AS wanted,
             i.evidence_error IS NOT NULL AS unreadable, i.failed_check
         FROM inquiries i WHERE i.account_id = $1 AND i.id <> $2",
    )
    .bind(account.as_str())
    .bind(but.map_or("", InquiryId::as_str))
    .fetch_all(conn)
    .await?;
    let sibling = |row: SiblingRow| Sibling {
        inquiry: row.body.0,
        evidence: row.evidence.map(|evidence| evidence.0),
        signals: row.signals.0,
        wanted: row.wanted,
        unreadable: row.unreadable,
        failed_check: row.failed_check.map(|failed| failed != 0),
    };
    Ok(found.into_iter().map(sibling).collect())
}

/// Other inquiries of an account whose evidence is being read.
pub async fn siblings_being_read(conn: &mut Conn, account: &AccountId, but: &InquiryId) -> Result<Vec<InquiryId>> {
    let ids: Vec<String> = Sql::new(
        "SELECT id FROM inquiries WHERE account_id = $1 AND id <> $2 AND evidence_wanted_at IS NOT NULL
         AND evidence_error IS NULL ORDER BY id",
    )
    .bind(account.as_str())
    .bind(but.as_str())
    .values(conn)
    .await?;
    ids.into_iter().map(|id| id.try_into().map_err(corrupt)).collect()
}

pub async fn decidable_of_account(conn: &mut Conn, account: &AccountId) -> Result<Vec<InquiryId>> {
    let ids: Vec<String> = Sql::new(
        "SELECT id FROM inquiries WHERE account_id = $1
         AND status IN ('needs_review', 'completed', 'failed') ORDER BY id",
    )
    .bind(account.as_str())
    .values(conn)
    .await?;
    ids.into_iter().map(|id| id.try_into().map_err(corrupt)).collect()
}

/// Inquiries whose evidence names an object. Reads all evidence: only for rare events.
pub async fn holding(conn: &mut Conn, object: &str) -> Result<Vec<InquiryId>> {
    let ids: Vec<String> =
        Sql::new("SELECT id FROM inquiries WHERE CAST(evidence AS TEXT) LIKE $1 ESCAPE '\\' ORDER BY id")
            .bind(id_pattern(object))
            .values(conn)
            .await?;
    ids.into_iter().map(|id| id.try_into().map_err(corrupt)).collect()
}

/// Inquiries that can be decided and whose evidence names an object.
pub async fn decidable_holding(conn: &mut Conn, object: &str) -> Result<Vec<InquiryId>> {
    let ids: Vec<String> = Sql::new(
        "SELECT id FROM inquiries WHERE status IN ('needs_review', 'completed', 'failed')
         AND CAST(evidence AS TEXT) LIKE $1 ESCAPE '\\' ORDER BY id",
    )
    .bind(id_pattern(object))
    .values(conn)
    .await?;
    ids.into_iter().map(|id| id.try_into().map_err(corrupt)).collect()
}

/// Name of the person or business that an inquiry is about, for display.
pub async fn subject(conn: &mut Conn, id: &str) -> Result<Option<String>> {
    let found: Option<Option<String>> =
        Sql::new("SELECT subject FROM inquiries WHERE id = $1").bind(id).optional_value(conn).await?;
    Ok(found.flatten())
}

/// Locks the row until the transaction ends. Returns false when there is none.
pub async fn lock(tx: &mut Tx, id: &InquiryId) -> Result<bool> {
    super::lock(tx, "inquiries", id.as_str()).await
}

/// Writes only the signals and the rank, whatever else has changed since the row was read.
pub async fn set_signals(tx: &mut Tx, id: &InquiryId, signals: &[Signal], rank: i64) -> Result<()> {
    Sql::new("UPDATE inquiries SET signals = $2, rank = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(Json(signals))
        .bind(rank)
        .execute(tx)
        .await
}

pub async fn put_template(tx: &mut Tx, id: &str, name: &str) -> Result<()> {
    Sql::new(
        "INSERT INTO templates (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE
         SET name = excluded.name",
    )
    .bind(id)
    .bind(name)
    .execute(tx)
    .await
}

pub async fn templates(conn: &mut Conn) -> Result<Vec<(String, String)>> {
    Sql::new("SELECT id, name FROM templates ORDER BY name, id").fetch_all(conn).await
}
