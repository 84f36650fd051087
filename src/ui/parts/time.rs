//! Times: how long, and when exactly on hover. The page brings its own "now", so the server's HTML and the browser agree.
use leptos::prelude::*;

use crate::domain::time::{Timestamp, span};

/// `2 h 14 m`, since `at`.
#[component]
pub fn Since(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! { <time class="num" datetime=at.to_text() title=format!("{} UTC", at.to_minute_text())>{span(now.since(at))}</time> }
}

/// `2 h 14 m ago`
#[component]
pub fn Ago(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! { <time datetime=at.to_text() title=format!("{} UTC", at.to_minute_text())>{format!("{} ago", span(now.since(at)))}</time> }
}

/// `2026-11-20 09:31:44`, UTC.
#[component]
pub fn At(at: Timestamp) -> impl IntoView {
    view! { <time class="mono" datetime=at.to_text() title="UTC">{at.to_minute_text()}</time> }
}

/// What is left until `at`, or that it is past.
#[component]
pub fn Left(at: Timestamp, now: Timestamp) -> impl IntoView {
    let text =
        if at > now { format!("{} left", span(at.since(now))) } else { format!("past by {}", span(now.since(at))) };
    view! { <time datetime=at.to_text() title=format!("{} UTC", at.to_minute_text())>{text}</time> }
}
