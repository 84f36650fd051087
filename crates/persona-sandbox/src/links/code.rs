//! Codes and tokens of links.

use super::super::{answer::Fail, choices::Choice, clock, files, request::Ctx, sessions, store};
use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

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
    let claims = json!({ "sub": store::id(inquiry), "iat": now, "exp": now + clock::DAY, "jti": clock::letters(16, clock::random) });
    let text = format!("{head}.{}", files::base64url(claims.to_string().as_bytes()));
    let signature = files::base64url(&files::hmac(&ctx.app.secret, &[text.as_bytes()]));
    format!("{text}.{signature}")
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
