//! What an object of the API says about itself.

use serde_json::Value;

/// `verification/selfie` is stored as `verification`: a client asks by id for the family, not for the type.
pub fn kind(body: &Value) -> &str {
    body["type"].as_str().unwrap_or_default().split('/').next().unwrap_or_default()
}

pub fn id(body: &Value) -> &str {
    body["id"].as_str().unwrap_or_default()
}

pub fn related<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body["relationships"][name]["data"]["id"].as_str()
}
