//! The document, the routes, and who may see which.
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::components::{Outlet, ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::{PossibleRouteMatch, SsrMode, path};

use super::live::Live;
use super::pages;
use super::parts::failure::{Forbidden, NotFound};
use super::parts::frame::DeskFrame;
use crate::domain::desk::{Me, Start};
use crate::domain::reviewer::Need;
use crate::domain::time::Timestamp;

/// The HTML document around the application.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let theme = use_context::<Start>().and_then(|start| start.theme);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/brand/mark.svg" type="image/svg+xml" />
                <link rel="preload" href="/fonts/inter-latin.woff2" r#as="font" type="font/woff2" crossorigin="anonymous" />
                <HashedStylesheet options=options.clone() id="style" />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Who may see a page. Every route says so: the component that makes routes has no default for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Anyone,
    Only(Need),
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // The same in the server's HTML and in the browser, without a request.
    let start = SharedValue::new(|| {
        use_context::<Start>().unwrap_or(Start {
            me: None,
            environment: String::new(),
            theme: None,
            now: Timestamp::from_micros(0),
        })
    })
    .into_inner();
    provide_context(start);
    provide_context(Live::new());
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Countersign".to_owned() } else { format!("{title} · Countersign") } />
        <Router>
            <Routes fallback=|| view! { <Elsewhere /> }>
                <Page path=path!("/login") access=Access::Anyone view=|| view! { <pages::login::Login /> }.into_any() />
                <ParentRoute path=path!("") view=|| view! { <DeskFrame><Outlet /></DeskFrame> }>
                    <Page path=path!("/") access=Access::Only(Need::SignedIn) view=|| view! { <pages::home::Home /> }.into_any() />
                    <Page path=path!("/queue") access=Access::Only(Need::ReadQueue) view=|| view! { <pages::queue::Queue /> }.into_any() />
                    <Page path=path!("/inquiries/:id") access=Access::Only(Need::ReadEvidence) view=|| view! { <pages::inquiry::Inquiry /> }.into_any() />
                    <Page path=path!("/cases") access=Access::Only(Need::ReadQueue) view=|| view! { <pages::case::Cases /> }.into_any() />
                    <Page path=path!("/cases/:id") access=Access::Only(Need::ReadEvidence) view=|| view! { <pages::case::Case /> }.into_any() />
                    <Page path=path!("/relations") access=Access::Only(Need::ReadEvidence) view=|| view! { <pages::relation::Relations /> }.into_any() />
                    <Page path=path!("/accounts/:id") access=Access::Only(Need::ReadEvidence) view=|| view! { <pages::account::Account /> }.into_any() />
                    <Page path=path!("/accounts/:id/relations") access=Access::Only(Need::ReadEvidence) view=|| view! { <pages::relation::Relation /> }.into_any() />
                    <Page path=path!("/decisions") access=Access::Only(Need::ReadQueue) view=|| view! { <pages::decision::Decisions /> }.into_any() />
                    <Page path=path!("/audit") access=Access::Only(Need::ReadAudit) view=|| view! { <pages::audit::Audit /> }.into_any() />
                    <Page path=path!("/account") access=Access::Only(Need::SignedIn) view=|| view! { <pages::session::OwnAccount /> }.into_any() />
                    <Page path=path!("/admin/reviewers") access=Access::Only(Need::ReadReviewers) view=|| view! { <pages::reviewer::Reviewers /> }.into_any() />
                    <Page path=path!("/admin/persona") access=Access::Only(Need::ReadConnection) view=|| view! { <pages::sync::Connection /> }.into_any() />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// A route with its access.
#[component(transparent)]
fn Page<S>(path: S, access: Access, view: fn() -> AnyView) -> impl leptos_router::MatchNestedRoutes + Clone
where
    S: PossibleRouteMatch + std::fmt::Debug + Clone + Send + Sync + 'static,
{
    // Async: the whole page is there at once, with its right status, for those without JavaScript too.
    view! { <Route path ssr=SsrMode::Async view=move || gate(access, view) /> }.into_inner()
}

/// What a page needs is checked again by each server function; this decides what is drawn instead.
fn gate(access: Access, view: fn() -> AnyView) -> AnyView {
    let me = me();
    match (access, me) {
        (Access::Anyone, _) => view(),
        (Access::Only(need), Some(me)) if me.role.may(need) => view(),
        (Access::Only(need), Some(_)) => view! { <Forbidden need /> }.into_any(),
        (Access::Only(_), None) => view! { <SignInFirst /> }.into_any(),
    }
}

#[component]
fn SignInFirst() -> impl IntoView {
    let location = use_location();
    let here = format!(
        "{}{}",
        location.pathname.get_untracked(),
        location.search.with_untracked(|search| if search.is_empty() { String::new() } else { format!("?{search}") })
    );
    let next = here
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-_./".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect::<String>();
    view! { <Redirect path=format!("/login?next={next}") /> }
}

/// A path that no route knows: nobody learns without signing in which ones exist.
#[component]
fn Elsewhere() -> impl IntoView {
    match me() {
        Some(_) => view! { <DeskFrame><NotFound what="page".to_owned() /></DeskFrame> }.into_any(),
        None => view! { <SignInFirst /> }.into_any(),
    }
}

pub fn start() -> Start {
    use_context::<Start>().unwrap_or(Start {
        me: None,
        environment: String::new(),
        theme: None,
        now: Timestamp::from_micros(0),
    })
}

pub fn me() -> Option<Me> {
    start().me
}

/// Whether the reviewer at hand may do something: decides what is offered, never what is allowed.
pub fn may(need: Need) -> bool {
    me().is_some_and(|me| me.role.may(need))
}
