//! The account, the inquiry and its sessions for one subject.

use super::{
    super::{clock, creation, request::wrap},
    org,
    people::{Address, Firm, Subject},
    plan::{Status, Template, Times, Twist},
    rng::Rng,
};
use serde_json::{Map, Value, json};

fn hash(members: &[(&str, Value)]) -> Value {
    let inner: Map<String, Value> = members.iter().map(|(key, value)| ((*key).to_owned(), wrap(key, value))).collect();
    json!({ "type": "hash", "value": inner })
}

pub fn address_field(address: &Address) -> Value {
    hash(&[
        ("street_1", address.street.as_str().into()),
        ("street_2", address.street2.as_deref().into()),
        ("subdivision", address.region.as_str().into()),
        ("city", address.city.as_str().into()),
        ("postal_code", address.postal.as_str().into()),
        ("country_code", address.country.into()),
    ])
}

pub fn account(subject: &Subject, times: &Times, hashed: &str) -> Value {
    let business = subject.firm.is_some();
    let status = match subject.slot.status {
        Status::Approved => "Approved",
        Status::Declined => "Declined",
        Status::NeedsReview => "Under review",
        _ => "Default",
    };
    let fields = match &subject.firm {
        Some(firm) => json!({
            "business_name": wrap("", &firm.name.as_str().into()), "registration_number": wrap("", &firm.number.as_str().into()),
            "incorporation_date": { "type": "date", "value": firm.founded }, "address": address_field(&subject.address),
            "phone_number": wrap("", &subject.phone.as_str().into()), "email_address": wrap("", &subject.email.as_str().into()),
        }),
        None if subject.slot.twist == Twist::Empty => json!({}),
        None => json!({
            "name": hash(&[
                ("first", subject.first.as_str().into()), ("middle", subject.middle.as_deref().into()),
                ("last", subject.last.as_str().into()),
            ]),
            "address": address_field(&subject.address),
            "identification_numbers": { "type": "array", "value": [hash(&[
                ("identification_class", subject.land.id_class.into()), ("identification_number", subject.number.as_str().into()),
                ("issuing_country", subject.land.code.into()), ("hashed_identification_number", hashed.into()),
            ])] },
            "birthdate": wrap("birthdate", &subject.birth.as_str().into()),
            "phone_number": wrap("", &subject.phone.as_str().into()), "email_address": wrap("", &subject.email.as_str().into()),
            "selfie_photo": { "type": "file", "value": null },
        }),
    };
    let last = if subject.slot.status.finished() { times.decided.max(times.marked) } else { times.created };
    json!({
        "type": "account", "id": subject.account,
        "attributes": {
            "reference-id": subject.reference, "account-type-name": if business { "Business" } else { "User" },
            "account-status": status, "created-at": clock::iso(times.created - 1000), "updated-at": clock::iso(last),
            "redacted-at": null, "tags": [], "fields": fields,
        },
        "relationships": { "account-type": { "data": {
            "type": "account-type", "id": if business { org::business_type() } else { org::user_type() },
        } } },
    })
}

fn fields(subject: &Subject) -> Value {
    let mut fields = creation::default_fields();
    if subject.slot.twist == Twist::Empty {
        return fields;
    }
    let address = &subject.address;
    let rows: [(&str, Option<&str>); 13] = [
        ("name-first", Some(&subject.first)),
        ("name-middle", subject.middle.as_deref()),
        ("name-last", Some(&subject.last)),
        ("address-street-1", Some(&address.street)),
        ("address-street-2", address.street2.as_deref()),
        ("address-city", Some(&address.city)),
        ("address-subdivision", Some(&address.region)),
        ("address-postal-code", Some(&address.postal)),
        ("address-country-code", Some(address.country)),
        ("birthdate", Some(&subject.birth)),
        ("email-address", Some(&subject.email)),
        ("phone-number", Some(&subject.phone)),
        ("identification-number", if subject.slot.status == Status::Created { None } else { Some(&subject.number) }),
    ];
    for (key, value) in rows {
        fields[key] = wrap(key, &value.into());
    }
    if let Some(Firm { name, number, kind, founded }) = &subject.firm {
        fields["business-name"] = wrap("", &name.as_str().into());
        fields["business-registration-number"] = wrap("", &number.as_str().into());
        fields["business-type"] = wrap("", &(*kind).into());
        fields["incorporation-date"] = json!({ "type": "date", "value": founded });
    }
    fields
}

pub fn template_name(template: Template) -> &'static str {
    match template {
        Template::Standard => "KYC standard",
        Template::Enhanced => "KYC enhanced",
        Template::Business => "KYB onboarding",
    }
}

/// The inquiry in its final state. `children` are its verifications, documents and other evidence.
pub fn inquiry(subject: &Subject, times: &Times, rng: &mut Rng, children: &[(Value, Value)]) -> Value {
    let status = subject.slot.status;
    let mut inquiry =
        creation::blank(&subject.inquiry, times.created, &org::template_ids(template_name(subject.slot.template)));
    let attributes = &mut inquiry["attributes"];
    attributes["status"] = status.name().into();
    attributes["reference-id"] = subject.reference.as_str().into();
    attributes["creator"] = if rng.chance(80) { "API" } else { "maya.okafor@reviewer.example" }.into();
    attributes["fields"] = fields(subject);
    attributes["tags"] = match subject.slot.template {
        Template::Enhanced => json!(["edd"]),
        Template::Business if rng.chance(40) => json!(["priority"]),
        _ => json!([]),
    };
    let mut last = times.created;
    let mut stamp = |attributes: &mut Value, key: &str, at: i64| {
        attributes[key] = clock::iso(at).into();
        last = last.max(at);
    };
    if status != Status::Created {
        stamp(attributes, "started-at", times.started);
        attributes["previous-step-name"] = "verification_selfie".into();
        attributes["behaviors"] = json!({
            "bot-score": rng.below(12), "behavior-threat-level": "low", "completion-time": rng.score(90, 500),
            "autofill-starts": rng.below(4), "distraction-events": rng.below(6), "shortcut-pastes": rng.below(3),
            "devtools-open": false, "debugger-attached": false,
        });
    }
    match status {
        Status::Created | Status::Pending => attributes["expires-at"] = clock::iso(times.created + 86_400_000).into(),
        Status::Failed => stamp(attributes, "failed-at", times.ended),
        Status::Expired => stamp(attributes, "expired-at", times.expired),
        _ => stamp(attributes, "completed-at", times.ended),
    }
    if status.finished() {
        attributes["next-step-name"] = "success".into();
    }
    if matches!(status, Status::NeedsReview | Status::Approved | Status::Declined) {
        stamp(attributes, "marked-for-review-at", times.marked);
    }
    if matches!(status, Status::Approved | Status::Declined) {
        stamp(attributes, "decisioned-at", times.decided);
        attributes["reviewer-comment"] = comment(subject, rng).into();
    }
    attributes["updated-at"] = clock::iso(last).into();
    let mut reviewer = Value::Null;
    if matches!(status, Status::Approved | Status::Declined) {
        let emails: Vec<&str> = org::REVIEWERS.iter().map(|row| row.0).collect();
        reviewer = json!({ "type": "user", "id": org::fixed("user", rng.text(&emails)) });
    }
    let relationships = &mut inquiry["relationships"];
    relationships["reviewer"] = json!({ "data": reviewer });
    relationships["account"] = json!({ "data": { "type": "account", "id": subject.account } });
    for (name, kind) in [
        ("reports", "report"),
        ("verifications", "verification"),
        ("sessions", "inquiry-session"),
        ("documents", "document"),
        ("selfies", "selfie"),
    ] {
        let of = children.iter().map(|(child, _)| child).filter(|child| super::super::store::kind(child) == kind);
        let rows: Vec<Value> = of.map(|child| json!({ "type": child["type"], "id": child["id"] })).collect();
        relationships[name] = json!({ "data": rows });
    }
    inquiry
}

fn comment(subject: &Subject, rng: &mut Rng) -> &'static str {
    match (subject.slot.status, subject.slot.twist) {
        (Status::Approved, Twist::Optional) => "Glare only; document read without trouble.",
        (Status::Approved, _) => rng.text(&[
            "Document and selfie in order.",
            "All checks passed, address proof on file.",
            "Matches the register entry.",
        ]),
        (_, Twist::Tampered) => "Photo shows a screen, not a card.",
        (_, Twist::LowSimilarity) => "Selfie is not the person on the card.",
        (_, Twist::Tor) => "Address could not be placed; would not repeat without Tor.",
        (_, Twist::AdverseMedia) => "Open proceedings against the director.",
        _ => "Does not meet policy.",
    }
}
