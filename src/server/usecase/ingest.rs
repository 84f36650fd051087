//! Many webhook events in one commit. A commit waits for the disk, an insert does not: whoever comes while one is being
//! written waits for the next, together with all the others who came meanwhile.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::server::db::{self, webhook::Event};
use crate::server::{App, Error};

/// Events in one commit, at most.
const MOST: usize = 256;

type Waiting = (Event, oneshot::Sender<Result<bool, Error>>);

#[derive(Debug, Default)]
pub struct Ingest {
    waiting: Mutex<Vec<Waiting>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// How long what was taken in waits to be applied while more comes: twenty times five milliseconds.
const LOOKS: u32 = 20;
const LOOK: Duration = Duration::from_millis(5);

impl Ingest {
    /// Returns when nobody waits for a commit here, or after a while all the same. Whoever writes much should wait for this first:
    /// one writer at a time is all that a database has, and Persona waits no longer than five seconds for an answer.
    pub async fn rest(&self) {
        for _ in 0..LOOKS {
            let nobody = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
            if nobody && self.turn.try_lock().is_ok() {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Returns once the event is durable; false when it was there already.
    pub async fn keep(&self, app: &App, event: Event) -> Result<bool, Error> {
        let (told, kept) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((event, told));
        let turn = self.turn.clone().lock_owned().await;
        let batch: Vec<Waiting> = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let n = waiting.len().min(MOST);
            waiting.drain(..n).collect()
        };
        if !batch.is_empty() {
            // The turn ends with the commit, also when who asked is gone by then.
            let app = app.clone();
            tokio::spawn(async move {
                write(&app, batch).await;
                drop(turn);
            });
        }
        kept.await.map_err(|_| Error::Internal("an event was not written".to_owned()))?
    }
}

async fn write(app: &App, mut batch: Vec<Waiting>) {
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
