//! Discrepancies in the evidence.
use leptos::prelude::*;

use super::ApiError;

/// `resolution` is a code from the list of resolutions, `version` is the version of the evidence on the page.
#[server(prefix = "/api", endpoint = "discrepancy-resolve")]
pub async fn resolve_discrepancy(
    inquiry: String,
    version: i64,
    field: String,
    resolution: String,
    comment: String,
) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(inquiry, "inquiry")?;
    crate::server::http::respond::respond(
        crate::server::usecase::discrepancy::resolve(&app, &by, id, version, field, resolution, comment).await,
    )
}
