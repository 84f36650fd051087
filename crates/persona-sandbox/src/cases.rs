//! Cases: status, assignment, attached objects, fields.

use super::case_objects::{living, touched};
use super::{
    answer::{Answer, Fail},
    body::{Member, Shape, check, may, must},
    case_objects,
    choices::Choice,
    clock, files,
    lists::{self, Cond},
    request::{Ctx, wrap},
    seed::org,
    shape, store, versions,
};
use serde_json::{Value, json};

pub fn list(ctx: &Ctx) -> Result<Answer, Fail> {
    let mut conds = Vec::new();
    let linked =
        |value: &str| Cond("id IN (SELECT owner FROM link WHERE target = ?)".to_owned(), vec![value.to_owned()]);
    for (name, value) in ctx.call.deep("filter")? {
        conds.push(match name {
            "status" => Cond("lower(status) = lower(?)".to_owned(), vec![value.to_owned()]),
            "case-template-id" => Cond::eq("template", value),
            "account-id" | "inquiry-id" | "report-id" => linked(value),
            "reference-id" => Cond(
                "id IN (SELECT owner FROM link JOIN resource r ON r.id = target WHERE r.kind = 'account' AND r.reference = ?)"
                    .to_owned(),
                vec![value.to_owned()],
            ),
            other => return Err(lists::unknown(other)),
        });
    }
    lists::objects(ctx, "case", conds)
}

pub fn retrieve(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("case")?)
}

pub fn template(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("case-template")?)
}

pub fn create(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[
        must(
            "data",
            Shape::Object(&[must(
                "attributes",
                Shape::Object(&[
                    must("case-template-id", Shape::Text),
                    may("creator-email-address", Shape::Text),
                    may("case-queue-id", Shape::Text),
                    may("fields", Shape::Free),
                ]),
            )]),
        ),
        may(
            "meta",
            Shape::Object(&[may("object-ids", Shape::Texts), may("sla-expires-in-seconds", Shape::MaybeNumber)]),
        ),
    ];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let given = &body["data"]["attributes"];
    let named = given["case-template-id"].as_str().unwrap_or_default();
    let missing = |name: &str| Fail::not_found_because(format!("data.attributes.{name} is not found"));
    let template = ctx.load_id("case-template", named).map_err(|_| missing("case_template_id"))?;
    let queue = given["case-queue-id"].as_str();
    if let Some(queue) = queue {
        ctx.load_id("case-queue", queue).map_err(|_| missing("case_queue_id"))?;
    }
    let prefix = org::case_prefix(store::id(&template));
    let number = store::number(ctx.db, "case-number", 1)?;
    let mut case = blank(&clock::id("case"), clock::tick(), store::id(&template), &format!("{prefix}-{number}"));
    if let Some(queue) = queue {
        case["relationships"]["case-queue"] = json!({ "data": { "type": "case-queue", "id": queue } });
    }
    creator(ctx, &mut case, given["creator-email-address"].as_str());
    sla(&mut case, &body["meta"])?;
    merge_fields(&mut case, &given["fields"]);
    for id in body["meta"]["object-ids"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        case_objects::attach(ctx, &mut case, id)?;
    }
    store::save(ctx.db, &case, None)?;
    ctx.emit("case.created", &case)?;
    ctx.effect("create", store::id(&case), None)?;
    shape::created(ctx, case)
}

fn creator(ctx: &Ctx, case: &mut Value, email: Option<&str>) {
    let attributes = &mut case["attributes"];
    attributes["creator-id"] = email.unwrap_or(&ctx.app.api_key_id).into();
    attributes["creator-type"] = if email.is_some() { "user" } else { "api-key" }.into();
}

/// An open case with every key that Persona's OpenAPI document lists.
pub fn blank(id: &str, created: i64, template: &str, name: &str) -> Value {
    json!({
        "type": "case", "id": id,
        "attributes": {
            "status": "Open", "name": name, "resolution": null, "created-at": clock::iso(created),
            "updated-at": clock::iso(created), "assigned-at": null, "resolved-at": null, "redacted-at": null,
            "sla-expires-at": null, "creator-id": null, "creator-type": null, "assignee-id": null, "assigner-id": null,
            "assigner-type": null, "resolver-id": null, "resolver-type": null, "updater-id": null, "updater-type": null,
            "tags": [], "fields": {}, "attachments": [],
        },
        "relationships": {
            "accounts": { "data": [] }, "case-comments": { "data": [] },
            "case-template": { "data": { "type": "case-template", "id": template } }, "case-queue": { "data": null },
            "inquiries": { "data": [] }, "reports": { "data": [] }, "verifications": { "data": [] }, "txns": { "data": [] },
        },
    })
}

fn sla(case: &mut Value, meta: &Value) -> Result<(), Fail> {
    let Some(wanted) = meta.get("sla-expires-in-seconds") else { return Ok(()) };
    let Some(seconds) = wanted.as_f64() else {
        case["attributes"]["sla-expires-at"] = Value::Null;
        return Ok(());
    };
    if !(1.0..=7_776_000.0).contains(&seconds) {
        return Err(Fail::unprocessable("meta.sla_expires_in_seconds must be between 1 second and 90 days"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most ninety days in milliseconds")]
    let later = (seconds * 1000.0) as i64;
    case["attributes"]["sla-expires-at"] = clock::iso(clock::now() + later.min(90 * clock::DAY * 1000)).into();
    Ok(())
}

fn merge_fields(case: &mut Value, given: &Value) {
    for (key, value) in given.as_object().into_iter().flatten() {
        case["attributes"]["fields"][key] = wrap(key, value);
    }
}

pub fn update(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[
        may(
            "data",
            Shape::Object(&[may(
                "attributes",
                Shape::Object(&[
                    may("attachments", Shape::Objects(&[may("data", Shape::Text), may("filename", Shape::Text)])),
                    may("case-queue-id", Shape::MaybeText),
                    may("fields", Shape::Free),
                ]),
            )]),
        ),
        may("meta", Shape::Object(&[may("sla-expires-in-seconds", Shape::MaybeNumber)])),
    ];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let given = &body["data"]["attributes"];
    let mut case = living(ctx)?;
    merge_fields(&mut case, &given["fields"]);
    sla(&mut case, &body["meta"])?;
    for file in given["attachments"].as_array().into_iter().flatten() {
        let kept = files::keep(
            ctx.db,
            file["filename"].as_str().unwrap_or("attachment"),
            file["data"].as_str().unwrap_or(""),
        )?;
        if let Some(attachments) = case["attributes"]["attachments"].as_array_mut() {
            attachments.push(kept);
        }
    }
    let mut moved = false;
    if let Some(queue) = given.get("case-queue-id") {
        let queue = match queue.as_str() {
            None => Value::Null,
            Some(id) => {
                let missing = |_| Fail::not_found_because("data.attributes.case_queue_id is not found");
                ctx.load_id("case-queue", id).map_err(missing)?;
                json!({ "type": "case-queue", "id": id })
            }
        };
        moved = case["relationships"]["case-queue"]["data"] != queue;
        case["relationships"]["case-queue"] = json!({ "data": queue });
    }
    touched(ctx, &mut case)?;
    if given["fields"].as_object().is_some_and(|fields| !fields.is_empty()) {
        ctx.emit("case.updated-fields", &case)?;
    }
    if moved {
        ctx.emit("case.queue-updated", &case)?;
    }
    shape::one(ctx, case)
}

pub fn set_status(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[must("meta", Shape::Object(&[must("status", Shape::Text)]))];
    // Older versions take the status here.
    const OLD: &[Member] =
        &[must("data", Shape::Object(&[must("attributes", Shape::Object(&[must("status", Shape::Text)]))]))];
    let old = ctx.call.version.as_str() < versions::EXPLICIT
        && ctx.call.body.as_ref().is_some_and(|body| body.get("data").is_some());
    let body = check(ctx.call.body.as_ref(), if old { OLD } else { TAKES })?;
    let wanted = if old { &body["data"]["attributes"]["status"] } else { &body["meta"]["status"] };
    let wanted = wanted.as_str().unwrap_or_default();
    let mut case = living(ctx)?;
    let status = match org::CASE_STATUSES.iter().find(|known| known.eq_ignore_ascii_case(wanted)) {
        Some(known) => *known,
        None if ctx.app.choices.is(Choice::UnknownCaseStatus, "taken") && !wanted.is_empty() => wanted,
        None => return Err(Fail::unprocessable("meta.status is not a status of this case template")),
    };
    let before = case["attributes"]["status"].as_str().unwrap_or_default().to_owned();
    if before == status {
        return shape::one(ctx, case);
    }
    let resolving = |status: &str| matches!(status, "Approved" | "Declined");
    let attributes = &mut case["attributes"];
    attributes["status"] = status.into();
    if resolving(status) {
        attributes["resolution"] = status.into();
        attributes["resolved-at"] = clock::iso(clock::tick()).into();
        attributes["resolver-id"] = ctx.app.api_key_id.as_str().into();
        attributes["resolver-type"] = "api-key".into();
    } else {
        for key in ["resolution", "resolved-at", "resolver-id", "resolver-type"] {
            attributes[key] = Value::Null;
        }
    }
    touched(ctx, &mut case)?;
    ctx.emit("case.status-updated", &case)?;
    match (resolving(&before), resolving(status)) {
        (false, true) => ctx.emit("case.resolved", &case)?,
        (true, false) => ctx.emit("case.reopened", &case)?,
        _ => {}
    }
    ctx.effect("set-status", store::id(&case), Some(status))?;
    shape::one(ctx, case)
}

pub fn assign(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[must("meta", Shape::Object(&[must("user-email-address", Shape::Text)]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let email = body["meta"]["user-email-address"].as_str().unwrap_or_default();
    if !email.contains('@') {
        return Err(Fail::unprocessable("meta.user_email_address is not the address of a user"));
    }
    let mut case = living(ctx)?;
    if case["attributes"]["assignee-id"] == email {
        return shape::one(ctx, case);
    }
    let attributes = &mut case["attributes"];
    attributes["assignee-id"] = email.into();
    attributes["assigned-at"] = clock::iso(clock::tick()).into();
    attributes["assigner-id"] = ctx.app.api_key_id.as_str().into();
    attributes["assigner-type"] = "api-key".into();
    touched(ctx, &mut case)?;
    ctx.emit("case.assigned", &case)?;
    ctx.effect("assign", store::id(&case), Some(email))?;
    shape::one(ctx, case)
}
