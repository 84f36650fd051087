//! Request bodies: the members that each call accepts, as data, and the check against them.

use super::answer::{Fail, kebab};
use serde_json::{Map, Value};

pub enum Shape {
    Text,
    MaybeText,
    Integer,
    /// An integer that Persona's OpenAPI document does not limit to 32 bits.
    Long,
    MaybeInteger,
    MaybeNumber,
    Bool,
    Texts,
    MaybeTexts,
    /// Keys that the customer defines; their case is never changed.
    Free,
    MaybeFree,
    Any,
    Object(&'static [Member]),
    MaybeObject(&'static [Member]),
    Objects(&'static [Member]),
}

pub struct Member {
    name: &'static str,
    shape: Shape,
    required: bool,
}

pub const fn may(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: false }
}

pub const fn must(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: true }
}

/// Checks a body and returns it with keys in kebab case. No body counts as an empty one, so that required members are
/// reported as missing.
pub fn check(body: Option<&Value>, members: &'static [Member]) -> Result<Value, Fail> {
    match body {
        None => object(&Map::new(), members, ""),
        Some(Value::Object(given)) => object(given, members, ""),
        Some(_) => Err(Fail::bad("body must be an object")),
    }
}

fn object(given: &Map<String, Value>, members: &'static [Member], path: &str) -> Result<Value, Fail> {
    let mut out = Map::new();
    for (key, value) in given {
        let name = kebab(key);
        let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let Some(member) = members.iter().find(|member| member.name == name) else {
            let pointer = format!("/{}", at.replace('.', "/"));
            return Err(Fail::unprocessable_at(pointer, format!("{} is not allowed", spoken(&at))));
        };
        out.insert(name, one(value, &member.shape, &at)?);
    }
    if let Some(member) = members.iter().find(|member| member.required && !out.contains_key(member.name)) {
        let at = if path.is_empty() { member.name.to_owned() } else { format!("{path}.{}", member.name) };
        return Err(Fail::bad(format!("{} is missing", spoken(&at))));
    }
    Ok(Value::Object(out))
}

fn one(value: &Value, shape: &Shape, at: &str) -> Result<Value, Fail> {
    let wrong = |what: &str| Err(Fail::bad(format!("{} must be {what}", spoken(at))));
    let texts = |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
    match (shape, value) {
        (
            Shape::MaybeText
            | Shape::MaybeInteger
            | Shape::MaybeNumber
            | Shape::MaybeTexts
            | Shape::MaybeFree
            | Shape::MaybeObject(_),
            Value::Null,
        )
        | (Shape::Text | Shape::MaybeText, Value::String(_))
        | (Shape::MaybeNumber, Value::Number(_))
        | (Shape::Bool, Value::Bool(_))
        | (Shape::Free | Shape::MaybeFree, Value::Object(_))
        | (Shape::Any, _) => Ok(value.clone()),
        (Shape::Integer | Shape::MaybeInteger | Shape::Long, Value::Number(number)) => match whole(number) {
            Some(number) if matches!(shape, Shape::Long) || i32::try_from(number).is_ok() => Ok(number.into()),
            Some(_) => wrong("a 32-bit integer"),
            None => wrong("an integer"),
        },
        (Shape::Texts | Shape::MaybeTexts, value) if texts(value) => Ok(value.clone()),
        (Shape::Object(members) | Shape::MaybeObject(members), Value::Object(given)) => object(given, members, at),
        (Shape::Objects(members), Value::Array(items)) => items
            .iter()
            .map(|item| match item {
                Value::Object(given) => object(given, members, at),
                _ => wrong("an array of objects"),
            })
            .collect(),
        (Shape::Text | Shape::MaybeText, _) => wrong("a string"),
        (Shape::Integer | Shape::MaybeInteger | Shape::Long, _) => wrong("an integer"),
        (Shape::MaybeNumber, _) => wrong("a number"),
        (Shape::Bool, _) => wrong("a boolean"),
        (Shape::Texts | Shape::MaybeTexts | Shape::Objects(_), _) => wrong("an array"),
        (Shape::Free | Shape::MaybeFree | Shape::Object(_) | Shape::MaybeObject(_), _) => wrong("an object"),
    }
}

/// 60.0 is an integer in JSON Schema, and so it is here.
fn whole(number: &serde_json::Number) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < EXACT)?;
        #[expect(clippy::cast_possible_truncation, reason = "an integer that a float represents exactly")]
        Some(float as i64)
    })
}

/// Persona's messages write member names in snake case.
fn spoken(at: &str) -> String {
    at.replace('-', "_")
}

/// Checks the request members for a person's default fields: each is a text or null, and the birthdate is a date.
pub fn person_fields(fields: &Value) -> Result<(), Fail> {
    const KNOWN: &[&str] = &[
        "birthdate",
        "name-first",
        "name-middle",
        "name-last",
        "phone-number",
        "email-address",
        "address-street-1",
        "address-street-2",
        "address-city",
        "address-subdivision",
        "address-postal-code",
        "address-country-code",
        "identification-number",
    ];
    for (key, value) in fields.as_object().into_iter().flatten() {
        let name = kebab(key);
        if !KNOWN.contains(&name.as_str()) {
            continue;
        }
        match value {
            Value::String(text) if name == "birthdate" && super::clock::parse(text).is_none() => {
                return Err(Fail::unprocessable(format!("data.attributes.fields.{key} must be a date")));
            }
            Value::String(_) => {}
            Value::Null if name != "address-country-code" => {}
            _ => return Err(Fail::bad(format!("data.attributes.fields.{key} must be a string"))),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const LINK: &[Member] = &[may("meta", Shape::Object(&[may("expires-in-seconds", Shape::Integer)]))];

    fn status(body: Value) -> u16 {
        check(Some(&body), LINK).map_or_else(|fail| fail.answer().status, |_| 200)
    }

    #[test]
    fn unknown_members_are_refused_and_wrong_types_are_bad() {
        assert_eq!(status(json!({ "meta": { "expires-in-seconds": 60 } })), 200);
        assert_eq!(status(json!({ "meta": { "expiresInSeconds": 60 } })), 200);
        assert_eq!(status(json!({ "meta": { "expires-in": 60 } })), 422);
        assert_eq!(status(json!({ "meta": { "expires-in-seconds": "60" } })), 400);
        assert_eq!(status(json!({ "meta": { "expires-in-seconds": 60.0 } })), 200);
        assert_eq!(status(json!({ "meta": { "expires-in-seconds": 60.5 } })), 400);
        assert_eq!(status(json!([])), 400);
    }
}
