//! Objects attached to a case: accounts, inquiries, reports, verifications.

use super::{
    answer::{Answer, Fail},
    body::{Member, Shape, check, may},
    request::Ctx,
    shape, store,
};
use serde_json::{Value, json};

fn object_ids(ctx: &Ctx) -> Result<Vec<String>, Fail> {
    const TAKES: &[Member] = &[may("meta", Shape::Object(&[may("object-ids", Shape::MaybeTexts)]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let ids = body["meta"]["object-ids"].as_array().into_iter().flatten();
    Ok(ids.filter_map(Value::as_str).map(str::to_owned).collect())
}

pub fn add(ctx: &Ctx) -> Result<Answer, Fail> {
    let ids = object_ids(ctx)?;
    let mut case = living(ctx)?;
    let mut changed = false;
    for id in &ids {
        changed |= attach(ctx, &mut case, id)?;
    }
    if changed {
        touched(ctx, &mut case)?;
        ctx.effect("add-objects", store::id(&case), None)?;
    }
    shape::one(ctx, case)
}

/// Name of the relationship that holds objects of this kind.
fn place(kind: &str) -> Option<&'static str> {
    match kind {
        "account" => Some("accounts"),
        "inquiry" => Some("inquiries"),
        "report" => Some("reports"),
        "verification" => Some("verifications"),
        _ => None,
    }
}

pub fn attach(ctx: &Ctx, case: &mut Value, id: &str) -> Result<bool, Fail> {
    let missing = || Fail::not_found_because(format!("meta.object_ids: {id} is not found"));
    let object = store::find(ctx.db, id)?.ok_or_else(missing)?;
    let name = place(store::kind(&object))
        .ok_or_else(|| Fail::unprocessable(format!("meta.object_ids: {id} cannot be attached to a case")))?;
    let Some(list) = case["relationships"][name]["data"].as_array_mut() else { return Ok(false) };
    if list.iter().any(|known| store::id(known) == id) {
        return Ok(false);
    }
    list.push(json!({ "type": object["type"], "id": id }));
    Ok(true)
}

pub fn remove(ctx: &Ctx) -> Result<Answer, Fail> {
    let ids = object_ids(ctx)?;
    let mut case = living(ctx)?;
    let mut changed = false;
    for name in ["accounts", "inquiries", "reports", "verifications", "txns"] {
        if let Some(list) = case["relationships"][name]["data"].as_array_mut() {
            let before = list.len();
            list.retain(|known| !ids.iter().any(|id| id == store::id(known)));
            changed |= list.len() != before;
        }
    }
    if changed {
        touched(ctx, &mut case)?;
        ctx.effect("remove-objects", store::id(&case), None)?;
    }
    shape::one(ctx, case)
}

pub fn living(ctx: &Ctx) -> Result<Value, Fail> {
    let case = ctx.load("case")?;
    if case["attributes"]["redacted-at"].is_null() { Ok(case) } else { Err(Fail::conflict("Case already redacted")) }
}

pub fn touched(ctx: &Ctx, case: &mut Value) -> Result<(), Fail> {
    case["attributes"]["updater-id"] = ctx.app.api_key_id.as_str().into();
    case["attributes"]["updater-type"] = "api-key".into();
    ctx.save(case)
}
