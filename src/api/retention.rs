//! How long records are kept.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::retention::RetentionPage;

/// With an account: also what would be erased of it, by its own clock or by the one that is asked about.
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

/// Starts the clock, or proposes to.
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
