//! Search, without the name of a person in an address.
use leptos::prelude::*;

use super::ApiError;
use crate::domain::search_link::SearchPlace;

/// Redirects to the results, and returns their address.
#[server(prefix = "/api", endpoint = "search")]
pub async fn find(place: SearchPlace, search: String) -> Result<String, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let found = crate::server::usecase::search_link::find(&app, &by, place, &search).await;
    let address = crate::server::http::respond::respond(found)?;
    leptos_axum::redirect(&address);
    Ok(address)
}
