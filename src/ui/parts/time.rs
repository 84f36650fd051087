//! Durations, with the exact time on hover. Each page brings its own "now", so that the server's HTML and the browser
//! agree. Only the browser knows the reviewer's time zone.
use maud::{Markup, html};
#[cfg(feature = "hydrate")]
use wasm_bindgen::JsCast;

use crate::domain::queue::SOON;
use crate::domain::time::{Timestamp, span};

/// `2 h 14 m`, since `at`.
pub fn since(at: Timestamp, now: Timestamp) -> Markup {
    html! { time.num datetime=(at.to_millis_text()) title={ (at.to_minute_text()) " UTC" } { (span(now.since(at))) } }
}

/// `2 h 14 m ago`
pub fn ago(at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(at.to_millis_text()) title={ (at.to_minute_text()) " UTC" } { (span(now.since(at))) " ago" } }
}

/// `2026-11-20 10:31:44`, in the reviewer's time zone once the browser has set it ([`by_the_readers_clock`]). Until
/// then, and without scripts, it is in UTC. The tooltip is always in UTC.
pub fn at(at: Timestamp) -> Markup {
    #[cfg(feature = "hydrate")]
    let text = here(&at.to_millis_text());
    #[cfg(not(feature = "hydrate"))]
    let text = at.to_minute_text();
    html! { time.mono.here datetime=(at.to_millis_text()) title={ (at.to_minute_text()) " UTC" } { (text) } }
}

/// Converts the times in the server's HTML to the reviewer's time zone, which the server does not know.
pub fn by_the_readers_clock(within: &web_sys::Element) {
    #[cfg(feature = "hydrate")]
    {
        let Ok(times) = within.query_selector_all("time.here") else { return };
        for time in (0..times.length()).filter_map(|n| times.get(n)?.dyn_into::<web_sys::Element>().ok()) {
            if let Some(at) = time.get_attribute("datetime") {
                time.set_text_content(Some(&here(&at)));
            }
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = within;
}

/// `2026-11-20 09:31:44`, always in UTC, as in the log.
pub fn utc(at: Timestamp) -> Markup {
    html! { time.mono datetime=(at.to_millis_text()) title="UTC" { (at.to_minute_text()) } }
}

/// Formats a time in the reviewer's time zone.
#[cfg(feature = "hydrate")]
fn here(at: &str) -> String {
    let date = js_sys::Date::new(&at.into());
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

/// The time left until `at`, or how long it is overdue.
pub fn left(at: Timestamp, now: Timestamp) -> Markup {
    let text =
        if at > now { format!("{} left", span(at.since(now))) } else { format!("{} overdue", span(now.since(at))) };
    html! { time datetime=(at.to_millis_text()) title={ (at.to_minute_text()) " UTC" } { (text) } }
}

/// The due time in a row: the time left, or how long it is overdue.
pub fn due(at: Timestamp, now: Timestamp, open: bool) -> Markup {
    if !open {
        return html! { span.muted { "—" } };
    }
    let tone = match at {
        at if at > now.plus(SOON) => "plain",
        at if at <= now => "bad",
        _ => "warn",
    };
    let text = if at > now { span(at.since(now)) } else { format!("{} overdue", span(now.since(at))) };
    html! {
        time.badge.num data-tone=(tone) datetime=(at.to_millis_text()) title={ "Due " (at.to_minute_text()) " UTC" } { (text) }
    }
}
