//! Checks: those of each kind of verification, and which of them fail with a twist.

use super::plan::Twist;
use serde_json::{Value, json};

/// Name, and whether the check is required. All pass unless a twist makes them fail.
pub const GOVERNMENT_ID: &[(&str, bool)] = &[
    ("id_entity_detection", true),
    ("id_expired_detection", true),
    ("id_compromised_detection", true),
    ("id_disallowed_country_detection", true),
    ("id_disallowed_type_detection", true),
    ("id_double_side_detection", true),
    ("id_portrait_detection", true),
    ("id_portrait_clarity_detection", true),
    ("id_selfie_comparison", true),
    ("id_inquiry_comparison", true),
    ("id_tamper_detection", true),
    ("id_electronic_replica_detection", true),
    ("id_fabrication_detection", true),
    ("id_extracted_properties_detection", true),
    ("id_age_comparison", true),
    ("id_barcode_detection", false),
    ("id_mrz_detection", false),
    ("id_blur_detection", false),
    ("id_glare_detection", false),
    ("id_color_inconsistency_detection", false),
    ("id_account_comparison", false),
    ("id_public_figure_detection", false),
];
pub const SELFIE: &[(&str, bool)] = &[
    ("selfie_pose_detection", true),
    ("selfie_liveness_detection", true),
    ("selfie_id_comparison", true),
    ("selfie_multiple_faces_detection", true),
    ("selfie_suspicious_entity_detection", true),
    ("selfie_age_comparison", false),
    ("selfie_face_covering_detection", false),
    ("selfie_glare_detection", false),
    ("selfie_image_quality_detection", false),
    ("selfie_account_comparison", false),
    ("selfie_public_figure_detection", false),
];

/// Failed checks with their reason, and whether the check is required.
pub type Failures = &'static [(&'static str, &'static str, bool)];

pub fn id_failures(twist: Twist) -> Failures {
    match twist {
        Twist::BirthdateAndWatchlist => &[("id_inquiry_comparison", "birthdate_mismatch", true)],
        Twist::Name => &[("id_inquiry_comparison", "name_mismatch", true)],
        Twist::Address => &[("id_inquiry_comparison", "address_mismatch", true)],
        Twist::ExpiredDocument => &[("id_expired_detection", "expired", true)],
        Twist::Tampered => &[
            ("id_tamper_detection", "tampering_detected", true),
            ("id_electronic_replica_detection", "replica_detected", true),
        ],
        Twist::Blurry => {
            &[("id_portrait_clarity_detection", "portrait_blurry", true), ("id_blur_detection", "too_blurry", false)]
        }
        Twist::LowSimilarity => &[("id_selfie_comparison", "low_similarity", true)],
        Twist::Optional => {
            &[("id_glare_detection", "too_much_glare", false), ("id_barcode_detection", "barcode_not_decoded", false)]
        }
        _ => &[],
    }
}

pub fn selfie_failures(twist: Twist) -> Failures {
    match twist {
        Twist::LowSimilarity => &[("selfie_id_comparison", "low_similarity", true)],
        Twist::Blurry => &[("selfie_image_quality_detection", "low_quality", false)],
        Twist::Tor => &[("selfie_liveness_detection", "low_liveness_confidence", true)],
        _ => &[],
    }
}

pub fn database_failures(twist: Twist) -> Failures {
    match twist {
        Twist::BirthdateAndWatchlist => &[("database_birthdate_comparison", "no_match", true)],
        Twist::Name => &[("database_name_comparison", "no_match", true)],
        Twist::Address => &[("database_address_comparison", "no_match", true)],
        _ => &[],
    }
}

pub fn checks(names: &[(&str, bool)], failures: Failures) -> (Vec<Value>, bool) {
    let mut passed = true;
    let rows = names.iter().map(|(name, required)| {
        let failure = failures.iter().find(|failure| failure.0 == *name);
        let required = failure.map_or(*required, |failure| failure.2);
        passed &= failure.is_none() || !required;
        let absent = if name.ends_with("account_comparison") { Some("no_account") } else { None };
        let status = if failure.is_some() { "failed" } else if absent.is_some() { "not_applicable" } else { "passed" };
        let reasons: Vec<&str> = failure.map(|failure| failure.1).or(absent).into_iter().collect();
        json!({
            "name": name, "status": status, "reasons": reasons, "requirement": if required { "required" } else { "not_required" },
            "metadata": {},
        })
    });
    let rows = rows.collect();
    (rows, passed)
}
