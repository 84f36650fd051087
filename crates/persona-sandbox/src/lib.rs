//! The Persona sandbox: a stand-in for Persona's sandbox environment, for development, training and tests. It speaks
//! HTTP and shares only the contract with the desk: the API under `/api/v1`, pictures under `/files`, faults and
//! inspection under `/sandbox`, a page at `/`.

mod accounts;
mod admin;
mod answer;
mod app;
mod arrivals;
mod body;
mod card;
mod case_objects;
mod cases;
mod choices;
mod clock;
pub mod command;
mod consolidate;
mod creation;
mod events;
mod evidence;
mod face;
mod faults;
mod files;
mod filters;
mod hosted;
mod http;
mod idempotency;
mod inquiries;
mod keys;
mod limits;
mod links;
mod lists;
mod page;
mod parcel;
mod picture;
mod print;
mod redact;
mod relations;
mod reports;
mod request;
mod routes;
mod search;
mod seed;
mod sessions;
mod shape;
mod simulate;
mod socket;
mod store;
mod tags;
#[cfg(test)]
mod tests;
mod user_logs;
mod versions;
mod webhooks;
mod webhooks_api;

pub use choices::ALL as CHOICES;
pub use faults::Fault;

use std::{net::SocketAddr, path::PathBuf, time::Duration};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// Start options of a sandbox.
#[derive(Clone, Debug)]
pub struct Options {
    /// Number of inquiries, created at the first start only; an existing file keeps its data.
    pub inquiries: u32,
    pub seed: u64,
    /// SQLite file with all state; `None` means in memory.
    pub file: Option<PathBuf>,
    /// Webhook endpoints that exist from the start, enabled, for every event.
    pub webhooks: Vec<WebhookTarget>,
    /// Interval at which a new inquiry arrives and goes through created, pending, completed and needs_review.
    pub arrivals: Option<Duration>,
    pub requests_per_minute: u32,
    /// Maximum number of inquiries, of verifications, of reports and of cases that can be created in a minute.
    pub quota_per_minute: u32,
    /// Factor for the waits between webhook attempts.
    pub retry_scale: f64,
    /// End of the generated history, in milliseconds since 1970; now, if `None`. With it, the same seed gives the same
    /// bytes.
    pub until: Option<i64>,
    /// Seconds that the sandbox's clock is ahead of the machine's.
    pub clock_offset: i64,
    /// Faults from the start.
    pub faults: Vec<Fault>,
    /// Choices from the start, as name and option.
    pub choices: Vec<(String, String)>,
    /// Base of signed file links; if `None`, `http://` and the listening address.
    pub public_url: Option<url::Url>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            inquiries: 120,
            seed: 1,
            file: None,
            webhooks: Vec::new(),
            arrivals: None,
            requests_per_minute: 300,
            quota_per_minute: 150,
            retry_scale: 1.0,
            until: None,
            clock_offset: 0,
            faults: Vec::new(),
            choices: Vec::new(),
            public_url: None,
        }
    }
}

/// Two secrets while rotating: the signature header then has two sets, the newer secret first.
#[derive(Clone, Debug)]
pub struct WebhookTarget {
    pub url: String,
    pub secrets: Vec<String>,
}

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

pub struct Running {
    pub addr: SocketAddr,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Answers the requests in progress, then stops. Cuts a hanging connection after five seconds.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for mut task in self.tasks {
            if tokio::time::timeout(Duration::from_secs(5), &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

pub async fn start(listener: TcpListener, options: Options) -> Result<Running, Error> {
    let addr = listener.local_addr().map_err(Error::Listen)?;
    let (app, client) = app::App::open(addr, options).await?;
    let (stop, stopped) = watch::channel(false);
    let tasks = vec![
        tokio::spawn(http::serve(listener, app.clone(), stopped.clone())),
        tokio::spawn(webhooks::run(app.clone(), client, stopped.clone())),
        tokio::spawn(arrivals::run(app, stopped)),
    ];
    Ok(Running { addr, stop, tasks })
}
