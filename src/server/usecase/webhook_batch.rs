//! Stores many webhook events in one commit. A commit waits for the disk, an insert does not: events that arrive during
//! a commit wait for the next one, together.
use tokio::sync::oneshot;

use crate::server::db::{self, webhook::EventRow};
use crate::server::webhook_queue::QueuedEvent;
use crate::server::{App, Error};

/// Events in one commit, at most.
const LARGEST_BATCH: usize = 256;

/// Returns once the event is durable; false when it was stored already.
pub async fn store(app: &App, event: EventRow) -> Result<bool, Error> {
    let (told, kept) = oneshot::channel();
    let first = {
        let mut queue = app.webhook_queue.lock();
        queue.waiting.push((event, told));
        !std::mem::replace(&mut queue.writing, true)
    };
    if first {
        // In a task of its own: it writes for all the other callers too, even when the caller that started it is
        // gone.
        tokio::spawn(write_batches(app.clone()));
    }
    kept.await.map_err(|_| Error::Internal("an event was not written".to_owned()))?
}

/// Group commit: one commit after the other, each with all events that arrived during the one before. (A fair mutex
/// would make each caller queue for a lock that it no longer needs, and commit batches of one.)
async fn write_batches(app: App) {
    // A panic must not leave the other callers waiting for ever.
    let _mend = ResetOnDrop(&app);
    loop {
        let batch: Vec<QueuedEvent> = {
            let mut queue = app.webhook_queue.lock();
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

/// Marks the queue as not being written when the writing task panicked.
struct ResetOnDrop<'a>(&'a App);

impl Drop for ResetOnDrop<'_> {
    fn drop(&mut self) {
        // Without a panic the task ended normally, and the next one may have begun.
        if !std::thread::panicking() {
            return;
        }
        let mut queue = self.0.webhook_queue.lock();
        queue.writing = false;
        queue.waiting.clear();
    }
}

async fn write_batch(app: &App, mut batch: Vec<QueuedEvent>) {
    // The same order everywhere: two replicas that write the same events must not wait for each other.
    batch.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    let events: Vec<EventRow> = batch.iter().map(|(event, _)| event.clone()).collect();
    let written = app
        .write(move |tx| {
            Box::pin(async move {
                let mut new = db::webhook::insert_all(tx, &events).await?;
                // The same event can be in one commit twice: it is new only the first time.
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
