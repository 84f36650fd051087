//! From a use case's result to what a server function returns: the status is set beside it.
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use crate::api::error::ApiError;
use crate::server::Error;
use crate::server::app::reference;

pub fn give<T>(result: Result<T, Error>) -> Result<T, ApiError> {
    result.map_err(|error| {
        let (status, shown) = error.present(&reference());
        set(status);
        shown
    })
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
pub fn id<T: std::str::FromStr>(text: String, what: &'static str) -> Result<T, ApiError> {
    give(text.parse().map_err(|_| Error::NotFound(what)))
}

/// Something that a form has to bring.
pub fn some<T>(value: Option<T>, otherwise: &str) -> Result<T, ApiError> {
    give(value.ok_or_else(|| Error::Invalid(otherwise.to_owned())))
}
