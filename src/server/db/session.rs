//! Sign-in sessions, stored under the SHA-256 of their id.
use std::collections::HashMap;

use uuid::Uuid;

use super::{Conn, Result, Sql, Tx, corrupt};
use crate::domain::id::ReviewerId;
use crate::domain::reviewer::Role;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Stored {
    pub data: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Stores a session. Returns false when the id is taken.
pub async fn insert(tx: &mut Tx, id_hash: &str, reviewer: Option<ReviewerId>, row: &Stored) -> Result<bool> {
    Sql::new(
        "INSERT INTO sessions (id_hash, reviewer_id, data, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id_hash) DO NOTHING",
    )
    .bind(id_hash)
    .bind(reviewer.map(|id| id.0))
    .bind(&row.data)
    .bind(row.created_at)
    .bind(row.expires_at)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Updates a session only if it exists: one that was ended meanwhile is not brought back.
pub async fn update(
    tx: &mut Tx,
    id_hash: &str,
    reviewer: Option<ReviewerId>,
    data: &str,
    expires_at: Timestamp,
) -> Result<bool> {
    Sql::new("UPDATE sessions SET reviewer_id = $2, data = $3, expires_at = $4 WHERE id_hash = $1")
        .bind(id_hash)
        .bind(reviewer.map(|id| id.0))
        .bind(data)
        .bind(expires_at)
        .affected(tx)
        .await
        .map(|n| n == 1)
}

pub async fn load(conn: &mut Conn, id_hash: &str, now: Timestamp) -> Result<Option<Stored>> {
    Sql::new("SELECT data, created_at, expires_at FROM sessions WHERE id_hash = $1 AND expires_at > $2")
        .bind(id_hash)
        .bind(now)
        .fetch_optional(conn)
        .await
}

pub async fn delete(tx: &mut Tx, id_hash: &str) -> Result<()> {
    Sql::new("DELETE FROM sessions WHERE id_hash = $1").bind(id_hash).execute(tx).await
}

/// Ends all sessions of a reviewer except one.
pub async fn end_others(tx: &mut Tx, reviewer: ReviewerId, but: Option<&str>) -> Result<u64> {
    Sql::new("DELETE FROM sessions WHERE reviewer_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id_hash <> $2)")
        .bind(reviewer.0)
        .bind(but)
        .affected(tx)
        .await
}

/// Ends one session of a reviewer, found by the beginning of its hash. Returns false when there is none.
pub async fn end_one(tx: &mut Tx, reviewer: ReviewerId, short: &str) -> Result<bool> {
    Sql::new(
        "DELETE FROM sessions WHERE reviewer_id = $1
         AND SUBSTR(id_hash, 1, LENGTH(CAST($2 AS TEXT))) = CAST($2 AS TEXT)",
    )
    .bind(reviewer.0)
    .bind(short)
    .affected(tx)
    .await
    .map(|n| n > 0)
}

/// Hash and beginning of each session of a reviewer, newest first.
pub async fn of_reviewer(conn: &mut Conn, reviewer: ReviewerId, now: Timestamp) -> Result<Vec<(String, Timestamp)>> {
    Sql::new(
        "SELECT id_hash, created_at FROM sessions WHERE reviewer_id = $1 AND expires_at > $2
         ORDER BY created_at DESC",
    )
    .bind(reviewer.0)
    .bind(now)
    .fetch_all(conn)
    .await
}

/// When a session of a reviewer began and when it ends without activity; `short` is the beginning of its hash.
pub async fn span(conn: &mut Conn, reviewer: ReviewerId, short: &str) -> Result<Option<(Timestamp, Timestamp)>> {
    Sql::new(
        "SELECT created_at, expires_at FROM sessions WHERE reviewer_id = $1
         AND SUBSTR(id_hash, 1, LENGTH(CAST($2 AS TEXT))) = CAST($2 AS TEXT)",
    )
    .bind(reviewer.0)
    .bind(short)
    .fetch_optional(conn)
    .await
}

/// Hashes of all sessions that have expired neither by inactivity nor by age, with their reviewers and roles.
pub async fn all_open(
    conn: &mut Conn,
    now: Timestamp,
    not_before: Timestamp,
) -> Result<HashMap<String, (ReviewerId, Role)>> {
    let rows: Vec<(String, Uuid, String)> = Sql::new(
        "SELECT s.id_hash, r.id, r.role FROM sessions s JOIN reviewers r ON r.id = s.reviewer_id
         WHERE s.expires_at > $1 AND s.created_at > $2 AND r.disabled_at IS NULL",
    )
    .bind(now)
    .bind(not_before)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|(hash, id, role)| Ok((hash, (ReviewerId(id), role.parse().map_err(corrupt)?)))).collect()
}

pub async fn drop_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Sql::new("DELETE FROM sessions WHERE expires_at <= $1").bind(now).affected(tx).await
}
