//! Finds events that no webhook brought. Persona gives up a webhook after minutes (CONTRACT.md section 22), so its list
//! of events is compared with the events that the desk has: every few minutes, at the start, and when an admin asks. A
//! missing event is stored as if its webhook had arrived.
use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::snapshot_order::orders;
use crate::domain::time::Timestamp;
use crate::server::persona::{Failure, Lane};
use crate::server::usecase::decision::countersign::overtaken;
use crate::server::usecase::sync::{compared, events_read, now_compared, read_anew};
use crate::server::usecase::webhook::{CameBy, ReceivedEvent, forgotten, keep};
use crate::server::{App, Error};

/// Events of about the same time may arrive in another order than they are listed in.
const OVERLAP: Duration = Duration::from_secs(120);
/// Objects that the desk shows, as the names of their events begin (`report/watchlist.matched`). The list is not
/// filtered by name at Persona, because a filter has to name each type of report and verification, and would leave out
/// new ones.
const NOUNS: [&str; 8] =
    ["inquiry", "case", "account", "report", "verification", "document", "selfie", "inquiry-session"];
/// Most pages in one run; if more is missing, reading the lists of objects is faster.
const MOST_PAGES: usize = 300;

pub async fn run(app: &App) -> Result<usize, Error> {
    let found = compare(app).await?;
    if found > 0 {
        tracing::info!(found, "events that no webhook had brought");
        app.wake.intake.notify_one();
    }
    Ok(found + overtaken(app).await?)
}

/// Returns how many events were missing. If Persona does not answer, the comparison ends without an error: what was
/// stored stays, and the next run begins again.
async fn compare(app: &App) -> Result<usize, Error> {
    let now = app.now();
    let (known_through, from) = match compared(app).await? {
        Some((through, from)) => (Some(through.min(now)), from),
        None => (None, Timestamp::from_micros(0)),
    };
    let mut newest: Option<Timestamp> = None;
    let mut found = 0;
    let mut error = None;
    let mut next: Option<String> = None;
    let mut followed = HashSet::new();
    for _ in 0..MOST_PAGES {
        let page = app
            .persona
            .list::<Box<RawValue>>(Lane::Background, "/events", &[("page[size]", "100")], next.as_deref())
            .await;
        let (events, following) = match page {
            Ok(page) => {
                events_read(app, None).await?;
                (page.rows, page.next)
            }
            Err(failure) => {
                tracing::warn!(%failure, "the list of events could not be read back to the last comparison");
                if matches!(failure, Failure::NotPermitted { .. } | Failure::NoSuchList) {
                    events_read(app, Some(failure.to_string())).await?;
                }
                return Ok(found);
            }
        };
        let mut oldest: Option<Timestamp> = None;
        for event in events {
            let head = ListedEvent::of(&event);
            // An event that is dated far in the future must not make all of them look known.
            let at = head.created_at.filter(|at| orders(*at, now));
            newest = newest.max(at);
            oldest = if oldest.is_none() { at } else { oldest.min(at) };
            // Events before the first comparison are not needed: the lists of objects have the current state.
            if known_through.is_none() || at.is_some_and(|at| at <= from) {
                continue;
            }
            // It was known once and has been erased since, so it is not missing.
            if known_through.zip(at).is_some_and(|(through, at)| forgotten(app.now(), through, at)) {
                continue;
            }
            if !head.concerns_us() {
                continue;
            }
            // An event that cannot be read is set aside for a person, as if its webhook had brought it.
            match keep(app, format!("{{\"data\":{event}}}").into_bytes(), CameBy::List).await {
                Ok(kept) => found += usize::from(kept == ReceivedEvent::New),
                // The other events are stored. The comparison is incomplete and begins again.
                Err(why) => error = error.or(Some(why)),
            }
        }
        if let Some(error) = error {
            return Err(error);
        }
        let reached = match (known_through, oldest) {
            (Some(through), Some(oldest)) => oldest < through.minus(OVERLAP),
            (None, _) | (_, None) => true,
        };
        if reached || following.is_none() {
            now_compared(app, newest.or(known_through).unwrap_or(app.now())).await?;
            return Ok(found);
        }
        if *app.stopping.borrow() {
            return Ok(found);
        }
        if following.as_ref().is_some_and(|link| !followed.insert(link.clone())) {
            tracing::warn!("the list of events leads back to a page that was read");
            return Ok(found);
        }
        next = following;
    }
    // Too far back: the lists of objects are read again, and what they do not contain.
    read_anew(app).await?;
    now_compared(app, newest.or(known_through).unwrap_or(app.now())).await?;
    Ok(found)
}

/// The parts of a listed event that decide whether it is compared.
struct ListedEvent {
    /// `None` if the event cannot be read.
    name: Option<String>,
    created_at: Option<Timestamp>,
}

impl ListedEvent {
    fn of(event: &RawValue) -> Self {
        let event: Option<Value> = serde_json::from_str(event.get()).ok();
        let attributes = event.as_ref().and_then(|event| event.get("attributes")?.as_object());
        let text =
            |name| attributes.and_then(|attributes| crate::server::persona::json_api::get(attributes, name)?.as_str());
        Self { name: text("name").map(str::to_owned), created_at: text("created-at").and_then(|at| at.parse().ok()) }
    }

    /// Whether the event matters to the desk. What Persona redacted is redacted here too, whatever it was. An event
    /// without a name is set aside for a person.
    fn concerns_us(&self) -> bool {
        self.name.as_deref().is_none_or(|name| {
            let noun = name.split(['.', '/']).next().unwrap_or_default();
            NOUNS.contains(&noun) || name.ends_with(".redacted")
        })
    }
}
