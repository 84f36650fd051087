//! Counters and health shown around every page.
use std::time::Duration;

use super::blind::concealment::Concealed;
use crate::domain::inquiry::InquiryStatus;
use crate::domain::page_data::layout::Frame;
use crate::domain::reviewer::{Permission, Permit, permission};
use crate::domain::time::Timestamp;
use crate::server::db;
use crate::server::readiness::Unready;
use crate::server::{App, Error};

pub async fn layout(app: &App, by: &Permit<permission::SignedIn>) -> Result<Frame, Error> {
    let now = app.now();
    let mut conn = app.read().await?;
    let around = db::layout::layout_data(&mut conn, by.reviewer().id, super::sync::COMPARED).await?;
    // What lists leave out is not counted either. If no blind review is open, there is no need to look up for whom.
    let concealed = match around.blind {
        0 => Concealed::default(),
        _ => super::blind::concealment::concealed(&mut conn, by, now).await?,
    };
    drop(conn);
    let health = app.persona.health();
    let allowed = |need, n| if by.reviewer().role.may(need) { n } else { 0 };
    let behind = behind(around.compared_at, now);
    let events_refused = match behind {
        Some(_) => super::sync::forbidden(&mut app.read().await?, super::sync::EVENTS).await?,
        None => None,
    };
    Ok(Frame {
        waiting: allowed(
            Permission::ReadQueue,
            around.waiting - concealed.of_status(InquiryStatus::NeedsReview.as_str()),
        ),
        cases: allowed(Permission::ReadQueue, around.cases),
        decisions: around.decisions - concealed.on_the_way(),
        mentions: allowed(Permission::ReadEvidence, around.mentions),
        returned: allowed(Permission::Decide, around.returned),
        persona_down: if health.down() { health.failure } else { None },
        refused: around.refused > 0,
        last_event_at: around.last_event_at,
        behind,
        events_refused,
        suspended: around.contradicted > 0,
        now,
    })
}

/// Events are compared with Persona's list every five minutes. After three missed comparisons every page says so.
const BEHIND_AFTER: Duration = Duration::from_secs(15 * 60);

fn behind(compared: Option<Timestamp>, now: Timestamp) -> Option<Option<Timestamp>> {
    match compared {
        Some(at) if now.since(at) < BEHIND_AFTER => None,
        at => Some(at),
    }
}

/// A database that takes longer than this counts as unavailable, so that requests go to another replica.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Whether the database answers and can be written to: on a full disk it can only be read. Checked at most once a
/// second, because anybody may call this.
pub async fn ready(app: &App) -> Result<(), Unready> {
    app.ready.get_with((), tried(app)).await
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

/// Name of the row that is written to test whether the database can be written to.
const WRITTEN: &str = "health";

/// Whether signing, deciding and sending are suspended. If that is not known, they count as suspended.
pub async fn suspended(app: &App) -> bool {
    let asked = async { db::checkpoint::comparison::contradicted(&mut app.read().await?).await.map_err(Error::from) };
    !matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(false)))
}
