//! Claims: one row per inquiry, overwritten by the reviewer who has it now.
use uuid::Uuid;

use super::{Conn, Result, Sql, Tx};
use crate::domain::claim::Claim;
use crate::domain::id::{InquiryId, ReviewerId};
use crate::domain::time::Timestamp;

#[derive(serde::Deserialize)]
struct Row {
    reviewer_id: Uuid,
    reviewer_name: String,
    since: Timestamp,
    until: Timestamp,
}

pub async fn of(conn: &mut Conn, inquiry: &InquiryId) -> Result<Option<Claim>> {
    let row: Option<Row> =
        Sql::new("SELECT reviewer_id, reviewer_name, since, until FROM claims WHERE inquiry_id = $1")
            .bind(inquiry.as_str())
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|row| Claim {
        by: ReviewerId(row.reviewer_id),
        by_name: row.reviewer_name,
        since: row.since,
        until: row.until,
    }))
}

pub async fn put(tx: &mut Tx, inquiry: &InquiryId, claim: &Claim) -> Result<()> {
    Sql::new(
        "INSERT INTO claims (inquiry_id, reviewer_id, reviewer_name, since, until)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (inquiry_id) DO UPDATE SET reviewer_id = excluded.reviewer_id,
             reviewer_name = excluded.reviewer_name, since = excluded.since, until = excluded.until",
    )
    .bind(inquiry.as_str())
    .bind(claim.by.0)
    .bind(&claim.by_name)
    .bind(claim.since)
    .bind(claim.until)
    .execute(tx)
    .await
}

/// Ends a claim. Returns whether this reviewer had it.
pub async fn release(tx: &mut Tx, inquiry: &InquiryId, by: ReviewerId) -> Result<bool> {
    Sql::new("DELETE FROM claims WHERE inquiry_id = $1 AND reviewer_id = $2")
        .bind(inquiry.as_str())
        .bind(by.0)
        .affected(tx)
        .await
        .map(|n| n == 1)
}

/// Deletes the claims that expired before a time, and returns the inquiry, the reviewer and the end of each.
pub async fn take_lapsed(tx: &mut Tx, before: Timestamp) -> Result<Vec<(String, String, Timestamp)>> {
    Sql::new("DELETE FROM claims WHERE until < $1 RETURNING inquiry_id, reviewer_name, until")
        .bind(before)
        .fetch_all(tx)
        .await
}
