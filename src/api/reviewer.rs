//! Managing reviewers.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::page_data::reviewer::{Invited, ReviewersPage};
use crate::domain::reviewer::Role;

#[server(prefix = "/api", endpoint = "reviewers", input = Json)]
pub async fn reviewers() -> Result<ReviewersPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let page = crate::server::http::respond::respond_page(crate::server::usecase::reviewer::list(&app, &by).await)?;
    Ok(ReviewersPage { fresh: crate::server::http::invitation::once(), ..page })
}

/// Returns the link through which the new reviewer sets a password. The link is shown in this answer only.
#[server(prefix = "/api", endpoint = "reviewer-add")]
pub async fn add_reviewer(email: String, name: String, role: Role) -> Result<Invited, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let made = crate::server::usecase::invitation::invite(&app, &by, &email, &name, role).await;
    crate::server::http::respond::respond(made.map(|fresh| crate::server::http::invitation::shown(&app, fresh)))
}

/// The same for a reviewer who has an account already: their old password no longer works.
#[server(prefix = "/api", endpoint = "reviewer-reset")]
pub async fn reset_reviewer(id: String) -> Result<Invited, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(id, "reviewer")?;
    let made = crate::server::usecase::invitation::reset(&app, (&by).into(), id).await;
    crate::server::http::respond::respond(made.map(|fresh| crate::server::http::invitation::shown(&app, fresh)))
}

#[server(prefix = "/api", endpoint = "reviewer-role")]
pub async fn change_role(id: String, role: Role) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(id, "reviewer")?;
    crate::server::http::respond::respond(
        crate::server::usecase::reviewer::set_role(&app, (&by).into(), id, role).await,
    )
}

/// Returns a link for the owner of the account. The link is shown in this answer only.
#[server(prefix = "/api", endpoint = "reviewer-confirm")]
pub async fn confirm_reviewer(id: String) -> Result<Invited, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(id, "reviewer")?;
    let made = crate::server::usecase::reviewer::confirm(&app, &by, id).await;
    crate::server::http::respond::respond(made.map(|fresh| crate::server::http::invitation::shown(&app, fresh)))
}

/// Confirms a link for a new password that a colleague created for an admin or an auditor.
#[server(prefix = "/api", endpoint = "reviewer-reset-confirm")]
pub async fn confirm_reset(id: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(id, "reviewer")?;
    crate::server::http::respond::respond(crate::server::usecase::invitation::confirm(&app, &by, id).await)
}

#[server(prefix = "/api", endpoint = "reviewer-disable")]
pub async fn disable_reviewer(id: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(id, "reviewer")?;
    crate::server::http::respond::respond(crate::server::usecase::reviewer::disable(&app, (&by).into(), id).await)
}

#[server(prefix = "/api", endpoint = "reviewer-enable")]
pub async fn enable_reviewer(id: String) -> Result<Invited, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(id, "reviewer")?;
    let made = crate::server::usecase::invitation::enable(&app, (&by).into(), id).await;
    crate::server::http::respond::respond(made.map(|fresh| crate::server::http::invitation::shown(&app, fresh)))
}
