//! Assignments of cases: on their way to Persona, done, and failed.
use uuid::Uuid;

use super::{Conn, Result, Sql, Tx};
use crate::domain::case::{Assignment, AssignmentEnd};
use crate::domain::id::{AssignmentId, CaseId, ReviewerId};
use crate::domain::time::Timestamp;

#[derive(serde::Deserialize)]
struct Row {
    id: Uuid,
    email: String,
    reviewer_name: String,
    requested_at: Timestamp,
    state: String,
    error: Option<String>,
}

impl From<Row> for Assignment {
    fn from(row: Row) -> Self {
        let end = match (row.state.as_str(), row.error) {
            ("done", _) => Some(AssignmentEnd::Done),
            (_, Some(error)) => Some(AssignmentEnd::Failed(error)),
            _ => None,
        };
        Self { id: AssignmentId(row.id), email: row.email, by: row.reviewer_name, requested_at: row.requested_at, end }
    }
}

/// Stores an assignment. Returns false when another one of this case is on its way.
pub async fn insert(
    tx: &mut Tx,
    id: AssignmentId,
    case: &CaseId,
    email: &str,
    by: (ReviewerId, &str),
    now: Timestamp,
) -> Result<bool> {
    Sql::new(
        "INSERT INTO assignments (id, case_id, email, reviewer_id, reviewer_name, requested_at, state)
         VALUES ($1, $2, $3, $4, $5, $6, 'requested') ON CONFLICT DO NOTHING",
    )
    .bind(id.0)
    .bind(case.as_str())
    .bind(email)
    .bind(by.0.0)
    .bind(by.1)
    .bind(now)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Ends an assignment. `error` is Persona's message when it failed.
pub async fn end(tx: &mut Tx, id: AssignmentId, error: Option<&str>) -> Result<()> {
    Sql::new(
        "UPDATE assignments SET state = CASE WHEN CAST($2 AS TEXT) IS NULL THEN 'done' ELSE 'failed'
         END, error = $2
         WHERE id = $1",
    )
    .bind(id.0)
    .bind(error)
    .execute(tx)
    .await
}

/// The newest assignment of a case.
pub async fn of_case(conn: &mut Conn, case: &CaseId) -> Result<Option<Assignment>> {
    let row: Option<Row> = Sql::new(
        "SELECT id, email, reviewer_name, requested_at, state, error FROM assignments
         WHERE case_id = $1 ORDER BY requested_at DESC, id DESC LIMIT 1",
    )
    .bind(case.as_str())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Assignment::from))
}
