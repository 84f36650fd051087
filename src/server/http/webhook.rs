//! `POST /webhooks/persona`: checks the signature of the raw bytes, stores them durably, then answers 202. Persona
//! waits five seconds, so the event is applied afterwards.
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};

use crate::server::App;
use crate::server::Error;
use crate::server::persona::signature;
use crate::server::usecase;

/// Largest body, in bytes. A larger one is refused before anything is computed over it.
pub const LARGEST: usize = 1 << 20;

pub async fn receive(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Error> {
    let body = match body {
        Ok(body) => body,
        Err(unread) => {
            if unread.status() == StatusCode::PAYLOAD_TOO_LARGE {
                tracing::warn!("a webhook was refused: too large");
                app.counters.too_large();
            }
            return Ok(unread.status());
        }
    };
    let persona = &app.config.persona;
    let header = headers.get("persona-signature").map(axum::http::HeaderValue::as_bytes);
    if let Err(why) = signature::verify(header, &body, &persona.webhook_secrets, app.now(), persona.webhook_tolerance) {
        tracing::warn!(%why, "a webhook was refused");
        app.counters.badly_signed(why);
        return Ok(StatusCode::UNAUTHORIZED);
    }
    usecase::webhook::keep(&app, body.into(), usecase::webhook::CameBy::Webhook).await?;
    Ok(StatusCode::ACCEPTED)
}
