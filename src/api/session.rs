//! Signing in and out, and the data for the layout around every page.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::page_data::layout::{Frame, SessionLeft};
use crate::domain::page_data::session::OwnAccount;
use crate::domain::reviewer::Permission;

/// Anyone may call this. Answers with a redirect, to the same place for every kind of failure.
#[server(prefix = "/api", endpoint = "sign-in")]
pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<(), ApiError> {
    crate::server::http::guard::sign_in(&email, &password, next.as_deref()).await
}

#[server(prefix = "/api", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), ApiError> {
    crate::server::http::guard::sign_out().await
}

/// Reports activity: the guard prolongs the session. Returns how long it lasts from now.
#[server(prefix = "/api", endpoint = "active", input = Json)]
pub async fn active() -> Result<SessionLeft, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::session::left(&app, &by, true).await)
}

/// Returns how long the session lasts without activity. Asking does not prolong it.
#[server(prefix = "/api", endpoint = "session-left", input = Json)]
pub async fn how_long() -> Result<SessionLeft, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::session::left(&app, &by, false).await)
}

#[server(prefix = "/api", endpoint = "frame", input = Json)]
pub async fn desk_frame() -> Result<Frame, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::layout::layout(&app, &by).await)
}

/// Called by a page that the role may not see, so that the attempt is recorded and the HTTP status is right.
#[server(prefix = "/api", endpoint = "knock", input = Json)]
pub async fn knock(need: Permission) -> Result<(), ApiError> {
    crate::server::http::guard::report_denied(need).await
}

#[server(prefix = "/api", endpoint = "account", input = Json)]
pub async fn my_account() -> Result<OwnAccount, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::session::own_account(&app, &by).await)
}

#[server(prefix = "/api", endpoint = "change-password")]
pub async fn change_password(old: String, new: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::session::change_password(&app, &by, &old, &new).await)
}

#[server(prefix = "/api", endpoint = "end-session")]
pub async fn end_session(mark: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::session::end_own(&app, &by, &mark).await)
}
