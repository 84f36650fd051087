//! Retention: how long records are stored, and when they are erased.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::retention::RetentionPage;

/// With an account, the page also shows what would be erased of it, by its own retention or by the end date and profile
/// that the caller gives.
#[server(prefix = "/api", endpoint = "retention", input = Json)]
pub async fn retention(
    account: Option<String>,
    ended_on: Option<String>,
    profile: Option<String>,
) -> Result<RetentionPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(
        crate::server::usecase::retention_page::page(&app, &by, account, ended_on, profile).await,
    )
}

/// Starts the retention of an account at the end of the relationship, or proposes to start it.
#[server(prefix = "/api", endpoint = "retention-end")]
pub async fn end_relationship(account: String, ended_on: String, profile: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(
        crate::server::usecase::retention::end(&app, &by, account, ended_on, profile).await,
    )
}

#[server(prefix = "/api", endpoint = "retention-hold")]
pub async fn hold_records(account: String, reason: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::retention::hold(&app, &by, account, reason).await)
}

/// Proposes to lift a hold.
#[server(prefix = "/api", endpoint = "retention-release")]
pub async fn release_records(account: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::retention::release(&app, &by, account).await)
}

#[server(prefix = "/api", endpoint = "retention-confirm")]
pub async fn confirm_retention(proposal: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(proposal, "proposal")?;
    crate::server::http::respond::respond(crate::server::usecase::retention::confirm(&app, &by, id).await)
}

#[server(prefix = "/api", endpoint = "retention-cancel")]
pub async fn cancel_retention(proposal: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(proposal, "proposal")?;
    crate::server::http::respond::respond(crate::server::usecase::retention::cancel(&app, &by, id).await)
}
