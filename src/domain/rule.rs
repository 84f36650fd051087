//! What needs a second reviewer: rules that an admin edits. A set is never changed, an edit makes the next version, and a
//! decision names the version that it was asked of.
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::decision::Verdict;
use super::evidence::Signal;
use super::id::DecisionId;
use super::text::folded;
use super::time::Timestamp;

/// One rule: all its conditions together. Of several rules each is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub name: String,
    /// Persona's id of the inquiry template.
    pub template: Option<String>,
    /// `approve`, `decline`, `mark-for-review` or `set-status`
    pub verdict: Option<String>,
    /// Part of a signal's label, however it is spelled.
    pub signal: Option<String>,
    /// An account within two hops was declined.
    pub declined_relation: bool,
    /// Of those that all else applies to, this share in percent, drawn by the decision's number.
    pub share: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSet {
    /// 0 before anybody made one.
    pub version: i64,
    pub rules: Vec<Rule>,
    pub made_by: Option<String>,
    pub made_at: Option<Timestamp>,
}

/// Hops over which a declined relation counts.
pub const HOPS: u32 = 2;
pub const LONGEST_NAME: usize = 80;
pub const MOST_RULES: usize = 50;

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub template: Option<&'a str>,
    pub verdict: &'a Verdict,
    pub signals: &'a [Signal],
    pub declined_relation: bool,
    pub decision: DecisionId,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    #[error("Give the rule a name of 1 to 80 characters: it stands in the log of every decision that it holds up.")]
    Name,
    #[error("There is a rule of that name already.")]
    Twice,
    #[error("Choose at least one condition. To countersign everything, choose a share of 100 percent.")]
    Empty,
    #[error("A share is 1 to 100 percent.")]
    Share,
    #[error("The verdict is approve, decline, mark-for-review or set-status.")]
    Verdict,
    #[error("More than 50 rules cannot be kept in anybody's head.")]
    TooMany,
}

impl Rule {
    pub fn check(&self) -> Result<(), BadRule> {
        if !(1..=LONGEST_NAME).contains(&self.name.trim().chars().count()) {
            return Err(BadRule::Name);
        }
        if self.share.is_some_and(|share| !(1..=100).contains(&share)) {
            return Err(BadRule::Share);
        }
        if self.verdict.as_deref().is_some_and(|verdict| Verdict::parse(verdict, Some("")).is_none()) {
            return Err(BadRule::Verdict);
        }
        let empty = self.template.is_none()
            && self.verdict.is_none()
            && self.signal.is_none()
            && !self.declined_relation
            && self.share.is_none();
        if empty { Err(BadRule::Empty) } else { Ok(()) }
    }

    fn applies(&self, facts: &Facts<'_>) -> bool {
        let signal = |wanted: &String| {
            let wanted = folded(wanted);
            facts.signals.iter().any(|signal| folded(&signal.label).contains(&wanted))
        };
        self.template.as_deref().is_none_or(|template| facts.template == Some(template))
            && self.verdict.as_deref().is_none_or(|verdict| facts.verdict.as_str() == verdict)
            && self.signal.as_ref().is_none_or(signal)
            && (!self.declined_relation || facts.declined_relation)
            && self.share.is_none_or(|share| drawn(facts.decision, &self.name) < u16::from(share) * 100)
    }

    /// In words: `decline · signal "PEP" · 5 % of them`.
    pub fn conditions(&self, template_name: impl Fn(&str) -> Option<String>) -> String {
        let template =
            self.template.as_ref().map(|id| format!("template {}", template_name(id).unwrap_or_else(|| id.clone())));
        let verdict = self.verdict.as_ref().map(|verdict| format!("verdict {}", verdict.replace('-', " ")));
        let signal = self.signal.as_ref().map(|signal| format!("signal “{signal}”"));
        let relation = self.declined_relation.then(|| "a declined account within two hops".to_owned());
        let share = self.share.map(|share| format!("{share} % of them"));
        [template, verdict, signal, relation, share].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// A share as typed: empty for none. `None` when it is no percentage.
pub fn share(text: &str) -> Option<Option<u8>> {
    match text.trim() {
        "" => Some(None),
        number => number.parse().ok().filter(|share| (1..=100).contains(share)).map(Some),
    }
}

/// 0 to 9999, the same for the same decision whoever draws: an auditor can draw again.
pub(super) fn drawn(decision: DecisionId, rule: &str) -> u16 {
    let hash = Sha256::digest(format!("{decision} {rule}"));
    let value = u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]]);
    u16::try_from(value % 10_000).unwrap_or(0)
}

impl RuleSet {
    /// Before anybody made rules: nothing needs a second reviewer.
    pub const fn none() -> Self {
        Self { version: 0, rules: Vec::new(), made_by: None, made_at: None }
    }

    pub fn check(&self) -> Result<(), BadRule> {
        if self.rules.len() > MOST_RULES {
            return Err(BadRule::TooMany);
        }
        for (index, rule) in self.rules.iter().enumerate() {
            rule.check()?;
            if self.rules.iter().take(index).any(|other| other.name.eq_ignore_ascii_case(&rule.name)) {
                return Err(BadRule::Twice);
            }
        }
        Ok(())
    }

    /// Whether any rule asks who is related to whom, which costs queries.
    pub fn asks_relations(&self) -> bool {
        self.rules.iter().any(|rule| rule.declined_relation)
    }

    /// Names of the rules that want a second reviewer.
    pub fn wanting(&self, facts: &Facts<'_>) -> Vec<String> {
        self.rules.iter().filter(|rule| rule.applies(facts)).map(|rule| rule.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::Tone;
    use uuid::Uuid;

    fn facts<'a>(verdict: &'a Verdict, signals: &'a [Signal], n: u128) -> Facts<'a> {
        let decision = DecisionId(Uuid::from_u128(n));
        Facts { template: Some("itmpl_1"), verdict, signals, declined_relation: false, decision }
    }

    fn set(rules: Vec<Rule>) -> RuleSet {
        RuleSet { rules, ..RuleSet::none() }
    }

    #[test]
    fn all_conditions_of_one_rule_and_any_of_several() {
        let pep = [Signal { tone: Tone::Warn, label: "PEP".into() }];
        let rule = |name: &str| Rule { name: name.into(), ..Rule::default() };
        let approve_pep = Rule { verdict: Some("approve".into()), signal: Some("pep".into()), ..rule("approve a PEP") };
        let declines = Rule { verdict: Some("decline".into()), ..rule("declines") };
        let rules = set(vec![approve_pep, declines]);
        assert_eq!(rules.wanting(&facts(&Verdict::Approve, &pep, 1)), ["approve a PEP"]);
        assert!(rules.wanting(&facts(&Verdict::Approve, &[], 1)).is_empty());
        assert_eq!(rules.wanting(&facts(&Verdict::Decline, &pep, 1)), ["declines"]);
        let near = set(vec![Rule { declined_relation: true, ..rule("near") }]);
        assert!(near.wanting(&facts(&Verdict::Approve, &[], 1)).is_empty());
        let related = Facts { declined_relation: true, ..facts(&Verdict::Approve, &[], 1) };
        assert_eq!(near.wanting(&related), ["near"]);
        let other = set(vec![Rule { template: Some("itmpl_2".into()), ..rule("other template") }]);
        assert!(other.wanting(&facts(&Verdict::Approve, &[], 1)).is_empty());
    }

    #[test]
    fn a_share_is_near_its_percentage_and_the_same_when_drawn_again() {
        let rules = set(vec![Rule { name: "quality".into(), share: Some(10), ..Rule::default() }]);
        let drawn = |n: u128| !rules.wanting(&facts(&Verdict::Approve, &[], n)).is_empty();
        let found = (0..10_000).filter(|n| drawn(*n)).count();
        assert!((900..1100).contains(&found), "{found}");
        assert!((0..100).all(|n| drawn(n) == drawn(n)));
        let all = set(vec![Rule { name: "all".into(), share: Some(100), ..Rule::default() }]);
        assert!((0..100).all(|n| !all.wanting(&facts(&Verdict::Approve, &[], n)).is_empty()));
    }

    #[test]
    fn a_rule_that_says_nothing_is_refused() {
        let named = Rule { name: "x".into(), ..Rule::default() };
        assert_eq!(named.check(), Err(BadRule::Empty));
        assert_eq!(Rule { name: " ".into(), share: Some(5), ..Rule::default() }.check(), Err(BadRule::Name));
        assert_eq!(Rule { share: Some(101), ..named.clone() }.check(), Err(BadRule::Share));
        assert_eq!(Rule { verdict: Some("maybe".into()), ..named.clone() }.check(), Err(BadRule::Verdict));
        let fine = Rule { share: Some(5), ..named };
        assert_eq!(set(vec![fine.clone(), fine]).check(), Err(BadRule::Twice));
    }
}
