//! A verification of an inquiry, and the checks that it consists of.
use serde::{Deserialize, Serialize};

use super::denial::of_check;
use super::id::ObjectId;
use super::inquiry::{Field, field};
use super::network::plain;
use super::picture::Picture;
use super::text::words;
use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub id: ObjectId,
    /// `government-id`, `selfie`, `database`, … (open list)
    pub kind: String,
    pub status: String,
    /// Its template, if an inquiry has several of a kind: it tells attempts at the same verification from different
    /// ones. Not serialized otherwise, so that the fingerprint of other evidence stays the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Its position among attempts at the same verification that were begun at the same time, if Persona gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    pub country: Option<String>,
    pub created_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub checks: Vec<Check>,
    /// What was read from the document or the database, including scores, as text.
    pub facts: Vec<Field>,
    pub pictures: Vec<Picture>,
}

impl Verification {
    pub fn label(&self) -> String {
        match self.kind.as_str() {
            "government-id" => "Government ID".into(),
            "government-id-nfc" => "Government ID, NFC chip".into(),
            "email-address" => "E-mail address".into(),
            "phone-number" => "Phone number".into(),
            "aamva" => "AAMVA database".into(),
            other => words(other),
        }
    }

    /// Whether it is an identity document.
    pub fn is_identity(&self) -> bool {
        self.kind.starts_with("government-id")
    }

    /// Whether it looks at a person: at their document or their face.
    pub fn shows_a_person(&self) -> bool {
        self.kind.starts_with("government-id") || self.kind.starts_with("selfie")
    }

    /// Whether it verifies who a person or a business is: a document, a register, an identity from another provider.
    /// Not how they are reached, what they look like, or what they own. By the kinds that Persona publishes; an unknown
    /// kind proves nothing.
    pub fn tells_who(&self) -> bool {
        const REGISTERS: [&str; 2] = ["database-phone-carrier", "database-business-footprint"];
        const BEGIN: [&str; 8] = [
            "government-id",
            "document",
            "database",
            "digital-id",
            "verifiable-credential",
            "certificate",
            "jp-my-number",
            "qes-",
        ];
        let kind = self.kind.as_str();
        let known = BEGIN.iter().any(|begin| kind.starts_with(begin)) || matches!(kind, "aamva" | "mdoc");
        known && !REGISTERS.contains(&kind)
    }

    /// The document's class and country: `Driver licence, NG`.
    pub fn document_label(&self) -> String {
        let class = match field(&self.facts, "id-class") {
            Some("dl") => "Driver licence",
            Some("pp") => "Passport",
            Some("id") => "National ID card",
            Some("visa") => "Visa",
            Some("cct") => "Residence card",
            Some(other) => other,
            None if self.kind == "government-id-nfc" => "NFC chip",
            None => "Document",
        };
        self.country.as_ref().map_or_else(|| class.to_owned(), |country| format!("{class}, {country}"))
    }

    pub fn passed(&self) -> bool {
        matches!(self.status.as_str(), "passed" | "confirmed")
    }

    pub fn failed(&self) -> bool {
        self.status == "failed"
    }

    /// Whether it passed without a check that shows it. A confirmed number or address is its own check. For everything
    /// else, a required check must have been run, if there is one.
    pub fn is_unchecked(&self) -> bool {
        if !self.passed() || matches!(self.kind.as_str(), "phone-number" | "email-address") {
            return false;
        }
        let required = self.checks.iter().any(|check| check.required);
        let counting = self.checks.iter().filter(|check| check.required || !required);
        counting.into_iter().all(|check| check.weight() == Weight::Skipped)
    }
}

/// A check. Only a required one decides the verification; a failed one that is not required is a hint (CONTRACT.md
/// section 15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    pub status: CheckStatus,
    pub required: bool,
    pub reasons: Vec<String>,
    /// What was compared and how well it matched. Not serialized when empty, so that the fingerprint of other checks
    /// stays the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum CheckStatus {
    Passed,
    Failed,
    NotApplicable,
    Other(String),
}

impl From<String> for CheckStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "passed" => Self::Passed,
            "failed" => Self::Failed,
            "not_applicable" => Self::NotApplicable,
            _ => Self::Other(text),
        }
    }
}

impl From<CheckStatus> for String {
    fn from(status: CheckStatus) -> String {
        match status {
            CheckStatus::Passed => "passed".into(),
            CheckStatus::Failed => "failed".into(),
            CheckStatus::NotApplicable => "not_applicable".into(),
            CheckStatus::Other(text) => text,
        }
    }
}

/// How a check counts, worst first. Also the order of display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    Failed,
    Hint,
    /// Passed, although something that it compared matched only in part or not at all, or it has a reason.
    Doubtful,
    /// An unknown status: neither passed nor not applicable.
    Unknown,
    Passed,
    Skipped,
}

/// The mark in place of values that are not stored.
pub const CUT: (&str, &str) = ("more", "there are more values than are kept here");

/// Whether a value of a check says how well something matched, by the last part of its key.
pub fn is_result(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or(key);
    // A nested status is that of one of several comparisons.
    last.ends_with("match-result")
        || matches!(last, "match" | "result" | "match-level" | "matched")
        || last == "status" && key.contains('.')
}

impl Check {
    pub fn weight(&self) -> Weight {
        match (&self.status, self.required) {
            (CheckStatus::Failed, true) => Weight::Failed,
            (CheckStatus::Failed, false) => Weight::Hint,
            (CheckStatus::Passed, _) if !self.objections().is_empty() => Weight::Doubtful,
            (CheckStatus::Passed, _) => Weight::Passed,
            (CheckStatus::NotApplicable, _) => Weight::Skipped,
            (CheckStatus::Other(_), _) => Weight::Unknown,
        }
    }

    /// What keeps a check that passed from being good, with its reasons.
    pub fn objections(&self) -> Vec<String> {
        let reasons = self.reasons.iter().map(|reason| words(reason).to_lowercase());
        self.doubts().into_iter().chain(reasons).collect()
    }

    /// Comparisons that are not a full match (`Name last: partial match`), values that contradict the status, and
    /// values that are not stored and so were not judged.
    pub fn doubts(&self) -> Vec<String> {
        let results = self.metadata.iter().filter(|field| is_result(&field.key));
        let doubtful = results.filter(|field| {
            !matches!(
                plain(&field.value).as_str(),
                "full" | "exact" | "match" | "passed" | "yes" | "true" | "not-applicable"
            )
        });
        let doubtful: Vec<&Field> = doubtful.collect();
        let doubts = doubtful.iter().map(|field| {
            let what = field.key.rsplit_once('.').map_or("", |(what, _)| what);
            let key = if what.is_empty() { "name".to_owned() } else { format!("{what}.name") };
            let named = self.metadata.iter().find(|other| other.key == key);
            let how = match plain(&field.value).as_str() {
                "none" | "no-match" | "no" => "no match".to_owned(),
                "partial" => "partial match".to_owned(),
                _ => format!("match unknown ({})", field.value),
            };
            named.map_or_else(|| how.clone(), |name| format!("{}: {how}", words(&name.value)))
        });
        let passed = self.status == CheckStatus::Passed;
        let trouble = self.metadata.iter().filter(|field| passed && field.key == "category");
        let trouble = trouble.map(|field| format!("category {}", words(&field.value).to_lowercase()));
        let is_cut = |field: &&Field| field.key == CUT.0 && field.value == CUT.1;
        let cut = self.metadata.iter().filter(is_cut).map(|_| "not all of its values assessed".to_owned());
        // The score of a doubtful comparison says the same again.
        let way = |key: &str| key.rsplit_once('.').map_or("", |(way, _)| way).to_owned();
        let again =
            |key: &str| key.ends_with("match-score") && doubtful.iter().any(|doubted| way(&doubted.key) == way(key));
        let beside = self.metadata.iter().filter(|field| passed && !is_cut(field) && field.key != "category");
        let denied = beside.filter(|field| !is_result(&field.key) && !again(&field.key)).filter_map(of_check);
        doubts.chain(trouble).chain(cut).chain(denied).collect()
    }

    /// Its label: `id_mrz_inconsistency_detection` → `MRZ inconsistency`. Names that read badly that way have their
    /// own.
    pub fn label(&self) -> String {
        if let Some((_, label)) = LABELS.iter().find(|(name, _)| *name == self.name) {
            return (*label).to_owned();
        }
        let name = ["id_", "selfie_", "database_", "document_", "aamva_"]
            .into_iter()
            .find_map(|prefix| self.name.strip_prefix(prefix))
            .unwrap_or(&self.name);
        words(name.strip_suffix("_detection").unwrap_or(name)).replace("Mrz", "MRZ").replace("Nfc", "NFC")
    }

    pub fn reasons_label(&self) -> String {
        self.reasons.iter().map(|reason| words(reason)).collect::<Vec<_>>().join(", ")
    }
}

const LABELS: &[(&str, &str)] = &[
    ("id_expired_detection", "Document not expired"),
    ("id_entity_detection", "Document recognised"),
    ("id_electronic_replica_detection", "Not a screen or print"),
    ("id_tamper_detection", "Document not tampered with"),
    ("id_fabrication_detection", "Document not fabricated"),
    ("id_compromised_detection", "Document not on compromised list"),
    ("id_portrait_detection", "Portrait found"),
    ("id_portrait_clarity_detection", "Portrait clear"),
    ("id_selfie_comparison", "Portrait matches selfie"),
    ("id_inquiry_comparison", "Document matches what was submitted"),
    ("id_account_comparison", "Document matches the account"),
    ("id_disallowed_type_detection", "Document type allowed"),
    ("id_disallowed_country_detection", "Country allowed"),
    ("id_blur_detection", "Picture sharp"),
    ("id_glare_detection", "No glare"),
    ("id_double_side_detection", "Both sides given"),
    ("selfie_liveness_detection", "Live person"),
    ("selfie_id_comparison", "Selfie matches document"),
    ("selfie_account_comparison", "Selfie matches account"),
    ("selfie_pose_detection", "Poses as asked"),
    ("selfie_multiple_faces_detection", "One face only"),
    ("selfie_face_covering_detection", "Face not covered"),
    ("database_name_comparison", "Name in database"),
    ("database_address_comparison", "Address in database"),
    ("database_birthdate_comparison", "Birthdate in database"),
    ("document_expired_detection", "Document recent enough"),
    ("document_fabrication_detection", "Document not fabricated"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, status: &str, required: bool) -> Check {
        Check { name: name.into(), status: status.to_owned().into(), required, reasons: vec![], metadata: vec![] }
    }

    #[test]
    fn a_failed_check_that_is_not_required_is_a_hint() {
        assert_eq!(check("id_glare_detection", "failed", false).weight(), Weight::Hint);
        assert_eq!(check("id_glare_detection", "failed", true).weight(), Weight::Failed);
        assert_eq!(check("id_glare_detection", "sleeping", true).weight(), Weight::Unknown);
    }

    #[test]
    fn a_check_that_passed_is_good_only_when_nothing_beside_it_says_otherwise() {
        let with = |metadata: &[(&str, &str)], reasons: &[&str]| {
            let field = |(key, value): &(&str, &str)| Field { key: (*key).into(), value: (*value).into() };
            let metadata = metadata.iter().map(field).collect();
            let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
            Check { metadata, reasons, ..check("x", "passed", true) }
        };
        for good in [&[][..], &[("match-result", "Full")], &[("a.match-result", "not_applicable")], &[("score", "3")]] {
            assert_eq!(with(good, &[]).weight(), Weight::Passed, "{good:?}");
        }
        for (metadata, reasons, doubt) in [
            (&[("a.1.name", "name_last"), ("a.1.match-result", "none")][..], &[][..], "Name last: no match"),
            (&[("match-result", "not given")], &[], "match unknown (not given)"),
            (&[("result", "no_match")], &[], "no match"),
            (&[("match-level", "none")], &[], "no match"),
            (&[("matched", "false")], &[], "match unknown (false)"),
            (
                &[("check-requirements.1.name", "name_last"), ("check-requirements.1.status", "failed")],
                &[],
                "Name last: match unknown (failed)",
            ),
            (&[("last-name-match-result", "none")], &[], "no match"),
            (&[("category", "fraud")], &[], "category fraud"),
            (&[], &["document_tampered"], "document tampered"),
            (&[CUT], &[], "not all of its values assessed"),
        ] {
            let one = with(metadata, reasons);
            assert_eq!((one.weight(), one.objections()), (Weight::Doubtful, vec![doubt.to_owned()]));
        }
    }

    #[test]
    fn what_a_check_that_passed_says_against_itself_is_doubted() {
        let with = |key: &str, value: &str, status: &str| {
            let metadata = vec![Field { key: key.into(), value: value.into() }];
            Check { metadata, ..check("selfie_liveness_detection", status, true) }
        };
        for (key, value) in [
            ("is-spoof", "yes"),
            ("liveness-score", "0.01"),
            ("outcome", "failed"),
            ("reason", "face does not match"),
            ("decision", "reject"),
            ("similarity", "0.02"),
            ("detections", "mask, screen"),
            ("fraud-score", "990"),
            ("confidence", "low"),
            ("is-compromised", "yes"),
            ("tamper-score", "0.99"),
            ("lists", "lost and stolen documents: hit"),
            ("flagged", "yes"),
            ("birthdate", "mismatch"),
            ("check-requirements.1.match-score", "0"),
            ("check-requirements.1.is-spoof", "yes"),
        ] {
            let one = with(key, value, "passed");
            assert_eq!((one.weight(), one.objections().len()), (Weight::Doubtful, 1), "{key} {value}");
            assert_eq!(with(key, value, "not_applicable").weight(), Weight::Skipped, "{key}: it was not run");
        }
        for (key, value) in [
            ("backlink-count", "2443"),
            ("backlink-threshold", "10"),
            ("country-code", "US"),
            ("detected-id-designations", "REAL_ID"),
            ("check-requirements.1.name", "name_last"),
            ("check-requirements.1.match-score", "0.97"),
            ("birthdate", "match"),
            ("birthdate", "1990-01-01"),
            ("name-last", "Fail"),
            ("is-spoof", "no"),
            ("fraud-score", "12"),
        ] {
            assert_eq!(with(key, value, "passed").weight(), Weight::Passed, "{key} {value}");
        }
    }

    #[test]
    fn unknown_checks_still_read_well() {
        assert_eq!(check("id_mrz_inconsistency_detection", "passed", true).label(), "MRZ inconsistency");
        assert_eq!(check("brand_new_thing", "passed", true).label(), "Brand new thing");
    }
}
