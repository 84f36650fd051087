//! The queue: its lines, what is done to them, saved views, and the policy behind them.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::desk::{QueuePage, ViewRow};
use crate::domain::id::InquiryId;
use crate::domain::queue::{Act, QueueFilter};

#[server(prefix = "/api", endpoint = "queue", input = Json)]
pub async fn queue(filter: QueueFilter) -> Result<QueuePage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::queue::page(&app, &by, filter).await)
}

/// The views beside the queue, and how many inquiries each finds.
#[server(prefix = "/api", endpoint = "views", input = Json)]
pub async fn views() -> Result<Vec<ViewRow>, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::view::all(&app, &by).await)
}

/// The inquiry that is dealt, within a filter; `None` when nothing waits.
#[server(prefix = "/api", endpoint = "queue-next", input = Json)]
pub async fn claim_next(filter: QueueFilter) -> Result<Option<InquiryId>, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::queue::next(&app, &by, filter).await)
}

#[server(prefix = "/api", endpoint = "queue-act", input = Json)]
pub async fn do_to(inquiry: String, act: Act) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(inquiry, "inquiry")?;
    crate::server::http::respond::respond(crate::server::usecase::queue::act(&app, &by, id, act).await)
}

/// `reviewer` is empty to take it from whoever has it.
#[server(prefix = "/api", endpoint = "queue-assign", input = Json)]
pub async fn assign(inquiry: String, reviewer: String) -> Result<(), ApiError> {
    use crate::domain::id::ReviewerId;
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(inquiry, "inquiry")?;
    let to = if reviewer.is_empty() {
        None
    } else {
        Some(crate::server::http::respond::require(reviewer.parse().ok(), "Choose an analyst.")?)
    };
    crate::server::http::respond::respond(
        crate::server::usecase::queue::assign(&app, &by, id, to.map(ReviewerId)).await,
    )
}

#[server(prefix = "/api", endpoint = "view-save")]
pub async fn save_view(name: String, filter: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::view::save(&app, &by, &name, &filter).await)
}

#[server(prefix = "/api", endpoint = "view-share")]
pub async fn share_view(name: String, filter: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::view::share(&app, &by, &name, &filter).await)
}

#[server(prefix = "/api", endpoint = "view-remove")]
pub async fn remove_view(view: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::require(view.parse().ok(), "This is no view.")?;
    crate::server::http::respond::respond(crate::server::usecase::view::remove(&app, &by, id).await)
}

#[server(prefix = "/api", endpoint = "view-unshare")]
pub async fn unshare_view(view: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::require(view.parse().ok(), "This is no view.")?;
    crate::server::http::respond::respond(crate::server::usecase::view::unshare(&app, &by, id).await)
}

/// `blind` is a share in percent. `by_template` holds a line for each template with hours of its own: `itmpl_…: 4`.
#[server(prefix = "/api", endpoint = "policy-set")]
pub async fn set_policy(
    version: i64,
    hours: String,
    by_template: String,
    deal: String,
    blind: Option<String>,
) -> Result<(), ApiError> {
    use crate::domain::queue::{Deal, Policy};
    let (app, by) = crate::server::http::guard::authorize().await?;
    let deal = crate::server::http::respond::require(Deal::parse(&deal), "Choose how work is dealt.")?;
    let policy = crate::server::http::respond::require(
        Policy::typed(&hours, &by_template, deal, blind.as_deref().unwrap_or_default()),
        "Hours are a whole number of 1 to 8784, a share 0 to 100; hours of a template stand on a line of their own: itmpl_…: 4",
    )?;
    crate::server::http::respond::respond(crate::server::usecase::policy::set(&app, &by, version, policy).await)
}
