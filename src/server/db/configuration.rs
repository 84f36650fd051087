//! What admins configure, in the versions in force: rules, reasons, checklists and policy.

use super::{Conn, Json, Result, Sql};
use crate::domain::block::BlockCode;
use crate::domain::checklist::Checklists;
use crate::domain::queue::policy::Policy;
use crate::domain::reason::Reasons;
use crate::domain::rule::{Rule, RuleSet};
use crate::domain::time::Timestamp;

#[derive(Debug)]
pub struct InForce {
    pub rules: RuleSet,
    pub reasons: Reasons,
    pub checklists: Checklists,
    pub policy: Policy,
}

#[derive(serde::Deserialize)]
struct Row {
    version: Option<i64>,
    rules: Option<Json<Vec<Rule>>>,
    blocks: Option<Json<Vec<BlockCode>>>,
    reviewer_name: Option<String>,
    made_at: Option<Timestamp>,
    reasons_version: Option<i64>,
    reasons: Option<Json<Reasons>>,
    checklists_version: Option<i64>,
    checklists: Option<Json<Checklists>>,
    policy_version: Option<i64>,
    policy: Option<Json<Policy>>,
}

/// Reads all of it in one statement, because every decision needs it: each statement is a round trip to another thread
/// or machine.
pub async fn read(conn: &mut Conn) -> Result<InForce> {
    let row: Row = Sql::new(
        "SELECT rules.version, rules.rules, rules.blocks, rules.reviewer_name, rules.made_at,
             reasons.version AS reasons_version, reasons.body AS reasons,
             checklists.version AS checklists_version, checklists.body AS checklists,
             policies.version AS policy_version, policies.body AS policy
         FROM (SELECT 1 AS one) always
         LEFT JOIN rule_sets rules ON rules.version = (SELECT MAX(version) FROM rule_sets)
         LEFT JOIN reasons ON reasons.version = (SELECT MAX(version) FROM reasons)
         LEFT JOIN checklists ON checklists.version = (SELECT MAX(version) FROM checklists)
         LEFT JOIN queue_policies policies ON policies.version = (SELECT MAX(version)
             FROM queue_policies)",
    )
    .fetch_one(conn)
    .await?;
    let reasons = row.reasons_version.zip(row.reasons);
    let checklists = row.checklists_version.zip(row.checklists);
    let policy = row.policy_version.zip(row.policy);
    Ok(InForce {
        rules: RuleSet {
            version: row.version.unwrap_or_default(),
            rules: row.rules.map(|rules| rules.0).unwrap_or_default(),
            blocks: row.blocks.map(|blocks| blocks.0).unwrap_or_default(),
            made_by: row.reviewer_name,
            made_at: row.made_at,
        },
        reasons: reasons.map(|(version, Json(reasons))| Reasons { version, ..reasons }).unwrap_or_default(),
        checklists: checklists.map(|(version, Json(lists))| Checklists { version, ..lists }).unwrap_or_default(),
        policy: policy.map(|(version, Json(policy))| Policy { version, ..policy }).unwrap_or_default(),
    })
}
