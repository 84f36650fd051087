//! Redaction: objects remain, personal data is removed.

use super::{
    answer::{Answer, Fail},
    clock, files, inquiries, links,
    request::{Ctx, wrap},
    sessions, shape, store,
};
use serde_json::{Map, Value, json};

/// Attributes that say nothing about the person and remain.
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
    let inquiry = empty(ctx, inquiries::living(ctx)?)?;
    shape::one(ctx, inquiry)
}

/// Redacts an inquiry and all its evidence.
fn empty(ctx: &Ctx, mut inquiry: Value) -> Result<Value, Fail> {
    let id = store::id(&inquiry).to_owned();
    for verification in store::of_inquiry(ctx.db, "verification", &id)? {
        unlocked(ctx, &verification)?;
    }
    let now = clock::iso(clock::tick());
    wipe_inquiry(&mut inquiry, &now);
    ctx.save(&mut inquiry)?;
    for kind in ["verification", "document", "report"] {
        for mut child in store::of_inquiry(ctx.db, kind, &id)? {
            wipe(&mut child, &now);
            store::save(ctx.db, &child, Some(&Value::Null))?;
            unfile(ctx, &child)?;
            store::forget(ctx.db, &child)?;
        }
    }
    for mut session in store::of_inquiry(ctx.db, "inquiry-session", &id)? {
        if session["attributes"]["status"] == "new" || session["attributes"]["status"] == "active" {
            sessions::end(ctx, &mut session)?;
        }
        network(ctx, &session)?;
        sessions::redact(&mut session);
        store::save(ctx.db, &session, None)?;
        store::forget(ctx.db, &session)?;
    }
    links::code::void(ctx, &id)?;
    store::forget(ctx.db, &inquiry)?;
    ctx.emit("inquiry.redacted", &inquiry)?;
    Ok(inquiry)
}

/// Removes the files of a document.
fn unfile(ctx: &Ctx, document: &Value) -> Result<(), Fail> {
    for file in document["relationships"]["document-files"]["data"].as_array().into_iter().flatten() {
        if let Some(mut file) = store::find(ctx.db, store::id(file))? {
            file["attributes"]["originals"] = json!([]);
            store::save(ctx.db, &file, None)?;
        }
    }
    Ok(())
}

/// Clears the network of a session, unless sessions of other inquiries share it: then it identifies no person.
fn network(ctx: &Ctx, session: &Value) -> Result<(), Fail> {
    let Some(id) = store::related(session, "network") else { return Ok(()) };
    let mut others = ctx.db.prepare_cached(
        "SELECT count(*) FROM resource WHERE kind = 'inquiry-session' AND inquiry <> ?
            AND json_extract(body, '$.relationships.network.data.id') = ?",
    )?;
    let shared: i64 =
        others.query_row([store::related(session, "inquiry").unwrap_or_default(), id], |row| row.get(0))?;
    if shared == 0
        && let Some(mut network) = store::find(ctx.db, id)?
    {
        for key in ["ip-address", "latitude", "longitude"] {
            network["attributes"][key] = Value::Null;
        }
        store::save(ctx.db, &network, None)?;
    }
    Ok(())
}

fn unlocked(ctx: &Ctx, verification: &Value) -> Result<(), Fail> {
    if store::private(ctx.db, store::id(verification))?["locked"] == true {
        return Err(Fail::conflict("Verification is locked for an investigation"));
    }
    Ok(())
}

pub fn verification(ctx: &Ctx) -> Result<Answer, Fail> {
    let verification = ctx.load("verification")?;
    unlocked(ctx, &verification)?;
    // The photographed document is redacted together with the data read from it.
    if let Some(document) = store::related(&verification, "document").map(str::to_owned)
        && let Some(mut document) = store::find(ctx.db, &document)?
    {
        wipe(&mut document, &clock::iso(clock::tick()));
        store::save(ctx.db, &document, Some(&Value::Null))?;
        unfile(ctx, &document)?;
        store::forget(ctx.db, &document)?;
    }
    let verification = child(ctx, verification, "Verification")?;
    shape::alone(ctx, verification)
}

pub fn report(ctx: &Ctx) -> Result<Answer, Fail> {
    let report = child(ctx, ctx.load("report")?, "Report")?;
    shape::one(ctx, report)
}

fn child(ctx: &Ctx, mut object: Value, name: &str) -> Result<Value, Fail> {
    if !object["attributes"]["redacted-at"].is_null() {
        return Err(Fail::conflict(format!("{name} already redacted")));
    }
    wipe(&mut object, &clock::iso(clock::tick()));
    store::save(ctx.db, &object, Some(&Value::Null))?;
    store::forget(ctx.db, &object)?;
    Ok(object)
}

/// Redacts the case only, not the objects attached to it.
pub fn case(ctx: &Ctx) -> Result<Answer, Fail> {
    let mut case = ctx.load("case")?;
    let attributes = &mut case["attributes"];
    if !attributes["redacted-at"].is_null() {
        return Err(Fail::conflict("Case already redacted"));
    }
    attributes["redacted-at"] = clock::iso(clock::tick()).into();
    attributes["fields"] = nothing(&attributes["fields"]);
    for file in attributes["attachments"].as_array().into_iter().flatten() {
        if let Some(name) = file["url"].as_str().and_then(|url| url.strip_prefix(files::MARK)) {
            ctx.db.prepare_cached("DELETE FROM upload WHERE name = ?")?.execute([name])?;
        }
    }
    attributes["attachments"] = json!([]);
    for key in
        ["assignee-id", "assigner-id", "assigner-type", "resolver-id", "resolver-type", "updater-id", "updater-type"]
    {
        attributes[key] = Value::Null;
    }
    for comment in case["relationships"]["case-comments"]["data"].as_array().into_iter().flatten() {
        if let Some(mut comment) = store::find(ctx.db, store::id(comment))? {
            comment["attributes"]["message"] = "".into();
            store::save(ctx.db, &comment, None)?;
        }
    }
    ctx.save(&mut case)?;
    store::forget(ctx.db, &case)?;
    ctx.emit("case.redacted", &case)?;
    shape::one(ctx, case)
}

/// Redacts the account, and its inquiries with their evidence. Persona does the latter some time later; the sandbox
/// does it at once.
pub fn account(ctx: &Ctx) -> Result<Answer, Fail> {
    let mut account = ctx.load("account")?;
    let attributes = &mut account["attributes"];
    attributes["redacted-at"] = clock::iso(clock::tick()).into();
    attributes["fields"] = nothing(&attributes["fields"]);
    attributes["reference-id"] = Value::Null;
    attributes["tags"] = json!([]);
    ctx.save(&mut account)?;
    store::forget(ctx.db, &account)?;
    ctx.emit("account.redacted", &account)?;
    let mut find = ctx
        .db
        .prepare_cached("SELECT id FROM resource WHERE account = ? AND kind IN ('inquiry', 'report') ORDER BY id")?;
    let owned = find.query_map([store::id(&account)], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    for id in owned {
        let Some(mut object) = store::find(ctx.db, &id)? else { continue };
        if !object["attributes"]["redacted-at"].is_null() {
            continue;
        }
        if store::kind(&object) == "inquiry" {
            object["attributes"]["reference-id"] = Value::Null;
            empty(ctx, object)?;
        } else {
            wipe(&mut object, &clock::iso(clock::tick()));
            store::save(ctx.db, &object, Some(&Value::Null))?;
            store::forget(ctx.db, &object)?;
        }
    }
    shape::one(ctx, account)
}

/// The same fields with empty values.
fn nothing(fields: &Value) -> Value {
    let empty = |field: &Value| match &field["value"] {
        Value::Object(_) => json!({ "type": field["type"], "value": nothing(&field["value"]) }),
        Value::Array(_) => json!({ "type": field["type"], "value": [] }),
        _ => json!({ "type": field["type"], "value": wrap("", &Value::Null)["value"] }),
    };
    fields
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, field)| (key.clone(), empty(field)))
        .collect::<Map<_, _>>()
        .into()
}

pub fn wipe_inquiry(inquiry: &mut Value, now: &str) {
    let attributes = &mut inquiry["attributes"];
    attributes["redacted-at"] = now.into();
    attributes["note"] = Value::Null;
    attributes["reviewer-comment"] = Value::Null;
    attributes["tags"] = json!([]);
    for field in attributes["fields"].as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
        field["value"] = Value::Null;
    }
}

/// Empties the results of a verification, document or report, and leaves its shape.
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
            // Keys that Persona's OpenAPI document does not allow to be null.
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
