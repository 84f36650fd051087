//! Verifications by lookup instead of by photograph, and all verifications that a subject went through.

use super::{
    super::{redact, store},
    checks::{checks, database_failures},
    papers::{Docs, address, bill, government_id, judge, merge, selfie, shell},
    people::Subject,
    plan::{Status, Template, Times, Twist},
    rng::Rng,
};
use serde_json::{Value, json};

pub fn database(subject: &Subject, times: &Times, rng: &mut Rng, twist: Twist) -> Docs {
    let kind = if subject.firm.is_some() { "database-business" } else { "database" };
    let mut verification = shell(kind, &rng.id("ver"), subject, times, Some(subject.land.code));
    let attributes = &mut verification["attributes"];
    merge(attributes, address(&subject.address));
    attributes["address-subdivision"] = subject.address.region.as_str().into();
    merge(
        attributes,
        json!({
            "birthdate": subject.birth, "name-first": subject.first, "name-middle": subject.middle, "name-last": subject.last,
            "phone-number": subject.phone, "email-address": subject.email,
        }),
    );
    if let Some(firm) = &subject.firm {
        merge(
            attributes,
            json!({
                "business-name": firm.name, "registration-number": firm.number, "address-country-code": subject.land.code,
            }),
        );
        judge(
            &mut verification,
            checks(
                &[
                    ("database_business_identity_comparison", true),
                    ("database_business_active_business_detection", true),
                    ("database_business_associated_persons_comparison", false),
                ],
                &[],
            ),
        );
    } else {
        merge(
            attributes,
            json!({
                "normalized-address-street-1": subject.address.street, "normalized-address-street-2": subject.address.street2,
                "normalized-address-city": subject.address.city, "normalized-address-subdivision": subject.address.region_code,
                "normalized-address-postal-code": subject.address.postal, "identification-number": null, "document-number": null,
                "document-issuing-date": null, "document-expiry-date": null, "document-issuing-subdivision": null,
            }),
        );
        judge(
            &mut verification,
            checks(
                &[
                    ("database_name_comparison", true),
                    ("database_address_comparison", true),
                    ("database_birthdate_comparison", true),
                    ("database_address_deliverable_detection", false),
                    ("database_po_box_detection", false),
                ],
                database_failures(twist),
            ),
        );
    }
    vec![(verification, Value::Null)]
}

pub fn contact(subject: &Subject, times: &Times, rng: &mut Rng, phone: bool) -> Docs {
    let kind = if phone { "phone-number" } else { "email-address" };
    let mut verification = shell(kind, &rng.id("ver"), subject, times, None);
    verification["attributes"]["confirmation-code"] = rng.digits("######").into();
    let attributes = &mut verification["attributes"];
    if phone {
        merge(
            attributes,
            json!({ "phone-number": subject.phone, "metadata": { "telesign-risk-score": rng.below(400) } }),
        );
    } else {
        merge(attributes, json!({ "email-address": subject.email }));
    }
    let name = if phone { "phone_number_confirmed_detection" } else { "email_address_confirmed_detection" };
    judge(&mut verification, checks(&[(name, true)], &[]));
    vec![(verification, Value::Null)]
}

/// A document that was handed in and is not processed yet.
fn unread(mut docs: Docs) -> Docs {
    for (doc, _) in docs.iter_mut().filter(|(doc, _)| matches!(store::kind(doc), "verification" | "document")) {
        redact::wipe(doc, "");
        let verification = store::kind(doc) == "verification";
        let attributes = &mut doc["attributes"];
        attributes["status"] = "submitted".into();
        if verification {
            attributes["checks"] = json!([]);
        }
        for key in ["redacted-at", "completed-at", "completed-at-ts", "processed-at", "processed-at-ts"] {
            if attributes.get(key).is_some() {
                attributes[key] = Value::Null;
            }
        }
    }
    docs
}

/// All verifications of this subject, with their documents.
pub fn all(seed: u64, subject: &Subject, times: &Times) -> Docs {
    let mut rng = Rng::new(&[seed, 30, subject.index]);
    let (status, twist) = (subject.slot.status, subject.slot.twist);
    if status == Status::Pending {
        return unread(government_id(subject, times, &mut rng, twist));
    }
    if !status.finished() && status != Status::Failed {
        return Vec::new();
    }
    let mut docs = government_id(subject, times, &mut rng, twist);
    if status == Status::Failed && twist == Twist::ExpiredDocument {
        return docs;
    }
    docs.extend(selfie(subject, times, &mut rng, twist));
    if subject.firm.is_some() || !database_failures(twist).is_empty() || rng.chance(70) {
        docs.extend(database(subject, times, &mut rng, twist));
    }
    if subject.slot.template != Template::Standard || twist == Twist::Address || rng.chance(20) {
        docs.extend(bill(subject, times, &mut rng));
    }
    if rng.chance(45) {
        let phone = rng.chance(50);
        docs.extend(contact(subject, times, &mut rng, phone));
    }
    docs
}
