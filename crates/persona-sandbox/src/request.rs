//! One API call as handlers see it: its parts, and access to the store while it runs.

use super::{
    answer::{Fail, kebab},
    app::App,
    choices::Choice,
    clock,
    events::record,
    store,
};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

/// A request after authentication, as plain data.
#[derive(Debug, Default)]
pub struct Call {
    pub method: String,
    pub path: String,
    /// The values for the `{…}` placeholders of the route.
    pub params: Vec<String>,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    pub key: Option<String>,
    pub request: String,
    /// The API version that the caller asked for.
    pub version: String,
}

impl Call {
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Checks that each parameter in brackets occurs once, is one level deep, and never occurs without brackets.
    pub fn well_formed(&self) -> Result<(), Fail> {
        for name in ["fields", "filter", "page"] {
            let mut seen: Vec<&str> = Vec::new();
            for (inner, _) in self.deep(name)? {
                if inner.contains("][") {
                    return Err(Fail::bad(format!("{name}[{inner}] goes too deep")));
                }
                if seen.contains(&inner) {
                    return Err(Fail::bad(format!("{name}[{inner}] is given twice")));
                }
                seen.push(inner);
            }
        }
        Ok(())
    }

    /// Returns `filter[status]=a` as `("status", "a")`.
    pub fn deep(&self, name: &str) -> Result<Vec<(&str, &str)>, Fail> {
        let mut found = Vec::new();
        for (key, value) in &self.query {
            let Some(rest) = key.strip_prefix(name) else { continue };
            if rest.is_empty() {
                return Err(Fail::bad(format!("{name} must be an object")));
            }
            if let Some(inner) = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                found.push((inner, value.as_str()));
            }
        }
        Ok(found)
    }
}

pub struct Ctx<'a> {
    pub app: &'a App,
    pub db: &'a Connection,
    pub call: &'a Call,
}

impl Ctx<'_> {
    pub fn param(&self) -> &str {
        self.call.params.first().map_or("", String::as_str)
    }

    /// Loads the object named in the path.
    pub fn load(&self, kind: &str) -> Result<Value, Fail> {
        self.load_id(kind, self.param())
    }

    pub fn load_id(&self, kind: &str, id: &str) -> Result<Value, Fail> {
        store::find(self.db, id)?.filter(|found| store::kind(found) == kind).ok_or_else(Fail::not_found)
    }

    /// Saves a changed object, and updates its `updated-at` if it has one.
    pub fn save(&self, body: &mut Value) -> Result<(), Fail> {
        if body["attributes"].get("updated-at").is_some() {
            body["attributes"]["updated-at"] = clock::iso(clock::tick()).into();
        }
        Ok(store::save(self.db, body, None)?)
    }

    /// A refusal whose status Persona does not document.
    pub fn refuse(&self, choice: Choice, details: impl Into<String>) -> Fail {
        Fail::either(self.app.choices.get(choice), details)
    }

    pub fn emit(&self, name: &str, object: &Value) -> Result<(), Fail> {
        record::emit(self.db, name, object, None)
    }

    pub fn emit_with(&self, name: &str, object: &Value, context: Value) -> Result<(), Fail> {
        record::emit(self.db, name, object, Some(context))
    }

    /// Records what tests count: one row for each change that a POST made, none for a replay.
    pub fn effect(&self, action: &str, object: &str, comment: Option<&str>) -> Result<(), Fail> {
        if self.call.method != "POST" {
            return Ok(());
        }
        self.db
            .prepare_cached("INSERT INTO effect (at, action, object, request, key, comment) VALUES (?, ?, ?, ?, ?, ?)")?
            .execute(params![clock::now(), action, object, self.call.request, self.call.key, comment])?;
        Ok(())
    }
}

/// A plain value of a request as Persona shows it: `{"type", "value"}`.
pub fn wrap(key: &str, value: &Value) -> Value {
    let kind = match value {
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::Array(items) => {
            let items: Vec<Value> = items.iter().map(|item| wrap("", item)).collect();
            return json!({ "type": "array", "value": items });
        }
        Value::Object(members) => {
            let members: serde_json::Map<_, _> =
                members.iter().map(|(key, value)| (key.clone(), wrap(key, value))).collect();
            return json!({ "type": "hash", "value": members });
        }
        Value::Null | Value::String(_) if key == "birthdate" => "date",
        Value::Null | Value::String(_) => "string",
    };
    json!({ "type": kind, "value": value })
}

pub fn merge_fields(fields: &mut Value, given: &Value) {
    for (key, value) in given.as_object().into_iter().flatten() {
        // Persona treats `name_first` and `name-first` as the same field.
        let name = if fields.get(kebab(key)).is_some() { kebab(key) } else { key.clone() };
        fields[&name] = wrap(&name, value);
    }
}
