//! Preferences of reviewers: one document each.

use super::{Json, Result, Sql, Tx};
use crate::domain::id::ReviewerId;
use crate::domain::preference::Preferences;

pub async fn put(tx: &mut Tx, who: ReviewerId, preferences: &Preferences) -> Result<()> {
    Sql::new(
        "INSERT INTO preferences (reviewer_id, body) VALUES ($1, $2)
         ON CONFLICT (reviewer_id) DO UPDATE SET body = excluded.body",
    )
    .bind(who.0)
    .bind(Json(preferences))
    .execute(tx)
    .await
}
