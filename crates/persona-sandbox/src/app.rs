//! State that all parts of a running sandbox share.

use super::{
    Error, Options,
    answer::Fail,
    choices::Choices,
    clock,
    faults::Faults,
    files,
    keys::Keys,
    limits::Limits,
    seed,
    store::{self, Store},
    webhooks, webhooks_api,
};
use rusqlite::Connection;
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
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
    pub async fn open(addr: SocketAddr, options: Options) -> Result<(Arc<Self>, reqwest::Client), Error> {
        let client = webhooks::client()?;
        let base = options.public_url.as_ref().map_or_else(|| format!("http://{addr}"), ToString::to_string);
        let opened = tokio::task::spawn_blocking(move || {
            let store = Store::open(options.file.as_deref())?;
            store.off.store(options.clock_offset.saturating_mul(1000), Ordering::SeqCst);
            seed::once(&store, &options)?;
            let secret = store
                .write(|db| {
                    webhooks_api::ensure(db, &options.webhooks)?;
                    match store::meta(db, "secret")? {
                        Some(secret) => Ok(secret),
                        None => {
                            let secret = format!("{:016x}{:016x}", clock::random(), clock::random());
                            store::set_meta(db, "secret", &secret)?;
                            Ok::<_, Fail>(secret)
                        }
                    }
                })
                .map_err(|fail| Error::Seed(format!("{fail:?}")))?;
            Ok::<_, Error>((store, secret, options))
        });
        let (store, secret, options) = opened.await.map_err(|error| Error::Seed(error.to_string()))??;
        let own = |prefix: &str| {
            let digest = files::hmac(b"id", &[secret.as_bytes(), prefix.as_bytes()]);
            format!("{prefix}_{}", hex::encode(&digest[..14.min(digest.len())]))
        };
        let (faults, choices) = (Faults::default(), Choices::default());
        for fault in options.faults {
            match fault.wrong() {
                None => faults.order(fault),
                Some(wrong) => return Err(Error::Option(format!("invalid fault: {wrong}"))),
            }
        }
        for (name, option) in &options.choices {
            choices.set(name, option).map_err(Error::Option)?;
        }
        let app = Self {
            store,
            base: base.trim_end_matches('/').to_owned(),
            environment: own("env"),
            organization: own("org"),
            api_key_id: own("api"),
            secret: secret.into_bytes(),
            limits: Limits::new(options.requests_per_minute, options.quota_per_minute),
            keys: Keys::default(),
            faults,
            choices,
            pictures: Pictures::default(),
            seen: Mutex::default(),
            wake: Notify::new(),
            paused: AtomicBool::new(false),
            newest_first: AtomicBool::new(false),
            retry_scale: if options.retry_scale.is_finite() { options.retry_scale.max(0.0) } else { 1.0 },
            arrivals: options.arrivals,
            seed: options.seed,
        };
        Ok((Arc::new(app), client))
    }

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

pub fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
