//! Single-key shortcuts. They work only outside text fields and without modifiers (WCAG 2.1.4): `a` in a comment is a
//! letter.
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::ui::context::preferences;

fn typing(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    // Checkboxes and radio buttons take no letters.
    target.is_some_and(|element| {
        let ticked = matches!(element.get_attribute("type").as_deref(), Some("checkbox" | "radio"));
        let field = matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") && !ticked;
        field || element.is_content_editable()
    })
}

/// Whether an input method is still composing a word. Enter and Escape then belong to the input method.
pub fn composing(event: &KeyboardEvent) -> bool {
    // Some browsers report this only by the key code 229.
    const IN_PROCESS: u32 = 229;
    event.is_composing() || event.key_code() == IN_PROCESS
}

/// Whether a modifier is pressed, which makes the key a shortcut of the browser or the system.
pub fn of_the_browser(event: &KeyboardEvent) -> bool {
    event.ctrl_key() || event.alt_key() || event.meta_key()
}

/// Whether the key is Enter or the space bar on a focused link, button, summary or node of the graph, which handles it
/// itself.
fn belongs_to_focused(event: &KeyboardEvent) -> bool {
    if !matches!(event.key().as_str(), "Enter" | " ") {
        return false;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.closest("a, button, summary, [role=button]").ok().flatten().is_some())
}

/// Runs `act` for each key press. `act` gets the default key, even if the reviewer chose another one for it, and
/// returns true when it handled the key. `places` are the places of `preference::KEYS` that apply to this page. The
/// listener is removed with the page.
pub fn on_key(places: &'static [&'static str], act: impl Fn(&str) -> bool + Send + Sync + 'static) {
    let act = StoredValue::new(act);
    let preferences = preferences();
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
            if composing(&event) {
                return;
            }
            // Leave the field, so that shortcuts work again.
            if event.key() == "Escape" && !event.default_prevented() && typing(&event) {
                if let Some(field) = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok())
                    && field.closest("dialog, [role=dialog]").ok().flatten().is_none()
                {
                    field.blur().ok();
                }
                return;
            }
            // While a dialog is open, the shortcuts of the page beneath it are off.
            let covered = || document().query_selector("dialog[open]").ok().flatten().is_some();
            if of_the_browser(&event)
                || event.default_prevented()
                || typing(&event)
                || belongs_to_focused(&event)
                || covered()
            {
                return;
            }
            let Some(key) = preferences.with_untracked(|mine| mine.meant(&event.key(), places)) else { return };
            // A key that is held down repeats movements, but runs an action only once.
            if event.repeat() && key.chars().count() == 1 && !matches!(key.as_str(), "j" | "k" | "+" | "-") {
                return;
            }
            if act.try_with_value(|act| act(&key)).unwrap_or(false) {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

fn element(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok().flatten()?.dyn_into().ok()
}

pub fn focus(selector: &str) -> bool {
    element(selector).is_some_and(|element| element.focus().is_ok())
}

pub fn click(selector: &str) -> bool {
    element(selector).map(|element| element.click()).is_some()
}
