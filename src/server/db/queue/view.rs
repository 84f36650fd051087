//! Saved views of the queue.
use uuid::Uuid;

use super::super::{Conn, Result, Sql, Tx};
use crate::domain::id::ReviewerId;
use crate::domain::queue::view::View;
use crate::domain::time::Timestamp;

#[derive(serde::Deserialize)]
struct Row {
    id: Uuid,
    owner_id: Option<Uuid>,
    name: String,
    filter: String,
}

impl From<Row> for View {
    fn from(row: Row) -> Self {
        Self { id: row.id.to_string(), name: row.name, filter: row.filter, shared: row.owner_id.is_none() }
    }
}

/// Shared views, then those of a reviewer, each in the order in which they were created.
pub async fn of(conn: &mut Conn, owner: ReviewerId) -> Result<Vec<View>> {
    let rows: Vec<Row> = Sql::new(
        "SELECT id, owner_id, name, filter FROM queue_views WHERE owner_id IS NULL OR owner_id = $1
         ORDER BY CASE WHEN owner_id IS NULL THEN 0 ELSE 1 END, made_at, id",
    )
    .bind(owner.0)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(View::from).collect())
}

pub async fn insert(
    tx: &mut Tx,
    id: Uuid,
    owner: Option<ReviewerId>,
    name: &str,
    filter: &str,
    at: Timestamp,
) -> Result<()> {
    Sql::new("INSERT INTO queue_views (id, owner_id, name, filter, made_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(owner.map(|owner| owner.0))
        .bind(name)
        .bind(filter)
        .bind(at)
        .execute(tx)
        .await
}

/// Removes a view and returns its name: one of this owner, or a shared one when there is no owner.
pub async fn remove(tx: &mut Tx, id: Uuid, owner: Option<ReviewerId>) -> Result<Option<String>> {
    Sql::new(
        "DELETE FROM queue_views WHERE id = $1 AND (owner_id = $2 OR (owner_id IS NULL
         AND CAST($3 AS BIGINT) = 1))
         RETURNING name",
    )
    .bind(id)
    .bind(owner.map(|owner| owner.0))
    .bind(i64::from(owner.is_none()))
    .optional_value(tx)
    .await
}
