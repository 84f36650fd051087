//! The timeline of an object.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::page_data::timeline::Timeline;

/// Returns the events before those that are shown. `kind` is inquiry, case or account; `upto` and `shown` come from the
/// pages before.
#[server(prefix = "/api", endpoint = "timeline", input = Json)]
pub async fn moments_before(kind: String, id: String, upto: i64, shown: usize) -> Result<Timeline, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(
        crate::server::usecase::timeline::earlier(&app, &by, &kind, &id, upto, shown).await,
    )
}
