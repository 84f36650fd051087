//! Words of searches, by the sign that replaces them in addresses: browsers and proxies store addresses, and words name
//! people.
use super::{Conn, Result, Sql, Tx};
use crate::domain::time::Timestamp;

pub async fn remember(tx: &mut Tx, sign: &str, words: &str, now: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO searches (sign, words, used_at) VALUES ($1, $2, $3)
         ON CONFLICT (sign) DO UPDATE SET used_at = excluded.used_at",
    )
    .bind(sign)
    .bind(words)
    .bind(now)
    .execute(tx)
    .await
}

pub async fn words(conn: &mut Conn, sign: &str) -> Result<Option<String>> {
    Sql::new("SELECT words FROM searches WHERE sign = $1").bind(sign).optional_value(conn).await
}

/// Deletes words that were not searched for since a time, and that no saved view uses.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<()> {
    Sql::new(
        "DELETE FROM searches WHERE used_at < $1
         AND NOT EXISTS (SELECT 1 FROM queue_views v WHERE v.filter LIKE '%' || searches.sign || '%')",
    )
    .bind(before)
    .execute(tx)
    .await
}

/// Deletes words that name a person whose records are erased.
pub async fn erase(tx: &mut Tx, name: &str) -> Result<()> {
    Sql::new(
        "DELETE FROM searches WHERE LOWER(words) LIKE '%' || LOWER($1) || '%'
         OR LOWER($1) LIKE '%' || LOWER(words) || '%'",
    )
    .bind(name)
    .execute(tx)
    .await
}
