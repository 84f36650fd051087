//! The page of rules and policy.
use serde::{Deserialize, Serialize};

use crate::domain::checklist::Checklists;
use crate::domain::loosening::Waiting;
use crate::domain::queue::policy::Policy;
use crate::domain::reason::Reasons;
use crate::domain::rule::RuleSet;
use crate::domain::time::Timestamp;

/// The current countersign rules, and earlier versions of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesPage {
    pub current: RuleSet,
    pub earlier: Vec<RuleSet>,
    pub templates: Vec<(String, String)>,
    pub undo_seconds: u64,
    /// The number of reviewers who can decide: when there is only one, no second reviewer can countersign.
    pub analysts: usize,
    pub policy: Policy,
    pub checklists: Checklists,
    pub reasons: Reasons,
    /// Proposals to loosen rules or policy that wait for a second person.
    pub proposals: Vec<Waiting>,
    /// Who made the current policy, and when.
    pub policy_made: Option<(String, Timestamp)>,
    pub now: Timestamp,
}
