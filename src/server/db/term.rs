//! Progress of the index of words by which inquiries are found.
use super::{Conn, Result, Sql, Tx};

/// The version that all inquiries have, the version that is being written, and the id after which that goes on.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct TermVersion {
    pub done: i64,
    pub walking: i64,
    pub after_id: String,
}

pub async fn place(conn: &mut Conn) -> Result<TermVersion> {
    Sql::new("SELECT done, walking, after_id FROM search_index WHERE one = 1").fetch_one(conn).await
}

/// Inquiries after an id, in order.
pub async fn following(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<String>> {
    Sql::new("SELECT id FROM inquiries WHERE id > $1 ORDER BY id LIMIT $2").bind(after).bind(limit).values(conn).await
}

/// Stores the progress, unless a newer version has stored its own.
pub async fn reached(tx: &mut Tx, place: &TermVersion) -> Result<()> {
    Sql::new("UPDATE search_index SET done = $1, walking = $2, after_id = $3 WHERE one = 1 AND walking <= $2")
        .bind(place.done)
        .bind(place.walking)
        .bind(&place.after_id)
        .execute(tx)
        .await
}
