//! Reports activity to the server, and warns before the session ends. Polling and the change feed do not prolong a
//! session.
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::Event;

use super::failure::SignInAgain;
use crate::api;
use crate::api::error::ApiError;
use crate::domain::id::ReviewerId;

/// Events that only a person causes. Browsers send no `pointermove` when a page scrolls under a pointer at rest.
const INPUT: [&str; 5] = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"];
const TICK: Duration = Duration::from_secs(1);
/// Seconds until the first question to the server: early enough for the shortest session that can be configured, and
/// after the page has loaded.
const FIRST: f64 = 5.0;

#[derive(Clone, Copy)]
struct Watch {
    /// The browser's clock, in seconds since 1970.
    now: StoredValue<f64>,
    /// Whether there was input that has not been reported to the server yet.
    input: StoredValue<bool>,
    reported: StoredValue<f64>,
    /// When to ask the server next how long the session lasts.
    ask: StoredValue<f64>,
    asking: StoredValue<bool>,
    step: StoredValue<f64>,
    /// When the session ends, if that is soon.
    ends: RwSignal<Option<f64>>,
    seconds: RwSignal<i64>,
    by_age: RwSignal<bool>,
    /// Whether the session is over, and the content of the page is hidden.
    ended: RwSignal<bool>,
    who: StoredValue<ReviewerId>,
}

impl Watch {
    fn new(ended: RwSignal<bool>, who: ReviewerId) -> Self {
        Self {
            now: StoredValue::new(0.0),
            input: StoredValue::new(false),
            reported: StoredValue::new(0.0),
            ask: StoredValue::new(FIRST),
            asking: StoredValue::new(false),
            step: StoredValue::new(60.0),
            ends: RwSignal::new(None),
            seconds: RwSignal::new(0),
            by_age: RwSignal::new(false),
            ended,
            who: StoredValue::new(who),
        }
    }

    fn tick(self) {
        let now = js_sys::Date::now() / 1000.0;
        self.now.set_value(now);
        if let Some(ends) = self.ends.get_untracked() {
            self.seconds.set((ends - now).max(0.0) as i64);
        }
        let warned = self.ends.with_untracked(Option::is_some);
        let again = self.step.get_value();
        if self.asking.get_value() {
            return;
        }
        if self.ended.get_untracked() {
            self.input.set_value(false);
            if now >= self.ask.get_value() {
                self.ask(false);
            }
        } else if self.input.get_value() && (warned || now - self.reported.get_value() >= again) {
            self.input.set_value(false);
            self.reported.set_value(now);
            self.ask(true);
        } else if now >= self.ask.get_value() {
            self.ask(false);
        }
    }

    fn ask(self, active: bool) {
        self.asking.set_value(true);
        spawn_local(async move {
            let left = if active { api::session::active().await } else { api::session::how_long().await };
            self.asking.try_set_value(false);
            let now = js_sys::Date::now() / 1000.0;
            match left {
                // Another reviewer has signed in, who must not see anything of this page.
                Ok(left) if self.who.try_get_value().is_some_and(|who| who != left.reviewer) => {
                    let _ = window().location().reload();
                }
                Ok(left) => {
                    self.ended.set(false);
                    let (seconds, step) = (f64::from(left.seconds), f64::from(left.step));
                    let soon = seconds <= step;
                    self.ends.set(soon.then_some(now + seconds));
                    self.seconds.set(i64::from(left.seconds));
                    self.by_age.set(left.by_age);
                    // Another tab may have prolonged the session meanwhile, so the server is asked again when it ends.
                    self.ask.set_value(now + if soon { seconds + 0.5 } else { (seconds - step).max(1.0) });
                    self.step.set_value(step);
                }
                Err(ApiError::Unauthenticated) => {
                    self.ends.set(None);
                    self.ended.set(true);
                    // Do not ask again until the reviewer returns to this page.
                    self.ask.set_value(f64::MAX);
                }
                Err(_) => self.ask.set_value(now + 5.0),
            }
        });
    }
}

/// `ended` becomes true when the session is over, and false when the same person has signed in again.
#[component]
pub fn Ending(ended: RwSignal<bool>, who: ReviewerId) -> impl IntoView {
    let watch = Watch::new(ended, who);
    Effect::new(move |_| {
        let began = js_sys::Date::now() / 1000.0;
        watch.now.set_value(began);
        watch.ask.set_value(began + FIRST);
        let acted = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            // Scripts of browser extensions can send events, too; those are not trusted.
            if event.is_trusted() {
                watch.input.set_value(true);
            }
        });
        for kind in INPUT {
            // In the capture phase, before any part of the page can stop the event.
            let _ = document().add_event_listener_with_callback_and_bool(kind, acted.as_ref().unchecked_ref(), true);
        }
        // Never removed: leaving the layout always loads another document.
        acted.forget();
        let back = Closure::<dyn Fn()>::new(move || {
            if watch.ended.get_untracked() {
                watch.ask.set_value(0.0);
            }
        });
        let _ = window().add_event_listener_with_callback("focus", back.as_ref().unchecked_ref());
        back.forget();
        let _ = set_interval_with_handle(move || watch.tick(), TICK);
    });
    view! {
        <div class="announce" role="alert">{move || watch.ends.get().map(|_| view! {
            <p class="banner" data-tone="warn">
                {move || if watch.by_age.get() {
                    "You have been signed in for as long as a session can last, and will be signed out. Sign in again to continue. The comment that you have started is saved."
                } else {
                    "You have been inactive for a while and will be signed out. The comment that you have started is saved."
                }}
                <span aria-hidden="true">{move || format!(" {} s ", watch.seconds.get())}</span>
                <Show when=move || !watch.by_age.get()><button type="button">"Stay signed in"</button></Show>
            </p>
        })}</div>
        {move || watch.ended.get().then(|| view! {
            <div class="ended" role="alertdialog" aria-label="Signed out">
                <div class="blank panel">
                    <h2>"You have been signed out"</h2>
                    <p>"The session ended. What you typed is still on this page. "<SignInAgain />" in another tab and come back."</p>
                </div>
            </div>
        })}
    }
}
