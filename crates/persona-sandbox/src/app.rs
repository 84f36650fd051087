//! State that all parts of a running sandbox share.

use super::lock::hold;
use super::{answer::Fail, choices::Choices, faults::Faults, keys::Keys, limits::Limits, store::Store};
use rusqlite::Connection;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};
use tokio::sync::Notify;

pub struct App {
    pub store: Store,
    /// Start of file links, without a trailing slash.
    pub base: String,
    /// Signs file links and session tokens. It is stored with the data, so it lives as long as the store.
    pub secret: Vec<u8>,
    pub environment: String,
    pub organization: String,
    pub api_key_id: String,
    pub limits: Limits,
    pub keys: Keys,
    pub faults: Faults,
    pub choices: Choices,
    pub pictures: Pictures,
    pub seen: Mutex<VecDeque<Seen>>,
    /// Notified after every write, because there may be something to deliver.
    pub wake: Notify,
    pub paused: AtomicBool,
    pub newest_first: AtomicBool,
    pub retry_scale: f64,
    pub arrivals: Option<Duration>,
    pub seed: u64,
}

pub struct Seen {
    pub at: i64,
    pub method: String,
    pub path: String,
    pub status: u16,
}

impl App {
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, Fail> + Send + 'static,
    ) -> Result<T, Fail> {
        let app = self.clone();
        joined(tokio::task::spawn_blocking(move || app.store.read(work)).await)
    }

    pub async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, Fail> + Send + 'static,
    ) -> Result<T, Fail> {
        let app = self.clone();
        let done = joined(tokio::task::spawn_blocking(move || app.store.write(work)).await);
        self.wake.notify_one();
        done
    }

    pub fn saw(&self, seen: Seen) {
        let mut all = hold(&self.seen);
        all.push_front(seen);
        all.truncate(50);
    }
}

pub fn joined<T>(result: Result<Result<T, Fail>, tokio::task::JoinError>) -> Result<T, Fail> {
    result.unwrap_or_else(|error| {
        tracing::error!(%error, "a sandbox call panicked or was cancelled");
        Err(Fail::status(500))
    })
}

/// The most recently drawn pictures.
#[derive(Default)]
pub struct Pictures(Mutex<VecDeque<(String, Arc<Vec<u8>>)>>);

impl Pictures {
    pub fn get(&self, name: &str) -> Option<Arc<Vec<u8>>> {
        hold(&self.0).iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes.clone())
    }

    pub fn keep(&self, name: &str, bytes: Vec<u8>) -> Arc<Vec<u8>> {
        let bytes = Arc::new(bytes);
        let mut all = hold(&self.0);
        all.push_front((name.to_owned(), bytes.clone()));
        all.truncate(48);
        bytes
    }
}
