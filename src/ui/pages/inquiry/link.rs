//! One-time links of an inquiry: requesting one, copying it, and seeing when it expires.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use qrcodegen::{QrCode, QrCodeEcc};

use crate::api::link::RequestLink;
use crate::domain::page_data::inquiry::LinkRow;
use crate::domain::time::{Timestamp, span};
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::inline_html;
use crate::ui::parts::badge::Key;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::load_state::error_in_address;
use crate::ui::parts::time::{self, ago};

const LIVES: [(u32, &str); 5] =
    [(900, "15 minutes"), (3600, "1 hour"), (14_400, "4 hours"), (86_400, "1 day"), (604_800, "7 days")];

#[component]
pub fn Links(
    inquiry: String,
    links: Vec<LinkRow>,
    action: FormAction<RequestLink>,
    offered: bool,
    now: Timestamp,
) -> impl IntoView {
    let in_address = error_in_address(RequestLink::PATH);
    let error = Signal::derive(move || action.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let busy = action.pending();
    view! {
        <section class="panel" id="links">
            <h2>"One-time link"</h2>
            {offered.then(|| view! {
                <ServerForm action=action attr:class="link-form">
                    <input type="hidden" name="inquiry" value=inquiry.clone() />
                    <FormError error />
                    <label for="life">"Valid for"</label>
                    <select id="life" name="life">
                        {LIVES.into_iter().map(|(seconds, words)| view! { <option value=seconds selected=seconds == 86_400>{words}</option> }).collect_view()}
                    </select>
                    <button type="submit" id="new-link" disabled=move || busy.get()>"Create a new link"<Key of="link" /></button>
                </ServerForm>
                <p class="muted small">"The applicant can use it once, to continue where they stopped. The desk creates the link; you send it to them."</p>
            })}
            {(links.is_empty() && !offered).then(|| view! { <p class="muted">"No link was requested."</p> })}
            <ul class="links">
                {links.into_iter().map(|link| view! { <li><One link now /></li> }).collect_view()}
            </ul>
        </section>
    }
}

/// The time left, counted down every second.
#[component]
fn Countdown(at: Timestamp, now: Timestamp) -> impl IntoView {
    let passed = RwSignal::new(0_u64);
    Effect::new(move |_| {
        let ticking = set_interval_with_handle(
            move || {
                passed.try_update(|seconds| *seconds += 1);
            },
            std::time::Duration::from_secs(1),
        );
        on_cleanup(move || {
            if let Ok(ticking) = ticking {
                ticking.clear();
            }
        });
    });
    view! {
        <span class="num" role="timer">{move || {
            let left = at.since(now.plus(std::time::Duration::from_secs(passed.get()))).as_secs();
            match (left / 3600, left / 60 % 60, left % 60) {
                (0, 0, 0) => "expired".to_owned(),
                (0, minutes, seconds) => format!("{minutes}:{seconds:02} left"),
                (hours, minutes, _) => format!("{} left", span(std::time::Duration::from_secs(hours * 3600 + minutes * 60))),
            }
        }}</span>
    }
}

/// Returns the number of modules on a side of a QR code, with the quiet zone of four that scanners need, and its dark
/// modules as one path.
fn qr(text: &str) -> Option<(i32, String)> {
    const QUIET: i32 = 4;
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET));
        }
    }
    Some((code.size() + 2 * QUIET, path))
}

#[component]
fn One(link: LinkRow, now: Timestamp) -> impl IntoView {
    let copied = RwSignal::new(false);
    let state = match (link.state.as_str(), link.url.clone(), link.expires_at) {
        ("ready", Some(url), Some(at)) => {
            let copy = url.clone();
            let drawn = qr(&url);
            view! {
                <div class="row">
                    <input class="mono" type="text" readonly value=url aria-label="One-time link" />
                    <button type="button" on:click=move |_| {
                        let _ = window().navigator().clipboard().write_text(&copy);
                        copied.set(true);
                    }>{move || if copied.get() { "Copied" } else { "Copy" }}</button>
                </div>
                <p class="small">"Expires "{inline_html(|| time::at(at))}", "<Countdown at now /></p>
                {drawn.map(|(size, path)| view! {
                    <details class="qr"><summary>"Show QR code"</summary>
                        <svg viewBox=format!("0 0 {size} {size}") role="img" aria-label="QR code of the one-time link" shape-rendering="crispEdges">
                            <rect width=size height=size fill="#fff" /><path d=path fill="#000" />
                        </svg>
                    </details>
                })}
            }
            .into_any()
        }
        ("ready", None, Some(at)) if at > now => {
            view! { <p class="small muted">"Only reviewers who may send links can see it. Expires "{inline_html(|| time::at(at))}</p> }
                .into_any()
        }
        ("ready", _, Some(at)) => view! { <p class="small muted">"Expired "{inline_html(|| time::at(at))}</p> }.into_any(),
        ("failed", _, _) => {
            view! { <p class="small" data-tone="bad">"No link: "{link.error.clone().unwrap_or_default()}</p> }
                .into_any()
        }
        _ => view! { <p class="small muted">"Persona is creating the link."<noscript>" Reload the page to see it."</noscript></p> }
            .into_any(),
    };
    view! {
        {state}
        <p class="small muted">{link.requested_by}", "{inline_html(|| ago(link.requested_at, now))}</p>
    }
}

#[cfg(test)]
mod tests {
    use super::qr;

    #[test]
    fn a_link_of_any_length_that_persona_gives_has_a_code_with_a_quiet_zone() {
        let path = |length: usize| qr(&format!("https://inquiry.withpersona.com/verify?code={}", "x".repeat(length)));
        let (size, drawn) = path(40).unwrap_or_default();
        // The finder pattern begins where the quiet zone ends.
        assert!(size > 29 && drawn.starts_with("M4 4h1v1h-1zM5 4h1v1h-1z"), "{size}");
        assert!(path(1500).is_some());
        assert!(path(5000).is_none());
    }
}
