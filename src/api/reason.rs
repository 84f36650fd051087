//! The list of reasons.
use leptos::prelude::*;

use super::ApiError;

/// A verdict is `on` when the reason can be chosen for it.
#[server(prefix = "/api", endpoint = "reason-add")]
pub async fn add_reason(
    version: i64,
    code: String,
    label: String,
    approve: Option<String>,
    decline: Option<String>,
    mark_for_review: Option<String>,
    set_status: Option<String>,
) -> Result<(), ApiError> {
    use crate::domain::reason::Reason;
    let (app, by) = crate::server::http::guard::authorize().await?;
    let chosen =
        [("approve", approve), ("decline", decline), ("mark-for-review", mark_for_review), ("set-status", set_status)];
    let verdicts = chosen.into_iter().filter(|(_, on)| on.is_some()).map(|(verdict, _)| verdict.to_owned()).collect();
    let reason = Reason { code, label, verdicts };
    crate::server::http::respond::respond(crate::server::usecase::reason::add(&app, &by, version, reason).await)
}

/// `retired` is yes or no.
#[server(prefix = "/api", endpoint = "reason-retire")]
pub async fn retire_reason(version: i64, code: String, retired: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(
        crate::server::usecase::reason::retire(&app, &by, version, code, retired == "yes").await,
    )
}
