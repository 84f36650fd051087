//! Decisions that were returned to their maker.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::super::ApiError;
use crate::domain::page_data::decision::ReturnedPage;

#[server(prefix = "/api", endpoint = "returned", input = Json)]
pub async fn returned() -> Result<ReturnedPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::decision::returned::page(&app, &by).await)
}

/// Ends a return, by its maker. `how` is dismiss or release; with release, the maker's claim and assignment of the
/// inquiry end, too.
#[server(prefix = "/api", endpoint = "return-end")]
pub async fn end_return(decision: String, how: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(decision, "decision")?;
    let release = match how.as_str() {
        "release" => Some(true),
        "dismiss" => Some(false),
        _ => None,
    };
    let release =
        crate::server::http::respond::require(release, "Choose whether to release or to dismiss the decision.")?;
    crate::server::http::respond::respond(crate::server::usecase::decision::returned::end(&app, &by, id, release).await)
}
