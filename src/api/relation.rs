//! The relation graph around an account.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::page_data::relation::RelationPage;

/// `again` is set when an open page fetches by itself: that is not recorded as a view.
#[server(prefix = "/api", endpoint = "relations", input = Json)]
pub async fn relations(account: String, hops: u32, again: Option<bool>) -> Result<RelationPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(account, "account")?;
    let look = crate::server::usecase::inquiry::visit::Look::of(again);
    crate::server::http::respond::respond_page(crate::server::usecase::relation::open(&app, &by, id, hops, look).await)
}
