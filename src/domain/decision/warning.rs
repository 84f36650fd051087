//! What a decision meets before it is made: what it is refused for, which rules ask for a second reviewer, and what the
//! reviewer should have looked at. The page shows it in advance, and the same function refuses a decision.
use serde::{Deserialize, Serialize};

use super::super::block::BlockCode;
use super::super::condition::{ConditionAnswer, Facts};
use super::super::evidence::{Evidence, Tone};
use super::super::identity::Comparison;
use super::super::reason::{CHECKS_PASSED, FALSE_POSITIVE};
use super::super::rule::{Ask, RuleSet};
use super::{Reading, Refusal, Verdict};

/// What is known about an inquiry or a case when a reviewer decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    pub reading: Reading,
    /// Labels of evidence that did not pass.
    pub not_passed: Vec<String>,
    /// Differences without an explanation, by their field.
    pub open: Vec<String>,
    /// Screening hits, and reports that may hold one.
    pub hits: Vec<String>,
    /// Required checks and verifications that failed.
    pub failed: Vec<String>,
    /// Whether relations of the account and its direct neighbours have been read, or there is no account.
    pub relations_read: bool,
}

impl Considered {
    /// For a case, only what was not read is refused: what its statuses mean is the organisation's own.
    pub const fn of_case(reading: Reading) -> Self {
        Self {
            reading,
            not_passed: Vec::new(),
            open: Vec::new(),
            hits: Vec::new(),
            failed: Vec::new(),
            relations_read: true,
        }
    }

    /// `lines` are those with explanations; `evidence` is `None` if it was not read.
    pub fn of(reading: Reading, evidence: Option<&Evidence>, lines: &[Comparison], relations: ConditionAnswer) -> Self {
        let gone = || vec!["The evidence was not read from Persona".to_owned()];
        Self {
            reading,
            not_passed: evidence.map_or_else(gone, |evidence| evidence.outcome().why()),
            open: lines.iter().filter(|line| line.open()).map(|line| line.label.clone()).collect(),
            hits: evidence.map(Evidence::hits).unwrap_or_default(),
            failed: evidence.map(Evidence::failed_checks).unwrap_or_default(),
            relations_read: relations != ConditionAnswer::NotKnown,
        }
    }
}

/// What a verdict is refused for, in order. Before a reason is chosen (`None`), this includes all that depends on it.
pub fn refusals(verdict: &Verdict, reason: Option<&str>, blocks: &[BlockCode], known: &Considered) -> Vec<Refusal> {
    let judges = matches!(verdict, Verdict::Approve | Verdict::Decline);
    if !judges && !matches!(verdict, Verdict::SetStatus { .. }) {
        return Vec::new();
    }
    let approves = *verdict == Verdict::Approve;
    let blocked = |block, what: &[String]| approves && blocks.contains(&block) && !what.is_empty();
    let reading = match known.reading {
        Reading::Unread => Some(Refusal::Unread),
        Reading::Changing => Some(Refusal::Changing),
        Reading::Read => None,
    };
    let claims = approves && reason.is_none_or(|reason| reason == CHECKS_PASSED) && !known.not_passed.is_empty();
    let hits = blocked(BlockCode::Hits, &known.hits) && reason.is_none_or(|reason| reason != FALSE_POSITIVE);
    let relations = approves && blocks.contains(&BlockCode::RelationsNotRead) && !known.relations_read;
    if !judges {
        return reading.into_iter().collect();
    }
    [
        reading,
        blocked(BlockCode::OpenDifferences, &known.open)
            .then(|| Refusal::OpenDifferences { fields: known.open.clone() }),
        hits.then(|| Refusal::HitsNotAssessed { hits: known.hits.clone() }),
        blocked(BlockCode::FailedChecks, &known.failed).then(|| Refusal::ChecksFailed { checks: known.failed.clone() }),
        relations.then_some(Refusal::RelationsNotRead),
        claims.then(|| Refusal::NotPassed { why: known.not_passed.clone() }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the page shows before anything is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    pub verdicts: Vec<Outlook>,
    /// What to look at, although nothing is refused for it.
    pub notes: Vec<WarningLine>,
}

/// What a verdict would meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    pub verdict: String,
    /// Refusals whatever the reason is.
    pub refused: Vec<Refusal>,
    /// Refusals with one reason, or with all but one.
    pub by_reason: Vec<Refusal>,
    /// Rules that ask, or may ask, for a second reviewer.
    pub asks: Vec<Ask>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarningLine {
    pub tone: Tone,
    pub text: String,
    /// Where on the page it can be seen.
    pub at: Option<String>,
}

impl WarningLine {
    fn new(tone: Tone, text: String, at: Option<&str>) -> Self {
        Self { tone, text, at: at.map(str::to_owned) }
    }
}

/// What each of these verdicts would meet now. Shares are shown, but never what is drawn.
pub fn forecast(verdicts: &[Verdict], rules: &RuleSet, facts: &Facts, known: &Considered) -> Forecast {
    let outlook = |verdict: &Verdict| {
        let (by_reason, refused) = refusals(verdict, None, &rules.blocks, known)
            .into_iter()
            .partition(|refusal| matches!(refusal, Refusal::NotPassed { .. } | Refusal::HitsNotAssessed { .. }));
        Outlook { verdict: verdict.as_str().to_owned(), refused, by_reason, asks: rules.asking(verdict, facts) }
    };
    let verdicts: Vec<Outlook> = verdicts.iter().map(outlook).collect();
    let told =
        |fits: fn(&Refusal) -> bool| verdicts.iter().any(|one| one.refused.iter().chain(&one.by_reason).any(fits));
    let mut notes = Vec::new();
    let mut note = |there: bool, tone, text: &dyn Fn() -> String, at| {
        if there {
            notes.push(WarningLine::new(tone, text(), Some(at)));
        }
    };
    let open = !known.open.is_empty() && !told(|one| matches!(one, Refusal::OpenDifferences { .. }));
    note(open, Tone::Bad, &|| format!("Open discrepancy: {}.", known.open.join(", ")), "identity");
    let hits = !known.hits.is_empty() && !told(|one| matches!(one, Refusal::HitsNotAssessed { .. }));
    note(hits, Tone::Bad, &|| format!("Not assessed: {}.", known.hits.join("; ")), "reports");
    let failed = !known.failed.is_empty() && !told(|one| matches!(one, Refusal::ChecksFailed { .. }));
    note(failed, Tone::Bad, &|| format!("Failed: {}.", known.failed.join("; ")), "checks");
    let relations = !known.relations_read && !told(|one| matches!(one, Refusal::RelationsNotRead));
    let unread = || {
        "Not all relations of this account have been read. If a rule asks for them, your decision waits up to 5 seconds."
            .to_owned()
    };
    note(relations, Tone::Warn, &unread, "relations");
    Forecast { verdicts, notes }
}

impl Outlook {
    /// `verb` is the label of the button.
    pub fn lines(&self, verb: &str) -> Vec<WarningLine> {
        let refused = self
            .refused
            .iter()
            .map(|refusal| WarningLine::new(Tone::Bad, format!("“{verb}” is refused: {refusal}"), place(refusal)));
        let by_reason = self.by_reason.iter().map(|refusal| {
            let text = match refusal {
                Refusal::NotPassed { .. } => refusal.to_string(),
                other => format!("“{verb}” is refused unless the reason fits: {other}"),
            };
            WarningLine::new(Tone::Warn, text, place(refusal))
        });
        let names = |certain: bool| {
            let asks = self.asks.iter().filter(|ask| ask.certain() == certain);
            asks.map(|ask| match ask.share.filter(|_| !certain) {
                Some(share) => format!("“{}”, drawn at random for {share}% of decisions", ask.text()),
                None => format!("“{}”", ask.text()),
            })
            .collect::<Vec<_>>()
        };
        let (certain, drawn) = (names(true), names(false));
        let rules =
            |names: &[String]| format!("{} {}", if names.len() == 1 { "rule" } else { "rules" }, names.join("; "));
        let needs = |text: String| Some(WarningLine::new(Tone::Shared, text, None));
        let second = match (certain.is_empty(), drawn.is_empty()) {
            (false, _) => needs(format!(
                "“{verb}” needs a second reviewer: {}. Nothing is sent before the second reviewer countersigns.",
                rules(&certain)
            )),
            (true, false) => needs(format!("“{verb}” may need a second reviewer: {}.", rules(&drawn))),
            // Marking for review decides nothing, so it is clear that it needs no second reviewer.
            (true, true) if self.verdict == Verdict::MarkForReview.as_str() => None,
            (true, true) => Some(WarningLine::new(Tone::Plain, format!("“{verb}” needs no second reviewer."), None)),
        };
        // A refused verdict needs no second reviewer, unless it will once the refusal is resolved.
        let second = second.filter(|line| self.refused.is_empty() || line.tone == Tone::Shared);
        refused.chain(by_reason).chain(second).collect()
    }
}

const fn place(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::OpenDifferences { .. } => Some("identity"),
        Refusal::HitsNotAssessed { .. } => Some("reports"),
        Refusal::ChecksFailed { .. } | Refusal::NotPassed { .. } => Some("checks"),
        Refusal::RelationsNotRead => Some("relations"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rule::Rule;

    fn clean() -> Considered {
        Considered::of_case(Reading::Read)
    }

    fn all_wrong() -> Considered {
        Considered {
            reading: Reading::Read,
            not_passed: vec!["Selfie failed".into()],
            open: vec!["Birthdate".into()],
            hits: vec!["Watchlist hit (1 match)".into()],
            failed: vec!["Selfie: Liveness".into()],
            relations_read: false,
        }
    }

    #[test]
    fn each_block_refuses_approvals_for_its_own_reason_and_no_other_verdict() {
        let known = all_wrong();
        let refused = |blocks: &[BlockCode], reason| refusals(&Verdict::Approve, Some(reason), blocks, &known);
        assert_eq!(refused(&[], "other"), []);
        assert_eq!(refused(&[], CHECKS_PASSED), [Refusal::NotPassed { why: known.not_passed.clone() }]);
        for block in BlockCode::ALL {
            assert_eq!(refused(&[block], "other").len(), 1, "{block:?}");
            assert_eq!(refusals(&Verdict::Decline, None, &[block], &known), []);
            assert_eq!(refusals(&Verdict::MarkForReview, None, &[block], &known), []);
            assert_eq!(refusals(&Verdict::Approve, Some("other"), &[block], &clean()), []);
            assert_eq!(BlockCode::parse(block.as_str()), Some(block));
        }
        assert_eq!(refused(&[BlockCode::Hits], FALSE_POSITIVE), [], "the reason is the assessment");
    }

    #[test]
    fn what_was_not_read_refuses_both_verdicts_whatever_the_blocks_are() {
        for (reading, refusal) in [(Reading::Unread, Refusal::Unread), (Reading::Changing, Refusal::Changing)] {
            let known = Considered { reading, ..clean() };
            for verdict in [Verdict::Approve, Verdict::Decline] {
                assert_eq!(refusals(&verdict, None, &[], &known), std::slice::from_ref(&refusal));
            }
            let set = Verdict::SetStatus { status: "Approved".into() };
            assert_eq!(refusals(&set, None, &[], &known), [refusal], "a status of a case can be a decision");
            assert_eq!(refusals(&Verdict::MarkForReview, None, &[], &known), []);
        }
    }

    /// Whatever a decision with some reason is refused for is in the forecast, in the same words.
    #[test]
    fn whatever_refuses_was_said_in_advance() {
        let flags = [false, true];
        for blocks in [vec![], vec![BlockCode::OpenDifferences], BlockCode::ALL.to_vec()] {
            for (open, hits, relations) in
                flags.iter().flat_map(|a| flags.iter().flat_map(|b| flags.map(|c| (*a, *b, c))))
            {
                let wrong = all_wrong();
                let known = Considered {
                    open: if open { wrong.open } else { vec![] },
                    hits: if hits { wrong.hits } else { vec![] },
                    relations_read: relations,
                    ..wrong
                };
                let rules = RuleSet { blocks: blocks.clone(), ..RuleSet::none() };
                let said = forecast(&[Verdict::Approve], &rules, &Facts::of_nothing(), &known);
                let said: Vec<String> =
                    said.verdicts.iter().flat_map(|one| one.lines("Approve")).map(|line| line.text).collect();
                for reason in [CHECKS_PASSED, FALSE_POSITIVE, "other"] {
                    for refusal in refusals(&Verdict::Approve, Some(reason), &blocks, &known) {
                        let text = refusal.to_string();
                        assert!(said.iter().any(|line| line.contains(&text)), "{text} is not in {said:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn who_needs_a_second_reviewer_is_told_why_and_a_draw_is_not_told() {
        let rule = |name: &str| Rule { name: name.into(), verdict: Some("approve".into()), ..Rule::default() };
        let near = Rule { declined_relation: true, ..rule("Near") };
        let sample = Rule { share: Some(10), ..rule("Sample") };
        let facts = Facts { declined_relation: ConditionAnswer::NotKnown, ..Facts::of_nothing() };
        let said = |rules: Vec<Rule>, verdict: Verdict, verb: &str| {
            let rules = RuleSet { rules, ..RuleSet::none() };
            let forecast = forecast(&[verdict], &rules, &facts, &clean());
            forecast.verdicts.iter().flat_map(|one| one.lines(verb)).map(|line| line.text).collect::<Vec<_>>()
        };
        assert_eq!(
            said(vec![near.clone(), sample.clone()], Verdict::Approve, "Approve"),
            [
                "“Approve” needs a second reviewer: rule “Near (not all relations read)”. Nothing is sent before the second reviewer countersigns."
            ]
        );
        assert_eq!(
            said(vec![sample], Verdict::Approve, "Approve"),
            ["“Approve” may need a second reviewer: rule “Sample”, drawn at random for 10% of decisions."]
        );
        assert_eq!(said(vec![near], Verdict::Decline, "Decline"), ["“Decline” needs no second reviewer."]);
    }

    #[test]
    fn what_refuses_nothing_is_a_note() {
        let forecast = forecast(&[Verdict::Approve], &RuleSet::none(), &Facts::of_nothing(), &all_wrong());
        let notes: Vec<&str> = forecast.notes.iter().filter_map(|note| note.at.as_deref()).collect();
        assert_eq!(notes, ["identity", "reports", "checks", "relations"]);
    }
}
