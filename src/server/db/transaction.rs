//! A connection to either database, and a write transaction on one.
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};

use super::error::Result;
use super::reader::SqliteReader;
use crate::domain::id::CaseId;

/// A connection, or a transaction on one.
#[derive(Debug)]
pub enum Conn {
    /// The one that writes.
    Sqlite(Held<Sqlite>),
    /// One that only reads; `None` if a read has crashed.
    SqliteReader(Option<SqliteReader>),
    Postgres(Held<Postgres>),
}

#[derive(Debug)]
pub enum Held<D: sqlx::Database> {
    Pooled(PoolConnection<D>),
    Tx(Transaction<'static, D>),
    /// Outside the pool.
    Own(D::Connection),
}

impl Deref for Held<Sqlite> {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Pooled(conn) => conn,
            Self::Tx(tx) => tx,
            Self::Own(conn) => conn,
        }
    }
}
impl DerefMut for Held<Sqlite> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Pooled(conn) => conn,
            Self::Tx(tx) => tx,
            Self::Own(conn) => conn,
        }
    }
}
impl Deref for Held<Postgres> {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        match self {
            Self::Pooled(conn) => conn,
            Self::Tx(tx) => tx,
            Self::Own(conn) => conn,
        }
    }
}
impl DerefMut for Held<Postgres> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::Pooled(conn) => conn,
            Self::Tx(tx) => tx,
            Self::Own(conn) => conn,
        }
    }
}

/// A write transaction. Rolled back unless committed.
#[derive(Debug)]
pub struct Tx {
    pub(super) conn: Conn,
    /// On SQLite, the number of the next log entry, as far as this program knows.
    pub(super) next: Option<Arc<AtomicI64>>,
    pub(super) done: Committed,
}

/// What a transaction did that is published once it is committed.
#[derive(Debug, Default)]
pub struct Committed {
    /// Entries that were appended to the log.
    pub appended: Vec<Appended>,
    /// Cases in which an inquiry changed.
    pub cases: Vec<CaseId>,
}

/// An entry that was appended to the audit log, for the log lines of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    pub seq: i64,
    pub action: &'static str,
    pub request: Option<String>,
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}
impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

impl Tx {
    pub async fn commit(self) -> Result<Committed> {
        match self.conn {
            Conn::Sqlite(Held::Tx(tx)) => tx.commit().await?,
            Conn::Postgres(Held::Tx(tx)) => tx.commit().await?,
            // `Db::begin` always creates a transaction.
            Conn::Sqlite(Held::Pooled(_) | Held::Own(_))
            | Conn::SqliteReader(_)
            | Conn::Postgres(Held::Pooled(_) | Held::Own(_)) => {}
        }
        Ok(self.done)
    }
}
