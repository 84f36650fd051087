//! Redaction: the objects stay, the person goes.

use super::{
    answer::{Answer, Fail},
    clock, inquiries, links,
    request::Ctx,
    sessions, shape, store,
};
use serde_json::{Value, json};

/// Attributes that say nothing about the person and stay.
const KEPT: &[&str] = &[
    "status",
    "tags",
    "checks",
    "kind",
    "has-match",
    "is-continuous",
    "is-recurring",
    "report-template-version-name",
    "from-reusable-persona",
    "capture-method",
    "id-class",
    "document-type",
    "country-code",
    "address-country-code",
];

pub fn inquiry(ctx: &Ctx) -> Result<Answer, Fail> {
    let mut inquiry = inquiries::living(ctx)?;
    let id = store::id(&inquiry).to_owned();
    let now = clock::iso(clock::tick());
    wipe_inquiry(&mut inquiry, &now);
    ctx.save(&mut inquiry)?;
    for kind in ["verification", "document", "report"] {
        for mut child in store::of_inquiry(ctx.db, kind, &id)? {
            wipe(&mut child, &now);
            store::save(ctx.db, &child, Some(&Value::Null))?;
        }
    }
    for mut session in store::of_inquiry(ctx.db, "inquiry-session", &id)? {
        sessions::redact(&mut session);
        store::save(ctx.db, &session, None)?;
    }
    links::void(ctx, &id)?;
    ctx.emit("inquiry.redacted", &inquiry)?;
    shape::one(ctx, inquiry)
}

pub fn wipe_inquiry(inquiry: &mut Value, now: &str) {
    let attributes = &mut inquiry["attributes"];
    attributes["redacted-at"] = now.into();
    attributes["note"] = Value::Null;
    for field in attributes["fields"].as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
        field["value"] = Value::Null;
    }
}

/// Empties what a verification, document or report learned, keeping its shape.
pub fn wipe(child: &mut Value, now: &str) {
    let phone = child["type"] == "verification/phone-number";
    for (key, value) in child["attributes"].as_object_mut().into_iter().flatten() {
        if KEPT.contains(&key.as_str()) || key.ends_with("-at") || key.ends_with("-ts") {
            if key == "redacted-at" {
                *value = now.into();
            }
            continue;
        }
        *value = match value {
            Value::Array(_) => json!([]),
            Value::Object(_) if key == "query" || (phone && key == "metadata") => value.clone(),
            Value::Object(_) if matches!(key.as_str(), "fields" | "ignore-list-media") => json!({}),
            // Keys that the document does not let be null.
            Value::String(_)
                if matches!(key.as_str(), "term" | "confirmation-code" | "phone-number" | "business-name") =>
            {
                "".into()
            }
            _ => Value::Null,
        };
    }
    let query = &mut child["attributes"]["query"];
    if query.is_object() {
        *query = json!({ "name-first": null, "name-middle": null, "name-last": null, "term": "", "birthdate": "", "country-code": null });
    } else if let Some(attributes) = child["attributes"].as_object_mut() {
        attributes.remove("query");
    }
}
