//! Opens the state of a sandbox.

use super::{
    Options,
    answer::Fail,
    app::{App, Pictures},
    choices::Choices,
    clock,
    error::Error,
    faults::Faults,
    files,
    keys::Keys,
    limits::Limits,
    seed,
    store::{self, Store},
    webhooks, webhooks_api,
};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::Notify;

pub async fn open(addr: SocketAddr, options: Options) -> Result<(Arc<App>, reqwest::Client), Error> {
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
    let app = App {
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
