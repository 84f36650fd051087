//! Outside the API and without a key: faults to order, effects to count, deliveries to look at, arrivals on demand.

use super::{
    answer::{Answer, Fail},
    app::App,
    arrivals, clock, events,
    faults::Fault,
    http::json,
};
use axum::{
    body::Bytes,
    http::{Method, header, request::Parts},
    response::Response,
};
use rusqlite::params;
use serde_json::{Value, json};
use std::sync::{Arc, atomic::Ordering};

pub async fn handle(app: &Arc<App>, parts: &Parts, path: &str, query: &[(String, String)], body: Bytes) -> Response {
    if foreign(parts) {
        return json(Fail::status(403).answer());
    }
    let asked = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let done = match (parts.method.clone(), path) {
        (Method::POST, "faults") => order(app, &body),
        (Method::GET, "faults") => Answer::ok(json!(app.faults.all())),
        (Method::DELETE, "faults") => {
            app.faults.clear();
            Answer::ok(json!([]))
        }
        (Method::GET, "effects") => effects(app, asked("object-id")).await,
        (Method::GET, "deliveries") => deliveries(app, asked("state")).await,
        (Method::POST, "webhooks/pause") => {
            app.paused.store(true, Ordering::SeqCst);
            Answer::ok(json!({ "paused": true }))
        }
        (Method::POST, "webhooks/resume") => resume(app, &body),
        (Method::POST, "webhooks/repeat") => repeat(app, &body).await,
        (Method::POST, "arrive") => match arrivals::arrive(app, None).await {
            Ok(id) => Answer::ok(json!({ "id": id })),
            Err(fail) => Err(fail),
        },
        _ => Err(Fail::not_found()),
    };
    json(done.unwrap_or_else(Fail::answer))
}

/// No page of another site may turn faults on in a developer's sandbox.
fn foreign(parts: &Parts) -> bool {
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    text(header::ORIGIN).is_some_and(|origin| origin.split("://").nth(1) != Some(host))
}

fn order(app: &App, body: &Bytes) -> Result<Answer, Fail> {
    let fault: Fault = serde_json::from_slice(body).map_err(|error| Fail::bad(format!("not a fault: {error}")))?;
    if !(100..=599).contains(&fault.status) {
        return Err(Fail::bad("status must be an HTTP status"));
    }
    app.faults.order(fault);
    Answer::created(json!(app.faults.all()))
}

async fn effects(app: &Arc<App>, object: Option<String>) -> Result<Answer, Fail> {
    let rows = app
        .read(move |db| {
            let mut find = db.prepare_cached(
                "SELECT at, action, object, request, key, comment FROM effect WHERE ?1 IS NULL OR object = ?1 ORDER BY seq LIMIT 10000",
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
                "SELECT d.seq, d.event, e.name, e.object, d.webhook, d.state, d.attempts, d.status, d.error, d.next, d.last
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
                    "last-at": row.get::<_, Option<i64>>(10)?.map(clock::iso),
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

/// Sends an event again, as Persona may: same id, same content.
async fn repeat(app: &Arc<App>, body: &Bytes) -> Result<Answer, Fail> {
    let asked: Value = serde_json::from_slice(body).map_err(|_| Fail::bad("send {\"event-id\": \"evt_…\"}"))?;
    let event = asked["event-id"].as_str().unwrap_or_default().to_owned();
    let count = app
        .write(move |db| {
            if events::stored(db, &event)?.is_none() {
                return Err(Fail::not_found());
            }
            let mut find =
                db.prepare_cached("SELECT id FROM resource WHERE kind = 'webhook' AND status = 'enabled'")?;
            let webhooks = find.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
            for webhook in &webhooks {
                events::deliver(db, webhook, &event)?;
            }
            Ok(webhooks.len())
        })
        .await?;
    Answer::ok(json!({ "deliveries": count }))
}

/// Numbers for the page.
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
