//! Ids of the parts of inquiries and cases that Persona has redacted.
use super::{Conn, Result, Sql, Tx};
use crate::domain::redact::Gone;
use crate::domain::time::Timestamp;

/// Ids in one query: a statement takes only so many values.
const AT_ONCE: usize = 400;

/// Remembers a redacted object. The time of the first report counts, so that its mark stays the same.
pub async fn keep(tx: &mut Tx, object: &str, at: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO redacted_objects (object_id, redacted_at) VALUES ($1, $2)
         ON CONFLICT (object_id) DO NOTHING",
    )
    .bind(object)
    .bind(at)
    .execute(tx)
    .await
}

/// Those of the objects that are redacted, and since when.
pub async fn among(conn: &mut Conn, objects: &[&str]) -> Result<Gone> {
    let mut gone = Gone::new();
    for some in objects.chunks(AT_ONCE) {
        let mut sql = Sql::new("SELECT object_id, redacted_at FROM redacted_objects WHERE object_id IN ");
        sql.push_list(some.iter().copied());
        let found: Vec<(String, Timestamp)> = sql.fetch_all(conn).await?;
        gone.extend(found);
    }
    Ok(gone)
}
