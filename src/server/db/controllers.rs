//! Reviewers who could act through the account of a person whose act a second person has to check.
use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Conn, Json, Result, Sql, Tx};
use crate::domain::id::{DecisionId, RetentionProposalId, ReviewerId, RuleProposalId};

/// An act of one person that a second one has to check.
#[derive(Debug, Clone, Copy)]
pub enum ControlledAct {
    Decision(DecisionId),
    Rules(RuleProposalId),
    Retention(RetentionProposalId),
    /// The open password link of this reviewer.
    Link(ReviewerId),
}

impl ControlledAct {
    const fn key(self) -> Uuid {
        match self {
            Self::Decision(id) => id.0,
            Self::Rules(id) => id.0,
            Self::Retention(id) => id.0,
            Self::Link(id) => id.0,
        }
    }
}

/// Stores who could act through the account, in the transaction that writes the act itself.
pub async fn save(tx: &mut Tx, act: ControlledAct, hands: &BTreeSet<String>) -> Result<()> {
    let sql = match act {
        ControlledAct::Decision(_) => "UPDATE decisions SET hands = $2 WHERE id = $1",
        ControlledAct::Rules(_) => "UPDATE rule_proposals SET hands = $2 WHERE id = $1",
        ControlledAct::Retention(_) => "UPDATE retention_proposals SET hands = $2 WHERE id = $1",
        ControlledAct::Link(_) => "UPDATE invitations SET hands = $2 WHERE reviewer_id = $1 AND used_at IS NULL",
    };
    Sql::new(sql).bind(act.key()).bind(Json(hands)).execute(tx).await
}

/// Returns who could act through the account; `None` for acts from before this was stored.
pub async fn saved(conn: &mut Conn, act: ControlledAct) -> Result<Option<BTreeSet<String>>> {
    let sql = match act {
        ControlledAct::Decision(_) => "SELECT hands FROM decisions WHERE id = $1",
        ControlledAct::Rules(_) => "SELECT hands FROM rule_proposals WHERE id = $1",
        ControlledAct::Retention(_) => "SELECT hands FROM retention_proposals WHERE id = $1",
        ControlledAct::Link(_) => "SELECT hands FROM invitations WHERE reviewer_id = $1 AND used_at IS NULL",
    };
    let found: Option<Option<Json<BTreeSet<String>>>> = Sql::new(sql).bind(act.key()).optional_value(conn).await?;
    Ok(found.flatten().map(|hands| hands.0))
}
