//! What comes too often for an entry each: counted, and told to the log once a minute. A program that is killed loses at most a
//! minute's counts; the events that were taken in stand in the database one by one.
use std::sync::atomic::{AtomicI64, Ordering};

use super::audit::append;
use crate::domain::audit::{Actor, Draft, Outcome};
use crate::server::{App, Error};

#[derive(Debug, Default)]
pub struct Tally {
    /// Webhook events that were new, and are kept.
    pub new: AtomicI64,
    /// That were here already.
    pub doubled: AtomicI64,
    /// Whose signature was missing, wrong or too old.
    pub refused: AtomicI64,
    /// That told of a state older than the known one.
    pub late: AtomicI64,
}

impl Tally {
    pub fn one(counter: &AtomicI64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Tells the log what was counted since it was last told.
pub async fn tell(app: &App) -> Result<(), Error> {
    let tally = &app.tally;
    let counters = [&tally.new, &tally.doubled, &tally.refused, &tally.late];
    let counts = counters.map(|counter| counter.swap(0, Ordering::Relaxed));
    if counts == [0; 4] {
        return Ok(());
    }
    let [new, doubled, refused, late] = counts;
    let now = app.now();
    let draft = Draft::new("webhook.counted", Actor::System { part: "webhook" }, "webhook", "events")
        .outcome(if refused > 0 { Outcome::Denied } else { Outcome::Ok })
        .fact("new", new)
        .fact("doubled", doubled)
        .fact("refused", refused)
        .fact("late", late);
    let told = app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await;
    if told.is_err() {
        for (counter, count) in counters.into_iter().zip(counts) {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }
    told
}
