//! Values in JSON, as text and as fields.
use serde_json::Value;

use super::json_api::{Resource, get, scalar};
use crate::domain::inquiry::Field;
use crate::domain::text::clean;

/// Most values of one report, one match or one check. If there are more, this is stated.
pub const MOST: usize = 400;

pub fn text(value: &Value, key: &str) -> Option<String> {
    let map = value.as_object()?;
    get(map, key).and_then(scalar).filter(|text| !text.is_empty())
}

pub fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let found = value.as_object().and_then(|map| get(map, key)).and_then(Value::as_array);
    found.map_or(&[], Vec::as_slice)
}

pub fn is_file(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.starts_with("http") && (text.contains("access_token=") || text.contains("files.withpersona.com"))
}

/// Whether the hits of a report are given as something other than a list. Adverse media about a business are listed one
/// level deeper.
pub fn is_odd(resource: &Resource, key: &str) -> bool {
    match get(&resource.attributes, key) {
        Some(Value::Object(inner)) if resource.kind.ends_with("adverse-media") && key == "result" => {
            get(inner, "adverse-media").is_some_and(|news| !news.is_array())
        }
        _ => resource.is_odd_list(key),
    }
}

/// Adds every value under its path: `owners.1.roles.2.description`. The values of a list are joined.
pub fn leaves(key: &str, value: &Value, into: &mut Vec<Field>) {
    bounded(key, value, MOST, into);
}

pub fn bounded(key: &str, value: &Value, most: usize, into: &mut Vec<Field>) {
    if into.len() >= most {
        if into.len() == most {
            into.push(Field { key: "more".into(), value: "there are more values than are kept here".into() });
        }
        return;
    }
    match value {
        Value::Object(map) => {
            for (inner, value) in map {
                bounded(&format!("{key}.{}", inner.replace('_', "-")), value, most, into);
            }
        }
        // Links are listed one by one, so that each can be followed.
        Value::Array(items) if items.iter().any(|item| !plain(item)) => {
            for (n, value) in items.iter().enumerate() {
                bounded(&format!("{key}.{}", n + 1), value, most, into);
            }
        }
        Value::Array(items) => {
            let all: Vec<String> = items.iter().filter_map(shown).collect();
            if !all.is_empty() {
                into.push(Field { key: clean(key), value: all.join(", ") });
            }
        }
        other => into.extend(shown(other).map(|value| Field { key: clean(key), value })),
    }
}

fn plain(item: &Value) -> bool {
    !item.is_object() && !item.is_array() && !item.as_str().is_some_and(|text| text.starts_with("http"))
}

/// Returns a value as it may be shown. A link to a file at Persona is replaced, because it opens for anyone who has it.
fn shown(value: &Value) -> Option<String> {
    let text = scalar(value).filter(|text| !text.is_empty())?;
    Some(if is_file(&text) { "a file, kept by Persona and not shown here".to_owned() } else { text })
}
