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
mod error;
mod events;
mod evidence;
mod face;
mod faults;
mod files;
mod filters;
mod hosted;
mod html;
mod http;
mod idempotency;
mod inquiries;
mod keys;
mod limits;
mod links;
mod lists;
mod lock;
mod object;
mod options;
mod page;
mod parcel;
mod picture;
mod print;
mod redact;
mod relations;
mod reports;
mod request;
mod response;
mod routes;
mod search;
mod seed;
mod sessions;
mod shape;
mod simulate;
mod socket;
mod start;
mod store;
mod svg;
mod tags;
#[cfg(test)]
mod tests;
mod user_logs;
mod versions;
mod webhooks;
mod webhooks_api;

pub use choices::ALL as CHOICES;
pub use error::Error;
pub use faults::Fault;
pub use options::{Options, WebhookTarget};

use std::{net::SocketAddr, time::Duration};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

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
    let (app, client) = start::open(addr, options).await?;
    let (stop, stopped) = watch::channel(false);
    let tasks = vec![
        tokio::spawn(http::serve(listener, app.clone(), stopped.clone())),
        tokio::spawn(webhooks::run(app.clone(), client, stopped.clone())),
        tokio::spawn(arrivals::run(app, stopped)),
    ];
    Ok(Running { addr, stop, tasks })
}
