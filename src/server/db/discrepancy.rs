//! Resolutions of discrepancies.
use super::{Conn, Result, Sql, Tx};
use crate::domain::discrepancy::Resolved;
use crate::domain::id::{InquiryId, ReviewerId};
use crate::domain::time::Timestamp;

pub async fn of(conn: &mut Conn, inquiry: &InquiryId) -> Result<Vec<Resolved>> {
    let rows: Vec<(String, String, String, String, Timestamp, String)> = Sql::new(
        "SELECT field, resolution, comment, reviewer_name, at, of_values FROM discrepancies
         WHERE inquiry_id = $1
         ORDER BY field",
    )
    .bind(inquiry.as_str())
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(field, resolution, comment, by, at, of)| Resolved { field, resolution, comment, by, at, of })
        .collect())
}

/// Stores a resolution in place of an earlier one of the same field.
pub async fn put(tx: &mut Tx, inquiry: &InquiryId, word: &Resolved, by: ReviewerId) -> Result<()> {
    Sql::new(
        "INSERT INTO discrepancies (inquiry_id, field, resolution, comment, of_values, reviewer_id,
         reviewer_name, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (inquiry_id, field) DO UPDATE
                 SET resolution = excluded.resolution, comment = excluded.comment,
                 of_values = excluded.of_values, reviewer_id = excluded.reviewer_id,
                 reviewer_name = excluded.reviewer_name, at = excluded.at",
    )
    .bind(inquiry.as_str())
    .bind(&word.field)
    .bind(&word.resolution)
    .bind(&word.comment)
    .bind(&word.of)
    .bind(by.0)
    .bind(&word.by)
    .bind(word.at)
    .execute(tx)
    .await
}

pub async fn forget(tx: &mut Tx, inquiry: &InquiryId) -> Result<()> {
    Sql::new("DELETE FROM discrepancies WHERE inquiry_id = $1").bind(inquiry.as_str()).execute(tx).await
}
