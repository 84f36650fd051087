//! Appending to the audit log and reading it. Reading is recorded too.
pub mod page;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::id::ReviewerId;
use crate::domain::reviewer::{Forbidden, Origin, Permit, Reviewer};
use crate::domain::time::Timestamp;
use crate::server::db::{self, Tx};
use crate::server::id::random;
use crate::server::{App, Error};

const BUILD: &str = env!("CARGO_PKG_VERSION");
const PAGE: i64 = 50;

pub(super) fn actor<P>(permit: &Permit<P>) -> Actor {
    of(permit.reviewer(), permit.origin())
}

pub(super) fn of(reviewer: &Reviewer, origin: &Origin) -> Actor {
    Actor::Reviewer {
        id: reviewer.id.to_string(),
        name: reviewer.name.clone(),
        role: reviewer.role.to_string(),
        session: origin.session.clone(),
        request: origin.request_id.clone(),
    }
}

/// Appends in the caller's transaction.
pub(super) async fn append(tx: &mut Tx, now: Timestamp, draft: Draft) -> Result<i64, Error> {
    let mut salts = BTreeMap::new();
    for name in draft.personal.keys() {
        salts.insert(name.clone(), random::<32>()?);
    }
    let seq = db::audit::append(tx, |seq| draft.clone().seal(seq, now, BUILD, &salts), &salts).await?;
    db::audit::appended(tx, seq, &draft);
    Ok(seq)
}

/// Acts of one person that get an entry each within a window. Further acts are counted, and appended as one entry when
/// the window is over.
const ALONE: i64 = 30;
const WINDOW: Duration = Duration::from_secs(10 * 60);

/// Appends what a person can cause again and again without any other effect, up to a limit for each window.
pub(super) async fn append_limited(tx: &mut Tx, now: Timestamp, who: ReviewerId, draft: Draft) -> Result<(), Error> {
    if db::event_counter::told(tx, draft.action, &who.to_string(), now, now.minus(WINDOW), ALONE).await? {
        append(tx, now, draft).await?;
    }
    Ok(())
}

/// Appends the counts of windows that are over.
pub(super) async fn tell_counted(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    for (action, subject, count) in db::event_counter::take_untold(tx, now.minus(WINDOW)).await? {
        if count > 0 {
            let draft = Draft::new("log.counted", Actor::System { part: "log" }, "reviewer", subject)
                .fact("action", action)
                .fact("count", count);
            append(tx, now, draft).await?;
        }
    }
    Ok(())
}

/// Records an attempt at something that the role may not do.
pub async fn denied(
    app: &App,
    reviewer: &Reviewer,
    origin: &Origin,
    forbidden: Forbidden,
    path: &str,
) -> Result<(), Error> {
    let now = app.now();
    let draft = Draft::new("access.denied", of(reviewer, origin), "route", path.chars().take(200).collect::<String>())
        .outcome(EntryOutcome::Denied)
        .fact("need", forbidden.need.as_str());
    let who = reviewer.id;
    app.write(move |tx| Box::pin(async move { append_limited(tx, now, who, draft).await })).await
}

/// Records a search, because its words can name a person. The same words again within minutes count as one search.
pub(super) async fn searched<P>(
    app: &App,
    by: &Permit<P>,
    place: &'static str,
    words: &str,
    found: i64,
) -> Result<(), Error> {
    let key = (by.reviewer().id, format!("{place} {words}"));
    if app.searched.contains_key(&key) {
        return Ok(());
    }
    let now = app.now();
    let draft = Draft::new("search.made", actor(by), "search", place).fact("found", found).personal("words", words);
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await?;
    app.searched.insert(key, ()).await;
    Ok(())
}

/// Records an event of the program itself.
pub async fn program(app: &App, what: &'static str) -> Result<(), Error> {
    let now = app.now();
    let draft = Draft::new(what, Actor::System { part: "server" }, "program", "countersign");
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await
}
