//! Webhook configuration: create, update, enable, disable, rotate the secret, archive.

use super::{
    WebhookTarget,
    answer::{Answer, Fail},
    body::{Member, Shape, check, may, must},
    clock, lists,
    request::Ctx,
    shape, store,
};
use rusqlite::Connection;
use serde_json::{Value, json};

/// The headers that a webhook may send besides Persona's own.
pub const HEADERS: &[&str] =
    &["Authorization", "Calling-Application", "CF-Access-Client-Id", "CF-Access-Client-Secret", "X-API-Key"];
/// A century in seconds: practically for ever, and still a valid date.
const LONGEST: i64 = 100 * 365 * 86_400;

/// All events that a webhook can subscribe to at Persona, whether or not this sandbox ever sends them.
const EVENTS: &str = include_str!("event_names.txt");

const ATTRIBUTES: &[Member] = &[
    may("name", Shape::Text),
    may("description", Shape::MaybeText),
    may("url", Shape::Text),
    may("enabled-events", Shape::Texts),
    may("api-version", Shape::Text),
    may("api-key-inflection", Shape::Text),
    may("api-attributes-blocklist", Shape::Texts),
    may("file-access-token-expires-in", Shape::Long),
    may("payload-filter", Shape::Object(&[may("data", Shape::Free)])),
    may("included-allowlist", Shape::Free),
    may("relationship-allowlist", Shape::Free),
    may("custom-http-headers", Shape::Free),
];

pub fn list(ctx: &Ctx) -> Result<Answer, Fail> {
    lists::objects(ctx, "webhook", Vec::new())
}

pub fn retrieve(ctx: &Ctx) -> Result<Answer, Fail> {
    let webhook = ctx.load("webhook")?;
    with_secrets(ctx, webhook)
}

/// Adds the secrets to the answer. They are stored separately, so that lists and updates cannot show them.
fn with_secrets(ctx: &Ctx, mut webhook: Value) -> Result<Answer, Fail> {
    let secrets = current(&store::private(ctx.db, store::id(&webhook))?);
    webhook["attributes"]["secret"] = secrets.first().map_or("".into(), |secret| secret["value"].clone());
    webhook["attributes"]["secrets"] = secrets.into();
    shape::one(ctx, webhook)
}

/// The secrets that are still valid, newest first.
pub fn current(private: &Value) -> Vec<Value> {
    let alive =
        |secret: &&Value| secret["expires-at"].as_str().and_then(clock::parse).is_none_or(|at| at > clock::now());
    private["secrets"].as_array().into_iter().flatten().filter(alive).cloned().collect()
}

pub fn create(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[must("data", Shape::Object(&[must("attributes", Shape::Object(ATTRIBUTES))]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let given = &body["data"]["attributes"];
    for name in ["name", "url", "enabled-events"] {
        if given.get(name).is_none() {
            return Err(Fail::bad(format!("data.attributes.{} is missing", name.replace('-', "_"))));
        }
    }
    valid(given)?;
    let mut webhook = blank(&clock::id("wbh"), clock::tick());
    fill(&mut webhook, given);
    let private = json!({ "secrets": [{ "value": clock::secret(), "expires-at": null }], "headers": given["custom-http-headers"] });
    store::save(ctx.db, &webhook, Some(&private))?;
    ctx.effect("create", store::id(&webhook), None)?;
    with_secrets(ctx, webhook).map(|answer| Answer { status: 201, ..answer })
}

fn blank(id: &str, created: i64) -> Value {
    json!({
        "type": "webhook", "id": id,
        "attributes": {
            "status": "disabled", "url": "", "name": null, "description": null, "api-version": "2025-12-08",
            "api-key-inflection": "kebab", "api-attributes-blocklist": [], "file-access-token-expires-in": 21_600,
            "enabled-events": ["*"], "payload-filter": null, "included-allowlist": { "state": "include_none" },
            "relationship-allowlist": { "state": "include_all" }, "created-at": clock::iso(created),
        },
    })
}

fn valid(given: &Value) -> Result<(), Fail> {
    let refuse = |what: &str| Err(Fail::unprocessable(format!("data.attributes.{what} is not acceptable")));
    if given["name"].as_str() == Some("") {
        return refuse("name");
    }
    if let Some(text) = given["url"].as_str() {
        match url::Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => {}
            _ => return refuse("url"),
        }
    }
    if let Some(names) = given["enabled-events"].as_array() {
        let known =
            |name: &Value| name.as_str().is_some_and(|name| name == "*" || EVENTS.lines().any(|known| known == name));
        if !names.iter().all(known) {
            return refuse("enabled_events");
        }
    }
    for name in HEADERS {
        if given["custom-http-headers"].get(name).is_some_and(|value| !value.is_string()) {
            return Err(Fail::bad(format!("data.attributes.custom_http_headers.{name} must be a string")));
        }
    }
    if given["api-version"].as_str().is_some_and(|version| !super::versions::ALL.contains(&version)) {
        return refuse("api_version");
    }
    if given["api-key-inflection"].as_str().is_some_and(|name| super::answer::Inflection::parse(name).is_none()) {
        return refuse("api_key_inflection");
    }
    if given["file-access-token-expires-in"].as_i64().is_some_and(|seconds| !(1..=259_200).contains(&seconds)) {
        return refuse("file_access_token_expires_in");
    }
    for (name, states) in [
        ("included-allowlist", &["include_all", "include_none", "custom"][..]),
        ("relationship-allowlist", &["include_all", "include_none"][..]),
    ] {
        if let Some(list) = given.get(name) {
            let state = list["state"].as_str().unwrap_or_default();
            let alone = list.as_object().is_some_and(|members| members.len() == 1);
            if !states.contains(&state) || (state != "custom" && !alone) || (state == "custom" && !custom(list)) {
                return refuse(&name.replace('-', "_"));
            }
        }
    }
    Ok(())
}

fn custom(list: &Value) -> bool {
    let Some(rows) = list["event-types"].as_array() else { return false };
    let good = |row: &Value| {
        row.as_object().is_some_and(|members| members.len() == 2)
            && row["event-type"].is_string()
            && row["relationships"]
                .as_array()
                .is_some_and(|names| !names.is_empty() && names.iter().all(Value::is_string))
    };
    list.as_object().is_some_and(|members| members.len() == 2)
        && (1..=200).contains(&rows.len())
        && rows.iter().all(good)
}

fn fill(webhook: &mut Value, given: &Value) {
    for (key, value) in given.as_object().into_iter().flatten() {
        if key != "custom-http-headers" {
            webhook["attributes"][key] = value.clone();
        }
    }
}

pub fn update(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[may("data", Shape::Object(&[may("attributes", Shape::Object(ATTRIBUTES))]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let given = &body["data"]["attributes"];
    let mut webhook = living(ctx)?;
    valid(given)?;
    fill(&mut webhook, given);
    let mut private = store::private(ctx.db, store::id(&webhook))?;
    if let Some(headers) = given.get("custom-http-headers") {
        private["headers"] = headers.clone();
    }
    store::save(ctx.db, &webhook, Some(&private))?;
    shape::one(ctx, webhook)
}

fn living(ctx: &Ctx) -> Result<Value, Fail> {
    let webhook = ctx.load("webhook")?;
    if webhook["attributes"]["status"] == "archived" { Err(Fail::conflict("Webhook is archived")) } else { Ok(webhook) }
}

pub fn enable(ctx: &Ctx) -> Result<Answer, Fail> {
    turn(ctx, "enable", "enabled")
}

pub fn disable(ctx: &Ctx) -> Result<Answer, Fail> {
    turn(ctx, "disable", "disabled")
}

pub fn archive(ctx: &Ctx) -> Result<Answer, Fail> {
    turn(ctx, "archive", "archived")
}

fn turn(ctx: &Ctx, action: &str, status: &str) -> Result<Answer, Fail> {
    check(ctx.call.body.as_ref(), &[])?;
    let mut webhook = living(ctx)?;
    if webhook["attributes"]["status"] != status {
        webhook["attributes"]["status"] = status.into();
        store::save(ctx.db, &webhook, None)?;
        if status != "enabled" {
            let mut cancel = ctx.db.prepare_cached(
                "UPDATE delivery SET state = 'failed', error = 'webhook disabled' WHERE webhook = ? AND state = 'pending'",
            )?;
            cancel.execute([store::id(&webhook)])?;
        }
        ctx.effect(action, store::id(&webhook), None)?;
    }
    shape::one(ctx, webhook)
}

pub fn rotate(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[may("meta", Shape::Object(&[may("expires-in-seconds", Shape::Long)]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let seconds = body["meta"]["expires-in-seconds"].as_i64().unwrap_or(86_400);
    if seconds < 0 {
        return Err(Fail::unprocessable("meta.expires_in_seconds must not be negative"));
    }
    let webhook = living(ctx)?;
    let mut private = store::private(ctx.db, store::id(&webhook))?;
    let mut secrets = current(&private);
    secrets.truncate(1);
    for old in &mut secrets {
        old["expires-at"] = clock::iso(clock::now().saturating_add(seconds.min(LONGEST) * 1000)).into();
    }
    secrets.insert(0, json!({ "value": clock::secret(), "expires-at": null }));
    private["secrets"] = secrets.into();
    store::save(ctx.db, &webhook, Some(&private))?;
    ctx.effect("rotate-secret", store::id(&webhook), None)?;
    with_secrets(ctx, webhook)
}

/// A copy of the webhook, disabled, with its own secret.
pub fn clone(ctx: &Ctx) -> Result<Answer, Fail> {
    check(ctx.call.body.as_ref(), &[])?;
    let mut webhook = living(ctx)?;
    let headers = store::private(ctx.db, store::id(&webhook))?["headers"].clone();
    webhook["id"] = clock::id("wbh").into();
    webhook["attributes"]["status"] = "disabled".into();
    webhook["attributes"]["created-at"] = clock::iso(clock::tick()).into();
    let private = json!({ "secrets": [{ "value": clock::secret(), "expires-at": null }], "headers": headers });
    store::save(ctx.db, &webhook, Some(&private))?;
    ctx.effect("clone", store::id(&webhook), None)?;
    with_secrets(ctx, webhook)
}

/// Creates the endpoints named at the start. An existing one gets the secrets named now.
pub fn ensure(db: &Connection, targets: &[WebhookTarget]) -> Result<(), Fail> {
    for target in targets {
        let mut find = db.prepare_cached("SELECT body FROM resource WHERE kind = 'webhook'")?;
        let known = find.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        let known = known.iter().filter_map(|text| serde_json::from_str::<Value>(text).ok());
        let mut webhook = known
            .into_iter()
            .find(|webhook| {
                webhook["attributes"]["url"] == target.url.as_str() && webhook["attributes"]["status"] != "archived"
            })
            .unwrap_or_else(|| blank(&clock::id("wbh"), clock::tick()));
        webhook["attributes"]["url"] = target.url.as_str().into();
        webhook["attributes"]["status"] = "enabled".into();
        webhook["attributes"]["name"] = "Named at start".into();
        let secrets: Vec<Value> = if target.secrets.is_empty() {
            vec![json!({ "value": clock::secret(), "expires-at": null })]
        } else {
            target.secrets.iter().map(|secret| json!({ "value": secret, "expires-at": null })).collect()
        };
        store::save(db, &webhook, Some(&json!({ "secrets": secrets })))?;
    }
    Ok(())
}
