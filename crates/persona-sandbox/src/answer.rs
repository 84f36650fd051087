//! The result of an API call, an answer or a failure in Persona's shape, and the case of its keys.

use serde_json::{Map, Value, json};

#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// Sent instead of the body by the `print` calls.
    pub pdf: Option<Vec<u8>>,
}

impl Answer {
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, body, pdf: None }
    }

    pub fn ok(body: Value) -> Result<Self, Fail> {
        Ok(Self::new(200, body))
    }

    pub fn created(body: Value) -> Result<Self, Fail> {
        Ok(Self::new(201, body))
    }

    pub fn pdf(bytes: Vec<u8>) -> Result<Self, Fail> {
        Ok(Self { status: 200, body: Value::Null, pdf: Some(bytes) })
    }
}

#[derive(Debug)]
pub enum Fail {
    Says { status: u16, title: &'static str, details: Option<String>, pointer: Option<String> },
    Store(rusqlite::Error),
    Json(serde_json::Error),
}

impl From<rusqlite::Error> for Fail {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

impl From<serde_json::Error> for Fail {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

impl Fail {
    fn says(status: u16, title: &'static str, details: Option<String>) -> Self {
        Self::Says { status, title, details, pointer: None }
    }

    pub fn bad(details: impl Into<String>) -> Self {
        Self::says(400, "Bad Request", Some(details.into()))
    }

    pub fn not_found() -> Self {
        Self::says(404, "Record not found", None)
    }

    pub fn not_found_because(details: impl Into<String>) -> Self {
        Self::says(404, "Record not found", Some(details.into()))
    }

    pub fn conflict(details: impl Into<String>) -> Self {
        Self::says(409, "Conflict", Some(details.into()))
    }

    /// An error with the status that the choice names, 409 by default.
    pub fn either(status: &str, details: impl Into<String>) -> Self {
        match status {
            "422" => Self::unprocessable(details),
            "404" => Self::not_found_because(details),
            "400" => Self::bad(details),
            _ => Self::conflict(details),
        }
    }

    pub fn forbidden(details: impl Into<String>) -> Self {
        Self::says(403, "Forbidden", Some(details.into()))
    }

    pub fn unprocessable(details: impl Into<String>) -> Self {
        Self::says(422, "Unprocessable entity", Some(details.into()))
    }

    pub fn unprocessable_at(pointer: String, details: String) -> Self {
        Self::Says { status: 422, title: "Unprocessable entity", details: Some(details), pointer: Some(pointer) }
    }

    pub fn unauthorized(title: &'static str) -> Self {
        Self::says(401, title, None)
    }

    pub fn status(status: u16) -> Self {
        let title = match status {
            400 => "Bad Request",
            403 => "Forbidden",
            404 => "Record not found",
            405 => "Method not allowed",
            408 => "Request Timeout",
            409 => "Conflict",
            422 => "Unprocessable entity",
            429 => "Rate limit exceeded",
            503 => "Service unavailable",
            _ => "Internal server error",
        };
        Self::says(status, title, None)
    }

    pub fn rate_limited(limit: u32) -> Self {
        let details = format!(
            "You have hit your rate limit of {limit} requests / min. Please reach out to support if you need this changed."
        );
        Self::says(429, "Rate limit exceeded", Some(details))
    }

    pub fn quota_exceeded(limit: u32) -> Self {
        let details = format!(
            "You have hit your quota of {limit} requests / min. Please reach out to support if you need this changed."
        );
        Self::says(429, "Quota exceeded", Some(details))
    }

    pub fn answer(self) -> Answer {
        match self {
            Self::Says { status, title, details, pointer } => {
                let mut error = Map::new();
                error.insert("title".into(), title.into());
                if let Some(details) = details {
                    error.insert("details".into(), details.into());
                }
                if let Some(pointer) = pointer {
                    error.insert("source".into(), json!({ "pointer": pointer }));
                }
                Answer::new(status, json!({ "errors": [error] }))
            }
            Self::Store(error) => {
                tracing::error!(%error, "the sandbox's store failed");
                Answer::new(500, json!({ "errors": [{ "title": "Internal server error" }] }))
            }
            Self::Json(error) => {
                tracing::error!(%error, "a stored object is not JSON");
                Answer::new(500, json!({ "errors": [{ "title": "Internal server error" }] }))
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inflection {
    Kebab,
    Camel,
    Snake,
}

impl Inflection {
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "kebab" => Some(Self::Kebab),
            "camel" => Some(Self::Camel),
            "snake" => Some(Self::Snake),
            _ => None,
        }
    }

    fn key(self, key: &str) -> String {
        match self {
            Self::Kebab => key.to_owned(),
            Self::Snake => key.replace('-', "_"),
            Self::Camel => {
                let mut out = String::with_capacity(key.len());
                let mut raise = false;
                for letter in key.chars() {
                    if letter == '-' {
                        raise = true;
                    } else if raise {
                        out.extend(letter.to_uppercase());
                        raise = false;
                    } else {
                        out.push(letter);
                    }
                }
                out
            }
        }
    }

    /// Changes the case of every key except those below `attributes.fields`, which the customer defines. Versions
    /// before 2025-10-27 change those as well.
    pub fn apply(self, value: Value, version: &str) -> Value {
        if self == Self::Kebab { value } else { self.walk(value, false, version < super::versions::EXPLICIT) }
    }

    fn walk(self, value: Value, attributes: bool, fields: bool) -> Value {
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.walk(item, false, fields)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(key, inner)| {
                    let own = attributes && key == "fields" && !fields;
                    let inner = if own { inner } else { self.walk(inner, key == "attributes", fields) };
                    (self.key(&key), inner)
                })
                .collect::<Map<_, _>>()
                .into(),
            other => other,
        }
    }
}

/// Converts a request key from any of the three cases to kebab case.
pub fn kebab(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    for (at, letter) in key.chars().enumerate() {
        if letter == '_' {
            out.push('-');
        } else if letter.is_ascii_digit() && out.ends_with(|before: char| before.is_ascii_alphabetic()) {
            // `addressStreet1` becomes `address-street-1`.
            out.push('-');
            out.push(letter);
        } else if letter.is_ascii_uppercase() {
            if at > 0 {
                out.push('-');
            }
            out.push(letter.to_ascii_lowercase());
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_inside_fields_keep_their_case() {
        let body =
            json!({ "data": { "attributes": { "created-at": 1, "fields": { "name-first": { "byte-size": 2 } } } } });
        let camel = Inflection::Camel.apply(body.clone(), super::super::versions::NEWEST);
        assert_eq!(
            camel,
            json!({ "data": { "attributes": { "createdAt": 1, "fields": { "name-first": { "byte-size": 2 } } } } })
        );
        let snake = Inflection::Snake.apply(body.clone(), super::super::versions::NEWEST);
        assert_eq!(snake["data"]["attributes"]["created_at"], 1);
        let old = Inflection::Snake.apply(body, "2023-01-05");
        assert_eq!(old["data"]["attributes"]["fields"]["name_first"]["byte_size"], 2);
    }

    #[test]
    fn request_keys_come_in_three_cases() {
        assert_eq!(kebab("expiresInSeconds"), "expires-in-seconds");
        assert_eq!(kebab("expires_in_seconds"), "expires-in-seconds");
        assert_eq!(kebab("address-street-1"), "address-street-1");
        assert_eq!(kebab("addressStreet1"), "address-street-1");
    }

    #[test]
    fn a_401_has_a_title_only() {
        let answer = Fail::unauthorized("Token is invalid").answer();
        assert_eq!(answer.body, json!({ "errors": [{ "title": "Token is invalid" }] }));
    }
}
