//! Health checks for monitoring.
use axum::extract::State;
use axum::http::StatusCode;

use crate::server::App;
use crate::server::readiness::Unready;
use crate::server::usecase;

/// The process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// Whether the desk can serve: the database answers and can be written, and the program is not stopping. Persona being
/// down is no reason to turn reviewers away.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if *app.stopping.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match usecase::layout::ready(&app).await {
        // Pages are still served, and say what to do, so no reviewer is turned away.
        Ok(()) if usecase::layout::suspended(&app).await => (StatusCode::OK, "ready; the audit log is suspended\n"),
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(Unready::Silent) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
        Err(Unready::Unwritable) => (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be written\n"),
    }
}

/// Whether decisions are accepted, for monitoring: not while the audit log is suspended.
pub async fn log(State(app): State<App>) -> (StatusCode, &'static str) {
    match usecase::layout::suspended(&app).await {
        true => (StatusCode::SERVICE_UNAVAILABLE, "the audit log is suspended: nothing is decided or sent\n"),
        false => (StatusCode::OK, "the audit log is not suspended\n"),
    }
}
