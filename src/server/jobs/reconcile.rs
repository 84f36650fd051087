//! Finds what webhooks did not bring. Persona gives a webhook up after minutes (CONTRACT.md section 22), so its list of
//! events is compared with what is here: every few minutes, at the start, and when an admin asks. What is missing is taken
//! in as if its webhook had come.
use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::mirror::orders;
use crate::domain::time::Timestamp;
use crate::server::persona::{Failure, Lane};
use crate::server::usecase::countersign::overtaken;
use crate::server::usecase::sync::{compared, events_read, now_compared, read_anew};
use crate::server::usecase::webhook::{CameBy, Kept, forgotten, keep};
use crate::server::{App, Error};

/// Events that happened about the same time may come in another order than they are listed in.
const OVERLAP: Duration = Duration::from_secs(120);
/// Objects that the desk shows, as the names of their events begin (`report/watchlist.matched`). The list is not filtered by
/// name at Persona: a filter names each type of report and verification, and leaves out those that are new.
const NOUNS: [&str; 8] =
    ["inquiry", "case", "account", "report", "verification", "document", "selfie", "inquiry-session"];
/// Pages in one run; with more than that missing, reading the lists themselves is faster.
const MOST_PAGES: usize = 300;

pub async fn run(app: &App) -> Result<usize, Error> {
    let found = compare(app).await?;
    if found > 0 {
        tracing::info!(found, "events that no webhook had brought");
        app.wake.intake.notify_one();
    }
    Ok(found + overtaken(app).await?)
}

/// How many events were missing. Persona not answering ends the comparison and is no error of ours: what was taken in
/// stays, and the next run begins anew.
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
                tracing::warn!(%failure, "the list of events could not be read to where it is known");
                if matches!(failure, Failure::NotPermitted { .. } | Failure::NoSuchList) {
                    events_read(app, Some(failure.to_string())).await?;
                }
                return Ok(found);
            }
        };
        let mut oldest: Option<Timestamp> = None;
        for event in events {
            let head = Head::of(&event);
            // One dated far ahead must not make all of these look as if they were here.
            let at = head.created_at.filter(|at| orders(*at, now));
            newest = newest.max(at);
            oldest = if oldest.is_none() { at } else { oldest.min(at) };
            // What happened before the first comparison is in the lists: they say how everything stands.
            if known_through.is_none() || at.is_some_and(|at| at <= from) {
                continue;
            }
            // Known once, and not any more: it is not missed.
            if known_through.zip(at).is_some_and(|(through, at)| forgotten(app.now(), through, at)) {
                continue;
            }
            if !head.concerns_us() {
                continue;
            }
            // One that cannot be read is laid aside for a person, as if its webhook had brought it.
            match keep(app, format!("{{\"data\":{event}}}").into_bytes(), CameBy::List).await {
                Ok(kept) => found += usize::from(kept == Kept::New),
                // The others are taken in; the comparison is not at its end, and begins anew.
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
    // Too far back: the lists themselves are read, and what they do not tell of.
    read_anew(app).await?;
    now_compared(app, newest.or(known_through).unwrap_or(app.now())).await?;
    Ok(found)
}

/// What decides whether a listed event is compared.
struct Head {
    /// Of an event that cannot be read there is none.
    name: Option<String>,
    created_at: Option<Timestamp>,
}

impl Head {
    fn of(event: &RawValue) -> Self {
        let event: Option<Value> = serde_json::from_str(event.get()).ok();
        let attributes = event.as_ref().and_then(|event| event.get("attributes")?.as_object());
        let text =
            |name| attributes.and_then(|attributes| crate::server::persona::wire::get(attributes, name)?.as_str());
        Self { name: text("name").map(str::to_owned), created_at: text("created-at").and_then(|at| at.parse().ok()) }
    }

    /// What was redacted is taken out here, whatever it was. An event without a name is laid aside for a person.
    fn concerns_us(&self) -> bool {
        self.name.as_deref().is_none_or(|name| {
            let noun = name.split(['.', '/']).next().unwrap_or_default();
            NOUNS.contains(&noun) || name.ends_with(".redacted")
        })
    }
}
