//! Looking for somebody, without their name in an address.
use leptos::prelude::*;

use super::ApiError;
use crate::domain::search_link::Place;

/// Leads to what is found, and says where that is.
#[server(prefix = "/api", endpoint = "search")]
pub async fn find(place: Place, search: String) -> Result<String, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let found = crate::server::usecase::search_link::find(&app, &by, place, &search).await;
    let address = crate::server::http::respond::respond(found)?;
    leptos_axum::redirect(&address);
    Ok(address)
}
