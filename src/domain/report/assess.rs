//! What a report means for its subject, by its kind and by what Persona says in it. What is not understood is not
//! assessed, and is never good.
use super::Report;
use crate::domain::evidence::{Signal, Tone};
use crate::domain::text::{counted, words};

/// What a report is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Searches lists for a name: a match is a hit.
    Screening,
    /// Says how risky something is: level, score, recommendation, flags.
    Risk,
    /// Looks data up: a match means that there is data.
    Lookup,
    Unknown,
}

/// The label for an address that the postal service does not confirm.
pub(super) const NOT_CONFIRMED: &str = "Address not confirmed";

/// A report in one line, and its signals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    pub tone: Tone,
    pub text: String,
    pub signals: Vec<Signal>,
}

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
            let mut signals = vec![Signal { tone: Tone::Info, label }];
            signals.extend(self.doubted());
            let tone = signals.iter().map(|signal| signal.tone).min().unwrap_or(Tone::Info);
            return Assessed { tone, text, signals };
        }
        // A known hit stays, whatever the next run brings.
        if self.meaning() == Meaning::Screening && self.has_match {
            let open = self.matches.iter().filter(|found| found.dismissed.is_none()).count();
            let text = match open {
                0 => "Match; details only in Persona".to_owned(),
                n => counted(n, "match", "matches"),
            };
            let mut signals = vec![Signal { tone: Tone::Bad, label: self.hit_label() }];
            signals.extend(self.doubted());
            return Assessed { tone: Tone::Bad, text, signals };
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
        let mut doubts = self.told();
        match self.meaning() {
            Meaning::Screening if self.match_unknown => not(
                "Not assessed: Persona does not say whether there is a match",
                format!("{label} report not assessed"),
            ),
            Meaning::Screening if !self.matches.is_empty() => not(
                "Not assessed: entries are listed, and Persona says no match",
                format!("{label} report not assessed"),
            ),
            Meaning::Screening if !doubts.is_empty() => {
                let before = format!("{label} report: ");
                let why = doubts.iter().map(|doubt| doubt.label.strip_prefix(&before).unwrap_or(&doubt.label));
                let text = format!("Not assessed: {}", why.collect::<Vec<_>>().join("; "));
                Assessed { tone: Tone::Warn, text, signals: doubts }
            }
            Meaning::Screening => Assessed { tone: Tone::Good, text: "No match".into(), signals: vec![] },
            Meaning::Unknown => not("Not assessed", format!("{label} report not assessed")),
            Meaning::Risk => match doubts.iter().map(|signal| signal.tone).min() {
                Some(Tone::Bad) => Assessed { tone: Tone::Bad, text: "Risk reported".into(), signals: doubts },
                Some(_) => Assessed { tone: Tone::Warn, text: "To be reviewed".into(), signals: doubts },
                None if self.facts.iter().any(|fact| self.judge(fact).1) => {
                    Assessed { tone: Tone::Good, text: "No risk reported".into(), signals: doubts }
                }
                None => not("Not assessed", format!("{label} report not assessed")),
            },
            Meaning::Lookup => {
                let found = self.has_match || self.found();
                // That nothing is known about the subject is not a result that passed.
                if !found {
                    doubts.push(Signal { tone: Tone::Warn, label: format!("{label}: no data found") });
                }
                // An address that was found but that the postal service does not know: data next to a match that was
                // denied or is missing.
                let told = self.has_match && self.fact("analysis-dpv-match-code").is_some();
                let confirmed = self.kind != "address-lookup" || told || !found;
                if !confirmed && doubts.iter().all(|doubt| doubt.label != NOT_CONFIRMED) {
                    doubts.push(Signal { tone: Tone::Warn, label: NOT_CONFIRMED.to_owned() });
                }
                let tone = doubts.iter().map(|signal| signal.tone).min().unwrap_or(Tone::Plain);
                let text = if found { "Data found" } else { "No data found" };
                Assessed { tone, text: text.into(), signals: doubts }
            }
        }
    }

    /// Signals against the subject, or against taking the report for a clean one.
    pub fn against(&self) -> Vec<Signal> {
        self.assess().signals
    }

    /// Whether it has results, besides what was asked for.
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

    /// Signals for why it does not count as clean, as found when it was read.
    fn doubted(&self) -> impl Iterator<Item = Signal> {
        let label = self.label();
        self.doubts
            .iter()
            .map(move |doubt| Signal { tone: Tone::Warn, label: format!("{label} report: {}", doubt.text()) })
    }

    /// The same, after the signals of its values.
    fn told(&self) -> Vec<Signal> {
        let mut all: Vec<Signal> = Vec::new();
        for signal in self.facts.iter().filter_map(|fact| self.judge(fact).0).chain(self.doubted()) {
            match all.iter_mut().find(|known| known.label == signal.label) {
                Some(known) => known.tone = known.tone.min(signal.tone),
                None => all.push(signal),
            }
        }
        all
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
        // A report that says nothing about risk is not taken for no risk.
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
        let gone = Report { dismissed: 1, ..report("watchlist", false, &by) };
        let wanted = ["Watchlist hit dismissed in Persona".to_owned()];
        let text = "Dismissed in Persona by Anna Larsen: false positive";
        assert_eq!(said(&gone), (Tone::Info, text.into(), wanted.to_vec()));
        assert_eq!(said(&Report { status: "pending".into(), ..gone.clone() }).0, Tone::Warn);
        assert_eq!(said(&Report { match_unknown: true, ..gone.clone() }).0, Tone::Warn);
        // While there is a match that is not listed, it may be another one than the dismissed one.
        let open = said(&Report { has_match: true, ..gone });
        assert_eq!((open.0, open.1.as_str()), (Tone::Bad, "Match; details only in Persona"));
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
    fn what_denies_a_lookup_or_a_low_risk_is_said() {
        let address = |has_match, facts: &[(&str, &str)]| {
            said(&report("address-lookup", has_match, &[&[("resolved-address-city", "Cupertino")], facts].concat())).2
        };
        assert_eq!(address(true, &[]), ["Address not confirmed"]);
        assert_eq!(address(false, &[("analysis-dpv-match-code", "Y")]), ["Address not confirmed"]);
        assert_eq!(address(true, &[("analysis-dpv-match-code", "N")]), ["Address not confirmed"]);
        assert_eq!(address(true, &[("analysis-dpv-match-code", "Y")]), [] as [&str; 0]);
        let young = [("email-reputation", "high"), ("age-estimated-18-plus", "no")];
        assert_eq!(said(&report("email-address", true, &young)).2, ["E-mail: owner estimated under 18"]);
        let scores = [("result.status", "error"), ("result.scores.1.score", "100")];
        let scores = said(&report("integration/sentilink-scores", true, &scores));
        assert_eq!(scores.2, ["SentiLink scores report: status error", "SentiLink scores report not assessed"][..1]);
        let records = [("result.registry-records.1.documents-status", "errored")];
        let records = said(&report("business-registrations-lookup", true, &records)).2;
        assert_eq!(records, ["Business registrations lookup report: documents status errored"]);
    }

    #[test]
    fn a_search_that_says_that_it_failed_has_not_found_nobody() {
        for (key, value) in [
            ("search-status", "failed"),
            ("status-reason", "provider down"),
            ("error", "timed out"),
            ("completed", "no"),
            ("sources-searched", "0"),
            ("search-scope", "none"),
            ("highest-score", "0.99"),
            ("risk-level", "high"),
            ("search-status", "purple"),
        ] {
            let (tone, text, signals) = said(&report("watchlist", false, &[(key, value)]));
            assert_eq!((tone, signals.len()), (Tone::Warn, 1), "{key} {value}: {text}");
            assert!(text.starts_with("Not assessed: "), "{key} {value}: {text}");
        }
        for (key, value) in [("search-status", "completed"), ("sources-searched", "12"), ("completed", "yes")] {
            let (tone, text, _) = said(&report("watchlist", false, &[(key, value)]));
            // The number of sources is not understood.
            assert_eq!(tone == Tone::Good, !key.contains("sources"), "{key} {value}: {text}");
        }
    }

    #[test]
    fn a_match_is_a_hit_in_a_screening_and_data_in_a_lookup() {
        assert_eq!(said(&report("watchlist", true, &[])).1, "Match; details only in Persona");
        assert_eq!(said(&report("crypto-address-watchlist", true, &[])).0, Tone::Bad);
        assert_eq!(said(&report("social-media", true, &[])), (Tone::Plain, "Data found".into(), vec![]));
        let nothing = vec!["Social media: no data found".to_owned()];
        assert_eq!(said(&report("social-media", false, &[])), (Tone::Warn, "No data found".into(), nothing));
        let lookup = report("business-lookup", true, &[("match-status-address", "no_match")]);
        assert_eq!(said(&lookup).2, ["Business lookup: address does not match"]);
        for has_match in [true, false] {
            assert_eq!(said(&report("brand-new", has_match, &[])).0, Tone::Warn);
        }
        let silent = Report { match_unknown: true, ..report("watchlist", false, &[]) };
        assert_eq!(said(&silent).0, Tone::Warn);
    }
}
