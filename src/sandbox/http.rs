//! From the wire to a handler and back: authentication, limits, versions, faults, idempotency, headers.

use super::{
    admin,
    answer::{Answer, Fail, Inflection},
    app::{App, Budget, Seen, joined},
    clock,
    faults::{Fault, Kind},
    files, page,
    request::{Call, Ctx},
    routes::{self, Found, Handler},
    socket::{Cut, Socket},
};
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch};

pub const VERSIONS: &[&str] =
    &["2025-12-08", "2025-10-27", "2023-01-05", "2022-09-01", "2021-08-18", "2021-07-05", "2021-02-21", "2020-05-18"];
const LARGEST: usize = 16 * 1024 * 1024;
const KEY_LIFE: i64 = 86_400_000;

pub async fn serve(listener: TcpListener, app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let router = Router::new().fallback(handle).with_state(app);
    let service = router.into_make_service_with_connect_info::<Cut>();
    let ended = axum::serve(Socket(listener), service)
        .with_graceful_shutdown(async move {
            let _ = stop.wait_for(|stopped| *stopped).await;
        })
        .await;
    if let Err(error) = ended {
        tracing::error!(%error, "the sandbox stopped listening");
    }
}

async fn handle(State(app): State<Arc<App>>, ConnectInfo(cut): ConnectInfo<Cut>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    if path == "/" && parts.method == Method::GET {
        return page::show(&app).await;
    }
    if let (Some(name), &Method::GET) = (path.strip_prefix("/files/"), &parts.method) {
        return files::serve(app, name.to_owned(), query).await;
    }
    if let Some(rest) = path.strip_prefix("/sandbox/") {
        return admin::handle(&app, &parts, rest, &query, to_bytes(body, LARGEST).await.unwrap_or_default()).await;
    }
    let Some(rest) = path.strip_prefix("/api/v1/") else { return json(Fail::not_found().answer()) };
    let segments = rest.split('/').map(decoded).collect::<Vec<_>>();
    let (method, asked) = (parts.method.to_string(), parts.uri.to_string());
    let response = api(&app, &cut, parts, segments, query, body).await;
    app.saw(Seen { at: clock::now(), method, path: asked, status: response.status().as_u16() });
    response
}

fn decoded(segment: &str) -> String {
    // The query decoder takes `+` for a space; in a path it is itself.
    let plain = format!("x={}", segment.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(plain.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

async fn api(
    app: &Arc<App>,
    cut: &Cut,
    parts: Parts,
    segments: Vec<String>,
    query: Vec<(String, String)>,
    body: Body,
) -> Response {
    if let Err(fail) = authenticated(&parts.headers) {
        return json(fail.answer());
    }
    let budget = app.spend();
    let mut request = clock::id("req");
    let answer = if budget.allowed {
        let fault = app.faults.take(parts.uri.path());
        match faulty(app, cut, &parts, segments, query, body, fault, &mut request).await {
            Ok(answer) => answer,
            Err(fail) => fail.answer(),
        }
    } else {
        Fail::rate_limited(app.limit).answer()
    };
    let inflection = text(&parts.headers, "key-inflection").and_then(Inflection::parse).unwrap_or(Inflection::Kebab);
    let allow = answer.body.get("allow").and_then(Value::as_str).map(str::to_owned);
    let mut answer = Answer { body: inflection.apply(answer.body), ..answer };
    if let (Some(_), Some(members)) = (&allow, answer.body.as_object_mut()) {
        members.remove("allow");
    }
    let mut response = json(answer);
    if let Some(value) = allow.and_then(|allow| allow.parse().ok()) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    headers(app, &mut response, &request, budget);
    response
}

fn authenticated(headers: &HeaderMap) -> Result<(), Fail> {
    let given = text(headers, "authorization").and_then(|value| value.strip_prefix("Bearer "));
    match given {
        None => Err(Fail::unauthorized("Must be authenticated to access this endpoint")),
        Some(key) if key.starts_with("persona_sandbox_") => Ok(()),
        Some(_) => Err(Fail::unauthorized("Token is invalid")),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn headers(app: &App, response: &mut Response, request: &str, budget: Budget) {
    let rows = [
        ("request-id", request.to_owned()),
        ("ratelimit-limit", budget.limit.to_string()),
        ("ratelimit-remaining", budget.remaining.to_string()),
        ("ratelimit-reset", budget.reset.to_string()),
        ("persona-environment-id", app.environment.clone()),
        ("persona-organization-id", app.organization.clone()),
    ];
    for (name, value) in rows {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one request, taken apart once")]
async fn faulty(
    app: &Arc<App>,
    cut: &Cut,
    parts: &Parts,
    segments: Vec<String>,
    query: Vec<(String, String)>,
    body: Body,
    fault: Option<Fault>,
    request: &mut String,
) -> Result<Answer, Fail> {
    let pause = |fault: &Fault| tokio::time::sleep(Duration::from_millis(fault.ms));
    let kind = fault.as_ref().map(|fault| fault.kind);
    match &fault {
        Some(fault) if fault.kind == Kind::Status => return Ok(Fail::status(fault.status).answer()),
        Some(fault) if fault.kind == Kind::Latency => pause(fault).await,
        Some(fault) if fault.kind == Kind::CutBefore || (fault.kind == Kind::Timeout && !fault.applied) => {
            if fault.kind == Kind::Timeout {
                pause(fault).await;
            }
            cut.now();
            return Ok(Fail::status(503).answer());
        }
        _ => {}
    }
    let stored = fault.as_ref().filter(|fault| fault.kind == Kind::Stored500).map(|fault| fault.applied);
    let answer = called(app, parts, segments, query, body, stored, request).await;
    if let (Some(fault), Some(Kind::CutAfter | Kind::Timeout)) = (&fault, kind) {
        if fault.kind == Kind::Timeout {
            pause(fault).await;
        }
        cut.now();
    }
    answer
}

async fn called(
    app: &Arc<App>,
    parts: &Parts,
    segments: Vec<String>,
    query: Vec<(String, String)>,
    body: Body,
    stored: Option<bool>,
    request: &mut String,
) -> Result<Answer, Fail> {
    if parts.headers.contains_key("key-inflection")
        && text(&parts.headers, "key-inflection").and_then(Inflection::parse).is_none()
    {
        return Err(Fail::bad("Key-Inflection must be camel, kebab or snake"));
    }
    if parts.headers.contains_key("persona-version")
        && !text(&parts.headers, "persona-version").is_some_and(|version| VERSIONS.contains(&version))
    {
        return Err(Fail::bad("Persona-Version is not a known version"));
    }
    let (route, params) = match routes::find(parts.method.as_str(), &segments) {
        Found::Route(route, params) => (route, params),
        Found::Methods(methods) => {
            let mut answer = Fail::status(405).answer();
            answer.body["allow"] = methods.join(", ").into();
            return Ok(answer);
        }
        Found::Nothing => return Err(Fail::not_found()),
    };
    let bytes = to_bytes(body, LARGEST).await.map_err(|_| Fail::bad("The request body is too large or was cut off"))?;
    let call = Call {
        method: route.method.to_owned(),
        path: parts.uri.path().to_owned(),
        params,
        query,
        body: if route.method == "GET" { None } else { parsed(&parts.headers, &bytes)? },
        key: text(&parts.headers, "idempotency-key").filter(|key| !key.is_empty()).map(str::to_owned),
        request: request.clone(),
    };
    let (work, handler) = (app.clone(), route.handler);
    if call.method == "GET" {
        let read = move || work.store.read(|db| handler(&Ctx { app: &work, db, call: &call }));
        return joined(tokio::task::spawn_blocking(read).await);
    }
    let write = move || work.store.write(|db| perform(&work, db, &call, handler, stored));
    let done = joined(tokio::task::spawn_blocking(write).await);
    app.wake.notify_one();
    let (answer, first) = done?;
    if let Some(first) = first {
        *request = first;
    }
    Ok(answer)
}

fn parsed(headers: &HeaderMap, bytes: &Bytes) -> Result<Option<Value>, Fail> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let kind = text(headers, "content-type").unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/json") {
        return Err(Fail::bad("Content-Type must be application/json"));
    }
    serde_json::from_slice(bytes).map(Some).map_err(|_| Fail::bad("The request body is not valid JSON"))
}

/// Runs inside one transaction: the change, its events and deliveries, its effect and the answer kept for its key all
/// stand or fall together. Gives the request id of the first call when the answer is a replay.
fn perform(
    app: &App,
    db: &Connection,
    call: &Call,
    handler: Handler,
    stored: Option<bool>,
) -> Result<(Answer, Option<String>), Fail> {
    let key = call.key.as_deref().filter(|_| call.method == "POST");
    let print = print(call);
    if let Some(key) = key {
        let first = db
            .prepare_cached("SELECT print, request, status, body FROM idempotency WHERE key = ? AND created > ?")?
            .query_row(params![key, clock::now() - KEY_LIFE], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get::<_, String>(3)?))
            })
            .optional()?;
        if let Some((known, request, status, body)) = first {
            if known != print {
                return Err(Fail::conflict("Idempotency-Key was used before with other parameters"));
            }
            return Ok((Answer { status, body: serde_json::from_str(&body)? }, Some(request)));
        }
    }
    db.execute_batch("SAVEPOINT work")?;
    let answer = match handler(&Ctx { app, db, call }) {
        Ok(answer) => answer,
        Err(fail @ Fail::Says { .. }) => {
            db.execute_batch("ROLLBACK TO work")?;
            fail.answer()
        }
        Err(broken) => return Err(broken),
    };
    let answer = match stored {
        None => answer,
        Some(applied) => {
            if !applied {
                db.execute_batch("ROLLBACK TO work")?;
            }
            Fail::status(500).answer()
        }
    };
    db.execute_batch("RELEASE work")?;
    if let Some(key) = key {
        db.prepare_cached(
            "INSERT OR REPLACE INTO idempotency (key, print, request, status, body, created) VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![key, print, call.request, answer.status, answer.body.to_string(), clock::now()])?;
    }
    Ok((answer, None))
}

fn print(call: &Call) -> String {
    let body = call.body.as_ref().map(Value::to_string).unwrap_or_default();
    let whole = format!("{} {}\n{:?}\n{body}", call.method, call.path, call.query);
    hex::encode(Sha256::digest(whole.as_bytes()))
}

pub fn json(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], answer.body.to_string()).into_response()
}
