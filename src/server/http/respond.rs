//! Turns the result of a use case into what a server function returns, and sets the HTTP status.
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::error::ApiError;
use crate::domain::text::marked;
use crate::server::Error;
use crate::server::id::reference;

pub fn respond<T>(result: Result<T, Error>) -> Result<T, ApiError> {
    result.map_err(|error| {
        let (status, shown) = error.present(&reference());
        set(status);
        shown
    })
}

/// The same for page data. In every text, characters that reverse or hide text are written as their code points
/// (`[U+202E]`), no matter who sent the text. A reader could not see what such a character does to a line.
pub fn respond_page<T: Serialize + DeserializeOwned>(result: Result<T, Error>) -> Result<T, ApiError> {
    let page = respond(result)?;
    // JSON contains such a character unescaped, and the text that replaces it needs no escape.
    let shown = serde_json::to_string(&page).ok().and_then(|text| marked(&text));
    let Some(shown) = shown else { return Ok(page) };
    respond(
        serde_json::from_str(&shown)
            .map_err(|error| Error::Internal(format!("a page with marked characters: {error}"))),
    )
}

/// Sets the status, except for a form posted without wasm: its answer is a redirect back to its page, which another
/// status would undo.
fn set(status: StatusCode) {
    let plain_form = use_context::<Parts>().is_some_and(|parts| {
        let html = parts
            .headers
            .get(ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"));
        parts.method == Method::POST && html
    });
    if let (false, Some(options)) = (plain_form, use_context::<ResponseOptions>()) {
        options.set_status(status);
    }
}

/// Parses an ID from an address or a form. A text that cannot be an ID is reported as not found.
pub fn parse_id<T: std::str::FromStr>(text: String, what: &'static str) -> Result<T, ApiError> {
    respond(text.parse().map_err(|_| Error::NotFound(what)))
}

/// Returns a value that a form must contain, or the error in `otherwise`.
pub fn require<T>(value: Option<T>, otherwise: &str) -> Result<T, ApiError> {
    respond(value.ok_or_else(|| Error::Invalid(otherwise.to_owned())))
}
