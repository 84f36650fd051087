//! Reasons that an organisation added or retired.

use super::{Conn, Json, Result, Sql, Tx};
use crate::domain::id::ReviewerId;
use crate::domain::reason::Reasons;
use crate::domain::time::Timestamp;

pub async fn current(conn: &mut Conn) -> Result<Reasons> {
    let row: Option<(i64, Json<Reasons>)> =
        Sql::new("SELECT version, body FROM reasons ORDER BY version DESC LIMIT 1").fetch_optional(conn).await?;
    Ok(row.map(|(version, Json(reasons))| Reasons { version, ..reasons }).unwrap_or_default())
}

/// Stores a version. Fails with a conflict when another request stored this version a moment earlier.
pub async fn insert(tx: &mut Tx, reasons: &Reasons, by: ReviewerId, name: &str, at: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO reasons (version, body, reviewer_id, reviewer_name, made_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(reasons.version)
    .bind(Json(reasons))
    .bind(by.0)
    .bind(name)
    .bind(at)
    .execute(tx)
    .await
}
