//! Webhook events on their way into the database. `usecase::webhook_batch` stores them, several in one commit.
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::db::webhook::EventRow;
use super::error::Error;

pub type QueuedEvent = (EventRow, oneshot::Sender<Result<bool, Error>>);

#[derive(Debug, Default)]
pub struct WebhookQueue(Mutex<BatchQueue>);

#[derive(Debug, Default)]
pub struct BatchQueue {
    pub waiting: Vec<QueuedEvent>,
    /// Whether a task is writing. It goes on until nothing waits.
    pub writing: bool,
}

/// How long applying waits while more events arrive: twenty times five milliseconds.
const LOOKS: u32 = 20;
const LOOK: Duration = Duration::from_millis(5);

impl WebhookQueue {
    /// Locks the queue.
    pub fn lock(&self) -> MutexGuard<'_, BatchQueue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when no event waits for a commit here, or after a while in any case. A task that writes much should wait
    /// for this first: a database has one writer at a time, and Persona waits no longer than five seconds for an
    /// answer.
    pub async fn wait_idle(&self) {
        for _ in 0..LOOKS {
            if !self.lock().writing {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
