//! Reading the audit log, and checking its integrity. (`GET /audit/export` downloads it.)
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::log::filter::AuditFilter;
use crate::domain::log::{AuditPage, EntryPage, Integrity};

#[server(prefix = "/api", endpoint = "audit", input = Json)]
pub async fn audit(filter: AuditFilter) -> Result<AuditPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::audit::page::page(&app, &by, filter).await)
}

/// `again` is set when an open page fetches by itself: that is not recorded as a view.
#[server(prefix = "/api", endpoint = "audit-entry", input = Json)]
pub async fn audit_entry(seq: i64, again: Option<bool>) -> Result<EntryPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let look = crate::server::usecase::inquiry::visit::Look::of(again);
    crate::server::http::respond::respond_page(crate::server::usecase::audit::page::entry(&app, &by, seq, look).await)
}

/// For the banner, which asks again by itself: the log gets no entry each time.
#[server(prefix = "/api", endpoint = "audit-integrity", input = Json)]
pub async fn state_of_log() -> Result<Integrity, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::log::integrity::integrity(&app, &by).await)
}

#[server(prefix = "/api", endpoint = "audit-check")]
pub async fn check_now() -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::log_check::request(&app, &by).await)
}
