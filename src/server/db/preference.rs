//! How reviewers like the desk: one document each.
use sqlx::types::Json;

use super::{Conn, Result, Tx, on_db};
use crate::domain::id::ReviewerId;
use crate::domain::preference::Preferences;

pub async fn of(conn: &mut Conn, who: ReviewerId) -> Result<Preferences> {
    let found: Option<Json<Preferences>> =
        on_db!(conn, |db| sqlx::query_scalar("SELECT body FROM preferences WHERE reviewer_id = $1")
            .bind(who.0)
            .fetch_optional(db)
            .await)?;
    Ok(found.map(|json| json.0).unwrap_or_default())
}

pub async fn put(tx: &mut Tx, who: ReviewerId, preferences: &Preferences) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query(
        "INSERT INTO preferences (reviewer_id, body) VALUES ($1, $2)
         ON CONFLICT (reviewer_id) DO UPDATE SET body = excluded.body"
    )
    .bind(who.0)
    .bind(Json(preferences))
    .execute(db)
    .await
    .map(|_| ()))
}
