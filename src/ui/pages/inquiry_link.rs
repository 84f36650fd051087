//! One-time links of an inquiry: asking for one, copying it, seeing when it runs out.
use leptos::prelude::*;

use crate::api::link::RequestLink;
use crate::domain::desk::LinkRow;
use crate::domain::time::Timestamp;
use crate::ui::parts::badge::Key;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::load::error_in_address;
use crate::ui::parts::time::{Ago, At, Left};

const LIVES: [(u32, &str); 5] =
    [(900, "15 minutes"), (3600, "1 hour"), (14_400, "4 hours"), (86_400, "1 day"), (604_800, "7 days")];

#[component]
pub fn Links(
    inquiry: String,
    links: Vec<LinkRow>,
    action: ServerAction<RequestLink>,
    offered: bool,
    now: Timestamp,
) -> impl IntoView {
    let in_address = error_in_address("/api/link");
    let error = Signal::derive(move || action.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let busy = action.pending();
    view! {
        <section class="panel" id="links">
            <h2>"One-time link"</h2>
            {offered.then(|| view! {
                <ActionForm action=action attr:class="link-form">
                    <input type="hidden" name="inquiry" value=inquiry.clone() />
                    <FormError error />
                    <label for="life">"Lives for"</label>
                    <select id="life" name="life">
                        {LIVES.into_iter().map(|(seconds, words)| view! { <option value=seconds selected=seconds == 86_400>{words}</option> }).collect_view()}
                    </select>
                    <button type="submit" id="new-link" disabled=move || busy.get()>"Send a new link"<Key of="link" /></button>
                </ActionForm>
                <p class="muted small">"The person can use it once, to go on where they stopped. The desk makes the link; you pass it on."</p>
            })}
            {(links.is_empty() && !offered).then(|| view! { <p class="muted">"None was asked for."</p> })}
            <ul class="links">
                {links.into_iter().map(|link| view! { <li><One link now /></li> }).collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn One(link: LinkRow, now: Timestamp) -> impl IntoView {
    let copied = RwSignal::new(false);
    let state = match (link.state.as_str(), link.url.clone(), link.expires_at) {
        ("ready", Some(url), Some(at)) => {
            let copy = url.clone();
            view! {
                <div class="row">
                    <input class="mono" type="text" readonly value=url aria-label="One-time link" />
                    <button type="button" on:click=move |_| {
                        let _ = window().navigator().clipboard().write_text(&copy);
                        copied.set(true);
                    }>{move || if copied.get() { "Copied" } else { "Copy" }}</button>
                </div>
                <p class="small">"Runs out "<At at />" UTC, "<Left at now /></p>
            }
            .into_any()
        }
        ("ready", _, Some(at)) => view! { <p class="small muted">"Ran out "<At at />" UTC"</p> }.into_any(),
        ("failed", _, _) => {
            view! { <p class="small" data-tone="bad">"No link: "{link.error.clone().unwrap_or_default()}</p> }
                .into_any()
        }
        _ => view! { <p class="small muted">"On its way from Persona. Without JavaScript, reload the page."</p> }
            .into_any(),
    };
    view! {
        {state}
        <p class="small muted">{link.requested_by}", "<Ago at=link.requested_at now /></p>
    }
}
