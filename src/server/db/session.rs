//! Sign-in sessions, stored under the SHA-256 of their id.
use super::{Conn, Result, Tx, on_db};
use crate::domain::id::ReviewerId;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Stored {
    pub data: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// False when the id is taken.
pub async fn insert(tx: &mut Tx, id_hash: &str, reviewer: Option<ReviewerId>, row: &Stored) -> Result<bool> {
    on_db!(&mut **tx, |db| sqlx::query(
        "INSERT INTO sessions (id_hash, reviewer_id, data, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id_hash) DO NOTHING"
    )
    .bind(id_hash)
    .bind(reviewer.map(|id| id.0))
    .bind(&row.data)
    .bind(row.created_at)
    .bind(row.expires_at)
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1))
}

/// Only an existing one: a session that was ended meanwhile is not brought back.
pub async fn update(
    tx: &mut Tx,
    id_hash: &str,
    reviewer: Option<ReviewerId>,
    data: &str,
    expires_at: Timestamp,
) -> Result<bool> {
    on_db!(&mut **tx, |db| sqlx::query(
        "UPDATE sessions SET reviewer_id = $2, data = $3, expires_at = $4 WHERE id_hash = $1"
    )
    .bind(id_hash)
    .bind(reviewer.map(|id| id.0))
    .bind(data)
    .bind(expires_at)
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1))
}

pub async fn load(conn: &mut Conn, id_hash: &str, now: Timestamp) -> Result<Option<Stored>> {
    on_db!(conn, |db| sqlx::query_as(
        "SELECT data, created_at, expires_at FROM sessions WHERE id_hash = $1 AND expires_at > $2"
    )
    .bind(id_hash)
    .bind(now)
    .fetch_optional(db)
    .await)
}

pub async fn delete(tx: &mut Tx, id_hash: &str) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query("DELETE FROM sessions WHERE id_hash = $1")
        .bind(id_hash)
        .execute(db)
        .await
        .map(|_| ()))
}

/// All sessions of a reviewer but one.
pub async fn end_others(tx: &mut Tx, reviewer: ReviewerId, but: Option<&str>) -> Result<u64> {
    on_db!(&mut **tx, |db| sqlx::query(
        "DELETE FROM sessions WHERE reviewer_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id_hash <> $2)"
    )
    .bind(reviewer.0)
    .bind(but)
    .execute(db)
    .await
    .map(|done| done.rows_affected()))
}

/// When each session of a reviewer began, newest first, with its hash.
pub async fn of_reviewer(conn: &mut Conn, reviewer: ReviewerId, now: Timestamp) -> Result<Vec<(String, Timestamp)>> {
    on_db!(conn, |db| sqlx::query_as(
        "SELECT id_hash, created_at FROM sessions WHERE reviewer_id = $1 AND expires_at > $2 ORDER BY created_at DESC"
    )
    .bind(reviewer.0)
    .bind(now)
    .fetch_all(db)
    .await)
}

pub async fn drop_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    on_db!(&mut **tx, |db| sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))
}
