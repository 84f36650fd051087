//! Times: how long, and when exactly on hover. The page brings its own "now", so the server's HTML and the browser agree; the
//! reader's zone is known to the browser only.
use leptos::prelude::*;

use crate::domain::queue::SOON;
use crate::domain::time::{Timestamp, span};

/// `2 h 14 m`, since `at`.
#[component]
pub fn Since(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! { <time class="num" datetime=at.to_millis_text() title=format!("{} UTC", at.to_minute_text())>{span(now.since(at))}</time> }
}

/// `2 h 14 m ago`
#[component]
pub fn Ago(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! { <time datetime=at.to_millis_text() title=format!("{} UTC", at.to_minute_text())>{format!("{} ago", span(now.since(at)))}</time> }
}

/// `2026-11-20 10:31:44`: by the reader's own clock as soon as the page knows it, until then (and without scripts) UTC, which is
/// what hovering tells in any case.
#[component]
pub fn At(at: Timestamp) -> impl IntoView {
    let text = RwSignal::new(at.to_minute_text());
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| text.set(here(at)));
    view! { <time class="mono here" datetime=at.to_millis_text() title=format!("{} UTC", at.to_minute_text())>{text}</time> }
}

/// `2026-11-20 09:31:44`, UTC wherever it is read: as the log has it.
#[component]
pub fn Utc(at: Timestamp) -> impl IntoView {
    view! { <time class="mono" datetime=at.to_millis_text() title="UTC">{at.to_minute_text()}</time> }
}

/// As the clock on the reader's wall shows it.
#[cfg(feature = "hydrate")]
fn here(at: Timestamp) -> String {
    let date = js_sys::Date::new(&at.to_millis_text().into());
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes(),
        date.get_seconds()
    )
}

/// What is left until `at`, or that it is past.
#[component]
pub fn Left(at: Timestamp, now: Timestamp) -> impl IntoView {
    let text =
        if at > now { format!("{} left", span(at.since(now))) } else { format!("past by {}", span(now.since(at))) };
    view! { <time datetime=at.to_millis_text() title=format!("{} UTC", at.to_minute_text())>{text}</time> }
}

/// When something has to be done, for a row: how long there is, or how long it is over.
#[component]
pub fn Due(at: Timestamp, now: Timestamp, open: bool) -> impl IntoView {
    if !open {
        return view! { <span class="muted">"—"</span> }.into_any();
    }
    let tone = match at {
        at if at > now.plus(SOON) => "plain",
        at if at <= now => "bad",
        _ => "warn",
    };
    let text = if at > now { span(at.since(now)) } else { format!("{} over", span(now.since(at))) };
    let title = format!("Due {} UTC", at.to_minute_text());
    view! { <time class="badge num" data-tone=tone datetime=at.to_millis_text() title=title>{text}</time> }.into_any()
}
