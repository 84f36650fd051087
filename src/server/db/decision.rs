//! Decisions, and drafts of decisions that were refused.
use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Conn, Json, Result, Sql, Tx, corrupt};
use crate::domain::decision::state::State;
use crate::domain::decision::{Decision, Subject, Verdict};
use crate::domain::id::{DecisionId, ReviewerId};
use crate::domain::time::Timestamp;

/// Stores a decision. Fails with a conflict when another decision on the same object is in progress, or when one on the
/// same version of it still counts. `hands` are the reviewers who can act through its maker's account.
pub async fn insert(tx: &mut Tx, decision: &Decision, hands: &BTreeSet<String>) -> Result<()> {
    let status = match &decision.verdict {
        Verdict::SetStatus { status } => Some(status.as_str()),
        Verdict::Approve | Verdict::Decline | Verdict::MarkForReview => None,
    };
    Sql::new(
        "INSERT INTO decisions (id, subject_kind, subject_id, subject_name, verdict, case_status,
         reason, comment,
             reviewer_id, reviewer_name, seen_version, fingerprint, state, made_at, hold_until,
                 rules_version, wanted_by,
             hands)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(decision.id.0)
    .bind(decision.subject.kind())
    .bind(decision.subject.id())
    .bind(&decision.subject_name)
    .bind(decision.verdict.as_str())
    .bind(status)
    .bind(&decision.reason)
    .bind(&decision.comment)
    .bind(decision.reviewer_id.0)
    .bind(&decision.reviewer_name)
    .bind(decision.seen_version)
    .bind(&decision.fingerprint)
    .bind(decision.state.as_str())
    .bind(decision.made_at)
    .bind(decision.hold_until)
    .bind(decision.rules_version)
    .bind(Json(&decision.wanted_by))
    .bind(Json(hands))
    .execute(tx)
    .await
}

#[derive(serde::Deserialize)]
struct Row {
    id: Uuid,
    subject_kind: String,
    subject_id: String,
    subject_name: String,
    verdict: String,
    case_status: Option<String>,
    reason: String,
    comment: String,
    reviewer_id: Uuid,
    reviewer_name: String,
    seen_version: i64,
    fingerprint: String,
    state: String,
    made_at: Timestamp,
    settled_at: Option<Timestamp>,
    hold_until: Option<Timestamp>,
    rules_version: i64,
    wanted_by: Json<Vec<String>>,
    checker_name: Option<String>,
    checked_at: Option<Timestamp>,
    refusal: Option<String>,
    accounts: Option<String>,
    held_for: Option<String>,
    attempts: i64,
    not_before: Option<Timestamp>,
    answer: Option<String>,
}

impl TryFrom<Row> for Decision {
    type Error = super::Error;
    fn try_from(row: Row) -> Result<Self> {
        let subject = match row.subject_kind.as_str() {
            "inquiry" => Subject::Inquiry(row.subject_id.try_into().map_err(corrupt)?),
            _ => Subject::Case(row.subject_id.try_into().map_err(corrupt)?),
        };
        let verdict = Verdict::parse(&row.verdict, row.case_status.as_deref()).ok_or_else(|| corrupt("verdict"))?;
        let state = State::parse(&row.state).ok_or_else(|| corrupt("state"))?;
        Ok(Self {
            id: DecisionId(row.id),
            subject,
            subject_name: row.subject_name,
            verdict,
            reason: row.reason,
            comment: row.comment,
            reviewer_id: ReviewerId(row.reviewer_id),
            reviewer_name: row.reviewer_name,
            seen_version: row.seen_version,
            fingerprint: row.fingerprint,
            state,
            made_at: row.made_at,
            settled_at: row.settled_at,
            hold_until: row.hold_until,
            rules_version: row.rules_version,
            wanted_by: row.wanted_by.0,
            checker_name: row.checker_name,
            checked_at: row.checked_at,
            refusal: row.refusal,
            accounts: row.accounts,
            held_for: row.held_for,
            attempts: i32::try_from(row.attempts).unwrap_or(i32::MAX),
            next_attempt_at: if state.open() { row.not_before } else { None },
            answer: row.answer,
        })
    }
}

const SELECT: &str = "SELECT d.id, d.subject_kind, d.subject_id, d.subject_name, d.verdict, d.case_status, d.reason,
        d.comment, d.reviewer_id, d.reviewer_name, d.seen_version, d.fingerprint, d.state, d.made_at, d.settled_at,
        d.hold_until, d.rules_version, d.wanted_by, d.checker_name, d.checked_at, d.refusal,
        d.accounts,
        CASE WHEN d.state IN ('proposed', 'queued') AND d.released_at IS NULL AND v.attempts = 0 AND v.generation = 1 THEN
            COALESCE((SELECT MIN(r.name) FROM reviewers r
                WHERE r.id IN (d.reviewer_id, d.checker_id) AND r.disabled_at IS NOT NULL), d.held_for)
        END AS held_for,
        CAST(COALESCE(v.attempts, 0) AS BIGINT) AS attempts, v.not_before, v.answer
    FROM decisions d LEFT JOIN deliveries v ON v.decision_id = d.id ";

/// The decisions of a query that begins with [`SELECT`].
async fn selected(sql: Sql, conn: &mut Conn) -> Result<Vec<Decision>> {
    let rows: Vec<Row> = sql.fetch_all(conn).await?;
    rows.into_iter().map(Decision::try_from).collect()
}

pub async fn by_id(conn: &mut Conn, id: DecisionId) -> Result<Option<Decision>> {
    let mut sql = Sql::new(SELECT);
    sql.push("WHERE d.id = ").push_bind(id.0);
    Ok(selected(sql, conn).await?.pop())
}

/// Decisions on one object, newest first.
pub async fn about(conn: &mut Conn, subject: &Subject) -> Result<Vec<Decision>> {
    let mut sql = Sql::new(SELECT);
    sql.push("WHERE d.subject_kind = ").push_bind(subject.kind());
    sql.push(" AND d.subject_id = ").push_bind(subject.id());
    sql.push(" ORDER BY d.made_at DESC, d.id LIMIT 50");
    selected(sql, conn).await
}

/// Decisions that came back to their maker and are still work for them, newest first; on one object, or on all.
pub async fn returned(conn: &mut Conn, maker: ReviewerId, subject: Option<&Subject>) -> Result<Vec<Decision>> {
    let mut sql = Sql::new(SELECT);
    sql.push("WHERE ((d.state = 'refused' AND d.returned_until IS NULL AND d.reviewer_id = ").push_bind(maker.0);
    sql.push(") OR (d.came_back_at IS NOT NULL AND d.reviewer_id = ").push_bind(maker.0).push("))");
    // An inquiry that was decided meanwhile in Persona's own dashboard needs no more work.
    sql.push(
        " AND NOT EXISTS (SELECT 1 FROM inquiries i WHERE d.subject_kind = 'inquiry' AND i.id = d.subject_id
             AND i.status IN ('approved', 'declined'))",
    );
    if let Some(subject) = subject {
        sql.push(" AND d.subject_kind = ").push_bind(subject.kind());
        sql.push(" AND d.subject_id = ").push_bind(subject.id());
    }
    sql.push(" ORDER BY COALESCE(d.came_back_at, d.checked_at) DESC, d.id LIMIT 200");
    selected(sql, conn).await
}

/// Marks a decision as returned: from now on it is work for its maker.
pub async fn come_back(tx: &mut Tx, id: DecisionId, at: Timestamp) -> Result<()> {
    Sql::new("UPDATE decisions SET came_back_at = $2 WHERE id = $1").bind(id.0).bind(at).execute(tx).await
}

/// Ends the return of a decision, because its maker dismissed it. Returns false when it is no longer with them.
pub async fn end_return(tx: &mut Tx, id: DecisionId, at: Timestamp) -> Result<bool> {
    Sql::new(
        "UPDATE decisions SET came_back_at = NULL,
         returned_until = CASE WHEN state = 'refused' THEN $2 ELSE returned_until END
         WHERE id = $1 AND ((state = 'refused' AND returned_until IS NULL) OR came_back_at IS NOT NULL)",
    )
    .bind(id.0)
    .bind(at)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Ends all returns on a subject, because it is decided again, whichever reviewers they belong to. Returns these
/// makers.
pub async fn end_returns(tx: &mut Tx, subject: &Subject, at: Timestamp) -> Result<Vec<ReviewerId>> {
    let makers: Vec<Uuid> = Sql::new(
        "UPDATE decisions SET came_back_at = NULL,
         returned_until = CASE WHEN state = 'refused' THEN $3 ELSE returned_until END
         WHERE subject_kind = $1 AND subject_id = $2
             AND ((state = 'refused' AND returned_until IS NULL) OR came_back_at IS NOT NULL)
                 RETURNING reviewer_id",
    )
    .bind(subject.kind())
    .bind(subject.id())
    .bind(at)
    .values(tx)
    .await?;
    Ok(makers.into_iter().map(ReviewerId).collect())
}

/// Decisions in one state, or in all, newest first.
pub async fn list(conn: &mut Conn, state: Option<State>, limit: i64) -> Result<Vec<Decision>> {
    let mut sql = Sql::new(SELECT);
    if let Some(state) = state {
        sql.push("WHERE d.state = ").push_bind(state.as_str());
    }
    sql.push(" ORDER BY d.made_at DESC, d.id LIMIT ").push_bind(limit);
    selected(sql, conn).await
}

pub async fn state_counts(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    Sql::new("SELECT state, COUNT(*) FROM decisions GROUP BY state").fetch_all(conn).await
}

/// Moves a decision to its next state, where its life cycle allows that. Returns false when it was in none of `from`,
/// so that nothing settles it twice.
pub async fn advance(
    tx: &mut Tx,
    id: DecisionId,
    from: &[State],
    to: State,
    settled_at: Option<Timestamp>,
) -> Result<bool> {
    for from in from.iter().filter(|from| from.may_become(to)) {
        let moved = Sql::new("UPDATE decisions SET state = $3, settled_at = $4 WHERE id = $1 AND state = $2")
            .bind(id.0)
            .bind(from.as_str())
            .bind(to.as_str())
            .bind(settled_at)
            .affected(tx)
            .await?;
        if moved == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The second reviewer of a decision, if it has one.
pub async fn checker(conn: &mut Conn, id: DecisionId) -> Result<Option<ReviewerId>> {
    let found: Option<Option<Uuid>> =
        Sql::new("SELECT checker_id FROM decisions WHERE id = $1").bind(id.0).optional_value(conn).await?;
    Ok(found.flatten().map(ReviewerId))
}

/// What a second reviewer answered, stored in one step with the next state of the decision. Storing it returns false
/// when the decision no longer waited for an answer.
#[derive(Debug, Clone)]
pub struct Checked<'a> {
    pub checker: ReviewerId,
    pub name: &'a str,
    pub at: Timestamp,
    pub to: State,
    pub hold_until: Option<Timestamp>,
    pub refusal: Option<&'a str>,
    pub accounts: Option<&'a str>,
}

pub async fn checked(tx: &mut Tx, id: DecisionId, checked: &Checked<'_>) -> Result<bool> {
    let settled_at = (checked.to == State::Refused).then_some(checked.at);
    Sql::new(
        "UPDATE decisions SET state = $2, checker_id = $3, checker_name = $4, checked_at = $5,
         hold_until = $6, refusal = $7,
             settled_at = $8, accounts = $9
         WHERE id = $1 AND state = 'awaiting_countersign'",
    )
    .bind(id.0)
    .bind(checked.to.as_str())
    .bind(checked.checker.0)
    .bind(checked.name)
    .bind(checked.at)
    .bind(checked.hold_until)
    .bind(checked.refusal)
    .bind(settled_at)
    .bind(checked.accounts)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Withdraws a countersign while that is possible: the decision waits for a second reviewer again.
pub async fn unchecked(tx: &mut Tx, id: DecisionId) -> Result<bool> {
    Sql::new(
        "UPDATE decisions SET state = 'awaiting_countersign', checker_id = NULL, checker_name = NULL,
         checked_at = NULL,
             hold_until = NULL, accounts = NULL
         WHERE id = $1 AND state = 'proposed' AND checker_id IS NOT NULL",
    )
    .bind(id.0)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Lets a decision be sent at the order of an admin, although its maker's or checker's account is disabled. Returns
/// false when it was released already.
pub async fn release(tx: &mut Tx, id: DecisionId, by: &str, at: Timestamp) -> Result<bool> {
    Sql::new(
        "UPDATE decisions SET released_by = $2, released_at = $3
         WHERE id = $1 AND state IN ('proposed', 'queued') AND released_at IS NULL",
    )
    .bind(id.0)
    .bind(by)
    .bind(at)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Whether a decision that was taken to be sent has to be held after all. Locks the accounts of its reviewers until the
/// transaction ends, so that a request that disables one at the same time comes before or after it.
pub async fn is_held(tx: &mut Tx, id: DecisionId) -> Result<bool> {
    let wait = if matches!(&**tx, Conn::Postgres(_)) { " FOR SHARE OF r" } else { "" };
    held_with(tx, id, wait).await
}

/// Whether a decision has to be held, without locking accounts.
pub async fn waits_for_release(conn: &mut Conn, id: DecisionId) -> Result<bool> {
    held_with(conn, id, "").await
}

async fn held_with(conn: &mut Conn, id: DecisionId, wait: &str) -> Result<bool> {
    let found: Vec<(Option<Timestamp>, Option<String>)> = Sql::new(sqlx::AssertSqlSafe(format!(
        "SELECT r.disabled_at, d.held_for FROM decisions d JOIN reviewers r ON r.id IN (d.reviewer_id, d.checker_id)
         WHERE d.id = $1 AND d.released_at IS NULL ORDER BY r.id{wait}"
    )))
    .bind(id.0)
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().any(|(disabled_at, held_for)| disabled_at.is_some() || held_for.is_some()))
}

/// Lets decisions that are held because of this reviewer stay held after their account is enabled again: nothing is
/// sent unless a person asks for it again.
pub async fn keep_held(tx: &mut Tx, who: ReviewerId, name: &str) -> Result<()> {
    Sql::new(
        "UPDATE decisions SET held_for = $2
         WHERE (reviewer_id = $1 OR checker_id = $1) AND state IN ('proposed', 'queued')
             AND released_at IS NULL
             AND EXISTS (SELECT 1 FROM deliveries v
                 WHERE v.decision_id = decisions.id AND v.attempts = 0 AND v.generation = 1)",
    )
    .bind(who.0)
    .bind(name)
    .execute(tx)
    .await
}

/// How many decisions are held because an account was disabled.
pub async fn held(conn: &mut Conn) -> Result<i64> {
    Sql::new(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM decisions d JOIN deliveries v ON v.decision_id = d.id
         WHERE d.state IN ('proposed', 'queued') AND d.released_at IS NULL AND v.attempts = 0
             AND v.generation = 1
             AND (d.held_for IS NOT NULL OR EXISTS (SELECT 1 FROM reviewers r
                 WHERE r.id IN (d.reviewer_id, d.checker_id) AND r.disabled_at IS NOT NULL))",
    )
    .value(conn)
    .await
}

/// Queues the decisions whose undo window is over. Returns the ids of their subjects.
pub async fn release_held(tx: &mut Tx, now: Timestamp) -> Result<Vec<String>> {
    Sql::new(
        "UPDATE decisions SET state = 'queued' WHERE state = 'proposed' AND hold_until <= $1
         RETURNING subject_id",
    )
    .bind(now)
    .values(tx)
    .await
}

/// The earliest end of an undo window of a decision that is not queued yet. A time in the past means that one is
/// overdue.
pub async fn next_held(conn: &mut Conn) -> Result<Option<Timestamp>> {
    Sql::new("SELECT MIN(hold_until) FROM decisions WHERE state = 'proposed'").value(conn).await
}

/// Decisions that still wait for a second reviewer although their inquiry was decided or redacted in Persona.
pub async fn overtaken(conn: &mut Conn) -> Result<Vec<Uuid>> {
    Sql::new(
        "SELECT d.id FROM decisions d JOIN inquiries i ON i.id = d.subject_id
         WHERE d.subject_kind = 'inquiry' AND d.state = 'awaiting_countersign'
             AND (i.status IN ('approved', 'declined') OR i.redacted_at IS NOT NULL)",
    )
    .values(conn)
    .await
}

/// A draft of a decision.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct DraftRow {
    pub verdict: String,
    pub reason: String,
    pub comment: String,
    pub saved_at: Timestamp,
    /// Version of the evidence that it was written on.
    pub seen_version: i64,
}

pub async fn save_draft(tx: &mut Tx, reviewer: ReviewerId, subject: &Subject, draft: &DraftRow) -> Result<()> {
    Sql::new(
        "INSERT INTO drafts (reviewer_id, subject_kind, subject_id, verdict, reason, comment, saved_at,
         seen_version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (reviewer_id, subject_kind, subject_id) DO UPDATE SET verdict = excluded.verdict,
             reason = excluded.reason, comment = excluded.comment, saved_at = excluded.saved_at,
             seen_version = excluded.seen_version",
    )
    .bind(reviewer.0)
    .bind(subject.kind())
    .bind(subject.id())
    .bind(&draft.verdict)
    .bind(&draft.reason)
    .bind(&draft.comment)
    .bind(draft.saved_at)
    .bind(draft.seen_version)
    .execute(tx)
    .await
}

pub async fn draft(conn: &mut Conn, reviewer: ReviewerId, subject: &Subject) -> Result<Option<DraftRow>> {
    Sql::new(
        "SELECT verdict, reason, comment, saved_at, seen_version FROM drafts
         WHERE reviewer_id = $1 AND subject_kind = $2 AND subject_id = $3",
    )
    .bind(reviewer.0)
    .bind(subject.kind())
    .bind(subject.id())
    .fetch_optional(conn)
    .await
}

pub async fn drop_draft(tx: &mut Tx, reviewer: ReviewerId, subject: &Subject) -> Result<()> {
    Sql::new("DELETE FROM drafts WHERE reviewer_id = $1 AND subject_kind = $2 AND subject_id = $3")
        .bind(reviewer.0)
        .bind(subject.kind())
        .bind(subject.id())
        .execute(tx)
        .await
}
