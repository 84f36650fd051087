//! The HTML document, the routes, and the permission that each page needs.
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};
use leptos_router::components::{Outlet, ParentRoute, Route, Router, Routes};
use leptos_router::{Lazy, PossibleRouteMatch, SsrMode, path};

use super::access::{Guarded, SignInFirst};
use super::context::{me, start};
use super::live::Live;
use super::pages::routes;
use super::parts::failure::NotFound;
use super::parts::layout::DeskFrame;
use super::parts::list_position;
use super::parts::title::TitleFormat;
use crate::domain::decision::Decision;
use crate::domain::page_data::layout::Start;

/// The HTML document around the application.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let start = use_context::<Start>();
    let contrast = start.as_ref().is_some_and(|start| start.preferences.contrast).then_some("more");
    let theme = start.and_then(|start| start.theme);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme data-contrast=contrast>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/brand/mark.svg" type="image/svg+xml" />
                <link rel="preload" href="/fonts/inter-latin.woff2" r#as="font" type="font/woff2" crossorigin="anonymous" />
                <HashedStylesheet options=options.clone() id="style" />
                // Deferred: links and forms work without scripts, so the content comes first.
                <HydrationScripts options defer=true />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // The server writes these values into its HTML, so the browser has the same ones without a request.
    let start = SharedValue::new(start).into_inner();
    provide_context(RwSignal::new(start.preferences.clone()));
    provide_context(RwSignal::new(None::<Decision>));
    provide_context(start);
    provide_context(Live::new());
    list_position::watch();
    view! {
        <TitleFormat />
        <Router>
            <Routes fallback=|| view! { <Elsewhere /> }>
                <Page path=path!("/login") page=routes::Login />
                <Page path=path!("/invitation/:token") page=routes::Invitation />
                <ParentRoute path=path!("") view=|| view! { <DeskFrame><Outlet /></DeskFrame> }>
                    <Page path=path!("/") page=routes::Home />
                    <Page path=path!("/queue") page=routes::Queue />
                    <Page path=path!("/inquiries/:id") page=routes::Inquiry />
                    <Page path=path!("/cases") page=routes::Cases />
                    <Page path=path!("/cases/:id") page=routes::Case />
                    <Page path=path!("/relations") page=routes::Relations />
                    <Page path=path!("/accounts/:id") page=routes::Account />
                    <Page path=path!("/accounts/:id/relations") page=routes::Relation />
                    <Page path=path!("/decisions") page=routes::Decisions />
                    <Page path=path!("/decisions/:id/blind") page=routes::Blind />
                    <Page path=path!("/mentions") page=routes::Mentions />
                    <Page path=path!("/returned") page=routes::Returned />
                    <Page path=path!("/audit") page=routes::Audit />
                    <Page path=path!("/audit/verify") page=routes::AuditVerify />
                    <Page path=path!("/audit/entries/:seq") page=routes::AuditEntry />
                    <Page path=path!("/account") page=routes::OwnAccount />
                    <Page path=path!("/admin/reviewers") page=routes::Reviewers />
                    <Page path=path!("/admin/rules") page=routes::Rules />
                    <Page path=path!("/admin/retention") page=routes::Retention />
                    <Page path=path!("/admin/figures") page=routes::Figures />
                    <Page path=path!("/admin/persona") page=routes::Connection />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

#[component(transparent)]
fn Page<S, P>(path: S, page: P) -> impl leptos_router::MatchNestedRoutes + Clone
where
    S: PossibleRouteMatch + std::fmt::Debug + Clone + Send + Sync + 'static,
    P: Guarded,
{
    // Async: the response is the whole page with the right HTTP status, also for browsers without JavaScript.
    let _ = page;
    let view = Lazy::<P>::new();
    view! { <Route path ssr=SsrMode::Async view /> }.into_inner()
}

/// A path without a route. Visitors who are not signed in are sent to the sign-in page, so they cannot find out which
/// paths exist.
#[component]
fn Elsewhere() -> impl IntoView {
    match me() {
        Some(_) => view! { <DeskFrame><NotFound what="page".to_owned() /></DeskFrame> }.into_any(),
        None => view! { <SignInFirst /> }.into_any(),
    }
}
