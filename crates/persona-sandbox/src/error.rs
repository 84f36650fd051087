//! Why a sandbox does not start.

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the sandbox cannot use its listening address: {0}")]
    Listen(std::io::Error),
    #[error("the sandbox cannot open or write {path}: {source}")]
    File { path: String, source: rusqlite::Error },
    #[error("{path} is not a sandbox file; give another name or move it away")]
    Foreign { path: String },
    #[error("the sandbox's database failed: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("{0}")]
    Option(String),
    #[error("the sandbox cannot create its initial data: {0}")]
    Seed(String),
    #[error("the sandbox cannot send webhooks: {0}")]
    Client(String),
}
