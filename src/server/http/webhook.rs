//! `POST /webhooks/persona`: raw bytes, signature, durable, then 202. Persona waits five seconds; the work comes afterwards.
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::server::App;
use crate::server::Error;
use crate::server::persona::signature;
use crate::server::usecase;
use crate::server::usecase::tally::Tally;

/// Largest body, in bytes; more is refused before anything is computed over it.
pub const LARGEST: usize = 1 << 20;

pub async fn receive(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<StatusCode, Error> {
    let persona = &app.config.persona;
    let header = headers.get("persona-signature").map(axum::http::HeaderValue::as_bytes);
    if let Err(why) = signature::verify(header, &body, &persona.webhook_secrets, app.now(), persona.webhook_tolerance) {
        tracing::warn!(%why, "a webhook was refused");
        Tally::one(&app.tally.refused);
        return Ok(StatusCode::UNAUTHORIZED);
    }
    usecase::webhook::keep(&app, body.into(), usecase::webhook::CameBy::Webhook).await?;
    Ok(StatusCode::ACCEPTED)
}
