//! Evidence as it was seen: canonical bytes by version. Snapshots that a decision was made on stay as records; the
//! others are deleted later.
use super::{Conn, Result, Sql, Tx, id_pattern};
use crate::domain::decision::Subject;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone)]
pub struct Snapshot<'a> {
    pub version: i64,
    pub fingerprint: &'a str,
    pub body: &'a str,
    pub seen_at: Timestamp,
    /// A decision was made on it: it is a record, and stays.
    pub decided: bool,
}

/// Stores a snapshot. The first one of a version stays until a decision is made; then the bytes that it was made on
/// become the record.
pub async fn keep(tx: &mut Tx, subject: &Subject, snapshot: &Snapshot<'_>) -> Result<()> {
    Sql::new(
        "INSERT INTO snapshots (subject_kind, subject_id, version, fingerprint, body, seen_at, decided)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (subject_kind, subject_id, version) DO UPDATE SET decided = 1, body = excluded.body,
             fingerprint = excluded.fingerprint WHERE excluded.decided = 1 AND snapshots.decided = 0",
    )
    .bind(subject.kind())
    .bind(subject.id())
    .bind(snapshot.version)
    .bind(snapshot.fingerprint)
    .bind(snapshot.body)
    .bind(snapshot.seen_at)
    .bind(i64::from(snapshot.decided))
    .execute(tx)
    .await
}

pub async fn known(conn: &mut Conn, subject: &Subject, version: i64) -> Result<bool> {
    let found: Option<i64> = Sql::new(
        "SELECT CAST(1 AS BIGINT) FROM snapshots WHERE subject_kind = $1 AND subject_id = $2
         AND version = $3",
    )
    .bind(subject.kind())
    .bind(subject.id())
    .bind(version)
    .optional_value(conn)
    .await?;
    Ok(found.is_some())
}

/// The canonical bytes of a version; `None` when they were erased.
pub async fn body(conn: &mut Conn, subject: &Subject, version: i64) -> Result<Option<String>> {
    Sql::new(
        "SELECT body FROM snapshots WHERE subject_kind = $1 AND subject_id = $2 AND version = $3
         AND body <> ''",
    )
    .bind(subject.kind())
    .bind(subject.id())
    .bind(version)
    .optional_value(conn)
    .await
}

/// Deletes the snapshots without a decision of a subject that Persona has redacted.
pub async fn drop_undecided(tx: &mut Tx, subject: &Subject) -> Result<()> {
    Sql::new("DELETE FROM snapshots WHERE subject_kind = $1 AND subject_id = $2 AND decided = 0")
        .bind(subject.kind())
        .bind(subject.id())
        .execute(tx)
        .await
}

/// The same for every subject whose snapshot names an object. Reads all snapshots without a decision: only for rare
/// events.
pub async fn drop_undecided_naming(tx: &mut Tx, object: &str) -> Result<()> {
    Sql::new("DELETE FROM snapshots WHERE decided = 0 AND CAST(body AS TEXT) LIKE $1 ESCAPE '\\'")
        .bind(id_pattern(object))
        .execute(tx)
        .await
}

/// Deletes snapshots that were only looked at, and are older than this.
pub async fn drop_older(tx: &mut Tx, than: Timestamp) -> Result<u64> {
    Sql::new("DELETE FROM snapshots WHERE decided = 0 AND seen_at < $1").bind(than).affected(tx).await
}
