//! User audit logs: what users did in Persona's dashboard.

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

/// Persona does not give sandbox keys access to these, nor to inquiry templates.
pub fn open(ctx: &Ctx) -> Result<(), Fail> {
    if ctx.app.choices.is(Choice::SandboxLimits, "as-persona") {
        return Err(Fail::forbidden("This resource is not available with a sandbox API key"));
    }
    Ok(())
}
