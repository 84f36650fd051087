//! What needs a second reviewer: rules that an admin edits. One file, so that each condition of a rule is checked,
//! answered and put into words in one place. A set is never changed: an edit makes the next version, and a decision
//! names the version that was applied to it.
use serde::{Deserialize, Serialize};

use super::block::BlockCode;
use super::comparison::country_code;
use super::condition::{ConditionAnswer, Facts};
use super::decision::Verdict;
use super::draw::Draw;
use super::signal::label_key;
use super::time::Timestamp;

/// One rule. All its conditions must hold; of several rules, one is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub name: String,
    /// Persona's id of the inquiry template.
    pub template: Option<String>,
    /// `approve`, `decline`, `approve-or-decline`, `mark-for-review` or `set-status`
    pub verdict: Option<String>,
    /// A part of a signal's label, in any spelling.
    pub signal: Option<String>,
    /// An account within two hops was declined.
    pub declined_relation: bool,
    /// A screening report has a match: a watchlist, a PEP list, adverse media, a crypto address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hit: bool,
    /// A required check or a verification failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed_check: bool,
    /// Alpha-2 codes. A country of the person, a document or a session must be one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// Of the decisions that all else applies to, this share in percent, drawn once for each subject ([`Draw`]).
    pub share: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSet {
    /// 0 before the first version.
    pub version: i64,
    pub rules: Vec<Rule>,
    /// What an approval is refused for.
    #[serde(default)]
    pub blocks: Vec<BlockCode>,
    pub made_by: Option<String>,
    pub made_at: Option<Timestamp>,
}

pub const LONGEST_NAME: usize = 80;
pub const MOST_RULES: usize = 50;

/// A rule that asks, or may ask, for a second reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    pub rule: String,
    /// What is not known, if that is the reason.
    pub unknown: Vec<String>,
    /// Only this share in percent is drawn.
    pub share: Option<u8>,
}

impl Ask {
    /// The text in decisions and in the log.
    pub fn text(&self) -> String {
        match self.unknown.is_empty() {
            true => self.rule.clone(),
            false => format!("{} ({})", self.rule, self.unknown.join(", ")),
        }
    }

    pub const fn certain(&self) -> bool {
        matches!(self.share, None | Some(100..))
    }
}

/// The verdict of a rule that applies to both approve and decline.
pub const EITHER: &str = "approve-or-decline";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    #[error(
        "Give the rule a name of 1 to 80 characters. The log records the name with every decision that needs a second reviewer because of the rule."
    )]
    Name,
    #[error("A rule with this name already exists. Choose another name.")]
    Twice,
    #[error("Choose at least one condition. To have everything countersigned, choose a share of 100 percent.")]
    Empty,
    #[error("A share must be 1 to 100 percent.")]
    Share,
    #[error("The verdict must be approve, decline, approve-or-decline, mark-for-review or set-status.")]
    Verdict,
    #[error("At most 50 rules. Remove one first.")]
    TooMany,
    #[error("No signal contains “{wanted}”, so the rule would never apply. {closest}")]
    UnknownSignal { wanted: String, closest: String },
    #[error("“{0}” is not a country. Write alpha-2 codes or names, separated by commas: KP, IR, MM.")]
    Country(String),
    #[error("There is no template “{0}”. Choose one from the list.")]
    UnknownTemplate(String),
}

/// A signal that the desk can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownSignal {
    /// Its label, or the beginning of it.
    pub label: &'static str,
    /// Whether the queue offers it as a filter, because it is often wanted.
    pub offered: bool,
}

/// A signal that the queue offers.
const fn often(label: &'static str) -> KnownSignal {
    KnownSignal { label, offered: true }
}

const fn known(label: &'static str) -> KnownSignal {
    KnownSignal { label, offered: false }
}

/// Signals that the desk can give, besides those already seen. A rule refers to a part of one. Those that the queue
/// offers come first, in its order.
pub const SIGNALS: [KnownSignal; 41] = [
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
    known("Name not submitted"),
    known("Name not on the document"),
    known("Birthdate not on the document"),
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

/// From this share of common pairs of letters on, a label may be the one that was meant.
const ALIKE: f64 = 0.4;

impl Rule {
    /// Refuses a rule that refers to something that does not exist, because it would never apply. `signals` and
    /// `templates` are the known ones; templates by their ids.
    pub fn refers(&self, signals: &[String], templates: &[String]) -> Result<(), BadRule> {
        if let Some(template) = self.template.as_ref().filter(|wanted| !templates.contains(wanted)) {
            return Err(BadRule::UnknownTemplate(template.clone()));
        }
        let Some(wanted) = &self.signal else { return Ok(()) };
        let known = || SIGNALS.iter().map(|signal| signal.label.to_owned()).chain(signals.iter().cloned());
        let bare = label_key(wanted);
        if !bare.is_empty() && known().any(|label| label_key(&label).contains(&bare)) {
            return Ok(());
        }
        // By words in common, then by letters in common.
        let alike = |label: &str| {
            let label = label_key(label);
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
            true => "Write a part of a signal's label as the queue shows it, such as “Watchlist hit”.".to_owned(),
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
        if self
            .verdict
            .as_deref()
            .is_some_and(|verdict| verdict != EITHER && Verdict::parse(verdict, Some("")).is_none())
        {
            return Err(BadRule::Verdict);
        }
        if let Some(code) = self.countries.iter().find(|code| country_code(code) != Some(code)) {
            return Err(BadRule::Country(code.clone()));
        }
        let bare = Self { name: self.name.clone(), ..Self::default() };
        let empty = *self == bare;
        if empty { Err(BadRule::Empty) } else { Ok(()) }
    }

    fn is_for(&self, verdict: &Verdict) -> bool {
        self.verdict.as_deref().is_none_or(|wanted| match wanted {
            EITHER => matches!(verdict, Verdict::Approve | Verdict::Decline),
            one => verdict.as_str() == one,
        })
    }

    /// Whether the rule asks for a second reviewer, before its share is drawn.
    fn asks(&self, verdict: &Verdict, facts: &Facts) -> Option<Ask> {
        if !self.is_for(verdict) {
            return None;
        }
        let asked = |is: bool, answer: &dyn Fn() -> ConditionAnswer| if is { answer() } else { ConditionAnswer::Yes };
        let answers = [
            // A case has the templates of its inquiries.
            (
                self.template.as_ref().map_or(ConditionAnswer::Yes, |wanted| facts.templates.among(wanted)),
                "inquiry template not known",
            ),
            (
                self.signal.as_ref().map_or(ConditionAnswer::Yes, |wanted| facts.signal(wanted)),
                match facts.signals {
                    Some(_) => "evidence not finished",
                    None => "evidence could not be read",
                },
            ),
            (asked(self.hit, &|| facts.hit), "no screening, or not finished, or not assessed"),
            (asked(self.failed_check, &|| facts.failed_check), "checks not finished or not understood"),
            (asked(!self.countries.is_empty(), &|| facts.countries.among(&self.countries)), "country not known"),
            (asked(self.declined_relation, &|| facts.declined_relation), "not all relations read"),
        ];
        if answers.iter().any(|(answer, _)| *answer == ConditionAnswer::No) {
            return None;
        }
        let unknown = answers.into_iter().filter(|(answer, _)| *answer == ConditionAnswer::NotKnown);
        let unknown = unknown.map(|(_, what)| what.to_owned()).collect();
        Some(Ask { rule: self.name.clone(), unknown, share: self.share })
    }

    /// The draw of a share for this decision, with the name of the rule.
    fn drawn(&self, draw: &Draw<'_>) -> Option<String> {
        self.share.map(|share| {
            format!("{}: {} of 10000, below {}", self.name, draw.number(&self.name), u16::from(share) * 100)
        })
    }

    /// In words: `decline · signal "PEP" · 5 % of them`.
    pub fn conditions(&self, template_name: impl Fn(&str) -> Option<String>) -> String {
        let template =
            self.template.as_ref().map(|id| format!("template {}", template_name(id).unwrap_or_else(|| id.clone())));
        let verdict = self.verdict.as_ref().map(|verdict| format!("verdict {}", verdict.replace('-', " ")));
        let signal = self.signal.as_ref().map(|signal| format!("signal “{signal}”"));
        let relation = self.declined_relation.then(|| "a declined account within two hops".to_owned());
        let hit = self.hit.then(|| "a screening hit".to_owned());
        let failed = self.failed_check.then(|| "a required check failed".to_owned());
        let country =
            (!self.countries.is_empty()).then(|| format!("one of these countries: {}", self.countries.join(", ")));
        let share = self.share.map(|share| format!("{share}% of these decisions"));
        [template, verdict, signal, hit, failed, country, relation, share]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
    }
}

/// Parses countries by code or name. Anything else is an error.
pub fn countries(text: &str) -> Result<Vec<String>, BadRule> {
    if country_code(text).is_some_and(|_| !text.trim().is_empty()) {
        return Ok(country_code(text).map(str::to_owned).into_iter().collect());
    }
    let parts = text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let mut codes = Vec::new();
    for part in parts {
        let code = country_code(part).ok_or_else(|| BadRule::Country(part.to_owned()))?.to_owned();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

/// Parses a share: empty for none. `None` if it is not a percentage.
pub fn share(text: &str) -> Option<Option<u8>> {
    match text.trim() {
        "" => Some(None),
        number => number.parse().ok().filter(|share| (1..=100).contains(share)).map(Some),
    }
}

impl RuleSet {
    /// Before the first version: nothing needs a second reviewer.
    pub const fn none() -> Self {
        Self { version: 0, rules: Vec::new(), blocks: Vec::new(), made_by: None, made_at: None }
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

    /// Whether a rule for this verdict looks at the evidence.
    pub fn look_at_evidence(&self, verdict: &Verdict) -> bool {
        self.rules.iter().any(|rule| {
            let asks = rule.hit || rule.failed_check || rule.declined_relation || rule.signal.is_some();
            (asks || rule.template.is_some() || !rule.countries.is_empty()) && rule.is_for(verdict)
        })
    }

    /// Whether any rule asks for relations, which costs queries.
    pub fn asks_relations(&self) -> bool {
        self.rules.iter().any(|rule| rule.declined_relation)
    }

    /// Whether any rule asks for countries.
    pub fn asks_countries(&self) -> bool {
        self.rules.iter().any(|rule| !rule.countries.is_empty())
    }

    /// Whether any rule asks for failed checks.
    pub fn asks_checks(&self) -> bool {
        self.rules.iter().any(|rule| rule.failed_check)
    }

    /// Whether any rule applies to a share only.
    pub fn draws(&self) -> bool {
        self.rules.iter().any(|rule| rule.share.is_some())
    }

    /// Rules that ask, or may ask, for a second reviewer of this verdict.
    pub fn asking(&self, verdict: &Verdict, facts: &Facts) -> Vec<Ask> {
        self.rules.iter().filter_map(|rule| rule.asks(verdict, facts)).collect()
    }

    /// Rules that do, after their shares are drawn, in the text of decisions and the log.
    pub fn wanting(&self, verdict: &Verdict, facts: &Facts, draw: &Draw<'_>) -> Vec<String> {
        let asking = self.asking(verdict, facts).into_iter();
        asking.filter(|ask| ask.share.is_none_or(|share| draw.within(&ask.rule, share))).map(|ask| ask.text()).collect()
    }

    /// The draws of all rules with a share, for the log.
    pub fn drawn(&self, draw: &Draw<'_>) -> Vec<String> {
        self.rules.iter().filter_map(|rule| rule.drawn(draw)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::condition::Templates;
    use crate::domain::evidence::{Signal, Tone};

    const DRAW: Draw<'static> = Draw { key: &[7; 32], kind: "inquiry", id: "inq_1" };

    fn facts(signals: &[Signal]) -> Facts {
        Facts {
            templates: Templates::of(Some("itmpl_1".into())),
            signals: Some(signals.to_vec()),
            ..Facts::of_nothing()
        }
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
        let wanting = |rules: &RuleSet, verdict, facts: &Facts| rules.wanting(&verdict, facts, &DRAW);
        assert_eq!(wanting(&rules, Verdict::Approve, &facts(&pep)), ["approve a PEP"]);
        assert!(wanting(&rules, Verdict::Approve, &facts(&[])).is_empty());
        assert_eq!(wanting(&rules, Verdict::Decline, &facts(&pep)), ["declines"]);
        let near = set(vec![Rule { declined_relation: true, ..rule("near") }]);
        assert!(wanting(&near, Verdict::Approve, &facts(&[])).is_empty());
        let related = Facts { declined_relation: ConditionAnswer::Yes, ..facts(&[]) };
        assert_eq!(wanting(&near, Verdict::Approve, &related), ["near"]);
        let other = set(vec![Rule { template: Some("itmpl_2".into()), ..rule("other template") }]);
        assert!(wanting(&other, Verdict::Approve, &facts(&[])).is_empty());
        let either = set(vec![Rule { verdict: Some(EITHER.into()), ..rule("either") }]);
        assert_eq!(wanting(&either, Verdict::Decline, &facts(&[])), ["either"]);
        assert!(wanting(&either, Verdict::MarkForReview, &facts(&[])).is_empty());
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
            Rule { hit: true, ..rule("hit") },
            Rule { failed_check: true, ..rule("failed") },
            Rule { countries: vec!["IR".into()], ..rule("country") },
            Rule { template: Some("itmpl_1".into()), ..rule("template") },
        ]);
        let unread = Facts::of(None, None, &[]);
        let wanted = [
            "PEP (evidence could not be read)",
            "near (not all relations read)",
            "both (evidence could not be read, not all relations read)",
            "hit (no screening, or not finished, or not assessed)",
            "failed (checks not finished or not understood)",
            "country (country not known)",
            "template (inquiry template not known)",
        ];
        assert_eq!(rules.wanting(&Verdict::Decline, &unread, &DRAW), wanted);
        // A condition that is known not to hold excludes the rule, whatever else is not known.
        let other = Templates::of(Some("itmpl_2".into()));
        let no_pep = Facts { declined_relation: ConditionAnswer::NotKnown, templates: other, ..facts(&[]) };
        assert_eq!(rules.wanting(&Verdict::Decline, &no_pep, &DRAW), ["near (not all relations read)"]);
        let approve = Facts { signals: None, templates: no_pep.templates, ..facts(&[]) };
        assert_eq!(rules.wanting(&Verdict::Approve, &approve, &DRAW), ["PEP (evidence could not be read)"]);
    }

    #[test]
    fn a_share_of_all_is_all_and_the_draw_is_told_to_the_log_alone() {
        let of = |share| set(vec![Rule { share: Some(share), ..rule("all") }]);
        assert_eq!(of(100).wanting(&Verdict::Approve, &facts(&[]), &DRAW), ["all"]);
        assert_eq!(of(100).drawn(&DRAW), [format!("all: {} of 10000, below 10000", DRAW.number("all"))]);
        // What is said in advance is the same, whether it is drawn or not.
        let ask = Ask { rule: "all".into(), unknown: vec![], share: Some(1) };
        assert_eq!(of(1).asking(&Verdict::Approve, &facts(&[])), std::slice::from_ref(&ask));
        assert!(!ask.certain() && Ask { share: Some(100), ..ask }.certain());
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
    fn countries_are_typed_by_code_or_name() {
        assert_eq!(countries(" kp, Iran; MMR,IR "), Ok(vec!["KP".to_owned(), "IR".into(), "MM".into()]));
        assert_eq!(countries(""), Ok(vec![]));
        assert_eq!(countries("KP, Atlantis"), Err(BadRule::Country("Atlantis".into())));
        let stored = Rule { countries: vec!["Iran".into()], ..rule("x") };
        assert_eq!(stored.check(), Err(BadRule::Country("Iran".into())));
    }

    #[test]
    fn a_rule_of_before_reads_as_it_was() {
        let old =
            r#"{"name":"x","template":null,"verdict":"decline","signal":null,"declined_relation":false,"share":null}"#;
        let read: Rule = serde_json::from_str(old).unwrap_or_default();
        assert_eq!(read, Rule { verdict: Some("decline".into()), ..rule("x") });
        assert_eq!(serde_json::to_string(&read).unwrap_or_default(), old);
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
