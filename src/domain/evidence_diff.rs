//! What changed between two versions of the evidence, line by line, for a reviewer who saw the first and is about to decide
//! on the second.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::inquiry::Field;
use super::text::words;
use super::topic::{Topic, of_field};

/// One line that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedLine {
    /// What it is about: `Government ID: Expiration`.
    pub what: String,
    /// `None` when the line is new.
    pub before: Option<String>,
    /// `None` when it is gone.
    pub after: Option<String>,
    /// The kind of personal data in it, from the name of the value itself and not from the words of `what`.
    #[serde(skip)]
    pub topic: Option<Topic>,
}

/// What changed since the version that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    pub seen: i64,
    pub now: i64,
    /// `None` when the version that was seen is no longer stored.
    pub lines: Option<Vec<ChangedLine>>,
}

type LinesByName = BTreeMap<String, (String, Option<Topic>)>;

pub fn changes(before: &Evidence, after: &Evidence) -> Vec<ChangedLine> {
    let (mut before, after) = (lines(before), lines(after));
    let mut found: Vec<ChangedLine> = after
        .into_iter()
        .filter_map(|(what, (value, topic))| {
            let old = before.remove(&what).map(|(old, _)| old);
            (old.as_ref() != Some(&value)).then_some(ChangedLine { what, before: old, after: Some(value), topic })
        })
        .collect();
    let gone = before.into_iter();
    found.extend(gone.map(|(what, (value, topic))| ChangedLine { what, before: Some(value), after: None, topic }));
    found.sort_by(|a, b| a.what.cmp(&b.what));
    found
}

/// Collects lines, each under a unique name.
#[derive(Default)]
struct DiffLines(LinesByName);

impl DiffLines {
    fn add(&mut self, what: String, value: Option<String>) {
        self.tell(what, value, None);
    }

    fn tell(&mut self, what: String, value: Option<String>, topic: Option<Topic>) {
        let Some(value) = value.filter(|value| !value.is_empty()) else { return };
        // Several lines of one name get a number.
        let mut name = what.clone();
        let mut n = 1;
        while self.0.contains_key(&name) {
            n += 1;
            name = format!("{what} ({n})");
        }
        self.0.insert(name, (value, topic));
    }

    fn fields(&mut self, label: &str, fields: &[Field]) {
        for field in fields {
            let what = format!("{label}: {}", words(&field.key.replace('.', " ")));
            self.tell(what, Some(field.value.clone()), of_field(fields, field));
        }
    }
}

/// Every line that a reviewer sees, named so that the same line has the same name in both versions.
fn lines(evidence: &Evidence) -> LinesByName {
    let mut all = DiffLines::default();
    let inquiry = &evidence.inquiry;
    all.add("Status".into(), Some(inquiry.status.label()));
    all.add("Reference".into(), inquiry.reference_id.clone());
    all.add("Account".into(), inquiry.account_id.as_ref().map(ToString::to_string));
    all.add("Decision comment in Persona".into(), inquiry.reviewer_comment.clone());
    all.add("Marked for review".into(), inquiry.marked_for_review_at.map(super::time::Timestamp::to_minute_text));
    all.add("Redacted".into(), inquiry.redacted_at.map(super::time::Timestamp::to_minute_text));
    all.fields("Submitted", &inquiry.fields);
    for verification in &evidence.verifications {
        let label = verification.label();
        all.add(label.clone(), Some(words(&verification.status)));
        for check in &verification.checks {
            let status = String::from(check.status.clone());
            let mut value = words(&status);
            if !check.reasons.is_empty() {
                value = format!(
                    "{value}: {}",
                    check.reasons.iter().map(|reason| words(reason)).collect::<Vec<_>>().join(", ")
                );
            }
            if !check.doubts().is_empty() {
                value = format!("{value}; {}", check.doubts().join(", "));
            }
            all.add(format!("{label}, check: {}", check.label()), Some(value));
        }
        all.fields(&label, &verification.facts);
        let pictures = verification.pictures.len();
        all.add(format!("{label}: pictures"), (pictures > 0).then(|| pictures.to_string()));
    }
    for document in &evidence.documents {
        let label = document.label();
        all.add(label.clone(), Some(words(&document.status)));
        all.fields(&label, &document.facts);
        let files = document.pictures.len();
        all.add(format!("{label}: files"), (files > 0).then(|| files.to_string()));
    }
    for unread in &evidence.unread {
        all.add(format!("Not read: {} {}", unread.what, unread.id), Some("named by Persona but not read".to_owned()));
    }
    for report in &evidence.reports {
        let label = report.title();
        all.add(format!("Report: {label}"), Some(report.assess().text));
        for hit in &report.matches {
            let what = hit.what.clone().map(|what| format!(", {what}")).unwrap_or_default();
            all.add(format!("Report: {label}, hit: {}", hit.name), Some(format!("{}{what}", hit.source)));
        }
        all.fields(&format!("Report: {label}"), &report.facts);
        all.add(
            format!("Report: {label}, dismissed hits"),
            (report.dismissed > 0).then(|| report.dismissed.to_string()),
        );
    }
    all.fields("Behaviour", &evidence.behavior);
    for signal in &evidence.found {
        all.add(format!("Found: {}", signal.label), Some("risk indicator".to_owned()));
    }
    for session in &evidence.sessions {
        let parts = [&session.device, &session.browser, &session.country, &session.region];
        let mut value = parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
        let against: Vec<String> = session.against().into_iter().map(|signal| signal.label).collect();
        if !against.is_empty() {
            value = format!("{value}; {}", against.join(", "));
        }
        let value = if value.is_empty() { "device not known".to_owned() } else { value };
        let label = format!("Session {}", session.id);
        all.add(label.clone(), Some(value));
        all.tell(format!("{label}: IP address"), session.ip_address.clone(), Some(Topic::Network));
        all.fields(&label, &session.signals);
    }
    all.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::inquiry::{Inquiry, InquiryStatus};
    use crate::domain::time::Timestamp;
    use crate::domain::verification::{Check, CheckStatus, Verification};

    fn id<T: std::str::FromStr>(text: &str) -> T {
        text.parse().unwrap_or_else(|_| panic!("{text}"))
    }

    fn evidence() -> Evidence {
        let at = Timestamp::from_micros(1_795_000_000_000_000);
        let inquiry = Inquiry {
            id: id("inq_1"),
            status: InquiryStatus::NeedsReview,
            reference_id: None,
            account_id: None,
            template_id: None,
            note: None,
            tags: vec![],
            creator: None,
            reviewer_comment: None,
            created_at: at,
            updated_at: None,
            started_at: None,
            completed_at: None,
            failed_at: None,
            marked_for_review_at: None,
            decisioned_at: None,
            expires_at: None,
            expired_at: None,
            redacted_at: None,
            fields: vec![Field { key: "birthdate".into(), value: "1991-04-12".into() }],
        };
        let check = Check {
            name: "id_tamper_detection".into(),
            status: CheckStatus::Passed,
            required: true,
            reasons: vec![],
            metadata: vec![],
        };
        let verification = Verification {
            id: id("ver_1"),
            kind: "government-id".into(),
            status: "passed".into(),
            template: None,
            attempt: None,
            country: None,
            created_at: None,
            completed_at: None,
            checks: vec![check],
            facts: vec![],
            pictures: vec![],
        };
        Evidence { verifications: vec![verification], ..Evidence::of(inquiry) }
    }

    #[test]
    fn the_same_has_no_changes() {
        assert_eq!(changes(&evidence(), &evidence()), []);
    }

    #[test]
    fn each_changed_line_is_named_with_before_and_after() {
        let mut after = evidence();
        after.inquiry.fields = vec![
            Field { key: "birthdate".into(), value: "1981-04-12".into() },
            Field { key: "phone-number".into(), value: "+47 1".into() },
        ];
        after.verifications[0].checks[0].status = CheckStatus::Failed;
        after.verifications[0].checks[0].reasons = vec!["altered_font".into()];
        let found = changes(&evidence(), &after);
        let line = |what: &str| {
            found
                .iter()
                .find(|change| change.what.contains(what))
                .cloned()
                .unwrap_or_else(|| panic!("{what}: {found:?}"))
        };
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(line("Birthdate").before.as_deref(), Some("1991-04-12"));
        assert_eq!(line("Birthdate").after.as_deref(), Some("1981-04-12"));
        assert_eq!(line("Phone").before, None);
        assert_eq!(line("check").after.as_deref(), Some("Failed: Altered font"));
    }

    #[test]
    fn what_is_gone_is_said() {
        let mut after = evidence();
        after.verifications.clear();
        let found = changes(&evidence(), &after);
        assert!(found.iter().all(|change| change.after.is_none()) && found.len() == 2, "{found:?}");
    }
}
