//! Display settings of a reviewer: contrast, pictures, keys.
use leptos::prelude::*;

use crate::domain::preference::KEYS;
use crate::ui::context::{prefer, preferences};
use crate::ui::field::holds;

#[component]
pub fn Looks() -> impl IntoView {
    let mine = preferences();
    let error = RwSignal::new(None::<String>);
    // Checked on a copy first: if a key would do two things, the page says so and nothing changes.
    let set_key = move |name: &'static str, typed: String| {
        let mut wanted = mine.get_untracked();
        let usual = KEYS.iter().find(|(known, ..)| *known == name).map(|(_, key, ..)| *key);
        if typed.is_empty() || Some(typed.as_str()) == usual {
            wanted.keys.remove(name);
        } else {
            wanted.keys.insert(name.to_owned(), typed);
        }
        match wanted.check() {
            Ok(()) => {
                error.set(None);
                prefer(|mine| *mine = wanted);
            }
            Err(bad) => {
                error.set(Some(bad.to_string()));
                // Reset the field to the key that is in effect.
                mine.update(|_| {});
            }
        }
    };
    view! {
        <section class="panel" id="looks">
            <header><h2>"Display"</h2></header>
            <label class="check"><input type="checkbox" id="contrast" prop:checked=move || mine.with(|mine| mine.contrast)
                on:change=move |event| {
                    let on = event_target_checked(&event);
                    if let Some(html) = document().document_element() {
                        let _ = if on { html.set_attribute("data-contrast", "more") } else { html.remove_attribute("data-contrast") };
                    }
                    prefer(|mine| mine.contrast = on);
                } />"High contrast"</label>
            <label class="check"><input type="checkbox" id="blur" prop:checked=move || mine.with(|mine| mine.blur)
                on:change=move |event| { let on = event_target_checked(&event); prefer(|mine| mine.blur = on); } />"Blur each picture until I point at it"</label>
            <label class="check"><input type="checkbox" id="keys-off" prop:checked=move || mine.with(|mine| mine.keys_off)
                on:change=move |event| { let on = event_target_checked(&event); prefer(|mine| mine.keys_off = on); } />"Turn off single-key shortcuts"</label>
        </section>
        <section class="panel" id="keys">
            <header><h2>"Keys"</h2><span class="grow"></span>
                <button type="button" class="quiet" on:click=move |_| { error.set(None); prefer(|mine| mine.keys.clear()); }>"Reset to defaults"</button></header>
            <p class="muted small">"One letter, digit or symbol for each. Keys do nothing while you type in a field."</p>
            <div role="alert">{move || error.get().map(|text| view! { <p class="banner" data-tone="bad">{text}</p> })}</div>
            <div class="key-lists">
                {KEYS.iter().map(|(name, _, label, place)| view! {
                    <label class="key-of"><span>{*label}<span class="muted small">{format!(" {place}")}</span></span>
                        <input type="text" maxlength="1" size="2" autocomplete="off" {..holds(move || mine.with(|mine| mine.key(name)))}
                            on:change=move |event| set_key(name, event_target_value(&event).trim().to_owned()) /></label>
                }).collect_view()}
            </div>
        </section>
    }
}
