//! Index of log entries about decisions, built from the log in the background.
use uuid::Uuid;

use super::{Conn, Result, Tx, on_db};
use crate::domain::export::Body;
use crate::domain::id::DecisionId;
use crate::domain::index::Indexed;

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    decision: Uuid,
    object_id: String,
    verdict: String,
    reason: String,
    request: Option<String>,
}

impl From<Row> for Indexed {
    fn from(Row { seq, decision, object_id, verdict, reason, request }: Row) -> Self {
        Self { seq, decision: DecisionId(decision), object_id, verdict, reason, request }
    }
}

/// Number of entries, from the first, that are indexed.
pub async fn through(conn: &mut Conn) -> Result<i64> {
    on_db!(conn, |db| sqlx::query_scalar("SELECT through FROM audit_indexed WHERE one = 1").fetch_one(db).await)
}

/// Indexes the next entries, at most `most`. Returns how many it has read.
pub async fn move_on(tx: &mut Tx, most: i64) -> Result<i64> {
    // The row is written unchanged, which locks it, so that no other replica reads the same entries.
    let from: i64 = on_db!(&mut **tx, |db| sqlx::query_scalar(
        "UPDATE audit_indexed SET through = through WHERE one = 1 RETURNING through"
    )
    .fetch_one(db)
    .await)?;
    let to = super::audit::size(tx).await?.min(from + most);
    if to <= from {
        return Ok(0);
    }
    let bodies: Vec<String> = on_db!(&mut **tx, |db| sqlx::query_scalar(
        "SELECT body FROM audit_entries WHERE seq >= $1 AND seq < $2 ORDER BY seq"
    )
    .bind(from)
    .bind(to)
    .fetch_all(db)
    .await)?;
    // The check of the log reports bodies that are no longer valid entries.
    let bodies = bodies.iter().filter_map(|body| serde_json::from_str::<Body<'_>>(body).ok());
    let found: Vec<Indexed> = bodies.filter_map(|body| Indexed::of(&body)).collect();
    for part in found.chunks(1000) {
        macro_rules! insert {
            ($held:expr, $db:ty) => {{
                let mut query = sqlx::QueryBuilder::<$db>::new(
                    "INSERT INTO audit_index (seq, decision, object_id, verdict, reason, request) ",
                );
                query.push_values(part, |mut row, one| {
                    row.push_bind(one.seq).push_bind(one.decision.0).push_bind(&one.object_id);
                    row.push_bind(&one.verdict).push_bind(&one.reason).push_bind(&one.request);
                });
                query.build().execute(&mut **$held).await?;
            }};
        }
        match &mut **tx {
            Conn::Sqlite(held) => insert!(held, sqlx::Sqlite),
            Conn::Postgres(held) => insert!(held, sqlx::Postgres),
        }
    }
    on_db!(&mut **tx, |db| sqlx::query("UPDATE audit_indexed SET through = $1 WHERE one = 1")
        .bind(to)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(to - from)
}

/// What the index contains of the entries `from..below`.
pub async fn range(conn: &mut Conn, from: i64, below: i64) -> Result<Vec<Indexed>> {
    let rows: Vec<Row> = on_db!(conn, |db| sqlx::query_as(
        "SELECT seq, decision, object_id, verdict, reason, request FROM audit_index WHERE seq >= $1 AND seq < $2
         ORDER BY seq"
    )
    .bind(from)
    .bind(below)
    .fetch_all(db)
    .await)?;
    Ok(rows.into_iter().map(Indexed::from).collect())
}

/// The next decisions after one, in the order of their ids, from the index and from the table, because either may lack
/// one.
pub async fn decisions(conn: &mut Conn, after: DecisionId, limit: i64) -> Result<Vec<DecisionId>> {
    let mut ids: Vec<Uuid> = on_db!(&mut *conn, |db| sqlx::query_scalar(
        "SELECT decision FROM audit_index WHERE decision > $1 GROUP BY decision ORDER BY decision LIMIT $2"
    )
    .bind(after.0)
    .bind(limit)
    .fetch_all(db)
    .await)?;
    let rows: Vec<Uuid> =
        on_db!(conn, |db| sqlx::query_scalar("SELECT id FROM decisions WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after.0)
            .bind(limit)
            .fetch_all(db)
            .await)?;
    ids.extend(rows);
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(ids.into_iter().map(DecisionId).collect())
}
