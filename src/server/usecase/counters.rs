//! Counts what happens too often for an entry each, and appends one entry a minute. A killed program loses at most one
//! minute of counts; the accepted events themselves are in the database one by one.
use std::sync::atomic::{AtomicI64, Ordering};

use super::audit::append;
use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::time::Timestamp;
use crate::server::counters::REASONS;
use crate::server::db;
use crate::server::{App, Error};

/// Appends what was counted since the last call to the log, and adds the refusals to those of the hour.
pub async fn flush(app: &App) -> Result<(), Error> {
    let tally = &app.counters;
    let counters: Vec<&AtomicI64> =
        [&tally.new, &tally.doubled, &tally.late].into_iter().chain(tally.refused.iter()).collect();
    let counts: Vec<i64> = counters.iter().map(|counter| counter.swap(0, Ordering::Relaxed)).collect();
    let [new, doubled, late, refused @ ..] = counts.as_slice() else { return Ok(()) };
    if counts.iter().all(|count| *count == 0) {
        return Ok(());
    }
    let (too_large, unsigned) = (refused.first().copied().unwrap_or(0), refused.iter().skip(1).sum::<i64>());
    let now = app.now();
    let draft = Draft::new("webhook.counted", Actor::System { part: "webhook" }, "webhook", "events")
        .outcome(if too_large + unsigned > 0 { EntryOutcome::Denied } else { EntryOutcome::Ok })
        .fact("new", *new)
        .fact("doubled", *doubled)
        .fact("refused", unsigned)
        .fact("late", *late);
    let draft = if too_large > 0 { draft.fact("too_large", too_large) } else { draft };
    let hour = Timestamp::from_micros(now.micros() - now.micros().rem_euclid(HOUR));
    let refused = refused.to_vec();
    let told = app
        .write(move |tx| {
            Box::pin(async move {
                for (why, number) in REASONS.into_iter().zip(refused).filter(|(_, number)| *number > 0) {
                    db::event_counter::refused(tx, hour, why, number, now).await?;
                }
                append(tx, now, draft).await.map(|_| ())
            })
        })
        .await;
    if told.is_err() {
        for (counter, count) in counters.into_iter().zip(counts) {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }
    told
}

/// An hour in microseconds.
const HOUR: i64 = 3_600_000_000;
