//! The connection to Persona: its health, and a full resync.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::page_data::connection::ConnectionPage;

#[server(prefix = "/api", endpoint = "connection", input = Json)]
pub async fn connection() -> Result<ConnectionPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::connection::page(&app, &by).await)
}

#[server(prefix = "/api", endpoint = "sync")]
pub async fn sync_now() -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::sync::request(&app, &by).await)
}
