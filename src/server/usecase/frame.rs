//! Counters and health around every page.
use std::time::Duration;

use crate::domain::desk::Frame;
use crate::domain::reviewer::{Need, Permit, can};
use crate::domain::time::Timestamp;
use crate::server::db;
use crate::server::{App, Error};

pub async fn frame(app: &App, by: &Permit<can::SignedIn>) -> Result<Frame, Error> {
    let around = db::frame::around(&mut app.read().await?, by.reviewer().id, super::sync::COMPARED).await?;
    let health = app.persona.health();
    let now = app.now();
    let allowed = |need, n| if by.reviewer().role.may(need) { n } else { 0 };
    Ok(Frame {
        waiting: allowed(Need::ReadQueue, around.waiting),
        cases: allowed(Need::ReadQueue, around.cases),
        decisions: around.decisions,
        mentions: allowed(Need::ReadEvidence, around.mentions),
        returned: allowed(Need::Decide, around.returned),
        persona_down: if health.down() { health.failure } else { None },
        last_event_at: around.last_event_at,
        behind: behind(around.compared_at, now),
        now,
    })
}

/// Events are compared with Persona's list every five minutes; three times missed is said on every page.
const BEHIND_AFTER: Duration = Duration::from_secs(15 * 60);

fn behind(compared: Option<Timestamp>, now: Timestamp) -> Option<Option<Timestamp>> {
    match compared {
        Some(at) if now.since(at) < BEHIND_AFTER => None,
        at => Some(at),
    }
}

/// A database that takes longer than this is away, for whoever sends requests to this replica or to another.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Whether the database answers, and can be written: on a full disk it can only be read. Asked of it at most once a second,
/// because anybody may ask us.
pub async fn ready(app: &App) -> Result<(), Unready> {
    app.ready.get_with((), tried(app)).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unready {
    Silent,
    Unwritable,
}

async fn tried(app: &App) -> Result<(), Unready> {
    let now = app.now();
    let read = async { db::audit::size(&mut app.read().await?).await.map_err(Error::from) };
    match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok(_)) => {}
        Ok(Err(_)) | Err(_) => return Err(Unready::Silent),
    }
    let write = app.write(move |tx| Box::pin(async move { Ok(db::sync::set(tx, WRITTEN, now, "").await?) }));
    match tokio::time::timeout(PATIENCE, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database cannot be written");
            Err(Unready::Unwritable)
        }
        Err(_) => Err(Unready::Unwritable),
    }
}

/// The row that is written to see whether one can.
const WRITTEN: &str = "health";
