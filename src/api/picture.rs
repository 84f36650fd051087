//! Pictures: why one is not shown. They themselves come from `/documents`.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::verification::Size;

/// A sentence, when the desk knows one.
#[server(prefix = "/api", endpoint = "picture-unshown", input = Json)]
pub async fn why_unshown(object: String, part: String, size: Size) -> Result<Option<String>, ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    let id = crate::server::http::answer::id(object, "picture")?;
    crate::server::http::answer::give(crate::server::usecase::picture::why_unshown(&app, &by, id, &part, size).await)
}
