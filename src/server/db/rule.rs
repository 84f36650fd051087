//! Versions of the countersign rules; the highest one is in force.

use super::{Conn, Json, Result, Sql, Tx, corrupt};
use crate::domain::block::BlockCode;
use crate::domain::id::ReviewerId;
use crate::domain::rule::{Rule, RuleSet};
use crate::domain::time::Timestamp;

#[derive(serde::Deserialize)]
struct Row {
    version: i64,
    rules: Json<Vec<Rule>>,
    blocks: Json<Vec<BlockCode>>,
    reviewer_name: String,
    made_at: Timestamp,
}

impl From<Row> for RuleSet {
    fn from(row: Row) -> Self {
        Self {
            version: row.version,
            rules: row.rules.0,
            blocks: row.blocks.0,
            made_by: Some(row.reviewer_name),
            made_at: Some(row.made_at),
        }
    }
}

/// Versions of the rules, newest first.
pub async fn versions(conn: &mut Conn, limit: i64) -> Result<Vec<RuleSet>> {
    let rows: Vec<Row> = Sql::new(
        "SELECT version, rules, blocks, reviewer_name, made_at FROM rule_sets
         ORDER BY version DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(RuleSet::from).collect())
}

/// One version. Before the first one there were no rules.
pub async fn of(conn: &mut Conn, version: i64) -> Result<RuleSet> {
    let row: Option<Row> =
        Sql::new("SELECT version, rules, blocks, reviewer_name, made_at FROM rule_sets WHERE version = $1")
            .bind(version)
            .fetch_optional(conn)
            .await?;
    Ok(row.map_or(RuleSet::none(), RuleSet::from))
}

pub async fn current(conn: &mut Conn) -> Result<RuleSet> {
    Ok(versions(conn, 1).await?.pop().unwrap_or(RuleSet::none()))
}

/// The key of all draws, created at the first draw.
pub async fn draw_key(tx: &mut Tx, fresh: [u8; 32]) -> Result<[u8; 32]> {
    const READ: &str = "SELECT key FROM draw_key WHERE one = 1";
    let known: Option<Vec<u8>> = Sql::new(READ).optional_value(tx).await?;
    let key = match known {
        Some(key) => key,
        None => {
            Sql::new("INSERT INTO draw_key (one, key) VALUES (1, $1) ON CONFLICT (one) DO NOTHING")
                .bind(fresh.to_vec())
                .execute(tx)
                .await?;
            // Another replica may have been faster.
            Sql::new(READ).value(tx).await?
        }
    };
    key.try_into().map_err(|_| corrupt("draw key"))
}

/// Stores a version. Fails with a conflict when another request stored this version a moment earlier. `by` is `None`
/// when no reviewer made it.
pub async fn insert(tx: &mut Tx, set: &RuleSet, by: Option<ReviewerId>, by_name: &str, at: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO rule_sets (version, rules, blocks, reviewer_id, reviewer_name, made_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(set.version)
    .bind(Json(&set.rules))
    .bind(Json(&set.blocks))
    .bind(by.map(|by| by.0))
    .bind(by_name)
    .bind(at)
    .execute(tx)
    .await
}

/// Whether this installation is new and has no rules yet. From now on it is not new: of two callers at once, only one
/// gets true.
pub async fn begin(tx: &mut Tx) -> Result<bool> {
    Sql::new("UPDATE installation SET rules = 'begun' WHERE one = 1 AND rules = 'new'")
        .affected(tx)
        .await
        .map(|n| n == 1)
}

/// The same without changing anything, for callers that would begin a transaction only for this.
pub async fn is_new(conn: &mut Conn) -> Result<bool> {
    Sql::new("SELECT EXISTS (SELECT 1 FROM installation WHERE rules = 'new')").value(conn).await
}
