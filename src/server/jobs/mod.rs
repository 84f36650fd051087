//! Background jobs. Each takes no input, does what has to be done, and returns how much that was. A job is woken when
//! there is work and also runs on a timer, so that a lost wake-up costs seconds and not decisions.
mod account_reports;
pub mod apply_webhooks;
pub mod case;
pub mod checkpoint;
pub mod deliver;
pub mod evidence;
pub mod log_check;
pub mod queue;
pub mod reconcile;
pub mod relations;
pub mod sync;
mod unplaced;

use std::future::Future;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::usecase;
use super::{App, Error};

/// Starts all jobs. They end when the program is asked to stop.
pub fn start(app: &App) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    jobs.spawn(repeat(
        app.clone(),
        "intake",
        |app| &app.wake.intake,
        Duration::from_secs(2),
        |app| async move { apply_webhooks::run(&app).await },
    ));
    jobs.spawn(repeat(
        app.clone(),
        "evidence",
        |app| &app.wake.evidence,
        Duration::from_secs(2),
        |app| async move { evidence::run(&app).await },
    ));
    jobs.spawn(repeat(
        app.clone(),
        "case",
        |app| &app.wake.case,
        Duration::from_secs(5),
        |app| async move { case::run(&app).await },
    ));
    jobs.spawn(repeat(
        app.clone(),
        "crawl",
        |app| &app.wake.crawl,
        Duration::from_secs(5),
        |app| async move { relations::run(&app).await },
    ));
    jobs.spawn(repeat(
        app.clone(),
        "deliver",
        |app| &app.wake.deliver,
        Duration::from_secs(1),
        |app| async move { deliver::run(&app).await },
    ));
    jobs.spawn(repeat(
        app.clone(),
        "sync",
        |app| &app.wake.sync,
        Duration::from_secs(600),
        |app| async move { sync::due(&app).await },
    ));
    jobs.spawn(repeat(
        app.clone(),
        "reconcile",
        |app| &app.wake.reconcile,
        Duration::from_secs(300),
        |app| async move { reconcile::run(&app).await },
    ));
    jobs.spawn(repeat(
        app.clone(),
        "checkpoint",
        |app| &app.wake.checkpoint,
        Duration::from_secs(60),
        |app| async move { checkpoint::run(&app).await },
    ));
    jobs.spawn(repeat(
        app.clone(),
        "rank",
        |app| &app.wake.rank,
        Duration::from_secs(30),
        |app| async move { queue::run(&app).await },
    ));
    jobs.spawn(log_check::keep(app.clone()));
    jobs.spawn(sweep(app.clone()));
    jobs
}

async fn sweep(app: App) {
    let mut stopping = app.stopping.subscribe();
    loop {
        if let Err(error) = usecase::runs::beat(&app).await {
            tracing::warn!(%error, "the heartbeat of this run could not be stored");
        }
        if let Err(error) = usecase::session::sweep(&app).await {
            tracing::warn!(%error, "sweeping failed");
        }
        if let Err(error) = usecase::erasure::erase_due(&app).await {
            tracing::warn!(%error, "records that are due for erasure could not be erased");
        }
        if let Err(error) = usecase::loosening::due(&app).await {
            tracing::warn!(%error, "a proposal could not take effect");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(60)) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}

async fn repeat<F>(app: App, name: &'static str, wake: fn(&App) -> &Notify, every: Duration, run: fn(App) -> F)
where
    F: Future<Output = Result<usize, Error>> + Send + 'static,
{
    let mut stopping = app.stopping.subscribe();
    let mut failures: u32 = 0;
    loop {
        let pause = match run(app.clone()).await {
            Ok(_) => {
                failures = 0;
                every
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                tracing::warn!(job = name, %error, failures, "a job failed and will run again");
                Duration::from_secs(2_u64.saturating_pow(failures.min(5)))
            }
        };
        tokio::select! {
            () = wake(&app).notified() => {}
            () = tokio::time::sleep(pause) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}
