//! The sandbox's own endpoints, outside Persona's API and without a key: request faults, count effects, list
//! deliveries, create inquiries.

use super::{
    answer::{Answer, Fail},
    app::App,
    arrivals, clock, events,
    faults::Fault,
    keys::Key,
    response::json,
    routes,
};
use axum::{
    body::Bytes,
    http::{Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use rusqlite::params;
use serde_json::{Map, Value, json};
use std::sync::{Arc, atomic::Ordering};

pub async fn handle(app: &Arc<App>, parts: &Parts, path: &str, query: &[(String, String)], body: Bytes) -> Response {
    if foreign(parts) {
        return json(Fail::status(403).answer());
    }
    let body = read(parts, body);
    let asked = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let done = match (parts.method.clone(), path) {
        (Method::POST, "faults") => order(app, &body),
        (Method::GET, "faults") => Answer::ok(json!(app.faults.all())),
        (Method::DELETE, "faults") => {
            app.faults.clear();
            Answer::ok(json!([]))
        }
        (Method::DELETE, at) if at.starts_with("faults/") => take_back(app, at.strip_prefix("faults/")),
        // An HTML form cannot send DELETE.
        (Method::POST, "faults/take-back") => {
            let given: Value = serde_json::from_slice(&body).unwrap_or_default();
            take_back(app, given["at"].as_i64().map(|at| at.to_string()).as_deref())
        }
        (Method::GET, "choices") => Answer::ok(app.choices.all()),
        (Method::POST, "choices") => choose(app, &body),
        (Method::GET, "keys") => Answer::ok(json!(app.keys.all())),
        (Method::POST, "keys") => restrict(app, &body),
        (Method::DELETE, "keys") => {
            app.keys.clear();
            Answer::ok(json!([]))
        }
        (Method::GET, "clock") => Answer::ok(clock_now(app)),
        (Method::POST, "clock") => set_clock(app, &body),
        (Method::GET, "routes") => Answer::ok(
            routes::ROUTES
                .iter()
                .map(|route| json!({ "method": route.method, "path": format!("/{}", route.path) }))
                .collect(),
        ),
        (Method::GET, "events") => Answer::ok(json!(events::record::NAMES)),
        (Method::GET, "effects") => effects(app, asked("object-id")).await,
        (Method::GET, "deliveries") => deliveries(app, asked("state")).await,
        (Method::POST, "webhooks/pause") => {
            app.paused.store(true, Ordering::SeqCst);
            Answer::ok(json!({ "paused": true }))
        }
        (Method::POST, "webhooks/resume") => resume(app, &body),
        (Method::POST, "webhooks/repeat") => repeat(app, &body).await,
        (Method::POST, "arrive") => arrive(app, &body).await,
        _ => Err(Fail::not_found()),
    };
    let answer = done.unwrap_or_else(Fail::answer);
    if form(parts) && answer.status < 300 {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, "/")]).into_response();
    }
    json(answer)
}

async fn arrive(app: &Arc<App>, body: &Bytes) -> Result<Answer, Fail> {
    let asked: Value = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(body).map_err(|_| Fail::bad("send nothing, or {\"checks\": 500}"))?
    };
    let checks = asked["checks"].as_u64().unwrap_or_default();
    if checks > arrivals::MOST_CHECKS {
        return Err(Fail::unprocessable(format!("checks is larger than {}", arrivals::MOST_CHECKS)));
    }
    let id = arrivals::arrive(app, None, checks).await?;
    Answer::ok(json!({ "id": id }))
}

/// Whether the request comes from a form on the sandbox's page, which has no scripts.
fn form(parts: &Parts) -> bool {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.starts_with("application/x-www-form-urlencoded")
}

/// A form's fields as JSON: numbers become numbers, `on` becomes true, and empty fields are left out.
fn read(parts: &Parts, body: Bytes) -> Bytes {
    if !form(parts) {
        return body;
    }
    let fields: Map<String, Value> = url::form_urlencoded::parse(&body)
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| {
            let value = match value.parse::<i64>() {
                Ok(number) if key != "option" => number.into(),
                _ if value == "on" => true.into(),
                _ => value.into_owned().into(),
            };
            (key.into_owned(), value)
        })
        .collect();
    Value::Object(fields).to_string().into()
}

fn take_back(app: &App, at: Option<&str>) -> Result<Answer, Fail> {
    match at.and_then(|at| at.parse().ok()) {
        Some(at) if app.faults.drop_at(at) => Answer::ok(json!(app.faults.all())),
        _ => Err(Fail::not_found()),
    }
}

/// Takes `{"forbidden-transition": "422"}`, or `name` and `option` from the page.
fn choose(app: &App, body: &Bytes) -> Result<Answer, Fail> {
    let given: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| Fail::bad("send {\"forbidden-transition\": \"422\"}"))?;
    let pairs: Vec<(&str, &str)> = match (given.get("name"), given.get("option")) {
        (Some(name), Some(option)) => vec![(name.as_str().unwrap_or_default(), option.as_str().unwrap_or_default())],
        _ => given.iter().map(|(name, option)| (name.as_str(), option.as_str().unwrap_or_default())).collect(),
    };
    for (name, option) in pairs {
        app.choices.set(name, option).map_err(Fail::bad)?;
    }
    Answer::ok(app.choices.all())
}

fn restrict(app: &App, body: &Bytes) -> Result<Answer, Fail> {
    let key: Key = serde_json::from_slice(body).map_err(|error| Fail::bad(format!("invalid key: {error}")))?;
    if !key.key.starts_with("persona_sandbox_") {
        return Err(Fail::bad("a sandbox key must begin with persona_sandbox_"));
    }
    app.keys.set(key);
    Answer::created(json!(app.keys.all()))
}

fn clock_now(app: &App) -> Value {
    let off = app.store.off.load(Ordering::SeqCst);
    json!({ "now": clock::iso(app.store.now()), "offset-seconds": off / 1000 })
}

fn set_clock(app: &App, body: &Bytes) -> Result<Answer, Fail> {
    const MOST: i64 = 400 * 86_400;
    let given: Value = serde_json::from_slice(body).unwrap_or_default();
    let seconds = given["offset-seconds"]
        .as_i64()
        .filter(|seconds| (-MOST..=MOST).contains(seconds))
        .ok_or_else(|| Fail::bad("send {\"offset-seconds\": 3600}, at most 400 days either way"))?;
    app.store.off.store(seconds * 1000, Ordering::SeqCst);
    app.wake.notify_one();
    Answer::ok(clock_now(app))
}

/// Whether the request comes from another site's page. Such a page must not turn on faults in a developer's sandbox.
fn foreign(parts: &Parts) -> bool {
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    text(header::ORIGIN).is_some_and(|origin| origin.split("://").nth(1) != Some(host))
}

fn order(app: &App, body: &Bytes) -> Result<Answer, Fail> {
    let fault: Fault = serde_json::from_slice(body).map_err(|error| Fail::bad(format!("invalid fault: {error}")))?;
    if let Some(wrong) = fault.wrong() {
        return Err(Fail::bad(wrong));
    }
    app.faults.order(fault);
    Answer::created(json!(app.faults.all()))
}

async fn effects(app: &Arc<App>, object: Option<String>) -> Result<Answer, Fail> {
    let rows = app
        .read(move |db| {
            let mut find = db.prepare_cached(
                "SELECT at, action, object, request, key, comment FROM effect WHERE ?1 IS NULL OR object = ?1 ORDER BY seq LIMIT 200000",
            )?;
            let rows = find.query_map([object], |row| {
                Ok(json!({
                    "at": clock::iso(row.get(0)?), "action": row.get::<_, String>(1)?, "object-id": row.get::<_, String>(2)?,
                    "request-id": row.get::<_, String>(3)?, "idempotency-key": row.get::<_, Option<String>>(4)?,
                    "comment": row.get::<_, Option<String>>(5)?,
                }))
            })?;
            Ok(rows.collect::<Result<Vec<Value>, _>>()?)
        })
        .await?;
    Answer::ok(rows.into())
}

pub async fn deliveries(app: &Arc<App>, state: Option<String>) -> Result<Answer, Fail> {
    let rows = app
        .read(move |db| {
            let mut find = db.prepare_cached(
                "SELECT d.seq, d.event, e.name, e.object, d.webhook, d.state, d.attempts, d.status, d.error, d.next, d.last, d.fault
                 FROM delivery d LEFT JOIN event e ON e.id = d.event
                 WHERE ?1 IS NULL OR d.state = ?1 ORDER BY d.seq DESC LIMIT 200",
            )?;
            let rows = find.query_map([state], |row| {
                let state: String = row.get(5)?;
                let next = if state == "pending" { Some(clock::iso(row.get(9)?)) } else { None };
                Ok(json!({
                    "id": row.get::<_, i64>(0)?, "event-id": row.get::<_, String>(1)?,
                    "event-name": row.get::<_, Option<String>>(2)?, "object-id": row.get::<_, Option<String>>(3)?,
                    "webhook-id": row.get::<_, String>(4)?, "state": state, "attempts": row.get::<_, i64>(6)?,
                    "status": row.get::<_, Option<i64>>(7)?, "error": row.get::<_, Option<String>>(8)?, "next-at": next,
                    "last-at": row.get::<_, Option<i64>>(10)?.map(clock::iso), "fault": row.get::<_, Option<String>>(11)?,
                }))
            })?;
            Ok(rows.collect::<Result<Vec<Value>, _>>()?)
        })
        .await?;
    Answer::ok(rows.into())
}

fn resume(app: &App, body: &Bytes) -> Result<Answer, Fail> {
    let asked: Value = if body.is_empty() { Value::Null } else { serde_json::from_slice(body).unwrap_or_default() };
    let newest = asked["order"] == "newest-first";
    app.newest_first.store(newest, Ordering::SeqCst);
    app.paused.store(false, Ordering::SeqCst);
    app.wake.notify_one();
    Answer::ok(json!({ "paused": false, "order": if newest { "newest-first" } else { "oldest-first" } }))
}

/// Sends an event again, as Persona may do: same id, same content.
async fn repeat(app: &Arc<App>, body: &Bytes) -> Result<Answer, Fail> {
    let asked: Value = serde_json::from_slice(body).map_err(|_| Fail::bad("send {\"event-id\": \"evt_…\"}"))?;
    let event = asked["event-id"].as_str().unwrap_or_default().to_owned();
    let count = app
        .write(move |db| {
            if events::record::stored(db, &event)?.is_none() {
                return Err(Fail::not_found());
            }
            let mut find =
                db.prepare_cached("SELECT id FROM resource WHERE kind = 'webhook' AND status = 'enabled'")?;
            let webhooks = find.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
            for webhook in &webhooks {
                events::record::deliver(db, webhook, &event)?;
            }
            Ok(webhooks.len())
        })
        .await?;
    Answer::ok(json!({ "deliveries": count }))
}

/// Counts of objects for the page.
pub async fn counts(app: &Arc<App>) -> Result<Vec<(String, i64)>, Fail> {
    app.read(|db| {
        let mut find = db.prepare_cached(
            "SELECT kind || CASE WHEN kind IN ('inquiry', 'case') THEN ', ' || status ELSE '' END, count(*) FROM resource
             WHERE kind IN ('inquiry', 'case', 'account', 'report', 'verification', 'inquiry-session', 'webhook')
             GROUP BY 1 ORDER BY 1",
        )?;
        let rows = find.query_map(params![], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<_>, _>>()?;
        Ok(rows)
    })
    .await
}
