//! Blind second reviews.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::page_data::blind::BlindPage;

/// Assigns the next blind review and redirects to its page, or back to the list when there is none.
#[server(prefix = "/api", endpoint = "blind-next")]
pub async fn blind_next() -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let next = crate::server::http::respond::respond(crate::server::usecase::blind::next(&app, &by).await)?;
    leptos_axum::redirect(&next.map_or_else(|| "/decisions".to_owned(), |id| format!("/decisions/{id}/blind")));
    Ok(())
}

#[server(prefix = "/api", endpoint = "blind", input = Json)]
pub async fn blind(decision: String) -> Result<BlindPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(decision, "blind review")?;
    crate::server::http::respond::respond_page(crate::server::usecase::blind::open(&app, &by, id).await)
}

#[server(prefix = "/api", endpoint = "blind-give")]
pub async fn give_blind(decision: String, verdict: String, reason: String, comment: String) -> Result<(), ApiError> {
    use crate::domain::decision::Verdict;
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(decision, "blind review")?;
    let verdict = crate::server::http::respond::require(
        Verdict::parse(&verdict, None),
        "Choose approve, decline or mark for review.",
    )?;
    crate::server::http::respond::respond(
        crate::server::usecase::blind::submit(&app, &by, id, verdict, reason, comment).await,
    )
}
