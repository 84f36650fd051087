//! Cases.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::desk::{CasePage, CasesPage};

#[server(prefix = "/api", endpoint = "cases", input = Json)]
pub async fn cases(status: Option<String>, after: Option<String>) -> Result<CasesPage, ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    crate::server::http::answer::give(crate::server::usecase::case::list(&app, &by, status, after).await)
}

#[server(prefix = "/api", endpoint = "case", input = Json)]
pub async fn case(id: String) -> Result<CasePage, ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    let id = crate::server::http::answer::id(id, "case")?;
    crate::server::http::answer::give(crate::server::usecase::case::open(&app, &by, id).await)
}
