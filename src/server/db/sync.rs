//! When each synchronisation last ran, and how it went.
use super::{Conn, Result, Sql, Tx};
use crate::domain::time::Timestamp;

/// Stored once the list of all inquiries was read completely, whatever happens to later reads. Earlier versions stored
/// only how the last read went.
pub const ALL_INQUIRIES: &str = "all inquiries";

pub async fn set(tx: &mut Tx, name: &str, at: Timestamp, value: &str) -> Result<()> {
    Sql::new(
        "INSERT INTO sync_states (name, at, value) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET at = excluded.at, value = excluded.value",
    )
    .bind(name)
    .bind(at)
    .bind(value)
    .execute(tx)
    .await
}

pub async fn get(conn: &mut Conn, name: &str) -> Result<Option<(Timestamp, String)>> {
    Sql::new("SELECT at, value FROM sync_states WHERE name = $1").bind(name).fetch_optional(conn).await
}

pub async fn all(conn: &mut Conn) -> Result<Vec<(String, Timestamp, String)>> {
    Sql::new("SELECT name, at, value FROM sync_states ORDER BY name").fetch_all(conn).await
}
