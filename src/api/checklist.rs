//! Checklists.
use leptos::prelude::*;

use super::ApiError;

/// `version` is the version of the evidence on the page; `done` is `yes` or `no`.
#[server(prefix = "/api", endpoint = "checklist-tick")]
pub async fn tick(inquiry: String, item: String, version: i64, done: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(inquiry, "inquiry")?;
    let ticked = crate::server::usecase::checklist::tick(&app, &by, id, item, version, done == "yes").await;
    crate::server::http::respond::respond(ticked)
}

/// `version` is the version of the lists on the page; `items` has one item per line, and an empty text removes the
/// list.
#[server(prefix = "/api", endpoint = "checklist-set")]
pub async fn set_checklist(version: i64, template: String, items: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(
        crate::server::usecase::checklist::set(&app, &by, version, template, items).await,
    )
}
