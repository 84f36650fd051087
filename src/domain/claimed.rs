//! What stands against an inquiry beside what was verified: the account that it hangs on.
use super::account::{Account, AccountKind};
use super::denial::declared::{accused, accuses};
use super::evidence::{Evidence, Signal, Tone};
use super::identity::of_account;
use super::inquiry::Inquiry;

fn warn(label: String) -> Signal {
    Signal { tone: Tone::Warn, label }
}

fn tone(bad: bool) -> Tone {
    if bad { Tone::Bad } else { Tone::Warn }
}

impl Account {
    /// Whether what it says of somebody may be another thing than before.
    pub fn says_other(&self, now: &Self) -> bool {
        self.fields != now.fields || self.tags != now.tags || self.redacted_at.is_some() != now.redacted_at.is_some()
    }

    /// What it says against an inquiry that hangs on it: that it is of somebody else, what the organisation noted of them, and that Persona
    /// has redacted it, so that nobody can tell.
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

impl Evidence {
    /// Notes what was found while it was read, each once.
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
}
