//! `GET /live`: tells a browser that something changed, never what; it fetches with its own rights.
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::Stream;
use tokio::sync::broadcast::error::RecvError;

use super::guard::May;
use crate::domain::reviewer::{Need, can};
use crate::server::App;
use crate::server::app::Topic;
use crate::server::usecase;

/// A stream outlives its request, so it looks again whether its reviewer may still listen.
const RECHECK: Duration = Duration::from_secs(30);

pub async fn pings(
    State(app): State<App>,
    May(by): May<can::SignedIn>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut live = app.live.subscribe();
    let mut stopping = app.stopping.subscribe();
    let reads = by.reviewer().role.may(Need::ReadQueue);
    let session = by.origin().session.clone().unwrap_or_default();
    let id = by.reviewer().id;
    let (send, receive) = tokio::sync::mpsc::channel::<Result<Event, Infallible>>(64);
    tokio::spawn(async move {
        let mut recheck = tokio::time::interval(RECHECK);
        recheck.tick().await;
        // At once, so that the browser knows the stream stands.
        if send.send(Ok(Event::default().event("hello").data("1"))).await.is_err() {
            return;
        }
        loop {
            let event = tokio::select! {
                () = send.closed() => return,
                _ = stopping.changed() => return,
                _ = recheck.tick() => {
                    match usecase::session::still_open(&app, id, &session).await {
                        Ok(true) => continue,
                        Ok(false) | Err(_) => return,
                    }
                }
                ping = live.recv() => match ping {
                    Ok(ping) if reads || ping.topic == Topic::Connection => Event::default().event(ping.topic.as_str()).data(ping.id),
                    Ok(_) => continue,
                    // Missed some: whoever listens has to look at everything again.
                    Err(RecvError::Lagged(_)) => Event::default().event("inquiry").data("*"),
                    Err(RecvError::Closed) => return,
                },
            };
            if send.send(Ok(event)).await.is_err() {
                return;
            }
        }
    });
    Sse::new(tokio_stream::wrappers::ReceiverStream::new(receive))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}
