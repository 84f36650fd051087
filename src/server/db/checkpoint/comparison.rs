//! The log compared with what is outside the database: the last answer of each checkpoint target, and the
//! discontinuities of the log.
use super::super::{Conn, Result, Sql, Tx};
use crate::domain::time::Timestamp;

/// The answer of a checkpoint target when it was last asked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct TargetReport {
    pub name: String,
    pub kind: String,
    /// `agrees`, `empty`, `contradicts`, `unknown` or `mute`.
    pub state: String,
    /// Entries of the largest checkpoint that it has.
    pub size: i64,
    /// That checkpoint, if it can be read and contradicts the log.
    pub note: Option<String>,
    pub why: Option<String>,
    pub at: Timestamp,
}

pub async fn all(conn: &mut Conn) -> Result<Vec<TargetReport>> {
    Sql::new("SELECT name, kind, state, size, note, why, at FROM audit_outside ORDER BY name").fetch_all(conn).await
}

pub async fn keep(tx: &mut Tx, said: &TargetReport) -> Result<()> {
    Sql::new(
        "INSERT INTO audit_outside (name, kind, state, size, note, why, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, state = excluded.state,
             size = excluded.size,
             note = excluded.note, why = excluded.why, at = excluded.at",
    )
    .bind(&said.name)
    .bind(&said.kind)
    .bind(&said.state)
    .bind(said.size)
    .bind(&said.note)
    .bind(&said.why)
    .bind(said.at)
    .execute(tx)
    .await
}

pub async fn forget(tx: &mut Tx, name: &str) -> Result<()> {
    Sql::new("DELETE FROM audit_outside WHERE name = $1").bind(name).execute(tx).await
}

/// Whether a checkpoint target contradicts the log. If so, nothing is signed, decided or sent.
pub async fn contradicted(conn: &mut Conn) -> Result<bool> {
    let found: Option<i64> =
        Sql::new("SELECT CAST(1 AS BIGINT) FROM audit_outside WHERE state = 'contradicts' LIMIT 1")
            .optional_value(conn)
            .await?;
    Ok(found.is_some())
}

/// Clears the answers when the log is resumed: what targets said before is settled, and none of them has anything of
/// the resumed log yet.
pub async fn begin_anew(tx: &mut Tx) -> Result<()> {
    Sql::new("DELETE FROM audit_outside").execute(tx).await?;
    Sql::new("UPDATE audit_holders SET size = 0, at = NULL, note = NULL").execute(tx).await
}

pub async fn keep_discontinuity(tx: &mut Tx, at: Timestamp, note: &str) -> Result<()> {
    Sql::new(
        "INSERT INTO audit_discontinuities (number, at, note)
         SELECT CAST(COUNT(*) AS BIGINT), $1, $2 FROM audit_discontinuities",
    )
    .bind(at)
    .bind(note)
    .execute(tx)
    .await
}

/// Signed notes of the discontinuities, oldest first.
pub async fn discontinuities(conn: &mut Conn) -> Result<Vec<String>> {
    Sql::new("SELECT note FROM audit_discontinuities ORDER BY number").values(conn).await
}

/// Inquiries whose comment in Persona names a decision of a desk: id, and the inquiry as it was read.
pub async fn marked(conn: &mut Conn, most: i64) -> Result<Vec<(String, String)>> {
    Sql::new(
        "SELECT id, CAST(body AS TEXT) FROM inquiries
         WHERE CAST(body AS TEXT) LIKE '%Countersign decision %'
         ORDER BY id LIMIT $1",
    )
    .bind(most)
    .fetch_all(conn)
    .await
}
