//! Many webhook events in one commit. A commit waits for the disk, an insert does not: whoever comes while one is being
//! written waits for the next, together with all the others who came meanwhile.
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::server::db::{self, webhook::Event};
use crate::server::{App, Error};

/// Events in one commit, at most.
const LARGEST_BATCH: usize = 256;

type QueuedEvent = (Event, oneshot::Sender<Result<bool, Error>>);

#[derive(Debug, Default)]
pub struct WebhookBatch(Mutex<BatchQueue>);

#[derive(Debug, Default)]
struct BatchQueue {
    waiting: Vec<QueuedEvent>,
    /// Somebody writes, and goes on until nothing waits.
    writing: bool,
}

/// How long what was taken in waits to be applied while more comes: twenty times five milliseconds.
const LOOKS: u32 = 20;
const LOOK: Duration = Duration::from_millis(5);

impl WebhookBatch {
    fn queue(&self) -> MutexGuard<'_, BatchQueue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when nobody waits for a commit here, or after a while all the same. Whoever writes much should wait for this first:
    /// one writer at a time is all that a database has, and Persona waits no longer than five seconds for an answer.
    pub async fn wait_idle(&self) {
        for _ in 0..LOOKS {
            if !self.queue().writing {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Returns once the event is durable; false when it was there already.
    pub async fn store(&self, app: &App, event: Event) -> Result<bool, Error> {
        let (told, kept) = oneshot::channel();
        let first = {
            let mut queue = self.queue();
            queue.waiting.push((event, told));
            !std::mem::replace(&mut queue.writing, true)
        };
        if first {
            // In a task of its own: it writes for all the others too, also when who began it is gone.
            tokio::spawn(write_batches(app.clone()));
        }
        kept.await.map_err(|_| Error::Internal("an event was not written".to_owned()))?
    }
}

/// One commit after the other, each with all that came during the one before. (Not a lock that is handed on: whoever had been
/// written for would stand in line for it still, and write for the one who came last, alone.)
async fn write_batches(app: App) {
    // A panic on the way must not leave the rest waiting for ever.
    let _mend = ResetOnDrop(&app);
    loop {
        let batch: Vec<QueuedEvent> = {
            let mut queue = app.webhook_batch.queue();
            let n = queue.waiting.len().min(LARGEST_BATCH);
            if n == 0 {
                queue.writing = false;
                return;
            }
            queue.waiting.drain(..n).collect()
        };
        write_batch(&app, batch).await;
    }
}

/// Says that nobody writes any more, when the one who wrote did not come to its end.
struct ResetOnDrop<'a>(&'a App);

impl Drop for ResetOnDrop<'_> {
    fn drop(&mut self) {
        // Otherwise it ended by itself, and the next one may have begun.
        if !std::thread::panicking() {
            return;
        }
        let mut queue = self.0.webhook_batch.queue();
        queue.writing = false;
        queue.waiting.clear();
    }
}

async fn write_batch(app: &App, mut batch: Vec<QueuedEvent>) {
    // In one order everywhere: two replicas that write the same events must not wait for one another.
    batch.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    let events: Vec<Event> = batch.iter().map(|(event, _)| event.clone()).collect();
    let written = app
        .write(move |tx| {
            Box::pin(async move {
                let mut new = db::webhook::insert_all(tx, &events).await?;
                // The same event twice in one commit: new the first time.
                Ok(events.iter().map(|event| new.remove(&event.id)).collect::<Vec<bool>>())
            })
        })
        .await;
    match written {
        Ok(new) => {
            for ((_, told), new) in batch.into_iter().zip(new) {
                let _ = told.send(Ok(new));
            }
        }
        Err(error) => {
            let why = error.to_string();
            for (_, told) in batch {
                let _ = told.send(Err(Error::Internal(why.clone())));
            }
        }
    }
}
