//! One-time links and session tokens.

use super::{
    answer::{Answer, Fail},
    body::{Member, Shape, check, may},
    choices::Choice,
    clock, files,
    inquiries::{self, DAY},
    request::Ctx,
    sessions, shape, store,
};
use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

pub fn generate(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[may("meta", Shape::Object(&[may("expires-in-seconds", Shape::Integer)]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let seconds = body["meta"]["expires-in-seconds"].as_i64().unwrap_or(DAY);
    if seconds <= 0 {
        return Err(Fail::unprocessable("meta.expires_in_seconds must be greater than 0"));
    }
    let mut inquiry = inquiries::living(ctx)?;
    match inquiry["attributes"]["status"].as_str().unwrap_or_default() {
        "expired" => return Err(ctx.refuse(Choice::LinkOnExpired, "Inquiry is expired; resume it first")),
        decided @ ("approved" | "declined") => {
            return Err(ctx.refuse(Choice::ForbiddenTransition, format!("Inquiry is already {decided}")));
        }
        _ => {}
    }
    let (new, code) = once(ctx, &mut inquiry, seconds)?;
    if new {
        ctx.effect("generate-one-time-link", store::id(&inquiry), None)?;
    }
    shape::with_meta(ctx, inquiry, meta(ctx, &code))
}

pub fn generate_for_session(ctx: &Ctx) -> Result<Answer, Fail> {
    check(ctx.call.body.as_ref(), &[])?;
    let session = ctx.load("inquiry-session")?;
    if session["attributes"]["status"] == "expired" {
        return Err(Fail::conflict("Inquiry session is expired"));
    }
    let inquiry = store::related(&session, "inquiry").unwrap_or_default().to_owned();
    if ctx.load_id("inquiry", &inquiry)?["attributes"]["status"] == "expired" {
        return Err(ctx.refuse(Choice::LinkOnExpired, "Inquiry is expired; resume it first"));
    }
    let code = insert(ctx, &inquiry, store::id(&session), DAY)?;
    ctx.effect("generate-one-time-link", store::id(&session), None)?;
    shape::with_meta(ctx, session, meta(ctx, &code))
}

/// Returns an unused link of the inquiry if there is one, else creates a session with a new link. The flag says whether
/// the link is new.
pub fn once(ctx: &Ctx, inquiry: &mut Value, seconds: i64) -> Result<(bool, String), Fail> {
    let unused: Option<String> = ctx
        .db
        .prepare_cached(
            "SELECT code FROM once WHERE inquiry = ? AND expires > ? AND used IS NULL ORDER BY expires DESC LIMIT 1",
        )?
        .query_row(params![store::id(inquiry), clock::now()], |row| row.get(0))
        .optional()?;
    if let Some(code) = unused.filter(|_| ctx.app.choices.is(Choice::Link, "same")) {
        return Ok((false, code));
    }
    let session = sessions::open(ctx, inquiry)?;
    let code = insert(ctx, store::id(inquiry), &session, seconds)?;
    Ok((true, code))
}

pub fn insert(ctx: &Ctx, inquiry: &str, session: &str, seconds: i64) -> Result<String, Fail> {
    let code = clock::letters(12, clock::random);
    ctx.db
        .prepare_cached("INSERT INTO once (code, inquiry, session, expires) VALUES (?, ?, ?, ?)")?
        .execute(params![code, inquiry, session, clock::now() + seconds * 1000])?;
    Ok(code)
}

/// Persona's links lead to its own hosts; these lead to `hosted`.
pub fn meta(ctx: &Ctx, code: &str) -> Value {
    json!({
        "one-time-link": format!("{}/verify?code=us1-{code}", ctx.app.base),
        "one-time-link-short": format!("{}/verify?code={code}", ctx.app.base),
    })
}

/// Voids all links of the inquiry.
pub fn void(ctx: &Ctx, inquiry: &str) -> Result<(), Fail> {
    ctx.db.prepare_cached("DELETE FROM once WHERE inquiry = ?")?.execute([inquiry])?;
    Ok(())
}

/// A JWT, like Persona's session tokens.
pub fn session_token(ctx: &Ctx, inquiry: &Value) -> String {
    let now = clock::now() / 1000;
    let head = files::base64url(br#"{"alg":"HS256","typ":"JWT"}"#);
    let claims =
        json!({ "sub": store::id(inquiry), "iat": now, "exp": now + DAY, "jti": clock::letters(16, clock::random) });
    let text = format!("{head}.{}", files::base64url(claims.to_string().as_bytes()));
    let signature = files::base64url(&files::hmac(&ctx.app.secret, &[text.as_bytes()]));
    format!("{text}.{signature}")
}
