//! Runs of the program that have not ended, as far as this database knows.
use uuid::Uuid;

use super::{Conn, Result, Sql, Tx};
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Run {
    pub id: Uuid,
    pub host: String,
    /// Identity by which another run on the same machine can tell whether this one still runs.
    pub process: String,
    pub started_at: Timestamp,
    pub seen_at: Timestamp,
}

pub async fn all(conn: &mut Conn) -> Result<Vec<Run>> {
    Sql::new("SELECT id, host, process, started_at, seen_at FROM runs ORDER BY started_at, id").fetch_all(conn).await
}

pub async fn begin(tx: &mut Tx, run: &Run) -> Result<()> {
    Sql::new("INSERT INTO runs (id, host, process, started_at, seen_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(run.id)
        .bind(&run.host)
        .bind(&run.process)
        .bind(run.started_at)
        .bind(run.seen_at)
        .execute(tx)
        .await
}

/// Records that a run still runs. Returns false when another run has taken it for ended meanwhile.
pub async fn seen(tx: &mut Tx, id: Uuid, at: Timestamp) -> Result<bool> {
    Sql::new("UPDATE runs SET seen_at = $2 WHERE id = $1").bind(id).bind(at).affected(tx).await.map(|n| n == 1)
}

/// Ends a run. Returns false when another run has ended it already.
pub async fn end(tx: &mut Tx, id: Uuid) -> Result<bool> {
    Sql::new("DELETE FROM runs WHERE id = $1").bind(id).affected(tx).await.map(|n| n == 1)
}
