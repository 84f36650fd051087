//! What needs a second reviewer: rules that an admin edits. A set is never changed, an edit makes the next version, and a
//! decision names the version that it was asked of.
use serde::{Deserialize, Serialize};

use super::decision::Verdict;
use super::draw::Draw;
use super::evidence::Signal;
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
    /// Of those that all else applies to, this share in percent, drawn once for each subject ([`Draw`]).
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

pub const LONGEST_NAME: usize = 80;
pub const MOST_RULES: usize = 50;

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub template: Option<&'a str>,
    pub verdict: &'a Verdict,
    /// `None` when the evidence has not been read.
    pub signals: Option<&'a [Signal]>,
    pub declined_relation: Answer,
    pub draw: Draw<'a>,
}

/// What is known of a condition. Not knowing is never taken for a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Yes,
    No,
    NotKnown,
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl Answer {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotKnown => "not-known",
        }
    }
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
    #[error("No signal contains “{wanted}”, so the rule would never apply. {closest}")]
    UnknownSignal { wanted: String, closest: String },
    #[error("There is no template “{0}”: choose one from the list.")]
    UnknownTemplate(String),
}

/// A signal that the desk gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// What it is called, or the beginning of it.
    pub label: &'static str,
    /// Whether it is asked for so often that the queue offers it.
    pub offered: bool,
}

/// The queue offers it.
const fn often(label: &'static str) -> Known {
    Known { label, offered: true }
}

const fn known(label: &'static str) -> Known {
    Known { label, offered: false }
}

/// Signals that the desk gives, beside those that were seen already; a rule refers to a part of one. Those that the queue offers stand
/// first, in the order in which it does.
pub const SIGNALS: [Known; 38] = [
    often("Watchlist hit"),
    often("PEP"),
    often("Adverse media"),
    often("Document tampering"),
    often("Expired document"),
    often("Selfie mismatch"),
    often("Name mismatch"),
    often("Birthdate mismatch"),
    often("Address mismatch"),
    often("Shared device"),
    often("Shared phone"),
    often("VPN"),
    known("Screen or print"),
    known("Portrait blurry"),
    known("Liveness"),
    known("Age mismatch"),
    known("Compromised document"),
    known("Document not recognised"),
    known("Document mismatch"),
    known("Document too old"),
    known("Document type not allowed"),
    known("Country not allowed"),
    known("Differs from account"),
    known("Name not in database"),
    known("Address not in database"),
    known("Birthdate not in database"),
    known("Name incomplete"),
    known("Name not comparable"),
    known("Document number mismatch"),
    known("Country mismatch"),
    known("Phone mismatch"),
    known("E-mail mismatch"),
    known("Business mismatch"),
    known("Registration number mismatch"),
    known("Tor"),
    known("Proxy"),
    known("Data centre"),
    known("Shared address"),
];

/// From this share of pairs of letters in common on, a label may be the one that was meant.
const ALIKE: f64 = 0.4;

impl Rule {
    /// Refuses a rule that refers to what does not exist, because it would never apply. `signals` and `templates` are those that are
    /// known, templates by their ids.
    pub fn refers(&self, signals: &[String], templates: &[String]) -> Result<(), BadRule> {
        if let Some(template) = self.template.as_ref().filter(|wanted| !templates.contains(wanted)) {
            return Err(BadRule::UnknownTemplate(template.clone()));
        }
        let Some(wanted) = &self.signal else { return Ok(()) };
        let known = || SIGNALS.iter().map(|signal| signal.label.to_owned()).chain(signals.iter().cloned());
        let bare = folded(wanted);
        if !bare.is_empty() && known().any(|label| folded(&label).contains(&bare)) {
            return Ok(());
        }
        // A word in common, or most letters.
        let alike = |label: &str| {
            let label = folded(label);
            let shared = bare.split(' ').filter(|word| label.split(' ').any(|other| other == *word)).count();
            (shared, strsim::sorensen_dice(&bare, &label))
        };
        let mut ranked: Vec<((usize, f64), String)> = known().map(|label| (alike(&label), label)).collect();
        ranked.retain(|((shared, letters), _)| *shared > 0 || *letters >= ALIKE);
        ranked.sort_by(|(one, a), (other, b)| other.0.cmp(&one.0).then(other.1.total_cmp(&one.1)).then(a.cmp(b)));
        let mut ranked: Vec<String> = ranked.into_iter().map(|(_, label)| label).collect();
        ranked.dedup();
        ranked.truncate(3);
        let closest = match ranked.is_empty() {
            true => "Write a part of a signal as the queue shows it, such as “Watchlist hit”.".to_owned(),
            false => format!(
                "Did you mean {}?",
                ranked.iter().map(|label| format!("“{label}”")).collect::<Vec<_>>().join(" or ")
            ),
        };
        Err(BadRule::UnknownSignal { wanted: wanted.clone(), closest })
    }

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

    /// The rule's name when a second reviewer is needed, with what could not be read when that is the reason.
    fn wants(&self, facts: &Facts<'_>) -> Option<String> {
        let certain = self.template.as_deref().is_none_or(|template| facts.template == Some(template))
            && self.verdict.as_deref().is_none_or(|verdict| facts.verdict.as_str() == verdict)
            && self.share.is_none_or(|share| facts.draw.within(&self.name, share));
        let signal = match (&self.signal, facts.signals) {
            (None, _) => Answer::Yes,
            (Some(_), None) => Answer::NotKnown,
            (Some(wanted), Some(signals)) => {
                let wanted = folded(wanted);
                signals.iter().any(|signal| folded(&signal.label).contains(&wanted)).into()
            }
        };
        let relation = if self.declined_relation { facts.declined_relation } else { Answer::Yes };
        if !certain || [signal, relation].contains(&Answer::No) {
            return None;
        }
        let unread = [(signal, "evidence could not be read"), (relation, "relations could not be read")];
        let unread: Vec<&str> =
            unread.into_iter().filter(|(answer, _)| *answer == Answer::NotKnown).map(|(_, what)| what).collect();
        Some(if unread.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, unread.join(", ")) })
    }

    /// A share whose draw counts for this decision, by the rule's name.
    fn drawn(&self, facts: &Facts<'_>) -> Option<String> {
        self.share.map(|share| {
            format!("{}: {} of 10000, below {}", self.name, facts.draw.number(&self.name), u16::from(share) * 100)
        })
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

    /// Whether any rule applies to a share only.
    pub fn draws(&self) -> bool {
        self.rules.iter().any(|rule| rule.share.is_some())
    }

    /// Names of the rules that want a second reviewer.
    pub fn wanting(&self, facts: &Facts<'_>) -> Vec<String> {
        self.rules.iter().filter_map(|rule| rule.wants(facts)).collect()
    }

    /// The draws of all rules with a share, for the log.
    pub fn drawn(&self, facts: &Facts<'_>) -> Vec<String> {
        self.rules.iter().filter_map(|rule| rule.drawn(facts)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::Tone;

    fn facts<'a>(verdict: &'a Verdict, signals: &'a [Signal]) -> Facts<'a> {
        let draw = Draw { key: &[7; 32], kind: "inquiry", id: "inq_1" };
        Facts { template: Some("itmpl_1"), verdict, signals: Some(signals), declined_relation: Answer::No, draw }
    }

    fn set(rules: Vec<Rule>) -> RuleSet {
        RuleSet { rules, ..RuleSet::none() }
    }

    fn rule(name: &str) -> Rule {
        Rule { name: name.into(), ..Rule::default() }
    }

    #[test]
    fn all_conditions_of_one_rule_and_any_of_several() {
        let pep = [Signal { tone: Tone::Warn, label: "PEP".into() }];
        let approve_pep = Rule { verdict: Some("approve".into()), signal: Some("pep".into()), ..rule("approve a PEP") };
        let declines = Rule { verdict: Some("decline".into()), ..rule("declines") };
        let rules = set(vec![approve_pep, declines]);
        assert_eq!(rules.wanting(&facts(&Verdict::Approve, &pep)), ["approve a PEP"]);
        assert!(rules.wanting(&facts(&Verdict::Approve, &[])).is_empty());
        assert_eq!(rules.wanting(&facts(&Verdict::Decline, &pep)), ["declines"]);
        let near = set(vec![Rule { declined_relation: true, ..rule("near") }]);
        assert!(near.wanting(&facts(&Verdict::Approve, &[])).is_empty());
        let related = Facts { declined_relation: Answer::Yes, ..facts(&Verdict::Approve, &[]) };
        assert_eq!(near.wanting(&related), ["near"]);
        let other = set(vec![Rule { template: Some("itmpl_2".into()), ..rule("other template") }]);
        assert!(other.wanting(&facts(&Verdict::Approve, &[])).is_empty());
    }

    #[test]
    fn what_is_not_known_needs_a_second_reviewer() {
        let rules = set(vec![
            Rule { signal: Some("pep".into()), ..rule("PEP") },
            Rule { declined_relation: true, ..rule("near") },
            Rule {
                signal: Some("pep".into()),
                declined_relation: true,
                verdict: Some("decline".into()),
                ..rule("both")
            },
        ]);
        let unread = Facts { signals: None, declined_relation: Answer::NotKnown, ..facts(&Verdict::Decline, &[]) };
        let wanted = [
            "PEP (evidence could not be read)",
            "near (relations could not be read)",
            "both (evidence could not be read, relations could not be read)",
        ];
        assert_eq!(rules.wanting(&unread), wanted);
        // A condition that is known not to hold ends it, whatever else is not known.
        let no_pep = Facts { declined_relation: Answer::NotKnown, ..facts(&Verdict::Decline, &[]) };
        assert_eq!(rules.wanting(&no_pep), ["near (relations could not be read)"]);
        let approve = Facts { signals: None, declined_relation: Answer::No, ..facts(&Verdict::Approve, &[]) };
        assert_eq!(rules.wanting(&approve), ["PEP (evidence could not be read)"]);
    }

    #[test]
    fn a_share_of_all_is_all_and_the_draw_is_told_to_the_log() {
        let all = set(vec![Rule { share: Some(100), ..rule("all") }]);
        let made = facts(&Verdict::Approve, &[]);
        assert_eq!(all.wanting(&made), ["all"]);
        assert_eq!(all.drawn(&made), [format!("all: {} of 10000, below 10000", made.draw.number("all"))]);
    }

    #[test]
    fn a_rule_that_can_never_apply_is_refused() {
        let with = |signal: &str| Rule { signal: Some(signal.into()), ..rule("x") };
        let refers = |rule: Rule| rule.refers(&["Brand new thing".into()], &["itmpl_1".into()]);
        for fine in ["pep", "Watchlist", "name mismatch", "new thing"] {
            assert_eq!(refers(with(fine)), Ok(()), "{fine}");
        }
        let said = refers(with("sanctions hit")).map_err(|bad| bad.to_string());
        assert!(said.as_ref().is_err_and(|text| text.contains("“Watchlist hit”")), "{said:?}");
        let said = refers(with("zzz")).map_err(|bad| bad.to_string());
        assert!(said.as_ref().is_err_and(|text| text.contains("as the queue shows it")), "{said:?}");
        let template = |id: &str| Rule { template: Some(id.into()), ..rule("x") };
        assert_eq!(refers(template("itmpl_1")), Ok(()));
        assert_eq!(refers(template("itmpl_2")), Err(BadRule::UnknownTemplate("itmpl_2".into())));
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
