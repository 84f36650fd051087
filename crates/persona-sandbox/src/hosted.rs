//! The page that a one-time link opens: the applicant's flow, reduced to what Persona's own sandbox offers, one button
//! to pass and one to fail. A link works once, with five minutes of grace, and not after it has expired.

use super::{
    answer::Fail,
    app::App,
    clock,
    html::escaped,
    inquiries, links,
    page::STYLE,
    request::{Call, Ctx},
    seed::org,
    sessions, simulate, store,
};
use axum::{
    body::Bytes,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use rusqlite::{OptionalExtension, params};
use serde_json::Value;
use std::sync::Arc;

/// How long a used link still works, in milliseconds.
const GRACE: i64 = 5 * 60_000;

/// What a person with a link sees.
enum Seen {
    Open(Box<Value>),
    Over(StatusCode, &'static str),
}

pub async fn open(app: &Arc<App>, query: &[(String, String)]) -> Response {
    let given = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let (code, inquiry) = (given("code"), given("inquiry-id"));
    let work = app.clone();
    let seen = app.write(move |db| {
        let call = Call::default();
        let ctx = Ctx { app: &work, db, call: &call };
        match (code, inquiry) {
            (Some(code), _) => enter(&ctx, &code).map(|seen| (seen, code)),
            (None, Some(inquiry)) => invited(&ctx, &inquiry),
            _ => Ok((Seen::Over(StatusCode::NOT_FOUND, "This link is incomplete."), String::new())),
        }
    });
    match seen.await {
        Ok((Seen::Open(inquiry), code)) => flow(&inquiry, &code),
        Ok((Seen::Over(status, why), _)) => said(status, why),
        Err(fail) => said(status(fail), "The link cannot be opened."),
    }
}

/// Handles a pressed button: `outcome` is `pass` or `fail`.
pub async fn act(app: &Arc<App>, body: &Bytes) -> Response {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let given = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let (Some(code), Some(outcome)) = (given("code"), given("outcome")) else {
        return said(StatusCode::BAD_REQUEST, "The code or the outcome is missing.");
    };
    let work = app.clone();
    let done = app.write(move |db| {
        let call = Call::default();
        let ctx = Ctx { app: &work, db, call: &call };
        let mut inquiry = match enter(&ctx, &code)? {
            Seen::Open(inquiry) => *inquiry,
            over @ Seen::Over(..) => return Ok(over),
        };
        let passed = outcome == "pass";
        for kind in ["government-id", "selfie"] {
            simulate::verify(&ctx, &mut inquiry, &org::fixed("vtmpl", kind), passed)?;
        }
        inquiries::enter(&ctx, &mut inquiry, if passed { "completed" } else { "failed" })?;
        for mut session in store::of_inquiry(db, "inquiry-session", store::id(&inquiry))? {
            sessions::end(&ctx, &mut session)?;
        }
        Ok(Seen::Over(StatusCode::OK, "Thank you. You may close this window."))
    });
    match done.await {
        Ok(Seen::Over(status, why)) => said(status, why),
        Ok(Seen::Open(_)) => said(StatusCode::OK, "Thank you."),
        Err(fail) => said(status(fail), "This is not possible now."),
    }
}

fn status(fail: Fail) -> StatusCode {
    StatusCode::from_u16(fail.answer().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn enter(ctx: &Ctx, code: &str) -> Result<Seen, Fail> {
    let code = code.strip_prefix("us1-").unwrap_or(code);
    type Once = (String, String, i64, Option<i64>);
    let found: Option<Once> = ctx
        .db
        .prepare_cached("SELECT inquiry, session, expires, used FROM once WHERE code = ?")?
        .query_row([code], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((inquiry, session, expires, used)) = found else {
        return Ok(Seen::Over(StatusCode::NOT_FOUND, "This link is not valid."));
    };
    let now = clock::now();
    match used {
        Some(used) if now > used + GRACE => {
            return Ok(Seen::Over(StatusCode::GONE, "This link has been used. Ask for a new one."));
        }
        None if now > expires => return Ok(Seen::Over(StatusCode::GONE, "This link has expired. Ask for a new one.")),
        Some(_) => {}
        None => {
            ctx.db.prepare_cached("UPDATE once SET used = ? WHERE code = ?")?.execute(params![now, code])?;
        }
    }
    let inquiry = ctx.load_id("inquiry", &inquiry)?;
    if !matches!(inquiry["attributes"]["status"].as_str(), Some("created" | "pending"))
        || !inquiry["attributes"]["redacted-at"].is_null()
    {
        return Ok(Seen::Over(StatusCode::GONE, "There is nothing left to do here."));
    }
    let mut session = ctx.load_id("inquiry-session", &session)?;
    if session["attributes"]["status"] == "new" {
        session["attributes"]["status"] = "active".into();
        session["attributes"]["started-at"] = clock::iso(clock::tick()).into();
        store::save(ctx.db, &session, None)?;
        ctx.emit("inquiry-session.started", &session)?;
    }
    Ok(Seen::Open(Box::new(inquiry)))
}

/// Opens a created inquiry by its id alone; a pending inquiry cannot be opened so.
fn invited(ctx: &Ctx, id: &str) -> Result<(Seen, String), Fail> {
    let Ok(mut inquiry) = ctx.load_id("inquiry", id) else {
        return Ok((Seen::Over(StatusCode::NOT_FOUND, "There is no such inquiry."), String::new()));
    };
    if inquiry["attributes"]["status"] != "created" {
        let why = "This inquiry has already been started. Ask for a one-time link to continue it.";
        return Ok((Seen::Over(StatusCode::FORBIDDEN, why), String::new()));
    }
    if !inquiry["attributes"]["redacted-at"].is_null() {
        return Ok((Seen::Over(StatusCode::GONE, "There is nothing left to do here."), String::new()));
    }
    // Uses a link of its own, not the one that was sent to the applicant.
    let alive =
        |session: &Value| session["attributes"]["status"] == "new" || session["attributes"]["status"] == "active";
    let known = store::of_inquiry(ctx.db, "inquiry-session", id)?.into_iter().find(alive);
    let session = match known {
        Some(session) => store::id(&session).to_owned(),
        None => sessions::open(ctx, &mut inquiry)?,
    };
    let code = links::code::insert(ctx, id, &session, clock::DAY)?;
    ctx.db.prepare_cached("UPDATE once SET used = ? WHERE code = ?")?.execute(params![clock::now(), code])?;
    Ok((enter(ctx, &code)?, code))
}

fn flow(inquiry: &Value, code: &str) -> Response {
    let name = |key: &str| inquiry["attributes"]["fields"][key]["value"].as_str().unwrap_or_default().to_owned();
    let who = format!("{} {}", name("name-first"), name("name-last"));
    let code = escaped(code);
    let button = |outcome: &str, label: &str| {
        format!(
            "<form method=post action='/verify'><input type=hidden name=code value='{code}'><input type=hidden name=outcome value={outcome}><button>{label}</button></form>"
        )
    };
    html(
        StatusCode::OK,
        &format!(
            "<h1>Verify your identity</h1><p>{}</p><p>No real verification takes place. Choose the outcome.</p><div class=row>{}{}</div>",
            escaped(who.trim()),
            button("pass", "Pass all verifications"),
            button("fail", "Fail"),
        ),
    )
}

fn said(status: StatusCode, why: &str) -> Response {
    html(status, &format!("<h1>Verify your identity</h1><p>{}</p>", escaped(why)))
}

fn html(status: StatusCode, body: &str) -> Response {
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    let page = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <meta name=referrer content=no-referrer><title>Verify · Persona sandbox</title><style>{STYLE}</style></head><body><main><section>{body}</section></main></body></html>"
    );
    (status, [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")], Html(page))
        .into_response()
}
