//! One-time links and session tokens.

pub mod code;

use super::{
    answer::{Answer, Fail},
    body::{Member, Shape, check, may},
    choices::Choice,
    clock, inquiries,
    request::Ctx,
    shape, store,
};
use code::{insert, meta, once};

pub fn generate(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[may("meta", Shape::Object(&[may("expires-in-seconds", Shape::Integer)]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let seconds = body["meta"]["expires-in-seconds"].as_i64().unwrap_or(clock::DAY);
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
    let code = insert(ctx, &inquiry, store::id(&session), clock::DAY)?;
    ctx.effect("generate-one-time-link", store::id(&session), None)?;
    shape::with_meta(ctx, session, meta(ctx, &code))
}
