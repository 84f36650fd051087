//! Index of log entries about decisions, built from the log in the background.
use uuid::Uuid;

use super::{Conn, Result, Sql, Tx};
use crate::domain::export::Body;
use crate::domain::id::DecisionId;
use crate::domain::index::Indexed;

#[derive(serde::Deserialize)]
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
    Sql::new("SELECT through FROM audit_indexed WHERE one = 1").value(conn).await
}

/// Indexes the next entries, at most `most`. Returns how many it has read.
pub async fn move_on(tx: &mut Tx, most: i64) -> Result<i64> {
    // The row is written unchanged, which locks it, so that no other replica reads the same entries.
    let from: i64 =
        Sql::new("UPDATE audit_indexed SET through = through WHERE one = 1 RETURNING through").value(tx).await?;
    let to = super::audit::size(tx).await?.min(from + most);
    if to <= from {
        return Ok(0);
    }
    let bodies: Vec<String> = Sql::new("SELECT body FROM audit_entries WHERE seq >= $1 AND seq < $2 ORDER BY seq")
        .bind(from)
        .bind(to)
        .values(tx)
        .await?;
    // The check of the log reports bodies that are no longer valid entries.
    let bodies = bodies.iter().filter_map(|body| serde_json::from_str::<Body<'_>>(body).ok());
    let found: Vec<Indexed> = bodies.filter_map(|body| Indexed::of(&body)).collect();
    for part in found.chunks(1000) {
        let mut sql = Sql::new("INSERT INTO audit_index (seq, decision, object_id, verdict, reason, request) ");
        sql.push_rows(part.iter().map(|one| {
            [
                one.seq.into(),
                one.decision.0.into(),
                (&one.object_id).into(),
                (&one.verdict).into(),
                (&one.reason).into(),
                (&one.request).into(),
            ]
        }));
        sql.execute(tx).await?;
    }
    Sql::new("UPDATE audit_indexed SET through = $1 WHERE one = 1").bind(to).execute(tx).await?;
    Ok(to - from)
}

/// What the index contains of the entries `from..below`.
pub async fn range(conn: &mut Conn, from: i64, below: i64) -> Result<Vec<Indexed>> {
    let rows: Vec<Row> = Sql::new(
        "SELECT seq, decision, object_id, verdict, reason, request FROM audit_index WHERE seq >= $1
         AND seq < $2
         ORDER BY seq",
    )
    .bind(from)
    .bind(below)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Indexed::from).collect())
}

/// The next decisions after one, in the order of their ids, from the index and from the table, because either may lack
/// one.
pub async fn decisions(conn: &mut Conn, after: DecisionId, limit: i64) -> Result<Vec<DecisionId>> {
    let mut ids: Vec<Uuid> = Sql::new(
        "SELECT decision FROM audit_index WHERE decision > $1 GROUP BY decision
         ORDER BY decision LIMIT $2",
    )
    .bind(after.0)
    .bind(limit)
    .values(conn)
    .await?;
    let rows: Vec<Uuid> = Sql::new("SELECT id FROM decisions WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after.0)
        .bind(limit)
        .values(conn)
        .await?;
    ids.extend(rows);
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(ids.into_iter().map(DecisionId).collect())
}
