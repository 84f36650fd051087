//! What a webhook leaves out: events that do not match its payload filter, and attributes on its blocklist.

use super::answer::kebab;
use serde_json::Value;

/// A subset match of JSON: an object matches if each member of the pattern matches, an array if each item of the
/// pattern is in it, and `$or` if one of its alternatives matches.
pub fn fits(pattern: &Value, value: &Value) -> bool {
    match (pattern, value) {
        (Value::Object(wanted), _) => wanted.iter().all(|(key, pattern)| match key.as_str() {
            "$or" => pattern.as_array().is_some_and(|any| any.iter().any(|pattern| fits(pattern, value))),
            key => match value.get(key) {
                Some(inner) => fits(pattern, inner),
                None => pattern.is_null(),
            },
        }),
        (Value::Array(wanted), Value::Array(items)) => {
            wanted.iter().all(|pattern| items.iter().any(|item| fits(pattern, item)))
        }
        _ => pattern == value,
    }
}

/// One rule of a blocklist.
struct Rule<'a> {
    spares: bool,
    /// Empty for a bare name, which is blocked at any place.
    path: Vec<&'a str>,
    name: String,
    kind: Option<&'a str>,
}

fn rule(line: &str) -> Rule<'_> {
    let (spares, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
    let (line, query) = line.split_once('?').unwrap_or((line, ""));
    let kind = query.split('&').find_map(|pair| pair.strip_prefix("type="));
    let mut path: Vec<&str> = line.trim_start_matches('/').split('/').collect();
    let name = path.pop().unwrap_or_default();
    if !line.starts_with('/') {
        path.clear();
    }
    Rule { spares, path, name: kebab(name), kind }
}

/// `*` matches any letters.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut left) = text.strip_prefix(head).and_then(|text| text.strip_suffix(tail)) else { return false };
    // The first match is as good as any other, so one pass is enough.
    middle.split('*').all(|piece| match left.split_once(piece) {
        Some((_, after)) => {
            left = after;
            true
        }
        None => false,
    })
}

/// Removes blocked attributes from an object at `place` in the payload, `data` or `included`. Ids and relationships
/// remain.
pub fn block(list: &Value, place: &str, object: &mut Value) {
    let lines: Vec<&str> = list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if lines.is_empty() {
        return;
    }
    let rules: Vec<Rule> = lines.iter().map(|line| rule(line)).collect();
    let kind = object["type"].as_str().unwrap_or_default().to_owned();
    strip(&rules, &kind, &mut vec![place.to_owned(), "attributes".to_owned()], &mut object["attributes"]);
}

fn strip(rules: &[Rule], kind: &str, path: &mut Vec<String>, value: &mut Value) {
    match value {
        Value::Object(members) => {
            let named = |key: &str, spares: bool, path: &[String]| {
                rules.iter().filter(|rule| rule.spares == spares).any(|rule| {
                    let here = rule.path.is_empty()
                        || rule.path.len() == path.len()
                            && rule.path.iter().zip(path).all(|(wanted, part)| matches(wanted, part));
                    let kind = rule.kind.is_none_or(|wanted| wanted == kind || kind.starts_with(&format!("{wanted}/")));
                    here && kind && matches(&rule.name, &kebab(key))
                })
            };
            members.retain(|key, _| !named(key, false, path) || named(key, true, path));
            for (key, inner) in members {
                path.push(key.clone());
                strip(rules, kind, path, inner);
                path.pop();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| strip(rules, kind, path, item)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_filter_is_a_part_of_what_it_fits() {
        let payload = json!({ "data": { "attributes": { "status": "approved", "tags": ["edd", "vip"] } } });
        assert!(fits(&json!({ "data": { "attributes": { "tags": ["vip"] } } }), &payload));
        assert!(!fits(&json!({ "data": { "attributes": { "tags": ["new"] } } }), &payload));
        let either = json!({ "data": { "$or": [{ "attributes": { "status": "declined" } }, { "attributes": { "status": "approved" } }] } });
        assert!(fits(&either, &payload));
        assert!(fits(&json!({}), &payload));
    }

    #[test]
    fn stars_stand_for_any_letters() {
        for (pattern, text, fits) in [
            ("name-*", "name-first", true),
            ("*", "", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
            ("a*a", "a", false),
            ("n*t", "name-first", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn blocked_attributes_go_and_exemptions_win() {
        let mut object = json!({ "type": "inquiry", "id": "inq_1", "attributes": {
            "note": "x", "fields": { "name-first": 1, "name-last": 2, "birthdate": 3 },
        } });
        block(&json!(["/data/attributes/fields/name-*?type=inquiry", "!name-last", "note"]), "data", &mut object);
        assert_eq!(object["attributes"], json!({ "fields": { "name-last": 2, "birthdate": 3 } }));
        let mut other = json!({ "type": "account", "attributes": { "fields": { "name-first": 1 } } });
        block(
            &json!(["/data/attributes/fields/name-*?type=inquiry", "/*/attributes/fields/n*t?type=account"]),
            "included",
            &mut other,
        );
        assert_eq!(other["attributes"]["fields"], json!({}));
    }
}
