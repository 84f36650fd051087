//! What remains of an object that Persona has redacted. The name of an event or a time in the object shows that it is
//! redacted; what else the body has is not stored.
use std::collections::BTreeMap;

use super::account::Account;
use super::case::{Case, CaseEvidence};
use super::document::Document;
use super::evidence::Evidence;
use super::inquiry::{Field, Inquiry, InquirySession};
use super::report::{Beside, Report};
use super::time::Timestamp;
use super::verification::Verification;

/// The key of the mark.
pub const REDACTED: &str = "redacted-in-persona";

/// Replaces the name of a redacted case.
pub const REDACTED_CASE: &str = "Redacted case";

/// The mark that replaces the facts of a redacted object. Persona empties what it returns for it afterwards.
pub fn mark(at: Timestamp) -> Field {
    Field { key: REDACTED.into(), value: at.to_minute_text() }
}

impl Inquiry {
    /// Status and times stay. `at` is used if the object has no time itself.
    pub fn redact(&mut self, at: Timestamp) {
        self.redacted_at.get_or_insert(at);
        self.note = None;
        self.reviewer_comment = None;
        self.tags.clear();
        self.fields.clear();
    }
}

impl Account {
    pub fn redact(&mut self, at: Timestamp) {
        self.redacted_at.get_or_insert(at);
        self.reference_id = None;
        self.tags.clear();
        self.fields.clear();
    }
}

impl Case {
    /// Status and times stay, and so do the objects that it holds: they are redacted themselves.
    pub fn redact(&mut self, at: Timestamp) {
        self.redacted_at.get_or_insert(at);
        // A case is often named after the person, and a file after its content.
        REDACTED_CASE.clone_into(&mut self.name);
        self.attachments.clear();
        self.resolution = None;
        self.tags.clear();
        self.fields.clear();
        for comment in &mut self.comments {
            comment.message.clear();
        }
    }
}

impl Verification {
    /// How it ended stays.
    pub fn redact(&mut self, at: Timestamp) {
        self.facts = vec![mark(at)];
        self.pictures.clear();
        for check in &mut self.checks {
            check.metadata.clear();
        }
    }
}

impl Report {
    /// How it ended stays.
    pub fn redact(&mut self, at: Timestamp) {
        self.facts = vec![mark(at)];
        self.term = None;
        self.matches.clear();
    }
}

impl Document {
    pub fn redact(&mut self, at: Timestamp) {
        self.facts = vec![mark(at)];
        self.pictures.clear();
    }
}

impl InquirySession {
    /// The flags of the network stay.
    pub fn redact(&mut self) {
        for told in [
            &mut self.ip_address,
            &mut self.device,
            &mut self.system,
            &mut self.browser,
            &mut self.country,
            &mut self.region,
            &mut self.connection,
            &mut self.provider,
            &mut self.device_fingerprint,
        ] {
            *told = None;
        }
    }
}

/// Redacted objects by their ids, and since when.
pub type Gone = BTreeMap<String, Timestamp>;

fn reports(all: &mut [Report], gone: &Gone) -> bool {
    let mut found = false;
    for report in all {
        if let Some(at) = gone.get(report.id.as_str()) {
            report.redact(*at);
            found = true;
        }
    }
    found
}

fn verifications(all: &mut [Verification], gone: &Gone) -> bool {
    let mut found = false;
    for verification in all {
        if let Some(at) = gone.get(verification.id.as_str()) {
            verification.redact(*at);
            found = true;
        }
    }
    found
}

/// Reports that were made in an inquiry, among those of others.
pub fn made_in<'a>(all: &'a [Report], inquiry: &str) -> Vec<&'a str> {
    let of = |report: &&Report| matches!(&report.beside, Some(Beside::Inquiry(id)) if id == inquiry);
    all.iter().filter(of).map(|report| report.id.as_str()).collect()
}

impl Evidence {
    /// Redacts objects of it. Returns whether any was there.
    pub fn redact(&mut self, gone: &Gone) -> bool {
        let mut found = reports(&mut self.reports, gone) | verifications(&mut self.verifications, gone);
        for document in &mut self.documents {
            if let Some(at) = gone.get(document.id.as_str()) {
                document.redact(*at);
                found = true;
            }
        }
        for session in self.sessions.iter_mut().filter(|session| gone.contains_key(session.id.as_str())) {
            session.redact();
            found = true;
        }
        found
    }

    /// The ids of everything that it consists of.
    pub fn parts(&self) -> Vec<&str> {
        let sessions = self.sessions.iter().map(|one| one.id.as_str());
        let reports = self.reports.iter().map(|one| one.id.as_str());
        self.own().into_iter().chain(reports).chain(sessions).collect()
    }

    /// The ids of what belongs to the inquiry: not the reports of others, nor of the account.
    pub fn own(&self) -> Vec<&str> {
        let verifications = self.verifications.iter().map(|one| one.id.as_str());
        let documents = self.documents.iter().map(|one| one.id.as_str());
        let reports = self.reports.iter().filter(|one| one.beside.is_none()).map(|one| one.id.as_str());
        verifications.chain(documents).chain(reports).collect()
    }

    /// The ids of reports about the account itself.
    pub fn of_account(&self) -> Vec<&str> {
        let reports = self.reports.iter().filter(|one| one.beside == Some(Beside::Account));
        reports.map(|one| one.id.as_str()).collect()
    }
}

impl CaseEvidence {
    /// Redacts objects of it. Returns whether any was there.
    pub fn redact(&mut self, gone: &Gone) -> bool {
        reports(&mut self.reports, gone) | verifications(&mut self.verifications, gone)
    }

    pub fn parts(&self) -> Vec<&str> {
        let verifications = self.verifications.iter().map(|one| one.id.as_str());
        self.reports.iter().map(|one| one.id.as_str()).chain(verifications).collect()
    }
}
