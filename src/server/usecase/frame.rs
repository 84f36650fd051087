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

/// Whether the database answers.
pub async fn ready(app: &App) -> Result<(), Error> {
    let mut conn = app.read().await?;
    db::audit::size(&mut conn).await?;
    Ok(())
}
