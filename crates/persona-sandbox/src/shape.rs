//! From stored objects to answers: `include`, sparse `fields[TYPE]`, and new file links.

use super::{
    answer::{Answer, Fail, kebab},
    app::App,
    files,
    request::Ctx,
    store, versions,
};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// Relationships that may be included, and (after the dot) those of the included object.
fn includable(kind: &str) -> &'static [&'static str] {
    match kind {
        "inquiry" => &[
            "account",
            "documents",
            "inquiry-template",
            "inquiry-template-version",
            "template",
            "reports",
            "reviewer",
            "selfies",
            "sessions",
            "transaction",
            "verifications",
            "inquiry-template.latest-published-version",
        ],
        "case" => &[
            "accounts",
            "case-comments",
            "case-queue",
            "case-template",
            "inquiries",
            "reports",
            "verifications",
            "txns",
            "inquiries.account",
            "inquiries.reports",
            "inquiries.verifications",
            "reports.account",
            "reports.inquiry",
        ],
        "account" => &["account-type"],
        "report" => &["inquiry", "account", "transaction", "report-template", "inquiry.account"],
        "inquiry-session" => &["device", "inquiry", "network"],
        "document" => &[
            "inquiry",
            "template",
            "inquiry-template",
            "inquiry-template-version",
            "transaction",
            "document-files",
            "inquiry.inquiry-template",
        ],
        "verification" => &[
            "inquiry",
            "template",
            "inquiry-template",
            "inquiry-template-version",
            "transaction",
            "verification-template",
            "verification-template-version",
            "accounts",
            "document",
            "inquiry.account",
        ],
        "inquiry-template" => &["latest-published-version"],
        "user-audit-log" => &["user"],
        _ => &[],
    }
}

/// An answer with a single object: 200, with `included`.
pub fn one(ctx: &Ctx, body: Value) -> Result<Answer, Fail> {
    let included = included(ctx, std::slice::from_ref(&body))?;
    Answer::ok(json!({ "data": finish(ctx, body)?, "included": included }))
}

pub fn created(ctx: &Ctx, body: Value) -> Result<Answer, Fail> {
    one(ctx, body).map(|answer| Answer { status: 201, ..answer })
}

pub fn with_meta(ctx: &Ctx, body: Value, meta: Value) -> Result<Answer, Fail> {
    let mut answer = one(ctx, body)?;
    answer.body["meta"] = meta;
    Ok(answer)
}

/// An answer with a single object, for calls without `included`.
pub fn alone(ctx: &Ctx, body: Value) -> Result<Answer, Fail> {
    Answer::ok(json!({ "data": finish(ctx, body)? }))
}

pub fn included(ctx: &Ctx, primary: &[Value]) -> Result<Vec<Value>, Fail> {
    let Some(first) = primary.first() else { return Ok(Vec::new()) };
    let allowed = includable(store::kind(first));
    let mut done: HashSet<String> = HashSet::new();
    let mut out = Vec::new();
    let default = versions::included_by_default(&ctx.call.version, store::kind(first));
    for name in ctx.call.query("include").unwrap_or(default).split(',').map(|name| kebab(name.trim())) {
        if name.is_empty() {
            continue;
        }
        let own = !name.contains('.') && !first["relationships"][&name].is_null();
        if !own && !allowed.contains(&name.as_str()) {
            return Err(Fail::bad(format!("include {name} is not supported")));
        }
        let (head, tail) = name.split_once('.').unwrap_or((&name, ""));
        for found in fetch(ctx, primary, head)? {
            let inner = if tail.is_empty() { Vec::new() } else { fetch(ctx, std::slice::from_ref(&found), tail)? };
            for object in std::iter::once(found).chain(inner) {
                // Persona's OpenAPI document allows this kind of verification in the `included` of an inquiry, but not
                // of a case.
                if store::kind(first) == "case" && object["type"] == "verification/database-business" {
                    continue;
                }
                if done.insert(store::id(&object).to_owned()) {
                    out.push(finish(ctx, object)?);
                }
            }
        }
    }
    Ok(out)
}

fn fetch(ctx: &Ctx, objects: &[Value], name: &str) -> Result<Vec<Value>, Fail> {
    let mut found = Vec::new();
    for object in objects {
        let ids: Vec<&str> = match &object["relationships"][name]["data"] {
            Value::Array(items) => items.iter().map(store::id).collect(),
            Value::Object(_) => vec![store::related(object, name).unwrap_or_default()],
            _ => Vec::new(),
        };
        for id in ids {
            found.extend(store::find(ctx.db, id)?);
        }
    }
    Ok(found)
}

/// Applies sparse fields and creates links: the last step for every object in an answer.
pub fn finish(ctx: &Ctx, mut body: Value) -> Result<Value, Fail> {
    sign(ctx.app, &mut body, files::LIFETIME);
    versions::apply(&ctx.call.version, &mut body);
    let sets = ctx.call.deep("fields")?;
    let kind = body["type"].as_str().unwrap_or_default().to_owned();
    let parent = kind.split('/').next().unwrap_or_default();
    let Some((_, names)) = sets.iter().find(|(name, _)| *name == kind || *name == parent) else { return Ok(body) };
    let mut kept = Map::new();
    for name in names.split(',').map(str::trim) {
        if let Some(field) = name.strip_prefix("fields.") {
            if let Some(value) = body["attributes"]["fields"].get(field) {
                let fields = kept.entry("fields").or_insert_with(|| json!({}));
                fields[field] = value.clone();
            }
        } else if let Some(value) = body["attributes"].get(kebab(name)) {
            kept.insert(kebab(name), value.clone());
        }
    }
    body["attributes"] = Value::Object(kept);
    if let Some(members) = body.as_object_mut() {
        members.remove("relationships");
    }
    Ok(body)
}

/// Replaces file names by links. Stored objects have only names; answers and webhooks have links, each with its own
/// token.
pub fn sign(app: &App, value: &mut Value, lifetime: i64) {
    match value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix(files::MARK) {
                *text = files::link(app, name, lifetime);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| sign(app, item, lifetime)),
        Value::Object(members) => members.values_mut().for_each(|item| sign(app, item, lifetime)),
        _ => {}
    }
}
