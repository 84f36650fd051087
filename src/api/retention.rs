//! How long records are kept.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::retention::RetentionPage;

#[server(prefix = "/api", endpoint = "retention", input = Json)]
pub async fn retention() -> Result<RetentionPage, ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    crate::server::http::answer::give(crate::server::usecase::retention::page(&app, &by).await)
}

#[server(prefix = "/api", endpoint = "retention-end")]
pub async fn end_relationship(account: String, ended_on: String, profile: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    crate::server::http::answer::give(
        crate::server::usecase::retention::end(&app, &by, account, ended_on, profile).await,
    )
}

#[server(prefix = "/api", endpoint = "retention-hold")]
pub async fn hold_records(account: String, reason: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    crate::server::http::answer::give(crate::server::usecase::retention::hold(&app, &by, account, Some(reason)).await)
}

#[server(prefix = "/api", endpoint = "retention-release")]
pub async fn release_records(account: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    crate::server::http::answer::give(crate::server::usecase::retention::hold(&app, &by, account, None).await)
}
