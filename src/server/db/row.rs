//! Rows of either database, read as structs and tuples by serde: a struct by the names of the columns, a tuple in their
//! order. One file, because the deserializers of a row, of its fields and of a value call each other. A field that is a
//! struct, and that has no column of its name, is read from the same row.
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use serde::de::value::{Error as ValueError, SeqDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize, forward_to_deserialize_any};
use serde_json::value::RawValue;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column, Row as _, TypeInfo, ValueRef as _};
use uuid::Uuid;

use super::error::{Error, Result, corrupt};
use crate::domain::time::Timestamp;

/// A value that is stored as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Json<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct JsonVisitor<T>(PhantomData<T>);
        impl<T: DeserializeOwned> Visitor<'_> for JsonVisitor<T> {
            type Value = T;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<T, E> {
                serde_json::from_str(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(JsonVisitor(PhantomData)).map(Self)
    }
}

/// The value of one column.
#[derive(Debug)]
pub(super) enum ColumnValue<'a> {
    Null,
    Int(i64),
    Real(f64),
    Bool(bool),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

/// Which columns the fields of a struct are read from, in the order of the fields; `None` for a field without a column.
type FieldPlaces = Rc<[Option<usize>]>;

/// The names of the columns of a statement.
#[derive(Debug)]
pub(super) struct ColumnNames {
    names: Vec<String>,
    /// For each struct that was read, by the address of its field names.
    places: RefCell<Vec<(*const &'static str, FieldPlaces)>>,
}

impl ColumnNames {
    pub fn new(names: Vec<String>) -> Self {
        Self { names, places: RefCell::default() }
    }

    /// Reads one row.
    pub fn read<R: DeserializeOwned>(&self, cells: &[ColumnValue<'_>]) -> Result<R> {
        R::deserialize(RowReader { columns: self, cells }).map_err(corrupt)
    }

    /// Reads the first column of one row.
    pub fn read_first<V: DeserializeOwned>(&self, cells: &[ColumnValue<'_>]) -> Result<V> {
        let first = cells.first().ok_or_else(|| corrupt("row without columns"))?;
        V::deserialize(ValueReader(first)).map_err(corrupt)
    }

    fn name(&self, at: usize) -> &str {
        self.names.get(at).map_or("?", String::as_str)
    }

    fn places(&self, fields: &'static [&'static str]) -> FieldPlaces {
        let known =
            self.places.borrow().iter().find(|(of, _)| *of == fields.as_ptr()).map(|(_, places)| places.clone());
        known.unwrap_or_else(|| {
            let places: FieldPlaces =
                fields.iter().map(|field| self.names.iter().position(|name| name == field)).collect();
            self.places.borrow_mut().push((fields.as_ptr(), places.clone()));
            places
        })
    }
}

#[derive(Clone, Copy)]
struct RowReader<'a> {
    columns: &'a ColumnNames,
    cells: &'a [ColumnValue<'a>],
}

impl<'de> Deserializer<'de> for RowReader<'_> {
    type Error = ValueError;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, ValueError> {
        visitor.visit_seq(StructFields {
            row: self,
            names: fields.iter().enumerate(),
            places: self.columns.places(fields),
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> std::result::Result<V::Value, ValueError> {
        visitor.visit_seq(TupleFields { row: self, at: 0 })
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> std::result::Result<V::Value, ValueError> {
        Err(ValueError::custom("row that is read neither as a struct nor as a tuple"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple_struct map enum identifier ignored_any
    }
}

/// The fields of a struct, in their order.
struct StructFields<'a> {
    row: RowReader<'a>,
    names: std::iter::Enumerate<std::slice::Iter<'static, &'static str>>,
    places: FieldPlaces,
}

impl<'de> SeqAccess<'de> for StructFields<'_> {
    type Error = ValueError;
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> std::result::Result<Option<S::Value>, ValueError> {
        let Some((at, name)) = self.names.next() else { return Ok(None) };
        let place = self.places.get(at).copied().flatten();
        let named = |error| ValueError::custom(format_args!("column {name}: {error}"));
        match place.map(|at| self.row.cells.get(at)) {
            Some(Some(cell)) => seed.deserialize(ValueReader(cell)).map(Some).map_err(named),
            Some(None) => Err(named(ValueError::custom("not in the row"))),
            None => seed.deserialize(self.row).map(Some).map_err(named),
        }
    }
}

/// The columns, in their order.
struct TupleFields<'a> {
    row: RowReader<'a>,
    at: usize,
}

impl<'de> SeqAccess<'de> for TupleFields<'_> {
    type Error = ValueError;
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> std::result::Result<Option<S::Value>, ValueError> {
        let Some(cell) = self.row.cells.get(self.at) else { return Ok(None) };
        let name = self.row.columns.name(self.at);
        self.at += 1;
        let read = seed.deserialize(ValueReader(cell)).map(Some);
        read.map_err(|error| ValueError::custom(format_args!("column {name}: {error}")))
    }
}

struct ValueReader<'a>(&'a ColumnValue<'a>);

impl<'de> Deserializer<'de> for ValueReader<'_> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, ValueError> {
        match self.0 {
            ColumnValue::Null => Err(ValueError::invalid_type(Unexpected::Other("NULL"), &visitor)),
            ColumnValue::Int(n) => visitor.visit_i64(*n),
            ColumnValue::Real(n) => visitor.visit_f64(*n),
            ColumnValue::Bool(yes) => visitor.visit_bool(*yes),
            ColumnValue::Text(text) => visitor.visit_str(text),
            ColumnValue::Bytes(bytes) => visitor.visit_bytes(bytes),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, ValueError> {
        match self.0 {
            ColumnValue::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    /// SQLite has no type for truth values.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, ValueError> {
        match self.0 {
            ColumnValue::Int(n @ (0 | 1)) => visitor.visit_bool(*n == 1),
            _ => self.deserialize_any(visitor),
        }
    }

    /// `Vec<u8>` asks for a sequence.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, ValueError> {
        match self.0 {
            ColumnValue::Bytes(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.iter().copied())),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> std::result::Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    /// Ids are bytes and not text.
    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// A row that knows its columns.
pub(super) trait SourceRow {
    fn names(&self) -> Vec<String>;
    fn cells(&self) -> Result<Vec<ColumnValue<'_>>>;
}

impl SourceRow for SqliteRow {
    fn names(&self) -> Vec<String> {
        self.columns().iter().map(|column| column.name().to_owned()).collect()
    }

    fn cells(&self) -> Result<Vec<ColumnValue<'_>>> {
        let cell = |at: usize| {
            let value = self.try_get_raw(at)?;
            if value.is_null() {
                return Ok(ColumnValue::Null);
            }
            Ok(match value.type_info().name() {
                "TEXT" => ColumnValue::Text(Cow::Borrowed(self.try_get_unchecked(at)?)),
                "INTEGER" => ColumnValue::Int(self.try_get_unchecked(at)?),
                "REAL" => ColumnValue::Real(self.try_get_unchecked(at)?),
                "BLOB" => ColumnValue::Bytes(Cow::Borrowed(self.try_get_unchecked(at)?)),
                other => return Err(corrupt(format_args!("value of type {other}"))),
            })
        };
        (0..self.len()).map(cell).collect()
    }
}

impl SourceRow for PgRow {
    fn names(&self) -> Vec<String> {
        self.columns().iter().map(|column| column.name().to_owned()).collect()
    }

    fn cells(&self) -> Result<Vec<ColumnValue<'_>>> {
        let cell = |at: usize| {
            let value = self.try_get_raw(at)?;
            if value.is_null() {
                return Ok(ColumnValue::Null);
            }
            let info = value.type_info();
            Ok(match info.name() {
                "TEXT" | "VARCHAR" | "NAME" => ColumnValue::Text(Cow::Borrowed(self.try_get(at)?)),
                "INT8" => ColumnValue::Int(self.try_get(at)?),
                "INT4" => ColumnValue::Int(self.try_get::<i32, _>(at)?.into()),
                "INT2" => ColumnValue::Int(self.try_get::<i16, _>(at)?.into()),
                "FLOAT8" => ColumnValue::Real(self.try_get(at)?),
                "BOOL" => ColumnValue::Bool(self.try_get(at)?),
                "BYTEA" => ColumnValue::Bytes(Cow::Borrowed(self.try_get(at)?)),
                "UUID" => ColumnValue::Bytes(Cow::Owned(self.try_get::<Uuid, _>(at)?.as_bytes().to_vec())),
                "TIMESTAMPTZ" => ColumnValue::Text(Cow::Owned(self.try_get::<Timestamp, _>(at)?.to_text())),
                "JSON" | "JSONB" => {
                    let json: sqlx::types::Json<&RawValue> = self.try_get(at)?;
                    ColumnValue::Text(Cow::Borrowed(json.0.get()))
                }
                other => return Err(corrupt(format_args!("value of type {other}"))),
            })
        };
        (0..self.len()).map(cell).collect()
    }
}

/// Reads all rows of one statement.
pub(super) fn read_all<S: SourceRow, R>(
    rows: &[S],
    read: impl Fn(&ColumnNames, &[ColumnValue<'_>]) -> Result<R>,
) -> Result<Vec<R>> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let columns = ColumnNames::new(first.names());
    rows.iter().map(|row| read(&columns, &row.cells()?)).collect::<std::result::Result<_, Error>>()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use serde::Deserialize;

    use super::super::error::is_unreadable;
    use super::{ColumnNames, ColumnValue, Json};
    use crate::domain::time::Timestamp;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        name: String,
        at: Option<Timestamp>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        inner: Inner,
        tags: Json<Vec<String>>,
        hash: Vec<u8>,
        id: uuid::Uuid,
        yes: bool,
    }

    fn columns() -> ColumnNames {
        ColumnNames::new(["hash", "id", "yes", "tags", "at", "name"].map(str::to_owned).to_vec())
    }

    fn row<'a>(name: ColumnValue<'a>, at: ColumnValue<'a>) -> [ColumnValue<'a>; 6] {
        let bytes = |bytes: &'a [u8]| ColumnValue::Bytes(bytes.into());
        [bytes(&[1, 2]), bytes(&[7; 16]), ColumnValue::Int(1), ColumnValue::Text("[\"a\"]".into()), at, name]
    }

    #[test]
    fn a_struct_is_read_by_the_names_of_the_columns_and_a_struct_in_it_from_the_same_row() {
        let columns = columns();
        for at in [None, Some("2026-11-20T09:31:44.000000Z")] {
            let value = at.map_or(ColumnValue::Null, |at| ColumnValue::Text(at.into()));
            let read: Outer = columns.read(&row(ColumnValue::Text("Maya".into()), value)).unwrap();
            let inner = Inner { name: "Maya".to_owned(), at: at.map(|at| at.parse().unwrap()) };
            let id = uuid::Uuid::from_bytes([7; 16]);
            assert_eq!(read, Outer { inner, tags: Json(vec!["a".to_owned()]), hash: vec![1, 2], id, yes: true });
        }
    }

    #[test]
    fn a_tuple_is_read_in_the_order_of_the_columns() {
        let cells = [ColumnValue::Int(7), ColumnValue::Null, ColumnValue::Text("x".into())];
        let columns = ColumnNames::new(["a", "b", "c"].map(str::to_owned).to_vec());
        assert_eq!(columns.read::<(i64, Option<i64>, String)>(&cells).unwrap(), (7, None, "x".to_owned()));
        assert_eq!(columns.read_first::<i64>(&cells).unwrap(), 7);
    }

    #[test]
    fn what_does_not_fit_is_an_error_that_names_the_column() {
        let columns = columns();
        let text = |text: &'static str| ColumnValue::Text(text.into());
        let wrong = [
            (row(ColumnValue::Null, ColumnValue::Null), "name"),
            (row(ColumnValue::Int(7), ColumnValue::Null), "name"),
            (row(text("Maya"), text("yesterday")), "at"),
        ];
        for (row, column) in wrong {
            let error = columns.read::<Outer>(&row).unwrap_err();
            assert!(is_unreadable(&error) && error.to_string().contains(&format!("column {column}")), "{error}");
        }
        let short = ColumnNames::new(vec!["name".to_owned()]);
        let error = short.read::<Inner>(&[text("Maya")]).unwrap_err();
        assert!(error.to_string().contains("column at"), "{error}");
    }
}
