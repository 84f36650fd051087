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

use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::usecase;
use super::{App, Error};

/// A job, when it runs, and what wakes it.
struct BackgroundJob {
    name: &'static str,
    /// Notified when there is work; without it, the job runs on its timer only.
    wake: Option<fn(&App) -> &Notify>,
    every: Duration,
    run: fn(App) -> BoxFuture<'static, Result<(), Error>>,
}

/// All jobs but the check of the log: its first run, soon after the start, looks at recent entries only.
const JOBS: [BackgroundJob; 13] = [
    BackgroundJob {
        name: "intake",
        wake: Some(|app| &app.wake.intake),
        every: Duration::from_secs(2),
        run: |app| Box::pin(async move { apply_webhooks::run(&app).await.map(drop) }),
    },
    BackgroundJob {
        name: "evidence",
        wake: Some(|app| &app.wake.evidence),
        every: Duration::from_secs(2),
        run: |app| Box::pin(async move { evidence::run(&app).await.map(drop) }),
    },
    BackgroundJob {
        name: "case",
        wake: Some(|app| &app.wake.case),
        every: Duration::from_secs(5),
        run: |app| Box::pin(async move { case::run(&app).await.map(drop) }),
    },
    BackgroundJob {
        name: "crawl",
        wake: Some(|app| &app.wake.crawl),
        every: Duration::from_secs(5),
        run: |app| Box::pin(async move { relations::run(&app).await.map(drop) }),
    },
    BackgroundJob {
        name: "deliver",
        wake: Some(|app| &app.wake.deliver),
        every: Duration::from_secs(1),
        run: |app| Box::pin(async move { deliver::run(&app).await.map(drop) }),
    },
    BackgroundJob {
        name: "sync",
        wake: Some(|app| &app.wake.sync),
        every: Duration::from_secs(600),
        run: |app| Box::pin(async move { sync::due(&app).await.map(drop) }),
    },
    BackgroundJob {
        name: "reconcile",
        wake: Some(|app| &app.wake.reconcile),
        every: Duration::from_secs(300),
        run: |app| Box::pin(async move { reconcile::run(&app).await.map(drop) }),
    },
    BackgroundJob {
        name: "checkpoint",
        wake: Some(|app| &app.wake.checkpoint),
        every: Duration::from_secs(60),
        run: |app| Box::pin(async move { checkpoint::run(&app).await.map(drop) }),
    },
    BackgroundJob {
        name: "rank",
        wake: Some(|app| &app.wake.rank),
        every: Duration::from_secs(30),
        run: |app| Box::pin(async move { queue::run(&app).await.map(drop) }),
    },
    BackgroundJob {
        name: "heartbeat",
        wake: None,
        every: Duration::from_secs(60),
        run: |app| Box::pin(async move { usecase::runs::beat(&app).await.map(drop) }),
    },
    BackgroundJob {
        name: "sessions",
        wake: None,
        every: Duration::from_secs(60),
        run: |app| Box::pin(async move { usecase::session::sweep(&app).await.map(drop) }),
    },
    BackgroundJob {
        name: "erasure",
        wake: None,
        every: Duration::from_secs(60),
        run: |app| Box::pin(async move { usecase::erasure::erase_due(&app).await.map(drop) }),
    },
    BackgroundJob {
        name: "loosening",
        wake: None,
        every: Duration::from_secs(60),
        run: |app| Box::pin(async move { usecase::loosening::due(&app).await.map(drop) }),
    },
];

/// Starts all jobs. They end when the program is asked to stop.
pub fn start(app: &App) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    for job in JOBS {
        jobs.spawn(repeat(app.clone(), job));
    }
    jobs.spawn(log_check::keep(app.clone()));
    jobs
}

async fn repeat(app: App, job: BackgroundJob) {
    let mut stopping = app.stopping.subscribe();
    let mut failures: u32 = 0;
    loop {
        let pause = match (job.run)(app.clone()).await {
            Ok(()) => {
                failures = 0;
                job.every
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                tracing::warn!(job = job.name, %error, failures, "a job failed and will run again");
                Duration::from_secs(2_u64.saturating_pow(failures.min(5)))
            }
        };
        let woken = async {
            match job.wake {
                Some(wake) => wake(&app).notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(pause) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}
