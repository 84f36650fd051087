//! Reasons that an organisation added or retired.
use sqlx::types::Json;

use super::{Conn, Result, Tx, on_db};
use crate::domain::id::ReviewerId;
use crate::domain::reason::Reasons;
use crate::domain::time::Timestamp;

pub async fn current(conn: &mut Conn) -> Result<Reasons> {
    let row: Option<(i64, Json<Reasons>)> =
        on_db!(conn, |db| sqlx::query_as("SELECT version, body FROM reasons ORDER BY version DESC LIMIT 1")
            .fetch_optional(db)
            .await)?;
    Ok(row.map(|(version, Json(reasons))| Reasons { version, ..reasons }).unwrap_or_default())
}

/// Stores a version. Fails with a conflict when another request stored this version a moment earlier.
pub async fn insert(tx: &mut Tx, reasons: &Reasons, by: ReviewerId, name: &str, at: Timestamp) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query(
        "INSERT INTO reasons (version, body, reviewer_id, reviewer_name, made_at) VALUES ($1, $2, $3, $4, $5)"
    )
    .bind(reasons.version)
    .bind(Json(reasons))
    .bind(by.0)
    .bind(name)
    .bind(at)
    .execute(db)
    .await
    .map(|_| ()))
}
