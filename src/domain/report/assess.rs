//! What a report means for its subject, by its kind and by what Persona says in it. What is not understood is not assessed, and
//! never good.
use super::Report;
use crate::domain::evidence::{Signal, Tone};
use crate::domain::text::{counted, words};

/// What a report is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Searches lists for somebody: a match is a hit.
    Screening,
    /// Says how risky something is: level, score, recommendation, flags.
    Risk,
    /// Looks data up: a match is that there are data.
    Lookup,
    Unknown,
}

/// A report in one line, and what of it is a reason to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    pub tone: Tone,
    pub text: String,
    pub signals: Vec<Signal>,
}

/// How what a report says under one name is taken.
enum Rule {
    /// Words that are bad, that ask for a look, and that are fine; any other is not understood.
    Words(&'static [&'static str], &'static [&'static str], &'static [&'static str]),
    /// Speaks against the subject when it is this.
    When(Tone, &'static str),
    /// A score up to 1000. No threshold is published, so that a high one is taken for bad and no low one for good.
    Score,
}

/// From this score on a subject stands out, whatever the threshold of an organisation is.
const HIGH_SCORE: u32 = 800;

/// By kind of report, by the end of a name, with the words of the signal.
const RULES: &[(&str, &str, &str, Rule)] = &[
    (
        "phone-number",
        "phone-risk-recommendation",
        "Phone: Persona recommends",
        Rule::Words(&["block"], &["flag"], &["allow"]),
    ),
    (
        "phone-number",
        "phone-risk-level",
        "Phone risk",
        Rule::Words(&["very-high", "high"], &["medium-high", "medium"], &["medium-low", "low", "very-low"]),
    ),
    (
        "phone-number",
        "phone-risk-sim-swap",
        "SIM swap risk",
        Rule::Words(&["high", "very-high"], &["medium"], &["low", "very-low", "n/a"]),
    ),
    ("email-address", "email-reputation", "E-mail reputation", Rule::Words(&["low"], &["medium"], &["high"])),
    (
        "email-address",
        "email-domain-reputation",
        "E-mail domain reputation",
        Rule::Words(&[], &["low", "medium"], &["high"]),
    ),
    ("email-address", "email-is-disposable", "Disposable e-mail", Rule::When(Tone::Bad, "yes")),
    ("email-address", "email-is-blocklisted", "E-mail on a blocklist", Rule::When(Tone::Bad, "yes")),
    ("email-address", "email-is-spam", "E-mail is spam", Rule::When(Tone::Bad, "yes")),
    ("email-address", "email-is-suspicious", "E-mail suspicious", Rule::When(Tone::Bad, "yes")),
    ("email-address", "email-malicious-activity-detected", "E-mail: malicious activity", Rule::When(Tone::Bad, "yes")),
    (
        "email-address",
        "email-malicious-activity-detected-recent",
        "E-mail: malicious activity",
        Rule::When(Tone::Bad, "yes"),
    ),
    ("email-address", "email-is-deliverable", "E-mail not deliverable", Rule::When(Tone::Warn, "no")),
    ("email-address", "email-is-valid-mx", "E-mail domain takes no mail", Rule::When(Tone::Warn, "no")),
    ("email-address", "email-domain-exists", "E-mail domain does not exist", Rule::When(Tone::Warn, "no")),
    ("synthetic", "-score", "Synthetic identity score", Rule::Score),
    ("integration/sentilink-scores", ".score", "SentiLink score", Rule::Score),
    ("profile", "identity-records.*.deceased", "Deceased by the profile report", Rule::When(Tone::Bad, "yes")),
    ("address-lookup", "analysis-dpv-match-code", "Address not confirmed", Rule::When(Tone::Warn, "n")),
    ("address-lookup", "analysis-dpv-vacant", "Address vacant", Rule::When(Tone::Warn, "y")),
    ("address-lookup", "analysis-dpv-cmra", "Address of a mail agency", Rule::When(Tone::Warn, "y")),
    ("address-lookup", "analysis-active", "Address not active", Rule::When(Tone::Warn, "n")),
];

impl Report {
    pub fn meaning(&self) -> Meaning {
        match self.kind.as_str() {
            "watchlist"
            | "business-watchlist"
            | "crypto-address-watchlist"
            | "politically-exposed-person"
            | "adverse-media"
            | "business-adverse-media"
            | "screening" => Meaning::Screening,
            "phone-number" | "email-address" | "synthetic" | "integration/sentilink-scores" => Meaning::Risk,
            "address-lookup"
            | "business-lookup"
            | "business-registrations-lookup"
            | "business-associated-persons"
            | "profile"
            | "profile-non-authoritative"
            | "social-media" => Meaning::Lookup,
            _ => Meaning::Unknown,
        }
    }

    pub fn assess(&self) -> Assessed {
        let label = self.label();
        let not = |text: &str, label: String| {
            let signals = vec![Signal { tone: Tone::Warn, label }];
            Assessed { tone: Tone::Warn, text: text.to_owned(), signals }
        };
        if let Some(text) = self.dismissal() {
            let label = format!("{} dismissed in Persona", self.hit_label());
            return Assessed { tone: Tone::Info, text, signals: vec![Signal { tone: Tone::Info, label }] };
        }
        let open = self.matches.iter().filter(|found| found.dismissed.is_none()).count();
        // A hit that is known stands, whatever becomes of the next run.
        if self.meaning() == Meaning::Screening && self.has_match {
            let text = match open {
                0 => "Match; details only in Persona".to_owned(),
                n => counted(n, "match", "matches"),
            };
            return Assessed {
                tone: Tone::Bad,
                text,
                signals: vec![Signal { tone: Tone::Bad, label: self.hit_label() }],
            };
        }
        match self.status.as_str() {
            "ready" => {}
            "pending" => return not("Not finished", format!("{label} report not finished")),
            "errored" => return not("Failed to run", format!("{label} report failed to run")),
            other => {
                let text = if other.is_empty() {
                    "Status unknown".into()
                } else {
                    format!("Status unknown: {}", words(other))
                };
                return not(&text, format!("{label} report: status unknown"));
            }
        }
        match self.meaning() {
            Meaning::Screening if self.match_unknown => not(
                "Not assessed: Persona does not say whether there is a match",
                format!("{label} report not assessed"),
            ),
            Meaning::Screening if !self.matches.is_empty() => not(
                "Not assessed: entries are listed, and Persona says no match",
                format!("{label} report not assessed"),
            ),
            Meaning::Screening => Assessed { tone: Tone::Good, text: "No match".into(), signals: vec![] },
            Meaning::Unknown => not("Not assessed", format!("{label} report not assessed")),
            Meaning::Risk => {
                let (signals, understood) = self.judged();
                match signals.iter().map(|signal| signal.tone).min() {
                    Some(Tone::Bad) => Assessed { tone: Tone::Bad, text: "Risk reported".into(), signals },
                    Some(_) => Assessed { tone: Tone::Warn, text: "To look at".into(), signals },
                    None if understood => Assessed { tone: Tone::Good, text: "No risk reported".into(), signals },
                    None => not("Not assessed", format!("{label} report not assessed")),
                }
            }
            Meaning::Lookup => {
                let (signals, _) = self.judged();
                let text = if self.has_match || self.found() { "Data found" } else { "No data found" };
                let tone = signals.iter().map(|signal| signal.tone).min().unwrap_or(Tone::Plain);
                Assessed { tone, text: text.into(), signals }
            }
        }
    }

    /// What speaks against the subject, or against taking the report for a clean one.
    pub fn against(&self) -> Vec<Signal> {
        self.assess().signals
    }

    /// Results, as against what was asked for.
    fn found(&self) -> bool {
        const RESULTS: [&str; 6] = [
            "result.",
            "associated-persons.",
            "ownership-information.",
            "identity-records.",
            "business-registrations",
            "resolved-",
        ];
        self.facts.iter().any(|fact| RESULTS.iter().any(|result| fact.key.starts_with(result)))
    }

    /// Signals by what the report says, and whether any of it was understood as good or bad.
    fn judged(&self) -> (Vec<Signal>, bool) {
        let (mut signals, mut understood) = (Vec::new(), false);
        let mut add = |tone, label: String| signals.push(Signal { tone, label });
        for fact in &self.facts {
            let value = fact.value.to_lowercase().replace('_', "-");
            let rule = RULES.iter().find(|(kind, name, ..)| *kind == self.kind && fits(name, &fact.key));
            match rule {
                Some((_, _, label, Rule::Words(bad, look, fine))) => {
                    let tone = match value.as_str() {
                        word if bad.contains(&word) => Some(Tone::Bad),
                        word if look.contains(&word) => Some(Tone::Warn),
                        word if fine.contains(&word) => None,
                        _ => {
                            add(Tone::Warn, format!("{label}: “{}” not assessed", fact.value));
                            continue;
                        }
                    };
                    understood = true;
                    if let Some(tone) = tone {
                        add(tone, format!("{label} {}", words(&value).to_lowercase()));
                    }
                }
                Some((_, _, label, Rule::When(tone, word))) if value == *word => {
                    understood = true;
                    add(*tone, (*label).to_owned());
                }
                Some((.., Rule::When(..))) => {}
                Some((_, _, label, Rule::Score)) => match value.parse::<u32>() {
                    Ok(score) if score >= HIGH_SCORE => {
                        understood = true;
                        add(Tone::Bad, format!("{label} {score}"));
                    }
                    _ => {}
                },
                None if fact.key.starts_with("match-status-") && value == "no-match" => {
                    let what = words(fact.key.trim_start_matches("match-status-")).to_lowercase();
                    add(Tone::Warn, format!("{}: {what} does not match", self.label()));
                }
                None => {}
            }
        }
        if let Some(error) = self.fact("error-message") {
            add(Tone::Warn, format!("{} report: {error}", self.label()));
        }
        (signals, understood)
    }
}

/// Whether a rule's name is that of a fact: the whole of it, its end when the rule begins with a sign, or with `*` for numbers.
fn fits(rule: &str, key: &str) -> bool {
    match rule.split_once('*') {
        Some((before, after)) => key.starts_with(before) && key.ends_with(after),
        None if rule.starts_with(['-', '.']) => key.ends_with(rule),
        None => key == rule,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::report::Match;

    fn report(kind: &str, has_match: bool, facts: &[(&str, &str)]) -> Report {
        let facts: Vec<_> = facts.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        let whole = json!({"id": "rep_1", "kind": kind, "status": "ready", "has_match": has_match, "term": null, "created_at": null,
            "completed_at": null, "matches": [], "dismissed": 0, "facts": facts});
        serde_json::from_value(whole).unwrap_or_else(|why| panic!("{why}"))
    }

    fn said(report: &Report) -> (Tone, String, Vec<String>) {
        let Assessed { tone, text, signals } = report.assess();
        (tone, text, signals.into_iter().map(|signal| signal.label).collect())
    }

    #[test]
    fn a_risk_is_what_persona_says_and_a_word_that_is_not_known_is_not_assessed() {
        let phone = |level: &str| said(&report("phone-number", true, &[("phone-risk-level", level)]));
        assert_eq!(phone("low").0, Tone::Good);
        assert_eq!(phone("very-high"), (Tone::Bad, "Risk reported".into(), vec!["Phone risk very high".into()]));
        assert_eq!(phone("medium").0, Tone::Warn);
        let odd = phone("purple");
        assert_eq!((odd.0, odd.2), (Tone::Warn, vec!["Phone risk: “purple” not assessed".to_owned()]));
        // What says nothing of risk is not taken for no risk.
        let bare = said(&report("phone-number", false, &[("phone-type", "MOBILE")]));
        assert_eq!((bare.0, bare.1.as_str()), (Tone::Warn, "Not assessed"));
        let empty = said(&report("email-address", false, &[("email-is-disposable", "no")]));
        assert_eq!(empty.0, Tone::Warn, "a flag that is not set says little");
        let mixed =
            said(&report("email-address", true, &[("email-reputation", "high"), ("email-is-blocklisted", "yes")]));
        assert_eq!(mixed.2, ["E-mail on a blocklist"]);
    }

    #[test]
    fn a_hit_that_a_person_dismissed_is_neither_open_nor_a_search_that_found_nothing() {
        let by = [("dismissed.1.user", "Anna Larsen"), ("dismissed.1.ignore-reason", "false positive")];
        for has_match in [true, false] {
            let gone = Report { dismissed: 1, ..report("watchlist", has_match, &by) };
            let wanted = ["Watchlist hit dismissed in Persona".to_owned()];
            assert_eq!(
                said(&gone),
                (Tone::Info, "Dismissed in Persona by Anna Larsen: false positive".into(), wanted.to_vec())
            );
            assert_eq!(said(&Report { status: "pending".into(), ..gone.clone() }).0 == Tone::Bad, has_match);
            assert_eq!(said(&Report { match_unknown: true, has_match: false, ..gone }).0, Tone::Warn);
        }
        let hit = |dismissed: Option<&str>| Match {
            name: "Jonathan Doe".into(),
            source: "OFAC".into(),
            what: None,
            birthdates: vec![],
            countries: vec![],
            detail: vec![],
            links: vec![],
            dismissed: dismissed.map(str::to_owned),
        };
        let with = |matches: Vec<Match>| Report { matches, dismissed: 1, ..report("screening", true, &[]) };
        assert_eq!(said(&with(vec![hit(Some("Dismissed")), hit(Some("Dismissed"))])).0, Tone::Info);
        let one_open = said(&with(vec![hit(Some("Dismissed")), hit(None)]));
        assert_eq!((one_open.0, one_open.1.as_str()), (Tone::Bad, "1 match"));
        assert_eq!(said(&report("social-media", true, &by)).1, "Data found", "a lookup has no hits");
    }

    #[test]
    fn a_match_is_a_hit_in_a_screening_and_data_in_a_lookup() {
        assert_eq!(said(&report("watchlist", true, &[])).1, "Match; details only in Persona");
        assert_eq!(said(&report("crypto-address-watchlist", true, &[])).0, Tone::Bad);
        assert_eq!(said(&report("social-media", true, &[])), (Tone::Plain, "Data found".into(), vec![]));
        assert_eq!(said(&report("social-media", false, &[])), (Tone::Plain, "No data found".into(), vec![]));
        let lookup = report("business-lookup", true, &[("match-status-address", "no_match")]);
        assert_eq!(said(&lookup).2, ["Business lookup: address does not match"]);
        for has_match in [true, false] {
            assert_eq!(said(&report("brand-new", has_match, &[])).0, Tone::Warn);
        }
        let silent = Report { match_unknown: true, ..report("watchlist", false, &[]) };
        assert_eq!(said(&silent).0, Tone::Warn);
    }
}
