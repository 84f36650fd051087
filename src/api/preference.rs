//! The preferences of a reviewer.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::preference::Preferences;

#[server(prefix = "/api", endpoint = "prefer", input = Json)]
pub async fn prefer(preferences: Preferences) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::preference::set(&app, &by, preferences).await)
}
