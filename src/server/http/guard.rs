//! Turns a session into a permission. The reviewer's row is read again for each request, so a changed role or a
//! disabled account takes effect at once. What a route or server function needs is a type: without naming it, there is
//! no [`Permit`].
use std::net::{IpAddr, SocketAddr};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::Method;
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use leptos::prelude::use_context;
use sha2::{Digest, Sha256};
use tower_sessions::Session;
use uuid::Uuid;

use super::session::{ORIGIN, REVIEWER, TOUCHED, device, first, id_hash, new_id};
use super::unencrypted::unencrypted;
use crate::api::error::ApiError;
use crate::domain::id::ReviewerId;
use crate::domain::page_data::reviewer::InvitationPage;
use crate::domain::preference::Preferences;
use crate::domain::reason::Reasons;
use crate::domain::reviewer::{Forbidden, Origin, Permissible, Permission, Permit, Reviewer};
use crate::server::usecase;
use crate::server::{App, Error};

/// The sender of a request, as far as the session identifies them.
#[derive(Debug, Clone)]
pub struct Identity {
    pub reviewer: Option<Reviewer>,
    pub preferences: Preferences,
    pub reasons: Reasons,
    pub origin: Origin,
}

/// Opens another session. The session that was open is not prolonged, or its cookie would be sent after that of the new
/// one.
const SIGN_IN: &str = "/api/sign-in";

/// Path to which a page reports that the reviewer is active.
const ACTIVE: &str = "/api/active";

/// Longest name of a browser that is stored, in characters.
const LONGEST_AGENT: usize = 300;

/// Returns where a request came from: the peer of the connection or, if that is a trusted proxy, the address that the
/// proxy reports. The header is read from the right, because everything to the left of the first untrusted address can
/// be forged.
fn address(request: &Request, trusted: &[IpNet]) -> Option<String> {
    let peer = request.extensions().get::<super::listen::Peer>()?.0.ip().to_canonical();
    let vouched = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !vouched(&peer) {
        return Some(peer.to_string());
    }
    let named = request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = named.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut last = peer;
    for hop in hops.into_iter().rev() {
        let Some(hop) = parse_hop(hop) else { break };
        last = hop;
        if !vouched(&last) {
            break;
        }
    }
    Some(last.to_string())
}

/// Parses an address as proxies write it: plain, in brackets, or with a port.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let alone = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = alone.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|both| both.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// Whether a request prolongs the session. Only actions of a person do: opening a page, posting a form, and what the
/// page itself reports after real input. What a page fetches by itself does not.
fn is_activity(request: &Request) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let path = request.uri().path();
    match header("sec-fetch-mode") {
        _ if path == ACTIVE => true,
        Some("navigate") => header("sec-fetch-user") == Some("?1"),
        Some(_) => false,
        // Browsers without this header ask for HTML when a person opens a page, and only then.
        None => !is_file(path) && header("accept").is_some_and(|accept| accept.contains("text/html")),
    }
}

fn is_file(path: &str) -> bool {
    path == "/live" || path.starts_with("/documents/")
}

/// Layer that reads the session and loads the reviewer.
pub async fn identify(
    State(app): State<App>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let signs_in = request.uri().path() == SIGN_IN;
    let stored: Option<String> = session.get(REVIEWER).await.map_err(|error| Error::Internal(error.to_string()))?;
    let id = stored.and_then(|id| id.parse::<Uuid>().ok()).map(ReviewerId);
    // Only pages use preferences and reasons.
    let draws = request.method() == Method::GET && !is_file(request.uri().path());
    let (reviewer, preferences, reasons) = match id {
        Some(id) if draws => usecase::session::reader(&app, id)
            .await?
            .map_or_else(Default::default, |(who, how, why)| (Some(who), how, why)),
        Some(id) => (usecase::session::current(&app, id).await?, Preferences::default(), Reasons::default()),
        None => Default::default(),
    };
    if reviewer.is_some() && !signs_in && is_activity(&request) {
        let now = app.now().seconds();
        let touched: Option<i64> = session.get(TOUCHED).await.unwrap_or_default();
        // Not at each request, because each would be a write. A page's report of activity is rare and always counts.
        let step = i64::try_from(usecase::session::step(&app).as_secs()).unwrap_or(0);
        if request.uri().path() == ACTIVE || touched.is_none_or(|at| now - at >= step) {
            session.insert(TOUCHED, now).await.map_err(|error| Error::Internal(error.to_string()))?;
        }
    }
    let request_id = request.headers().get("x-request-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let origin = Origin {
        session: session.id().filter(|_| reviewer.is_some()).map(|id| id_hash(&id).chars().take(16).collect()),
        request_id,
        address: address(&request, &app.config.trusted_proxies),
        agent: request
            .headers()
            .get(USER_AGENT)
            .map(|agent| String::from_utf8_lossy(agent.as_bytes()).chars().take(LONGEST_AGENT).collect()),
    };
    if let Some(reviewer) = reviewer.as_ref().filter(|_| !signs_in) {
        // Each entry names its session. The address and browser of the session are recorded once, and again when they
        // change.
        let from = hex::encode(Sha256::digest(format!("{:?} {:?}", origin.address, origin.agent)));
        let known: Option<String> = session.get(ORIGIN).await.unwrap_or_default();
        if known.as_ref() != Some(&from) {
            match usecase::session::used(&app, reviewer, &origin).await {
                Ok(()) => {
                    session.insert(ORIGIN, from).await.map_err(|error| Error::Internal(error.to_string()))?;
                }
                // Reading still works on a full disk. The next request tries again.
                Err(error) => tracing::warn!(%error, "the address and browser of a session were not recorded"),
            }
        }
    }
    request.extensions_mut().insert(Identity { reviewer, preferences, reasons, origin });
    Ok(next.run(request).await)
}

async fn permit<P: Permissible>(app: &App, who: Option<Identity>, path: &str) -> Result<Permit<P>, Error> {
    let who = who.ok_or_else(|| Error::Internal("the guard's layer is missing".to_owned()))?;
    let reviewer = who.reviewer.ok_or(Error::Unauthenticated)?;
    match reviewer.clone().permit::<P>(who.origin.clone()) {
        Ok(permit) => Ok(permit),
        Err(_) if reviewer.must_change => Err(Error::ChangePassword),
        Err(forbidden) => {
            let forbidden: Forbidden = forbidden;
            usecase::audit::denied(app, &reviewer, &who.origin, forbidden, path).await?;
            Err(Error::Forbidden(forbidden))
        }
    }
}

/// Authorizes a server function; the first line of each.
pub async fn authorize<P: Permissible>() -> Result<(App, Permit<P>), ApiError> {
    let inside = async {
        let app = use_context::<App>().ok_or_else(|| Error::Internal("no App in context".to_owned()))?;
        let parts = use_context::<Parts>().ok_or_else(|| Error::Internal("no request in context".to_owned()))?;
        let who = parts.extensions.get::<Identity>().cloned();
        let permit = permit::<P>(&app, who, parts.uri.path()).await?;
        Ok((app, permit))
    };
    super::respond::respond(inside.await)
}

/// Authorizes a route, as an argument of its handler.
#[derive(Debug)]
pub struct Require<P>(pub Permit<P>);

impl<P: Permissible + Send + Sync> FromRequestParts<App> for Require<P> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let who = parts.extensions.get::<Identity>().cloned();
        permit::<P>(app, who, parts.uri.path()).await.map(Self)
    }
}

/// Checks the password and opens a session under a new ID. Redirects in any case: to the page that the reviewer wanted,
/// or back to the form, which shows the same text for every kind of failure.
pub async fn sign_in(email: &str, password: &str, next: Option<&str>) -> Result<(), ApiError> {
    let inside = async {
        let (app, who, session) = signed_or_not()?;
        let next = next.filter(|next| is_our_path(next)).unwrap_or("/");
        // The session that this opens has no ID yet, and a session that was open before is another one.
        let origin = Origin { session: None, ..who.origin };
        let (id, cookie) = new_id(&app)?;
        // Data under the old ID is not taken over: an attacker may have planted it.
        let instead_of = session.id().map(|old| id_hash(&old));
        let headers = use_context::<Parts>().map(|parts| parts.headers).unwrap_or_default();
        if unencrypted(&headers) {
            // The browser would drop the session, and the form would come back without an explanation.
            let next = url::form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>();
            leptos_axum::redirect(&format!("/login?unencrypted=1&next={next}"));
            return Ok(());
        }
        let (device, device_cookie) = device(&headers)?;
        let opening = usecase::session::NewSession { id_hash: id_hash(&id), instead_of, data: first, device };
        match usecase::session::sign_in(&app, email, password, origin, opening).await? {
            true => {
                let options = use_context::<leptos_axum::ResponseOptions>();
                let options = options.ok_or_else(|| Error::Internal("called outside a request".to_owned()))?;
                options.append_header(SET_COOKIE, cookie);
                options.append_header(SET_COOKIE, device_cookie);
                leptos_axum::redirect(next);
            }
            false => {
                let next = url::form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>();
                leptos_axum::redirect(&format!("/login?failed=1&next={next}"));
            }
        }
        Ok(())
    };
    super::respond::respond(inside.await)
}

/// Ends the session. Pressing the button twice is no error.
pub async fn sign_out() -> Result<(), ApiError> {
    let inside = async {
        let (app, who, session) = signed_or_not()?;
        if let Some(reviewer) = who.reviewer
            && let Ok(permit) = reviewer.permit(who.origin)
        {
            usecase::session::signed_out(&app, &permit).await?;
        }
        session.flush().await.map_err(|error| Error::Internal(error.to_string()))?;
        if let Some(options) = use_context::<leptos_axum::ResponseOptions>() {
            // Not "cookies": the browser's own cookie separates the sign-in attempts of strangers from those of its
            // owner.
            options.insert_header(
                axum::http::HeaderName::from_static("clear-site-data"),
                axum::http::HeaderValue::from_static("\"cache\", \"storage\""),
            );
        }
        leptos_axum::redirect("/login");
        Ok(())
    };
    super::respond::respond(inside.await)
}

/// Checks that the caller may see a page, and records a refusal.
pub async fn report_denied(need: Permission) -> Result<(), ApiError> {
    let inside = async {
        let (app, who, _) = signed_or_not()?;
        let reviewer = who.reviewer.ok_or(Error::Unauthenticated)?;
        if reviewer.must_change && need != Permission::OwnPassword {
            return Err(Error::ChangePassword);
        }
        if reviewer.role.may(need) {
            return Ok(());
        }
        let forbidden = Forbidden { need };
        usecase::audit::denied(&app, &reviewer, &who.origin, forbidden, "page").await?;
        Err(Error::Forbidden(forbidden))
    };
    super::respond::respond(inside.await)
}

/// Uses up a password link. Redirects in any case: to the sign-in form, or back to the link's page with the reason why
/// not. No error is returned, because it would come back in an address that the browser never requested.
pub async fn redeem(token: &str, current: &str, password: String, again: &str) -> Result<(), ApiError> {
    let inside = async {
        let (app, who, _) = signed_or_not()?;
        // The reviewer who is signed in here need not be the one who was invited.
        let origin = Origin { session: None, ..who.origin };
        let page = |why: &str| {
            let token = url::form_urlencoded::byte_serialize(token.as_bytes()).collect::<String>();
            format!("/invitation/{token}?failed={why}")
        };
        let headers = use_context::<Parts>().map(|parts| parts.headers).unwrap_or_default();
        let (device, cookie) = device(&headers)?;
        let to = match usecase::invitation::redeem(&app, origin, token, current, password, again, device).await? {
            Ok(()) => {
                let options = use_context::<leptos_axum::ResponseOptions>();
                let options = options.ok_or_else(|| Error::Internal("called outside a request".to_owned()))?;
                options.append_header(SET_COOKIE, cookie);
                "/login?set=1".to_owned()
            }
            Err(usecase::invitation::Unset::Gone) => page("gone"),
            Err(usecase::invitation::Unset::Differ) => page("differ"),
            Err(usecase::invitation::Unset::Weak) => page("weak"),
            Err(usecase::invitation::Unset::NotCurrent) => page("current"),
        };
        leptos_axum::redirect(&to);
        Ok(())
    };
    super::respond::respond(inside.await)
}

/// Returns whose password link this is. Anyone who has the link may ask.
pub async fn invitation(token: &str) -> Result<Option<InvitationPage>, ApiError> {
    let inside = async {
        let (app, ..) = signed_or_not()?;
        usecase::invitation::page(&app, token).await
    };
    super::respond::respond(inside.await)
}

fn signed_or_not() -> Result<(App, Identity, Session), Error> {
    let missing = || Error::Internal("called outside a request".to_owned());
    let app = use_context::<App>().ok_or_else(missing)?;
    let parts = use_context::<Parts>().ok_or_else(missing)?;
    let who = parts.extensions.get::<Identity>().cloned().ok_or_else(missing)?;
    let session = parts.extensions.get::<Session>().cloned().ok_or_else(missing)?;
    Ok((app, who, session))
}

/// Whether this is a path on this host that no browser reads as another host.
fn is_our_path(path: &str) -> bool {
    path.is_ascii()
        && path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.contains(char::is_control)
        && path.len() <= 2000
}

#[cfg(test)]
mod tests {
    use super::{address, is_our_path};
    use crate::server::http::listen::Peer;

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_its_own_word() {
        let from = |peer: &str, header: Option<&str>| {
            let mut request = axum::extract::Request::new(axum::body::Body::empty());
            let peer = format!("{peer}:1").parse().ok().map(Peer);
            request.extensions_mut().insert(peer?);
            if let Some(header) = header {
                request.headers_mut().insert("x-forwarded-for", header.parse().ok()?);
            }
            address(&request, &["10.0.0.0/8".parse().ok()?])
        };
        let is =
            |peer, header, wanted: &str| assert_eq!(from(peer, header).as_deref(), Some(wanted), "{peer} {header:?}");
        is("198.51.100.1", None, "198.51.100.1");
        is("198.51.100.1", Some("203.0.113.9"), "198.51.100.1");
        is("10.0.0.1", None, "10.0.0.1");
        is("10.0.0.1", Some("203.0.113.9"), "203.0.113.9");
        is("10.0.0.1", Some("6.6.6.6, 203.0.113.9, 10.1.1.1"), "203.0.113.9");
        is("10.0.0.1", Some("nonsense"), "10.0.0.1");
        is("10.0.0.1", Some("203.0.113.9:5678"), "203.0.113.9");
        is("10.0.0.1", Some("[2001:db8::1]"), "2001:db8::1");
        is("10.0.0.1", Some("[2001:db8::1]:443"), "2001:db8::1");
        is("10.0.0.1", Some("6.6.6.6, [::ffff:203.0.113.9]:80, 10.1.1.1:9"), "203.0.113.9");
        is("10.0.0.1", Some("6.6.6.6, 203.0.113.9:port"), "10.0.0.1");
        is("10.0.0.1", Some("[2001:db8::1"), "10.0.0.1");
        is("[::ffff:10.0.0.1]", Some("2001:db8::7"), "2001:db8::7");
    }

    #[test]
    fn nobody_is_sent_to_another_site_after_signing_in() {
        assert!(is_our_path("/inquiries/inq_1?tab=a"));
        for bad in
            ["https://evil.example", "//evil.example", "/\\evil.example", "", "/é", "javascript:alert(1)", "/a\r\nb: c"]
        {
            assert!(!is_our_path(bad), "{bad}");
        }
    }
}
