//! Masking: personal values are hidden until a reviewer gives a purpose, for one topic or for all of them.
use std::collections::BTreeSet;

use super::case::Case;
use super::comparison::{Marks, Outcome};
use super::evidence::Evidence;
use super::evidence_diff::Changes;
use super::identity::Comparison;
use super::inquiry::{Field, Inquiry};
use super::report::Report;
use super::text::{LONGEST_SHOWN, shorten};
pub use super::topic::Topic;
use super::topic::of_field;
use super::verification::Verification;

/// Occurs in masked values and nowhere else.
pub const HIDDEN: char = '•';

/// The purposes of a reveal. Codes are never reused for another meaning.
pub const PURPOSES: [(&str, &str); 5] = [
    ("review", "Decide"),
    ("contact", "Contact the applicant"),
    ("link", "Investigate linked accounts"),
    ("quality", "Review a colleague's decision"),
    ("audit", "Audit"),
];

pub fn purpose(code: &str) -> Option<&'static str> {
    PURPOSES.iter().find(|(known, _)| *known == code).map(|(_, label)| *label)
}

/// Topics that a reader may see now. All others are hidden, and it is recorded which ones were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mask {
    pub shown: BTreeSet<Topic>,
    pub hidden: BTreeSet<Topic>,
}

impl Mask {
    pub fn new(shown: impl IntoIterator<Item = Topic>) -> Self {
        Self { shown: shown.into_iter().collect(), hidden: BTreeSet::new() }
    }

    /// Hides a value of a topic unless the topic is shown, and then shortens it to what a person can read.
    fn told(&mut self, topic: Option<Topic>, value: &mut String) {
        if let Some(topic) = topic
            && !value.is_empty()
            && !self.shown.contains(&topic)
        {
            *value = topic.hide(value);
            self.hidden.insert(topic);
        }
        shorten(value);
    }

    fn value(&mut self, name: &str, value: &mut String) {
        self.told(Topic::of(name), value);
    }

    fn optional(&mut self, name: &str, value: &mut Option<String>) {
        if let Some(value) = value {
            self.value(name, value);
        }
    }

    pub fn fields(&mut self, fields: &mut [Field]) {
        let topics: Vec<_> = fields.iter().map(|field| of_field(fields, field)).collect();
        for (field, topic) in fields.iter_mut().zip(topics) {
            self.told(topic, &mut field.value);
            shorten(&mut field.key);
        }
    }

    pub fn inquiry(&mut self, inquiry: &mut Inquiry) {
        self.fields(&mut inquiry.fields);
        [&mut inquiry.note, &mut inquiry.reviewer_comment].into_iter().flatten().for_each(shorten);
    }

    pub fn evidence(&mut self, evidence: &mut Evidence) {
        if !self.shown.contains(&Topic::Picture) && evidence.printed() {
            self.hidden.insert(Topic::Picture);
        }
        self.inquiry(&mut evidence.inquiry);
        evidence.verifications.iter_mut().for_each(|one| self.verification(one));
        for document in &mut evidence.documents {
            self.fields(&mut document.facts);
        }
        self.fields(&mut evidence.behavior);
        for session in &mut evidence.sessions {
            self.optional("ip-address", &mut session.ip_address);
            self.fields(&mut session.signals);
        }
        // The term of a screening can be a number or an address as well as a name.
        evidence.reports.iter_mut().for_each(|report| self.report(report));
    }

    /// In any place: what a check compared is as personal as what was read.
    fn verification(&mut self, verification: &mut Verification) {
        self.fields(&mut verification.facts);
        for check in &mut verification.checks {
            self.fields(&mut check.metadata);
        }
    }

    fn report(&mut self, report: &mut Report) {
        let kind = report.kind.clone();
        self.optional(&kind, &mut report.term);
        self.fields(&mut report.facts);
        for hit in &mut report.matches {
            // Often the applicant's own birthdate: that is what a match is.
            for born in &mut hit.birthdates {
                self.value("birthdate", born);
            }
            for line in &mut hit.detail {
                self.line(line);
                shorten(line);
            }
            [&mut hit.name, &mut hit.source].into_iter().chain(&mut hit.what).for_each(shorten);
        }
    }

    pub fn case(&mut self, case: &mut Case) {
        self.fields(&mut case.fields);
        case.comments.iter_mut().for_each(|comment| shorten(&mut comment.message));
        if let Some(evidence) = &mut case.evidence {
            evidence.verifications.iter_mut().for_each(|one| self.verification(one));
            evidence.reports.iter_mut().for_each(|report| self.report(report));
        }
    }

    /// A line of a hit such as `Identification number: 123`.
    fn line(&mut self, line: &mut String) {
        if let Some((name, value)) = line.split_once(": ")
            && let Some(topic) = Topic::of(name)
        {
            let mut value = value.to_owned();
            self.told(Some(topic), &mut value);
            *line = format!("{name}: {value}");
        }
    }

    /// Hides the values, and everything that would reveal them.
    pub fn comparisons(&mut self, lines: &mut [Comparison]) {
        for line in lines.iter_mut() {
            let label = line.field().to_owned();
            let values = [&line.submitted, &line.document, &line.database];
            if values.into_iter().flatten().any(|value| value.len() > LONGEST_SHOWN) {
                // Marks are positions in a text that is cut here.
                line.marks = Marks::default();
                line.outcome = line.outcome.take().map(Outcome::without_reasons);
            }
            for value in [&mut line.submitted, &mut line.document, &mut line.database] {
                self.optional(&label, value);
            }
            // A hash of values with few possibilities reveals them to anyone who tries all.
            if let Some(said) = &mut line.resolved {
                said.of.clear();
            }
        }
        hide(lines);
    }

    pub fn changes(&mut self, changes: &mut Changes) {
        for line in changes.lines.iter_mut().flatten() {
            let topic = line.topic;
            for value in [&mut line.before, &mut line.after].into_iter().flatten() {
                self.told(topic, value);
            }
        }
    }
}

/// Removes from lines with a hidden value what would reveal it: the marks, and all of the comparison except its kind.
fn hide(lines: &mut [Comparison]) {
    for line in lines.iter_mut() {
        let hidden = [&line.submitted, &line.document].into_iter().flatten().any(|value| value.contains(HIDDEN));
        if hidden {
            line.marks = Marks::default();
            line.outcome = line.outcome.take().map(Outcome::without_reasons);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_hidden_by_what_they_tell_in_any_spelling() {
        for (name, topic) in [
            ("birthdate", Some(Topic::Birthdate)),
            ("date_of_birth", Some(Topic::Birthdate)),
            ("identification-number", Some(Topic::Number)),
            ("Document number", Some(Topic::Number)),
            ("socialSecurityNumber", Some(Topic::Number)),
            ("phone-number", Some(Topic::Phone)),
            ("address-street-1", Some(Topic::Address)),
            ("address.postal-code", Some(Topic::Address)),
            ("address-country-code", None),
            ("email-address", Some(Topic::Email)),
            ("Session 1: IP address", Some(Topic::Network)),
            ("name-first", None),
            ("business-name", None),
            ("businessName", None),
            ("ssn", Some(Topic::Number)),
            ("social-security-ssn-last-4", Some(Topic::Number)),
            ("date-dob", Some(Topic::Birthdate)),
            ("expiration-date", None),
            ("Report: Phone number: Phone risk level", None),
            ("phone-risk-recommendation", None),
            ("match-status-address-street", None),
            ("Report: Phone number: Phone number", Some(Topic::Phone)),
            ("query.phone-number", Some(Topic::Phone)),
        ] {
            assert_eq!(Topic::of(name), topic, "{name}");
        }
    }

    #[test]
    fn what_is_hidden_cannot_be_read_back() {
        assert_eq!(Topic::Number.hide("D884-1207"), "••••1207");
        assert_eq!(Topic::Number.hide("12345"), "••••");
        assert_eq!(Topic::Email.hide("mara@post.example"), "m•••@post.example");
        assert_eq!(Topic::Email.hide("no address"), "••••");
        assert_eq!(Topic::Birthdate.hide("1991-04-12"), "••••");
        let mut mask = Mask::new([Topic::Phone]);
        let mut fields = ["phone-number", "birthdate", "name-first"]
            .map(|key| Field { key: key.into(), value: "+15035550160".into() });
        mask.fields(&mut fields);
        assert_eq!(fields.map(|field| field.value), ["+15035550160", "••••", "+15035550160"].map(str::to_owned));
        assert_eq!(mask.hidden, BTreeSet::from([Topic::Birthdate]));
    }

    #[test]
    fn what_is_shown_is_no_longer_than_somebody_reads() {
        let field = |key: &str| Field { key: key.into(), value: "7".repeat(4_000_000) };
        let mut fields = [field("remark"), field("document-number"), field("phone-number")];
        Mask::new([Topic::Phone]).fields(&mut fields);
        let [remark, number, phone] = fields.map(|field| field.value);
        assert_eq!(number, "••••7777");
        assert!(remark.len() < 11_000 && remark.contains("4000000 characters in all") && phone == remark);
    }

    #[test]
    fn a_change_is_hidden_by_what_changed_and_not_by_what_the_line_is_called() {
        use crate::domain::evidence_diff::ChangedLine;

        let change = |what: &str, topic| ChangedLine {
            what: what.into(),
            before: Some("192.0.2.222".into()),
            after: Some("192.0.2.7".into()),
            topic,
        };
        let lines =
            vec![change("Session iqse_1: network address", Some(Topic::Network)), change("Phone number: status", None)];
        let mut changes = Changes { seen: 1, now: 2, lines: Some(lines) };
        let mut mask = Mask::default();
        mask.changes(&mut changes);
        let lines = changes.lines.unwrap_or_default();
        assert_eq!((lines[0].before.as_deref(), lines[0].after.as_deref()), (Some("••••"), Some("••••")));
        assert_eq!(lines[1].after.as_deref(), Some("192.0.2.7"));
        assert_eq!(mask.hidden, BTreeSet::from([Topic::Network]));
    }

    #[test]
    fn a_word_of_a_colleague_comes_without_the_hash_of_what_it_is_about() {
        use crate::domain::discrepancy::Resolved;
        use crate::domain::time::Timestamp;

        let said = Resolved {
            field: "Birthdate".into(),
            resolution: "misread".into(),
            comment: String::new(),
            by: "Maya".into(),
            at: Timestamp::from_micros(0),
            of: "0123456789abcdef".into(),
        };
        let mut lines = [Comparison {
            label: "Birthdate".into(),
            submitted: Some("1991-04-12".into()),
            document: Some("1991-12-04".into()),
            resolved: Some(said),
            ..Comparison::default()
        }];
        Mask::default().comparisons(&mut lines);
        assert_eq!(lines[0].resolved.as_ref().map(|said| said.of.as_str()), Some(""));
    }

    #[test]
    fn a_hidden_value_is_not_told_by_what_differs() {
        let line = |document: &str| Comparison {
            label: "Name".into(),
            submitted: Some("14 High Street".into()),
            document: Some(document.into()),
            outcome: Some(Outcome::Differs { reasons: vec!["the house number is 12".into()] }),
            marks: Marks { submitted: std::iter::once(0..2).collect(), document: std::iter::once(0..2).collect() },
            ..Comparison::default()
        };
        let mut lines = [line("12 High Street"), line(&format!("{HIDDEN} Street"))];
        hide(&mut lines);
        assert_eq!(lines[0], line("12 High Street"));
        assert_eq!(
            (&lines[1].marks, &lines[1].outcome),
            (&Marks::default(), &Some(Outcome::Differs { reasons: vec![] }))
        );
    }
}
