//! The values of a statement's placeholders.
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::row::Json;
use crate::domain::time::Timestamp;

/// The value of one placeholder. Each kind has its NULL, because PostgreSQL needs the type of a NULL too.
#[derive(Clone)]
pub enum Arg {
    Text(Option<String>),
    Int(Option<i64>),
    Bool(Option<bool>),
    Bytes(Option<Vec<u8>>),
    Time(Option<Timestamp>),
    Id(Option<Uuid>),
    Json(Option<Box<RawValue>>),
    /// A value that cannot be written as JSON, and why. The statement fails with this reason.
    Unwritable(String),
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}
impl From<Option<&str>> for Arg {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}
impl From<&Option<String>> for Arg {
    fn from(value: &Option<String>) -> Self {
        Self::Text(value.clone())
    }
}
impl From<&String> for Arg {
    fn from(value: &String) -> Self {
        Self::Text(Some(value.clone()))
    }
}
impl From<Option<&String>> for Arg {
    fn from(value: Option<&String>) -> Self {
        Self::Text(value.cloned())
    }
}
impl From<&[u8]> for Arg {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(Some(value.to_owned()))
    }
}

/// Conversions from a type and from its option.
macro_rules! args {
    ($($kind:ident($of:ty)),+ $(,)?) => {$(
        impl From<$of> for Arg {
            fn from(value: $of) -> Self {
                Self::$kind(Some(value))
            }
        }
        impl From<Option<$of>> for Arg {
            fn from(value: Option<$of>) -> Self {
                Self::$kind(value)
            }
        }
    )+};
}
args!(Text(String), Int(i64), Bool(bool), Bytes(Vec<u8>), Time(Timestamp), Id(Uuid));

impl<T: Serialize> From<Json<T>> for Arg {
    fn from(Json(value): Json<T>) -> Self {
        match serde_json::value::to_raw_value(&value) {
            Ok(json) => Self::Json(Some(json)),
            Err(cause) => Self::Unwritable(cause.to_string()),
        }
    }
}
impl<T: Serialize> From<Option<Json<T>>> for Arg {
    fn from(value: Option<Json<T>>) -> Self {
        value.map_or(Self::Json(None), Self::from)
    }
}
