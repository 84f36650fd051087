//! Notes, and revealing masked values.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::note::{Mention, Note};
use crate::domain::time::Timestamp;

/// `kind` is inquiry, case or account; `restricted` is `on` for a note that must never leave the desk.
#[server(prefix = "/api", endpoint = "note-add")]
pub async fn add_note(
    kind: String,
    subject: String,
    body: String,
    restricted: Option<String>,
) -> Result<Note, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let restricted = restricted.is_some();
    let added = crate::server::usecase::note::add(&app, &by, kind, subject, body, restricted).await;
    crate::server::http::respond::respond_page(added)
}

#[server(prefix = "/api", endpoint = "note-strike")]
pub async fn strike_note(note: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(note, "note")?;
    crate::server::http::respond::respond(crate::server::usecase::note::strike(&app, &by, id).await)
}

/// Returns the notes that mention the reviewer, newest first, and the current time.
#[server(prefix = "/api", endpoint = "mentions", input = Json)]
pub async fn mentions() -> Result<(Vec<Mention>, Timestamp), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::note::mentions(&app, &by).await)
}

#[server(prefix = "/api", endpoint = "mentions-read")]
pub async fn read_mentions() -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::note::read_all(&app, &by).await)
}

/// `topics` is one topic or `all`, `purpose` is a code from the list of purposes.
#[server(prefix = "/api", endpoint = "reveal")]
pub async fn reveal(kind: String, subject: String, topics: String, purpose: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(
        crate::server::usecase::reveal::show(&app, &by, kind, subject, topics, purpose).await,
    )
}
