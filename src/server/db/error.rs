//! Errors of the database, and what they say about a statement.
pub use sqlx::Error;

pub type Result<T> = std::result::Result<T, Error>;

/// Whether a write failed because such a row is already there.
pub fn is_conflict(error: &Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Whether PostgreSQL aborted a transaction because it and another one waited for each other.
pub fn is_deadlock(error: &Error) -> bool {
    let code = error.as_database_error().and_then(|cause| cause.try_downcast_ref::<sqlx::postgres::PgDatabaseError>());
    code.is_some_and(|cause| cause.code() == "40P01")
}

/// Whether a value in a row cannot be read, while the database itself answers.
pub const fn is_unreadable(error: &Error) -> bool {
    matches!(error, Error::Decode(_) | Error::ColumnDecode { .. })
}

/// Whether a statement failed because of its own content and not because of the state of the database: it will fail
/// again, and other statements will not.
pub fn is_own(error: &Error) -> bool {
    match error {
        Error::Encode(_) | Error::InvalidArgument(_) => true,
        // More values than PostgreSQL accepts in one statement.
        Error::Protocol(why) => why.contains("too many arguments"),
        Error::Database(cause) => {
            // Another writer may have been a moment earlier: the next try finds its row.
            if cause.is_unique_violation() || cause.is_foreign_key_violation() {
                return false;
            }
            let code = cause.code().unwrap_or_default();
            if cause.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
                // Data that does not fit, constraints, limits of a statement or of an index, and what a trigger refuses.
                return ["22", "23", "54", "P0001"].iter().any(|class| code.starts_with(class));
            }
            match code.parse::<i32>().map(|code| code & 0xff) {
                // SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH and SQLITE_RANGE.
                Ok(18 | 19 | 20 | 25) => true,
                // SQLITE_ERROR: limits without a code of their own. A missing table has the same code, and is not the
                // fault of one statement.
                Ok(1) => cause.message().starts_with("too many") || cause.message().contains("too large"),
                _ => false,
            }
        }
        other => is_unreadable(other),
    }
}

/// An error about unreadable text in a column that only the desk writes.
pub(crate) fn corrupt(what: impl std::fmt::Display) -> Error {
    Error::Decode(format!("unreadable {what}").into())
}
