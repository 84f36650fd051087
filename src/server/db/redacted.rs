//! Ids of the parts of inquiries and cases that Persona has redacted.
use super::inquiry_filter::on_filter;
use super::{Conn, Result, Tx, on_db};
use crate::domain::redact::Gone;
use crate::domain::time::Timestamp;

/// Ids in one query: a statement takes only so many values.
const AT_ONCE: usize = 400;

/// Remembers a redacted object. The time of the first report counts, so that its mark stays the same.
pub async fn keep(tx: &mut Tx, object: &str, at: Timestamp) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query(
        "INSERT INTO redacted_objects (object_id, redacted_at) VALUES ($1, $2) ON CONFLICT (object_id) DO NOTHING"
    )
    .bind(object)
    .bind(at)
    .execute(db)
    .await
    .map(|_| ()))
}

/// Those of the objects that are redacted, and since when.
pub async fn among(conn: &mut Conn, objects: &[&str]) -> Result<Gone> {
    let mut gone = Gone::new();
    for some in objects.chunks(AT_ONCE) {
        let found: Vec<(String, Timestamp)> = on_filter!(&mut *conn, |query, held, Database| {
            query.push("SELECT object_id, redacted_at FROM redacted_objects WHERE object_id IN (");
            let mut ids = query.separated(", ");
            for id in some {
                ids.push_bind((*id).to_owned());
            }
            query.push(")");
            query.build_query_as::<(String, Timestamp)>().fetch_all(&mut **held).await?
        });
        gone.extend(found);
    }
    Ok(gone)
}
