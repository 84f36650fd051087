//! The queue: its rows, actions on them, saved views, and the policy.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::id::InquiryId;
use crate::domain::page_data::queue::{QueuePage, ViewRow};
use crate::domain::queue::{QueueAct, QueueFilter};

#[server(prefix = "/api", endpoint = "queue", input = Json)]
pub async fn queue(filter: QueueFilter) -> Result<QueuePage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::queue::page(&app, &by, filter).await)
}

/// Returns the saved views, with the number of inquiries that each finds.
#[server(prefix = "/api", endpoint = "views", input = Json)]
pub async fn views() -> Result<Vec<ViewRow>, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::queue::view::all(&app, &by).await)
}

/// Claims the next inquiry within a filter and returns it; `None` when none is waiting.
#[server(prefix = "/api", endpoint = "queue-next", input = Json)]
pub async fn claim_next(filter: QueueFilter) -> Result<Option<InquiryId>, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::queue::next(&app, &by, filter).await)
}

#[server(prefix = "/api", endpoint = "queue-act", input = Json)]
pub async fn do_to(inquiry: String, act: QueueAct) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(inquiry, "inquiry")?;
    crate::server::http::respond::respond(crate::server::usecase::queue::act(&app, &by, id, act).await)
}

/// With an empty `reviewer`, the assignment is removed.
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
    crate::server::http::respond::respond(crate::server::usecase::queue::view::save(&app, &by, &name, &filter).await)
}

#[server(prefix = "/api", endpoint = "view-share")]
pub async fn share_view(name: String, filter: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::queue::view::share(&app, &by, &name, &filter).await)
}

#[server(prefix = "/api", endpoint = "view-remove")]
pub async fn remove_view(view: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::require(view.parse().ok(), "There is no such view. Reload the page.")?;
    crate::server::http::respond::respond(crate::server::usecase::queue::view::remove(&app, &by, id).await)
}

#[server(prefix = "/api", endpoint = "view-unshare")]
pub async fn unshare_view(view: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::require(view.parse().ok(), "There is no such view. Reload the page.")?;
    crate::server::http::respond::respond(crate::server::usecase::queue::view::unshare(&app, &by, id).await)
}

/// `blind` is a share in percent. `by_template` has one line for each template with its own hours: `itmpl_…: 4`.
#[server(prefix = "/api", endpoint = "policy-set")]
pub async fn set_policy(
    version: i64,
    hours: String,
    by_template: String,
    deal: String,
    blind: Option<String>,
) -> Result<(), ApiError> {
    use crate::domain::queue::policy::{Deal, Policy};
    let (app, by) = crate::server::http::guard::authorize().await?;
    let deal = crate::server::http::respond::require(Deal::parse(&deal), "Choose how inquiries are dealt.")?;
    let policy = crate::server::http::respond::require(
        Policy::typed(&hours, &by_template, deal, blind.as_deref().unwrap_or_default()),
        "Hours must be whole numbers from 1 to 8784, and the share of blind reviews a whole number from 0 to 100. Write the hours of each template on a separate line: itmpl_…: 4",
    )?;
    crate::server::http::respond::respond(crate::server::usecase::queue::policy::set(&app, &by, version, policy).await)
}
