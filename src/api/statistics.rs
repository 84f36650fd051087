//! Figures about the work of the reviewers.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::page_data::statistics::FiguresPage;

#[server(prefix = "/api", endpoint = "figures", input = Json)]
pub async fn figures() -> Result<FiguresPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::statistics::page(&app, &by).await)
}
