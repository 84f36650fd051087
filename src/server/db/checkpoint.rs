//! Signed checkpoints of the log, and which target has which.
use super::{Conn, Result, Sql, Tx};
use crate::domain::time::Timestamp;

pub mod comparison;

/// A signed note, its time, and the number of entries that it covers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct CheckpointRow {
    pub size: i64,
    pub at: Timestamp,
    pub note: String,
}

pub async fn insert(tx: &mut Tx, checkpoint: &CheckpointRow) -> Result<bool> {
    Sql::new("INSERT INTO audit_checkpoints (size, at, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(checkpoint.size)
        .bind(checkpoint.at)
        .bind(&checkpoint.note)
        .affected(tx)
        .await
        .map(|n| n == 1)
}

pub async fn newest(conn: &mut Conn) -> Result<Option<CheckpointRow>> {
    Sql::new("SELECT size, at, note FROM audit_checkpoints ORDER BY size DESC LIMIT 1").fetch_optional(conn).await
}

/// The first checkpoint over at least `size` entries.
pub async fn over(conn: &mut Conn, size: i64) -> Result<Option<CheckpointRow>> {
    Sql::new("SELECT size, at, note FROM audit_checkpoints WHERE size >= $1 ORDER BY size LIMIT 1")
        .bind(size)
        .fetch_optional(conn)
        .await
}

pub async fn at(conn: &mut Conn, size: i64) -> Result<Option<CheckpointRow>> {
    Ok(over(conn, size).await?.filter(|checkpoint| checkpoint.size == size))
}

/// A checkpoint target outside this machine, and the last checkpoint that it has.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct TargetState {
    pub name: String,
    pub kind: String,
    /// Entries of that checkpoint; 0 when it has none yet.
    pub size: i64,
    pub at: Option<Timestamp>,
    /// That checkpoint with the target's own signature, when the target is a witness.
    pub note: Option<String>,
    pub failure: Option<String>,
    pub failed_at: Option<Timestamp>,
    /// Number of discontinuities that it was sent.
    pub told: i64,
}

pub async fn targets(conn: &mut Conn) -> Result<Vec<TargetState>> {
    Sql::new("SELECT name, kind, size, at, note, failure, failed_at, told FROM audit_holders ORDER BY name")
        .fetch_all(conn)
        .await
}

pub async fn save_target(tx: &mut Tx, target: &TargetState) -> Result<()> {
    Sql::new(
        "INSERT INTO audit_holders (name, kind, size, at, note, failure, failed_at, told)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, size = excluded.size, at = excluded.at,
             note = excluded.note, failure = excluded.failure, failed_at = excluded.failed_at,
                 told = excluded.told",
    )
    .bind(&target.name)
    .bind(&target.kind)
    .bind(target.size)
    .bind(target.at)
    .bind(&target.note)
    .bind(&target.failure)
    .bind(target.failed_at)
    .bind(target.told)
    .execute(tx)
    .await
}

/// Deletes the targets that are no longer in the settings.
pub async fn remove_targets_except(tx: &mut Tx, names: &[String]) -> Result<()> {
    for target in targets(tx).await? {
        if !names.contains(&target.name) {
            Sql::new("DELETE FROM audit_holders WHERE name = $1").bind(&target.name).execute(tx).await?;
        }
    }
    Ok(())
}
