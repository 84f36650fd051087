//! Relations between accounts: one key in each call, stored for both sides.

use super::{
    answer::{Answer, Fail},
    body::{Member, Shape, check, must},
    choices::Choice,
    clock,
    lists::{self, Cond},
    request::Ctx,
    seed::org,
    shape, store,
};
use rusqlite::params;
use serde_json::{Value, json};

pub fn list(ctx: &Ctx) -> Result<Answer, Fail> {
    let (mut key, mut since, mut until) = (None, i64::MIN, i64::MAX);
    for (name, value) in ctx.call.deep("filter")? {
        match name {
            "key" => key = Some(value),
            "created-at-start" => since = lists::moment(value)?,
            "created-at-end" => until = lists::moment(value)?,
            other => return Err(lists::unknown(other)),
        }
    }
    let key = key.filter(|key| !key.is_empty()).ok_or_else(|| Fail::bad("filter.key is missing"))?;
    let account = ctx.load("account")?;
    if org::opposite(key).is_none() && !ctx.app.choices.is(Choice::UnknownRelationKey, "empty") {
        return Err(ctx.refuse(Choice::UnknownRelationKey, "filter.key is not a relation of this account type"));
    }
    lists::objects(
        ctx,
        "account",
        vec![Cond(
            "id IN (SELECT target FROM relation WHERE account = ? AND key = ?
                AND created BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER))"
                .to_owned(),
            vec![store::id(&account).to_owned(), key.to_owned(), since.to_string(), until.to_string()],
        )],
    )
}

pub fn add(ctx: &Ctx) -> Result<Answer, Fail> {
    let (account, key, target) = relation(ctx)?;
    let pairs =
        [(store::id(&account), key.0.as_str(), store::id(&target)), (store::id(&target), key.1, store::id(&account))];
    let mut added = 0;
    for (from, key, to) in pairs {
        added += ctx
            .db
            .prepare_cached("INSERT OR IGNORE INTO relation (account, key, target, created) VALUES (?, ?, ?, ?)")?
            .execute(params![from, key, to, clock::now()])?;
    }
    told(ctx, account, (&key.0, key.1), &target, added, ("add-relation", "account.added-relation"))
}

pub fn remove(ctx: &Ctx) -> Result<Answer, Fail> {
    let (account, key, target) = relation(ctx)?;
    let pairs =
        [(store::id(&account), key.0.as_str(), store::id(&target)), (store::id(&target), key.1, store::id(&account))];
    let mut removed = 0;
    for (from, key, to) in pairs {
        removed += ctx
            .db
            .prepare_cached("DELETE FROM relation WHERE account = ? AND key = ? AND target = ?")?
            .execute([from, key, to])?;
    }
    told(ctx, account, (&key.0, key.1), &target, removed, ("remove-relation", "account.removed-relation"))
}

/// Returns the account, the relation's key with the key of the other side, and the target.
fn relation(ctx: &Ctx) -> Result<(Value, (String, &'static str), Value), Fail> {
    const TAKES: &[Member] = &[must(
        "meta",
        Shape::Object(&[must("relation-schema-key", Shape::Text), must("target-object-id", Shape::Text)]),
    )];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let key = body["meta"]["relation-schema-key"].as_str().unwrap_or_default().to_owned();
    let account = ctx.load("account")?;
    let missing = || Fail::not_found_because("meta.relation_schema_key is not found");
    let (from, to, back) = org::opposite(&key).ok_or_else(missing)?;
    if account["attributes"]["account-type-name"] != from {
        return Err(Fail::unprocessable("meta.relation_schema_key is not a relation of this account type"));
    }
    let target = ctx
        .load_id("account", body["meta"]["target-object-id"].as_str().unwrap_or_default())
        .map_err(|_| Fail::not_found_because("meta.target_object_id is not found"))?;
    if target["attributes"]["account-type-name"] != to {
        return Err(Fail::unprocessable("meta.target_object_id has an account type that the relation does not take"));
    }
    super::accounts::living::not_archived(ctx, &account)?;
    super::accounts::living::not_archived(ctx, &target)?;
    if account["id"] == target["id"] {
        return Err(Fail::conflict("An account is not related to itself"));
    }
    Ok((account, (key, back), target))
}

fn told(
    ctx: &Ctx,
    mut account: Value,
    (key, back): (&str, &str),
    target: &Value,
    rows: usize,
    (action, event): (&str, &str),
) -> Result<Answer, Fail> {
    if rows > 0 {
        ctx.save(&mut account)?;
        let context = json!({ "relation-schema-key": key, "target-account-id": target["id"], "target-txn-id": null });
        ctx.emit_with(event, &account, context)?;
        if ctx.app.choices.is(Choice::RelationEvents, "both-sides") {
            let context =
                json!({ "relation-schema-key": back, "target-account-id": account["id"], "target-txn-id": null });
            ctx.emit_with(event, target, context)?;
        }
        ctx.effect(action, store::id(&account), None)?;
    }
    shape::one(ctx, account)
}
