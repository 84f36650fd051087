//! What stands around every page: navigation with counters, the environment, health, who is signed in.
use leptos::prelude::*;
use leptos_router::components::A;
use wasm_bindgen::JsCast;

use super::badge::Badge;
use super::icon::{Glyph, Icon};
use crate::api;
use crate::domain::desk::Frame;
use crate::domain::evidence::Tone;
use crate::domain::reviewer::Need;
use crate::domain::time::span;
use crate::ui::app::{may, me, start};
use crate::ui::live::{listen, live};

/// Counters follow live changes, but not each one: a busy minute would be a request a second.
const COUNT_EVERY: std::time::Duration = std::time::Duration::from_millis(1500);

#[component]
pub fn DeskFrame(children: Children) -> impl IntoView {
    let Some(me) = me() else { return children().into_any() };
    let environment = start().environment;
    let production = environment == "Production";
    let frame = Resource::new(|| (), |()| api::session::desk_frame());
    listen();
    let waiting = StoredValue::new(false);
    live().on_change(move |_, _| {
        if !waiting.get_value() {
            waiting.set_value(true);
            set_timeout(
                move || {
                    if waiting.try_set_value(false).is_none() {
                        frame.refetch();
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
    let role = me.role.label();
    view! {
        <a class="skip" href="#main">"Skip to the content"</a>
        <div class="desk" data-environment=environment.to_lowercase()>
            <input type="checkbox" id="menu" class="menu-switch" aria-label="Show the navigation" />
            <div class="side">
                <div class="brand">
                    <img src="/brand/mark.svg" alt="" width="20" height="20" />
                    <a href="/">"Countersign"</a>
                    <Badge tone=if production { Tone::Bad } else { Tone::Warn } text=environment.clone() />
                    <label class="menu" for="menu"><Glyph icon=Icon::Menu /><span class="hidden">"Navigation"</span></label>
                </div>
                <nav aria-label="Main">
                    {may(Need::ReadQueue).then(|| view! {
                        <A href="/queue"><Glyph icon=Icon::Queue />"Review queue"{count(|frame| frame.waiting)}</A>
                        <A href="/cases"><Glyph icon=Icon::Case />"Cases"{count(|frame| frame.cases)}</A>
                    })}
                    {may(Need::ReadEvidence).then(|| view! { <A href="/relations"><Glyph icon=Icon::Relations />"Relations"</A> })}
                    {may(Need::ReadQueue).then(|| view! { <A href="/decisions"><Glyph icon=Icon::Check />"Decisions"{count(|frame| frame.decisions)}</A> })}
                    {may(Need::ReadAudit).then(|| view! { <A href="/audit"><Glyph icon=Icon::Audit />"Audit log"</A> })}
                    {may(Need::ReadReviewers).then(|| view! {
                        <p class="group">"Administration"</p>
                        <A href="/admin/reviewers"><Glyph icon=Icon::Reviewers />"Reviewers"</A>
                        <A href="/admin/rules"><Glyph icon=Icon::Check />"Countersign rules"</A>
                        {may(Need::ReadRetention).then(|| view! { <A href="/admin/retention"><Glyph icon=Icon::Audit />"Retention"</A> })}
                        <A href="/admin/persona"><Glyph icon=Icon::Connection />"Persona connection"</A>
                    })}
                </nav>
                <div class="foot">
                    <Line frame />
                    <p class="who"><A href="/account">{me.name.clone()}</A><span class="muted">{role}</span></p>
                    <div class="row">
                        <form method="post" action="/api/sign-out"><button class="quiet" type="submit">"Sign out"</button></form>
                        <ThemeSwitch />
                    </div>
                </div>
            </div>
            <div class="page">
                <Health frame />
                <main id="main" tabindex="-1">{children()}</main>
            </div>
        </div>
    }.into_any()
}

/// Whether live updates arrive, and when Persona last told us something.
#[component]
fn Line(frame: Resource<Result<Frame, api::ApiError>>) -> impl IntoView {
    let connected = live().connected;
    view! {
        <p class="line" role="status">
            <span class="dot" data-on=move || connected.get().map_or("unknown", |on| if on { "yes" } else { "no" })></span>
            <Transition>
                {move || Suspend::new(async move {
                    let frame = frame.await.ok();
                    let last = frame.and_then(|frame| frame.last_event_at.map(|at| format!("last event {} ago", span(frame.now.since(at)))));
                    move || match connected.get() {
                        Some(false) => "Not live, reconnecting".to_owned(),
                        _ => last.clone().map_or_else(|| "No event yet".to_owned(), |last| format!("Live, {last}")),
                    }
                })}
            </Transition>
        </p>
    }
}

/// Says so on every page when Persona does not answer: reading goes on, decisions wait.
#[component]
fn Health(frame: Resource<Result<Frame, api::ApiError>>) -> impl IntoView {
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let frame = frame.await.ok();
                let behind = frame.as_ref().filter(|frame| frame.persona_down.is_none()).and_then(|frame| {
                    let since = frame.behind?;
                    Some(match since {
                        Some(at) => format!("What you see may be behind: the last comparison with Persona’s events was {} ago.", span(frame.now.since(at))),
                        None => "What you see may be behind: Persona’s events are still being read for the first time.".to_owned(),
                    })
                });
                let behind = behind.map(|text| view! { <p class="banner" data-tone="info" role="status">{text}</p> });
                let down = frame.and_then(|frame| frame.persona_down);
                let down = down.map(|why| view! {
                    <p class="banner" data-tone="warn" role="status">
                        {format!("Persona does not answer ({why}). You see the last known state; decisions are kept and sent as soon as it answers.")}
                    </p>
                });
                view! { {behind}{down} }
            })}
        </Transition>
    }
}

/// Light, dark, or as the system has it.
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

/// The bar above a page.
#[component]
pub fn Bar(
    #[prop(into)] title: String,
    #[prop(optional)] trail: Option<(&'static str, &'static str)>,
    children: Children,
) -> impl IntoView {
    view! {
        <leptos_meta::Title text=title.clone() />
        <header class="bar">
            {trail.map(|(href, text)| view! { <a class="trail" href=href>{text}" /"</a> })}
            <h1>{title}</h1>
            {children()}
        </header>
    }
}
