//! Why a picture cannot be seen: browsers do not tell a page what came instead of one.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;

/// Nothing when it can be opened now.
#[server(prefix = "/api", endpoint = "picture-why", input = Json)]
pub async fn picture_why(inquiry: String, object: String, part: String, sheet: Option<u16>) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let inquiry = crate::server::http::respond::parse_id(inquiry, "picture")?;
    let object = crate::server::http::respond::parse_id(object, "picture")?;
    crate::server::http::respond::respond(
        crate::server::http::document::why(&app, &by, inquiry, object, &part, sheet).await,
    )
}
