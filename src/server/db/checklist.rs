//! Checklists and their ticks.

use super::{Conn, Json, Result, Sql, Tx};
use crate::domain::checklist::{Checklists, Tick};
use crate::domain::id::{InquiryId, ReviewerId};
use crate::domain::time::Timestamp;

pub async fn current(conn: &mut Conn) -> Result<Checklists> {
    let row: Option<(i64, Json<Checklists>)> =
        Sql::new("SELECT version, body FROM checklists ORDER BY version DESC LIMIT 1").fetch_optional(conn).await?;
    Ok(row.map(|(version, Json(lists))| Checklists { version, ..lists }).unwrap_or_default())
}

/// Stores a version. Fails with a conflict when another request stored this version a moment earlier.
pub async fn insert(tx: &mut Tx, lists: &Checklists, by: ReviewerId, name: &str, at: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO checklists (version, body, reviewer_id, reviewer_name, made_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(lists.version)
    .bind(Json(lists))
    .bind(by.0)
    .bind(name)
    .bind(at)
    .execute(tx)
    .await
}

pub async fn ticks(conn: &mut Conn, inquiry: &InquiryId) -> Result<Vec<Tick>> {
    let rows: Vec<(String, String, Timestamp, i64)> =
        Sql::new("SELECT item, reviewer_name, at, version FROM checklist_ticks WHERE inquiry_id = $1")
            .bind(inquiry.as_str())
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|(item, by, at, version)| Tick { item, by, at, version }).collect())
}

pub async fn tick(tx: &mut Tx, inquiry: &InquiryId, tick: &Tick, by: ReviewerId) -> Result<()> {
    Sql::new(
        "INSERT INTO checklist_ticks (inquiry_id, item, reviewer_id, reviewer_name, at, version)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (inquiry_id, item) DO UPDATE SET reviewer_id = excluded.reviewer_id,
             reviewer_name = excluded.reviewer_name, at = excluded.at, version = excluded.version",
    )
    .bind(inquiry.as_str())
    .bind(&tick.item)
    .bind(by.0)
    .bind(&tick.by)
    .bind(tick.at)
    .bind(tick.version)
    .execute(tx)
    .await
}

/// Removes a tick. Returns whether there was one.
pub async fn untick(tx: &mut Tx, inquiry: &InquiryId, item: &str) -> Result<bool> {
    Sql::new("DELETE FROM checklist_ticks WHERE inquiry_id = $1 AND item = $2")
        .bind(inquiry.as_str())
        .bind(item)
        .affected(tx)
        .await
        .map(|n| n == 1)
}
