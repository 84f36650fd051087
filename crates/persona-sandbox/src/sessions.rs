//! Inquiry sessions and their devices.

use super::{
    answer::{Answer, Fail},
    body::{Member, Shape, check, must},
    clock,
    lists::{self, Cond},
    request::Ctx,
    shape, store,
};
use serde_json::{Value, json};

/// Persona's default limit for one inquiry.
const MOST: usize = 25;

pub fn list(ctx: &Ctx) -> Result<Answer, Fail> {
    let mut conds = Vec::new();
    for (name, value) in ctx.call.deep("filter")? {
        match name {
            "inquiry-id" => conds.push(Cond::eq("inquiry", value)),
            other => return Err(lists::unknown(other)),
        }
    }
    lists::objects(ctx, "inquiry-session", conds)
}

pub fn retrieve(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("inquiry-session")?)
}

pub fn create(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] =
        &[must("data", Shape::Object(&[must("attributes", Shape::Object(&[must("inquiry-id", Shape::Text)]))]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let id = body["data"]["attributes"]["inquiry-id"].as_str().unwrap_or_default();
    let missing = |_| Fail::not_found_because("data.attributes.inquiry_id is not found");
    let mut inquiry = ctx.load_id("inquiry", id).map_err(missing)?;
    if !inquiry["attributes"]["redacted-at"].is_null() {
        return Err(Fail::conflict("Inquiry already redacted"));
    }
    if inquiry["attributes"]["status"] == "expired" {
        return Err(Fail::conflict("Inquiry is expired; resume it first"));
    }
    let session = open(ctx, &mut inquiry)?;
    ctx.effect("create", &session, None)?;
    shape::created(ctx, ctx.load_id("inquiry-session", &session)?)
}

/// Gives the inquiry a new session and returns its id.
pub fn open(ctx: &Ctx, inquiry: &mut Value) -> Result<String, Fail> {
    let known = inquiry["relationships"]["sessions"]["data"].as_array().map_or(0, Vec::len);
    if known >= MOST {
        return Err(Fail::unprocessable("Inquiry has reached its limit of 25 sessions"));
    }
    let session = blank(&clock::id("iqse"), store::id(inquiry), clock::tick());
    store::save(ctx.db, &session, None)?;
    if let Some(sessions) = inquiry["relationships"]["sessions"]["data"].as_array_mut() {
        sessions.insert(0, json!({ "type": "inquiry-session", "id": session["id"] }));
    }
    ctx.save(inquiry)?;
    Ok(store::id(&session).to_owned())
}

pub fn unused_or_new(ctx: &Ctx, inquiry: &mut Value) -> Result<(), Fail> {
    let sessions = store::of_inquiry(ctx.db, "inquiry-session", store::id(inquiry))?;
    if sessions.iter().any(|session| session["attributes"]["status"] == "new") {
        return Ok(());
    }
    open(ctx, inquiry).map(drop)
}

pub fn blank(id: &str, inquiry: &str, created: i64) -> Value {
    json!({
        "type": "inquiry-session", "id": id,
        "attributes": {
            "status": "new", "created-at": clock::iso(created), "started-at": null, "expired-at": null, "ip-address": null,
            "user-agent": null, "os-name": null, "os-full-version": null, "device-type": null, "device-name": null,
            "browser-name": null, "browser-full-version": null, "mobile-sdk-name": null, "mobile-sdk-full-version": null,
            "device-handoff-method": null, "is-proxy": null, "is-tor": null, "is-datacenter": null, "is-vpn": null,
            "threat-level": null, "country-code": null, "country-name": null, "region-code": null, "region-name": null,
            "latitude": null, "longitude": null, "gps-latitude": null, "gps-longitude": null, "gps-precision": null,
            "ip-connection-type": null, "ip-isp": null, "network-organization": null,
        },
        "relationships": {
            "inquiry": { "data": { "type": "inquiry", "id": inquiry } }, "device": { "data": null }, "network": { "data": null },
        },
    })
}

pub fn expire(ctx: &Ctx) -> Result<Answer, Fail> {
    check(ctx.call.body.as_ref(), &[])?;
    let mut session = ctx.load("inquiry-session")?;
    if session["attributes"]["status"] == "expired" {
        return Err(Fail::conflict("Inquiry session is already expired"));
    }
    end(ctx, &mut session)?;
    ctx.effect("expire", store::id(&session), None)?;
    shape::one(ctx, session)
}

pub fn expire_all(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[must("meta", Shape::Object(&[must("inquiry-ids", Shape::Texts)]))];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let mut ended = Vec::new();
    for id in body["meta"]["inquiry-ids"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if store::find(ctx.db, id)?.is_none() {
            return Err(Fail::unprocessable(format!("meta.inquiry_ids: {id} is not found")));
        }
        for mut session in store::of_inquiry(ctx.db, "inquiry-session", id)? {
            if end(ctx, &mut session)? {
                ctx.effect("expire", store::id(&session), None)?;
                ended.push(session);
            }
        }
    }
    let included = shape::included(ctx, &ended)?;
    let data = ended.into_iter().map(|session| shape::finish(ctx, session)).collect::<Result<Vec<_>, _>>()?;
    Answer::ok(json!({ "data": data, "included": included }))
}

/// Expires a session that has not expired yet. Returns whether it did.
pub fn end(ctx: &Ctx, session: &mut Value) -> Result<bool, Fail> {
    if session["attributes"]["status"] == "expired" {
        return Ok(false);
    }
    session["attributes"]["status"] = "expired".into();
    session["attributes"]["expired-at"] = clock::iso(clock::tick()).into();
    store::save(ctx.db, session, None)?;
    // Marks its links as used in 1970, so that the grace period is over.
    ctx.db.prepare_cached("UPDATE once SET used = 0 WHERE session = ?")?.execute([store::id(session)])?;
    ctx.emit("inquiry-session.expired", session)?;
    Ok(true)
}

pub fn devices(ctx: &Ctx) -> Result<Answer, Fail> {
    let filters = ctx.call.deep("filter")?;
    let mut wanted = None;
    for (name, value) in filters {
        match name {
            "inquiry-session-id" => wanted = Some(value),
            other => return Err(lists::unknown(other)),
        }
    }
    let wanted = wanted.ok_or_else(|| Fail::bad("filter.inquiry_session_id is missing"))?;
    let session = store::find(ctx.db, wanted)?.unwrap_or_default();
    lists::objects(ctx, "device", vec![Cond::eq("id", store::related(&session, "device").unwrap_or_default())])
}

pub fn device(ctx: &Ctx) -> Result<Answer, Fail> {
    shape::one(ctx, ctx.load("device")?)
}

/// Removes personal data from a session.
pub fn redact(session: &mut Value) {
    for key in ["ip-address", "user-agent", "latitude", "longitude", "gps-latitude", "gps-longitude", "device-name"] {
        session["attributes"][key] = Value::Null;
    }
}
