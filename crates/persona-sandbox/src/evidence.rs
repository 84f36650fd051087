//! Evidence of an inquiry: verifications and documents. Also inquiry templates, which are only descriptions.

use super::{
    answer::{Answer, Fail},
    body::check,
    lists::{self, Cond},
    request::Ctx,
    shape, store, user_logs,
};
use serde_json::json;

pub fn verification(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("verification")?)
}

/// `/verification/government-ids/{id}` and similar calls: the type must match, and the answer has no `included`.
pub fn typed_verification(ctx: &Ctx) -> Result<Answer, Fail> {
    let wanted = match ctx.call.path.split('/').nth(4).unwrap_or_default() {
        "email-addresses" => "email-address",
        plural => plural.strip_suffix('s').unwrap_or(plural),
    };
    let found = ctx.load("verification")?;
    if found["type"] != format!("verification/{wanted}") {
        return Err(Fail::not_found());
    }
    shape::alone(ctx, found)
}

pub fn document(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("document")?)
}

pub fn typed_document(ctx: &Ctx) -> Result<Answer, Fail> {
    let plural = ctx.call.path.split('/').nth(4).unwrap_or_default();
    let found = ctx.load("document")?;
    if found["type"] != format!("document/{}", plural.strip_suffix('s').unwrap_or(plural)) {
        return Err(Fail::not_found());
    }
    shape::one(ctx, found)
}

pub fn templates(ctx: &Ctx) -> Result<Answer, Fail> {
    user_logs::open(ctx)?;
    lists::objects(ctx, "inquiry-template", Vec::new())
}

pub fn template(ctx: &Ctx) -> Result<Answer, Fail> {
    user_logs::open(ctx)?;
    shape::one(ctx, ctx.load("inquiry-template")?)
}

pub fn template_versions(ctx: &Ctx) -> Result<Answer, Fail> {
    user_logs::open(ctx)?;
    let mut wanted = None;
    for (name, value) in ctx.call.deep("filter")? {
        match name {
            "inquiry-template-id" => wanted = Some(value),
            other => return Err(lists::unknown(other)),
        }
    }
    let wanted = wanted.ok_or_else(|| Fail::bad("filter.inquiry_template_id is missing"))?;
    lists::objects(
        ctx,
        "inquiry-template-version",
        vec![Cond(
            "json_extract(body, '$.relationships.\"inquiry-template\".data.id') = ?".to_owned(),
            vec![wanted.to_owned()],
        )],
    )
}

/// While a verification is locked, its redaction is refused.
pub fn lock(ctx: &Ctx) -> Result<Answer, Fail> {
    hold(ctx, "investigation-lock", true)
}

pub fn unlock(ctx: &Ctx) -> Result<Answer, Fail> {
    hold(ctx, "investigation-unlock", false)
}

fn hold(ctx: &Ctx, action: &str, locked: bool) -> Result<Answer, Fail> {
    check(ctx.call.body.as_ref(), &[])?;
    let verification = ctx.load("verification")?;
    let mut private = store::private(ctx.db, store::id(&verification))?;
    if !private.is_object() {
        private = json!({});
    }
    if private["locked"].as_bool().unwrap_or(false) != locked {
        private["locked"] = locked.into();
        store::save(ctx.db, &verification, Some(&private))?;
        ctx.effect(action, store::id(&verification), None)?;
    }
    shape::one(ctx, verification)
}
