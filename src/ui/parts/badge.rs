//! Small labels with a meaning, and key caps.
use leptos::prelude::*;

use crate::domain::decision::State;
use crate::domain::evidence::{Signal, Tone};
use crate::domain::inquiry::InquiryStatus;
use crate::ui::app::preferences;

#[component]
pub fn Badge(tone: Tone, #[prop(into)] text: String) -> impl IntoView {
    view! { <span class="badge" data-tone=tone.as_str()>{text}</span> }
}

/// The key that does the same as the button it stands in; `of` is a name in `preference::KEYS`.
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

#[component]
pub fn Status(status: InquiryStatus) -> impl IntoView {
    view! { <Badge tone=status_tone(&status) text=status.label() /> }
}

/// Status names of cases and accounts are the customer's own; only the plain ones are coloured.
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

/// The first few signals, and how many more there are.
#[component]
pub fn Signals(signals: Vec<Signal>, #[prop(default = 3)] most: usize) -> impl IntoView {
    let more = signals.len().saturating_sub(most);
    let rest = signals.iter().skip(most).map(|signal| signal.label.clone()).collect::<Vec<_>>().join(", ");
    view! {
        <span class="signals">
            {signals.into_iter().take(most).map(|signal| view! { <Badge tone=signal.tone text=signal.label /> }).collect_view()}
            {(more > 0).then(|| view! { <span class="muted" title=rest>{format!("+{more}")}</span> })}
        </span>
    }
}
