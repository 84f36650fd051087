//! Texts that are put together of the conditions that a filter has, for either database.

/// Runs a text on whichever database it is, with `SELECT`, what stands between, and how it ends.
macro_rules! on_filter {
    ($conn:expr, |$query:ident, $held:ident, $database:ident| $body:expr) => {
        match $conn {
            $crate::server::db::Conn::Sqlite($held) => {
                type $database = sqlx::Sqlite;
                let mut $query = sqlx::QueryBuilder::<$database>::new("");
                $body
            }
            $crate::server::db::Conn::Postgres($held) => {
                type $database = sqlx::Postgres;
                let mut $query = sqlx::QueryBuilder::<$database>::new("");
                $body
            }
        }
    };
}
pub(crate) use on_filter;

/// A condition on a row of `inquiry_terms`.
macro_rules! having {
    ($query:expr, $term:expr) => {{
        match $term {
            $crate::domain::queue::Term::Is(text) => {
                $query.push("term = ").push_bind(text.clone());
            }
            $crate::domain::queue::Term::Begins(text) => {
                $query.push("term >= ").push_bind(text.clone());
                // After everything that begins so, byte by byte.
                $query.push(" AND term < ").push_bind(format!("{text}\u{10ffff}"));
            }
        }
    }};
}
pub(crate) use having;
