//! Proposals about retention, which need two people.
use uuid::Uuid;

use super::retention::clock;
use super::{Conn, Result, Sql, Tx, corrupt};
use crate::domain::id::{RetentionProposalId, ReviewerId};
use crate::domain::retention::{Clock, ProposalKind, ProposalStage};
use crate::domain::time::Timestamp;

#[derive(serde::Deserialize)]
struct ProposalRow {
    id: Uuid,
    account_id: String,
    kind: String,
    state: String,
    profile: Option<String>,
    ended_on: Option<String>,
    due_on: Option<String>,
    before_profile: Option<String>,
    before_ended_on: Option<String>,
    before_due_on: Option<String>,
    hold: Option<String>,
    held_by: Option<String>,
    proposer_id: Option<Uuid>,
    proposer_name: String,
    proposed_at: Timestamp,
    confirmer_name: Option<String>,
    confirmed_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    ended_by: Option<String>,
    why: Option<String>,
}

/// A change that needs two people.
#[derive(Debug, Clone)]
pub struct StoredProposal {
    pub id: RetentionProposalId,
    pub account_id: String,
    pub kind: ProposalKind,
    pub stage: ProposalStage,
    pub clock: Option<Clock>,
    /// The clock that it replaced when it was confirmed.
    pub before: Option<Clock>,
    pub hold: Option<String>,
    pub held_by: Option<String>,
    pub proposer_id: Option<ReviewerId>,
    pub proposer_name: String,
    pub proposed_at: Timestamp,
    pub confirmer_name: Option<String>,
    pub confirmed_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub ended_by: Option<String>,
    pub why: Option<String>,
}

impl TryFrom<ProposalRow> for StoredProposal {
    type Error = super::Error;
    fn try_from(row: ProposalRow) -> Result<Self> {
        Ok(Self {
            id: RetentionProposalId(row.id),
            account_id: row.account_id,
            kind: ProposalKind::parse(&row.kind).ok_or_else(|| corrupt("kind of a proposal"))?,
            stage: ProposalStage::parse(&row.state).ok_or_else(|| corrupt("state of a proposal"))?,
            clock: clock(row.profile, row.ended_on, row.due_on),
            before: clock(row.before_profile, row.before_ended_on, row.before_due_on),
            hold: row.hold,
            held_by: row.held_by,
            proposer_id: row.proposer_id.map(ReviewerId),
            proposer_name: row.proposer_name,
            proposed_at: row.proposed_at,
            confirmer_name: row.confirmer_name,
            confirmed_at: row.confirmed_at,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            why: row.why,
        })
    }
}

const PROPOSAL: &str =
    "SELECT id, account_id, kind, state, profile, ended_on, due_on, before_profile, before_ended_on, before_due_on,
         hold, held_by, proposer_id, proposer_name, proposed_at, confirmer_name, confirmed_at, ended_at, ended_by, why
     FROM retention_proposals";

pub async fn propose(tx: &mut Tx, proposed: &StoredProposal) -> Result<()> {
    let clock = proposed.clock.as_ref();
    Sql::new(
        "INSERT INTO retention_proposals (id, account_id, kind, state, profile, ended_on, due_on, hold,
         held_by, proposer_id,
             proposer_name, proposed_at)
         VALUES ($1, $2, $3, 'proposed', $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(proposed.id.0)
    .bind(&proposed.account_id)
    .bind(proposed.kind.as_str())
    .bind(clock.map(|clock| &clock.profile))
    .bind(clock.map(|clock| &clock.ended_on))
    .bind(clock.map(|clock| &clock.due_on))
    .bind(&proposed.hold)
    .bind(&proposed.held_by)
    .bind(proposed.proposer_id.map(|id| id.0))
    .bind(&proposed.proposer_name)
    .bind(proposed.proposed_at)
    .execute(tx)
    .await
}

pub async fn proposal(conn: &mut Conn, id: RetentionProposalId) -> Result<Option<StoredProposal>> {
    let row: Option<ProposalRow> =
        Sql::new(sqlx::AssertSqlSafe(format!("{PROPOSAL} WHERE id = $1"))).bind(id.0).fetch_optional(conn).await?;
    row.map(StoredProposal::try_from).transpose()
}

/// Open proposals of one account: those that wait for a confirmation, and those that wait for their day.
pub async fn open_proposals(conn: &mut Conn, account: &str) -> Result<Vec<StoredProposal>> {
    let rows: Vec<ProposalRow> = Sql::new(sqlx::AssertSqlSafe(format!(
        "{PROPOSAL} WHERE account_id = $1 AND state IN ('proposed', 'confirmed') ORDER BY proposed_at, id"
    )))
    .bind(account)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(StoredProposal::try_from).collect()
}

/// Proposals: the open ones first, then those that ended, newest first.
pub async fn proposals(conn: &mut Conn, limit: i64) -> Result<Vec<StoredProposal>> {
    let rows: Vec<ProposalRow> = Sql::new(sqlx::AssertSqlSafe(format!(
        "{PROPOSAL} ORDER BY CASE state WHEN 'proposed' THEN 0 WHEN 'confirmed' THEN 1 ELSE 2 END, proposed_at DESC, id
         LIMIT $1"
    )))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(StoredProposal::try_from).collect()
}

/// Confirms a proposal. The database refuses it when the confirmer is the proposer. `before` is the clock that ran
/// until now.
pub async fn confirm(
    tx: &mut Tx,
    id: RetentionProposalId,
    by: (ReviewerId, &str),
    at: Timestamp,
    before: Option<&Clock>,
) -> Result<bool> {
    Sql::new(
        "UPDATE retention_proposals SET state = 'confirmed', confirmer_id = $2, confirmer_name = $3,
         confirmed_at = $4,
             before_profile = $5, before_ended_on = $6, before_due_on = $7
         WHERE id = $1 AND state = 'proposed'",
    )
    .bind(id.0)
    .bind(by.0.0)
    .bind(by.1)
    .bind(at)
    .bind(before.map(|clock| &clock.profile))
    .bind(before.map(|clock| &clock.ended_on))
    .bind(before.map(|clock| &clock.due_on))
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Ends a proposal that is still open.
pub async fn close(
    tx: &mut Tx,
    id: RetentionProposalId,
    stage: ProposalStage,
    by: &str,
    at: Timestamp,
    why: Option<&str>,
) -> Result<bool> {
    Sql::new(
        "UPDATE retention_proposals SET state = $2, ended_by = $3, ended_at = $4, why = $5
         WHERE id = $1 AND state IN ('proposed', 'confirmed')",
    )
    .bind(id.0)
    .bind(stage.as_str())
    .bind(by)
    .bind(at)
    .bind(why)
    .affected(tx)
    .await
    .map(|n| n == 1)
}
