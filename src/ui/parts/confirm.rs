//! The confirmation dialog for decisions by key: a key that is pressed by mistake, or held down, decides nothing.
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlButtonElement, HtmlDialogElement};

use crate::ui::keys::{click, focus};

const DIALOG: &str = "sure";

/// The current question: the selector of the button that would be pressed, and what the button does.
#[derive(Debug, Clone, Copy)]
pub struct Asking(RwSignal<Option<(&'static str, &'static str)>>);

impl Asking {
    pub fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// Asks whether to press the button that `selector` finds. Returns false when there is no such button, or when it
    /// is disabled.
    pub fn ask(self, selector: &'static str, what: &'static str) -> bool {
        let button = document().query_selector(selector).ok().flatten();
        let Some(button) = button.and_then(|button| button.dyn_into::<HtmlButtonElement>().ok()) else { return false };
        if button.disabled() {
            return false;
        }
        // The browser shows what is missing next to the field.
        if !button.form().is_none_or(|form| form.report_validity()) {
            return true;
        }
        self.0.set(Some((selector, what)));
        if let Some(dialog) = dialog().filter(|dialog| !dialog.open()) {
            let _ = dialog.show_modal();
        }
        request_animation_frame(|| {
            focus("#sure-yes");
        });
        true
    }
}

impl Default for Asking {
    fn default() -> Self {
        Self::new()
    }
}

fn dialog() -> Option<HtmlDialogElement> {
    document().get_element_by_id(DIALOG)?.dyn_into().ok()
}

fn close() {
    if let Some(dialog) = dialog() {
        dialog.close();
    }
}

#[component]
pub fn Confirm(asking: Asking) -> impl IntoView {
    let what = move || asking.0.get().map_or("", |(_, what)| what);
    let yes = move |_| {
        close();
        if let Some((selector, _)) = asking.0.get_untracked() {
            click(selector);
        }
    };
    view! {
        <dialog id=DIALOG class="sure" aria-labelledby="sure-title" on:close=move |_| asking.0.set(None)>
            <h2 id="sure-title">{move || format!("{}?", what())}</h2>
            <p class="muted">"Press Enter to confirm, Esc to go back."</p>
            <div class="row">
                <button type="button" class="primary" id="sure-yes" on:click=yes>{what}</button>
                <button type="button" on:click=move |_| close()>"Back"</button>
            </div>
        </dialog>
    }
}
