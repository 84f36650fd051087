//! The content of one delivery: the event as it happened, in the form that its webhook asked for.

use super::{
    answer::{Fail, Inflection},
    app::App,
    events, filters, shape, store, versions, webhooks_api,
};
use serde_json::{Value, json};

pub struct Parcel {
    pub event: String,
    /// Whether the event does not match the payload filter.
    pub skipped: bool,
    /// Whether a fault has already been applied; a delivery gets at most one.
    pub faulted: bool,
    pub url: String,
    pub body: String,
    pub secrets: Vec<String>,
    pub headers: Value,
    pub made: i64,
    pub first: Option<i64>,
}

/// Builds the request to send: the event as it happened, with links and secrets of now.
pub fn pack(app: &App, db: &rusqlite::Connection, seq: i64) -> Result<Option<Parcel>, Fail> {
    let (webhook, event, made, first, state, fault) = db
        .prepare_cached("SELECT webhook, event, attempts, first, state, fault FROM delivery WHERE seq = ?")?
        .query_row([seq], |row| {
            let state: String = row.get(4)?;
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get(2)?,
                row.get(3)?,
                state,
                row.get::<_, Option<String>>(5)?,
            ))
        })?;
    if state != "pending" {
        return Ok(None);
    }
    let (Some(webhook), Some(event)) = (store::find(db, &webhook)?, events::record::stored(db, &event)?) else {
        return Ok(None);
    };
    let private = store::private(db, store::id(&webhook))?;
    let config = &webhook["attributes"];
    let mut body = events::record::render(db, &event)?;
    let payload = &mut body["attributes"]["payload"];
    let mut included = included(db, config, &payload["data"])?;
    if config["relationship-allowlist"]["state"] == "include_none" {
        for object in std::iter::once(&mut payload["data"]).chain(&mut included) {
            if let Some(members) = object.as_object_mut() {
                members.remove("relationships");
            }
        }
    }
    let skipped = !config["payload-filter"].is_null() && !filters::fits(&config["payload-filter"], payload);
    let version = config["api-version"].as_str().unwrap_or(versions::NEWEST).to_owned();
    versions::apply(&version, &mut payload["data"]);
    filters::block(&config["api-attributes-blocklist"], "data", &mut payload["data"]);
    for object in &mut included {
        versions::apply(&version, object);
        filters::block(&config["api-attributes-blocklist"], "included", object);
    }
    payload["included"] = included.into();
    shape::sign(app, payload, config["file-access-token-expires-in"].as_i64().unwrap_or(21_600));
    let inflection = config["api-key-inflection"].as_str().and_then(Inflection::parse).unwrap_or(Inflection::Kebab);
    let secrets = webhooks_api::current(&private);
    Ok(Some(Parcel {
        event: body["attributes"]["name"].as_str().unwrap_or_default().to_owned(),
        skipped,
        faulted: fault.is_some(),
        url: config["url"].as_str().unwrap_or_default().to_owned(),
        body: inflection.apply(json!({ "data": body }), &version).to_string(),
        secrets: secrets.iter().filter_map(|secret| secret["value"].as_str().map(str::to_owned)).collect(),
        headers: private["headers"].clone(),
        made,
        first,
    }))
}

fn included(db: &rusqlite::Connection, config: &Value, object: &Value) -> Result<Vec<Value>, Fail> {
    let list = &config["included-allowlist"];
    let named = |row: &&Value| row["event-type"] == store::kind(object) || row["event-type"] == object["type"];
    let only: Option<Vec<&str>> = match list["state"].as_str() {
        Some("include_all") => None,
        Some("custom") => {
            let rows = list["event-types"].as_array().into_iter().flatten().filter(named);
            Some(
                rows.flat_map(|row| row["relationships"].as_array().into_iter().flatten())
                    .filter_map(Value::as_str)
                    .collect(),
            )
        }
        _ => return Ok(Vec::new()),
    };
    let mut found = Vec::new();
    for (name, relation) in object["relationships"].as_object().into_iter().flatten() {
        if only.as_ref().is_some_and(|names| !names.contains(&name.as_str())) {
            continue;
        }
        let one = std::slice::from_ref(&relation["data"]);
        for target in relation["data"].as_array().map_or(one, Vec::as_slice) {
            found.extend(store::find(db, store::id(target))?);
        }
    }
    Ok(found)
}
