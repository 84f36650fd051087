//! Reading the log. (It is downloaded by `GET /audit/export`.)
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::desk::{AuditFilter, AuditPage};

#[server(prefix = "/api", endpoint = "audit", input = Json)]
pub async fn audit(filter: AuditFilter) -> Result<AuditPage, ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    crate::server::http::answer::give(crate::server::usecase::audit::page(&app, &by, filter).await)
}
