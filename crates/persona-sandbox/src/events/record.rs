//! Events as they happened.

use super::super::{answer::Fail, clock, store};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

/// All events that this sandbox can send.
pub const NAMES: &[&str] = &[
    "account.added-relation",
    "account.archived",
    "account.consolidated",
    "account.consolidated-with",
    "account.created",
    "account.redacted",
    "account.removed-relation",
    "account.status-updated",
    "account.tag-added",
    "account.tag-removed",
    "account.updated-fields",
    "account.updated-tags",
    "case.assigned",
    "case.created",
    "case.queue-updated",
    "case.redacted",
    "case.reopened",
    "case.resolved",
    "case.sla-expired",
    "case.status-updated",
    "case.updated-fields",
    "case.updated-tags",
    "document.created",
    "document.processed",
    "document.submitted",
    "inquiry-session.expired",
    "inquiry-session.started",
    "inquiry.approved",
    "inquiry.completed",
    "inquiry.created",
    "inquiry.declined",
    "inquiry.expired",
    "inquiry.failed",
    "inquiry.marked-for-review",
    "inquiry.redacted",
    "inquiry.started",
    "inquiry.transitioned",
    "inquiry.updated-tags",
    "report/adverse-media.dismissed",
    "report/adverse-media.matched",
    "report/adverse-media.ready",
    "report/politically-exposed-person.dismissed",
    "report/politically-exposed-person.matched",
    "report/politically-exposed-person.ready",
    "report/watchlist.dismissed",
    "report/watchlist.matched",
    "report/watchlist.ready",
    "selfie.created",
    "selfie.processed",
    "selfie.submitted",
    "verification.canceled",
    "verification.created",
    "verification.failed",
    "verification.passed",
    "verification.submitted",
];

/// Stores the event and one delivery for each webhook that wants it, in the caller's transaction.
pub fn emit(db: &Connection, name: &str, object: &Value, context: Option<Value>) -> Result<(), Fail> {
    debug_assert!(NAMES.contains(&name), "{name} is not in the list of what can be sent");
    let (id, at) = (clock::id("evt"), clock::tick());
    let payload = json!({ "data": object }).to_string();
    db.prepare_cached("INSERT INTO event (id, name, object, created, context, payload) VALUES (?, ?, ?, ?, ?, ?)")?
        .execute(params![id, name, store::id(object), at, context.map(|context| context.to_string()), payload])?;
    let mut webhooks = db.prepare_cached("SELECT body FROM resource WHERE kind = 'webhook' AND status = 'enabled'")?;
    let bodies = webhooks.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    for body in bodies {
        let webhook: Value = serde_json::from_str(&body)?;
        let mut names = webhook["attributes"]["enabled-events"].as_array().into_iter().flatten();
        if names.any(|wanted| wanted == "*" || wanted == name) {
            deliver(db, store::id(&webhook), &id)?;
        }
    }
    Ok(())
}

pub fn deliver(db: &Connection, webhook: &str, event: &str) -> Result<(), Fail> {
    db.prepare_cached("INSERT INTO delivery (webhook, event, next) VALUES (?, ?, ?)")?.execute(params![
        webhook,
        event,
        clock::real()
    ])?;
    Ok(())
}

/// A stored event, before its payload is parsed.
pub struct Stored {
    pub id: String,
    name: String,
    object: String,
    created: i64,
    context: Option<String>,
    payload: Option<String>,
}

pub const COLUMNS: &str = "id, name, object, created, context, payload";

pub fn read(row: &Row) -> rusqlite::Result<Stored> {
    Ok(Stored {
        id: row.get(0)?,
        name: row.get(1)?,
        object: row.get(2)?,
        created: row.get(3)?,
        context: row.get(4)?,
        payload: row.get(5)?,
    })
}

pub fn stored(db: &Connection, id: &str) -> Result<Option<Stored>, Fail> {
    Ok(db.prepare_cached(&format!("SELECT {COLUMNS} FROM event WHERE id = ?"))?.query_row([id], read).optional()?)
}

/// The event as an API object.
pub fn render(db: &Connection, event: &Stored) -> Result<Value, Fail> {
    let payload = match &event.payload {
        Some(text) => serde_json::from_str(text)?,
        None => {
            let now = store::find(db, &event.object)?.unwrap_or_else(|| json!({ "id": event.object }));
            json!({ "data": as_of(now, &event.name, event.created) })
        }
    };
    let mut attributes = json!({ "name": event.name, "payload": payload, "created-at": clock::iso(event.created) });
    if let Some(context) = &event.context {
        attributes["context"] = serde_json::from_str(context)?;
    }
    Ok(json!({ "type": "event", "id": event.id, "attributes": attributes }))
}

/// Restores an object to its state at the time of the event. Seeded events store no payload, because those of a hundred
/// thousand inquiries would fill gigabytes.
pub fn as_of(mut object: Value, name: &str, at: i64) -> Value {
    let attributes = &mut object["attributes"];
    if let Some(members) = attributes.as_object_mut() {
        for (key, value) in members.iter_mut() {
            let later = key.ends_with("-at") && key != "expires-at" && key != "created-at" && key != "sla-expires-at";
            if later && value.as_str().and_then(clock::parse).is_some_and(|moment| moment > at) {
                *value = if key == "updated-at" { clock::iso(at).into() } else { Value::Null };
            }
        }
        let status = match name {
            "inquiry.created" => "created",
            "inquiry.started" => "pending",
            "inquiry.completed" => "completed",
            "inquiry.failed" => "failed",
            "inquiry.expired" => "expired",
            "inquiry.marked-for-review" => "needs_review",
            "inquiry.approved" => "approved",
            "inquiry.declined" => "declined",
            _ => return object,
        };
        if matches!(status, "created" | "pending" | "completed" | "failed" | "needs_review") {
            members.insert("reviewer-comment".to_owned(), Value::Null);
        }
        members.insert("status".to_owned(), status.into());
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_event_shows_the_inquiry_of_its_time() {
        let now = json!({ "attributes": {
            "status": "approved", "created-at": clock::iso(1000), "started-at": clock::iso(2000),
            "decisioned-at": clock::iso(9000), "updated-at": clock::iso(9000), "reviewer-comment": "fine",
        } });
        let then = as_of(now, "inquiry.started", 2000);
        assert_eq!(then["attributes"]["status"], "pending");
        assert_eq!(then["attributes"]["started-at"], clock::iso(2000));
        assert_eq!(then["attributes"]["decisioned-at"], Value::Null);
        assert_eq!(then["attributes"]["updated-at"], clock::iso(2000));
        assert_eq!(then["attributes"]["reviewer-comment"], Value::Null);
    }
}
