//! Why a picture cannot be shown: browsers do not tell a page what the server sent instead of a picture.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;

/// Succeeds when the picture can be opened now; otherwise the error says why not.
#[server(prefix = "/api", endpoint = "picture-why", input = Json)]
pub async fn picture_why(inquiry: String, object: String, part: String, sheet: Option<u16>) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let inquiry = crate::server::http::respond::parse_id(inquiry, "picture")?;
    let object = crate::server::http::respond::parse_id(object, "picture")?;
    crate::server::http::respond::respond(
        crate::server::http::document::why(&app, &by, inquiry, object, &part, sheet).await,
    )
}
