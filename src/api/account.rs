//! Accounts: one account with its objects, and a list of accounts to start from.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::page_data::account::{AccountPage, AccountRow};

/// `again` is set when an open page fetches by itself: that is not recorded as a view.
#[server(prefix = "/api", endpoint = "account-of", input = Json)]
pub async fn account(id: String, again: Option<bool>) -> Result<AccountPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(id, "account")?;
    let look = crate::server::usecase::inquiry::visit::Look::of(again);
    crate::server::http::respond::respond_page(crate::server::usecase::account::open(&app, &by, id, look).await)
}

#[server(prefix = "/api", endpoint = "accounts", input = Json)]
pub async fn accounts(search: Option<String>) -> Result<Vec<AccountRow>, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::account::list(&app, &by, search).await)
}
