//! What an inquiry gathered: verifications, documents, reports. Also inquiry templates, which only describe.

use super::{
    answer::{Answer, Fail},
    body::{Member, Shape, check, may, must},
    clock,
    lists::{self, Cond},
    request::Ctx,
    shape, store,
};
use serde_json::{Value, json};

pub fn verification(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("verification")?)
}

/// `/verification/government-ids/{id}` and its like: the type must fit, and no `included` comes back.
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

pub fn reports(ctx: &Ctx) -> Result<Answer, Fail> {
    let mut conds = Vec::new();
    for (name, value) in ctx.call.deep("filter")? {
        conds.push(match name {
            "account-id" => Cond::eq("account", value),
            "reference-id" => Cond(
                "account IN (SELECT id FROM resource WHERE kind = 'account' AND reference = ?)".to_owned(),
                vec![value.to_owned()],
            ),
            other => return Err(lists::unknown(other)),
        });
    }
    lists::objects(ctx, "report", conds)
}

pub fn report(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("report")?)
}

/// Flat items, newest first; few enough for one page.
pub fn history(ctx: &Ctx) -> Result<Answer, Fail> {
    let report = ctx.load("report")?;
    let mut items = store::private(ctx.db, store::id(&report))?["history"].as_array().cloned().unwrap_or_default();
    let matches = report["attributes"]["has-match"].as_bool().map_or(0, i64::from);
    items.push(json!({
        "type": "run", "id": store::id(&report).replacen("rep_", "rpr_", 1), "run-type": "manual",
        "scheduled-date": report["attributes"]["created-at"].as_str().map(|at| at.chars().take(10).collect::<String>()),
        "completed-at": report["attributes"]["completed-at"], "matches": matches,
    }));
    Answer::ok(json!({ "data": items, "links": { "prev": null, "next": null } }))
}

pub fn dismiss(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[must(
        "data",
        Shape::Object(&[may(
            "attributes",
            Shape::Object(&[
                may("dismiss-type", Shape::Text),
                may("entity-id", Shape::Text),
                may("reason", Shape::Text),
            ]),
        )]),
    )];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let given = &body["data"]["attributes"];
    let mut report = ctx.load("report")?;
    if !report["attributes"]["redacted-at"].is_null() {
        return Err(Fail::conflict("Report already redacted"));
    }
    let kind = report["type"].as_str().unwrap_or_default().to_owned();
    let now = clock::iso(clock::tick());
    let hits = match kind.as_str() {
        "report/watchlist" => "matched-lists",
        "report/politically-exposed-person" => "result",
        "report/adverse-media" => "related-sources",
        _ => return Err(Fail::unprocessable("Reports of this type have no matches to dismiss")),
    };
    if kind == "report/adverse-media" && (given["dismiss-type"].is_null() || given["entity-id"].is_null()) {
        return Err(Fail::unprocessable("data.attributes.dismiss_type and entity_id must be filled"));
    }
    let wanted = given["entity-id"].as_str();
    let attributes = &mut report["attributes"];
    let known = attributes[hits].as_array().cloned().unwrap_or_default();
    let named = |hit: &Value| wanted.is_none_or(|id| hit["entity-id"] == id);
    let (gone, kept): (Vec<Value>, Vec<Value>) = known.into_iter().partition(named);
    if gone.is_empty() {
        return Err(Fail::unprocessable("There is no match to dismiss"));
    }
    let ignored = if kind == "report/adverse-media" { "ignore-list-entity" } else { "ignore-list" };
    let done = attributes["completed-at"].clone();
    for hit in gone {
        let row = if kind == "report/adverse-media" {
            json!({ "entity-id": hit["entity-id"], "name": hit["name"], "ignored-at": now })
        } else {
            // The ignore list shows the person and the list, not the whole match.
            let keys: &[&str] = if hits == "result" {
                &["entity-id", "name", "birthdates", "country", "positions", "match-types"]
            } else {
                &["name", "url", "list-type", "list-types", "slug", "flag-code"]
            };
            let short: serde_json::Map<_, _> = keys.iter().map(|key| ((*key).to_owned(), hit[*key].clone())).collect();
            json!({
                "ignored-at": now, "run-history-completed-at": done, "match": short, "user": "API",
                "ignore-reason": given["reason"].as_str().unwrap_or("not a match"),
            })
        };
        if let Some(list) = attributes[ignored].as_array_mut() {
            list.push(row);
        }
    }
    attributes["has-match"] = (!kept.is_empty()).into();
    attributes[hits] = kept.into();
    let mut private = store::private(ctx.db, store::id(&report))?;
    let mut history = private["history"].as_array().cloned().unwrap_or_default();
    history.insert(0, json!({ "type": "dismiss", "id": clock::id("ract"), "created-at": now, "creator-name": "API" }));
    if !private.is_object() {
        private = json!({});
    }
    private["history"] = history.into();
    store::save(ctx.db, &report, Some(&private))?;
    ctx.emit(&format!("{kind}.dismissed"), &report)?;
    ctx.effect("dismiss", store::id(&report), given["reason"].as_str())?;
    shape::one(ctx, report)
}

pub fn templates(ctx: &Ctx) -> Result<Answer, Fail> {
    lists::objects(ctx, "inquiry-template", Vec::new())
}

pub fn template(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("inquiry-template")?)
}
