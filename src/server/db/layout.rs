//! Data for the layout around every page.
use super::{Conn, Result, Sql};
use crate::domain::id::ReviewerId;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, serde::Deserialize)]
pub struct LayoutData {
    /// Inquiries that need review.
    pub waiting: i64,
    /// Cases that are not resolved.
    pub cases: i64,
    /// Decisions that are still in progress.
    pub decisions: i64,
    /// Unread notes that mention this reviewer.
    pub mentions: i64,
    /// Open blind reviews.
    pub blind: i64,
    /// Decisions that were returned to this reviewer.
    pub returned: i64,
    /// Deliveries that wait because Persona refuses them.
    pub refused: i64,
    /// When the last webhook arrived.
    pub last_event_at: Option<Timestamp>,
    pub compared_at: Option<Timestamp>,
    /// Checkpoint targets that contradict the log.
    pub contradicted: i64,
}

/// One query, because every page runs it: each query is a round trip to another thread or machine. Each part uses an
/// index; decisions use the one that has only those in progress.
pub async fn layout_data(conn: &mut Conn, who: ReviewerId, compared: &str) -> Result<LayoutData> {
    Sql::new(
        "SELECT
         (SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM inquiry_counts
             WHERE status = 'needs_review') AS waiting,
         (SELECT CAST(COUNT(*) AS BIGINT) FROM cases WHERE resolved_at IS NULL) AS cases,
         (SELECT CAST(COUNT(*) AS BIGINT) FROM decisions
          WHERE state IN ('proposed', 'awaiting_countersign', 'queued', 'sending',
              'unknown')) AS decisions,
         (SELECT CAST(COUNT(*) AS BIGINT) FROM mentions WHERE reviewer_id = $1
             AND read_at IS NULL) AS mentions,
         (SELECT CAST(COUNT(*) AS BIGINT) FROM blind_reviews WHERE given_at IS NULL) AS blind,
         (SELECT CAST(COUNT(*) AS BIGINT) FROM decisions d WHERE ((d.reviewer_id = $1
             AND d.state = 'refused'
          AND d.returned_until IS NULL) OR (d.reviewer_id = $1 AND d.came_back_at IS NOT NULL))
              AND NOT EXISTS (SELECT 1 FROM inquiries i WHERE d.subject_kind = 'inquiry'
              AND i.id = d.subject_id AND i.status IN ('approved', 'declined'))) AS returned,
         (SELECT CAST(COUNT(*) AS BIGINT) FROM deliveries
          WHERE refused IS NOT NULL AND state IN ('waiting', 'sending')) AS refused,
         (SELECT received_at FROM webhook_events WHERE came_by = 'webhook'
             ORDER BY received_at DESC LIMIT 1) AS last_event_at,
         (SELECT at FROM sync_states WHERE name = $2) AS compared_at,
         (SELECT CAST(COUNT(*) AS BIGINT) FROM audit_outside
             WHERE state = 'contradicts') AS contradicted",
    )
    .bind(who.0)
    .bind(compared)
    .fetch_one(conn)
    .await
}
