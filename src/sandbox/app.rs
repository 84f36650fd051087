//! What every part of a running sandbox shares.

use super::{
    Error, Options,
    answer::Fail,
    clock,
    faults::Faults,
    files, seed,
    store::{self, Store},
    webhooks, webhooks_api,
};
use rusqlite::Connection;
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
    time::Duration,
};
use tokio::sync::Notify;

pub struct App {
    pub store: Store,
    /// Where file links begin, without a slash at the end.
    pub base: String,
    /// Signs file links and session tokens; lives as long as the store.
    pub secret: Vec<u8>,
    pub environment: String,
    pub organization: String,
    pub api_key_id: String,
    pub limit: u32,
    window: Mutex<Window>,
    pub faults: Faults,
    pub pictures: Pictures,
    pub seen: Mutex<VecDeque<Seen>>,
    /// Rung after every write: there may be something to deliver.
    pub wake: Notify,
    pub paused: AtomicBool,
    pub newest_first: AtomicBool,
    pub retry_scale: f64,
    pub arrivals: Option<Duration>,
    pub seed: u64,
}

/// A fixed window, opened by its first request.
#[derive(Default)]
struct Window {
    opened: i64,
    used: u32,
}

/// How much of the rate limit is left.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub allowed: bool,
    pub limit: u32,
    pub remaining: u32,
    pub reset: i64,
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
            seed::once(&store, options.inquiries, options.seed)?;
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
        let app = Self {
            store,
            base: base.trim_end_matches('/').to_owned(),
            environment: own("env"),
            organization: own("org"),
            api_key_id: own("api"),
            secret: secret.into_bytes(),
            limit: options.requests_per_minute,
            window: Mutex::default(),
            faults: Faults::default(),
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

    /// Takes one request of the window, if one is left.
    pub fn spend(&self) -> Budget {
        self.look(true)
    }

    pub fn budget(&self) -> Budget {
        self.look(false)
    }

    fn look(&self, spend: bool) -> Budget {
        let mut window = hold(&self.window);
        let now = clock::now();
        if now - window.opened >= 60_000 {
            *window = Window { opened: now, used: 0 };
        }
        let allowed = window.used < self.limit;
        if spend && allowed {
            window.used += 1;
        }
        let reset = (window.opened + 60_000 - now + 999) / 1000;
        Budget { allowed, limit: self.limit, remaining: self.limit - window.used, reset }
    }

    pub fn saw(&self, seen: Seen) {
        let mut all = hold(&self.seen);
        all.push_front(seen);
        all.truncate(50);
    }
}

pub fn joined<T>(result: Result<Result<T, Fail>, tokio::task::JoinError>) -> Result<T, Fail> {
    result.unwrap_or_else(|error| {
        tracing::error!(%error, "a call of the sandbox ended early");
        Err(Fail::status(500))
    })
}

pub fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pictures drawn last.
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
