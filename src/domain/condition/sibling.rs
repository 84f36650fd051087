//! What another inquiry of the same account says about the person.
use super::{ConditionAnswer, Countries, Facts};
use crate::domain::document::Unread;
use crate::domain::evidence::{Evidence, Signal};
use crate::domain::inquiry::Inquiry;

/// Another inquiry of the account.
#[derive(Debug, Clone)]
pub struct Sibling {
    pub inquiry: Inquiry,
    /// `None` when it was never read, or was redacted since.
    pub evidence: Option<Evidence>,
    pub signals: Vec<Signal>,
    /// Whether its evidence is to be read, for the first time or again.
    pub wanted: bool,
    /// Whether the last attempt to read it failed.
    pub unreadable: bool,
    /// Whether a check had failed when it was last read, also before a redaction. `None` when it was never read.
    pub failed_check: Option<bool>,
}

impl Sibling {
    /// Whether the desk knows what its checks say. One that the person has only begun, and of which Persona has
    /// reported nothing else, has no checks.
    fn is_known(&self) -> bool {
        let begun = || matches!(self.inquiry.status.as_str(), "created" | "pending");
        let of_checks = |unread: &Unread| unread.what.starts_with("verification");
        match &self.evidence {
            _ if self.inquiry.redacted_at.is_some() => self.failed_check.is_some(),
            _ if self.wanted || self.unreadable => false,
            Some(evidence) => !evidence.unread.iter().any(of_checks),
            None => begun(),
        }
    }

    /// Failed checks of an approved inquiry do not count: a person, or a workflow that the organisation wrote, has
    /// decided on it.
    pub(super) fn failed_check(&self) -> ConditionAnswer {
        if self.inquiry.status.as_str() == "approved" {
            return ConditionAnswer::No;
        }
        let failed = self.evidence.as_ref().map_or(self.failed_check == Some(true), Evidence::is_failed);
        ConditionAnswer::of(failed || self.inquiry.has_failed(), self.is_known())
    }

    /// Adds the countries that it names. One that was redacted names none any more.
    pub(super) fn add_countries(&self, all: &mut Countries) {
        let own = match &self.evidence {
            Some(evidence) => Countries::of(evidence),
            None => Countries::of(&Evidence::of(self.inquiry.clone())),
        };
        all.codes.extend(own.codes);
        // That it names none says nothing about those of the others.
        all.known &= own.understood;
        all.known &= self.is_known() || self.inquiry.redacted_at.is_some();
    }

    /// Whether a signal may be missing.
    pub(super) fn may_bring_signals(&self) -> bool {
        !self.is_known() || self.evidence.as_ref().is_some_and(|evidence| !evidence.unread.is_empty())
    }
}

impl Facts {
    /// Adds the facts of the other inquiries of the account: a person is from every country that any of their
    /// documents is from, and a failed check is not undone by starting a new inquiry.
    pub fn beside(&mut self, siblings: &[Sibling]) {
        let failed = siblings.iter().map(Sibling::failed_check).chain([self.failed_check]);
        self.failed_check = ConditionAnswer::any(&failed.collect::<Vec<_>>());
        siblings.iter().for_each(|sibling| sibling.add_countries(&mut self.countries));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{evidence, facts, report, verification};
    use super::*;
    use crate::domain::inquiry::InquiryStatus;
    use crate::domain::time::Timestamp;

    fn sibling(status: &str) -> Sibling {
        let evidence = evidence(&[], verification("failed", "failed", true, "IR"), json!([]), false);
        let mut inquiry = evidence.inquiry.clone();
        inquiry.status = InquiryStatus::from(status.to_owned());
        let (failed_check, signals) = (Some(true), Vec::new());
        Sibling { inquiry, evidence: Some(evidence), signals, wanted: false, unreadable: false, failed_check }
    }

    fn beside(sibling: Sibling) -> (ConditionAnswer, ConditionAnswer) {
        let passed = verification("passed", "passed", true, "DE");
        let clean = evidence(&[("nationality", "DE")], passed, report("watchlist", "ready", false), false);
        let mut facts = facts(&clean);
        facts.beside(&[sibling]);
        (facts.failed_check, facts.countries.among(&["IR".to_owned()]))
    }

    #[test]
    fn a_failed_check_of_another_inquiry_counts_until_that_one_is_approved() {
        assert_eq!(beside(sibling("needs_review")), (ConditionAnswer::Yes, ConditionAnswer::Yes));
        assert_eq!(beside(sibling("declined")), (ConditionAnswer::Yes, ConditionAnswer::Yes));
        assert_eq!(beside(sibling("approved")), (ConditionAnswer::No, ConditionAnswer::Yes));
    }

    #[test]
    fn what_is_not_read_of_another_inquiry_is_not_known() {
        let unread = || Sibling { evidence: None, failed_check: None, ..sibling("completed") };
        let unknown = (ConditionAnswer::NotKnown, ConditionAnswer::NotKnown);
        assert_eq!(beside(unread()), unknown);
        assert_eq!(beside(Sibling { wanted: true, ..unread() }), unknown);
        assert_eq!(beside(Sibling { unreadable: true, ..unread() }), unknown);
        let mut begun = Sibling { evidence: None, failed_check: None, ..sibling("created") };
        assert_eq!(beside(begun.clone()), (ConditionAnswer::No, ConditionAnswer::No));
        begun.wanted = true;
        assert_eq!(beside(begun), unknown);
        // A read that is out of date does not take back what was read.
        assert_eq!(
            beside(Sibling { wanted: true, ..sibling("pending") }),
            (ConditionAnswer::Yes, ConditionAnswer::Yes)
        );
    }

    #[test]
    fn a_redaction_does_not_take_a_failed_check_back() {
        let redacted = |status: &str, failed_check| {
            let mut sibling = Sibling { evidence: None, failed_check, ..sibling(status) };
            sibling.inquiry.redacted_at = Some(Timestamp::from_micros(0));
            beside(sibling).0
        };
        assert_eq!(redacted("completed", Some(true)), ConditionAnswer::Yes);
        assert_eq!(redacted("completed", Some(false)), ConditionAnswer::No);
        assert_eq!(redacted("completed", None), ConditionAnswer::NotKnown);
        assert_eq!(redacted("approved", None), ConditionAnswer::No);
    }
}
