//! SQL as a value: a text with its arguments, which runs on either database.
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::types::Json;
use sqlx::{Arguments, AssertSqlSafe, Decode, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite, Type};
use uuid::Uuid;

use super::connection::{Conn, Tx};
use super::error::{Error, Result};
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

/// A statement: its text, with the placeholders `$1`, `$2`, …, and their values in this order.
#[derive(Clone)]
pub struct Sql {
    text: SqlText,
    args: Vec<Arg>,
}

#[derive(Clone)]
enum SqlText {
    Whole(SqlStr),
    Built(String),
}

impl Sql {
    /// A text that contains its placeholders. [`Sql::bind`] gives their values.
    pub fn new(text: impl SqlSafeStr) -> Self {
        Self { text: SqlText::Whole(text.into_sql_str()), args: Vec::new() }
    }

    /// The value of the next placeholder.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Arg>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Appends to the text.
    pub fn push(&mut self, text: impl SqlSafeStr) -> &mut Self {
        self.append(text.into_sql_str().as_str());
        self
    }

    /// Appends to the text.
    #[must_use]
    pub fn then(mut self, text: impl SqlSafeStr) -> Self {
        self.push(text);
        self
    }

    /// A text that ends with `IN`, and the values that it asks for.
    pub fn list<T: Into<Arg>>(text: impl SqlSafeStr, values: impl IntoIterator<Item = T>) -> Self {
        let mut sql = Self::new(text);
        sql.push_list(values);
        sql
    }

    /// Appends a placeholder and gives its value.
    pub fn push_bind(&mut self, value: impl Into<Arg>) -> &mut Self {
        self.args.push(value.into());
        let place = format!("${}", self.args.len());
        self.append(&place);
        self
    }

    /// Appends placeholders in parentheses, for `IN`.
    pub fn push_list<T: Into<Arg>>(&mut self, values: impl IntoIterator<Item = T>) -> &mut Self {
        self.push("(");
        for (at, value) in values.into_iter().enumerate() {
            self.push(if at == 0 { "" } else { ", " }).push_bind(value);
        }
        self.push(")")
    }

    /// Appends `VALUES` with the placeholders of each row.
    pub fn push_rows<const N: usize>(&mut self, rows: impl IntoIterator<Item = [Arg; N]>) -> &mut Self {
        for (at, row) in rows.into_iter().enumerate() {
            self.push(if at == 0 { "VALUES " } else { ", " }).push_list(row);
        }
        self
    }

    fn append(&mut self, text: &str) {
        match &mut self.text {
            SqlText::Built(built) => built.push_str(text),
            SqlText::Whole(whole) => self.text = SqlText::Built(format!("{}{text}", whole.as_str())),
        }
    }

    fn for_sqlite(self) -> Result<(SqlStr, SqliteArguments)> {
        let mut args = SqliteArguments::default();
        for arg in self.args {
            match arg {
                Arg::Text(value) => args.add(value),
                Arg::Int(value) => args.add(value),
                Arg::Bool(value) => args.add(value),
                Arg::Bytes(value) => args.add(value),
                Arg::Time(value) => args.add(value),
                Arg::Id(value) => args.add(value),
                Arg::Json(value) => args.add(value.map(Json)),
                Arg::Unwritable(cause) => Err(cause.into()),
            }
            .map_err(Error::Encode)?;
        }
        Ok((self.text.into_sql_str(), args))
    }

    fn for_postgres(self) -> Result<(SqlStr, PgArguments)> {
        let mut args = PgArguments::default();
        for arg in self.args {
            match arg {
                Arg::Text(value) => args.add(value),
                Arg::Int(value) => args.add(value),
                Arg::Bool(value) => args.add(value),
                Arg::Bytes(value) => args.add(value),
                Arg::Time(value) => args.add(value),
                Arg::Id(value) => args.add(value),
                Arg::Json(value) => args.add(value.map(Json)),
                Arg::Unwritable(cause) => Err(cause.into()),
            }
            .map_err(Error::Encode)?;
        }
        Ok((self.text.into_sql_str(), args))
    }
}

impl SqlText {
    fn into_sql_str(self) -> SqlStr {
        match self {
            Self::Whole(text) => text,
            // Built from texts that were each safe.
            Self::Built(text) => AssertSqlSafe(text).into_sql_str(),
        }
    }
}

/// A row that both databases give.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Record for R {}

/// A value that both databases give.
pub trait Scalar:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin
{
}
impl<V> Scalar for V where
    V: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin
{
}

/// Only these ask which database it is.
impl Sql {
    /// Runs a statement and returns the number of rows that it changed.
    pub async fn affected(self, conn: &mut Conn) -> Result<u64> {
        match conn {
            Conn::Sqlite(held) => {
                let (text, args) = self.for_sqlite()?;
                Ok(sqlx::query_with(text, args).execute(&mut **held).await?.rows_affected())
            }
            Conn::Postgres(held) => {
                let (text, args) = self.for_postgres()?;
                Ok(sqlx::query_with(text, args).execute(&mut **held).await?.rows_affected())
            }
        }
    }

    /// Runs a statement.
    pub async fn execute(self, conn: &mut Conn) -> Result<()> {
        self.affected(conn).await.map(|_| ())
    }

    /// The first row, if there is one.
    pub async fn fetch_optional<R: Record>(self, conn: &mut Conn) -> Result<Option<R>> {
        match conn {
            Conn::Sqlite(held) => {
                let (text, args) = self.for_sqlite()?;
                sqlx::query_as_with(text, args).fetch_optional(&mut **held).await
            }
            Conn::Postgres(held) => {
                let (text, args) = self.for_postgres()?;
                sqlx::query_as_with(text, args).fetch_optional(&mut **held).await
            }
        }
    }

    /// The first row. Fails when there is none.
    pub async fn fetch_one<R: Record>(self, conn: &mut Conn) -> Result<R> {
        self.fetch_optional(conn).await?.ok_or(Error::RowNotFound)
    }

    /// All rows.
    pub async fn fetch_all<R: Record>(self, conn: &mut Conn) -> Result<Vec<R>> {
        match conn {
            Conn::Sqlite(held) => {
                let (text, args) = self.for_sqlite()?;
                sqlx::query_as_with(text, args).fetch_all(&mut **held).await
            }
            Conn::Postgres(held) => {
                let (text, args) = self.for_postgres()?;
                sqlx::query_as_with(text, args).fetch_all(&mut **held).await
            }
        }
    }

    /// The first column of the first row, if there is one.
    pub async fn optional_value<V: Scalar>(self, conn: &mut Conn) -> Result<Option<V>> {
        Ok(self.fetch_optional::<(V,)>(conn).await?.map(|(value,)| value))
    }

    /// The first column of the first row. Fails when there is none.
    pub async fn value<V: Scalar>(self, conn: &mut Conn) -> Result<V> {
        Ok(self.fetch_one::<(V,)>(conn).await?.0)
    }

    /// The first column of all rows.
    pub async fn values<V: Scalar>(self, conn: &mut Conn) -> Result<Vec<V>> {
        Ok(self.fetch_all::<(V,)>(conn).await?.into_iter().map(|(value,)| value).collect())
    }
}

/// Locks a row until the transaction ends. Returns false when there is none. SQLite has one writer anyway, so there the
/// row is only read and not written: a row can have many pages.
pub(super) async fn lock(tx: &mut Tx, table: &str, id: &str) -> Result<bool> {
    let wait = if matches!(&**tx, Conn::Postgres(_)) { " FOR NO KEY UPDATE" } else { "" };
    let query = format!("SELECT CAST(1 AS BIGINT) FROM {table} WHERE id = $1{wait}");
    let found: Option<i64> = Sql::new(AssertSqlSafe(query)).bind(id).optional_value(tx).await?;
    Ok(found.is_some())
}
