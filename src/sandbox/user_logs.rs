//! User audit logs: what people did in Persona's own dashboard.

use super::{
    answer::{Answer, Fail},
    choices::Choice,
    lists,
    request::Ctx,
    shape,
};

pub fn list(ctx: &Ctx) -> Result<Answer, Fail> {
    open(ctx)?;
    lists::objects(ctx, "user-audit-log", Vec::new())
}

pub fn retrieve(ctx: &Ctx) -> Result<Answer, Fail> {
    open(ctx)?;
    shape::one(ctx, ctx.load("user-audit-log")?)
}

/// Persona keeps these, and inquiry templates, from sandbox keys.
pub fn open(ctx: &Ctx) -> Result<(), Fail> {
    if ctx.app.choices.is(Choice::SandboxLimits, "as-persona") {
        return Err(Fail::forbidden("This resource is not available with a sandbox API key"));
    }
    Ok(())
}
