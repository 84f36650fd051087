//! Parts that a webhook named without saying what they belong to.
use super::{Conn, Result, Sql, Tx};
use crate::domain::time::Timestamp;

/// A part that is to be read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Unplaced {
    pub part_id: String,
    /// `report`, `verification`, `document`, `inquiry-session` or `account`.
    pub kind: String,
    pub wanted_at: Timestamp,
    pub tries: i64,
    /// For an account: time as of which the mirror has it.
    pub known_as_of: Option<Timestamp>,
}

/// Asks the job to read a part, from this time on.
pub async fn want(tx: &mut Tx, part_id: &str, kind: &str, at: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO unplaced_parts (part_id, kind, wanted_at) VALUES ($1, $2, $3)
         ON CONFLICT (part_id) DO UPDATE SET wanted_at = excluded.wanted_at, tries = 0",
    )
    .bind(part_id)
    .bind(kind)
    .bind(at)
    .execute(tx)
    .await
}

pub async fn wanted(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Unplaced>> {
    Sql::new(
        "SELECT p.part_id, p.kind, p.wanted_at, p.tries, a.as_of AS known_as_of FROM unplaced_parts p
         LEFT JOIN accounts a ON a.id = p.part_id WHERE p.wanted_at <= $1
             ORDER BY p.wanted_at, p.part_id LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Whether a part that is to be read by this time was tried fewer times than this.
pub async fn fresh(conn: &mut Conn, tries: i64, by: Timestamp) -> Result<bool> {
    let found: i64 = Sql::new(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 FROM unplaced_parts WHERE tries < $1
         AND wanted_at <= $2 LIMIT 1) u",
    )
    .bind(tries)
    .bind(by)
    .value(conn)
    .await?;
    Ok(found > 0)
}

/// Postpones a part, and sets how often it was tried. Returns false when it was wanted for another reason since.
pub async fn put_off(tx: &mut Tx, part: &Unplaced, at: Timestamp, tries: i64) -> Result<bool> {
    Sql::new("UPDATE unplaced_parts SET wanted_at = $3, tries = $4 WHERE part_id = $1 AND wanted_at = $2")
        .bind(&part.part_id)
        .bind(part.wanted_at)
        .bind(at)
        .bind(tries)
        .affected(tx)
        .await
        .map(|n| n == 1)
}

/// Removes a part whose place is known. Returns false when it was wanted for another reason since.
pub async fn placed(tx: &mut Tx, part: &Unplaced) -> Result<bool> {
    Sql::new("DELETE FROM unplaced_parts WHERE part_id = $1 AND wanted_at = $2")
        .bind(&part.part_id)
        .bind(part.wanted_at)
        .affected(tx)
        .await
        .map(|n| n == 1)
}
