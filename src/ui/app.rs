//! The HTML document, the routes, and the permission that each page needs.
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};
use leptos_router::components::{Outlet, ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::{Lazy, LazyRoute, PossibleRouteMatch, SsrMode, path};

use super::live::Live;
use super::pages::lazy;
use super::parts::failure::{Forbidden, NotFound};
use super::parts::layout::DeskFrame;
use super::parts::title::TitleFormat;
use crate::api;
use crate::domain::decision::Decision;
use crate::domain::desk::{Me, Start};
use crate::domain::preference::Preferences;
use crate::domain::reason::Reasons;
use crate::domain::reviewer::Permission;
use crate::domain::time::Timestamp;

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

/// Who may see a page. Every route states it: the component that creates routes has no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Anyone,
    Only(Permission),
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // The server writes these values into its HTML, so the browser has the same ones without a request.
    let start = SharedValue::new(|| {
        use_context::<Start>().unwrap_or(Start {
            me: None,
            environment: String::new(),
            theme: None,
            preferences: Preferences::default(),
            reasons: Reasons::default(),
            line: String::new(),
            now: Timestamp::from_micros(0),
        })
    })
    .into_inner();
    provide_context(RwSignal::new(start.preferences.clone()));
    provide_context(RwSignal::new(None::<Decision>));
    provide_context(start);
    provide_context(Live::new());
    view! {
        <TitleFormat />
        <Router>
            <Routes fallback=|| view! { <Elsewhere /> }>
                <Page path=path!("/login") page=lazy::Login />
                <Page path=path!("/invitation/:token") page=lazy::Invitation />
                <ParentRoute path=path!("") view=|| view! { <DeskFrame><Outlet /></DeskFrame> }>
                    <Page path=path!("/") page=lazy::Home />
                    <Page path=path!("/queue") page=lazy::Queue />
                    <Page path=path!("/inquiries/:id") page=lazy::Inquiry />
                    <Page path=path!("/cases") page=lazy::Cases />
                    <Page path=path!("/cases/:id") page=lazy::Case />
                    <Page path=path!("/relations") page=lazy::Relations />
                    <Page path=path!("/accounts/:id") page=lazy::Account />
                    <Page path=path!("/accounts/:id/relations") page=lazy::Relation />
                    <Page path=path!("/decisions") page=lazy::Decisions />
                    <Page path=path!("/decisions/:id/blind") page=lazy::Blind />
                    <Page path=path!("/mentions") page=lazy::Mentions />
                    <Page path=path!("/returned") page=lazy::Returned />
                    <Page path=path!("/audit") page=lazy::Audit />
                    <Page path=path!("/audit/verify") page=lazy::AuditVerify />
                    <Page path=path!("/audit/entries/:seq") page=lazy::AuditEntry />
                    <Page path=path!("/account") page=lazy::OwnAccount />
                    <Page path=path!("/admin/reviewers") page=lazy::Reviewers />
                    <Page path=path!("/admin/rules") page=lazy::Rules />
                    <Page path=path!("/admin/retention") page=lazy::Retention />
                    <Page path=path!("/admin/figures") page=lazy::Figures />
                    <Page path=path!("/admin/persona") page=lazy::Connection />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// A page whose code the browser loads when the page is first opened, and who may see it. A page without this trait
/// cannot be a route.
pub trait Guarded: LazyRoute + Sync {
    const ACCESS: Access;
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

/// Returns what is rendered instead of a page that this reviewer may not see. It only decides what is shown: each
/// server function checks the permission again.
pub fn refused(access: Access) -> Option<AnyView> {
    match (access, me()) {
        (Access::Anyone, _) => None,
        (Access::Only(need), Some(me)) if me.may(need) => None,
        (Access::Only(need), Some(_)) => Some(view! { <Forbidden need /> }.into_any()),
        (Access::Only(_), None) => Some(view! { <SignInFirst /> }.into_any()),
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

/// A path without a route. Visitors who are not signed in are sent to the sign-in page, so they cannot find out which
/// paths exist.
#[component]
fn Elsewhere() -> impl IntoView {
    match me() {
        Some(_) => view! { <DeskFrame><NotFound what="page".to_owned() /></DeskFrame> }.into_any(),
        None => view! { <SignInFirst /> }.into_any(),
    }
}

/// The decision reasons that were valid when the page was loaded.
pub fn reasons() -> Reasons {
    use_context::<Start>().map(|start| start.reasons).unwrap_or_default()
}

pub fn start() -> Start {
    use_context::<Start>().unwrap_or(Start {
        me: None,
        environment: String::new(),
        theme: None,
        preferences: Preferences::default(),
        reasons: Reasons::default(),
        line: String::new(),
        now: Timestamp::from_micros(0),
    })
}

/// The preferences of the signed-in reviewer. The signal follows the changes that they make.
pub fn preferences() -> RwSignal<Preferences> {
    use_context().unwrap_or_else(|| RwSignal::new(Preferences::default()))
}

pub fn me() -> Option<Me> {
    start().me
}

/// Whether the signed-in reviewer may do something. It decides what a page offers; the server decides what is allowed.
pub fn may(need: Permission) -> bool {
    me().is_some_and(|me| me.may(need))
}

/// The decision after which the desk opened this page by itself.
pub fn last_made() -> RwSignal<Option<Decision>> {
    use_context().unwrap_or_else(|| RwSignal::new(None))
}

/// Changes a preference of the reviewer: on this page at once, and then on the server.
pub fn prefer(change: impl FnOnce(&mut Preferences)) {
    let mine = preferences();
    mine.update(change);
    let wanted = mine.get_untracked();
    spawn_local(async move {
        // The change still applies on this page, and is sent again with the next change.
        if let Err(error) = api::preference::prefer(wanted).await {
            leptos::logging::warn!("preferences were not saved: {error}");
        }
    });
}
