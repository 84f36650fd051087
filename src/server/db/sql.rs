//! SQL as a value: a text with its arguments, which runs on either database.
use serde::de::DeserializeOwned;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, SqlSafeStr, SqlStr};

use super::argument::Arg;
use super::error::{Error, Result};
use super::row::{ColumnNames, ColumnValue, read_all};
use super::transaction::{Conn, Tx};

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
                Arg::Json(value) => args.add(value.map(sqlx::types::Json)),
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
                Arg::Json(value) => args.add(value.map(sqlx::types::Json)),
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

/// A row, or the value of a column.
pub trait Record: DeserializeOwned + Send + 'static {}
impl<R: DeserializeOwned + Send + 'static> Record for R {}

/// Running a statement, on whichever database the connection leads to.
impl Sql {
    /// Runs a statement and returns the number of rows that it changed.
    pub async fn affected(self, conn: &mut Conn) -> Result<u64> {
        match conn {
            Conn::Sqlite(held) => {
                let (text, args) = self.for_sqlite()?;
                Ok(sqlx::query_with(text, args).execute(&mut **held).await?.rows_affected())
            }
            Conn::SqliteReader(_) => {
                // Refused by the reader, which only reads.
                self.read(conn, usize::MAX, |_, _| Ok(())).await.map(|_| 0)
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
        Ok(self.read(conn, 1, ColumnNames::read).await?.pop())
    }

    /// The first row. Fails when there is none.
    pub async fn fetch_one<R: Record>(self, conn: &mut Conn) -> Result<R> {
        self.fetch_optional(conn).await?.ok_or(Error::RowNotFound)
    }

    /// All rows.
    pub async fn fetch_all<R: Record>(self, conn: &mut Conn) -> Result<Vec<R>> {
        self.read(conn, usize::MAX, ColumnNames::read).await
    }

    /// The first column of the first row, if there is one.
    pub async fn optional_value<V: Record>(self, conn: &mut Conn) -> Result<Option<V>> {
        Ok(self.read(conn, 1, ColumnNames::read_first).await?.pop())
    }

    /// The first column of the first row. Fails when there is none.
    pub async fn value<V: Record>(self, conn: &mut Conn) -> Result<V> {
        self.optional_value(conn).await?.ok_or(Error::RowNotFound)
    }

    /// The first column of all rows.
    pub async fn values<V: Record>(self, conn: &mut Conn) -> Result<Vec<V>> {
        self.read(conn, usize::MAX, ColumnNames::read_first).await
    }

    /// Runs a statement and reads its rows, at most `most`.
    async fn read<R: Send + 'static>(
        self,
        conn: &mut Conn,
        most: usize,
        read: fn(&ColumnNames, &[ColumnValue<'_>]) -> Result<R>,
    ) -> Result<Vec<R>> {
        match conn {
            Conn::Sqlite(held) => {
                let (text, args) = self.for_sqlite()?;
                let query = sqlx::query_with(text, args);
                let rows = match most {
                    1 => query.fetch_optional(&mut **held).await?.into_iter().collect(),
                    _ => query.fetch_all(&mut **held).await?,
                };
                read_all(&rows, read)
            }
            Conn::SqliteReader(reader) => {
                let taken = reader.take().ok_or(Error::PoolClosed)?;
                let (back, rows) = taken.read(self.text.into_sql_str(), self.args, most, read).await;
                *reader = back;
                rows
            }
            Conn::Postgres(held) => {
                let (text, args) = self.for_postgres()?;
                let query = sqlx::query_with(text, args);
                let rows = match most {
                    1 => query.fetch_optional(&mut **held).await?.into_iter().collect(),
                    _ => query.fetch_all(&mut **held).await?,
                };
                read_all(&rows, read)
            }
        }
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
