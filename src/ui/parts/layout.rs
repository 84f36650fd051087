//! The layout around every page: navigation with counters, the environment, health, and the signed-in reviewer.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::components::A;
use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::badge::badge;
use super::decision_returned::CameBack;
use super::icon::{Glyph, Icon};
use super::palette::{KeysButton, Palette};
use super::session_end::Ending;
use super::title::Title;
use super::view::Views;
use crate::api;
use crate::api::error::ApiError;
use crate::api::session::SignOut;
use crate::domain::decision::Subject;
use crate::domain::evidence::Tone;
use crate::domain::page_data::layout::Frame;
use crate::domain::page_data::queue::ViewRow;
use crate::domain::reviewer::Permission;
use crate::domain::text::words;
use crate::domain::time::span;
use crate::ui::context::{last_made, may, me, start};
use crate::ui::leptos_ext::static_html::inline_html;
use crate::ui::live::{listen, live};
use crate::ui::resource::{ApiResource, fetched};

/// Time between updates of the counters after live changes. With an update for each change, a busy minute would cause a
/// request a second.
const COUNT_EVERY: std::time::Duration = std::time::Duration::from_millis(1500);

#[component]
pub fn DeskFrame(children: Children) -> impl IntoView {
    let Some(me) = me() else { return children().into_any() };
    let environment = start().environment;
    let production = environment == "Production";
    // The server returns nothing until the printed password is changed, so nothing is fetched.
    let closed = me.must_change;
    let frame = fetched(
        || (),
        move |()| async move { if closed { Err(ApiError::ChangePassword) } else { api::session::desk_frame().await } },
    );
    let (ended, who) = (RwSignal::new(false), me.id);
    let views = Views::of_reader();
    provide_context(views);
    if !closed {
        listen();
    }
    let waiting = StoredValue::new(false);
    live().on_change(move |_, _| {
        if !waiting.get_value() {
            waiting.set_value(true);
            set_timeout(
                move || {
                    if waiting.try_set_value(false).is_none() {
                        frame.refetch();
                        views.refetch();
                    }
                },
                COUNT_EVERY,
            );
        }
    });
    let count = move |pick: fn(&Frame) -> i64| {
        view! {
            <Transition>
                {move || Suspend::new(async move {
                    let n = frame.await.as_ref().map(pick).unwrap_or(0);
                    view! { <span class="count">{(n > 0).then(|| n.to_string())}</span> }
                })}
            </Transition>
        }
    };
    // On narrow screens the navigation closes when the reviewer opens a page: they want to see the page, and not the
    // navigation.
    let location = use_location();
    Effect::new(move |_| {
        location.pathname.track();
        location.search.track();
        let switch = document().get_element_by_id("menu").and_then(|menu| menu.dyn_into::<HtmlInputElement>().ok());
        if let Some(switch) = switch {
            switch.set_checked(false);
        }
    });
    let role = me.role.label();
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the content"</a>
        <div class="desk" class:away=move || ended.get() data-environment=environment.to_lowercase()>
            <input type="checkbox" id="menu" class="menu-switch" aria-label="Show the navigation" />
            <div class="side">
                <div class="brand">
                    <img src="/brand/mark.svg" alt="" width="20" height="20" />
                    <a href="/">"Countersign"</a>
                    {inline_html(|| badge(if production { Tone::Bad } else { Tone::Warn }, &environment))}
                    <label class="menu" for="menu"><Glyph icon=Icon::Menu /><span class="hidden">"Navigation"</span></label>
                </div>
                <nav aria-label="Main">
                    {may(Permission::ReadQueue).then(|| view! {
                        <A href="/queue"><Glyph icon=Icon::Queue />"Review queue"{count(|frame| frame.waiting)}</A>
                        <A href="/cases"><Glyph icon=Icon::Case />"Cases"{count(|frame| frame.cases)}</A>
                    })}
                    {may(Permission::ReadEvidence).then(|| view! { <A href="/relations"><Glyph icon=Icon::Relations />"Relations"</A> })}
                    {may(Permission::ReadQueue).then(|| view! { <A href="/decisions"><Glyph icon=Icon::Check />"Decisions"{count(|frame| frame.decisions)}</A> })}
                    {may(Permission::Decide).then(|| view! { <A href="/returned"><Glyph icon=Icon::Check />"Returned to you"{count(|frame| frame.returned)}</A> })}
                    {may(Permission::ReadEvidence).then(|| view! { <A href="/mentions"><Glyph icon=Icon::Note />"Notes to you"{count(|frame| frame.mentions)}</A> })}
                    {may(Permission::ReadAudit).then(|| view! { <A href="/audit"><Glyph icon=Icon::Audit />"Audit log"</A> })}
                    {may(Permission::ReadQueue).then(|| view! { <ViewList views /> })}
                    {may(Permission::ReadReviewers).then(|| view! {
                        <p class="group">"Administration"</p>
                        <A href="/admin/reviewers"><Glyph icon=Icon::Reviewers />"Reviewers"</A>
                        <A href="/admin/rules"><Glyph icon=Icon::Check />"Rules and policy"</A>
                        {may(Permission::ReadFigures).then(|| view! { <A href="/admin/figures"><Glyph icon=Icon::Queue />"Statistics"</A> })}
                        {may(Permission::ReadRetention).then(|| view! { <A href="/admin/retention"><Glyph icon=Icon::Audit />"Retention"</A> })}
                        <A href="/admin/persona"><Glyph icon=Icon::Connection />"Persona connection"</A>
                    })}
                </nav>
                <div class="foot">
                    {(!closed).then(|| view! { <Line frame /> })}
                    <p class="who"><A href="/account">{me.name.clone()}</A><span class="muted">{role}</span></p>
                    <div class="row">
                        <form method="post" action=SignOut::PATH><button class="quiet" type="submit">"Sign out"</button></form>
                        <KeysButton />
                        <ThemeSwitch />
                    </div>
                </div>
            </div>
            <div class="page">
                {(!closed).then(|| view! { <Ending ended who /> <Health frame /> })}
                <LastMade />
                <CameBack frame />
                <main id="main" tabindex="-1">{children()}</main>
            </div>
        </div>
        <Palette />
    }.into_any()
}

/// Saved views as links, each with its number of inquiries. Own views can be removed, and shared ones by reviewers who
/// may manage the queue.
#[component]
fn ViewList(views: Views) -> impl IntoView {
    let location = use_location();
    let remove = Action::new(move |row: &ViewRow| {
        let (id, shared) = (row.view.id.clone(), row.view.shared);
        async move { if shared { api::queue::unshare_view(id).await } else { api::queue::remove_view(id).await } }
    });
    Effect::new(move |_| {
        if remove.value().get().is_some() {
            views.refetch();
        }
    });
    let here = move |filter: &str| {
        let search = location.search.get();
        location.pathname.get() == "/queue" && search.trim_start_matches('?') == filter
    };
    view! {
        <p class="group">"Views"</p>
        <Transition>
            {move || Suspend::new(async move {
                views.fetched().await.into_iter().map(|row| {
                    let filter = row.view.filter.clone();
                    let removable = !row.built_in && (!row.view.shared || may(Permission::ManageQueue));
                    let found = if row.more { format!("{}+", row.found) } else { row.found.to_string() };
                    let found = (row.found > 0).then_some(found);
                    let name = row.view.name.clone();
                    view! {
                        <span class="view">
                            <a href=format!("/queue?{filter}") aria-current=move || here(&filter).then_some("page")><span class="clip" dir="auto">{name.clone()}</span><span class="count">{found}</span></a>
                            {removable.then(|| view! { <button type="button" class="quiet" aria-label=format!("Remove the view {name}") on:click=move |_| { remove.dispatch(row.clone()); }>"×"</button> })}
                        </span>
                    }
                }).collect_view()
            })}
        </Transition>
    }
}

/// Whether live updates arrive, and when the last webhook event from Persona came.
#[component]
fn Line(frame: ApiResource<Frame>) -> impl IntoView {
    let connected = live().connected;
    view! {
        <p class="line" role="status">
            <span class="dot" data-on=move || connected.get().map_or("unknown", |on| if on { "yes" } else { "no" })></span>
            <Transition>
                {move || Suspend::new(async move {
                    let frame = frame.await.ok();
                    let last = frame.and_then(|frame| frame.last_event_at.map(|at| format!("last webhook {} ago", span(frame.now.since(at)))));
                    move || match connected.get() {
                        Some(false) => "No live updates: this page is checked every 30 s".to_owned(),
                        _ => last.clone().map_or_else(|| "No webhook yet".to_owned(), |last| format!("Live, {last}")),
                    }
                })}
            </Transition>
        </p>
    }
}

/// The decision after which the desk opened this page by itself, with a link back to it.
#[component]
fn LastMade() -> impl IntoView {
    let made = last_made();
    view! {
        <div role="status">{move || made.get().map(|made| {
            let href = match &made.subject {
                Subject::Inquiry(id) => format!("/inquiries/{id}"),
                Subject::Case(id) => format!("/cases/{id}"),
            };
            view! {
                <p class="banner" data-tone="good">{words(made.verdict.as_str())}": "<span class="strong" dir="auto">{made.subject_name}</span>". "
                    <a href=href on:click=move |_| last_made().set(None)>"Open it again to withdraw the decision"</a>" "
                    <button type="button" class="quiet" aria-label="Close" on:click=move |_| last_made().set(None)>"×"</button></p>
            }
        })}</div>
    }
}

/// Banners about the state of the desk, on every page. When Persona does not answer, pages can still be read, and
/// decisions wait.
#[component]
fn Health(frame: ApiResource<Frame>) -> impl IntoView {
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let frame = frame.await.ok();
                let suspended = frame.as_ref().is_some_and(|frame| frame.suspended).then(|| view! {
                    <p class="banner" data-tone="bad" role="status">
                        "The audit log is suspended: nothing is decided or sent until an admin resumes it. Admins find the cause under Persona connection, auditors in the audit log."
                    </p>
                });
                let behind = frame.as_ref().filter(|frame| frame.persona_down.is_none()).and_then(|frame| {
                    let since = frame.behind?;
                    Some(match since {
                        _ if frame.events_refused.is_some() => format!(
                            "This page may be out of date: Persona’s list of events is {}. The desk cannot find webhooks that were lost. Admins find the cause under Persona connection.",
                            frame.events_refused.as_deref().unwrap_or_default(),
                        ),
                        Some(at) => format!("This page may be out of date: the last comparison with Persona’s events was {} ago.", span(frame.now.since(at))),
                        None => "This page may be out of date: Persona’s events are still being read for the first time.".to_owned(),
                    })
                });
                let behind = behind.map(|text| view! { <p class="banner" data-tone="info" role="status">{text}</p> });
                // A key that is refused for everything is reported below.
                let refused = frame.as_ref().is_some_and(|frame| frame.refused && frame.persona_down.is_none()).then(|| view! {
                    <p class="banner" data-tone="bad" role="status">
                        "Persona refuses the desk’s changes: decisions wait, and are sent when an admin has corrected the API key. Admins find the cause under Persona connection."
                    </p>
                });
                let down = frame.and_then(|frame| frame.persona_down);
                let down = down.map(|why| view! {
                    <p class="banner" data-tone="warn" role="status">
                        {format!("Persona does not answer ({why}). You see the last known state. Decisions are saved, and sent as soon as Persona answers.")}
                    </p>
                });
                view! { {suspended}{refused}{behind}{down} }
            })}
        </Transition>
    }
}

/// Light, dark, or the setting of the system.
#[component]
fn ThemeSwitch() -> impl IntoView {
    let choose = move |theme: &'static str| {
        let Some(html) = document().document_element() else { return };
        let cookie = if theme == "system" {
            let _ = html.remove_attribute("data-theme");
            "theme=; path=/; max-age=0; samesite=lax".to_owned()
        } else {
            let _ = html.set_attribute("data-theme", theme);
            format!("theme={theme}; path=/; max-age=31536000; samesite=lax")
        };
        if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
            let _ = document.set_cookie(&cookie);
        }
    };
    view! {
        <span class="themes" role="group" aria-label="Colours">
            <button class="quiet" type="button" on:click=move |_| choose("light")>"Light"</button>
            <button class="quiet" type="button" on:click=move |_| choose("dark")>"Dark"</button>
            <button class="quiet" type="button" on:click=move |_| choose("system")>"Auto"</button>
        </span>
    }
}

/// The bar above a page. `tab` is the title in the browser's tab, in place of a title that names a person: browsers
/// store titles in their history.
#[component]
pub fn Bar(
    #[prop(into)] title: String,
    #[prop(optional, into)] tab: Option<String>,
    #[prop(optional)] trail: Option<(&'static str, &'static str)>,
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=tab.unwrap_or_else(|| title.clone()) />
        <header class="bar">
            {trail.map(|(href, text)| view! { <a class="trail" href=href>{text}" /"</a> })}
            <h1>{title}</h1>
            {children()}
        </header>
    }
}
