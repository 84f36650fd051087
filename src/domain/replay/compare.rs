//! Compares a row of a table, and the stored evidence, with what the log says. One file, because all comparisons report
//! differences in the same form, and none repeats a reviewer's text.
use sha2::{Digest, Sha256};

use super::{Resolution, Said, Words};
use crate::domain::discrepancy::Resolved;
use crate::domain::time::Timestamp;

/// A row of the table of decisions, with its delivery: every column that the log mentions, as text, so that rows with
/// invalid values can be compared as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    pub subject_kind: String,
    pub subject_id: String,
    pub verdict: String,
    pub status: Option<String>,
    pub reason: String,
    pub comment: String,
    pub maker_id: String,
    pub maker_name: String,
    pub version: i64,
    pub evidence: String,
    pub state: String,
    pub made_at: Option<Timestamp>,
    pub settled_at: Option<Timestamp>,
    pub rules_version: i64,
    pub wanted_by: Vec<String>,
    pub checker_id: Option<String>,
    pub checker_name: Option<String>,
    pub checked_at: Option<Timestamp>,
    pub refusal: Option<String>,
    pub accounts: Option<String>,
    pub released_by: Option<String>,
    pub released_at: Option<Timestamp>,
    /// What its delivery would ask Persona to do; `None` without a delivery.
    pub delivers: Option<String>,
    pub attempts: i64,
    pub persona_request: Option<String>,
    pub answer: Option<String>,
}

/// A field that differs between the log and a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub field: &'static str,
    pub log: String,
    pub table: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { field, log, table } = self;
        write!(f, "{field}: the log says {log}, the table says {table}")
    }
}

fn shown(text: &str) -> String {
    match text.chars().count() {
        0 => "nothing".to_owned(),
        1..=200 => format!("“{text}”"),
        _ => format!("“{}…”", text.chars().take(200).collect::<String>()),
    }
}

fn time(at: Option<Timestamp>) -> String {
    at.map(Timestamp::to_text).unwrap_or_default()
}

impl Said {
    /// Every field in which the row differs from the log. What the log does not have (the subject's name, the end of
    /// the undo window) is not compared. `erased`: the log has a certificate of an erasure, which removes texts and
    /// answers from tables.
    pub fn differences(&self, row: &Row, erased: bool) -> Vec<Difference> {
        let changed = |seq: &i64| Difference {
            field: "log",
            log: format!("that the bytes of entry {seq} do not match its hash"),
            table: "nothing about it".to_owned(),
        };
        let mut found: Vec<Difference> = self.unsound.iter().map(changed).collect();
        let mut hold = |field: &'static str, log: &str, table: &str| {
            if log != table {
                found.push(Difference { field, log: shown(log), table: shown(table) });
            }
        };
        let or = |text: &Option<String>| text.clone().unwrap_or_default();
        hold(
            "subject",
            &format!("{} {}", self.subject_kind, self.subject_id),
            &format!("{} {}", row.subject_kind, row.subject_id),
        );
        hold("verdict", &self.verdict, &row.verdict);
        hold("case status", &or(&self.status), &or(&row.status));
        hold("reason", &self.reason, &row.reason);
        hold("reviewer", &self.maker.name, &row.maker_name);
        hold("reviewer's account", &self.maker.id, &row.maker_id);
        hold("time of the decision", &time(self.maker.at), &time(row.made_at));
        if let Some(version) = self.version {
            hold("version of the evidence", &version.to_string(), &row.version.to_string());
        }
        hold("fingerprint of the evidence", &self.evidence, &row.evidence);
        if let Some(version) = self.rules_version {
            hold("version of the rules", &version.to_string(), &row.rules_version.to_string());
        }
        if let Some(rules) = &self.wanted_by {
            hold("rules that require a second reviewer", rules, &row.wanted_by.join("; "));
        }
        if !self.state.fits(&row.state) {
            hold("state", &self.state.label(), &row.state.replace('_', " "));
        }
        hold("time of the outcome", &time(self.settled_at), &time(row.settled_at));
        let checker = self.checker.clone().unwrap_or_default();
        hold("second reviewer", &checker.name, &or(&row.checker_name));
        hold("second reviewer's account", &checker.id, &or(&row.checker_id));
        hold("time of the second review", &time(checker.at), &time(row.checked_at));
        hold("accounts of maker and checker", &or(&self.accounts), &or(&row.accounts));
        let released = self.released.clone().unwrap_or_default();
        hold("admin who sent the held decision", &released.name, &or(&row.released_by));
        hold("time at which the held decision was sent", &time(released.at), &time(row.released_at));
        if let Some(action) = &row.delivers {
            hold("what Persona is told", &self.verdict, action);
        }
        // Until an attempt ends, the log does not mention attempts.
        if let Some(attempts) = self.attempts {
            hold("attempts", &attempts.to_string(), &row.attempts.to_string());
        }
        if let Some(request) = &self.persona_request {
            hold("Persona's request", request, &or(&row.persona_request));
        }
        if let Some(answer) = self.answer.as_ref().filter(|_| !(erased && row.answer.is_none())) {
            hold("Persona's answer", answer, &or(&row.answer));
        }
        // Texts are compared with the commitment and never repeated.
        let mut words = |field: &'static str, log: &Words, table: &str| {
            if let Some(log) = log.wrong(table) {
                let table = if table.is_empty() { "nothing" } else { "something else" };
                found.push(Difference { field, log: log.to_owned(), table: table.to_owned() });
            }
        };
        words("comment", &self.comment, &row.comment);
        words(
            "reason for the refusal",
            self.refusal.as_ref().unwrap_or(&Words::None),
            row.refusal.as_deref().unwrap_or_default(),
        );
        found
    }

    /// Whether the stored evidence is what the decision was made on. `kept` is its stored fingerprint, its bytes and
    /// whether it is stored as a record. `erased`: it may be gone, because the log has a certificate of an erasure and
    /// the desk no longer has the subject.
    pub fn evidence(&self, kept: Option<(&str, &str, bool)>, erased: bool) -> Vec<Difference> {
        let differs = |field, table: String| Difference { field, log: shown(&self.evidence), table };
        let Some((fingerprint, body, record)) = kept else {
            // The first versions of the desk stored no evidence. Their entries do not mention rules.
            let older = self.rules_version.is_none();
            return if erased || older {
                Vec::new()
            } else {
                vec![differs("evidence", "that it is not stored".to_owned())]
            };
        };
        let mut found = Vec::new();
        let made = hex::encode(Sha256::digest(body));
        if made != self.evidence {
            found.push(differs("evidence", format!("bytes with the fingerprint “{made}”")));
        }
        if fingerprint != self.evidence {
            found.push(differs("fingerprint stored with the evidence", shown(fingerprint)));
        }
        if !record {
            found.push(differs("evidence", "that no decision was made on it, so the desk would delete it".to_owned()));
        }
        found
    }
}

impl Resolution {
    /// Where the table differs.
    pub fn differences(&self, row: &Resolved) -> Vec<Difference> {
        let mut found = Vec::new();
        let pairs = [
            ("resolution", self.resolution.clone(), row.resolution.clone()),
            ("reviewer", self.by.name.clone(), row.by.clone()),
            ("time", time(self.by.at), time(Some(row.at))),
        ];
        for (field, log, table) in pairs.into_iter().filter(|(_, log, table)| log != table) {
            found.push(Difference { field, log: shown(&log), table: shown(&table) });
        }
        if let Some(log) = self.comment.wrong(&row.comment) {
            found.push(Difference { field: "comment", log: log.to_owned(), table: "something else".to_owned() });
        }
        found
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;
    use crate::domain::decision::state::State;
    use crate::domain::export::Opening;
    use crate::domain::replay::{ReplayEntry, Stage, resolutions};

    const SALT: &str = "0707070707070707070707070707070707070707070707070707070707070707";

    fn commitment(value: &str) -> String {
        let opening = Opening { seq: 0, name: String::new(), salt: SALT.into(), value: value.into() };
        opening.commitment().unwrap()
    }

    fn told(seq: i64, action: &str, who: &str, facts: &str, words: Option<(&str, &str)>) -> ReplayEntry {
        let commit = words.map(|(name, value)| format!(r#""commit":{{"{name}":"{}"}},"#, commitment(value)));
        let body = format!(
            r#"{{"action":"{action}","actor":{{"id":"id-{who}","kind":"reviewer","name":"{who}"}},"at":"2026-10-31T10:00:0{seq}.000000Z",{}"facts":{{"decision":"d1","reason":"checks-passed","verdict":"approve",{facts}"evidence":"{}","version":3}},"object":{{"id":"inq_1","type":"inquiry"}},"seq":{seq}}}"#,
            commit.unwrap_or_default(),
            hex::encode(Sha256::digest("bytes")),
        );
        let openings =
            words.map(|(name, value)| Opening { seq, name: name.into(), salt: SALT.into(), value: value.into() });
        ReplayEntry::parse(seq, &body, &tlog::merkle::leaf(body.as_bytes()), openings.into_iter().collect())
    }

    fn life() -> Vec<ReplayEntry> {
        vec![
            told(
                1,
                "decision.made",
                "Maya",
                r#""countersign":"All; Big","rules_version":4,"#,
                Some(("comment", "Same face")),
            ),
            told(2, "countersign.given", "Jo", r#""accounts":"made by one","#, None),
            told(3, "decision.released", "Jonas", "", None),
            told(4, "decision.confirmed", "", r#""answer":"done","attempts":2,"persona_request":"req_9","#, None),
        ]
    }

    fn at(seq: i64) -> Option<Timestamp> {
        format!("2026-10-31T10:00:0{seq}.000000Z").parse().ok()
    }

    fn row() -> Row {
        Row {
            subject_kind: "inquiry".into(),
            subject_id: "inq_1".into(),
            verdict: "approve".into(),
            reason: "checks-passed".into(),
            comment: "Same face".into(),
            maker_id: "id-Maya".into(),
            maker_name: "Maya".into(),
            version: 3,
            evidence: hex::encode(Sha256::digest("bytes")),
            state: "confirmed".into(),
            made_at: at(1),
            settled_at: at(4),
            rules_version: 4,
            wanted_by: vec!["All".into(), "Big".into()],
            checker_id: Some("id-Jo".into()),
            checker_name: Some("Jo".into()),
            checked_at: at(2),
            accounts: Some("made by one".into()),
            released_by: Some("Jonas".into()),
            released_at: at(3),
            delivers: Some("approve".into()),
            attempts: 2,
            persona_request: Some("req_9".into()),
            answer: Some("done".into()),
            ..Row::default()
        }
    }

    #[test]
    fn a_row_that_says_what_the_log_says_differs_nowhere() {
        let said = Said::follow(&life()).unwrap();
        assert_eq!(said.entries, [1, 2, 3, 4]);
        assert_eq!(said.differences(&row(), false), []);
        let hash = said.evidence.clone();
        assert_eq!(said.evidence(Some((&hash, "bytes", true)), false), []);
    }

    /// A field, and what changes it.
    type Change = (&'static str, fn(&mut Row, String));

    #[test]
    fn each_field_that_was_changed_is_named() {
        let said = Said::follow(&life()).unwrap();
        let x = || "x".to_owned();
        let changes: [Change; 23] = [
            ("subject", |row, x| row.subject_id = x),
            ("verdict", |row, x| row.verdict = x),
            ("case status", |row, x| row.status = Some(x)),
            ("reason", |row, x| row.reason = x),
            ("comment", |row, x| row.comment = x),
            ("comment", |row, _| row.comment.clear()),
            ("reviewer", |row, x| row.maker_name = x),
            ("reviewer's account", |row, x| row.maker_id = x),
            ("time of the decision", |row, _| row.made_at = at(9)),
            ("version of the evidence", |row, _| row.version = 2),
            ("fingerprint of the evidence", |row, x| row.evidence = x),
            ("version of the rules", |row, _| row.rules_version = 5),
            ("rules that require a second reviewer", |row, _| row.wanted_by.clear()),
            ("state", |row, _| row.state = "rejected".into()),
            ("time of the outcome", |row, _| row.settled_at = None),
            ("second reviewer", |row, x| row.checker_name = Some(x)),
            ("second reviewer's account", |row, x| row.checker_id = Some(x)),
            ("time of the second review", |row, _| row.checked_at = at(9)),
            ("reason for the refusal", |row, x| row.refusal = Some(x)),
            ("accounts of maker and checker", |row, _| row.accounts = None),
            ("admin who sent the held decision", |row, _| row.released_by = None),
            ("attempts", |row, _| row.attempts = 1),
            ("Persona's request", |row, x| row.persona_request = Some(x)),
        ];
        for (field, change) in changes {
            let mut changed = row();
            change(&mut changed, x());
            let found = said.differences(&changed, true);
            assert_eq!(found.iter().map(|found| found.field).collect::<Vec<_>>(), [field], "{found:?}");
            assert!(!format!("{found:?}").contains("Same face"), "words are not repeated");
        }
        let hash = said.evidence.clone();
        assert_eq!(said.evidence(Some((&hash, "other bytes", true)), true).len(), 1);
        assert_eq!(said.evidence(Some(("x", "bytes", true)), true).len(), 1);
        assert_eq!(said.evidence(Some((&hash, "bytes", false)), true).len(), 1, "would be deleted");
        assert_eq!(said.evidence(None, false).len(), 1, "gone without a certificate");
        assert_eq!(said.evidence(None, true), []);
    }

    #[test]
    fn an_entry_that_was_changed_vouches_for_nothing() {
        let mut entries = life();
        entries[1].sound = false;
        let found = Said::follow(&entries).unwrap().differences(&row(), false);
        assert_eq!(found.iter().map(|found| found.field).collect::<Vec<_>>(), ["log"]);
    }

    #[test]
    fn a_life_ends_where_the_log_says() {
        let ends = |entries: &[ReplayEntry]| Said::follow(entries).map(|said| (said.state, said.settled_at));
        let state = |state| Stage::At(State::parse(state).unwrap());
        let waits = told(1, "decision.made", "Maya", r#""countersign":"All","#, None);
        let made = told(1, "decision.made", "Maya", r#""countersign":null,"#, None);
        let then = |action: &str, facts: &str| told(2, action, "Jo", facts, Some(("why", "No")));
        assert_eq!(ends(&[]), None);
        assert_eq!(ends(&[then("decision.confirmed", "")]), None, "what was never made");
        assert_eq!(ends(std::slice::from_ref(&waits)), Some((state("awaiting_countersign"), None)));
        assert_eq!(ends(std::slice::from_ref(&made)), Some((Stage::OnItsWay, None)));
        assert_eq!(ends(&[waits.clone(), then("countersign.refused", "")]), Some((state("refused"), at(2))));
        assert_eq!(ends(&[made.clone(), then("decision.withdrawn", "")]), Some((state("withdrawn"), at(2))));
        let settled =
            [made, then("decision.unknown", ""), told(3, "decision.settled", "Jo", r#""outcome":"confirmed","#, None)];
        assert_eq!(ends(&settled), Some((state("confirmed"), at(3))));
        let back = [waits, then("countersign.given", ""), told(3, "countersign.withdrawn", "Jo", "", None)];
        assert_eq!(ends(&back), Some((state("awaiting_countersign"), None)));
        assert_eq!(Said::follow(&back).unwrap().checker, None);
        for fits in ["proposed", "queued", "sending"] {
            assert!(Stage::OnItsWay.fits(fits) && !Stage::Unmade.fits(fits));
        }
        assert!(!Stage::OnItsWay.fits("confirmed"));
    }

    #[test]
    fn erased_words_are_gone_on_both_sides() {
        let mut entries = life();
        entries[0].openings.clear();
        let said = Said::follow(&entries).unwrap();
        assert!(said.comment.erased());
        assert_eq!(said.differences(&Row { comment: String::new(), answer: None, ..row() }, true), []);
        assert_eq!(said.differences(&row(), true).len(), 1, "the table still has words that nothing vouches for");
    }

    #[test]
    fn the_last_word_on_a_difference_counts() {
        let word = |seq, code: &str| {
            let facts = format!(r#""field":"Name","resolution":"{code}","#);
            told(seq, "discrepancy.resolved", "Maya", &facts, Some(("comment", "typed it wrongly")))
        };
        let said = resolutions(&[word(1, "stands"), word(2, "typing-error")]).remove("Name").unwrap();
        let row = Resolved {
            field: "Name".into(),
            resolution: "typing-error".into(),
            comment: "typed it wrongly".into(),
            by: "Maya".into(),
            at: at(2).unwrap(),
            of: String::new(),
        };
        assert_eq!(said.differences(&row), []);
        assert_eq!(said.differences(&Resolved { resolution: "stands".into(), ..row.clone() })[0].field, "resolution");
        assert_eq!(said.differences(&Resolved { comment: "x".into(), ..row.clone() })[0].field, "comment");
        assert_eq!(said.differences(&Resolved { by: "Jo".into(), at: at(1).unwrap(), ..row }).len(), 2);
    }
}
