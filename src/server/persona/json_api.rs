//! Reads JSON:API as Persona writes it, and leniently: keys in any of the three inflections (a webhook has its own),
//! unknown keys and values kept or skipped, absent relations as null or as an empty object (CONTRACT.md sections 7 and
//! 8).
use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::failure::Failure;
use super::lossless_json;
pub use super::record::{List, ListPage, Odd, Resource, Single, get, scalar};
use super::related_object::followed;
use crate::domain::account::Account;
use crate::domain::case::{Case, Comment};
use crate::domain::id::{AccountId, CaseId, InquiryId};
use crate::domain::inquiry::{Inquiry, InquiryStatus};
use crate::domain::reviewer::email;
use crate::domain::text::clean;
use crate::domain::time::Timestamp;

/// A webhook event, parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: String,
    pub name: String,
    pub created_at: Timestamp,
    pub object: Resource,
    pub context: Map<String, Value>,
}

fn unreadable(kind: &str, what: &str) -> Failure {
    Failure::Unreadable(format!("{kind}: {what}"))
}

pub fn inquiry(resource: &Resource) -> Result<Inquiry, Failure> {
    let missing = |what| unreadable("inquiry", what);
    if resource.kind != "inquiry" {
        return Err(missing("type"));
    }
    Ok(Inquiry {
        id: InquiryId::try_from(resource.id.clone()).map_err(|_| missing("id"))?,
        status: InquiryStatus::from(resource.text("status").ok_or_else(|| missing("status"))?),
        reference_id: resource.text("reference-id"),
        account_id: resource.one("account").and_then(|id| AccountId::try_from(id).ok()),
        template_id: resource
            .one("inquiry-template")
            .or_else(|| resource.one("template"))
            .and_then(|id| id.try_into().ok()),
        note: resource.text("note"),
        tags: resource.texts("tags"),
        creator: resource.text("creator"),
        reviewer_comment: resource.text("reviewer-comment"),
        created_at: resource.time("created-at").ok_or_else(|| missing("created-at"))?,
        updated_at: resource.time("updated-at"),
        started_at: resource.time("started-at"),
        completed_at: resource.time("completed-at"),
        failed_at: resource.time("failed-at"),
        marked_for_review_at: resource.time("marked-for-review-at"),
        decisioned_at: resource.time("decisioned-at"),
        expires_at: resource.time("expires-at"),
        expired_at: resource.time("expired-at"),
        redacted_at: resource.time("redacted-at"),
        fields: resource.fields(),
    })
}

pub fn account(resource: &Resource) -> Result<Account, Failure> {
    let missing = |what| unreadable("account", what);
    if resource.kind != "account" {
        return Err(missing("type"));
    }
    Ok(Account {
        id: AccountId::try_from(resource.id.clone()).map_err(|_| missing("id"))?,
        reference_id: resource.text("reference-id"),
        type_id: resource.one("account-type"),
        type_name: resource.text("account-type-name").unwrap_or_default(),
        status: resource.text("account-status").unwrap_or_default(),
        created_at: resource.time("created-at").ok_or_else(|| missing("created-at"))?,
        updated_at: resource.time("updated-at"),
        redacted_at: resource.time("redacted-at"),
        tags: resource.texts("tags"),
        fields: resource.fields(),
    })
}

pub fn case(resource: &Resource, included: &[Resource]) -> Result<Case, Failure> {
    let missing = |what| unreadable("case", what);
    if resource.kind != "case" {
        return Err(missing("type"));
    }
    let mut comments: Vec<Comment> = included
        .iter()
        .filter(|other| other.kind == "case-comment")
        .map(|comment| Comment {
            message: comment.text("message").unwrap_or_default(),
            by: comment.text("commenter-id"),
            at: comment.time("created-at"),
        })
        .collect();
    comments.sort_by_key(|comment| comment.at);
    Ok(Case {
        id: CaseId::try_from(resource.id.clone()).map_err(|_| missing("id"))?,
        name: resource.text("name").unwrap_or_else(|| resource.id.clone()),
        status: resource.text("status").ok_or_else(|| missing("status"))?,
        resolution: resource.text("resolution"),
        template_id: resource.one("case-template").and_then(|id| id.try_into().ok()),
        // An e-mail address is the same in capitals and small letters; the desk writes it in small letters.
        assignee: resource.text("assignee-id").map(|who| email(&who).unwrap_or(who)),
        created_at: resource.time("created-at").ok_or_else(|| missing("created-at"))?,
        updated_at: resource.time("updated-at"),
        assigned_at: resource.time("assigned-at"),
        resolved_at: resource.time("resolved-at"),
        redacted_at: resource.time("redacted-at"),
        due_at: resource.time("sla-expires-at"),
        tags: resource.texts("tags"),
        fields: resource.fields(),
        inquiries: followed(resource, "inquiries"),
        accounts: followed(resource, "accounts"),
        reports: followed(resource, "reports"),
        comments,
        verifications: followed(resource, "verifications"),
        transactions: followed(resource, "txns"),
        attachments: resource
            .list("attachments")
            .iter()
            .map(|file| file.get("filename").and_then(scalar).unwrap_or_else(|| "without a name".to_owned()))
            .collect(),
        evidence: None,
    })
}

/// What is stored with an event's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventHead {
    pub id: String,
    pub name: String,
    pub created_at: Timestamp,
}

/// Reads the ID, name and time of an event, and checks that the rest is JSON about some object, without building it:
/// thousands can arrive in a second, and each is parsed again when it is applied.
pub fn head(body: &[u8]) -> Result<EventHead, String> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        data: Data<'a>,
    }
    #[derive(Deserialize)]
    struct Data<'a> {
        #[serde(borrow)]
        id: Cow<'a, str>,
        #[serde(borrow)]
        attributes: Attributes<'a>,
    }
    #[derive(Deserialize)]
    struct Attributes<'a> {
        #[serde(borrow)]
        name: Cow<'a, str>,
        #[serde(borrow, rename = "created-at", alias = "created_at", alias = "createdAt")]
        created_at: Cow<'a, str>,
        #[serde(rename = "payload")]
        _payload: Payload,
    }
    #[derive(Deserialize)]
    struct Payload {
        #[serde(rename = "data")]
        _data: Object,
    }
    #[derive(Deserialize)]
    struct Object {
        #[serde(rename = "type")]
        _kind: String,
        #[serde(rename = "id")]
        _id: String,
    }
    let quick: Option<Envelope<'_>> = serde_json::from_slice(body).ok();
    let quick = quick.and_then(|Envelope { data }| {
        let created_at = data.attributes.created_at.parse().ok()?;
        let fine = !data.id.is_empty() && data.id.len() <= 128;
        let name = clean(&data.attributes.name).chars().take(100).collect();
        fine.then(|| EventHead { id: clean(&data.id), name, created_at })
    });
    // Odd or wrong: the whole event is parsed, and the error says what is wrong.
    quick.map_or_else(|| event(body).map(|Event { id, name, created_at, .. }| EventHead { id, name, created_at }), Ok)
}

/// Parses a webhook's body, or returns what is wrong with it.
pub fn event(body: &[u8]) -> Result<Event, String> {
    let body: Value = lossless_json::read(body).map_err(|error| format!("not JSON: {error}"))?;
    let data = body.get("data").and_then(Value::as_object).ok_or("no data object")?;
    let id =
        data.get("id").and_then(Value::as_str).filter(|id| !id.is_empty() && id.len() <= 128).ok_or("no event id")?;
    let attributes = data.get("attributes").and_then(Value::as_object).ok_or("no attributes")?;
    let text = |key: &str| get(attributes, key).and_then(Value::as_str).ok_or(format!("no {key}"));
    let name = text("name")?;
    let created_at = text("created-at")?.parse().map_err(|error| format!("created-at: {error}"))?;
    let object = get(attributes, "payload").and_then(|payload| payload.get("data")).ok_or("no payload")?;
    let object = Resource::deserialize(object).map_err(|error| format!("payload: {error}"))?;
    let context = get(attributes, "context").and_then(Value::as_object).cloned().unwrap_or_default();
    Ok(Event { id: clean(id), name: clean(name).chars().take(100).collect(), created_at, object, context })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn resource(value: Value) -> Option<Resource> {
        serde_json::from_value(value).ok()
    }

    #[test]
    fn the_head_of_an_event_is_what_the_whole_says() {
        let with = |id: &str, key: &str, at: &str| {
            json!({"data": {"type": "event", "id": id, "attributes": {"name": "inquiry.app\u{e9}roved", key: at,
                "payload": {"data": {"type": "inquiry", "id": "inq_1", "attributes": {"a": [1, {"b": null}]}}}}}})
        };
        for key in ["created-at", "created_at", "createdAt"] {
            let body = with("evt_1", key, "2026-11-20T09:14:02.000Z").to_string();
            let whole = event(body.as_bytes()).map(|event| (event.id, event.name, event.created_at));
            assert_eq!(head(body.as_bytes()).map(|head| (head.id, head.name, head.created_at)), whole);
            assert!(whole.is_ok());
            assert!(super::head(&body.as_bytes()[..body.len() - 1]).is_err_and(|why| why.contains("not JSON")));
        }
        for bad in [
            with("", "created-at", "2026-11-20T09:14:02.000Z"),
            with("evt_1", "created-at", "yesterday"),
            json!({"data": []}),
            json!(null),
        ] {
            let body = bad.to_string();
            assert_eq!(head(body.as_bytes()).err(), event(body.as_bytes()).err(), "{bad}");
            assert!(head(body.as_bytes()).is_err());
        }
    }

    #[test]
    fn any_inflection_is_read() {
        for key in ["created-at", "created_at", "createdAt"] {
            let found =
                resource(json!({"type": "inquiry", "id": "inq_1", "attributes": {key: "2026-11-20T09:14:02.000Z"}}));
            assert!(found.and_then(|r| r.time("created-at")).is_some(), "{key}");
        }
    }

    #[test]
    fn an_absent_relation_may_be_null_or_empty() {
        for data in [json!(null), json!({})] {
            let found =
                resource(json!({"type": "inquiry", "id": "inq_1", "relationships": {"account": {"data": data}}}));
            assert_eq!(found.map(|r| r.one("account")), Some(None));
        }
    }

    #[test]
    fn nested_and_bare_fields_are_flattened_and_links_dropped() {
        let found = resource(json!({"type": "account", "id": "act_1", "attributes": {"fields": {
            "name": {"type": "hash", "value": {"first": {"type": "string", "value": "Mara"}}},
            "risk-level": "medium",
            "photo": {"type": "file", "value": {"filename": "a.jpg", "url": "https://files.withpersona.com/a?access_token=s"}},
        }}}));
        let fields = found.map(|r| r.fields()).unwrap_or_default();
        let of = |key: &str| fields.iter().find(|f| f.key == key).map(|f| f.value.as_str());
        assert_eq!([of("name.first"), of("risk-level"), of("photo")], [Some("Mara"), Some("medium"), Some("a.jpg")]);
    }

    #[test]
    fn a_body_that_is_no_event_says_why() {
        assert!(event(b"{").is_err_and(|why| why.starts_with("not JSON")));
        assert_eq!(event(b"{}"), Err("no data object".into()));
        let early = br#"{"data":{"type":"event","id":"evt_1","attributes":{"name":"x","created-at":"soon"}}}"#;
        assert!(event(early).is_err_and(|why| why.starts_with("created-at")));
    }
}
