//! Tags of inquiries, cases, accounts and reports.

use super::{
    answer::{Answer, Fail},
    body::{Member, Shape, check, may, must},
    request::Ctx,
    shape, store,
};
use serde_json::{Value, json};

pub fn add(ctx: &Ctx) -> Result<Answer, Fail> {
    let tag = named(ctx)?;
    change(ctx, "add-tag", |tags| {
        if !tags.contains(&tag) {
            tags.push(tag.clone());
        }
    })
}

pub fn remove(ctx: &Ctx) -> Result<Answer, Fail> {
    let tag = named(ctx)?;
    change(ctx, "remove-tag", |tags| tags.retain(|known| *known != tag))
}

pub fn set(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] =
        &[must("meta", Shape::Object(&[may("tag-name", Shape::Texts), may("tag-id", Shape::Texts)]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let Some(names) = body["meta"]["tag-name"].as_array() else {
        return match body["meta"]["tag-id"].as_array().and_then(|ids| ids.first()) {
            Some(_) => Err(Fail::not_found_because("meta.tag_id is not found")),
            None => Err(Fail::bad("meta.tag_name is missing")),
        };
    };
    let mut wanted: Vec<Value> = Vec::new();
    for name in names {
        if !wanted.contains(name) {
            wanted.push(name.clone());
        }
    }
    change(ctx, "set-tags", |tags| *tags = wanted.clone())
}

/// The sandbox knows tags by name. It never gives out an id of a tag, so an id is never found.
fn named(ctx: &Ctx) -> Result<Value, Fail> {
    const TAKES: &[Member] =
        &[must("meta", Shape::Object(&[may("tag-name", Shape::Text), may("tag-id", Shape::Text)]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    match (body["meta"]["tag-name"].as_str(), body["meta"].get("tag-id")) {
        (Some(""), _) => Err(Fail::unprocessable("meta.tag_name must be filled")),
        (Some(name), _) => Ok(name.into()),
        (None, Some(_)) => Err(Fail::not_found_because("meta.tag_id is not found")),
        (None, None) => Err(Fail::bad("meta.tag_name is missing")),
    }
}

fn change(ctx: &Ctx, action: &str, edit: impl Fn(&mut Vec<Value>)) -> Result<Answer, Fail> {
    let mut object = store::find(ctx.db, ctx.param())?.ok_or_else(Fail::not_found)?;
    let kind = store::kind(&object).to_owned();
    let expected = match ctx.call.path.split('/').nth(3) {
        Some("inquiries") => "inquiry",
        Some("cases") => "case",
        Some("accounts") => "account",
        _ => "report",
    };
    if kind != expected {
        return Err(Fail::not_found());
    }
    if kind == "inquiry" && !object["attributes"]["redacted-at"].is_null() {
        return Err(Fail::conflict("Inquiry already redacted"));
    }
    if kind == "account" {
        super::accounts::living::not_archived(ctx, &object)?;
    }
    let mut tags = object["attributes"]["tags"].as_array().cloned().unwrap_or_default();
    edit(&mut tags);
    let Some(context) = replace(&mut object, &Value::Array(tags)) else { return shape::one(ctx, object) };
    ctx.save(&mut object)?;
    announce(ctx, &kind, &object, context)?;
    ctx.effect(action, store::id(&object), None)?;
    shape::one(ctx, object)
}

pub fn announce(ctx: &Ctx, kind: &str, object: &Value, context: Value) -> Result<(), Fail> {
    if kind == "report" {
        return Ok(());
    }
    if kind == "account" {
        for _ in context["added-tags"].as_array().into_iter().flatten() {
            ctx.emit("account.tag-added", object)?;
        }
        for _ in context["removed-tags"].as_array().into_iter().flatten() {
            ctx.emit("account.tag-removed", object)?;
        }
    }
    ctx.emit_with(&format!("{kind}.updated-tags"), object, context)
}

/// Sets the wanted tags and returns the difference; `None` if nothing changes.
pub fn replace(object: &mut Value, wanted: &Value) -> Option<Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (before, after) = (list(&object["attributes"]["tags"]), list(wanted));
    let added: Vec<&Value> = after.iter().filter(|tag| !before.contains(tag)).collect();
    let removed: Vec<&Value> = before.iter().filter(|tag| !after.contains(tag)).collect();
    if added.is_empty() && removed.is_empty() {
        return None;
    }
    let context = json!({ "added-tags": added, "removed-tags": removed });
    object["attributes"]["tags"] = after.into();
    Some(context)
}
