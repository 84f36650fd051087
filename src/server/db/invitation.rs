//! Links through which reviewers set their own password, stored under the SHA-256 of their token.
use uuid::Uuid;

use super::{Conn, Result, Tx, on_db};
use crate::domain::id::ReviewerId;
use crate::domain::time::Timestamp;

/// Takes the place of the reviewer's open link, and of all that have run out.
pub async fn replace(
    tx: &mut Tx,
    token_hash: &str,
    reviewer: ReviewerId,
    made_by: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query(
        "DELETE FROM invitations WHERE used_at IS NULL AND (reviewer_id = $1 OR expires_at <= $2)"
    )
    .bind(reviewer.0)
    .bind(now)
    .execute(db)
    .await
    .map(|_| ()))?;
    on_db!(&mut **tx, |db| sqlx::query(
        "INSERT INTO invitations (token_hash, reviewer_id, made_by, made_at, expires_at) VALUES ($1, $2, $3, $4, $5)"
    )
    .bind(token_hash)
    .bind(reviewer.0)
    .bind(made_by)
    .bind(now)
    .bind(expires_at)
    .execute(db)
    .await
    .map(|_| ()))
}

/// Whose an open link is, and until when.
pub async fn open(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<Option<(ReviewerId, Timestamp)>> {
    let found: Option<(Uuid, Timestamp)> = on_db!(conn, |db| {
        sqlx::query_as(
        "SELECT reviewer_id, expires_at FROM invitations WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2"
    )
    .bind(token_hash)
    .bind(now)
    .fetch_optional(db)
    .await
    })?;
    Ok(found.map(|(id, until)| (ReviewerId(id), until)))
}

/// Uses a link up. False when it was used, or has run out: of two at once, one gets through.
pub async fn redeem(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<bool> {
    on_db!(&mut **tx, |db| sqlx::query(
        "UPDATE invitations SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2"
    )
    .bind(token_hash)
    .bind(now)
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1))
}

/// Takes back a reviewer's open link.
pub async fn drop_open(tx: &mut Tx, reviewer: ReviewerId) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query("DELETE FROM invitations WHERE reviewer_id = $1 AND used_at IS NULL")
        .bind(reviewer.0)
        .execute(db)
        .await
        .map(|_| ()))
}

/// Until when each open link lasts.
pub async fn all_open(conn: &mut Conn, now: Timestamp) -> Result<Vec<(ReviewerId, Timestamp)>> {
    let found: Vec<(Uuid, Timestamp)> = on_db!(conn, |db| sqlx::query_as(
        "SELECT reviewer_id, expires_at FROM invitations WHERE used_at IS NULL AND expires_at > $1"
    )
    .bind(now)
    .fetch_all(db)
    .await)?;
    Ok(found.into_iter().map(|(id, until)| (ReviewerId(id), until)).collect())
}
