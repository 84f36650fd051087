//! Reports: create, run again, pause and resume, dismiss matches, and their history.

use super::{
    accounts,
    answer::{Answer, Fail},
    body::{Member, Shape, check, may, must},
    clock,
    lists::{self, Cond},
    request::Ctx,
    seed::{self, Screened},
    shape, store,
};
use serde_json::{Value, json};

pub fn list(ctx: &Ctx) -> Result<Answer, Fail> {
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

pub fn retrieve(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("report")?)
}

/// The history as flat items, newest first.
pub fn history(ctx: &Ctx) -> Result<Answer, Fail> {
    let report = ctx.load("report")?;
    let mut items = store::private(ctx.db, store::id(&report))?["history"].as_array().cloned().unwrap_or_default();
    let matches = report["attributes"]["has-match"].as_bool().map_or(0, i64::from);
    items.push(json!({
        "type": "run", "id": store::id(&report).replacen("rep_", "rpr_", 1), "run-type": "manual",
        "scheduled-date": report["attributes"]["created-at"].as_str().map(|at| at.chars().take(10).collect::<String>()),
        "completed-at": report["attributes"]["completed-at"], "matches": matches,
    }));
    lists::short(ctx, &items)
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
        return Err(Fail::conflict("There is no match to dismiss"));
    }
    let ignored = if kind == "report/adverse-media" { "ignore-list-entity" } else { "ignore-list" };
    let done = attributes["completed-at"].clone();
    for hit in gone {
        let row = if kind == "report/adverse-media" {
            json!({ "entity-id": hit["entity-id"], "name": hit["name"], "ignored-at": now })
        } else {
            // The ignore list shows the person and the list, not the complete match.
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
    store::save(ctx.db, &report, None)?;
    remember(ctx, &report, "dismiss")?;
    ctx.emit(&format!("{kind}.dismissed"), &report)?;
    ctx.effect("dismiss", store::id(&report), given["reason"].as_str())?;
    shape::one(ctx, report)
}

const PERSON: &[Member] = &[
    may("name-first", Shape::MaybeText),
    may("name-middle", Shape::MaybeText),
    may("name-last", Shape::MaybeText),
    may("term", Shape::MaybeText),
    may("birthdate", Shape::MaybeText),
    may("country-code", Shape::MaybeText),
    may("address-country-code", Shape::MaybeText),
];

pub fn create(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[
        must(
            "data",
            Shape::Object(&[
                must("type", Shape::Text),
                must(
                    "attributes",
                    Shape::Object(&[
                        may("account-id", Shape::Text),
                        may("reference-id", Shape::Text),
                        may("report-template-id", Shape::Text),
                        must("query", Shape::Object(PERSON)),
                    ]),
                ),
            ]),
        ),
        may(
            "meta",
            Shape::Object(&[
                may("auto-create-account", Shape::Bool),
                may("auto-create-account-type-id", Shape::Text),
                may("auto-create-account-reference-id", Shape::Text),
                may("processing-mode", Shape::Text),
                may("request-flags", Shape::Texts),
            ]),
        ),
    ];
    let kind = ctx.call.body.as_ref().and_then(|body| body["data"]["type"].as_str()).unwrap_or_default().to_owned();
    let short = kind.strip_prefix("report/").unwrap_or_default();
    if !kind.is_empty() && !matches!(short, "watchlist" | "politically-exposed-person" | "adverse-media") {
        return Err(Fail::unprocessable(
            "data.type: this sandbox makes report/watchlist, report/politically-exposed-person and report/adverse-media",
        ));
    }
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let (given, meta) = (&body["data"]["attributes"], &body["meta"]);
    let query = &given["query"];
    let text = |name: &str| query[name].as_str().filter(|text| !text.is_empty());
    if ["name-first", "name-middle", "name-last", "term"].iter().all(|name| text(name).is_none()) {
        return Err(Fail::bad("data.attributes.query must have a name or a term"));
    }
    if query["birthdate"].as_str().is_some_and(|birth| clock::parse(birth).is_none()) {
        return Err(Fail::unprocessable("data.attributes.query.birthdate must be a date"));
    }
    if let Some(template) = given["report-template-id"].as_str() {
        let missing = |_| Fail::not_found_because("data.attributes.report_template_id is not found");
        let found = ctx.load_id("report-template", template).map_err(missing)?;
        if found["type"] != format!("report-template/{short}") {
            return Err(Fail::unprocessable("data.attributes.report_template_id is a template of another type"));
        }
    }
    let account = match given["account-id"].as_str() {
        Some(id) => {
            let missing = |_| Fail::not_found_because("data.attributes.account_id is not found");
            Some(store::id(&ctx.load_id("account", id).map_err(missing)?).to_owned())
        }
        None if meta["auto-create-account"] == false => None,
        None => {
            let reference =
                meta["auto-create-account-reference-id"].as_str().or_else(|| given["reference-id"].as_str());
            Some(accounts::auto_create(ctx, meta["auto-create-account-type-id"].as_str(), reference, &Value::Null)?)
        }
    };
    let country = text("country-code").or_else(|| text("address-country-code"));
    let report = seed::screened(
        short,
        &Screened {
            first: text("name-first"),
            middle: text("name-middle"),
            last: text("name-last"),
            term: text("term"),
            birth: text("birthdate"),
            country,
            account: account.as_deref(),
        },
        clock::tick(),
    );
    store::save(ctx.db, &report, None)?;
    announce(ctx, &report)?;
    ctx.effect("create", store::id(&report), None)?;
    shape::created(ctx, report)
}

/// Emits `ready`, and then `matched` if there is a match.
pub fn announce(ctx: &Ctx, report: &Value) -> Result<(), Fail> {
    let kind = report["type"].as_str().unwrap_or_default();
    ctx.emit(&format!("{kind}.ready"), report)?;
    if report["attributes"]["has-match"] == true {
        ctx.emit(&format!("{kind}.matched"), report)?;
    }
    Ok(())
}

/// Adds what happened at the start of the report's history.
fn remember(ctx: &Ctx, report: &Value, what: &str) -> Result<(), Fail> {
    let mut private = store::private(ctx.db, store::id(report))?;
    let mut history = private["history"].as_array().cloned().unwrap_or_default();
    let now = clock::iso(clock::tick());
    let row = if what == "run" {
        let matches = report["attributes"]["has-match"].as_bool().map_or(0, i64::from);
        let date = clock::date(clock::now());
        json!({ "type": "run", "id": clock::id("rpr"), "run-type": "manual", "scheduled-date": date, "completed-at": now, "matches": matches })
    } else {
        json!({ "type": what, "id": clock::id("ract"), "created-at": now, "creator-name": "API" })
    };
    history.insert(0, row);
    if !private.is_object() {
        private = json!({});
    }
    private["history"] = history.into();
    store::save(ctx.db, report, Some(&private))?;
    Ok(())
}

fn living(ctx: &Ctx) -> Result<Value, Fail> {
    check(ctx.call.body.as_ref(), &[])?;
    let report = ctx.load("report")?;
    if report["attributes"]["redacted-at"].is_null() {
        Ok(report)
    } else {
        Err(Fail::conflict("Report already redacted"))
    }
}

pub fn run(ctx: &Ctx) -> Result<Answer, Fail> {
    let mut report = living(ctx)?;
    report["attributes"]["is-continuous"] = true.into();
    report["attributes"]["completed-at"] = clock::iso(clock::tick()).into();
    store::save(ctx.db, &report, None)?;
    remember(ctx, &report, "run")?;
    announce(ctx, &report)?;
    ctx.effect("run", store::id(&report), None)?;
    shape::one(ctx, report)
}

pub fn pause(ctx: &Ctx) -> Result<Answer, Fail> {
    monitor(ctx, "pause", false)
}

pub fn resume(ctx: &Ctx) -> Result<Answer, Fail> {
    monitor(ctx, "resume", true)
}

/// Sets whether another run is scheduled.
fn monitor(ctx: &Ctx, action: &str, recurring: bool) -> Result<Answer, Fail> {
    let mut report = living(ctx)?;
    if report["attributes"]["is-recurring"] != recurring {
        report["attributes"]["is-recurring"] = recurring.into();
        store::save(ctx.db, &report, None)?;
        remember(ctx, &report, action)?;
        ctx.effect(action, store::id(&report), None)?;
    }
    shape::one(ctx, report)
}
