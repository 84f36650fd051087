//! Accounts and account types.

pub mod living;

use super::{
    answer::{Answer, Fail, kebab},
    body::{Member, Shape, check, may, person_fields},
    clock,
    lists::{self, Cond},
    request::{Ctx, wrap},
    seed::org,
    shape, store, tags,
};
use living::living;
use rusqlite::OptionalExtension;
use serde_json::{Map, Value, json};

pub fn list(ctx: &Ctx) -> Result<Answer, Fail> {
    let mut conds = Vec::new();
    for (name, value) in ctx.call.deep("filter")? {
        match name {
            "reference-id" => conds.push(Cond::any("reference", value)?),
            other => return Err(lists::unknown(other)),
        }
    }
    lists::objects(ctx, "account", conds)
}

pub fn retrieve(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("account")?)
}

pub fn account_type(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("account-type")?)
}

/// Both create and update accept a person's convenience keys next to `fields`.
const PHOTO: &[Member] = &[may("data", Shape::Text), may("filename", Shape::Text)];

const CREATE: &[Member] = &[
    may(
        "data",
        Shape::Object(&[may(
            "attributes",
            Shape::Object(&[
                may("account-type-id", Shape::Text),
                may("account-status", Shape::Text),
                may("reference-id", Shape::Text),
                may("selfie-photo", Shape::Object(&[may("data", Shape::Object(PHOTO))])),
                may("tags", Shape::MaybeTexts),
                may("country-code", Shape::Text),
                may("social-security-number", Shape::Text),
                may("fields", Shape::Free),
                may("birthdate", Shape::Text),
                may("name-first", Shape::Text),
                may("name-middle", Shape::Text),
                may("name-last", Shape::Text),
                may("phone-number", Shape::Text),
                may("email-address", Shape::Text),
                may("address-street-1", Shape::Text),
                may("address-street-2", Shape::Text),
                may("address-city", Shape::Text),
                may("address-subdivision", Shape::Text),
                may("address-postal-code", Shape::Text),
            ]),
        )]),
    ),
    may("meta", Shape::Object(&[may("upsert-by", Shape::MaybeText)])),
];

const UPDATE: &[Member] = &[may(
    "data",
    Shape::Object(&[may(
        "attributes",
        Shape::Object(&[
            may("account-status", Shape::Text),
            may("reference-id", Shape::Text),
            may("selfie-photo", Shape::Object(&[may("data", Shape::MaybeObject(PHOTO))])),
            may("tags", Shape::MaybeTexts),
            may("country-code", Shape::Text),
            may("social-security-number", Shape::Text),
            may("fields", Shape::Free),
            may("birthdate", Shape::Text),
            may("name-first", Shape::Text),
            may("name-middle", Shape::Text),
            may("name-last", Shape::Text),
            may("phone-number", Shape::Text),
            may("email-address", Shape::Text),
            may("address-street-1", Shape::Text),
            may("address-street-2", Shape::Text),
            may("address-city", Shape::Text),
            may("address-subdivision", Shape::Text),
            may("address-postal-code", Shape::Text),
        ]),
    )]),
)];

pub fn create(ctx: &Ctx) -> Result<Answer, Fail> {
    let body = check(ctx.call.body.as_ref(), CREATE)?;
    let given = &body["data"]["attributes"];
    let wanted = given["account-type-id"].as_str();
    let reference = given["reference-id"].as_str();
    if let Some(known) = by_reference(ctx, reference)? {
        if body["meta"]["upsert-by"].as_str().map(kebab).as_deref() != Some("reference-id") {
            return Err(Fail::conflict("data.attributes.reference_id is already in use"));
        }
        let mut account = ctx.load_id("account", &known)?;
        fill(ctx, &mut account, given)?;
        ctx.effect("update", store::id(&account), None)?;
        return shape::one(ctx, account);
    }
    let missing = |_| Fail::unprocessable("data.attributes.account_type_id is not found");
    let kind = ctx.load_id("account-type", wanted.unwrap_or(&org::user_type())).map_err(missing)?;
    let mut account = blank(&clock::id("act"), clock::tick(), &kind, reference);
    set(&mut account, given)?;
    status(&mut account, given)?;
    account["attributes"]["tags"] = given["tags"].as_array().cloned().unwrap_or_default().into();
    store::save(ctx.db, &account, None)?;
    ctx.emit("account.created", &account)?;
    ctx.effect("create", store::id(&account), None)?;
    shape::created(ctx, account)
}

fn by_reference(ctx: &Ctx, reference: Option<&str>) -> Result<Option<String>, Fail> {
    let Some(reference) = reference else { return Ok(None) };
    let mut find = ctx.db.prepare_cached(
        "SELECT id FROM resource WHERE reference = ? AND kind = 'account'
            AND coalesce(json_extract(private, '$.archived'), 0) = 0",
    )?;
    Ok(find.query_row([reference], |row| row.get(0)).optional()?)
}

/// Returns the account for a new inquiry: the one with the given reference, or a new one with the inquiry's fields.
pub fn auto_create(ctx: &Ctx, kind: Option<&str>, reference: Option<&str>, fields: &Value) -> Result<String, Fail> {
    if let Some(known) = by_reference(ctx, reference)? {
        return Ok(known);
    }
    let missing = |_| Fail::not_found_because("meta.auto_create_account_type_id is not found");
    let kind = ctx.load_id("account-type", kind.unwrap_or(&org::user_type())).map_err(missing)?;
    let mut account = blank(&clock::id("act"), clock::tick(), &kind, reference);
    let known: Map<String, Value> = fields
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (kebab(key), value.clone()))
        .filter(|(_, value)| value.is_string())
        .collect();
    set(&mut account, &Value::Object(known))?;
    store::save(ctx.db, &account, None)?;
    ctx.emit("account.created", &account)?;
    Ok(store::id(&account).to_owned())
}

pub fn blank(id: &str, created: i64, kind: &Value, reference: Option<&str>) -> Value {
    json!({
        "type": "account", "id": id,
        "attributes": {
            "reference-id": reference, "account-type-name": kind["attributes"]["name"], "account-status": "Default",
            "created-at": clock::iso(created), "updated-at": clock::iso(created), "redacted-at": null, "tags": [], "fields": {},
        },
        "relationships": { "account-type": { "data": { "type": "account-type", "id": kind["id"] } } },
    })
}

/// Puts plain request values where Persona shows them: nested, in snake_case, and wrapped.
fn set(account: &mut Value, given: &Value) -> Result<bool, Fail> {
    person_fields(given)?;
    let fields = &mut account["attributes"]["fields"];
    let before = fields.clone();
    let text = |key: &str| given.get(key).filter(|value| !value.is_null());
    for (group, members) in [
        ("name", &[("name-first", "first"), ("name-middle", "middle"), ("name-last", "last")][..]),
        (
            "address",
            &[
                ("address-street-1", "street_1"),
                ("address-street-2", "street_2"),
                ("address-city", "city"),
                ("address-subdivision", "subdivision"),
                ("address-postal-code", "postal_code"),
                ("country-code", "country_code"),
                ("address-country-code", "country_code"),
            ][..],
        ),
    ] {
        for (from, to) in members {
            if let Some(value) = text(from) {
                if !fields[group].is_object() {
                    let empty: Map<String, Value> =
                        members.iter().map(|(_, name)| ((*name).to_owned(), wrap(name, &Value::Null))).collect();
                    fields[group] = json!({ "type": "hash", "value": empty });
                }
                fields[group]["value"][to] = wrap(to, value);
            }
        }
    }
    for (from, to) in [("birthdate", "birthdate"), ("phone-number", "phone_number"), ("email-address", "email_address")]
    {
        if let Some(value) = text(from) {
            fields[to] = wrap(to, value);
        }
    }
    for (key, value) in given["fields"].as_object().into_iter().flatten() {
        if matches!(key.as_str(), "name" | "address") && !value.is_object()
            || matches!(key.as_str(), "birthdate" | "phone_number" | "email_address")
                && !(value.is_string() || value.is_null())
            || matches!(key.as_str(), "identification_numbers" | "selfie_photo")
        {
            return Err(Fail::unprocessable(format!("data.attributes.fields.{key} is not acceptable")));
        }
        let mut wrapped = wrap(key, value);
        // A partial name or address changes only the members that it names.
        if let (Some(known), Some(new)) = (fields[key]["value"].as_object(), wrapped["value"].as_object()) {
            let mut merged = known.clone();
            merged.extend(new.clone());
            wrapped["value"] = Value::Object(merged);
        }
        fields[key] = wrapped;
    }
    for (group, names) in [
        ("name", &["first", "middle", "last"][..]),
        ("address", &["street_1", "street_2", "subdivision", "city", "postal_code", "country_code"][..]),
    ] {
        for (name, inner) in fields[group]["value"].as_object().into_iter().flatten() {
            if !names.contains(&name.as_str()) || !(inner["value"].is_string() || inner["value"].is_null()) {
                return Err(Fail::unprocessable(format!("data.attributes.fields.{group}.{name} is not acceptable")));
            }
        }
    }
    // Indexing has inserted a null where the caller gave no value.
    if let Some(members) = fields.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    Ok(before != *fields)
}

fn status(account: &mut Value, given: &Value) -> Result<bool, Fail> {
    let Some(wanted) = given["account-status"].as_str() else { return Ok(false) };
    let known = org::ACCOUNT_STATUSES.iter().find(|known| known.eq_ignore_ascii_case(wanted));
    let known = *known
        .ok_or_else(|| Fail::unprocessable("data.attributes.account_status is not a status of this account type"))?;
    let changed = account["attributes"]["account-status"] != known;
    account["attributes"]["account-status"] = known.into();
    Ok(changed)
}

fn fill(ctx: &Ctx, account: &mut Value, given: &Value) -> Result<(), Fail> {
    let fields = set(account, given)?;
    let moved = status(account, given)?;
    if let Some(reference) = given["reference-id"].as_str() {
        if by_reference(ctx, Some(reference))?.is_some_and(|other| other != store::id(account)) {
            return Err(Fail::conflict("data.attributes.reference_id is already in use"));
        }
        account["attributes"]["reference-id"] = reference.into();
    }
    let context = given.get("tags").filter(|tags| tags.is_array()).and_then(|wanted| tags::replace(account, wanted));
    ctx.save(account)?;
    if fields {
        ctx.emit("account.updated-fields", account)?;
    }
    if moved {
        ctx.emit("account.status-updated", account)?;
    }
    if let Some(context) = context {
        tags::announce(ctx, "account", account, context)?;
    }
    Ok(())
}

pub fn update(ctx: &Ctx) -> Result<Answer, Fail> {
    let body = check(ctx.call.body.as_ref(), UPDATE)?;
    let mut account = living(ctx)?;
    fill(ctx, &mut account, &body["data"]["attributes"])?;
    shape::one(ctx, account)
}
