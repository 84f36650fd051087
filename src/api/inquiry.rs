//! The review queue, and one inquiry with its evidence.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::desk::InquiryPage;
use crate::domain::news::News;

/// `id` as it stands in the address; one that cannot be an id is one that does not exist. `seen` is a version that the
/// reader saw before: then the page says what changed since. `again` when an open page fetches by itself and nobody opened
/// anything: then it is no view.
#[server(prefix = "/api", endpoint = "inquiry", input = Json)]
pub async fn inquiry(id: String, seen: Option<i64>, again: Option<bool>) -> Result<InquiryPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(id, "inquiry")?;
    let look = crate::server::usecase::inquiry::Look::of(again);
    crate::server::http::respond::respond_page(crate::server::usecase::inquiry::open(&app, &by, id, seen, look).await)
}

/// How it stands now, for a page that is open.
#[server(prefix = "/api", endpoint = "inquiry-news", input = Json)]
pub async fn inquiry_news(id: String) -> Result<News, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(id, "inquiry")?;
    crate::server::http::respond::respond_page(crate::server::usecase::inquiry::news(&app, &by, id).await)
}
