//! Cases.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::case::CaseFilter;
use crate::domain::page_data::case::{CasePage, CasesPage};

#[server(prefix = "/api", endpoint = "cases", input = Json)]
pub async fn cases(filter: CaseFilter) -> Result<CasesPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::case::list(&app, &by, filter).await)
}

/// `again` is set when an open page fetches by itself: that is not recorded as a view.
#[server(prefix = "/api", endpoint = "case", input = Json)]
pub async fn case(id: String, again: Option<bool>) -> Result<CasePage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(id, "case")?;
    let look = crate::server::usecase::inquiry::visit::Look::of(again);
    crate::server::http::respond::respond_page(crate::server::usecase::case::open(&app, &by, id, look).await)
}

/// Assigns a case to the reviewer. Waits a moment for Persona's answer, and reports a refusal.
#[server(prefix = "/api", endpoint = "case-take")]
pub async fn take_case(case: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(case, "case")?;
    crate::server::http::respond::respond(crate::server::usecase::assignment::take(&app, &by, id).await)
}

/// Assigns a case to an analyst, and waits for Persona in the same way.
#[server(prefix = "/api", endpoint = "case-assign")]
pub async fn assign_case(case: String, reviewer: String) -> Result<(), ApiError> {
    use crate::domain::id::ReviewerId;
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(case, "case")?;
    let to = crate::server::http::respond::require(reviewer.parse().ok(), "Choose an analyst.")?;
    crate::server::http::respond::respond(crate::server::usecase::assignment::give(&app, &by, id, ReviewerId(to)).await)
}
