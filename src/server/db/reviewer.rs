//! Reviewers.
use uuid::Uuid;

use super::{Conn, Result, Tx, corrupt, on_db};
use crate::domain::id::ReviewerId;
use crate::domain::reviewer::{Reviewer, Role};
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    email: String,
    name: String,
    role: String,
    password_hash: String,
    created_at: Timestamp,
    disabled_at: Option<Timestamp>,
}

impl Row {
    fn split(self) -> Result<(Reviewer, String)> {
        let role: Role = self.role.parse().map_err(corrupt)?;
        let Self { id, email, name, password_hash, created_at, disabled_at, .. } = self;
        Ok((Reviewer { id: ReviewerId(id), email, name, role, created_at, disabled_at }, password_hash))
    }
}

pub async fn insert(tx: &mut Tx, reviewer: &Reviewer, password_hash: &str) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query(
        "INSERT INTO reviewers (id, email, name, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)"
    )
    .bind(reviewer.id.0)
    .bind(&reviewer.email)
    .bind(&reviewer.name)
    .bind(reviewer.role.as_str())
    .bind(password_hash)
    .bind(reviewer.created_at)
    .execute(db)
    .await
    .map(|_| ()))
}

pub async fn by_id(conn: &mut Conn, id: ReviewerId) -> Result<Option<Reviewer>> {
    let row: Option<Row> =
        on_db!(conn, |db| sqlx::query_as("SELECT * FROM reviewers WHERE id = $1").bind(id.0).fetch_optional(db).await)?;
    row.map(|row| row.split().map(|(reviewer, _)| reviewer)).transpose()
}

/// With the password hash.
pub async fn by_email(conn: &mut Conn, email: &str) -> Result<Option<(Reviewer, String)>> {
    let row: Option<Row> = on_db!(conn, |db| sqlx::query_as("SELECT * FROM reviewers WHERE email = $1")
        .bind(email)
        .fetch_optional(db)
        .await)?;
    row.map(Row::split).transpose()
}

pub async fn all(conn: &mut Conn) -> Result<Vec<Reviewer>> {
    let rows: Vec<Row> =
        on_db!(conn, |db| sqlx::query_as("SELECT * FROM reviewers ORDER BY created_at, id").fetch_all(db).await)?;
    rows.into_iter().map(|row| row.split().map(|(reviewer, _)| reviewer)).collect()
}

/// Disables (with a time) or enables (without). False when it was so already.
pub async fn set_disabled(tx: &mut Tx, id: ReviewerId, at: Option<Timestamp>) -> Result<bool> {
    let changed = on_db!(&mut **tx, |db| sqlx::query(
        "UPDATE reviewers SET disabled_at = $2 WHERE id = $1 AND (disabled_at IS NULL) <> (CAST($3 AS BIGINT) = 0)"
    )
    .bind(id.0)
    .bind(at)
    .bind(i64::from(at.is_some()))
    .execute(db)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(changed > 0)
}

pub async fn set_password(tx: &mut Tx, id: ReviewerId, password_hash: &str) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query("UPDATE reviewers SET password_hash = $2 WHERE id = $1")
        .bind(id.0)
        .bind(password_hash)
        .execute(db)
        .await
        .map(|_| ()))
}

pub async fn password(conn: &mut Conn, id: ReviewerId) -> Result<Option<String>> {
    on_db!(conn, |db| sqlx::query_scalar("SELECT password_hash FROM reviewers WHERE id = $1")
        .bind(id.0)
        .fetch_optional(db)
        .await)
}

/// Whether the password is still this one and the account enabled, and sees to it that both stay so until the end of the
/// transaction: whoever resets or disables waits for it, and then finds what it has written.
pub async fn hold(tx: &mut Tx, id: ReviewerId, password_hash: &str) -> Result<bool> {
    on_db!(&mut **tx, |db| sqlx::query(
        "UPDATE reviewers SET password_hash = password_hash
         WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL"
    )
    .bind(id.0)
    .bind(password_hash)
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1))
}

/// Active admins besides this one; the last one must not be disabled.
pub async fn other_admins(conn: &mut Conn, id: ReviewerId) -> Result<i64> {
    on_db!(conn, |db| sqlx::query_scalar(
        "SELECT COUNT(*) FROM reviewers WHERE role = 'admin' AND disabled_at IS NULL AND id <> $1"
    )
    .bind(id.0)
    .fetch_one(db)
    .await)
}
