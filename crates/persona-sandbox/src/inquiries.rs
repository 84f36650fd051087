//! Inquiries: list, update, and the state machine behind approve, decline, mark-for-review, resume and expire.

use super::request::merge_fields;
use super::{
    answer::{Answer, Fail},
    body::{Member, Shape, check, may, person_fields},
    choices::Choice,
    clock,
    links::code,
    lists::{self, Cond},
    request::Ctx,
    seed::org,
    sessions, shape, store, tags,
};
use serde_json::{Value, json};

pub fn list(ctx: &Ctx) -> Result<Answer, Fail> {
    let filters = ctx.call.deep("filter")?;
    if filters.len() > 1 && filters.iter().any(|(name, _)| *name == "note") {
        return Err(Fail::bad("filter.note must be the only filter"));
    }
    let mut conds = Vec::new();
    for (name, value) in filters {
        conds.push(match name {
            "inquiry-id" if value.split(',').count() > 100 => {
                return Err(Fail::bad("filter.inquiry_id takes at most 100 ids"));
            }
            "inquiry-id" => Cond::any("id", value)?,
            "account-id" => Cond::any("account", value)?,
            "reference-id" => Cond::eq("reference", value),
            "inquiry-template-id" | "template-id" => Cond::any("template", value)?,
            "status" => Cond::any("status", value)?,
            "note" => Cond::eq("note", value),
            "created-at-start" => Cond::since("created", value)?,
            "created-at-end" => Cond::until("created", value)?,
            other => return Err(lists::unknown(other)),
        });
    }
    lists::objects(ctx, "inquiry", conds)
}

pub fn retrieve(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("inquiry")?)
}

pub fn update(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[may(
        "data",
        Shape::Object(&[may(
            "attributes",
            Shape::Object(&[
                may("note", Shape::MaybeText),
                may("fields", Shape::MaybeFree),
                may("tags", Shape::Texts),
                may("redirect-uri", Shape::MaybeText),
            ]),
        )]),
    )];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let given = &body["data"]["attributes"];
    let mut inquiry = living(ctx)?;
    person_fields(&given["fields"])?;
    if let Some(note) = given.get("note") {
        inquiry["attributes"]["note"] = note.clone();
    }
    merge_fields(&mut inquiry["attributes"]["fields"], &given["fields"]);
    let change = given.get("tags").map(|wanted| tags::replace(&mut inquiry, wanted));
    ctx.save(&mut inquiry)?;
    if let Some(context) = change.flatten() {
        ctx.emit_with("inquiry.updated-tags", &inquiry, context)?;
    }
    shape::one(ctx, inquiry)
}

/// Returns the inquiry in the path, unless it is redacted.
pub fn living(ctx: &Ctx) -> Result<Value, Fail> {
    let inquiry = ctx.load("inquiry")?;
    if inquiry["attributes"]["redacted-at"].is_null() {
        Ok(inquiry)
    } else {
        Err(Fail::conflict("Inquiry already redacted"))
    }
}

fn status(inquiry: &Value) -> &str {
    inquiry["attributes"]["status"].as_str().unwrap_or_default()
}

/// Sets the status and its timestamp, saves the inquiry and emits the event.
pub fn enter(ctx: &Ctx, inquiry: &mut Value, status: &str) -> Result<(), Fail> {
    let (stamp, event) = match status {
        "pending" => ("started-at", "inquiry.started"),
        "completed" => ("completed-at", "inquiry.completed"),
        "failed" => ("failed-at", "inquiry.failed"),
        "needs_review" => ("marked-for-review-at", "inquiry.marked-for-review"),
        "expired" => ("expired-at", "inquiry.expired"),
        "approved" => ("decisioned-at", "inquiry.approved"),
        _ => ("decisioned-at", "inquiry.declined"),
    };
    let attributes = &mut inquiry["attributes"];
    attributes["status"] = status.into();
    attributes[stamp] = clock::iso(clock::tick()).into();
    if status != "pending" {
        attributes["expires-at"] = Value::Null;
    }
    ctx.save(inquiry)?;
    ctx.emit(event, inquiry)
}

pub fn approve(ctx: &Ctx) -> Result<Answer, Fail> {
    decide(ctx, "approve", "approved")
}

pub fn decline(ctx: &Ctx) -> Result<Answer, Fail> {
    decide(ctx, "decline", "declined")
}

fn decide(ctx: &Ctx, action: &str, verdict: &str) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[may("meta", Shape::Object(&[may("comment", Shape::Text)]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let mut inquiry = living(ctx)?;
    if status(&inquiry) == verdict && ctx.app.choices.is(Choice::RepeatedDecision, "200") {
        return shape::one(ctx, inquiry);
    }
    settle(ctx, &mut inquiry, verdict, body["meta"]["comment"].as_str())?;
    ctx.effect(action, store::id(&inquiry), body["meta"]["comment"].as_str())?;
    shape::one(ctx, inquiry)
}

pub fn settle(ctx: &Ctx, inquiry: &mut Value, verdict: &str, comment: Option<&str>) -> Result<(), Fail> {
    match status(inquiry) {
        same if same == verdict => return Err(Fail::conflict(format!("Inquiry is already {verdict}"))),
        "expired" => return Err(ctx.refuse(Choice::ForbiddenTransition, "Inquiry is expired")),
        _ => {}
    }
    inquiry["attributes"]["reviewer-comment"] = comment.into();
    // A decision with an API key has no person. Persona does not document which reviewer it shows then.
    let reviewer = match ctx.app.choices.get(Choice::ApiReviewer) {
        "user" => org::REVIEWERS.first().map(|row| json!({ "type": "user", "id": org::fixed("user", row.0) })),
        _ => None,
    };
    inquiry["relationships"]["reviewer"] = json!({ "data": reviewer });
    enter(ctx, inquiry, verdict)
}

pub fn mark_for_review(ctx: &Ctx) -> Result<Answer, Fail> {
    if ctx.call.body.is_some() {
        return Err(Fail::unprocessable("mark-for-review takes no request body"));
    }
    let mut inquiry = living(ctx)?;
    if status(&inquiry) == "needs_review" && ctx.app.choices.is(Choice::RepeatedDecision, "200") {
        return shape::one(ctx, inquiry);
    }
    review(ctx, &mut inquiry)?;
    ctx.effect("mark-for-review", store::id(&inquiry), None)?;
    shape::one(ctx, inquiry)
}

pub fn review(ctx: &Ctx, inquiry: &mut Value) -> Result<(), Fail> {
    match status(inquiry) {
        "needs_review" => Err(Fail::conflict("Inquiry is already marked for review")),
        refused @ ("approved" | "declined" | "expired") => {
            Err(ctx
                .refuse(Choice::ForbiddenTransition, format!("Inquiry is {refused} and cannot be marked for review")))
        }
        _ => enter(ctx, inquiry, "needs_review"),
    }
}

pub fn resume(ctx: &Ctx) -> Result<Answer, Fail> {
    check(ctx.call.body.as_ref(), &[])?;
    let mut inquiry = living(ctx)?;
    match status(&inquiry) {
        "pending" => {}
        "expired" => {
            let now = clock::tick();
            let attributes = &mut inquiry["attributes"];
            attributes["status"] = "pending".into();
            if attributes["started-at"].is_null() {
                attributes["started-at"] = clock::iso(now).into();
            }
            attributes["expired-at"] = Value::Null;
            attributes["expires-at"] = clock::iso(now + clock::DAY * 1000).into();
            ctx.save(&mut inquiry)?;
        }
        other => {
            // The only transition whose error status Persona documents.
            return Err(Fail::conflict(format!("Inquiry is {other} and cannot be resumed")));
        }
    }
    sessions::unused_or_new(ctx, &mut inquiry)?;
    ctx.effect("resume", store::id(&inquiry), None)?;
    let token = code::session_token(ctx, &inquiry);
    shape::with_meta(ctx, inquiry, json!({ "session-token": token }))
}

pub fn expire(ctx: &Ctx) -> Result<Answer, Fail> {
    check(ctx.call.body.as_ref(), &[])?;
    let mut inquiry = living(ctx)?;
    lapse(ctx, &mut inquiry)?;
    ctx.effect("expire", store::id(&inquiry), None)?;
    shape::one(ctx, inquiry)
}

/// Expires an unfinished inquiry with its sessions and open verifications.
pub fn lapse(ctx: &Ctx, inquiry: &mut Value) -> Result<(), Fail> {
    if !matches!(status(inquiry), "created" | "pending") {
        let details = format!("Inquiry is {} and cannot be expired", status(inquiry));
        return Err(ctx.refuse(Choice::ForbiddenTransition, details));
    }
    enter(ctx, inquiry, "expired")?;
    for mut session in store::of_inquiry(ctx.db, "inquiry-session", store::id(inquiry))? {
        sessions::end(ctx, &mut session)?;
    }
    for mut verification in store::of_inquiry(ctx.db, "verification", store::id(inquiry))? {
        if matches!(verification["attributes"]["status"].as_str(), Some("initiated" | "submitted")) {
            verification["attributes"]["status"] = "canceled".into();
            store::save(ctx.db, &verification, None)?;
            ctx.emit("verification.canceled", &verification)?;
        }
    }
    code::void(ctx, store::id(inquiry))
}
