//! Proposals that loosen rules or policy, and wait for a second person.
use uuid::Uuid;

use super::{Conn, Json, Result, Sql, Tx};
use crate::domain::id::{ReviewerId, RuleProposalId};
use crate::domain::loosening::Loosening;
use crate::domain::time::Timestamp;

#[derive(serde::Deserialize)]
struct Row {
    id: Uuid,
    change: Json<Loosening>,
    proposer_id: Uuid,
    proposer_name: String,
    proposed_at: Timestamp,
    alone_at: Option<Timestamp>,
    agreed_by: Option<String>,
}

/// A proposal that waits.
#[derive(Debug, Clone)]
pub struct LooseningRow {
    pub id: RuleProposalId,
    pub change: Loosening,
    pub proposer_id: ReviewerId,
    pub proposer_name: String,
    pub proposed_at: Timestamp,
    /// When it takes effect by itself, because no second person could confirm it.
    pub alone_at: Option<Timestamp>,
    /// Name of a person who agreed, but could also use the proposer's account.
    pub agreed_by: Option<String>,
}

impl From<Row> for LooseningRow {
    fn from(row: Row) -> Self {
        Self {
            id: RuleProposalId(row.id),
            change: row.change.0,
            proposer_id: ReviewerId(row.proposer_id),
            proposer_name: row.proposer_name,
            proposed_at: row.proposed_at,
            alone_at: row.alone_at,
            agreed_by: row.agreed_by,
        }
    }
}

pub async fn propose(tx: &mut Tx, proposed: &LooseningRow) -> Result<()> {
    Sql::new(
        "INSERT INTO rule_proposals (id, change, state, proposer_id, proposer_name, proposed_at,
         alone_at)
             VALUES ($1, $2, 'proposed', $3, $4, $5, $6)",
    )
    .bind(proposed.id.0)
    .bind(Json(&proposed.change))
    .bind(proposed.proposer_id.0)
    .bind(&proposed.proposer_name)
    .bind(proposed.proposed_at)
    .bind(proposed.alone_at)
    .execute(tx)
    .await
}

/// Open proposals, oldest first.
pub async fn open(conn: &mut Conn) -> Result<Vec<LooseningRow>> {
    let rows: Vec<Row> = Sql::new(
        "SELECT id, change, proposer_id, proposer_name, proposed_at, alone_at, agreed_by FROM rule_proposals
         WHERE state = 'proposed' ORDER BY proposed_at, id",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(LooseningRow::from).collect())
}

/// Ends an open proposal. Returns false when it was ended already.
pub async fn end(
    tx: &mut Tx,
    id: RuleProposalId,
    state: &str,
    confirmer: Option<ReviewerId>,
    by: &str,
    at: Timestamp,
) -> Result<bool> {
    Sql::new(
        "UPDATE rule_proposals SET state = $2, confirmer_id = $3, ended_by = $4, ended_at = $5
         WHERE id = $1 AND state = 'proposed'",
    )
    .bind(id.0)
    .bind(state)
    .bind(confirmer.map(|id| id.0))
    .bind(by)
    .bind(at)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Records that a person agreed who could also use the proposer's account, and when the proposal takes effect.
pub async fn agree(tx: &mut Tx, id: RuleProposalId, by: &str, takes_effect: Timestamp) -> Result<()> {
    Sql::new("UPDATE rule_proposals SET agreed_by = $2, alone_at = $3 WHERE id = $1")
        .bind(id.0)
        .bind(by)
        .bind(takes_effect)
        .execute(tx)
        .await
}

/// Keeps a proposal from taking effect by itself, because a second person can confirm it by now.
pub async fn wait_for_second(tx: &mut Tx, id: RuleProposalId) -> Result<()> {
    Sql::new("UPDATE rule_proposals SET alone_at = NULL WHERE id = $1").bind(id.0).execute(tx).await
}
