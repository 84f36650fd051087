//! Claiming an inquiry.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::claim::Claim;

/// With a `reason`, a colleague's claim is taken over.
#[server(prefix = "/api", endpoint = "claim")]
pub async fn take_claim(inquiry: String, reason: Option<String>) -> Result<Claim, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(inquiry, "inquiry")?;
    crate::server::http::respond::respond(crate::server::usecase::claim::take(&app, &by, id, reason).await)
}

/// Returns false when the claim no longer belongs to this reviewer.
#[server(prefix = "/api", endpoint = "claim-renew", input = Json)]
pub async fn renew_claim(inquiry: String) -> Result<bool, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(inquiry, "inquiry")?;
    crate::server::http::respond::respond(crate::server::usecase::claim::renew(&app, &by, id).await)
}

#[server(prefix = "/api", endpoint = "claim-release")]
pub async fn release_claim(inquiry: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(inquiry, "inquiry")?;
    crate::server::http::respond::respond(crate::server::usecase::claim::release(&app, &by, id).await)
}
