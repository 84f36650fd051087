//! Data that the figures are computed from.
use super::{Conn, Result, Sql, corrupt};
use crate::domain::decision::state::State;
use crate::domain::statistics::CountedDecision;
use crate::domain::time::Timestamp;

/// Decisions about inquiries since a time, newest first, whatever their outcome.
pub async fn made(conn: &mut Conn, since: Timestamp, limit: i64) -> Result<Vec<CountedDecision>> {
    let rows: Vec<(String, String, String, Timestamp, Timestamp, String)> = Sql::new(
        "SELECT d.reviewer_name, COALESCE(t.name, i.template_id, 'No template'), d.verdict, d.made_at,
         i.waiting_since, d.state
         FROM decisions d JOIN inquiries i ON i.id = d.subject_id LEFT
             JOIN templates t ON t.id = i.template_id
         WHERE d.subject_kind = 'inquiry' AND d.made_at >= $1 ORDER BY d.made_at DESC LIMIT $2",
    )
    .bind(since)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(by, template, verdict, at, waiting_since, state)| {
            let state = State::parse(&state).ok_or_else(|| corrupt("state"))?;
            Ok(CountedDecision { by, template, verdict, at, waiting_since, state })
        })
        .collect()
}

/// Number of inquiries of a status that have waited since a time after `after` and up to `until`.
pub async fn waiting(conn: &mut Conn, status: &str, after: Timestamp, until: Timestamp) -> Result<i64> {
    Sql::new(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM inquiries WHERE status = $1 AND waiting_since > $2
         AND waiting_since <= $3",
    )
    .bind(status)
    .bind(after)
    .bind(until)
    .value(conn)
    .await
}

pub async fn overdue(conn: &mut Conn, status: &str, now: Timestamp) -> Result<i64> {
    Sql::new("SELECT CAST(COUNT(*) AS BIGINT) FROM inquiries WHERE status = $1 AND due_at <= $2")
        .bind(status)
        .bind(now)
        .value(conn)
        .await
}
