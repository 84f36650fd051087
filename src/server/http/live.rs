//! `GET /live`: publishes to a browser that something changed, never what. The browser fetches it with its own
//! permissions.
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::Stream;
use tokio::sync::broadcast::error::RecvError;

use super::guard::Require;
use crate::domain::reviewer::permission;
use crate::server::App;
use crate::server::change_feed::{Change, ChangeTopic};

/// Something is sent at least this often. `ui/live` treats a connection as dead that is silent for twice this time.
const BEAT: Duration = Duration::from_secs(15);

#[derive(Debug, serde::Deserialize)]
pub struct From {
    /// Cursor of the change feed when the page was rendered.
    #[serde(default)]
    after: String,
}

pub async fn stream(
    State(app): State<App>,
    Require(by): Require<permission::SignedIn>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> ([(HeaderName, &'static str); 1], Sse<impl Stream<Item = Result<Event, Infallible>>>) {
    // A browser that lost the connection reports by itself which event it received last.
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).unwrap_or(&from.after);
    let (missed, mut pings) = app.changes.resume(last);
    let mut stopping = app.stopping.subscribe();
    let role = by.reviewer().role;
    let session = by.origin().session.clone().unwrap_or_default();
    let id = by.reviewer().id;
    // A stream outlives its request, and must not outlive its session.
    let mut session = crate::server::usecase::session_watch::follow(&app, &session, (id, role));
    let (send, receive) = tokio::sync::mpsc::channel::<Result<Event, Infallible>>(64);
    tokio::spawn(async move {
        let tell = |ping: Change| {
            let meant = !matches!(ping.topic, ChangeTopic::Note | ChangeTopic::Returned) || ping.id == id.to_string();
            (meant && role.may(ping.topic.needs()))
                .then(|| Event::default().id(app.changes.cursor(ping.number)).event(ping.topic.as_str()).data(ping.id))
        };
        // The browser has to fetch everything again.
        let everything = || Event::default().event("inquiry").data("*");
        // Sent at once, so that the browser knows that the stream is open.
        let mut first = vec![Event::default().event("hello").data("1")];
        match missed {
            Some(missed) => first.extend(missed.into_iter().filter_map(&tell)),
            None => first.push(everything()),
        }
        // Everything after this is new: a tab that shares the connection of another tab needs no connection of its own
        // from here on.
        first.push(Event::default().event("ready").data("1"));
        for event in first {
            if send.send(Ok(event)).await.is_err() {
                return;
            }
        }
        loop {
            let event = tokio::select! {
                () = send.closed() => return,
                _ = stopping.changed() => return,
                () = session.ended() => return,
                ping = pings.recv() => match ping {
                    Ok(ping) => match tell(ping) {
                        Some(event) => event,
                        None => continue,
                    },
                    Err(RecvError::Lagged(_)) => everything(),
                    Err(RecvError::Closed) => return,
                },
            };
            if send.send(Ok(event)).await.is_err() {
                return;
            }
        }
    });
    // An event and not a comment, because browsers do not pass comments on to pages, and pages check that the beat
    // arrives.
    let beat = KeepAlive::new().interval(BEAT).event(Event::default().event("beat").data("1"));
    // Otherwise nginx would hold an answer back until it is long enough.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    (unbuffered, Sse::new(tokio_stream::wrappers::ReceiverStream::new(receive)).keep_alive(beat))
}
