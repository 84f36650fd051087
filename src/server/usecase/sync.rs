//! Filling the mirror from Persona's lists: applying a page of a list, and recording how the walk over a list ended.
use std::time::Duration;

use super::audit::{actor, append};
use crate::domain::account::Account;
use crate::domain::audit::Draft;
use crate::domain::case::Case;
use crate::domain::inquiry::Inquiry;
use crate::domain::page_data::connection::{NOT_PERMITTED, refused_list};
use crate::domain::reviewer::{Permit, permission};
use crate::domain::snapshot_order::Source;
use crate::domain::time::Timestamp;
use crate::server::change_feed::ChangeTopic;
use crate::server::db;
use crate::server::{App, Error};

/// Applies a page of inquiries. Requests the evidence of those that changed.
pub async fn inquiries(app: &App, page: Vec<Inquiry>) -> Result<usize, Error> {
    let now = app.now();
    let changed = app
        .write(move |tx| {
            Box::pin(async move {
                let mut changed = Vec::new();
                for inquiry in page {
                    let id = inquiry.id.clone();
                    let known = db::inquiry::by_id(tx, &id).await?.is_some_and(|row| row.evidence.is_some());
                    let moved = super::inquiry::snapshot::apply_snapshot(tx, inquiry, &Source::Read, now).await?;
                    if moved == Some(true) || !known {
                        db::inquiry::backlog::want_evidence(tx, &id, now).await?;
                    }
                    if moved == Some(true) {
                        changed.push(id);
                    }
                }
                Ok(changed)
            })
        })
        .await?;
    let found = changed.len();
    for id in changed {
        app.publish(ChangeTopic::Inquiry, id);
    }
    Ok(found)
}

pub async fn accounts(app: &App, page: Vec<Account>) -> Result<(), Error> {
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            for account in page {
                super::account::snapshot::apply_snapshot(
                    tx,
                    &account,
                    account.updated_at.unwrap_or(account.created_at),
                    now,
                )
                .await?;
            }
            Ok(())
        })
    })
    .await
}

pub async fn cases(app: &App, page: Vec<Case>) -> Result<(), Error> {
    let now = app.now();
    let changed = app
        .write(move |tx| {
            Box::pin(async move {
                let mut changed = Vec::new();
                for case in page {
                    let id = case.id.clone();
                    if super::case::snapshot::apply_snapshot(tx, case, &Source::Read, now).await? {
                        changed.push(id);
                    }
                }
                Ok(changed)
            })
        })
        .await?;
    for id in changed {
        app.publish(ChangeTopic::Case, id);
    }
    app.wake.case.notify_one();
    Ok(())
}

/// The lists that are walked over. How each walk ended is stored next to other values that are stored by name.
pub const LISTS: [&str; 4] = ["waiting inquiries", "accounts", "cases", "inquiries"];

/// Records how the walk over one list ended, and whether it reached the end.
pub async fn walked(app: &App, name: &'static str, how: String, ended: bool) -> Result<(), Error> {
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            if ended && name == "inquiries" {
                db::sync::set(tx, db::sync::ALL_INQUIRIES, now, "").await?;
            }
            Ok(db::sync::set(tx, name, now, &how).await?)
        })
    })
    .await?;
    app.publish(ChangeTopic::Connection, name);
    Ok(())
}

/// Returns why a list cannot be read until an admin has corrected the key or the address; `None` when it can.
pub(super) async fn forbidden(conn: &mut db::Conn, name: &str) -> Result<Option<String>, Error> {
    let how = db::sync::get(conn, name).await?.map(|(_, how)| how);
    Ok(how.and_then(|how| refused_list(&how).map(str::to_owned)))
}

/// Records whether the list of events may be read, as the last comparison found.
pub async fn events_read(app: &App, refused: Option<String>) -> Result<(), Error> {
    let now = app.now();
    let text = refused.unwrap_or_default();
    // Called every few minutes, so it is written only when it changed.
    let known = db::sync::get(&mut app.read().await?, EVENTS).await?.map(|(_, known)| known).unwrap_or_default();
    if known == text {
        return Ok(());
    }
    app.write(move |tx| Box::pin(async move { Ok(db::sync::set(tx, EVENTS, now, &text).await?) })).await?;
    app.publish(ChangeTopic::Connection, EVENTS);
    Ok(())
}

/// The name under which the reason is stored why the list of events cannot be read.
pub(super) const EVENTS: &str = "list of events";

/// Requests a new read of all lists, for an admin.
pub async fn request(app: &App, by: &Permit<permission::ManageConnection>) -> Result<(), Error> {
    let now = app.now();
    let draft = Draft::new("sync.requested", actor(by), "connection", "persona");
    app.write(move |tx| {
        Box::pin(async move {
            append(tx, now, draft).await?;
            // The admin may just have corrected the key.
            db::delivery::wake_refused(tx, "", now).await?;
            Ok(db::sync::set(tx, ASKED, now, "").await?)
        })
    })
    .await?;
    app.wake.deliver.notify_one();
    app.wake.sync.notify_one();
    app.wake.reconcile.notify_one();
    Ok(())
}

/// Requests a new read of all lists because the desk itself finds that it is too far behind.
pub async fn ask(app: &App) -> Result<(), Error> {
    let now = app.now();
    app.write(move |tx| Box::pin(async move { Ok(db::sync::set(tx, ASKED, now, "").await?) })).await?;
    app.wake.sync.notify_one();
    Ok(())
}

/// Called when more events are missing than are compared: reads the lists, and the parts of everything that can be
/// decided, again.
pub async fn read_anew(app: &App) -> Result<(), Error> {
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            db::inquiry::backlog::want_evidence_of_decidable(tx, now).await?;
            db::case::want_open(tx, now).await?;
            Ok(())
        })
    })
    .await?;
    app.wake.evidence.notify_one();
    app.wake.case.notify_one();
    ask(app).await
}

/// The name under which a request is stored, so that another replica or a restart sees it as well.
const ASKED: &str = "asked";

/// Returns the lists that are to be walked: never read to their end, read long ago, or requested since. A list that
/// failed is read again without those that did not.
pub async fn asked_again(app: &App, every: Duration) -> Result<Vec<&'static str>, Error> {
    let mut conn = app.read().await?;
    let asked = db::sync::get(&mut conn, ASKED).await?.map(|(at, _)| at);
    let now = app.now();
    let mut wanted = Vec::new();
    for name in LISTS {
        let current = match db::sync::get(&mut conn, name).await? {
            None => false,
            Some((last, how)) => {
                // What the key may not read, it may not read in ten minutes either.
                let ended = how.ends_with("read") || how.contains(NOT_PERMITTED);
                let long_ago = now.since(last) >= every || last > now;
                ended && !long_ago && asked.is_none_or(|asked| asked <= last)
            }
        };
        if !current {
            wanted.push(name);
        }
    }
    Ok(wanted)
}

/// Returns the end and the beginning of the time in which every event of Persona is known to be here.
pub async fn compared(app: &App) -> Result<Option<(Timestamp, Timestamp)>, Error> {
    let mut conn = app.read().await?;
    Ok(db::sync::get(&mut conn, COMPARED).await?.and_then(|(_, text)| span(&text)))
}

/// Parses the time that was compared, as it is stored. Returns its end and its beginning.
pub(super) fn span(text: &str) -> Option<(Timestamp, Timestamp)> {
    let (from, through) = text.split_once(" to ")?;
    Some((through.parse().ok()?, from.parse().ok()?))
}

/// The name under which the comparison of events is stored.
pub(super) const COMPARED: &str = "events";

/// Records that the comparison reached its end: every event up to `through` is here.
pub async fn now_compared(app: &App, through: Timestamp) -> Result<(), Error> {
    let now = app.now();
    let from = compared(app).await?.map_or(through, |(_, from)| from);
    let text = format!("{from} to {through}", from = from.to_text(), through = through.to_text());
    app.write(move |tx| Box::pin(async move { Ok(db::sync::set(tx, COMPARED, now, &text).await?) })).await?;
    app.publish(ChangeTopic::Connection, COMPARED);
    Ok(())
}
