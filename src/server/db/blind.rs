//! Blind second reviews.
use super::{Conn, Result, Sql, Tx};
use crate::domain::blind::Pair;
use crate::domain::decision::Decision;
use crate::domain::id::{DecisionId, ReviewerId};
use crate::domain::time::Timestamp;

/// A blind review and how far it has come.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Row {
    pub inquiry_id: String,
    pub taken_by: Option<uuid::Uuid>,
    pub reviewer_id: Option<uuid::Uuid>,
    pub verdict: Option<String>,
    pub reason: Option<String>,
    pub comment: String,
    pub knew: Option<i64>,
}

/// A second verdict as the reviewer gives it.
#[derive(Debug, Clone)]
pub struct Given<'a> {
    pub by: ReviewerId,
    pub name: &'a str,
    pub verdict: &'a str,
    pub reason: &'a str,
    pub comment: &'a str,
    pub knew: bool,
    pub at: Timestamp,
}

pub async fn draw(tx: &mut Tx, decision: &Decision, at: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO blind_reviews (decision_id, inquiry_id, first_id, drawn_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(decision.id.0)
    .bind(decision.subject.id())
    .bind(decision.reviewer_id.0)
    .bind(at)
    .execute(tx)
    .await
}

pub async fn of(conn: &mut Conn, decision: DecisionId) -> Result<Option<Row>> {
    Sql::new(
        "SELECT inquiry_id, taken_by, reviewer_id, verdict, reason, comment, knew
         FROM blind_reviews WHERE decision_id = $1",
    )
    .bind(decision.0)
    .fetch_optional(conn)
    .await
}

/// Condition for the blind reviews that wait for the reviewer `$1` at `$2`, drawn after `$3`: the decision is
/// confirmed, they neither made nor countersigned it, its evidence is stored, no other reviewer is reading it at the
/// moment, and they have not opened the inquiry since it was decided.
const WAITING_FOR: &str =
    " FROM blind_reviews b JOIN decisions d ON d.id = b.decision_id
         WHERE b.given_at IS NULL AND b.drawn_at > $3 AND d.state = 'confirmed' AND b.first_id <> $1
             AND (d.checker_id IS NULL OR d.checker_id <> $1)
             AND (b.taken_by IS NULL OR b.taken_by = $1 OR b.taken_until < $2)
             AND NOT EXISTS (SELECT 1 FROM audit_entries e WHERE e.object_kind = 'inquiry' AND e.object_id = b.inquiry_id
                 AND e.actor_id = $1 AND e.action IN ('inquiry.viewed', 'case_file.exported', 'verdict.shown') AND e.at > d.made_at)
             AND EXISTS (SELECT 1 FROM snapshots s WHERE s.subject_kind = 'inquiry' AND s.subject_id = b.inquiry_id
                 AND s.version = d.seen_version)";

/// The oldest blind review that waits for this reviewer. One that they have already taken comes first.
pub async fn next(conn: &mut Conn, who: ReviewerId, now: Timestamp, since: Timestamp) -> Result<Option<DecisionId>> {
    let found: Option<uuid::Uuid> = Sql::new("SELECT b.decision_id")
        .then(WAITING_FOR)
        .then(" ORDER BY CASE WHEN b.taken_by = $1 THEN 0 ELSE 1 END, b.drawn_at, b.decision_id LIMIT 1")
        .bind(who.0)
        .bind(now)
        .bind(since)
        .optional_value(conn)
        .await?;
    Ok(found.map(DecisionId))
}

/// A decision whose outcome a reviewer must not learn yet.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Hidden {
    pub inquiry_id: String,
    pub account_id: Option<String>,
    /// Status of the inquiry, as lists show it.
    pub status: Option<String>,
    /// State of the decision.
    pub state: String,
}

/// Decisions whose outcome a reviewer must not learn yet, because there is an open blind review that they may still
/// give. One that was drawn before `since` no longer hides anything. `inquiry_filter::push_where` leaves the same
/// inquiries out of lists.
pub async fn concealed(conn: &mut Conn, who: ReviewerId, since: Timestamp) -> Result<Vec<Hidden>> {
    Sql::new(
        "SELECT b.inquiry_id, i.account_id, i.status, d.state FROM blind_reviews b
         JOIN decisions d ON d.id = b.decision_id
         LEFT JOIN inquiries i ON i.id = b.inquiry_id
         WHERE b.given_at IS NULL AND b.drawn_at > $2 AND b.first_id <> $1 AND (d.checker_id IS NULL
             OR d.checker_id <> $1)
             AND d.state IN ('proposed', 'queued', 'sending', 'unknown', 'confirmed')
             AND NOT EXISTS (SELECT 1 FROM audit_entries e WHERE e.object_kind = 'inquiry'
                 AND e.object_id = b.inquiry_id
                 AND e.actor_id = $1 AND e.action IN ('inquiry.viewed', 'case_file.exported', 'verdict.shown')
                     AND e.at > d.made_at)",
    )
    .bind(who.0)
    .bind(since)
    .fetch_all(conn)
    .await
}

/// Whether a reviewer is judging this inquiry blind at the moment.
pub async fn judging(conn: &mut Conn, who: ReviewerId, inquiry: &str, now: Timestamp) -> Result<bool> {
    Sql::new(
        "SELECT EXISTS (SELECT 1 FROM blind_reviews WHERE inquiry_id = $2 AND given_at IS NULL
         AND taken_by = $1 AND taken_until > $3)",
    )
    .bind(who.0)
    .bind(inquiry)
    .bind(now)
    .value(conn)
    .await
}

/// Number of blind reviews that wait for this reviewer.
pub async fn waiting(conn: &mut Conn, who: ReviewerId, now: Timestamp, since: Timestamp) -> Result<i64> {
    Sql::new("SELECT CAST(COUNT(*) AS BIGINT)").then(WAITING_FOR).bind(who.0).bind(now).bind(since).value(conn).await
}

/// Takes a blind review. Returns false when a colleague was faster.
pub async fn take(
    tx: &mut Tx,
    decision: DecisionId,
    who: ReviewerId,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    Sql::new(
        "UPDATE blind_reviews SET taken_by = $1, taken_until = $2 WHERE decision_id = $3
         AND given_at IS NULL
             AND (taken_by IS NULL OR taken_by = $1 OR taken_until < $4)",
    )
    .bind(who.0)
    .bind(until)
    .bind(decision.0)
    .bind(now)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Stores the second verdict. Returns false when there is one already, or when a colleague has taken the review.
pub async fn give(tx: &mut Tx, decision: DecisionId, given: &Given<'_>) -> Result<bool> {
    Sql::new(
        "UPDATE blind_reviews SET reviewer_id = $1, reviewer_name = $2, verdict = $3, reason = $4,
         comment = $5, knew = $6,
             given_at = $7 WHERE decision_id = $8 AND given_at IS NULL AND taken_by = $1",
    )
    .bind(given.by.0)
    .bind(given.name)
    .bind(given.verdict)
    .bind(given.reason)
    .bind(given.comment)
    .bind(i64::from(given.knew))
    .bind(given.at)
    .bind(decision.0)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Both verdicts of all blind reviews given since a time, and the number of reviews that do not count because the
/// reviewer knew the first verdict.
pub async fn pairs(conn: &mut Conn, since: Timestamp) -> Result<(Vec<Pair>, usize)> {
    let rows: Vec<(String, String, i64)> = Sql::new(
        "SELECT d.verdict, b.verdict, b.knew FROM blind_reviews b
         JOIN decisions d ON d.id = b.decision_id
         WHERE b.given_at >= $1",
    )
    .bind(since)
    .fetch_all(conn)
    .await?;
    let all = rows.len();
    let pairs: Vec<Pair> =
        rows.into_iter().filter(|(.., knew)| *knew == 0).map(|(first, second, _)| Pair { first, second }).collect();
    let knew = all - pairs.len();
    Ok((pairs, knew))
}
