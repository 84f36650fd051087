//! Versions of the countersign rules; the highest one is in force.
use sqlx::types::Json;

use super::{Conn, Result, Tx, corrupt, on_db};
use crate::domain::block::Block;
use crate::domain::id::ReviewerId;
use crate::domain::rule::{Rule, RuleSet};
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct Row {
    version: i64,
    rules: Json<Vec<Rule>>,
    blocks: Json<Vec<Block>>,
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
    let rows: Vec<Row> = on_db!(conn, |db| sqlx::query_as(
        "SELECT version, rules, blocks, reviewer_name, made_at FROM rule_sets ORDER BY version DESC LIMIT $1"
    )
    .bind(limit)
    .fetch_all(db)
    .await)?;
    Ok(rows.into_iter().map(RuleSet::from).collect())
}

/// One version. Before the first one there were no rules.
pub async fn of(conn: &mut Conn, version: i64) -> Result<RuleSet> {
    let row: Option<Row> = on_db!(conn, |db| sqlx::query_as(
        "SELECT version, rules, blocks, reviewer_name, made_at FROM rule_sets WHERE version = $1"
    )
    .bind(version)
    .fetch_optional(db)
    .await)?;
    Ok(row.map_or(RuleSet::none(), RuleSet::from))
}

pub async fn current(conn: &mut Conn) -> Result<RuleSet> {
    Ok(versions(conn, 1).await?.pop().unwrap_or(RuleSet::none()))
}

/// The key of all draws, created at the first draw.
pub async fn draw_key(tx: &mut Tx, fresh: [u8; 32]) -> Result<[u8; 32]> {
    const READ: &str = "SELECT key FROM draw_key WHERE one = 1";
    let known: Option<Vec<u8>> = on_db!(&mut **tx, |db| sqlx::query_scalar(READ).fetch_optional(db).await)?;
    let key = match known {
        Some(key) => key,
        None => {
            on_db!(&mut **tx, |db| sqlx::query(
                "INSERT INTO draw_key (one, key) VALUES (1, $1) ON CONFLICT (one) DO NOTHING"
            )
            .bind(fresh.to_vec())
            .execute(db)
            .await
            .map(|_| ()))?;
            // Another replica may have been faster.
            on_db!(&mut **tx, |db| sqlx::query_scalar(READ).fetch_one(db).await)?
        }
    };
    key.try_into().map_err(|_| corrupt("draw key"))
}

/// Stores a version. Fails with a conflict when another request stored this version a moment earlier. `by` is `None`
/// when no reviewer made it.
pub async fn insert(tx: &mut Tx, set: &RuleSet, by: Option<ReviewerId>, by_name: &str, at: Timestamp) -> Result<()> {
    on_db!(&mut **tx, |db| {
        sqlx::query(
        "INSERT INTO rule_sets (version, rules, blocks, reviewer_id, reviewer_name, made_at) VALUES ($1, $2, $3, $4, $5, $6)"
    )
    .bind(set.version)
    .bind(Json(&set.rules))
    .bind(Json(&set.blocks))
    .bind(by.map(|by| by.0))
    .bind(by_name)
    .bind(at)
    .execute(db)
    .await
    .map(|_| ())
    })
}

/// Whether this installation is new and has no rules yet. From now on it is not new: of two callers at once, only one
/// gets true.
pub async fn begin(tx: &mut Tx) -> Result<bool> {
    on_db!(&mut **tx, |db| sqlx::query("UPDATE installation SET rules = 'begun' WHERE one = 1 AND rules = 'new'")
        .execute(db)
        .await
        .map(|done| done.rows_affected() == 1))
}

/// The same without changing anything, for callers that would begin a transaction only for this.
pub async fn is_new(conn: &mut Conn) -> Result<bool> {
    on_db!(conn, |db| sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM installation WHERE rules = 'new')")
        .fetch_one(db)
        .await)
}
