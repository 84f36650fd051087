//! An audit entry: canonical bytes, leaf hash, and commitments in place of personal values.
//!
//! A body is canonical JSON (RFC 8785; integers only, ASCII keys, so sorted maps and serde_json's escapes are enough).
//! It never contains a personal value, but `SHA-256(salt ‖ value)`. Salt and value are stored separately, and erasing
//! them leaves every hash intact.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::time::Timestamp;

/// Action: the evidence behind a decision on a case named an account that was erased. The bytes are gone, the
/// fingerprint stays.
pub const EVIDENCE_ERASED: &str = "evidence.erased";

/// A value that a body may contain. No floats: their text differs between programming languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Map(BTreeMap<String, Value>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}
impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Text(at.to_text())
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// An entry before it has a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// `noun.past`: `decision.made`, `session.opened`.
    pub action: &'static str,
    pub actor: Actor,
    pub object_kind: &'static str,
    pub object_id: String,
    pub outcome: EntryOutcome,
    pub facts: BTreeMap<String, Value>,
    /// Personal values, by name; they become commitments.
    pub personal: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Name and role as they were then.
    Reviewer { id: String, name: String, role: String, session: Option<String>, request: Option<String> },
    /// The desk itself: a job, the command line.
    System { part: &'static str },
    /// A request without a signed-in reviewer.
    Anonymous { request: Option<String> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryOutcome {
    Ok,
    Denied,
    Failed,
}

impl EntryOutcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

impl Draft {
    pub fn new(action: &'static str, actor: Actor, object_kind: &'static str, object_id: impl Into<String>) -> Self {
        Self {
            action,
            actor,
            object_kind,
            object_id: object_id.into(),
            outcome: EntryOutcome::Ok,
            facts: BTreeMap::new(),
            personal: BTreeMap::new(),
        }
    }

    #[must_use]
    pub fn outcome(mut self, outcome: EntryOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a value that could name a person or is a person's own text.
    #[must_use]
    pub fn personal(mut self, name: &str, value: impl Into<String>) -> Self {
        self.personal.insert(name.to_owned(), value.into());
        self
    }

    /// Gives the entry its number and time. `salts` has one salt of 32 random bytes for each personal value.
    pub fn seal(self, seq: i64, at: Timestamp, build: &str, salts: &BTreeMap<String, [u8; 32]>) -> Sealed {
        let text = |s: &str| Value::Text(s.to_owned());
        let mut body = BTreeMap::new();
        body.insert("v".to_owned(), Value::Int(1));
        body.insert("seq".to_owned(), Value::Int(seq));
        body.insert("at".to_owned(), at.into());
        body.insert("action".to_owned(), text(self.action));
        body.insert("outcome".to_owned(), text(self.outcome.as_str()));
        body.insert("build".to_owned(), text(build));
        let object = [("type", text(self.object_kind)), ("id", Value::Text(self.object_id.clone()))];
        body.insert("object".to_owned(), map(object));
        let (actor, name) = match &self.actor {
            Actor::Reviewer { id, name, role, session, request } => (
                map([
                    ("kind", text("reviewer")),
                    ("id", text(id)),
                    ("name", text(name)),
                    ("role", text(role)),
                    ("session", session.clone().into()),
                    ("request", request.clone().into()),
                ]),
                name.clone(),
            ),
            Actor::System { part } => {
                (map([("kind", text("system")), ("part", text(part))]), format!("Countersign ({part})"))
            }
            Actor::Anonymous { request } => {
                (map([("kind", text("anonymous")), ("request", request.clone().into())]), "Nobody signed in".to_owned())
            }
        };
        body.insert("actor".to_owned(), actor);
        if !self.facts.is_empty() {
            body.insert("facts".to_owned(), Value::Map(self.facts));
        }
        let commitments: BTreeMap<String, Value> = self
            .personal
            .iter()
            .filter_map(|(key, value)| {
                salts.get(key).map(|salt| (key.clone(), Value::Text(hex::encode(commitment(salt, value)))))
            })
            .collect();
        if !commitments.is_empty() {
            body.insert("commit".to_owned(), Value::Map(commitments));
        }
        let body = canonical(&Value::Map(body));
        let hash = tlog::merkle::leaf(body.as_bytes());
        Sealed {
            seq,
            at,
            action: self.action,
            outcome: self.outcome,
            actor: self.actor,
            actor_name: name,
            object_kind: self.object_kind,
            object_id: self.object_id,
            body,
            hash,
            personal: self.personal,
        }
    }
}

/// An entry ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub seq: i64,
    pub at: Timestamp,
    pub action: &'static str,
    pub outcome: EntryOutcome,
    pub actor: Actor,
    pub actor_name: String,
    pub object_kind: &'static str,
    pub object_id: String,
    pub body: String,
    pub hash: [u8; 32],
    pub personal: BTreeMap<String, String>,
}

/// An entry as the audit page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub seq: i64,
    pub at: Timestamp,
    pub actor_name: String,
    pub action: String,
    pub outcome: String,
    pub object_kind: String,
    pub object_id: String,
    /// Canonical JSON, exactly as hashed.
    pub body: String,
    /// Hex.
    pub hash: String,
    /// Personal values that have not been erased.
    pub personal: BTreeMap<String, String>,
}

/// Whether the personal values of an entry are left out of every file: the text of a restricted note, and the reason of
/// an escalation, which may be a suspicion. Files contain only their commitments. A note whose entry does not say that
/// it is unrestricted counts as restricted.
pub fn is_restricted(action: &str, body: &str) -> bool {
    action.ends_with(".escalated") || action == "note.added" && fact(body, "restricted").as_deref() != Some("false")
}

pub fn fact(body: &str, name: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    match body.get("facts")?.get(name)? {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

impl Entry {
    /// The entry without the values that may not leave the desk.
    #[must_use]
    pub fn leaving(mut self) -> Self {
        if is_restricted(&self.action, &self.body) {
            self.personal.clear();
        }
        self
    }

    /// A fact of the body, as text.
    pub fn fact(&self, name: &str) -> Option<String> {
        fact(&self.body, name)
    }

    /// The mark of the session in which the reviewer acted.
    pub fn session(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        body.get("actor")?.get("session")?.as_str().map(str::to_owned)
    }
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// RFC 8785, for the values that a body may hold.
pub fn canonical(value: &Value) -> String {
    // Cannot fail: string keys, no floats.
    serde_json::to_string(value).unwrap_or_default()
}

/// `SHA-256(salt ‖ canonical value)`; the value as a JSON string.
pub fn commitment(salt: &[u8; 32], value: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(canonical(&Value::Text(value.to_owned())));
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(comment: &str) -> Sealed {
        let salts = BTreeMap::from([("comment".to_owned(), [7; 32])]);
        Draft::new("decision.made", Actor::System { part: "test" }, "inquiry", "inq_1")
            .fact("verdict", "approve")
            .fact("version", 3_i64)
            .personal("comment", comment)
            .seal(5, Timestamp::from_micros(0), "0.1.0", &salts)
    }

    #[test]
    fn a_body_is_canonical_and_holds_no_personal_value() {
        let entry = sealed("Mara's passport");
        assert_eq!(
            entry.body.split("\"commit\"").next(),
            Some(
                r#"{"action":"decision.made","actor":{"kind":"system","part":"test"},"at":"1970-01-01T00:00:00.000000Z","build":"0.1.0","#
            )
        );
        assert!(entry.body.ends_with(r#""facts":{"verdict":"approve","version":3},"object":{"id":"inq_1","type":"inquiry"},"outcome":"ok","seq":5,"v":1}"#));
        assert!(!entry.body.contains("Mara"));
    }

    #[test]
    fn a_note_is_restricted_unless_its_entry_says_otherwise() {
        let body = |facts: &str| format!(r#"{{"action":"note.added","facts":{{{facts}}}}}"#);
        assert!(!is_restricted("note.added", &body(r#""restricted":false"#)));
        for facts in [r#""restricted":true"#, r#""restricted":null"#, r#""restricted":"no""#, ""] {
            assert!(is_restricted("note.added", &body(facts)), "{facts}");
        }
        assert!(is_restricted("note.added", "not JSON"));
        assert!(!is_restricted("decision.made", "not JSON"));
    }

    #[test]
    fn another_value_is_another_leaf() {
        assert_eq!(sealed("a").hash, sealed("a").hash);
        assert_ne!(sealed("a").hash, sealed("b").hash);
    }
}
