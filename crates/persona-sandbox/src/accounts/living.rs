//! Accounts that can be changed.

use super::super::{answer::Fail, request::Ctx, store};
use serde_json::Value;

/// Returns the account in the path, unless it was consolidated into another one.
pub fn living(ctx: &Ctx) -> Result<Value, Fail> {
    let account = ctx.load("account")?;
    not_archived(ctx, &account)?;
    Ok(account)
}

pub fn not_archived(ctx: &Ctx, account: &Value) -> Result<(), Fail> {
    if store::private(ctx.db, store::id(account))?["archived"] == true {
        return Err(Fail::conflict("Account is archived"));
    }
    Ok(())
}
