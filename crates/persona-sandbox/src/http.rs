//! From a request to a handler and back: authentication, limits, versions, faults, idempotency, headers.

use super::response::json;
use super::{
    admin,
    answer::{Answer, Fail, Inflection},
    app::{App, Seen, joined},
    clock,
    faults::{Fault, Kind},
    files, hosted, idempotency,
    keys::Key,
    limits::Budget,
    page,
    request::{Call, Ctx},
    routes::{self, Found},
    socket::{Cut, Socket},
    versions,
};
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, header, request::Parts},
    response::Response,
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch};

const LARGEST: usize = 16 * 1024 * 1024;

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
        return page::show(&app, query.iter().any(|(key, _)| key == "refresh")).await;
    }
    match (path.as_str(), &parts.method) {
        ("/verify", &Method::GET) => return hosted::open(&app, &query).await,
        ("/verify", &Method::POST) => {
            return hosted::act(&app, &to_bytes(body, LARGEST).await.unwrap_or_default()).await;
        }
        _ => {}
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
    app.saw(Seen { at: app.store.now(), method, path: asked, status: response.status().as_u16() });
    response
}

fn decoded(segment: &str) -> String {
    // The query decoder reads `+` as a space; in a path it is a plus sign.
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
    let key = match app.keys.authenticated(text(&parts.headers, "authorization")) {
        Ok(key) => key,
        Err(fail) => return json(fail.answer()),
    };
    let budget = app.limits.spend(app.store.now());
    let inflection = text(&parts.headers, "key-inflection").and_then(Inflection::parse).unwrap_or(Inflection::Kebab);
    let version = text(&parts.headers, "persona-version").unwrap_or(versions::NEWEST).to_owned();
    let mut about = About { request: clock::id("req"), quota: None };
    let answer = if budget.allowed {
        let fault = app.faults.take(parts.uri.path(), parts.method != Method::GET);
        match faulty(app, cut, key, &parts, segments, query, body, fault, &mut about).await {
            Ok(answer) => answer,
            Err(fail) => fail.answer(),
        }
    } else {
        Fail::rate_limited(app.limits.requests()).answer()
    };
    let allow = answer.body.get("allow").and_then(Value::as_str).map(str::to_owned);
    let mut answer = Answer { body: inflection.apply(answer.body, &version), ..answer };
    if let (Some(_), Some(members)) = (&allow, answer.body.as_object_mut()) {
        members.remove("allow");
    }
    let mut response = json(answer);
    if let Some(value) = allow.and_then(|allow| allow.parse().ok()) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    headers(app, &mut response, &about, budget);
    response
}

/// What the response headers say about the call.
struct About {
    request: String,
    /// Only for calls that create an object with a quota.
    quota: Option<Budget>,
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn headers(app: &App, response: &mut Response, about: &About, budget: Budget) {
    let rows = [
        ("request-id", about.request.clone()),
        ("ratelimit-limit", budget.limit.to_string()),
        ("ratelimit-remaining", budget.remaining.to_string()),
        ("ratelimit-reset", budget.reset.to_string()),
        ("persona-environment-id", app.environment.clone()),
        ("persona-organization-id", app.organization.clone()),
    ];
    let quota = about.quota.iter().flat_map(|quota| {
        [
            ("quota-limit", quota.limit.to_string()),
            ("quota-remaining", quota.remaining.to_string()),
            ("quota-reset", quota.reset.to_string()),
        ]
    });
    for (name, value) in rows.into_iter().chain(quota) {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one request, taken apart once")]
async fn faulty(
    app: &Arc<App>,
    cut: &Cut,
    key: Option<Key>,
    parts: &Parts,
    segments: Vec<String>,
    query: Vec<(String, String)>,
    body: Body,
    fault: Option<Fault>,
    about: &mut About,
) -> Result<Answer, Fail> {
    let pause = |fault: &Fault| tokio::time::sleep(Duration::from_millis(fault.wait()));
    let kind = fault.as_ref().map(|fault| fault.kind);
    match &fault {
        Some(fault) if fault.kind == Kind::Status && fault.status == 429 => {
            return Err(Fail::rate_limited(app.limits.requests()));
        }
        Some(fault) if fault.kind == Kind::Status => return Err(Fail::status(fault.status)),
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
    let answer = called(app, key, parts, segments, query, body, stored, about).await;
    if let (Some(fault), Some(Kind::CutAfter | Kind::Timeout)) = (&fault, kind) {
        if fault.kind == Kind::Timeout {
            pause(fault).await;
        }
        cut.now();
    }
    answer
}

#[expect(clippy::too_many_arguments, reason = "the parts of one request, taken apart once")]
async fn called(
    app: &Arc<App>,
    key: Option<Key>,
    parts: &Parts,
    segments: Vec<String>,
    query: Vec<(String, String)>,
    body: Body,
    stored: Option<bool>,
    about: &mut About,
) -> Result<Answer, Fail> {
    if parts.headers.contains_key("key-inflection")
        && text(&parts.headers, "key-inflection").and_then(Inflection::parse).is_none()
    {
        return Err(Fail::bad("Key-Inflection must be camel, kebab or snake"));
    }
    if parts.headers.contains_key("persona-version")
        && !text(&parts.headers, "persona-version").is_some_and(|version| versions::ALL.contains(&version))
    {
        return Err(Fail::bad("Persona-Version is not a known version"));
    }
    if let Some(key) = key {
        key.may(parts.method.as_str(), &segments)?;
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
        request: about.request.clone(),
        version: text(&parts.headers, "persona-version").unwrap_or(versions::NEWEST).to_owned(),
    };
    call.well_formed()?;
    if let Some(kind) = route.makes {
        let quota = app.limits.spend_quota(kind, app.store.now());
        about.quota = Some(quota);
        if !quota.allowed {
            return Err(Fail::quota_exceeded(quota.limit));
        }
    }
    let (work, handler) = (app.clone(), route.handler);
    if call.method == "GET" {
        let read = move || work.store.read(|db| handler(&Ctx { app: &work, db, call: &call }));
        return joined(tokio::task::spawn_blocking(read).await);
    }
    let write = move || work.store.write(|db| idempotency::perform(&work, db, &call, handler, stored));
    let done = joined(tokio::task::spawn_blocking(write).await);
    app.wake.notify_one();
    let (answer, first) = done?;
    if let Some(first) = first {
        about.request = first;
    }
    Ok(answer)
}

/// Maximum nesting of a body. The store wraps fields, which doubles their nesting, and has to be able to read them
/// again.
const DEEPEST: usize = 24;

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn parsed(headers: &HeaderMap, bytes: &Bytes) -> Result<Option<Value>, Fail> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let kind = text(headers, "content-type").unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/json") {
        return Err(Fail::bad("Content-Type must be application/json"));
    }
    let body: Value = serde_json::from_slice(bytes).map_err(|_| Fail::bad("The request body is not valid JSON"))?;
    if depth(&body) > DEEPEST {
        return Err(Fail::unprocessable("The request body is nested too deeply"));
    }
    Ok(Some(body))
}
