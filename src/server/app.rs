//! Handles that requests and jobs share: database, clock, randomness, change feed, job wake-ups and Persona.
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use moka::future::Cache;
use tokio::sync::{Notify, Semaphore, watch};
use tracing::Instrument;
use uuid::Uuid;

use super::change_feed::{ChangeFeed, ChangeTopic};
use super::clock::ServerClock;
use super::config::Config;
use super::counters::Counters;
use super::db::{self, Conn, Db, Tx};
use super::error::Error;
use super::id::new_id;
use super::pdf::Fonts;
use super::persona::Persona;
use super::readiness::Unready;
use super::sessions::Sessions;
use super::sign_in_queue::SignInQueue;
use super::webhook_queue::WebhookQueue;
use crate::domain::id::{ObjectId, ReviewerId};
use crate::domain::log::Checking;
use crate::domain::picture::{Part, Size, Unshown};
use crate::domain::time::Timestamp;

/// Repeating a search for the same words within this time is logged as one search.
const ONE_SEARCH: Duration = Duration::from_secs(10 * 60);

/// How long the desk remembers that a picture could not be shown, before it tries again.
const ONE_TRY: Duration = Duration::from_secs(10 * 60);
/// Attempts at a write that PostgreSQL aborts as a deadlock.
const TRIES: u32 = 5;

#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub config: Config,
    pub db: Db,
    pub persona: Persona,
    pub clock: ServerClock,
    /// Publishes changes to subscribed browsers.
    pub changes: ChangeFeed,
    pub wake: Wake,
    /// Open sessions, for streams that outlive their request.
    pub sessions: Sessions,
    /// Limits concurrent password hashes: argon2 takes 19 MiB and a core each, and more at once would let sign-ins
    /// starve everything else.
    pub hashing: Semaphore,
    /// The limited places for sign-ins that wait to hash a password.
    pub queue: SignInQueue,
    /// Turns true when the program is asked to stop.
    pub stopping: watch::Sender<bool>,
    /// Webhook events on their way into the database, several in one commit.
    pub webhook_queue: WebhookQueue,
    /// Counters of events that are too frequent for one log entry each.
    pub counters: Counters,
    /// Searches that are already in the log: a page of results is rendered again and again while a reviewer reads it.
    pub searched: Cache<(ReviewerId, String), ()>,
    /// Progress of a running check of the log.
    pub checking: Mutex<Option<Checking>>,
    /// Identifies this run of the program.
    pub run: Uuid,
    /// Whether the checkpoint targets were asked for their checkpoints since this program started.
    pub asked: AtomicBool,
    /// Whether the database could be read and written, as of at most a second ago.
    pub ready: Cache<(), Result<(), Unready>>,
    /// Pictures that could not be shown, and why: each new try would cost the same work and memory.
    pub unshown: Cache<(ObjectId, Part, u16, Size), Unshown>,
    fonts: OnceLock<Fonts>,
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// Wakes the jobs when there is work, so that their timers can be slow.
#[derive(Debug, Default)]
pub struct Wake {
    pub intake: Notify,
    pub evidence: Notify,
    pub case: Notify,
    pub crawl: Notify,
    pub deliver: Notify,
    pub sync: Notify,
    pub reconcile: Notify,
    pub checkpoint: Notify,
    pub check: Notify,
    pub rank: Notify,
}

impl App {
    pub fn new(config: Config, db: Db, persona: Persona, clock: ServerClock) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self(Arc::new(Inner {
            config,
            db,
            persona,
            clock,
            changes: ChangeFeed::new(new_id()),
            wake: Wake::default(),
            sessions: Sessions::default(),
            hashing: Semaphore::new(cores.saturating_sub(1).max(1)),
            queue: SignInQueue::default(),
            webhook_queue: WebhookQueue::default(),
            counters: Counters::default(),
            searched: Cache::builder().max_capacity(10_000).time_to_live(ONE_SEARCH).build(),
            ready: Cache::builder().max_capacity(1).time_to_live(Duration::from_secs(1)).build(),
            unshown: Cache::builder().max_capacity(1000).time_to_live(ONE_TRY).build(),
            stopping: watch::channel(false).0,
            checking: Mutex::default(),
            run: new_id(),
            asked: AtomicBool::new(false),
            fonts: OnceLock::new(),
        }))
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Fonts for PDF files. The first call searches the disk, so do not make it on a thread that serves requests.
    pub fn fonts(&self) -> &Fonts {
        self.fonts.get_or_init(|| Fonts::new(&self.config.fonts))
    }

    /// Publishes a change to subscribed browsers. Having no subscribers is not an error.
    pub fn publish(&self, topic: ChangeTopic, id: impl Into<String>) {
        self.changes.publish(topic, id.into());
    }

    pub async fn read(&self) -> Result<Conn, Error> {
        Ok(self.db.read().await?)
    }

    /// Runs one write transaction in a task of its own: a browser that goes away drops the future of its request, and
    /// that must not leave a half-finished transaction on a pooled connection. Commits when `work` is Ok and rolls back
    /// otherwise. Repeats a transaction that PostgreSQL aborts as a deadlock, because it changed nothing.
    pub async fn write<T, F>(&self, mut work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> futures::future::BoxFuture<'a, Result<T, Error>> + Clone + Send + 'static,
    {
        let app = self.clone();
        let task = tokio::spawn(
            async move {
                let mut left = TRIES;
                let (done, told) = loop {
                    left -= 1;
                    let again = (left > 0 && app.db.may_deadlock()).then(|| work.clone());
                    let written: Result<_, Error> = async {
                        let mut tx = app.db.begin().await?;
                        let done = work(&mut tx).await?;
                        Ok((done, tx.commit().await?))
                    }
                    .await;
                    match (written, again) {
                        (Err(Error::Db(cause)), Some(again)) if db::is_deadlock(&cause) => {
                            tracing::debug!(%cause, "transaction repeated after a deadlock");
                            work = again;
                        }
                        (written, _) => break written?,
                    }
                };
                for entry in told.appended {
                    // Links log entries and the server's log lines in both directions.
                    tracing::info!(entry = entry.seq, action = entry.action, request = entry.request, "recorded");
                }
                told.cases.into_iter().for_each(|case| app.publish(ChangeTopic::Case, case));
                Ok(done)
            }
            .in_current_span(),
        );
        task.await.map_err(|stopped| Error::Internal(format!("a write did not finish: {stopped}")))?
    }
}
