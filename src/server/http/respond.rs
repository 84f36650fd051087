//! From a use case's result to what a server function returns: the status is set beside it.
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
use crate::server::app::reference;

pub fn respond<T>(result: Result<T, Error>) -> Result<T, ApiError> {
    result.map_err(|error| {
        let (status, shown) = error.present(&reference());
        set(status);
        shown
    })
}

/// The same for what a page shows: in every text of it, characters that reverse or hide text are written as their numbers, whoever sent
/// them. What they would do to a line of a page nobody could see.
pub fn respond_page<T: Serialize + DeserializeOwned>(result: Result<T, Error>) -> Result<T, ApiError> {
    let page = respond(result)?;
    // In JSON such a character stands as itself, and its number needs no escape.
    let shown = serde_json::to_string(&page).ok().and_then(|text| marked(&text));
    let Some(shown) = shown else { return Ok(page) };
    respond(
        serde_json::from_str(&shown)
            .map_err(|error| Error::Internal(format!("a page with marked characters: {error}"))),
    )
}

/// A form posted without wasm is answered with a redirect back to its page; a status of our own would undo that.
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

/// An id from an address or a form. What cannot be an id names nothing that exists.
pub fn parse_id<T: std::str::FromStr>(text: String, what: &'static str) -> Result<T, ApiError> {
    respond(text.parse().map_err(|_| Error::NotFound(what)))
}

/// Something that a form has to bring.
pub fn require<T>(value: Option<T>, otherwise: &str) -> Result<T, ApiError> {
    respond(value.ok_or_else(|| Error::Invalid(otherwise.to_owned())))
}
