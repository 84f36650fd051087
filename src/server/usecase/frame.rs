//! Counters and health around every page.
use std::time::Duration;

use crate::domain::decision::State;
use crate::domain::desk::Frame;
use crate::domain::reviewer::{Need, Permit, can};
use crate::domain::time::Timestamp;
use crate::server::db;
use crate::server::{App, Error};

pub async fn frame(app: &App, by: &Permit<can::SignedIn>) -> Result<Frame, Error> {
    let mut conn = app.read().await?;
    let health = app.persona.health();
    let reads = by.reviewer().role.may(Need::ReadQueue);
    let count = |counts: Vec<(String, i64)>, wanted: &[&str]| -> i64 {
        counts.into_iter().filter(|(state, _)| wanted.contains(&state.as_str())).map(|(_, n)| n).sum()
    };
    Ok(Frame {
        waiting: if reads { count(db::queue::status_counts(&mut conn).await?, &["needs_review"]) } else { 0 },
        cases: if reads { db::case::open(&mut conn).await? } else { 0 },
        decisions: db::decision::state_counts(&mut conn)
            .await?
            .into_iter()
            .filter(|(state, _)| State::parse(state).is_some_and(State::open))
            .map(|(_, n)| n)
            .sum(),
        mentions: match by.reviewer().role.may(Need::ReadEvidence) {
            true => db::note::unread(&mut conn, by.reviewer().id).await?,
            false => 0,
        },
        persona_down: if health.down() { health.failure } else { None },
        last_event_at: db::webhook::last_received(&mut conn).await?,
        behind: behind(db::sync::get(&mut conn, super::sync::COMPARED).await?.map(|(at, _)| at), app.now()),
        now: app.now(),
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
