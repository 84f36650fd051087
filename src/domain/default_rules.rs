//! The rules of a new installation: an organisation loosens them knowingly, and does not have to think of them first.
use super::block::BlockCode;
use super::rule::{EITHER, Rule, RuleSet};

/// Countries subject to a call for action by the FATF: North Korea, Iran and Myanmar.
/// Source: FATF, "High-Risk Jurisdictions subject to a Call for Action", as of 24 October 2025,
/// <https://www.fatf-gafi.org/en/countries/black-and-grey-lists.html>.
/// The FATF updates it in February, June and October.
pub const CALL_FOR_ACTION: [&str; 3] = ["KP", "IR", "MM"];

/// The author of the default rules, in place of a person's name.
pub const MADE_BY: &str = "Countersign (defaults of a new installation)";

impl RuleSet {
    /// The first version of a new installation.
    pub fn defaults() -> Self {
        let rule = |name: &str, verdict: &str| Rule {
            name: name.to_owned(),
            verdict: Some(verdict.to_owned()),
            ..Rule::default()
        };
        let rules = vec![
            Rule { hit: true, ..rule("Screening hit", EITHER) },
            Rule { countries: CALL_FOR_ACTION.map(str::to_owned).to_vec(), ..rule("High-risk country", EITHER) },
            Rule { declined_relation: true, ..rule("Declined account near", EITHER) },
            Rule { failed_check: true, ..rule("Approval against a failed check", "approve") },
            // When an organisation decides on cases, the status of a case is the decision.
            Rule { hit: true, ..rule("Status of a case with a hit", "set-status") },
        ];
        let blocks = vec![BlockCode::OpenDifferences];
        Self { version: 1, rules, blocks, made_by: Some(MADE_BY.to_owned()), made_at: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::condition::{ConditionAnswer, Facts};
    use crate::domain::decision::Verdict;
    use crate::domain::draw::Draw;

    #[test]
    fn they_can_be_stored_and_hold_up_what_they_are_for() {
        let rules = RuleSet::defaults();
        assert_eq!(rules.check(), Ok(()));
        let draw = Draw { key: &[7; 32], kind: "inquiry", id: "inq_1" };
        let wanting = |verdict: Verdict, facts: &Facts| rules.wanting(&verdict, facts, &draw).len();
        for verdict in [Verdict::Approve, Verdict::Decline, Verdict::MarkForReview] {
            assert_eq!(wanting(verdict, &Facts::of_nothing()), 0);
        }
        let hit = Facts { hit: ConditionAnswer::Yes, ..Facts::of_nothing() };
        let near = Facts { declined_relation: ConditionAnswer::Yes, ..Facts::of_nothing() };
        let failed = Facts { failed_check: ConditionAnswer::Yes, ..Facts::of_nothing() };
        for facts in [&hit, &near] {
            assert_eq!((wanting(Verdict::Approve, facts), wanting(Verdict::Decline, facts)), (1, 1));
            assert_eq!(wanting(Verdict::MarkForReview, facts), 0);
        }
        assert_eq!((wanting(Verdict::Approve, &failed), wanting(Verdict::Decline, &failed)), (1, 0));
        let status = || Verdict::SetStatus { status: "Cleared".to_owned() };
        assert_eq!(
            (wanting(status(), &hit), wanting(status(), &near), wanting(status(), &Facts::of_nothing())),
            (1, 0, 0)
        );
        assert_eq!(wanting(status(), &Facts::of(None, None, &[])), 1, "a case of which nothing was read");
        // Before anything was read, each rule asks.
        assert_eq!(wanting(Verdict::Approve, &Facts::of(None, None, &[])), 4);
    }
}
