//! Badges (small labels with a tone) and key caps.
use leptos::prelude::*;
use maud::{Markup, html};

use crate::domain::decision::state::State;
use crate::domain::evidence::{Signal, Tone};
use crate::domain::inquiry::InquiryStatus;
use crate::domain::preference::Preferences;
use crate::domain::text::initials;
use crate::ui::context::preferences;

pub fn badge(tone: Tone, text: &str) -> Markup {
    html! { span.badge data-tone=(tone.as_str()) { (text) } }
}

/// A key cap with the key that the reviewer has chosen.
pub fn cap(mine: &Preferences, of: &str) -> Markup {
    html! { kbd.off[mine.keys_off] aria-hidden="true" { (mine.key(of)) } }
}

/// A key cap that does not follow later changes, for content that is rendered again each time it is shown.
pub fn key(of: &str) -> Markup {
    preferences().with_untracked(|mine| cap(mine, of))
}

/// The key cap inside a button, for the key that does the same as the button. `of` is a name in `preference::KEYS`.
#[component]
pub fn Key(of: &'static str) -> impl IntoView {
    let preferences = preferences();
    view! { <kbd aria-hidden="true" class:off=move || preferences.with(|mine| mine.keys_off)>{move || preferences.with(|mine| mine.key(of))}</kbd> }
}

pub const fn status_tone(status: &InquiryStatus) -> Tone {
    match status {
        InquiryStatus::Approved => Tone::Good,
        InquiryStatus::Declined | InquiryStatus::Failed => Tone::Bad,
        InquiryStatus::NeedsReview => Tone::Warn,
        _ => Tone::Plain,
    }
}

pub fn status(status: &InquiryStatus) -> Markup {
    badge(status_tone(status), &status.label())
}

/// The tone of the status of a case or account. Customers define their own statuses; only the common names get a
/// colour.
pub fn name_tone(status: &str) -> Tone {
    match status.to_lowercase().as_str() {
        "approved" | "resolved" => Tone::Good,
        "declined" | "rejected" => Tone::Bad,
        "escalated" | "pending" => Tone::Warn,
        _ => Tone::Plain,
    }
}

pub const fn state_tone(state: State) -> Tone {
    match state {
        State::Confirmed => Tone::Good,
        State::Rejected | State::Refused => Tone::Bad,
        State::Unknown | State::Superseded => Tone::Warn,
        State::Queued | State::Sending | State::Proposed => Tone::Info,
        State::AwaitingCountersign => Tone::Shared,
        State::Withdrawn => Tone::Plain,
    }
}

/// The first `most` signals, and the number of further ones.
pub fn signals(signals: &[Signal], most: usize) -> Markup {
    let (first, rest) = signals.split_at(most.min(signals.len()));
    html! {
        span.signals {
            @for signal in first { (badge(signal.tone, &signal.label)) }
            @if !rest.is_empty() {
                span.muted title=(rest.iter().map(|signal| signal.label.as_str()).collect::<Vec<_>>().join(", ")) { "+" (rest.len()) }
            }
        }
    }
}

/// The assignee, and the reviewer to whom the case or inquiry is being assigned.
pub fn assignee(name: Option<&str>, mine: bool, coming: Option<&str>) -> Markup {
    html! {
        @match name {
            Some(name) if mine => { span.person.mine title=(name) { (initials(name)) } span.small { "You" } }
            Some(name) => { span.person title=(name) aria-hidden="true" { (initials(name)) } span.small { (name) } }
            None => { span.muted { "Unassigned" } }
        }
        @if let Some(email) = coming { span.muted.small.block { "being assigned to " (email) } }
    }
}
