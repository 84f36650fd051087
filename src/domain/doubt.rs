//! Doubts about an inquiry that no verification or report raises: its account, the answers in its form, its tags and unpublished members,
//! and dates in the future.
use super::account::{Account, AccountKind};
use super::denial::declared_field::{accused, accuses, answered};
use super::denial::denial;
use super::evidence::{Evidence, Signal, Tone};
use super::identity::of_account;
use super::inquiry::{Field, Inquiry};
use super::snapshot_order::orders;
use super::time::Timestamp;

fn warn(label: String) -> Signal {
    Signal { tone: Tone::Warn, label }
}

fn tone(bad: bool) -> Tone {
    if bad { Tone::Bad } else { Tone::Warn }
}

impl Account {
    /// Whether fields, tags or redaction differ from before, so that inquiries of the account are read again.
    pub fn says_other(&self, now: &Self) -> bool {
        self.fields != now.fields || self.tags != now.tags || self.redacted_at.is_some() != now.redacted_at.is_some()
    }

    /// Doubts about an inquiry of this account: another name or birthdate, fields and tags that accuse, or a redacted account, which cannot
    /// be compared.
    pub fn against(&self, inquiry: &Inquiry) -> Vec<Signal> {
        if self.redacted_at.is_some() {
            return vec![warn("Account redacted in Persona".to_owned())];
        }
        let mut all = of_account(&self.fields, self.kind() == AccountKind::Business, inquiry);
        let noted = self.fields.iter().filter_map(accused);
        all.extend(noted.map(|(bad, what)| Signal { tone: tone(bad), label: format!("Account: {what}") }));
        all.extend(self.tags.iter().filter(|tag| accuses(tag)).map(|tag| warn(format!("Account tag: {tag}"))));
        all
    }
}

/// Signals of members of an inquiry that Persona does not publish.
pub fn of_inquiry(members: &[Field]) -> Vec<Signal> {
    let judged = members.iter().filter_map(|member| denial(member).or_else(|| accused(member)));
    judged.map(|(bad, what)| Signal { tone: tone(bad), label: format!("Inquiry: {what}") }).collect()
}

impl Evidence {
    /// Answers in the form that are a reason to look, such as a declared PEP, and tags that accuse.
    pub(super) fn declared(&self) -> Vec<Signal> {
        let answers = self.inquiry.fields.iter().filter_map(answered).map(|what| warn(format!("Answered: {what}")));
        let tags = self.inquiry.tags.iter().filter(|tag| accuses(tag)).map(|tag| warn(format!("Tag: {tag}")));
        answers.chain(tags).collect()
    }

    /// Signals for verifications and reports that are dated in the future. Such a time does not show how long ago a
    /// search was made.
    pub fn ahead(&self, now: Timestamp) -> Vec<Signal> {
        let ahead =
            |done: Option<Timestamp>, made: Option<Timestamp>| done.into_iter().chain(made).any(|at| !orders(at, now));
        let verifications = self.verifications.iter().filter(|one| ahead(one.completed_at, one.created_at));
        let reports = self.reports.iter().filter(|one| ahead(one.completed_at, one.created_at));
        let label = |what: String| warn(format!("{what} dated in the future"));
        let verifications = verifications.map(|one| label(one.label()));
        verifications.chain(reports.map(|one| label(format!("{} report", one.title())))).collect()
    }

    /// Adds signals that were found while reading, each once.
    pub fn note(&mut self, found: Vec<Signal>) {
        for signal in found {
            if !self.found.contains(&signal) {
                self.found.push(signal);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pairs(of: &Value) -> Vec<Value> {
        of.as_object().into_iter().flatten().map(|(key, value)| json!({"key": key, "value": value})).collect()
    }

    fn evidence(fields: &Value) -> Evidence {
        let whole = json!({"inquiry": {"id": "inq_1", "status": "needs_review", "reference_id": null, "account_id": null,
            "template_id": null, "note": null, "tags": [], "creator": null, "reviewer_comment": null,
            "created_at": "2026-11-20T09:14:02.000000Z", "updated_at": null, "started_at": null, "completed_at": null,
            "failed_at": null, "marked_for_review_at": null, "decisioned_at": null, "expires_at": null,
            "expired_at": null, "redacted_at": null, "fields": pairs(fields)},
            "verifications": [], "reports": [], "sessions": []});
        serde_json::from_value(whole).unwrap_or_else(|why| panic!("{why}"))
    }

    fn labels(signals: Vec<Signal>) -> Vec<String> {
        signals.into_iter().map(|signal| signal.label).collect()
    }

    fn account(fields: &Value) -> Account {
        let whole = json!({"id": "act_1", "reference_id": null, "type_id": null, "type_name": "User", "status": "Default",
            "created_at": "2026-11-20T09:14:02.000000Z", "updated_at": null, "redacted_at": null, "tags": [],
            "fields": pairs(fields)});
        serde_json::from_value(whole).unwrap_or_else(|why| panic!("{why}"))
    }

    #[test]
    fn an_account_of_somebody_else_or_that_accuses_speaks_against_its_inquiry() {
        let inquiry = evidence(
            &json!({"name-first": "Anna", "name-last": "Smith", "birthdate": "1990-01-01", "business-name": "Acme Ltd"}),
        );
        let inquiry = inquiry.inquiry;
        for (fields, said) in [
            (json!({}), vec![]),
            (json!({"name.first": "ANNA", "name.last": "SMITH", "birthdate": "1990-01-01"}), vec![]),
            (json!({"name.first": "Kim", "name.last": "Jong Un"}), vec!["Account of another name"]),
            (json!({"name-first": "Kim", "name-last": "Jong Un"}), vec!["Account of another name"]),
            (json!({"birthdate": "1984-01-08"}), vec!["Account of somebody with another birthdate"]),
            (json!({"name": "王明"}), vec!["Name of the account not comparable"]),
            (json!({"business-name": "Acme Ltd", "name": "Acme Ltd"}), vec![]),
            (json!({"business-name": "Other GmbH"}), vec!["Account of another business"]),
            (
                json!({"risk-rating": "high", "is-pep": "yes"}),
                vec!["Account: is pep: yes", "Account: risk rating: high"],
            ),
            (json!({"sanctioned": "yes", "plan": "premium"}), vec!["Account: sanctioned: yes"]),
        ] {
            assert_eq!(labels(account(&fields).against(&inquiry)), said, "{fields}");
        }
        let tagged = Account { tags: vec!["SANCTIONED".into(), "vip".into()], ..account(&json!({})) };
        assert_eq!(labels(tagged.against(&inquiry)), ["Account tag: SANCTIONED"]);
        let gone = Account { redacted_at: Some(inquiry.created_at), ..account(&json!({})) };
        assert_eq!(labels(gone.against(&inquiry)), ["Account redacted in Persona"]);
    }

    #[test]
    fn answers_tags_and_members_of_the_inquiry_that_accuse_speak_against_it() {
        let mut one = evidence(&json!({"is-pep": "yes", "consent-given": "no", "us-person": "yes"}));
        one.inquiry.tags = vec!["FRAUD CONFIRMED".into(), "edd".into()];
        let declared = ["Answered: consent given: no", "Answered: is pep: yes", "Tag: FRAUD CONFIRMED"];
        assert_eq!(labels(one.declared()), declared);
        assert!(declared.iter().all(|label| one.outcome().why().contains(&(*label).to_owned())));
        let member = |key: &str, value: &str| {
            labels(of_inquiry(&[Field { key: key.into(), value: value.into() }])).into_iter().next()
        };
        for (key, value, said) in [
            ("fraud-score", "990", "Inquiry: fraud score 990"),
            ("decision", "declined", "Inquiry: decision declined"),
            ("risk", "high", "Inquiry: risk high"),
            ("flags", "SANCTIONED", "Inquiry: flags “SANCTIONED” not assessed"),
            ("failure-reason", "selfie spoofed", "Inquiry: failure reason selfie spoofed"),
        ] {
            assert_eq!(member(key, value).as_deref(), Some(said), "{key}");
        }
        for (key, value) in
            [("preferred-language", "en"), ("fraud-score", "12"), ("resumed-at", "2026-11-20"), ("template-id", "x")]
        {
            assert_eq!(member(key, value), None, "{key}");
        }
    }

    #[test]
    fn what_is_dated_after_now_is_a_doubt_and_clocks_may_differ() {
        let mut one = evidence(&json!({}));
        let at = |text: &str| text.parse().unwrap_or(Timestamp::from_micros(0));
        let now = at("2026-11-20T09:20:00.000000Z");
        for (completed, said) in [
            ("2026-11-20T09:15:00.000000Z", vec![]),
            ("2026-11-20T09:25:00.000000Z", vec![]),
            (
                "2031-01-01T00:00:00.000000Z",
                vec!["Government ID dated in the future", "Watchlist report dated in the future"],
            ),
        ] {
            let verification = json!({"id": "ver_1", "kind": "government-id", "status": "passed", "country": null,
                "created_at": null, "completed_at": completed, "checks": [], "facts": [], "pictures": []});
            let report = json!({"id": "rep_1", "kind": "watchlist", "status": "ready", "has_match": false, "term": null,
                "created_at": null, "completed_at": completed, "matches": [], "dismissed": 0});
            one.verifications = serde_json::from_value(json!([verification])).unwrap_or_default();
            one.reports = serde_json::from_value(json!([report])).unwrap_or_default();
            assert_eq!(labels(one.ahead(now)), said, "{completed}");
        }
    }
}
