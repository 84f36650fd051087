//! Events: what happened, the object as it was then, and the resulting deliveries. Also the calls under `/events`.

pub mod record;

use super::{
    answer::{Answer, Fail},
    lists::{self, Cond},
    request::Ctx,
    shape,
};
use record::{COLUMNS, read, render, stored};
use serde_json::{Value, json};

pub fn list(ctx: &Ctx) -> Result<Answer, Fail> {
    let mut conds = Vec::new();
    for (name, value) in ctx.call.deep("filter")? {
        conds.push(match name {
            // The index on names is fast for one name. For several, SQLite would sort all their events to return one
            // page, so `+` disables it.
            "name" if value.contains(',') => Cond::any("+name", value)?,
            "name" => Cond::any("name", value)?,
            "object-id" => Cond::any("object", value)?,
            "id" => Cond::any("id", value)?,
            other => return Err(lists::unknown(other)),
        });
    }
    let (events, links) = lists::page(ctx, "event", COLUMNS, conds, read)?;
    let data =
        events.iter().map(|event| shape::finish(ctx, render(ctx.db, event)?)).collect::<Result<Vec<Value>, Fail>>()?;
    Answer::ok(json!({ "data": data, "links": links }))
}

pub fn retrieve(ctx: &Ctx) -> Result<Answer, Fail> {
    let event = stored(ctx.db, ctx.param())?.ok_or_else(Fail::not_found)?;
    shape::one(ctx, render(ctx.db, &event)?)
}
