//! Managing reviewers.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::desk::ReviewersPage;
use crate::domain::reviewer::Role;

#[server(prefix = "/api", endpoint = "reviewers", input = Json)]
pub async fn reviewers() -> Result<ReviewersPage, ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    crate::server::http::answer::give(crate::server::usecase::reviewer::list(&app, &by).await)
}

/// The first password stands on the next reading of the list, once.
#[server(prefix = "/api", endpoint = "reviewer-add")]
pub async fn add_reviewer(email: String, name: String, role: Role) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    crate::server::http::answer::give(
        crate::server::usecase::reviewer::add_at_desk(&app, &by, &email, &name, role).await,
    )
}

#[server(prefix = "/api", endpoint = "reviewer-disable")]
pub async fn disable_reviewer(id: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    let id = crate::server::http::answer::id(id, "reviewer")?;
    crate::server::http::answer::give(crate::server::usecase::reviewer::disable(&app, (&by).into(), id).await)
}

#[server(prefix = "/api", endpoint = "reviewer-enable")]
pub async fn enable_reviewer(id: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    let id = crate::server::http::answer::id(id, "reviewer")?;
    crate::server::http::answer::give(crate::server::usecase::reviewer::enable(&app, (&by).into(), id).await)
}
