//! Number of pages of the PDF files in the evidence, or why they cannot be rendered. Determined once for each file.
use super::{Conn, Result, Sql, Tx};
use crate::domain::id::ObjectId;

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Row {
    pub object_id: String,
    pub part: String,
    pub pages: Option<i64>,
    pub why: Option<String>,
}

pub async fn put(tx: &mut Tx, object: &ObjectId, part: &str, pages: Option<i64>, why: Option<&str>) -> Result<()> {
    Sql::new(
        "INSERT INTO sheets (object_id, part, pages, why) VALUES ($1, $2, $3, $4)
         ON CONFLICT (object_id, part) DO UPDATE SET pages = excluded.pages, why = excluded.why",
    )
    .bind(object.as_str())
    .bind(part)
    .bind(pages)
    .bind(why)
    .execute(tx)
    .await
}

pub async fn of(conn: &mut Conn, object: &ObjectId) -> Result<Vec<Row>> {
    Sql::new("SELECT object_id, part, pages, why FROM sheets WHERE object_id = $1 ORDER BY part")
        .bind(object.as_str())
        .fetch_all(conn)
        .await
}
