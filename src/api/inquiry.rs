//! One inquiry with its evidence, and its news.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::news::News;
use crate::domain::page_data::inquiry::InquiryPage;

/// `id` comes from the address; a text that cannot be an id counts as an inquiry that does not exist. `seen` is a
/// version that the reviewer saw before: the page then says what changed since. `again` is set when an open page
/// fetches by itself: that is not recorded as a view.
#[server(prefix = "/api", endpoint = "inquiry", input = Json)]
pub async fn inquiry(id: String, seen: Option<i64>, again: Option<bool>) -> Result<InquiryPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(id, "inquiry")?;
    let look = crate::server::usecase::inquiry::visit::Look::of(again);
    crate::server::http::respond::respond_page(crate::server::usecase::inquiry::open(&app, &by, id, seen, look).await)
}

/// The current state of an inquiry, for a page that is open.
#[server(prefix = "/api", endpoint = "inquiry-news", input = Json)]
pub async fn inquiry_news(id: String) -> Result<News, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(id, "inquiry")?;
    crate::server::http::respond::respond_page(crate::server::usecase::inquiry::news(&app, &by, id).await)
}
