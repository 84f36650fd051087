//! The organisation: templates, account types, users, queues, and the keys of its relations. The same in every sandbox.

use super::{super::clock, rng::Rng};
use serde_json::{Value, json};

pub const CASE_STATUSES: &[&str] = &["Open", "Pending", "Escalated", "Approved", "Declined"];
pub const ACCOUNT_STATUSES: &[&str] = &["Default", "Under review", "Approved", "Declined", "Blocked"];
pub const REVIEWERS: &[(&str, &str, &str)] = &[
    ("maya.okafor@reviewer.example", "Maya", "Okafor"),
    ("joao.silva@reviewer.example", "João", "Silva"),
    ("anna.lind@reviewer.example", "Anna", "Lind"),
];
/// Key, account type that has it, account type that it leads to, and the key of the other side.
const RELATIONS: &[(&str, &str, &str, &str)] = &[
    ("beneficial_owners", "Business", "User", "beneficial_owner_of"),
    ("beneficial_owner_of", "User", "Business", "beneficial_owners"),
    ("directors", "Business", "User", "director_of"),
    ("director_of", "User", "Business", "directors"),
    ("parent_company", "Business", "Business", "subsidiaries"),
    ("subsidiaries", "Business", "Business", "parent_company"),
    ("spouse", "User", "User", "spouse"),
];
const VERIFICATIONS: &[&str] =
    &["government-id", "selfie", "database", "database-business", "document", "email-address", "phone-number"];
const REPORTS: &[&str] = &["watchlist", "politically-exposed-person", "adverse-media"];
/// 2025-01-06, before all other seeded data.
const FOUNDED: i64 = 1_736_150_400_000;

/// An id that is the same in every sandbox.
pub fn fixed(prefix: &str, name: &str) -> String {
    Rng::named(&format!("{prefix}/{name}")).id(prefix)
}

pub fn user_type() -> String {
    fixed("acttp", "User")
}

pub fn business_type() -> String {
    fixed("acttp", "Business")
}

pub fn verification_template(kind: &str) -> Value {
    json!({ "type": format!("verification-template/{kind}"), "id": fixed("vtmpl", kind) })
}

pub fn verification_template_version(kind: &str) -> Value {
    json!({ "type": format!("verification-template-version/{kind}"), "id": fixed("vtmplv", kind) })
}

pub fn verification_kind(template: &str) -> Option<&'static str> {
    VERIFICATIONS.iter().find(|kind| fixed("vtmpl", kind) == template).copied()
}

pub fn report_template(kind: &str) -> Value {
    json!({ "type": format!("report-template/{kind}"), "id": fixed("rptp", kind) })
}

/// Account type that has the key, account type that it leads to, and the key of the other side.
pub fn opposite(key: &str) -> Option<(&'static str, &'static str, &'static str)> {
    RELATIONS.iter().find(|row| row.0 == key).map(|row| (row.1, row.2, row.3))
}

pub fn template_ids(name: &str) -> (String, String) {
    (fixed("itmpl", name), fixed("itmplv", name))
}

pub fn case_template(business: bool) -> String {
    fixed("ctmpl", if business { "KYB" } else { "KYC" })
}

pub fn case_prefix(template: &str) -> &'static str {
    if template == case_template(true) { "KYB" } else { "KYC" }
}

pub fn queue() -> String {
    fixed("cqueue", "Level 1")
}

/// Account type and name of a status, by its id.
pub fn account_status(id: &str) -> Option<(&'static str, &'static str)> {
    ["User", "Business"].into_iter().find_map(|kind| {
        let name = ACCOUNT_STATUSES.iter().find(|status| fixed("actst", &format!("{kind}/{status}")) == id)?;
        Some((kind, *name))
    })
}

fn config() -> Value {
    json!({ "required": false, "archived-at": null, "deactivated-at": null, "redaction-policy": "none", "write-policy": "none" })
}

fn field(kind: &str, key: &str, label: &str) -> Value {
    let mut schema = json!({ "type": kind, "key": key, "label": label, "config": config() });
    match kind {
        "string" => {
            schema["config"]["max-char-length"] = 255.into();
            schema["config"]["sanitize"] = json!([]);
        }
        "date" => {
            schema["config"]["min-date"] = Value::Null;
            schema["config"]["max-date"] = Value::Null;
        }
        "choices" => {
            schema["config"]["allow-empty"] = true.into();
            schema["config"]["options"] = json!(["low", "medium", "high"]);
            schema["config"]["option-labels"] = json!(["Low", "Medium", "High"]);
        }
        _ => {}
    }
    schema
}

fn hash(key: &str, label: &str, members: &[(&str, &str)]) -> Value {
    let mut schema = field("hash", key, label);
    schema["config"]["ignore-unknown-keys"] = false.into();
    schema["config"]["item-schemas"] = members.iter().map(|(key, label)| field("string", key, label)).collect();
    schema
}

pub fn account_type(business: bool) -> Value {
    let name = if business { "Business" } else { "User" };
    let mut fields = if business {
        vec![
            field("string", "business_name", "Business name"),
            field("string", "registration_number", "Registration number"),
            field("date", "incorporation_date", "Incorporation date"),
        ]
    } else {
        vec![
            hash("name", "Name", &[("first", "First"), ("middle", "Middle"), ("last", "Last")]),
            field("date", "birthdate", "Birthdate"),
            field("file", "selfie_photo", "Selfie photo"),
        ]
    };
    fields.push(hash(
        "address",
        "Address",
        &[
            ("street_1", "Street 1"),
            ("street_2", "Street 2"),
            ("city", "City"),
            ("subdivision", "Subdivision"),
            ("postal_code", "Postal code"),
            ("country_code", "Country code"),
        ],
    ));
    fields.push(field("string", "phone_number", "Phone number"));
    fields.push(field("email-address", "email_address", "E-mail address"));
    for (key, from, to, _) in RELATIONS.iter().filter(|row| row.1 == name) {
        let label = key.replace('_', " ");
        let mut schema = json!({ "type": "relation-schema", "key": key, "label": label, "config": config() });
        schema["config"]["target"] = to.to_lowercase().into();
        debug_assert_eq!(*from, name);
        fields.push(schema);
    }
    let statuses: Vec<Value> = ACCOUNT_STATUSES
        .iter()
        .map(|status| json!({ "type": "account-status", "id": fixed("actst", &format!("{name}/{status}")) }))
        .collect();
    json!({
        "type": "account-type", "id": fixed("acttp", name),
        "attributes": { "name": name, "created-at": clock::iso(FOUNDED), "updated-at": clock::iso(FOUNDED), "field-schemas": fields },
        "relationships": {
            "default-account-status": { "data": statuses.first() }, "account-statuses": { "data": statuses },
        },
    })
}

fn inquiry_template(name: &str, at: i64) -> [Value; 2] {
    let (id, version) = template_ids(name);
    let mut fields = vec![
        field("string", "name-first", "First name"),
        field("string", "name-middle", "Middle name"),
        field("string", "name-last", "Last name"),
        field("date", "birthdate", "Birthdate"),
        field("string", "address-street-1", "Street 1"),
        field("string", "address-street-2", "Street 2"),
        field("string", "address-city", "City"),
        field("string", "address-subdivision", "Subdivision"),
        field("string", "address-postal-code", "Postal code"),
        field("string", "address-country-code", "Country"),
        field("string", "phone-number", "Phone number"),
        field("email-address", "email-address", "E-mail address"),
        field("string", "identification-number", "Identification number"),
    ];
    if name.starts_with("KYB") {
        for (key, label) in [
            ("business-name", "Business name"),
            ("business-registration-number", "Registration number"),
            ("business-type", "Legal form"),
        ] {
            fields.push(field("string", key, label));
        }
        fields.push(field("date", "incorporation-date", "Incorporation date"));
    }
    let theme: serde_json::Map<String, Value> = [("color-primary", "#2f5bd7"), ("font-family", "Inter")]
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).into()))
        .collect();
    [
        json!({
            "type": "inquiry-template", "id": id,
            "attributes": {
                "name": name, "status": "active", "embedded-flow-domain-allowlist": [],
                "hosted-flow-subdomains": ["inquiry"], "hosted-flow-redirect-uri-schemes": ["https"], "field-schemas": fields,
            },
            "relationships": { "latest-published-version": { "data": { "type": "inquiry-template-version", "id": version } } },
        }),
        json!({
            "type": "inquiry-template-version", "id": version,
            "attributes": {
                "name-display": name, "description": null, "status": "published", "live": true, "last-updater": null,
                "enabled-locales": ["en"], "created-at": clock::iso(at), "updated-at": clock::iso(at),
                "published-at": clock::iso(at), "theme": theme,
            },
            "relationships": { "inquiry-template": { "data": { "type": "inquiry-template", "id": id } } },
        }),
    ]
}

/// All objects that exist before the first inquiry.
pub fn docs() -> Vec<Value> {
    let at = clock::iso(FOUNDED);
    let mut docs = vec![account_type(false), account_type(true)];
    for (step, name) in (0..).zip(["KYC standard", "KYC enhanced", "KYB onboarding"]) {
        docs.extend(inquiry_template(name, FOUNDED + step * 60_000));
    }
    for name in ["KYC", "KYB"] {
        docs.push(json!({
            "type": "case-template", "id": fixed("ctmpl", name),
            "attributes": {
                "status": "active", "name": format!("{name} review"), "resolutions": ["Approved", "Declined"], "created-at": at,
                "updated-at": at, "archived-at": null,
                "field-schemas": [field("choices", "risk_band", "Risk band"), field("string", "summary", "Summary")],
            },
        }));
    }
    for name in ["Level 1", "Level 2"] {
        docs.push(json!({
            "type": "case-queue", "id": fixed("cqueue", name),
            "attributes": { "status": "active", "name": name, "created-at": at, "updated-at": at, "archived-at": null },
        }));
    }
    for (email, first, last) in REVIEWERS {
        docs.push(json!({
            "type": "user", "id": fixed("user", email),
            "attributes": { "email-address": email, "name-first": first, "name-last": last },
        }));
    }
    for kind in VERIFICATIONS {
        docs.push(verification_template(kind));
        docs.push(verification_template_version(kind));
    }
    for kind in REPORTS {
        let mut template = report_template(kind);
        template["attributes"] =
            json!({ "name": format!("Standard {}", kind.replace('-', " ")), "created-at": at, "updated-at": at });
        template["meta"] = json!({ "version": { "name": "v3", "created-at": at, "updated-at": at } });
        docs.push(template);
    }
    docs
}
