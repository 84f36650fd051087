//! Reviewers. One file, because the statements that create an account or reset its password also record who could act
//! through it.
use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Conn, Json, Result, Sql, Tx, corrupt};
use crate::domain::id::ReviewerId;
use crate::domain::name::name_key;
use crate::domain::preference::Preferences;
use crate::domain::reason::Reasons;
use crate::domain::reviewer::provenance::Provenance;
use crate::domain::reviewer::{Reviewer, Role};
use crate::domain::time::Timestamp;

#[derive(serde::Deserialize)]
struct Row {
    id: Uuid,
    email: String,
    name: String,
    role: String,
    password_hash: String,
    created_at: Timestamp,
    disabled_at: Option<Timestamp>,
    must_change: i64,
}

impl Row {
    fn split(self) -> Result<(Reviewer, String)> {
        let role: Role = self.role.parse().map_err(corrupt)?;
        let Self { id, email, name, password_hash, created_at, disabled_at, must_change, .. } = self;
        let must_change = must_change == 1;
        Ok((Reviewer { id: ReviewerId(id), email, name, role, created_at, disabled_at, must_change }, password_hash))
    }
}

/// Who creates an account or resets its password: an id, [`SHELL`](crate::domain::reviewer::provenance::SHELL) or the demo; and all
/// reviewers who could act through that person's account then.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    pub who: &'a str,
    pub hands: &'a BTreeSet<String>,
}

/// Stores a reviewer. Fails with a conflict when the address or the name is taken.
pub async fn insert(tx: &mut Tx, reviewer: &Reviewer, password_hash: &str, by: By<'_>) -> Result<()> {
    Sql::new(
        "INSERT INTO reviewers (id, email, name, role, password_hash, created_at, created_by,
         must_change, name_key, created_hands)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(reviewer.id.0)
    .bind(&reviewer.email)
    .bind(&reviewer.name)
    .bind(reviewer.role.as_str())
    .bind(password_hash)
    .bind(reviewer.created_at)
    .bind(by.who)
    .bind(i64::from(reviewer.must_change))
    .bind(name_key(&reviewer.name))
    .bind(Json(by.hands))
    .execute(tx)
    .await
}

pub async fn by_id(conn: &mut Conn, id: ReviewerId) -> Result<Option<Reviewer>> {
    let row: Option<Row> = Sql::new("SELECT * FROM reviewers WHERE id = $1").bind(id.0).fetch_optional(conn).await?;
    row.map(|row| row.split().map(|(reviewer, _)| reviewer)).transpose()
}

#[derive(serde::Deserialize)]
struct ReaderRow {
    row: Row,
    preferences: Option<Json<Preferences>>,
    reasons_version: Option<i64>,
    reasons: Option<Json<Reasons>>,
}

/// A reviewer with what their pages need: their preferences, and the reasons in force. One statement, because every
/// page asks.
pub async fn reader(conn: &mut Conn, id: ReviewerId) -> Result<Option<(Reviewer, Preferences, Reasons)>> {
    let found: Option<ReaderRow> = Sql::new(
        "SELECT r.*, p.body AS preferences, s.version AS reasons_version, s.body AS reasons
         FROM reviewers r LEFT JOIN preferences p ON p.reviewer_id = r.id
         LEFT JOIN reasons s ON s.version = (SELECT MAX(version) FROM reasons)
         WHERE r.id = $1",
    )
    .bind(id.0)
    .fetch_optional(conn)
    .await?;
    let Some(ReaderRow { row, preferences, reasons_version, reasons }) = found else { return Ok(None) };
    let (reviewer, _) = row.split()?;
    let reasons = reasons_version.zip(reasons).map(|(version, Json(reasons))| Reasons { version, ..reasons });
    Ok(Some((reviewer, preferences.map(|json| json.0).unwrap_or_default(), reasons.unwrap_or_default())))
}

/// A reviewer and the hash of their password.
pub async fn by_email(conn: &mut Conn, email: &str) -> Result<Option<(Reviewer, String)>> {
    let row: Option<Row> =
        Sql::new("SELECT * FROM reviewers WHERE email = $1").bind(email).fetch_optional(conn).await?;
    row.map(Row::split).transpose()
}

pub async fn all(conn: &mut Conn) -> Result<Vec<Reviewer>> {
    let rows: Vec<Row> = Sql::new("SELECT * FROM reviewers ORDER BY created_at, id").fetch_all(conn).await?;
    rows.into_iter().map(|row| row.split().map(|(reviewer, _)| reviewer)).collect()
}

/// Disables an account (with a time) or enables it (without). Returns false when it was so already.
pub async fn set_disabled(tx: &mut Tx, id: ReviewerId, at: Option<Timestamp>) -> Result<bool> {
    let changed = Sql::new(
        "UPDATE reviewers SET disabled_at = $2 WHERE id = $1
         AND (disabled_at IS NULL) <> (CAST($3 AS BIGINT) = 0)",
    )
    .bind(id.0)
    .bind(at)
    .bind(i64::from(at.is_some()))
    .affected(tx)
    .await?;
    Ok(changed > 0)
}

/// Sets a password that its owner chose.
pub async fn set_password(tx: &mut Tx, id: ReviewerId, password_hash: &str) -> Result<()> {
    Sql::new("UPDATE reviewers SET password_hash = $2, must_change = 0 WHERE id = $1")
        .bind(id.0)
        .bind(password_hash)
        .execute(tx)
        .await
}

pub async fn password(conn: &mut Conn, id: ReviewerId) -> Result<Option<String>> {
    Sql::new("SELECT password_hash FROM reviewers WHERE id = $1").bind(id.0).optional_value(conn).await
}

/// Whether the password is still this one and the account is enabled. Locks the row, so that both stay so until the
/// transaction ends: a reset or a disabling waits for it, and then finds what it has written.
pub async fn hold(tx: &mut Tx, id: ReviewerId, password_hash: &str) -> Result<bool> {
    Sql::new(
        "UPDATE reviewers SET password_hash = password_hash
         WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL",
    )
    .bind(id.0)
    .bind(password_hash)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Removes the confirmation of an account, because another person may act through it from now on.
pub async fn unconfirm(tx: &mut Tx, id: ReviewerId) -> Result<()> {
    Sql::new(
        "UPDATE reviewers SET confirmed_by = NULL, confirmed_at = NULL, confirmed_hands = NULL
         WHERE id = $1",
    )
    .bind(id.0)
    .execute(tx)
    .await
}

/// Resets the password: the earlier one is not valid any more. The person who reset it could sign in, so another
/// admin's confirmation of the account is removed.
pub async fn reset(tx: &mut Tx, id: ReviewerId, password_hash: &str, by: By<'_>, must_change: bool) -> Result<()> {
    Sql::new(
        "UPDATE reviewers SET password_hash = $2, must_change = $3, reset_by = $4, confirmed_by = NULL,
         confirmed_at = NULL,
             confirmed_hands = NULL, reset_hands = $5
         WHERE id = $1",
    )
    .bind(id.0)
    .bind(password_hash)
    .bind(i64::from(must_change))
    .bind(by.who)
    .bind(Json(by.hands))
    .execute(tx)
    .await
}

/// Sets the role. `was_admin_until` is for a reviewer who was an admin or an auditor.
pub async fn set_role(tx: &mut Tx, id: ReviewerId, role: Role, was_admin_until: Option<Timestamp>) -> Result<()> {
    Sql::new("UPDATE reviewers SET role = $2, was_admin_until = COALESCE($3, was_admin_until) WHERE id = $1")
        .bind(id.0)
        .bind(role.as_str())
        .bind(was_admin_until)
        .execute(tx)
        .await
}

/// Reviewers who were active admins or auditors after `since` and have another role by now.
pub async fn were_admins(conn: &mut Conn, since: Timestamp) -> Result<Vec<ReviewerId>> {
    let ids: Vec<Uuid> =
        Sql::new("SELECT id FROM reviewers WHERE role = 'analyst' AND was_admin_until > $1 ORDER BY id")
            .bind(since)
            .values(conn)
            .await?;
    Ok(ids.into_iter().map(ReviewerId).collect())
}

/// Confirms an account. `by.hands` are those who could act through it all the same. Returns false when it was confirmed
/// already, by an independent person.
pub async fn confirm(tx: &mut Tx, id: ReviewerId, by: By<'_>, at: Timestamp) -> Result<bool> {
    Sql::new(
        "UPDATE reviewers SET confirmed_by = $2, confirmed_at = $3, confirmed_hands = $4,
             last_confirmed_by = CASE WHEN $5 THEN $2 ELSE last_confirmed_by END
         WHERE id = $1 AND (confirmed_by IS NULL OR confirmed_hands IS NOT NULL)",
    )
    .bind(id.0)
    .bind(by.who)
    .bind(at)
    .bind((!by.hands.is_empty()).then_some(Json(by.hands)))
    .bind(by.hands.is_empty())
    .affected(tx)
    .await
    .map(|n| n == 1)
}

#[derive(serde::Deserialize)]
struct MadeRow {
    id: Uuid,
    created_by: String,
    reset_by: Option<String>,
    confirmed_by: Option<String>,
    created_hands: Option<Json<BTreeSet<String>>>,
    reset_hands: Option<Json<BTreeSet<String>>>,
    confirmed_hands: Option<Json<BTreeSet<String>>>,
}

impl From<MadeRow> for Provenance {
    fn from(row: MadeRow) -> Self {
        Self {
            id: ReviewerId(row.id),
            created_by: row.created_by,
            reset_by: row.reset_by,
            confirmed_by: row.confirmed_by,
            made_hands: [row.created_hands, row.reset_hands].into_iter().flatten().flat_map(|hands| hands.0).collect(),
            confirmed_hands: row.confirmed_hands.map(|hands| hands.0).unwrap_or_default(),
        }
    }
}

/// Who created each account, and who confirmed it.
pub async fn made(conn: &mut Conn) -> Result<Vec<Provenance>> {
    let rows: Vec<MadeRow> = Sql::new(
        "SELECT id, created_by, reset_by, confirmed_by, created_hands, reset_hands, confirmed_hands
         FROM reviewers
         ORDER BY created_at, id",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Provenance::from).collect())
}

/// The same at their most independent: as they were created or last confirmed, whatever was reset or changed since.
pub async fn made_at_best(conn: &mut Conn) -> Result<Vec<Provenance>> {
    let rows: Vec<MadeRow> = Sql::new(
        "SELECT id, created_by, NULL AS reset_by, last_confirmed_by AS confirmed_by, created_hands,
         NULL AS reset_hands,
             NULL AS confirmed_hands
         FROM reviewers ORDER BY created_at, id",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Provenance::from).collect())
}

/// Whether a reviewer has ever signed in.
pub async fn has_signed_in(conn: &mut Conn, id: ReviewerId) -> Result<bool> {
    Sql::new(
        "SELECT EXISTS (SELECT 1 FROM audit_entries
         WHERE object_kind = 'reviewer' AND object_id = $1 AND action = 'session.opened')",
    )
    .bind(id.to_string())
    .value(conn)
    .await
}

/// Lets only this transaction change accounts until it ends, so that neither their makers nor the admins change
/// meanwhile. SQLite has one writer anyway.
pub async fn lock(tx: &mut Tx) -> Result<()> {
    if matches!(&**tx, Conn::Postgres(_)) {
        Sql::new("SELECT id FROM reviewers ORDER BY id FOR NO KEY UPDATE").execute(tx).await?;
    }
    Ok(())
}

/// Prevents all changes of accounts until the transaction ends.
pub async fn hold_still(tx: &mut Tx) -> Result<()> {
    if matches!(&**tx, Conn::Postgres(_)) {
        Sql::new("SELECT id FROM reviewers ORDER BY id FOR SHARE").execute(tx).await?;
    }
    Ok(())
}

/// When each reviewer last signed in, according to the log.
pub async fn sign_ins(conn: &mut Conn) -> Result<Vec<(String, Timestamp)>> {
    Sql::new(
        "SELECT object_id, MAX(at) FROM audit_entries WHERE action = 'session.opened'
         GROUP BY object_id",
    )
    .fetch_all(conn)
    .await
}

/// Number of active admins besides this one. The last one must not be disabled.
pub async fn other_admins(conn: &mut Conn, id: ReviewerId) -> Result<i64> {
    Sql::new("SELECT COUNT(*) FROM reviewers WHERE role = 'admin' AND disabled_at IS NULL AND id <> $1")
        .bind(id.0)
        .value(conn)
        .await
}

/// Work that waits while a reviewer is away: ids of open inquiries that are assigned to them or claimed by them, and of
/// the subjects of their decisions in progress.
pub async fn open_work(conn: &mut Conn, id: ReviewerId) -> Result<Vec<String>> {
    Sql::new(
        "SELECT id FROM inquiries WHERE assignee_id = $1 AND redacted_at IS NULL
             AND status NOT IN ('approved', 'declined', 'failed', 'expired')
         UNION SELECT inquiry_id FROM claims WHERE reviewer_id = $1
         UNION SELECT subject_id FROM decisions WHERE (reviewer_id = $1 OR checker_id = $1)
             AND state IN ('proposed', 'awaiting_countersign', 'queued', 'unknown')
         ORDER BY 1 LIMIT 200",
    )
    .bind(id.0)
    .values(conn)
    .await
}
