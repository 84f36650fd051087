//! The request budget that replicas share.
use super::{Result, Sql, Tx};
use crate::domain::budget::Budget;
use crate::domain::time::Timestamp;

#[derive(serde::Deserialize)]
struct Row {
    allowed: i64,
    remaining: i64,
    resets: Timestamp,
}

/// Returns the current budget, locked until the transaction ends.
pub async fn load(tx: &mut Tx, now: Timestamp) -> Result<Budget> {
    let fresh = Budget::new(now);
    let row: Row = Sql::new(
        "INSERT INTO request_budget (one, allowed, remaining, resets) VALUES (1, $1, $2, $3)
         ON CONFLICT (one) DO UPDATE SET one = 1 RETURNING allowed, remaining, resets",
    )
    .bind(i64::from(fresh.limit))
    .bind(i64::from(fresh.remaining))
    .bind(fresh.resets)
    .fetch_one(tx)
    .await?;
    let number = |n: i64| u32::try_from(n).unwrap_or(0);
    Ok(Budget { limit: number(row.allowed).max(1), remaining: number(row.remaining), resets: row.resets })
}

pub async fn store(tx: &mut Tx, budget: &Budget) -> Result<()> {
    Sql::new("UPDATE request_budget SET allowed = $1, remaining = $2, resets = $3 WHERE one = 1")
        .bind(i64::from(budget.limit))
        .bind(i64::from(budget.remaining))
        .bind(budget.resets)
        .execute(tx)
        .await
}
