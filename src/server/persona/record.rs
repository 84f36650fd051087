//! Records of JSON:API, lists of them, and what in a list cannot be understood. Keys come in any of three inflections,
//! and one odd record hides no other.
use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::failure::Failure;
use super::repeated_member::{TWICE, once, repeats};
use crate::domain::document::Unread;
use crate::domain::id::ObjectId;
use crate::domain::inquiry::Field;
use crate::domain::text::clean;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Resource {
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
    #[serde(default, deserialize_with = "once")]
    pub attributes: Map<String, Value>,
    #[serde(default, deserialize_with = "once")]
    pub relationships: Map<String, Value>,
}

/// One object with its included objects. An included object that cannot be read does not hide the others: it is named
/// in `odd`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "Answered")]
pub struct Single {
    pub data: Resource,
    pub included: Vec<Resource>,
    pub meta: Map<String, Value>,
    pub odd: Vec<Odd>,
}

#[derive(Deserialize)]
struct Answered {
    data: Resource,
    included: Option<Vec<Box<RawValue>>>,
    meta: Option<Map<String, Value>>,
}

impl From<Answered> for Single {
    fn from(Answered { data, included, meta }: Answered) -> Self {
        let (included, odd) = each(included.unwrap_or_default());
        Self { data, included, meta: meta.unwrap_or_default(), odd }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListPage<T> {
    pub rows: Vec<T>,
    /// Records of the page that could not be understood.
    pub odd: Vec<Odd>,
    /// The link to the next page.
    pub next: Option<String>,
}

/// A page of a list as received.
#[derive(Debug, Deserialize)]
pub struct List {
    data: Vec<Box<RawValue>>,
    #[serde(default)]
    links: Value,
}

impl List {
    /// Reads each record by itself.
    pub fn open<T: DeserializeOwned>(self) -> ListPage<T> {
        let next = self.links.get("next").and_then(Value::as_str).map(str::to_owned);
        let (rows, odd) = each(self.data);
        ListPage { rows, odd, next }
    }
}

fn each<T: DeserializeOwned>(raw: Vec<Box<RawValue>>) -> (Vec<T>, Vec<Odd>) {
    let (mut read, mut odd) = (Vec::with_capacity(raw.len()), Vec::new());
    for raw in raw {
        match serde_json::from_str(raw.get()) {
            Ok(one) => read.push(one),
            Err(_) => odd.push(Odd::of(raw.get())),
        }
    }
    (read, odd)
}

/// A record that could not be understood, as far as it can be named. Contains nothing that it says about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// Persona's type, if it can be read.
    pub kind: String,
    pub id: Option<String>,
    pub why: String,
}

impl Odd {
    pub fn new(resource: &Resource, why: impl Into<String>) -> Self {
        Self { kind: short(&resource.kind), id: Some(short(&resource.id)), why: why.into() }
    }

    /// Returns the record as a part of an object that was read without it.
    pub fn unread(&self) -> Unread {
        let what = self.kind.split('/').next().filter(|what| !what.is_empty()).unwrap_or("part");
        let id = self.id.clone().unwrap_or_else(|| "without an id".to_owned());
        Unread { what: what.to_owned(), id, why: Some(format!("not understood ({})", self.why)) }
    }

    fn of(raw: &str) -> Self {
        /// Reads only these two members, whatever else the record contains and however deep it is.
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct RecordId {
            #[serde(rename = "type")]
            kind: Value,
            id: Value,
        }
        let named: RecordId = serde_json::from_str(raw).unwrap_or_default();
        let text = |value: &Value| scalar(value).map(|text| short(&text)).filter(|text| !text.is_empty());
        let why = match serde_json::from_str::<Value>(raw) {
            Err(_) => "nested too deeply",
            Ok(Value::Object(record)) => {
                let object = |key: &str| record.get(key).is_none_or(Value::is_object);
                match () {
                    () if !named.kind.is_string() => "no type",
                    () if !named.id.is_string() => "no id that is a text",
                    () if !object("attributes") => "no attributes",
                    () if !object("relationships") => "no relationships",
                    () if repeats(raw) => TWICE,
                    () => "of another shape",
                }
            }
            Ok(_) => "no object",
        };
        Self { kind: text(&named.kind).unwrap_or_default(), id: text(&named.id), why: why.to_owned() }
    }
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id.as_deref().unwrap_or("one without an id"), self.why)
    }
}

/// Returns a name cut to 64 characters, because a stranger can make it of any length.
fn short(text: &str) -> String {
    clean(text).chars().take(64).collect()
}

/// Finds `name-first` under any inflection: as it is, `name_first`, `nameFirst`.
pub fn get<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    let found = map.get(key).or_else(|| map.get(&key.replace('-', "_"))).or_else(|| {
        let mut camel = String::with_capacity(key.len());
        let mut up = false;
        for c in key.chars() {
            if c == '-' {
                up = true;
            } else {
                camel.push(if up { c.to_ascii_uppercase() } else { c });
                up = false;
            }
        }
        map.get(&camel)
    });
    found.filter(|value| !value.is_null())
}

impl Resource {
    pub fn text(&self, key: &str) -> Option<String> {
        scalar(get(&self.attributes, key)?).filter(|text| !text.is_empty())
    }

    pub fn time(&self, key: &str) -> Option<Timestamp> {
        self.text(key)?.parse().ok()
    }

    /// Whether a flag is set. A value that is neither yes nor no is not taken for no.
    pub fn flag(&self, key: &str) -> bool {
        get(&self.attributes, key).is_some_and(|value| *value != Value::Bool(false))
    }

    /// Whether a list is of another shape. A list is an array, or null if there is none; anything else would be read as
    /// an empty list.
    pub fn is_odd_list(&self, key: &str) -> bool {
        get(&self.attributes, key).is_some_and(|value| !value.is_array())
    }

    pub fn list(&self, key: &str) -> &[Value] {
        get(&self.attributes, key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub fn texts(&self, key: &str) -> Vec<String> {
        self.list(key).iter().filter_map(scalar).collect()
    }

    /// Returns the ID of the one related object, whatever its type.
    pub fn one(&self, key: &str) -> Option<String> {
        let data = get(get(&self.relationships, key)?.as_object()?, "data")?;
        data.get("id").and_then(Value::as_str).map(str::to_owned)
    }

    /// Whether the record says what it is related to, or that it is related to nothing.
    pub fn tells(&self, key: &str) -> bool {
        get(&self.relationships, key).is_some()
    }

    /// Whether the record says that there is no related object.
    pub fn says_none(&self, key: &str) -> bool {
        get(&self.relationships, key)
            .is_some_and(|relation| relation.is_null() || relation.get("data").is_some_and(Value::is_null))
    }

    pub fn object_id(&self) -> Result<ObjectId, Failure> {
        self.id.clone().try_into().map_err(|_| Failure::Unreadable(format!("{}: id", self.kind)))
    }

    /// Returns `attributes.fields`, flattened; wrapped values (`{type, value}`) and bare ones alike.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        if let Some(map) = get(&self.attributes, "fields").and_then(Value::as_object) {
            for (key, value) in map {
                flatten(key, value, &mut fields);
            }
        }
        fields
    }
}

fn flatten(key: &str, value: &Value, into: &mut Vec<Field>) {
    // Deeper than any real field: this limits what a hostile payload can cause.
    if key.len() > 300 || into.len() > 500 {
        return;
    }
    match value {
        Value::Object(map) if map.contains_key("value") && map.contains_key("type") => {
            flatten(key, &map["value"], into);
        }
        // A file: its link is a bearer secret, so only its name is stored.
        Value::Object(map) if map.contains_key("url") => {
            if let Some(name) = map.get("filename").and_then(Value::as_str) {
                into.push(Field { key: clean(key), value: clean(name) });
            }
        }
        Value::Object(map) => {
            for (inner, value) in map {
                flatten(&format!("{key}.{inner}"), value, into);
            }
        }
        Value::Array(items) => {
            for (n, value) in items.iter().enumerate() {
                flatten(&format!("{key}.{}", n + 1), value, into);
            }
        }
        other => {
            if let Some(value) = scalar(other).filter(|text| !text.is_empty()) {
                into.push(Field { key: clean(key), value });
            }
        }
    }
}

pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(clean(text)),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
