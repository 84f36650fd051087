//! Runs of the program: their start, their stop, and those that ended without recording it (killed, out of memory, out
//! of power). Each replica has a row of its own.
use std::time::Duration;

use uuid::Uuid;

use super::audit::append;
use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::time::Timestamp;
use crate::server::db::{self, Tx, runs::Run};
use crate::server::{App, Error, process};

const SELF: Actor = Actor::System { part: "server" };
/// A run that was not seen for this long counts as ended where nothing better is known: three missed beats.
const UNSEEN: Duration = Duration::from_secs(180);

fn told(action: &'static str, run: &Run) -> Draft {
    Draft::new(action, SELF, "program", "countersign").fact("run", run.id.to_string()).fact("host", run.host.clone())
}

fn own(id: Uuid, now: Timestamp) -> Run {
    Run { id, host: process::host(), process: process::own(), started_at: now, seen_at: now }
}

/// Records the start, and before it the runs that ended without recording it. On SQLite nothing begins next to a run
/// that is certainly still going on, which is returned: each of the two would do the other's work a second time.
pub async fn begin(app: &App) -> Result<Option<Run>, Error> {
    let (now, run) = (app.now(), own(app.run, app.now()));
    let alone = matches!(app.db, db::Db::Sqlite { .. });
    let in_the_way = app
        .write(move |tx| {
            Box::pin(async move {
                missed(tx, now, run.id).await?;
                let others = db::runs::all(tx).await?;
                let runs = |other: &Run| alone && process::has_ended(&other.process) == Some(false);
                if let Some(other) = others.into_iter().find(runs) {
                    return Ok(Some(other));
                }
                db::runs::begin(tx, &run).await?;
                append(tx, now, told("program.started", &run)).await.map(|_| None)
            })
        })
        .await?;
    if in_the_way.is_none() {
        warn_of(&beside(app).await?);
    }
    Ok(in_the_way)
}

/// Returns other runs on the same SQLite file of which it is not known here whether they still go on, for example in
/// another container.
pub async fn beside(app: &App) -> Result<Vec<Run>, Error> {
    if !matches!(app.db, db::Db::Sqlite { .. }) {
        return Ok(Vec::new());
    }
    let now = app.now();
    let all = db::runs::all(&mut app.read().await?).await?;
    let goes_on = |run: &Run| process::has_ended(&run.process) != Some(true) && now.since(run.seen_at) <= UNSEEN;
    Ok(all.into_iter().filter(|run| run.id != app.run && goes_on(run)).collect())
}

fn warn_of(others: &[Run]) {
    for other in others {
        tracing::warn!(
            host = other.host,
            seen_at = %other.seen_at.to_text(),
            "another run of the desk works on the same SQLite file: stop one of them, or use PostgreSQL"
        );
    }
}

/// Called each minute: records that this run is alive, and finds others that are not any more.
pub async fn beat(app: &App) -> Result<(), Error> {
    let (now, id) = (app.now(), app.run);
    app.write(move |tx| {
        Box::pin(async move {
            // Commands and tests work on the database without a recorded start.
            if !db::runs::all(tx).await?.is_empty() {
                missed(tx, now, id).await?;
            }
            Ok(db::runs::seen(tx, id, now).await.map(|_| ())?)
        })
    })
    .await?;
    warn_of(&beside(app).await?);
    Ok(())
}

/// Records that this run ends normally.
pub async fn end(app: &App) -> Result<(), Error> {
    let (now, run) = (app.now(), own(app.run, app.now()));
    app.write(move |tx| {
        Box::pin(async move {
            db::runs::end(tx, run.id).await?;
            append(tx, now, told("program.stopped", &run)).await.map(|_| ())
        })
    })
    .await
}

/// Records other runs that have ended without recording it.
async fn missed(tx: &mut Tx, now: Timestamp, me: Uuid) -> Result<(), Error> {
    for run in db::runs::all(tx).await? {
        let unseen = now > run.seen_at && now.since(run.seen_at) > UNSEEN;
        let over = run.id != me && process::has_ended(&run.process).unwrap_or(unseen);
        if over && db::runs::end(tx, run.id).await? {
            let draft = told("program.interrupted", &run)
                .outcome(EntryOutcome::Failed)
                .fact("started_at", run.started_at)
                .fact("last_seen_at", run.seen_at);
            append(tx, now, draft).await?;
            tracing::warn!(host = run.host, "a run of the program ended without stopping");
        }
    }
    Ok(())
}
