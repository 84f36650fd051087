//! Links for setting a password: the headers of their page, and how a new link is shown to the admin once.
use axum::extract::Request;
use axum::http::header::{COOKIE, HOST, REFERRER_POLICY, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use crate::domain::page_data::reviewer::Invited;
use crate::server::App;
use crate::server::usecase::invitation::Fresh;

/// Path of their pages.
pub const PATH: &str = "/invitation/";

/// Cookie that carries a link from a form posted without JavaScript to the page that is loaded next, in the admin's own
/// browser. It is deleted as soon as the link is shown.
const ONCE: &str = "__Host-link";

/// Sends no referrer from these pages, because their address contains what opens the account.
pub async fn headers(request: Request, next: Next) -> Response {
    let theirs = request.uri().path().starts_with(PATH);
    let mut response = next.run(request).await;
    if theirs {
        response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    response
}

/// Returns the link as the admin passes it on.
pub fn shown(app: &App, fresh: Fresh) -> Invited {
    let parts = use_context::<Parts>();
    let base = match &app.config.public_url {
        Some(url) => url.origin().ascii_serialization(),
        None => parts.as_ref().map(|parts| asked(&parts.headers)).unwrap_or_default(),
    };
    let invited = Invited {
        name: fresh.reviewer.name,
        email: fresh.reviewer.email,
        link: format!("{base}{PATH}{}", fresh.token),
        expires_at: fresh.expires_at,
        waits: fresh.waits,
        confirms: fresh.confirms,
    };
    let plain = parts.is_some_and(|parts| {
        parts
            .headers
            .get("accept")
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"))
    });
    if plain && let Ok(json) = serde_json::to_string(&invited) {
        set(&format!("{ONCE}={}", BASE64_URL_SAFE_NO_PAD.encode(json)));
    }
    invited
}

/// Returns the address that the admin uses. Sessions need HTTPS everywhere but on this machine.
fn asked(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|local| host.starts_with(local));
    if host.is_empty() { String::new() } else { format!("{}://{host}", if local { "http" } else { "https" }) }
}

/// Returns a link that a form without JavaScript has created, and only once.
pub fn once() -> Option<Invited> {
    let parts = use_context::<Parts>()?;
    let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let value = cookies.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == ONCE && !value.is_empty()).then(|| value.to_owned())
    })?;
    set(&format!("{ONCE}=; Max-Age=0"));
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}

fn set(cookie: &str) {
    let cookie = HeaderValue::from_str(&format!("{cookie}; Path=/; Secure; HttpOnly; SameSite=Strict"));
    if let (Ok(cookie), Some(options)) = (cookie, use_context::<ResponseOptions>()) {
        options.append_header(SET_COOKIE, cookie);
    }
}
