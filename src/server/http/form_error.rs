//! Errors of forms that were posted without JavaScript. The server function answers with a redirect back to the page,
//! with the error in the address. This layer signs such an address, and redirects an address with an unsigned error to
//! the page without it. Otherwise a link could show any text of its author in the desk's own alert.
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{COOKIE, LOCATION};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::session::COOKIE as SESSION;
use crate::server::App;

/// The two query names that Leptos' server functions use, and one of the desk's own.
const PATH: &str = "__path";
const ERROR: &str = "__err";
const SIGNATURE: &str = "__sig";

pub async fn signed(State(app): State<App>, request: Request, next: Next) -> Response {
    let session = session(&request);
    let query = request.uri().query().unwrap_or_default();
    if let Some(mac) = mac(&app, &session, query)
        && value(query, SIGNATURE)
            .and_then(|given| hex::decode(given).ok())
            .is_none_or(|given| mac.verify_slice(&given).is_err())
    {
        let rest = without(query, &[PATH, ERROR, SIGNATURE]);
        let path = request.uri().path();
        let page = if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") };
        // Two slashes at the beginning would name another host.
        let page = format!("/{}", page.trim_start_matches(['/', '\\']));
        return Redirect::to(&page).into_response();
    }
    let mut response = next.run(request).await;
    if response.status().is_redirection()
        && let Some(location) = response.headers().get(LOCATION).and_then(|to| to.to_str().ok())
        && let Some((page, query)) = location.split_once('?').map(|(page, query)| (page, newest(query)))
        && let Some(mac) = mac(&app, &session, &query)
    {
        let signature = hex::encode(mac.finalize().into_bytes());
        if let Ok(signed) = HeaderValue::from_str(&format!("{page}?{query}&{SIGNATURE}={signature}")) {
            response.headers_mut().insert(LOCATION, signed);
        }
    }
    response
}

/// Hash of the session cookie: an error signed for one browser is not valid in another.
fn session(request: &Request) -> [u8; 32] {
    let cookies = request.headers().get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let id = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == SESSION).then_some(value));
    Sha256::digest(id.unwrap_or_default()).into()
}

/// MAC over session, form and error; `None` when the query contains neither form nor error. Replicas share the API key.
fn mac(app: &App, session: &[u8; 32], query: &str) -> Option<Hmac<Sha256>> {
    let (path, error) = (value(query, PATH), value(query, ERROR));
    if path.is_none() && error.is_none() {
        return None;
    }
    let secret = app.config.persona.api_key.expose_secret().as_bytes();
    let mut mac = Hmac::new_from_slice(secret).ok()?;
    mac.update(b"countersign form error\0");
    mac.update(session);
    for part in [path.unwrap_or_default(), error.unwrap_or_default()] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    Some(mac)
}

fn value(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// Keeps only the last form and error of a query: the page's address may contain those of the form sent before, and
/// Leptos adds new ones to them.
fn newest(query: &str) -> String {
    let last = |name: &str| query.split('&').rfind(|pair| pair.split('=').next() == Some(name));
    let rest = without(query, &[PATH, ERROR, SIGNATURE]);
    let rest = Some(rest.as_str()).filter(|rest| !rest.is_empty());
    [rest, last(PATH), last(ERROR)].into_iter().flatten().collect::<Vec<_>>().join("&")
}

/// Removes some names from a query; everything else stays as it was written.
fn without(query: &str, names: &[&str]) -> String {
    let kept = query.split('&').filter(|pair| {
        let name = form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name.into_owned());
        !pair.is_empty() && !name.is_some_and(|name| names.contains(&name.as_str()))
    });
    kept.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::newest;

    #[test]
    fn a_form_that_is_sent_again_says_what_is_wrong_now() {
        assert_eq!(newest("a=1&__path=p&__err=old&__path=q&__err=new&__sig=x"), "a=1&__path=q&__err=new");
        assert_eq!(newest("__path=p&__err=only"), "__path=p&__err=only");
        assert_eq!(newest("a=1"), "a=1");
    }
}
