//! The health of the connection to Persona.
use std::collections::HashMap;
use std::time::Duration;

use super::sync::{COMPARED, EVENTS, LISTS, forbidden};
use crate::domain::page_data::connection::{ConnectionPage, DeadLetterRow, RefusedCalls, RefusedWebhooks};
use crate::domain::reviewer::{Permit, permission};
use crate::domain::time::Timestamp;
use crate::server::db;
use crate::server::{App, Error};

/// Events from which the lag is computed.
const LAG_OF: i64 = 200;

/// Returns the median and the 95th percentile of how long webhooks took, in milliseconds.
fn lag(times: Vec<(Timestamp, Timestamp)>) -> Option<(u64, u64)> {
    let mut took: Vec<u64> = times
        .into_iter()
        .map(|(created, received)| if received > created { received.since(created) } else { Duration::ZERO })
        .map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
        .collect();
    took.sort_unstable();
    let at = |part: usize| took.get((took.len() * part / 100).min(took.len().checked_sub(1)?)).copied();
    Some((at(50)?, at(95)?))
}

/// Returns the health of the connection to Persona.
pub async fn page(app: &App, by: &Permit<permission::ReadConnection>) -> Result<ConnectionPage, Error> {
    // Includes what was counted in the last minute.
    super::counters::flush(app).await?;
    let suspension = super::resume::suspended(app, by).await?;
    let beside = super::runs::beside(app).await?;
    let mut conn = app.read().await?;
    let health = app.persona.health();
    let config = &app.config.persona;
    let counts: HashMap<String, i64> = db::webhook::counts(&mut conn).await?.into_iter().collect();
    let events = ["received", "applied", "kept", "failed"]
        .map(|state| (state.to_owned(), counts.get(state).copied().unwrap_or(0)));
    Ok(ConnectionPage {
        environment: config.environment.label().to_owned(),
        api_url: config.api_url.to_string(),
        version: config.version.clone(),
        relation_keys: config.relation_keys.clone(),
        answered_at: health.answered_at,
        failed_at: health.failed_at,
        failure: health.failure,
        window: health.window,
        refused_calls: db::delivery::refusal(&mut conn).await?.map(|refusal| RefusedCalls {
            at: refusal.at,
            why: refusal.answer.unwrap_or_else(|| "no reason given".to_owned()),
            waiting: refusal.waiting,
        }),
        syncs: db::sync::all(&mut conn)
            .await?
            .into_iter()
            .filter(|(name, ..)| LISTS.contains(&name.as_str()))
            .collect(),
        events: events.into_iter().filter(|(state, n)| *n > 0 || state != "kept").collect(),
        last_event_at: db::webhook::last_received(&mut conn).await?,
        lag: lag(db::webhook::lags(&mut conn, LAG_OF).await?),
        gaps: db::webhook::gaps(&mut conn, app.now().minus(Duration::from_secs(86_400))).await?,
        compared: db::sync::get(&mut conn, COMPARED).await?.map(|(at, _)| at),
        events_refused: forbidden(&mut conn, EVENTS).await?,
        suspension,
        beside: beside.into_iter().map(|run| (run.host, run.seen_at)).collect(),
        refused: db::event_counter::refusals(&mut conn, app.now().minus(Duration::from_secs(86_400)))
            .await?
            .into_iter()
            .map(|(why, number, last_at)| RefusedWebhooks { why, number, last_at })
            .collect(),
        dead_letters: db::webhook::dead_letters(&mut conn, 50)
            .await?
            .into_iter()
            .map(|letter| DeadLetterRow {
                digest: letter.digest,
                received_at: letter.received_at,
                why: letter.why,
                size: i64::try_from(letter.body.len()).unwrap_or(i64::MAX),
            })
            .collect(),
        failed_events: db::webhook::failed(&mut conn, 50).await?,
        now: app.now(),
    })
}
