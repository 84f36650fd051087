//! Evidence of an inquiry: its parts, its files, and its fingerprint. What it says is judged in `outcome`.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::account::attribute::{Attribute, AttributeKind};
use super::document::{Document, Unread};
use super::id::ObjectId;
use super::inquiry::{Field, Inquiry, InquirySession, field};
use super::picture::{Labelled, Part, Picture, labelled};
use super::report::Report;
pub use super::signal::{Signal, Tone};
use super::time::Timestamp;
use super::topic::{Topic, of_field};
use super::verification::Verification;

/// The evidence of one inquiry as fetched from Persona in one go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub inquiry: Inquiry,
    pub verifications: Vec<Verification>,
    pub reports: Vec<Report>,
    pub sessions: Vec<InquirySession>,
    /// Documents that no verification shows. Not serialized when empty, so that the fingerprint of other evidence stays
    /// the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// What Persona reports about how the applicant behaved: signals and behaviours of the inquiry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub behavior: Vec<Field>,
    /// Doubts found while reading that come from data outside the evidence: the inquiry's account, and members of the
    /// inquiry that Persona does not publish. Not serialized when empty, so that the fingerprint of other evidence
    /// stays the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<Signal>,
}

impl Evidence {
    /// Evidence of which only the inquiry itself is known yet.
    pub const fn of(inquiry: Inquiry) -> Self {
        Self {
            inquiry,
            verifications: Vec::new(),
            reports: Vec::new(),
            sessions: Vec::new(),
            documents: Vec::new(),
            unread: Vec::new(),
            behavior: Vec::new(),
            found: Vec::new(),
        }
    }

    /// SHA-256 of the canonical form. Two reviewers who see the same fingerprint saw the same evidence. The time of
    /// Persona's last update and the tags are left out, because they change without the evidence changing.
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(self.canonical()))
    }

    /// The bytes that the fingerprint is computed over: what a reviewer sees. Stored for each version that was seen.
    pub fn canonical(&self) -> String {
        let mut same = self.clone();
        same.inquiry.updated_at = None;
        same.inquiry.tags.clear();
        same.inquiry.note = None;
        same.verifications.sort_by(|a, b| a.id.cmp(&b.id));
        same.reports.sort_by(|a, b| a.id.cmp(&b.id));
        same.sessions.sort_by(|a, b| a.id.cmp(&b.id));
        same.documents.sort_by(|a, b| a.id.cmp(&b.id));
        same.unread.sort();
        same.found.sort();
        // A session that merely ended shows nothing new.
        for session in &mut same.sessions {
            session.status.clear();
            session.expired_at = None;
        }
        // Through a JSON value, because its maps are sorted.
        serde_json::to_value(&same).map(|value| value.to_string()).unwrap_or_default()
    }

    /// Every file that the applicant gave, grouped by the object that it belongs to.
    fn owners(&self) -> Vec<(String, &[Picture])> {
        let verifications = self.verifications.iter().map(|one| (one.label(), one.pictures.as_slice()));
        let documents = self.documents.iter().map(|one| (one.label(), one.pictures.as_slice()));
        verifications.chain(documents).filter(|(_, pictures)| !pictures.is_empty()).collect()
    }

    /// Whether there are pictures on which personal data of the applicant is printed.
    pub fn printed(&self) -> bool {
        self.owners().into_iter().flat_map(|(_, pictures)| pictures).any(Picture::prints)
    }

    /// Topics of what was read from an object, and so is printed on its pictures.
    pub fn told_by(&self, object: &ObjectId) -> BTreeSet<Topic> {
        let verifications = self.verifications.iter().filter(|one| one.id == *object).map(|one| &one.facts);
        let documents = self.documents.iter().filter(|one| one.id == *object).map(|one| &one.facts);
        let facts = verifications.chain(documents);
        facts.flat_map(|facts| facts.iter().filter_map(|fact| of_field(facts, fact))).collect()
    }

    pub fn picture(&self, object: &ObjectId, part: Part) -> Option<&Picture> {
        let mut all = self.owners().into_iter().flat_map(|(_, pictures)| pictures);
        all.find(|picture| picture.object_id == *object && picture.part == part)
    }

    /// Every file that the applicant gave, with its label. None is left out, even if it cannot be drawn and only its
    /// name is shown.
    pub fn files(&self) -> Vec<Labelled> {
        let owners = self.owners();
        let mut files = Vec::new();
        for (n, (label, pictures)) in owners.iter().enumerate() {
            let same_part = |part: Part| {
                pictures.iter().any(|own| own.part.code().split('-').next() == part.code().split('-').next())
            };
            let mixed = owners
                .iter()
                .enumerate()
                .any(|(other, (_, theirs))| other != n && theirs.iter().any(|picture| same_part(picture.part)));
            let before = owners[..n].iter().filter(|(earlier, _)| earlier == label).count();
            let named = if before > 0 { format!("{label} {}", before + 1) } else { label.clone() };
            files.extend(labelled(pictures, mixed.then_some(named.as_str())));
        }
        files
    }

    pub(super) fn government_id(&self) -> Option<&Verification> {
        let ids = || self.verifications.iter().filter(|v| v.is_identity());
        ids().rfind(|v| v.passed()).or_else(|| ids().next_back())
    }

    pub(super) fn database(&self) -> Option<&Verification> {
        self.verifications.iter().rfind(|v| v.kind.starts_with("database"))
    }

    /// The document's class and country: `Driver licence, NG`.
    pub fn document_label(&self) -> Option<String> {
        self.government_id().map(Verification::document_label)
    }

    /// Attributes that this inquiry's account can share with others.
    pub fn attributes(&self) -> Vec<Attribute> {
        // From every document: an applicant who returns may bring another one.
        let shown = self.verifications.iter().map(|one| &one.facts).chain(self.documents.iter().map(|one| &one.facts));
        let numbers = shown.flat_map(|facts| ["identification-number", "document-number"].map(|key| field(facts, key)));
        let numbers = numbers.flatten().filter_map(|v| Attribute::new(AttributeKind::Document, v));
        let devices = self.sessions.iter().filter_map(|session| session.device_fingerprint.as_deref());
        let devices = devices.filter_map(|v| Attribute::new(AttributeKind::Device, v));
        let mut all: Vec<Attribute> = Attribute::contacts(&self.inquiry.fields).chain(numbers).chain(devices).collect();
        all.sort_by(|a, b| (a.kind, &a.digest).cmp(&(b.kind, &b.digest)));
        all.dedup_by(|a, b| a.kind == b.kind && a.digest == b.digest);
        all
    }

    /// Number of parts that could not be read and that say what the account shares with others.
    pub fn parts_unread(&self) -> i64 {
        let unread = self.unread.iter().filter(|unread| !unread.what.starts_with("report")).count();
        let devices = self.sessions.iter().filter(|session| session.is_without_device()).count();
        i64::try_from(unread + devices).unwrap_or(i64::MAX)
    }

    /// What happened to the inquiry, by Persona's own timestamps, newest first.
    pub fn moments(&self) -> Vec<(Timestamp, String)> {
        let inquiry = &self.inquiry;
        let mut all: Vec<(Timestamp, String)> = [
            (Some(inquiry.created_at), "created the inquiry"),
            (inquiry.started_at, "recorded the applicant's first step"),
            (inquiry.completed_at, "completed the inquiry"),
            (inquiry.failed_at, "marked the inquiry as failed"),
            (inquiry.marked_for_review_at, "marked it for review"),
            (
                inquiry.decisioned_at,
                if inquiry.status.as_str() == "declined" {
                    "recorded it as declined"
                } else {
                    "recorded it as approved"
                },
            ),
            (inquiry.expired_at, "marked it as expired"),
            (inquiry.redacted_at, "redacted it"),
        ]
        .into_iter()
        .filter_map(|(at, what)| at.map(|at| (at, what.to_owned())))
        .chain(self.verifications.iter().filter_map(|v| {
            v.completed_at.map(|at| (at, format!("finished the verification {}: {}", v.label(), v.status)))
        }))
        .chain(self.reports.iter().filter_map(|r| {
            r.completed_at.map(|at| (at, format!("finished the report {}: {}", r.title(), r.assess().text)))
        }))
        .collect();
        all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        all
    }
}

/// The short signal label of a failed check.
pub(super) fn failed_label(name: &str, label: &str) -> String {
    match name {
        "id_expired_detection" | "id_nfc_expired_detection" => "Expired document".into(),
        "id_tamper_detection" | "id_fabrication_detection" | "document_fabrication_detection" => {
            "Document tampering".into()
        }
        "id_electronic_replica_detection" => "Screen or print".into(),
        "id_portrait_clarity_detection" | "id_blur_detection" => "Portrait blurry".into(),
        "selfie_liveness_detection" => "Liveness".into(),
        "selfie_id_comparison" | "id_selfie_comparison" => "Selfie mismatch".into(),
        "id_age_comparison" | "selfie_age_comparison" => "Age mismatch".into(),
        "id_compromised_detection" => "Compromised document".into(),
        "id_entity_detection" => "Document not recognised".into(),
        "id_glare_detection" | "selfie_glare_detection" => "Glare".into(),
        "id_double_side_detection" => "One side missing".into(),
        "id_portrait_detection" => "No portrait".into(),
        "id_disallowed_type_detection" => "Document type not allowed".into(),
        "id_disallowed_country_detection" => "Country not allowed".into(),
        "id_account_comparison" | "selfie_account_comparison" => "Differs from account".into(),
        "id_barcode_detection" => "Barcode unreadable".into(),
        "selfie_pose_detection" => "Wrong poses".into(),
        "selfie_multiple_faces_detection" => "Several faces".into(),
        "selfie_face_covering_detection" => "Face covered".into(),
        "selfie_image_quality_detection" => "Poor selfie".into(),
        "document_expired_detection" => "Document too old".into(),
        "id_inquiry_comparison" => "Document mismatch".into(),
        "database_name_comparison" => "Name not in database".into(),
        "database_address_comparison" => "Address not in database".into(),
        "database_birthdate_comparison" => "Birthdate not in database".into(),
        _ => label.to_owned(),
    }
}
