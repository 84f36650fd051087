//! All SQL, one file per noun. This file opens and migrates the database and begins transactions. Only these files know
//! which database it is.
//!
//! One text serves SQLite and PostgreSQL: `$1` placeholders; aggregates and literals cast to BIGINT; optional filters
//! as `(CAST($1 AS …) IS NULL OR …)`; ids and times come from the application; conflicts are recognised by kind; rows
//! are locked by [`lock`]. Functions that write take a [`Tx`], which only a use case can begin.
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, PgPool, SqlitePool};

use super::private_file;

pub mod account;
pub mod argument;
pub mod assignment;
pub mod audit;
pub mod audit_scan;
pub mod blind;
pub mod budget;
pub mod case;
pub mod checklist;
pub mod checkpoint;
pub mod claim;
pub mod codec;
pub mod configuration;
pub mod controllers;
pub mod decision;
pub mod delivery;
pub mod digest;
pub mod disclosure;
pub mod discrepancy;
pub mod erasure;
pub mod error;
pub mod event_counter;
pub mod index;
pub mod inquiry;
pub mod invitation;
pub mod layout;
pub mod link;
pub mod log;
pub mod log_search;
pub mod loosening;
pub mod note;
pub mod preference;
pub mod proposal;
pub mod queue;
pub mod reader;
pub mod reason;
pub mod redacted;
pub mod relation;
pub mod replay;
pub mod retention;
pub mod reviewer;
pub mod row;
pub mod rule;
pub mod runs;
pub mod search_link;
pub mod session;
pub mod sheet;
pub mod sign_in;
pub mod snapshot;
pub mod sql;
pub mod statistics;
pub mod sync;
pub mod term;
pub mod transaction;
pub mod unplaced;
pub mod webhook;

pub(crate) use error::corrupt;
pub use error::{Error, Result, is_conflict, is_deadlock, is_own, is_unreadable};
use reader::ReaderPool;
pub use row::Json;
pub use sql::Sql;
use sql::lock;
pub use transaction::{Appended, Committed, Conn, Held, Tx};

/// Earlier versions of SQLite can corrupt a WAL file when two connections write and checkpoint at once (fixed
/// 2026-03-13).
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

#[derive(Debug, Clone)]
pub enum Db {
    /// One connection writes, several read.
    Sqlite {
        write: SqlitePool,
        read: ReaderPool,
        file: PathBuf,
        /// Number of the next log entry, as far as this program knows.
        next: Arc<AtomicI64>,
    },
    Postgres(PgPool),
}

/// Whether exactly the migrations of this program were applied, with the same content.
async fn migrated(pool: &sqlx::PgPool, migrator: &sqlx::migrate::Migrator) -> bool {
    let applied: std::result::Result<Vec<(i64, Vec<u8>)>, _> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version")
            .fetch_all(pool)
            .await;
    let known = migrator.iter().map(|migration| (migration.version, migration.checksum.to_vec()));
    applied.is_ok_and(|applied| applied == known.collect::<Vec<_>>())
}

/// Why a database cannot be used, in one sentence for the person who starts the program.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("DATABASE_URL must be sqlite:FILE or postgres://…")]
    Scheme,
    #[error("the database {what} cannot be opened: {cause}")]
    Open { what: String, cause: String },
    #[error(
        "the database {what} cannot be opened: {cause}. Is PostgreSQL running there, and does DATABASE_URL name the right place?"
    )]
    Away { what: String, cause: String },
    #[error(
        "the file {what} holds the tables of another program, so the desk leaves it as it is: choose another file with \
         --database-url or DATABASE_URL"
    )]
    Foreign { what: String },
    #[error("the database {what} cannot be written to: {cause}")]
    ReadOnly { what: String, cause: String },
    #[error(
        "there is no database at {what}: name it with --database-url or DATABASE_URL, or start the desk, which creates one"
    )]
    Missing { what: String },
    #[error(
        "the database {what} can be read by other users of this machine, and the desk cannot change that ({cause}): \
         let its owner run chmod 600 {what}"
    )]
    Loose { what: String, cause: String },
    #[error("this program was linked with SQLite {found}, and versions before 3.51.3 can corrupt the database file")]
    OldSqlite { found: String },
    #[error("data that an earlier version stored could not be brought up to date: {0}")]
    Digests(String),
    #[error("the database's tables could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl Db {
    /// Opens and migrates a database. A SQLite file that does not exist yet is created.
    pub async fn open(url: &str) -> std::result::Result<Self, OpenError> {
        Self::opened(url, true).await
    }

    /// Opens and migrates a database that has to exist.
    pub async fn open_existing(url: &str) -> std::result::Result<Self, OpenError> {
        Self::opened(url, false).await
    }

    async fn opened(url: &str, make: bool) -> std::result::Result<Self, OpenError> {
        let db = if url.starts_with("sqlite:") {
            Self::open_sqlite(url, make).await?
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::open_postgres(url).await?
        } else {
            return Err(OpenError::Scheme);
        };
        match &db {
            Self::Sqlite { write, .. } => sqlx::migrate!("migrations/sqlite").run(write).await?,
            Self::Postgres(pool) => {
                let migrator = sqlx::migrate!("migrations/postgres");
                // A role that may not change tables can still start the desk when there is nothing to migrate.
                if !migrated(pool, &migrator).await {
                    migrator.run(pool).await?;
                }
            }
        }
        digest::upgrade(&db).await.map_err(|cause| OpenError::Digests(plain(&cause)))?;
        Ok(db)
    }

    async fn open_sqlite(url: &str, make: bool) -> std::result::Result<Self, OpenError> {
        let what = url.trim_start_matches("sqlite:").trim_start_matches("//").to_owned();
        let failed = |cause: Error| OpenError::Open { what: what.clone(), cause: plain(&cause) };
        let options = url.parse::<SqliteConnectOptions>().map_err(failed)?;
        if !url.contains(":memory:") {
            // Before anything changes the file: opening it changes its permissions and its journal mode.
            if foreign(&options).await {
                return Err(OpenError::Foreign { what });
            }
            alone(options.get_filename(), &what, make)?;
        }
        let options = options
            .create_if_missing(make)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL may lose acknowledged commits when the power fails.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // Overwrites what is erased, instead of only releasing its space.
            .pragma("secure_delete", "ON")
            .busy_timeout(Duration::from_secs(5));
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            // After a full disk or a disk error, SQLite has rolled back by itself, but sqlx believes that the
            // transaction is still open, and no other could ever begin. Such a connection is closed, and a new one is
            // opened.
            .before_acquire(|conn, _| Box::pin(async move { Ok(!conn.is_in_transaction()) }))
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        let found: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&write).await.map_err(failed)?;
        if version(&found) < OLDEST_SQLITE {
            return Err(OpenError::OldSqlite { found });
        }
        // Opening alone does not show it: SQLite also opens a file that it may not write to.
        let writable = async {
            let tx = write.begin_with("BEGIN IMMEDIATE").await?;
            tx.rollback().await
        };
        writable.await.map_err(|cause| OpenError::ReadOnly { what: what.clone(), cause: plain(&cause) })?;
        let file = options.get_filename().to_owned();
        Ok(Self::Sqlite { write, read: ReaderPool::new(file.clone()), file, next: Arc::default() })
    }

    async fn open_postgres(url: &str) -> std::result::Result<Self, OpenError> {
        let options = url.parse::<PgConnectOptions>().map_err(|_| OpenError::Scheme)?;
        // Never the URL itself: it may contain a password.
        let what = format!(
            "{} at {}:{}",
            options.get_database().unwrap_or("postgres"),
            options.get_host(),
            options.get_port()
        );
        let options = options
            .application_name("countersign")
            .options([("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "10s")]);
        let pool = PgPoolOptions::new()
            .max_connections(10)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.clone())
            .await;
        match pool {
            Ok(pool) => Ok(Self::Postgres(pool)),
            // The pool tries again until its time is over, and does not report the cause.
            Err(Error::PoolTimedOut) => {
                let once = tokio::time::timeout(Duration::from_secs(5), options.connect()).await;
                let cause = match once {
                    Ok(Err(cause)) => plain(&cause),
                    Ok(Ok(_)) | Err(_) => "no answer in ten seconds".to_owned(),
                };
                Err(OpenError::Away { what, cause })
            }
            Err(cause) => Err(OpenError::Open { what, cause: plain(&cause) }),
        }
    }

    /// A connection to read from.
    pub async fn read(&self) -> Result<Conn> {
        Ok(match self {
            Self::Sqlite { read, .. } => Conn::SqliteReader(Some(read.acquire().await?)),
            Self::Postgres(pool) => Conn::Postgres(Held::Pooled(pool.acquire().await?)),
        })
    }

    /// Begins a write transaction. Await it in a task of its own and never in a request's: when this future is dropped,
    /// sqlx 0.9 leaves the transaction open on the pooled connection, and silently discards what follows on it.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            // IMMEDIATE, because a read that turns into a write fails when another transaction wrote meanwhile.
            Self::Sqlite { write, next, .. } => Tx {
                conn: Conn::Sqlite(Held::Tx(write.begin_with("BEGIN IMMEDIATE").await?)),
                next: Some(next.clone()),
                done: Committed::default(),
            },
            Self::Postgres(pool) => {
                Tx { conn: Conn::Postgres(Held::Tx(pool.begin().await?)), next: None, done: Committed::default() }
            }
        })
    }

    /// Whether two transactions can wait for each other. SQLite has one writer, so there they cannot.
    pub const fn may_deadlock(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Removes erased data from the write-ahead log too. PostgreSQL does so when it vacuums.
    pub async fn scrub(&self) -> Result<()> {
        if let Self::Sqlite { write, .. } = self {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(write).await?;
        }
        Ok(())
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Whether a SQLite file contains tables, but not those of the desk. Reads it without changing anything. A file that
/// cannot be read is opened afterwards, and that reports why it cannot.
async fn foreign(options: &SqliteConnectOptions) -> bool {
    let file = options.get_filename();
    if file.metadata().map_or(true, |found| found.len() == 0) {
        return false;
    }
    let Ok(mut conn) = SqliteConnectOptions::new().filename(file).read_only(true).connect().await else { return false };
    let tables: Result<i64> =
        sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            .fetch_one(&mut conn)
            .await;
    // If the first migration is not ours, another program manages its tables by the same means.
    let first: Result<Option<String>> =
        sqlx::query_scalar("SELECT description FROM _sqlx_migrations WHERE version = 1")
            .fetch_optional(&mut conn)
            .await;
    let _ = conn.close().await;
    let ours = matches!(&first, Ok(Some(name)) if name == "reviewers");
    // A start that was interrupted before its first migration leaves only the table of migrations, and that is empty.
    let begun = matches!(first, Ok(None)) && matches!(tables, Ok(1));
    matches!(tables, Ok(n) if n > 0) && !ours && !begun
}

/// Creates the file of a database, or makes an existing one private: SQLite would create a file that everybody can
/// read, and gives its companion files the permissions of the file itself.
fn alone(file: &Path, what: &str, make: bool) -> std::result::Result<(), OpenError> {
    if !make && !file.exists() {
        return Err(OpenError::Missing { what: what.to_owned() });
    }
    let companion = |end: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let files = [file.to_owned(), companion("-wal"), companion("-shm")];
    for (n, path) in files.iter().enumerate().filter(|(n, path)| *n == 0 || path.exists()) {
        match private_file::keep(path) {
            Ok(false) => {}
            Ok(true) => tracing::warn!(path = %path.display(), "other users could read this file until now"),
            Err(cause) if n == 0 && !path.exists() => {
                return Err(OpenError::Open { what: what.to_owned(), cause: cause.to_string() });
            }
            Err(cause) => {
                return Err(OpenError::Loose { what: path.display().to_string(), cause: cause.to_string() });
            }
        }
    }
    Ok(())
}

fn version(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

fn plain(cause: &Error) -> String {
    match cause {
        Error::Database(inner) => inner.message().to_owned(),
        Error::PoolTimedOut => "no answer in time".to_owned(),
        other => other.to_string(),
    }
}

/// Pattern with which `LIKE` finds an id in stored JSON; `\\` escapes.
fn id_pattern(object: &str) -> String {
    format!("%\"{}\"%", object.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}
