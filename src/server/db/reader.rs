//! Connections of SQLite that only read. They use rusqlite, which lends each column in place: sqlx copies every value and
//! sends every row to another thread, which took four times the processor time for fifty rows of 25 columns.
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use sqlx::SqlStr;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::argument::Arg;
use super::error::{Error, Result, corrupt};
use super::row::{ColumnNames, ColumnValue};

/// Connections that are open at most.
const MOST: u32 = 4;
/// Statements that a connection keeps prepared.
const PREPARED: usize = 256;
/// How long a request waits for a connection.
const WAIT: Duration = Duration::from_secs(30);

/// The pool of readers.
#[derive(Debug, Clone)]
pub struct ReaderPool(Arc<SharedPool>);

#[derive(Debug)]
struct SharedPool {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
}

/// A reader that is in use. It goes back to the pool when it is dropped.
#[derive(Debug)]
pub struct SqliteReader {
    conn: Option<Connection>,
    pool: ReaderPool,
    _permit: OwnedSemaphorePermit,
}

impl ReaderPool {
    pub fn new(file: PathBuf) -> Self {
        let free = Arc::new(Semaphore::new(MOST as usize));
        Self(Arc::new(SharedPool { file, idle: Mutex::default(), free }))
    }

    pub async fn acquire(&self) -> Result<SqliteReader> {
        let permit = tokio::time::timeout(WAIT, self.0.free.clone().acquire_owned()).await;
        let permit = permit.map_err(|_| Error::PoolTimedOut)?.map_err(|_| Error::PoolClosed)?;
        let idle = self.idle().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => {
                let file = self.0.file.clone();
                blocking(move || open(&file)).await?
            }
        };
        Ok(SqliteReader { conn: Some(conn), pool: self.clone(), _permit: permit })
    }

    /// Waits until every reader is back, and closes them.
    pub async fn close(&self) {
        if let Ok(all) = self.0.free.acquire_many(MOST).await {
            all.forget();
        }
        self.0.free.close();
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SqliteReader {
    fn drop(&mut self) {
        // One that a panic interrupted may be in the middle of a statement.
        if let Some(conn) = self.conn.take().filter(|_| !std::thread::panicking()) {
            self.pool.idle().push(conn);
        }
    }
}

impl SqliteReader {
    /// Runs a statement on a thread that may wait, and reads its rows there, at most `most`.
    pub(super) async fn read<R: Send + 'static>(
        self,
        text: SqlStr,
        args: Vec<Arg>,
        most: usize,
        read: impl Fn(&ColumnNames, &[ColumnValue<'_>]) -> Result<R> + Send + 'static,
    ) -> (Option<Self>, Result<Vec<R>>) {
        let run = move || {
            let rows = match &self.conn {
                Some(conn) => rows(conn, text.as_str(), &args, most, read),
                None => Err(Error::PoolClosed),
            };
            Ok((self, rows))
        };
        match blocking(run).await {
            Ok((reader, rows)) => (Some(reader), rows),
            Err(error) => (None, Err(error)),
        }
    }
}

async fn blocking<T: Send + 'static>(run: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(run).await.unwrap_or(Err(Error::WorkerCrashed))
}

fn open(file: &PathBuf) -> Result<Connection> {
    // Not read-only: a reader may have to create the index of the write-ahead log. `query_only` refuses every write.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags).map_err(failed)?;
    // The cache size is in KiB for each connection: a mirror of a million inquiries does not fit into the two MiB that
    // are the default.
    conn.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -16384; PRAGMA busy_timeout = 5000")
        .map_err(failed)?;
    // Otherwise SQLite parses and plans a statement again for each value that could make a partial index usable: four
    // of the statements of each page of the queue, a third of their time.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
    conn.set_prepared_statement_cache_capacity(PREPARED);
    Ok(conn)
}

fn rows<R>(
    conn: &Connection,
    text: &str,
    args: &[Arg],
    most: usize,
    read: impl Fn(&ColumnNames, &[ColumnValue<'_>]) -> Result<R>,
) -> Result<Vec<R>> {
    let mut statement = conn.prepare_cached(text).map_err(failed)?;
    for at in 1..=statement.parameter_count() {
        // To SQLite, `$7` is a name, and it is numbered as it first appears.
        let name = statement.parameter_name(at).and_then(|name| name.get(1..)?.parse::<usize>().ok());
        let number = name.unwrap_or(at);
        let arg = args.get(number.wrapping_sub(1));
        let arg = arg.ok_or_else(|| Error::InvalidArgument(format!("no value for the placeholder ${number}")))?;
        statement.raw_bind_parameter(at, value(arg)?).map_err(failed)?;
    }
    let columns = ColumnNames::new(statement.column_names().into_iter().map(str::to_owned).collect());
    let width = statement.column_count();
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while found.len() < most {
        let Some(row) = rows.next().map_err(failed)? else { break };
        let cells: Result<Vec<ColumnValue<'_>>> = (0..width).map(|at| cell(row.get_ref(at).map_err(failed)?)).collect();
        found.push(read(&columns, &cells?)?);
    }
    Ok(found)
}

fn cell(value: ValueRef<'_>) -> Result<ColumnValue<'_>> {
    Ok(match value {
        ValueRef::Null => ColumnValue::Null,
        ValueRef::Integer(n) => ColumnValue::Int(n),
        ValueRef::Real(n) => ColumnValue::Real(n),
        ValueRef::Text(text) => ColumnValue::Text(std::str::from_utf8(text).map_err(|_| corrupt("text"))?.into()),
        ValueRef::Blob(bytes) => ColumnValue::Bytes(bytes.into()),
    })
}

/// A value as SQLite stores it.
fn value(arg: &Arg) -> Result<rusqlite::types::ToSqlOutput<'_>> {
    use rusqlite::types::{ToSqlOutput, Value};
    Ok(match arg {
        Arg::Text(text) => ToSqlOutput::Borrowed(text.as_deref().map_or(ValueRef::Null, ValueRef::from)),
        Arg::Int(n) => ToSqlOutput::Owned(n.map_or(Value::Null, Value::Integer)),
        Arg::Bool(yes) => ToSqlOutput::Owned(yes.map_or(Value::Null, |yes| Value::Integer(yes.into()))),
        Arg::Bytes(bytes) => ToSqlOutput::Borrowed(bytes.as_deref().map_or(ValueRef::Null, ValueRef::Blob)),
        Arg::Time(at) => ToSqlOutput::Owned(at.map_or(Value::Null, |at| Value::Text(at.to_text()))),
        Arg::Id(id) => ToSqlOutput::Borrowed(id.as_ref().map_or(ValueRef::Null, |id| ValueRef::Blob(id.as_bytes()))),
        Arg::Json(json) => {
            ToSqlOutput::Borrowed(json.as_ref().map_or(ValueRef::Null, |json| ValueRef::from(json.get())))
        }
        Arg::Unwritable(cause) => return Err(Error::Encode(cause.clone().into())),
    })
}

/// An error of rusqlite as one of sqlx, which everything else here has.
pub(super) fn failed(error: rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::SqliteFailure(cause, message) => {
            let message = message.unwrap_or_else(|| cause.to_string());
            Error::Database(Box::new(ReadError { code: cause.extended_code.to_string(), message }))
        }
        other => Error::Io(std::io::Error::other(other)),
    }
}

/// What SQLite answered instead of rows.
#[derive(Debug, thiserror::Error)]
#[error("(code: {code}) {message}")]
struct ReadError {
    code: String,
    message: String,
}

impl sqlx::error::DatabaseError for ReadError {
    fn message(&self) -> &str {
        &self.message
    }
    fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
        Some(self.code.as_str().into())
    }
    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }
    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }
    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }
    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_without_a_value_is_an_error_and_not_a_null() -> rusqlite::Result<()> {
        let conn = Connection::open_in_memory()?;
        let read = |text: &str, args: &[Arg]| {
            let read = rows(&conn, text, args, 9, |_, cells| Ok(format!("{cells:?}")));
            read.map_or_else(|error| error.to_string(), |rows| rows.join(" "))
        };
        assert!(read("SELECT $1 IS NULL", &[]).contains("no value for the placeholder $1"));
        assert!(read("SELECT $1, $2", &[Arg::Int(Some(1))]).contains("no value for the placeholder $2"));
        assert_eq!(read("SELECT $2", &[Arg::Int(Some(1)), Arg::Int(Some(2))]), "[Int(2)]");
        Ok(())
    }
}
