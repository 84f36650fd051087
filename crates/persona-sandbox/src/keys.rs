//! API keys: any key that looks like a sandbox key is accepted, unless a request to `/sandbox/keys` has restricted it.

use super::{answer::Fail, lock::hold};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::Mutex};

/// A key and its restrictions.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Key {
    pub key: String,
    /// Permissions such as `inquiry.read`; `None` means all.
    #[serde(default)]
    pub permissions: Option<Vec<String>>,
    #[serde(default)]
    pub expired: bool,
    /// Whether calls come from an address that the key may not be used from.
    #[serde(default)]
    pub wrong_address: bool,
    /// Whether the key's environment may not create anything.
    #[serde(default)]
    pub inactive: bool,
}

#[derive(Default)]
pub struct Keys(Mutex<HashMap<String, Key>>);

impl Keys {
    pub fn set(&self, key: Key) {
        hold(&self.0).insert(key.key.clone(), key);
    }

    pub fn clear(&self) {
        hold(&self.0).clear();
    }

    pub fn all(&self) -> Vec<Key> {
        let mut all: Vec<Key> = hold(&self.0).values().cloned().collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    }

    /// Returns the restricted key of the caller, if any, from the value of the `Authorization` header.
    pub fn authenticated(&self, header: Option<&str>) -> Result<Option<Key>, Fail> {
        match header.and_then(|value| value.strip_prefix("Bearer ")) {
            None => Err(Fail::unauthorized("Must be authenticated to access this endpoint")),
            Some(key) if key.starts_with("persona_sandbox_") => match hold(&self.0).get(key) {
                Some(known) if known.expired => Err(Fail::unauthorized("Token is invalid")),
                known => Ok(known.cloned()),
            },
            Some(_) => Err(Fail::unauthorized("Token is invalid")),
        }
    }
}

impl Key {
    /// Checks whether this key may make this call. `path` is the part after `/api/v1/`.
    pub fn may(&self, method: &str, path: &[String]) -> Result<(), Fail> {
        if self.wrong_address {
            return Err(Fail::forbidden("IP address is not permitted access to current environment"));
        }
        if self.inactive && method == "POST" && path.len() == 1 {
            return Err(Fail::forbidden("Resource cannot be created in an inactive environment"));
        }
        let Some(permissions) = &self.permissions else { return Ok(()) };
        let Some(wanted) = permission(method, path) else { return Ok(()) };
        if permissions.contains(&wanted) {
            return Ok(());
        }
        Err(Fail::forbidden(format!("API key does not have the permission {wanted}")))
    }
}

/// The permission that a call needs, with the names of Persona's page on API keys.
fn permission(method: &str, path: &[String]) -> Option<String> {
    let object = match path.first().map(String::as_str)? {
        "inquiries" | "inquiry-sessions" | "inquiry-templates" | "inquiry-template-versions" | "devices" => "inquiry",
        "cases" | "case-templates" => "case",
        "accounts" | "account-types" => "account",
        "verifications" | "verification" => "verification",
        "reports" => "report",
        "documents" | "document" => "document",
        "events" => "event",
        "webhooks" => "webhook",
        "user-audit-logs" => "user_audit_log",
        _ => return None,
    };
    let reads = method == "GET" || path.last().is_some_and(|last| last == "search");
    Some(format!("{object}.{}", if reads { "read" } else { "write" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn a_reading_key_reads_and_searches_and_no_more() {
        let key = Key {
            key: "persona_sandbox_reader".to_owned(),
            permissions: Some(vec!["inquiry.read".to_owned()]),
            expired: false,
            wrong_address: false,
            inactive: false,
        };
        assert!(key.may("GET", &path("inquiries/inq_1")).is_ok());
        assert!(key.may("POST", &path("inquiries/search")).is_ok());
        assert!(key.may("POST", &path("inquiries/inq_1/approve")).is_err());
        assert!(key.may("GET", &path("cases")).is_err());
        assert!(key.may("GET", &path("rate-limits")).is_ok());
    }
}
