//! Requesting a one-time link.
use leptos::prelude::*;

use super::ApiError;

/// `life` is how long the link is valid, in seconds.
#[server(prefix = "/api", endpoint = "link")]
pub async fn request_link(inquiry: String, life: u32) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(inquiry, "inquiry")?;
    crate::server::http::respond::respond(crate::server::usecase::link::request(&app, &by, id, life).await)
}
