//! Merges several accounts into one: their objects move, their attributes do not, and the source accounts are archived
//! permanently.

use super::{
    accounts,
    answer::{Answer, Fail},
    body::{Member, Shape, check, must},
    request::Ctx,
    shape, store,
};
use serde_json::{Value, json};

pub fn consolidate(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[must("meta", Shape::Object(&[must("source-account-ids", Shape::Texts)]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let mut account = accounts::living::living(ctx)?;
    let home = store::id(&account).to_owned();
    let mut sources = Vec::new();
    for id in body["meta"]["source-account-ids"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if id == home {
            return Err(Fail::conflict("meta.source_account_ids names the account itself"));
        }
        let missing = |_| Fail::not_found_because(format!("meta.source_account_ids: {id} is not found"));
        let source = ctx.load_id("account", id).map_err(missing)?;
        accounts::living::not_archived(ctx, &source)?;
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    if sources.is_empty() {
        return shape::one(ctx, account).map(|answer| Answer { status: 202, ..answer });
    }
    for source in &mut sources {
        move_objects(ctx, store::id(source), &home)?;
        let mut private = store::private(ctx.db, store::id(source))?;
        if !private.is_object() {
            private = json!({});
        }
        private["archived"] = true.into();
        ctx.save(source)?;
        store::save(ctx.db, source, Some(&private))?;
        ctx.emit("account.consolidated", source)?;
        ctx.emit("account.archived", source)?;
    }
    ctx.save(&mut account)?;
    ctx.emit("account.consolidated-with", &account)?;
    ctx.effect("consolidate", &home, None)?;
    shape::one(ctx, account).map(|answer| Answer { status: 202, ..answer })
}

fn move_objects(ctx: &Ctx, from: &str, to: &str) -> Result<(), Fail> {
    let pointer = json!({ "type": "account", "id": to });
    let mut find =
        ctx.db.prepare_cached("SELECT id FROM resource WHERE account = ? AND kind IN ('inquiry', 'report')")?;
    let owned = find.query_map([from], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    for id in owned {
        let Some(mut object) = store::find(ctx.db, &id)? else { continue };
        object["relationships"]["account"] = json!({ "data": pointer });
        store::save(ctx.db, &object, None)?;
        for mut check in store::of_inquiry(ctx.db, "verification", &id)? {
            replace(&mut check["relationships"]["accounts"]["data"], from, &pointer);
            store::save(ctx.db, &check, None)?;
        }
    }
    let mut find = ctx.db.prepare_cached("SELECT owner FROM link WHERE target = ?")?;
    let cases = find.query_map([from], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    for id in cases {
        let Some(mut case) = store::find(ctx.db, &id)? else { continue };
        replace(&mut case["relationships"]["accounts"]["data"], from, &pointer);
        store::save(ctx.db, &case, None)?;
    }
    for statement in [
        "UPDATE OR IGNORE relation SET account = ?2 WHERE account = ?1 AND target <> ?2",
        "UPDATE OR IGNORE relation SET target = ?2 WHERE target = ?1 AND account <> ?2",
        "DELETE FROM relation WHERE account = ?1 OR target = ?1 OR account = ?2 AND target = ?2",
    ] {
        ctx.db.prepare_cached(statement)?.execute([from, to])?;
    }
    Ok(())
}

fn replace(list: &mut Value, from: &str, to: &Value) {
    let Some(items) = list.as_array_mut() else { return };
    let known = items.iter().any(|item| item == to);
    items.retain(|item| store::id(item) != from || !known);
    for item in items.iter_mut().filter(|item| store::id(item) == from) {
        *item = to.clone();
    }
}
