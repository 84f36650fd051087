//! Members that an object has twice. JSON does not define which of them counts (RFC 8259 section 4), so two members
//! with different values say nothing: an object with such members is not understood.
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::{Map, Value};

/// The error text of the reader, by which the error is recognised.
pub const TWICE: &str = "a name stands twice, with different values";

/// Reads an object that has no such member at any depth.
pub fn once<'de, D: Deserializer<'de>>(from: D) -> Result<Map<String, Value>, D::Error> {
    match Once::deserialize(from)?.0 {
        Value::Object(map) => Ok(map),
        _ => Err(D::Error::custom("no object")),
    }
}

/// Whether this text contains such a member anywhere.
pub fn repeats(raw: &str) -> bool {
    serde_json::from_str::<Once>(raw).is_err_and(|why| why.to_string().starts_with(TWICE))
}

struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any).map(Self)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Once(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Once(value))) = from.next_entry::<String, Once>()? {
            if map.get(&key).is_some_and(|known| *known != value) {
                return Err(de::Error::custom(TWICE));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_stands_twice_is_seen_at_any_depth() {
        for (raw, twice) in [
            (r#"{"a": 1, "a": 2}"#, true),
            (r#"{"a": 1, "a": 1}"#, false),
            (r#"{"a": true, "b": [{"c": {"d": "failed", "d": "passed"}}]}"#, true),
            (r#"{"a": true, "b": [{"a": false}, {"a": null}]}"#, false),
            (r#"{"a": 1, "\u0061": 2}"#, true),
            (r#"{"a": 1, "a""#, false),
        ] {
            assert_eq!(repeats(raw), twice, "{raw}");
        }
        let raw = r#"{"a": [1, -2, 2.5, "x", null, true, {"b": {}}]}"#;
        assert_eq!(serde_json::from_str::<Once>(raw).ok().map(|once| once.0), serde_json::from_str(raw).ok());
    }
}
