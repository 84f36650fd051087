//! One-time links.
use uuid::Uuid;

use super::{Conn, Result, Sql, Tx};
use crate::domain::id::{InquiryId, LinkId, ReviewerId};
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, serde::Deserialize)]
pub struct OneTimeLink {
    pub id: Uuid,
    pub reviewer_name: String,
    pub expires_in_seconds: i64,
    pub requested_at: Timestamp,
    pub state: String,
    pub url: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub error: Option<String>,
}

pub async fn insert(
    tx: &mut Tx,
    id: LinkId,
    inquiry: &InquiryId,
    reviewer: (ReviewerId, &str),
    life: u32,
    now: Timestamp,
) -> Result<()> {
    Sql::new(
        "INSERT INTO links (id, inquiry_id, reviewer_id, reviewer_name, expires_in_seconds,
         requested_at, state)
         VALUES ($1, $2, $3, $4, $5, $6, 'requested')",
    )
    .bind(id.0)
    .bind(inquiry.as_str())
    .bind(reviewer.0.0)
    .bind(reviewer.1)
    .bind(i64::from(life))
    .bind(now)
    .execute(tx)
    .await
}

pub async fn ready(tx: &mut Tx, id: LinkId, url: &str, expires_at: Timestamp) -> Result<()> {
    Sql::new("UPDATE links SET state = 'ready', url = $2, expires_at = $3 WHERE id = $1")
        .bind(id.0)
        .bind(url)
        .bind(expires_at)
        .execute(tx)
        .await
}

pub async fn failed(tx: &mut Tx, id: LinkId, why: &str) -> Result<()> {
    Sql::new("UPDATE links SET state = 'failed', error = $2 WHERE id = $1").bind(id.0).bind(why).execute(tx).await
}

/// The newest five links of an inquiry.
pub async fn of_inquiry(conn: &mut Conn, inquiry: &InquiryId) -> Result<Vec<OneTimeLink>> {
    Sql::new(
        "SELECT id, reviewer_name, expires_in_seconds, requested_at, state, url, expires_at, error
         FROM links
         WHERE inquiry_id = $1 ORDER BY requested_at DESC, id LIMIT 5",
    )
    .bind(inquiry.as_str())
    .fetch_all(conn)
    .await
}

/// Expiry of an earlier link of this inquiry with the same address: Persona returns an unused link again instead of a
/// new one.
pub async fn with_url(conn: &mut Conn, inquiry: &InquiryId, url: &str) -> Result<Option<Timestamp>> {
    Sql::new("SELECT MIN(expires_at) FROM links WHERE inquiry_id = $1 AND url = $2 AND state = 'ready'")
        .bind(inquiry.as_str())
        .bind(url)
        .value(conn)
        .await
}

pub async fn is_open(conn: &mut Conn, inquiry: &InquiryId) -> Result<bool> {
    let open: i64 = Sql::new("SELECT COUNT(*) FROM links WHERE inquiry_id = $1 AND state = 'requested'")
        .bind(inquiry.as_str())
        .value(conn)
        .await?;
    Ok(open > 0)
}

/// Deletes the addresses of the links of an inquiry.
pub async fn forget(tx: &mut Tx, inquiry: &InquiryId) -> Result<()> {
    Sql::new("UPDATE links SET url = NULL WHERE inquiry_id = $1 AND url IS NOT NULL")
        .bind(inquiry.as_str())
        .execute(tx)
        .await
}

/// Deletes the addresses of links that have expired.
pub async fn forget_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Sql::new("UPDATE links SET url = NULL WHERE url IS NOT NULL AND expires_at <= $1").bind(now).affected(tx).await
}
