//! Changes of rules and policy after which more decisions pass with one reviewer. One person proposes them, another
//! confirms.
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::block::BlockCode;
use super::queue::policy::Policy;
use super::rule::{Rule, RuleSet};
use super::time::Timestamp;

/// If no second person could confirm it, a change takes effect after this time.
pub const ALONE_AFTER: Duration = Duration::from_secs(24 * 3600);

/// What is loosened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Loosening {
    /// A rule is removed.
    Rule { rule: Rule },
    /// Approvals are no longer refused for these.
    Blocks { blocks: Vec<BlockCode> },
    /// A smaller share of decisions gets a blind review, in percent.
    Blind { from: u8, to: u8 },
}

impl Loosening {
    /// The change in words, for the page and the log.
    pub fn said(&self) -> String {
        match self {
            Self::Rule { rule } => format!("Remove the rule “{}” ({})", rule.name, rule.conditions(|_| None)),
            Self::Blocks { blocks } => {
                let labels: Vec<&str> = blocks.iter().map(|block| block.label()).collect();
                format!("No longer refuse an approval when: {}", labels.join("; "))
            }
            Self::Blind { from, to } => format!("Judge {to} instead of {from} of 100 decisions once more, blind"),
        }
    }

    /// The next version of the rules. `None` if what is loosened has changed since the proposal.
    pub fn without(&self, set: &RuleSet) -> Option<RuleSet> {
        let mut next = RuleSet { version: set.version + 1, ..set.clone() };
        match self {
            Self::Rule { rule } => next.rules.retain(|known| known != rule),
            Self::Blocks { blocks } => {
                if !blocks.iter().all(|block| set.blocks.contains(block)) {
                    return None;
                }
                next.blocks.retain(|block| !blocks.contains(block));
            }
            Self::Blind { .. } => return None,
        }
        (next.rules != set.rules || next.blocks != set.blocks).then_some(next)
    }

    /// The next version of the policy, in the same way.
    pub fn lowered(&self, policy: &Policy) -> Option<Policy> {
        match self {
            Self::Blind { from, to } if policy.blind == *from => {
                Some(Policy { version: policy.version + 1, blind: *to, ..policy.clone() })
            }
            _ => None,
        }
    }
}

/// A proposal that waits, as the page of rules shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub id: String,
    pub said: String,
    pub by: String,
    pub at: Timestamp,
    /// Whether the reader proposed it.
    pub own: bool,
    /// When it takes effect without confirmation, because no second person can confirm it.
    pub alone_at: Option<Timestamp>,
    /// Who agreed, but could also use the proposer's account, so that it takes effect only after a day.
    pub agreed_by: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_proposed_is_given_up() {
        let rule = |share| Rule { name: "Declines".into(), verdict: Some("decline".into()), share, ..Rule::default() };
        let set = RuleSet { version: 3, rules: vec![rule(None)], blocks: vec![BlockCode::Hits], ..RuleSet::none() };
        let next = Loosening::Rule { rule: rule(None) }.without(&set);
        assert_eq!(next.map(|next| (next.version, next.rules.len(), next.blocks.len())), Some((4, 0, 1)));
        assert_eq!(Loosening::Rule { rule: rule(Some(5)) }.without(&set), None, "another rule of that name");
        let blocks = |blocks| Loosening::Blocks { blocks }.without(&set);
        assert_eq!(blocks(vec![BlockCode::Hits]).map(|next| next.blocks.len()), Some(0));
        assert_eq!(blocks(vec![BlockCode::Hits, BlockCode::FailedChecks]), None);
        let policy = Policy { blind: 20, ..Policy::default() };
        assert_eq!(Loosening::Blind { from: 20, to: 5 }.lowered(&policy).map(|next| next.blind), Some(5));
        assert_eq!(Loosening::Blind { from: 30, to: 5 }.lowered(&policy), None);
    }
}
