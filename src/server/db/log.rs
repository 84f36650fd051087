//! The tree over the audit log: tiles, checkpoints, checkpoint targets, and the last check.
use super::{Conn, Result, Sql, Tx, corrupt};
use crate::domain::time::Timestamp;
use tlog::merkle::{self, Hash, TILE_WIDTH, TileId, Tiles};

fn hash(bytes: &[u8]) -> Result<Hash> {
    bytes.try_into().map_err(|_| corrupt("hash"))
}

fn hashes(bytes: &[u8]) -> Result<Vec<Hash>> {
    bytes.chunks(32).map(hash).collect()
}

fn place(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| corrupt("number of a tile"))
}

/// Leaf hashes as they are stored with the entries.
pub async fn leaves(conn: &mut Conn, from: u64, to: u64) -> Result<Vec<Hash>> {
    let (from, to) = (place(from)?, place(to)?);
    let rows: Vec<Vec<u8>> = Sql::new("SELECT hash FROM audit_entries WHERE seq >= $1 AND seq < $2 ORDER BY seq")
        .bind(from)
        .bind(to)
        .values(conn)
        .await?;
    rows.iter().map(|row| hash(row)).collect()
}

/// Roots of complete tiles of a level, which are the hashes of the level above.
async fn roots(conn: &mut Conn, level: u32, from: u64, to: u64) -> Result<Vec<Hash>> {
    let (from, to) = (place(from)?, place(to)?);
    let rows: Vec<Vec<u8>> =
        Sql::new("SELECT root FROM audit_tiles WHERE level = $1 AND number >= $2 AND number < $3 ORDER BY number")
            .bind(i64::from(level))
            .bind(from)
            .bind(to)
            .values(conn)
            .await?;
    rows.iter().map(|row| hash(row)).collect()
}

/// Number of complete tiles of a level that are stored.
pub async fn complete(conn: &mut Conn, level: u32) -> Result<u64> {
    let last: Option<i64> =
        Sql::new("SELECT MAX(number) FROM audit_tiles WHERE level = $1").bind(i64::from(level)).value(conn).await?;
    Ok(last.and_then(|last| u64::try_from(last).ok()).map_or(0, |last| last + 1))
}

/// The next tile of a level with its hashes, if it is complete at this size.
pub async fn next_tile(conn: &mut Conn, level: u32, size: u64) -> Result<Option<(TileId, Vec<Hash>)>> {
    let id = TileId { level, number: complete(conn, level).await? };
    if id.width(size) < TILE_WIDTH {
        return Ok(None);
    }
    let (from, to) = (id.number * TILE_WIDTH, (id.number + 1) * TILE_WIDTH);
    let made = if level == 0 { leaves(conn, from, to).await? } else { roots(conn, level - 1, from, to).await? };
    Ok((made.len() as u64 == TILE_WIDTH).then_some((id, made)))
}

/// Stores a complete tile. If another replica has stored it already, its tile is the same.
pub async fn keep_tile(tx: &mut Tx, id: TileId, hashes: &[Hash]) -> Result<()> {
    Sql::new(
        "INSERT INTO audit_tiles (level, number, hashes, root) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
    )
    .bind(i64::from(id.level))
    .bind(place(id.number)?)
    .bind(hashes.concat())
    .bind(merkle::root(hashes).as_slice())
    .execute(tx)
    .await
}

/// A complete tile as it is stored, and its root.
pub async fn kept(conn: &mut Conn, id: TileId) -> Result<Option<(Vec<Hash>, Hash)>> {
    let kept: Option<(Vec<u8>, Vec<u8>)> =
        Sql::new("SELECT hashes, root FROM audit_tiles WHERE level = $1 AND number = $2")
            .bind(i64::from(id.level))
            .bind(place(id.number)?)
            .fetch_optional(conn)
            .await?;
    kept.map(|(held, root)| Ok((hashes(&held)?, hash(&root)?))).transpose()
}

/// The hashes that a complete tile above the lowest level has to contain.
pub async fn below(conn: &mut Conn, id: TileId) -> Result<Vec<Hash>> {
    roots(conn, id.level - 1, id.number * TILE_WIDTH, (id.number + 1) * TILE_WIDTH).await
}

/// A tile of a log of `size` entries: the stored one if it is complete, otherwise made from the level below.
pub async fn tile(conn: &mut Conn, id: TileId, size: u64) -> Result<Vec<Hash>> {
    let width = id.width(size);
    let from = id.number * TILE_WIDTH;
    if width == TILE_WIDTH
        && let Some((hashes, _)) = kept(conn, id).await?
    {
        return Ok(hashes);
    }
    if id.level == 0 {
        leaves(conn, from, from + width).await
    } else {
        roots(conn, id.level - 1, from, from + width).await
    }
}

/// The named tiles of a log of `size` entries.
pub async fn tiles(conn: &mut Conn, ids: impl IntoIterator<Item = TileId>, size: u64) -> Result<Tiles> {
    let mut tiles = Tiles::new(size);
    for id in ids {
        let held = tile(conn, id, size).await?;
        tiles.insert(id, held);
    }
    Ok(tiles)
}

pub async fn keep_rotation(tx: &mut Tx, at: Timestamp, note: &str) -> Result<()> {
    Sql::new(
        "INSERT INTO audit_rotations (number, at, note)
         SELECT CAST(COUNT(*) AS BIGINT), $1, $2 FROM audit_rotations",
    )
    .bind(at)
    .bind(note)
    .execute(tx)
    .await
}

pub async fn rotations(conn: &mut Conn) -> Result<Vec<String>> {
    Sql::new("SELECT note FROM audit_rotations ORDER BY number").values(conn).await
}

/// Result of the last check of the log against itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub struct LogCheck {
    /// Number of entries, from the first, that were as they were signed.
    pub through: i64,
    pub at: Option<Timestamp>,
    /// Where the fault is and what it is, when there is one.
    pub fault_at: Option<String>,
    pub fault: Option<String>,
    pub found_at: Option<Timestamp>,
}

pub async fn check(conn: &mut Conn) -> Result<LogCheck> {
    Sql::new("SELECT through, at, fault_at, fault, found_at FROM audit_check WHERE one = 1").fetch_one(conn).await
}

/// Reasons not to go on writing the log.
#[derive(Debug, serde::Deserialize)]
pub struct LogState {
    /// A checkpoint target has a checkpoint that the log contradicts.
    pub contradicted: bool,
    /// Where the last check found an entry that is not as it was signed.
    pub fault_at: Option<String>,
}

pub async fn state(conn: &mut Conn) -> Result<LogState> {
    Sql::new(
        "SELECT EXISTS (SELECT 1 FROM audit_outside
         WHERE state = 'contradicts') AS contradicted, fault_at
         FROM audit_check WHERE one = 1",
    )
    .fetch_one(conn)
    .await
}

pub async fn set_check(tx: &mut Tx, check: &LogCheck) -> Result<()> {
    Sql::new(
        "UPDATE audit_check SET through = $1, at = $2, fault_at = $3, fault = $4, found_at = $5
         WHERE one = 1",
    )
    .bind(check.through)
    .bind(check.at)
    .bind(&check.fault_at)
    .bind(&check.fault)
    .bind(check.found_at)
    .execute(tx)
    .await
}

/// Counts the next entries by action and actor, at most `most`. Returns how many it has counted.
pub async fn count_on(tx: &mut Tx, most: i64) -> Result<i64> {
    // The row is written unchanged, which locks it, so that no other replica counts the same entries.
    let from: i64 =
        Sql::new("UPDATE audit_counted SET through = through WHERE one = 1 RETURNING through").value(tx).await?;
    let to = super::audit::size(tx).await?.min(from + most);
    if to > from {
        Sql::new(
            "INSERT INTO audit_counts (action, actor, number)
             SELECT action, actor_name, COUNT(*) FROM audit_entries WHERE seq >= $1 AND seq < $2
             GROUP BY action, actor_name
             ON CONFLICT (action, actor) DO UPDATE SET number = audit_counts.number + excluded.number",
        )
        .bind(from)
        .bind(to)
        .execute(tx)
        .await?;
        Sql::new("UPDATE audit_counted SET through = $1 WHERE one = 1").bind(to).execute(tx).await?;
    }
    Ok(to - from)
}

/// Number of entries of each action and actor, up to now.
pub async fn counts(conn: &mut Conn) -> Result<Vec<(String, String, i64)>> {
    Sql::new(
        "SELECT action, actor, CAST(SUM(number) AS BIGINT) FROM (
             SELECT action, actor, number FROM audit_counts
             UNION ALL
             SELECT action, actor_name, COUNT(*) FROM audit_entries
             WHERE seq >= (SELECT through FROM audit_counted) GROUP BY action, actor_name
         ) counted GROUP BY action, actor ORDER BY action, actor",
    )
    .fetch_all(conn)
    .await
}

/// How often personal values were erased: exports before and after an erasure differ.
pub async fn erasures(conn: &mut Conn) -> Result<i64> {
    Sql::new(
        "SELECT CAST(COALESCE(SUM(number), 0) AS BIGINT) FROM (
             SELECT number FROM audit_counts WHERE action = 'personal.erased'
             UNION ALL
             SELECT COUNT(*) FROM audit_entries
             WHERE seq >= (SELECT through FROM audit_counted) AND action = 'personal.erased'
         ) counted",
    )
    .value(conn)
    .await
}
