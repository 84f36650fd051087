//! Every route, and the layers around them, in one file because a layer covers only the routes that were added before
//! it. The permission for a route is in its handler's arguments (`May<…>`), for a page in its `need`, and for a server
//! function in its first line.
use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::body::HttpBody;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_request};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{
    AxumRouteListing, ResponseOptions, generate_route_list, handle_server_fns_with_context,
    render_app_async_with_context,
};
use tokio_util::task::LocalPoolHandle;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};
use tower_http::trace::TraceLayer;
use tracing::Instrument;

use super::guard::{Identity, identify};
use super::unencrypted::unencrypted;
use super::{case_file, document, export, form_error, health, invitation, live, markup, session, webhook};
use crate::api::error::ApiError;
use crate::domain::page_data::layout::{Me, Start};
use crate::server::{App, Error};
use crate::ui::app::{App as Pages, shell};

/// Largest form, in bytes. Forms are small.
const LARGEST_FORM: usize = 256 << 10;

/// Listed once in a process and before its first page: while Leptos lists routes, no resource of the process loads, and
/// a resource that is first requested in that moment never loads (leptos issue 4773).
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(Pages));

pub fn router(app: &App, options: &LeptosOptions) -> Result<Router, String> {
    let context = context(app.clone());
    let shell = {
        let options = options.clone();
        move || shell(options.clone())
    };
    // A page is rendered on one thread from its first task to its last. On several threads, Leptos 0.8 sometimes misses
    // that the last resource of a page has arrived, and the page never ends (leptos issues 4673 and 4851).
    let drawers = LocalPoolHandle::new(std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let draw = {
        let (context, shell) = (context.clone(), shell.clone());
        move |request: Request<axum::body::Body>| {
            let render = render_app_async_with_context(context.clone(), shell.clone());
            let drawing = drawers.spawn_pinned(move || render(request).in_current_span());
            async move {
                match drawing.await {
                    Ok(page) => markup::valid(page).await,
                    Err(stopped) => Error::Internal(format!("a page could not be rendered: {stopped}")).into_response(),
                }
            }
        }
    };
    let not_found = {
        let draw = draw.clone();
        move |request: Request<axum::body::Body>| async move {
            let mut response = draw(request).await;
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    };

    // Pages and server functions: with a session.
    let api = {
        let context = context.clone();
        move |request: Request<axum::body::Body>| {
            let context = context.clone();
            async move { readable(handle_server_fns_with_context(context, request).await.into_response()).await }
        }
    };
    let pages = ROUTES.iter().fold(Router::new(), |router, page| router.route(page.path(), get(draw.clone())));
    let desk = pages
        .fallback(not_found)
        // Before anything is rendered, so that a client without an account does not learn which pages exist.
        .layer(from_fn(sign_in_first))
        .layer(from_fn(invitation::headers))
        .route("/api/{*name}", post(api))
        .route("/live", get(live::stream))
        .route("/audit/export", get(export::log))
        .route("/inquiries/{id}/case-file", get(case_file::case_file))
        .route("/accounts/{id}/access-request", get(case_file::access_request))
        .route("/documents/{id}/{part}", get(document::picture))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(RequestBodyLimitLayer::new(LARGEST_FORM))
        .layer(from_fn_with_state(app.clone(), identify))
        .layer(from_fn(no_heads))
        .layer(session::layer(app.clone()))
        .layer(from_fn(session::removes))
        .layer(from_fn_with_state(app.clone(), form_error::signed))
        .layer(csrf(app)?)
        // A page that is not rendered in this time never will be. Streams have begun by then and continue.
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(30)))
        // Everything on these pages belongs to a person: no cache may store a copy.
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store")));

    // Without a session: Persona, and monitoring.
    let open = Router::new()
        .route("/webhooks/persona", post(webhook::receive).layer(DefaultBodyLimit::max(webhook::LARGEST)))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/health/log", get(health::log))
        // Limits the whole request, because a body that arrives one byte at a time is never idle. Persona has given up
        // by then.
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(15)))
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store")));

    let site = std::path::PathBuf::from(options.site_root.as_ref());
    // A folder that is named after its content may be cached forever. A plain one (a debug build) has to be requested
    // again.
    let keep = if options.site_pkg_dir.contains('/') { "public, max-age=31536000, immutable" } else { "no-cache" };
    let folder = |name: &str, keep: &'static str| {
        ServiceBuilder::new()
            // A file that is missing now may exist after the next start. So only files that were found are cached:
            // whole, in part, or because they did not change.
            .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, move |response: &Response<_>| {
                let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
                Some(HeaderValue::from_static(if found { keep } else { "no-store" }))
            }))
            .service(ServeDir::new(site.join(name)).precompressed_br().precompressed_gzip())
    };
    let files = Router::new()
        .nest_service("/pkg", folder("pkg", keep))
        .nest_service("/fonts", folder("fonts", "public, max-age=31536000, immutable"))
        .nest_service("/brand", folder("brand", "public, max-age=86400"));

    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    Ok(desk
        .merge(open)
        .merge(files)
        .layer(
            ServiceBuilder::new()
                // The desk's own ID and not the sender's, because it is recorded in the audit log.
                .layer(map_request(|mut request: axum::extract::Request| async move {
                    request.headers_mut().remove("x-request-id");
                    request
                }))
                .layer(RequestBodyTimeoutLayer::new(Duration::from_secs(15)))
                .layer(SetRequestIdLayer::new(HeaderName::from_static("x-request-id"), MakeRequestUuid))
                .layer(PropagateRequestIdLayer::new(HeaderName::from_static("x-request-id")))
                .layer(TraceLayer::new_for_http().make_span_with(|request: &Request<_>| {
                    // The path and never the query, because searches name people. Of a password link, nothing that
                    // opens it.
                    let path = request.uri().path();
                    let path = if path.starts_with(invitation::PATH) { invitation::PATH } else { path };
                    // The ID that entries of the audit log contain.
                    let id =
                        request.headers().get("x-request-id").and_then(|value| value.to_str().ok()).unwrap_or_default();
                    tracing::info_span!("request", method = %request.method(), path, request_id = id)
                }))
                .layer(fixed(STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"))
                .layer(fixed(X_CONTENT_TYPE_OPTIONS, "nosniff"))
                // Not `no-referrer`, because a form posted without wasm is answered with a redirect to where it came
                // from.
                .layer(SetResponseHeaderLayer::if_not_present(REFERRER_POLICY, HeaderValue::from_static("same-origin")))
                .layer(fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
                .layer(fixed(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
                .layer(fixed(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"))
                .layer(fixed(HeaderName::from_static("x-robots-tag"), "noindex"))
                .layer(SetResponseHeaderLayer::if_not_present(
                    CONTENT_SECURITY_POLICY,
                    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
                ))
                .layer(CompressionLayer::new().compress_when(not_files()))
                .layer(CatchPanicLayer::custom(panicked)),
        )
        .with_state(app.clone()))
}

/// Does not compress files that are streamed and can be resumed at any byte.
fn not_files() -> impl Predicate {
    DefaultPredicate::new()
        .and(NotForContentType::const_new("application/zip"))
        .and(NotForContentType::const_new("application/jsonl"))
        .and(NotForContentType::const_new("application/pdf"))
        .and(NotForContentType::const_new("application/vnd."))
        .and(NotForContentType::const_new("text/csv"))
}

/// Refuses what another site sends in a reviewer's name. Behind a proxy that changes `Host`, the settings give the
/// public address.
fn csrf(app: &App) -> Result<CsrfLayer, String> {
    match &app.config.public_url {
        Some(url) => {
            CsrfLayer::new().add_trusted_origin(url.origin().ascii_serialization()).map_err(|error| error.to_string())
        }
        None => Ok(CsrfLayer::new()),
    }
}

/// Refuses HEAD requests. What a page shows is recorded as seen, and a client that requests only the head of a page has
/// seen nothing.
async fn no_heads(request: axum::extract::Request, next: Next) -> Response {
    if request.method() == axum::http::Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(axum::http::header::ALLOW, "GET")]).into_response();
    }
    next.run(request).await
}

/// Redirects clients that are not signed in to the sign-in form, and from there to the page that they wanted.
async fn sign_in_first(request: axum::extract::Request, next: Next) -> Response {
    let reviewer = request.extensions().get::<Identity>().and_then(|who| who.reviewer.as_ref());
    let (known, must_change) = (reviewer.is_some(), reviewer.is_some_and(|reviewer| reviewer.must_change));
    let path = request.uri().path();
    if must_change && path != "/account" && path != "/login" {
        return Redirect::to("/account").into_response();
    }
    if path == "/login"
        && !request.uri().query().is_some_and(|query| query.contains("unencrypted=1"))
        && unencrypted(request.headers())
    {
        let query = request.uri().query().map(|query| format!("&{query}")).unwrap_or_default();
        return Redirect::to(&format!("/login?unencrypted=1{query}")).into_response();
    }
    if known || path == "/login" || path.starts_with(invitation::PATH) {
        return next.run(request).await;
    }
    let wanted = request.uri().path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    let next = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect::<String>();
    Redirect::to(&if wanted == "/" { "/login".to_owned() } else { format!("/login?next={next}") }).into_response()
}

/// Puts into the context what pages and server functions need.
fn context(app: App) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        let parts = use_context::<axum::http::request::Parts>();
        let who = parts.as_ref().and_then(|parts| parts.extensions.get::<Identity>().cloned());
        provide_context(Start {
            theme: parts.as_ref().and_then(|parts| theme(&parts.headers)),
            reasons: who.as_ref().map(|who| who.reasons.clone()).unwrap_or_default(),
            preferences: who.as_ref().map(|who| who.preferences.clone()).unwrap_or_default(),
            me: who.and_then(|who| who.reviewer).as_ref().map(Me::from),
            environment: app.config.persona.environment.label().to_owned(),
            line: app.changes.now(),
            now: app.now(),
        });
        provide_context(app.clone());
        if let (Some(nonce), Some(options)) = (use_nonce(), use_context::<ResponseOptions>()) {
            let policy = format!(
                "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
                 img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
            );
            if let Ok(policy) = HeaderValue::from_str(&policy) {
                options.insert_header(CONTENT_SECURITY_POLICY, policy);
            }
        }
    }
}

/// Answers 422 when the sender's arguments are wrong. Leptos answers 500 when it cannot read the arguments of a server
/// function.
async fn readable(mut response: Response) -> Response {
    /// Longer than `ApiError::Unreadable` is, in bytes.
    const SHORT: usize = 256;
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR
        || response.body().size_hint().exact().is_none_or(|length| length > SHORT as u64)
    {
        return response;
    }
    let body = std::mem::take(response.body_mut());
    let Ok(body) = axum::body::to_bytes(body, SHORT).await else { return response };
    if serde_json::from_slice(&body).is_ok_and(|error: ApiError| error == ApiError::Unreadable) {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    *response.body_mut() = body.into();
    response
}

/// Returns the choice of the light or dark theme. Nothing else is read from this cookie.
fn theme(headers: &axum::http::HeaderMap) -> Option<String> {
    let cookies = headers.get_all(axum::http::header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let theme = cookies.flat_map(|line| line.split(';')).find_map(|cookie| cookie.trim().strip_prefix("theme="))?;
    matches!(theme, "light" | "dark").then(|| theme.to_owned())
}

fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let what =
        panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    Error::Internal(format!("panic: {}", what.unwrap_or_default())).into_response()
}
