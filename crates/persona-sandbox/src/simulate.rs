//! `perform-simulate-actions`: the applicant's whole flow in one call, with its events in the documented order.

use super::{
    answer::{Answer, Fail},
    body::{Member, Shape, check, may, must},
    choices::Choice,
    clock, inquiries,
    request::Ctx,
    seed::{self, org},
    shape, store,
};
use serde_json::{Value, json};

pub fn perform(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[must(
        "meta",
        Shape::Object(&[must(
            "simulate-actions",
            Shape::Objects(&[
                must("type", Shape::Text),
                may("data", Shape::Object(&[must("verification-template-id", Shape::Text)])),
            ]),
        )]),
    )];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let mut inquiry = inquiries::living(ctx)?;
    for action in body["meta"]["simulate-actions"].as_array().into_iter().flatten() {
        let name = action["type"].as_str().unwrap_or_default();
        match name {
            "start_inquiry" => step(ctx, &mut inquiry, &["created"], "pending")?,
            "complete_inquiry" => step(ctx, &mut inquiry, &["created", "pending"], "completed")?,
            "fail_inquiry" => step(ctx, &mut inquiry, &["created", "pending"], "failed")?,
            "expire_inquiry" => inquiries::lapse(ctx, &mut inquiry)?,
            "mark_for_review_inquiry" => inquiries::review(ctx, &mut inquiry)?,
            "approve_inquiry" => inquiries::settle(ctx, &mut inquiry, "approved", None)?,
            "decline_inquiry" => inquiries::settle(ctx, &mut inquiry, "declined", None)?,
            "create_passed_verification" | "create_failed_verification" => {
                let template = action["data"]["verification-template-id"]
                    .as_str()
                    .ok_or_else(|| Fail::bad("meta.simulate_actions.data.verification_template_id is missing"))?;
                verify(ctx, &mut inquiry, template, name == "create_passed_verification")?;
            }
            other => return Err(Fail::bad(format!("meta.simulate_actions.type {other} is not supported"))),
        }
        ctx.effect(name, store::id(&inquiry), None)?;
    }
    shape::one(ctx, inquiry)
}

fn step(ctx: &Ctx, inquiry: &mut Value, from: &[&str], to: &str) -> Result<(), Fail> {
    let status = inquiry["attributes"]["status"].as_str().unwrap_or_default();
    if !from.contains(&status) {
        return Err(ctx.refuse(Choice::ForbiddenTransition, format!("Inquiry is {status}, so it cannot become {to}")));
    }
    if status == "created" && to != "pending" {
        inquiries::enter(ctx, inquiry, "pending")?;
    }
    inquiries::enter(ctx, inquiry, to)
}

pub fn verify(ctx: &Ctx, inquiry: &mut Value, template: &str, passed: bool) -> Result<(), Fail> {
    let missing = || Fail::not_found_because("meta.simulate_actions.data.verification_template_id is not found");
    let kind = org::verification_kind(template).ok_or_else(missing)?;
    let status = inquiry["attributes"]["status"].as_str().unwrap_or_default();
    if !matches!(status, "created" | "pending") {
        return Err(ctx.refuse(Choice::ForbiddenTransition, format!("Inquiry is {status} and takes no verification")));
    }
    if inquiry["attributes"]["status"] == "created" {
        inquiries::enter(ctx, inquiry, "pending")?;
    }
    let docs = seed::simulated(inquiry, kind, passed, clock::tick());
    for (doc, private) in &docs {
        store::save(ctx.db, doc, Some(private))?;
    }
    announce(ctx, &docs)?;
    for (doc, _) in &docs {
        let name = match store::kind(doc) {
            "verification" => "verifications",
            "document" => "documents",
            "selfie" => "selfies",
            _ => continue,
        };
        if let Some(list) = inquiry["relationships"][name]["data"].as_array_mut() {
            list.push(json!({ "type": doc["type"], "id": doc["id"] }));
        }
    }
    // The step that was just completed, named by the kind of verification.
    let step = format!("verification_{}", kind.replace('-', "_"));
    inquiry["attributes"]["previous-step-name"] = step.into();
    ctx.save(inquiry)?;
    ctx.emit("inquiry.transitioned", inquiry)
}

/// Emits documents and selfies first, then the verifications, in the order of Persona's documentation.
pub fn announce(ctx: &Ctx, docs: &[(Value, Value)]) -> Result<(), Fail> {
    for (doc, _) in docs {
        let kind = store::kind(doc);
        if matches!(kind, "document" | "selfie") {
            for step in ["created", "submitted", "processed"] {
                ctx.emit(&format!("{kind}.{step}"), doc)?;
            }
        }
    }
    for (doc, _) in docs {
        if store::kind(doc) == "verification" {
            let ended = doc["attributes"]["status"].as_str().unwrap_or("passed");
            let ended = if ended == "confirmed" { "passed" } else { ended };
            for step in ["created", "submitted", ended] {
                ctx.emit(&format!("verification.{step}"), doc)?;
            }
        }
    }
    Ok(())
}
