//! New inquiries: their template, account and fields.

use super::request::merge_fields;
use super::{
    answer::{Answer, Fail},
    body::{Member, Shape, check, may, must, person_fields},
    clock, links,
    request::{Ctx, wrap},
    sessions, shape, store,
};
use serde_json::{Value, json};

pub fn create(ctx: &Ctx) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[
        must(
            "data",
            Shape::Object(&[must(
                "attributes",
                Shape::Object(&[
                    may("template-id", Shape::MaybeText),
                    may("inquiry-template-id", Shape::MaybeText),
                    may("inquiry-template-version-id", Shape::MaybeText),
                    may("reference-id", Shape::MaybeText),
                    may("account-id", Shape::MaybeText),
                    may("creator-email-address", Shape::MaybeText),
                    may("theme-id", Shape::MaybeText),
                    may("theme-set-id", Shape::MaybeText),
                    may("redirect-uri", Shape::MaybeText),
                    may("note", Shape::MaybeText),
                    may("fields", Shape::MaybeFree),
                    may("tags", Shape::MaybeTexts),
                    may("initial-step-name", Shape::MaybeText),
                ]),
            )]),
        ),
        may(
            "meta",
            Shape::Object(&[
                may("auto-create-account", Shape::Bool),
                may("auto-create-account-type-id", Shape::Text),
                may("auto-create-account-reference-id", Shape::Text),
                may("auto-create-inquiry-session", Shape::Bool),
                may("auto-create-one-time-link", Shape::Bool),
                may("expiration-after-create-interval-seconds", Shape::MaybeInteger),
                may("expiration-after-start-interval-seconds", Shape::MaybeInteger),
                may("expiration-after-resume-interval-seconds", Shape::MaybeInteger),
                may("one-time-link-expiration-seconds", Shape::MaybeInteger),
            ]),
        ),
    ];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let (given, meta) = (&body["data"]["attributes"], &body["meta"]);
    let template = template(ctx, given)?;
    person_fields(&given["fields"])?;
    let account = account(ctx, given, meta)?;
    let lifetime = match meta.get("expiration-after-create-interval-seconds") {
        None => Some(clock::DAY),
        Some(seconds) => seconds.as_i64(),
    };
    if lifetime.is_some_and(|seconds| seconds <= 0) {
        return Err(Fail::unprocessable("meta.expiration_after_create_interval_seconds must be greater than 0"));
    }
    let now = clock::tick();
    let mut fields = default_fields();
    merge_fields(&mut fields, &given["fields"]);
    let reference = meta["auto-create-account-reference-id"].as_str().or_else(|| given["reference-id"].as_str());
    let mut inquiry = blank(&clock::id("inq"), now, &template);
    let attributes = &mut inquiry["attributes"];
    attributes["reference-id"] = reference.into();
    attributes["note"] = given["note"].clone();
    attributes["tags"] = given["tags"].as_array().cloned().unwrap_or_default().into();
    attributes["creator"] = given["creator-email-address"].as_str().unwrap_or("API").into();
    attributes["expires-at"] = lifetime.map(|seconds| clock::iso(now + seconds * 1000)).into();
    attributes["fields"] = fields;
    if let Some(account) = account {
        inquiry["relationships"]["account"] = json!({ "data": { "type": "account", "id": account } });
    }
    store::save(ctx.db, &inquiry, None)?;
    ctx.emit("inquiry.created", &inquiry)?;
    ctx.effect("create", store::id(&inquiry), None)?;
    let mut extra = json!({ "session-token": null, "one-time-link": null, "one-time-link-short": null });
    if meta["auto-create-inquiry-session"] == true {
        sessions::open(ctx, &mut inquiry)?;
        extra["session-token"] = links::code::session_token(ctx, &inquiry).into();
    }
    if meta["auto-create-one-time-link"] == true {
        let (_, code) = links::code::once(ctx, &mut inquiry, clock::DAY)?;
        let link = links::code::meta(ctx, &code);
        extra["one-time-link"] = link["one-time-link"].clone();
        extra["one-time-link-short"] = link["one-time-link-short"].clone();
    }
    shape::with_meta(ctx, inquiry, extra).map(|answer| Answer { status: 201, ..answer })
}

/// Accepts exactly one of the three kinds of template, and returns the template and its version.
fn template(ctx: &Ctx, given: &Value) -> Result<(String, String), Fail> {
    let named: Vec<(&str, &str)> = ["inquiry-template-id", "template-id", "inquiry-template-version-id"]
        .into_iter()
        .filter_map(|name| Some((name, given[name].as_str()?)))
        .collect();
    let [(name, id)] = named[..] else {
        return Err(Fail::bad(
            "data.attributes must name exactly one of inquiry_template_id, template_id, inquiry_template_version_id",
        ));
    };
    let missing = || Fail::not_found_because(format!("data.attributes.{} is not found", name.replace('-', "_")));
    let found = store::find(ctx.db, id)?.ok_or_else(missing)?;
    match (name, store::kind(&found)) {
        ("inquiry-template-id", "inquiry-template") => {
            let version = store::related(&found, "latest-published-version").unwrap_or_default();
            Ok((id.to_owned(), version.to_owned()))
        }
        ("inquiry-template-version-id", "inquiry-template-version") => {
            Ok((store::related(&found, "inquiry-template").unwrap_or_default().to_owned(), id.to_owned()))
        }
        _ => Err(missing()),
    }
}

fn account(ctx: &Ctx, given: &Value, meta: &Value) -> Result<Option<String>, Fail> {
    if let Some(id) = given["account-id"].as_str() {
        let missing = || Fail::not_found_because("data.attributes.account_id is not found");
        let found = store::find(ctx.db, id)?.filter(|found| store::kind(found) == "account").ok_or_else(missing)?;
        super::accounts::living::not_archived(ctx, &found)?;
        return Ok(Some(store::id(&found).to_owned()));
    }
    let named = meta["auto-create-account-reference-id"].as_str();
    let kind = meta["auto-create-account-type-id"].as_str();
    if meta["auto-create-account"] == false {
        if named.is_some() || kind.is_some() {
            return Err(Fail::unprocessable(
                "meta.auto_create_account is false, so no account type or reference may be given",
            ));
        }
        return Ok(None);
    }
    super::accounts::auto_create(ctx, kind, named.or_else(|| given["reference-id"].as_str()), &given["fields"])
        .map(Some)
}

/// A created inquiry with every key that Persona's OpenAPI document lists.
pub fn blank(id: &str, created: i64, (template, version): &(String, String)) -> Value {
    json!({
        "type": "inquiry", "id": id,
        "attributes": {
            "status": "created", "reference-id": null, "note": null, "behaviors": {}, "tags": [], "creator": "API",
            "reviewer-comment": null, "created-at": clock::iso(created), "updated-at": clock::iso(created), "started-at": null,
            "expires-at": null, "completed-at": null, "failed-at": null, "marked-for-review-at": null, "decisioned-at": null,
            "expired-at": null, "redacted-at": null, "previous-step-name": null, "next-step-name": "start", "fields": {},
        },
        "relationships": {
            "account": { "data": null }, "template": { "data": null },
            "inquiry-template": { "data": { "type": "inquiry-template", "id": template } },
            "inquiry-template-version": { "data": { "type": "inquiry-template-version", "id": version } },
            "transaction": { "data": null }, "reviewer": { "data": null }, "reports": { "data": [] },
            "verifications": { "data": [] }, "sessions": { "data": [] }, "documents": { "data": [] }, "selfies": { "data": [] },
        },
    })
}

pub fn default_fields() -> Value {
    let keys = [
        "name-first",
        "name-middle",
        "name-last",
        "address-street-1",
        "address-street-2",
        "address-city",
        "address-subdivision",
        "address-postal-code",
        "address-country-code",
        "birthdate",
        "email-address",
        "phone-number",
        "identification-number",
    ];
    keys.into_iter().map(|key| (key.to_owned(), wrap(key, &Value::Null))).collect::<serde_json::Map<_, _>>().into()
}
